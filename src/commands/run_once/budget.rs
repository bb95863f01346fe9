//! How much time a pass has left, and whether it may begin something new.
//! Must not cut anything off: what has begun is finished, within its own limits.

use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::interrupt::Interrupt;
use crate::cluster::wait::{Events, Patience};
use crate::error::{Error, Reason};

/// The time of a pass, or of the first part of it.
pub(super) struct Budget {
    began: Instant,
    deadline: Instant,
    limit: Duration,
    interrupt: Interrupt,
}

impl Budget {
    /// From now on.
    pub fn new(limit: Duration, interrupt: Interrupt) -> Self {
        let began = Instant::now();
        Self { began, deadline: began + limit, limit, interrupt }
    }

    /// So many quarters of it, from its begin on: so that what is slow leaves time for what comes after it.
    pub fn quarters(&self, count: u32) -> Self {
        let deadline = self.began + self.limit * count / 4;
        Self { began: self.began, deadline, limit: self.limit, interrupt: self.interrupt.clone() }
    }

    /// Why `what` is not begun any more, if it is not.
    pub fn refuses(&self, what: &str) -> Option<Error> {
        if self.interrupt.is_requested() {
            return Some(Error::new(Reason::Interrupted, format!("{what} was not begun")));
        }
        let is_over = Instant::now() >= self.deadline;
        let limit = crate::model::duration::typed(self.limit);
        is_over.then(|| {
            Error::new(
                Reason::DeadlineReached,
                format!("{what} was not begun: too little was left of the run's {limit}"),
            )
        })
    }

    /// Patience for one wait.
    pub fn patience(&self, at_most: Duration) -> Patience {
        let timeout = at_most.min(self.deadline.saturating_duration_since(Instant::now()));
        Patience { timeout, interrupt: self.interrupt.clone(), events: Events::Skipped }
    }
}
