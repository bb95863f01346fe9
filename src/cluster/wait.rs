//! Waits until a snapshot is ready or a claim is bound, and passes on what is said about them meanwhile.
//! Looks again and again instead of watching, which needs no right beyond `get`. Must not give up because of an
//! error that a driver reports: drivers try again for ever.

mod awaited;

use std::time::Duration;

use awaited::{Awaited, BeingCut};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::connect::Cluster;
use super::interrupt::Interrupt;
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;

const FIRST_LOOK: Duration = Duration::from_millis(200);
const SLOWEST_LOOK: Duration = Duration::from_secs(2);
const EVENTS_EVERY: Duration = Duration::from_secs(5);
/// A look that falls due at the deadline, and what is said then, get this long: also with no patience at all there is one look.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// A controller that runs reports on a new object within this time.
const SILENCE: Duration = Duration::from_secs(60);

/// How long to wait, and what ends the wait early.
#[derive(Clone, Debug)]
pub struct Patience {
    /// From the start of the wait.
    pub timeout: Duration,
    /// The user's wish to stop.
    pub interrupt: Interrupt,
    /// Whether Events are read meanwhile, too: they tell more, and need a right of their own.
    pub events: Events,
}

/// Where it is read what drivers and controllers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// In Events and on the object.
    Read,
    /// On the object only.
    Skipped,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As hoped.
    Reached,
    /// Time is up.
    TimedOut,
    /// The user asked to stop.
    Interrupted,
    /// The object was deleted, or replaced by another of the same name.
    Gone,
}

/// What a wait saw.
#[derive(Clone, Debug)]
pub struct Waited<T> {
    /// The object as it was seen last.
    pub last: T,
    /// How it ended.
    pub end: End,
    /// What driver and controllers said, each text once, in order.
    pub reports: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

impl Cluster {
    /// Waits until a snapshot can be restored from.
    pub async fn snapshot_ready(&self, snapshot: Snapshot, patience: &Patience) -> Result<Waited<Snapshot>> {
        let name = snapshot.name.clone();
        self.wait(snapshot, patience, || self.snapshot(&name)).await
    }

    /// Waits until a snapshot is cut, ready, or refused by its driver: from then on it takes up no more of what the driver
    /// can do at once.
    pub async fn snapshot_cut(&self, snapshot: Snapshot, patience: &Patience) -> Result<Waited<Snapshot>> {
        let name = snapshot.name.clone();
        let look = || async { Ok(self.snapshot(&name).await?.map(BeingCut)) };
        let Waited { last, end, reports, took } = self.wait(BeingCut(snapshot), patience, look).await?;
        Ok(Waited { last: last.0, end, reports, took })
    }

    /// Waits until a claim is bound.
    pub async fn claim_bound(&self, claim: Claim, patience: &Patience) -> Result<Waited<Claim>> {
        let name = claim.name.clone();
        self.wait(claim, patience, || self.claim(&name)).await
    }

    async fn wait<T: Awaited, F>(
        &self,
        first: T,
        patience: &Patience,
        look: impl Fn() -> F,
    ) -> Result<Waited<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let mut waited = Waited { last: first, end: End::TimedOut, reports: vec![], took: Duration::ZERO };
        let ended = tokio::select! {
            // First, because the interrupt also ends the look that is under way.
            biased;
            () = patience.interrupt.requested() => Ok(End::Interrupted),
            ended = self.look_until(&mut waited, patience, look) => ended,
        };
        self.notices.say(Notice::Done);
        waited.end = ended?;
        Ok(waited)
    }

    async fn look_until<T: Awaited, F>(
        &self,
        waited: &mut Waited<T>,
        patience: &Patience,
        look: impl Fn() -> F,
    ) -> Result<End>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let started = Instant::now();
        let deadline = started + patience.timeout;
        let (mut pause, mut next_events) = (FIRST_LOOK, started + 2 * FIRST_LOOK);
        loop {
            waited.took = started.elapsed();
            if let Some(text) = waited.last.complaint() {
                self.report(waited, text);
            }
            if waited.last.reached() {
                return Ok(End::Reached);
            }
            if waited.last.gone() {
                return Ok(End::Gone);
            }
            self.notices.say(Notice::Waiting { what: waited.last.describe(), so_far: waited.took });
            self.mention_silence(waited);
            sleep_until(deadline.min(Instant::now() + pause)).await;
            pause = (pause * 3 / 2).min(SLOWEST_LOOK);
            match timeout_at(deadline.max(Instant::now() + LAST_LOOK), look()).await {
                Err(_) => return Ok(End::TimedOut),
                Ok(Ok(Some(seen))) if seen.uid() == waited.last.uid() => waited.last = seen,
                Ok(Ok(_)) => return Ok(End::Gone),
                Ok(Err(error)) if is_final(&error) => return Err(error.after_change()),
                Ok(Err(error)) => self.notices.say(Notice::Warning(format!("{error}; still waiting"))),
            }
            if Instant::now() >= deadline && !waited.last.reached() {
                waited.took = started.elapsed();
                return Ok(End::TimedOut);
            }
            let reads = patience.events == Events::Read && Instant::now() >= next_events;
            if reads && !waited.last.reached() {
                next_events = Instant::now() + EVENTS_EVERY;
                // A driver's text at the deadline is worth more than the deadline to the second, but no more than that: a
                // server that is gone would be asked for it a minute long.
                let _ = timeout_at(deadline.max(Instant::now() + LAST_LOOK), self.read_events(waited)).await;
            }
        }
    }

    async fn read_events<T: Awaited>(&self, waited: &mut Waited<T>) {
        for subject in waited.last.subjects() {
            match self.warnings_about(&subject).await {
                Ok(texts) => texts.into_iter().for_each(|text| self.report(waited, text)),
                Err(error) => {
                    let text = format!("{error}: what controllers say about it is not shown");
                    self.notices.say(Notice::Warning(text));
                }
            }
        }
    }

    fn report<T>(&self, waited: &mut Waited<T>, text: String) {
        if !waited.reports.iter().any(|said| said.contains(&text)) {
            self.notices.say(Notice::Reported(text.clone()));
            waited.reports.push(text);
        }
    }

    fn mention_silence<T: Awaited>(&self, waited: &Waited<T>) {
        if waited.took < SILENCE || waited.last.noticed() || !waited.reports.is_empty() {
            return;
        }
        let (worker, look) = T::worker();
        self.notices.say(Notice::Warning(format!(
            "nothing has reported on it for {}s: the {worker} may not run; look with: {look}",
            SILENCE.as_secs()
        )));
    }
}

/// Errors that waiting does not cure.
fn is_final(error: &Error) -> bool {
    matches!(error.reason, Reason::Forbidden | Reason::Unauthorized | Reason::LoginFailed)
}
