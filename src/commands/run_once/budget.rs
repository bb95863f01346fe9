//! How much time a pass has left, and whether it may begin something new.
//! Must not cut anything off: what has begun is finished, within its own limits.

use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::interrupt::Interrupt;
use crate::cluster::wait::{Events, Patience};
use crate::error::{Error, Reason};

/// The time of a pass.
pub(super) struct Budget {
    deadline: Instant,
    limit: Duration,
    interrupt: Interrupt,
}

impl Budget {
    /// From now on.
    pub fn new(limit: Duration, interrupt: Interrupt) -> Self {
        Self { deadline: Instant::now() + limit, limit, interrupt }
    }

    /// Why `what` is not begun any more, if it is not.
    pub fn refuses(&self, what: &str) -> Option<Error> {
        if self.interrupt.is_requested() {
            return Some(Error::new(Reason::Interrupted, format!("{what} was not begun")));
        }
        let is_over = Instant::now() >= self.deadline;
        let limit = crate::model::duration::typed(self.limit);
        is_over.then(|| Error::new(Reason::DeadlineReached, format!("{what} was not begun within {limit}")))
    }

    /// Patience for one wait.
    pub fn patience(&self, at_most: Duration) -> Patience {
        let timeout = at_most.min(self.deadline.saturating_duration_since(Instant::now()));
        Patience { timeout, interrupt: self.interrupt.clone(), events: Events::Skipped }
    }
}
