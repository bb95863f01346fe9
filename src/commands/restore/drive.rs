//! Drives a restore, or several that go together: look, decide, write down, do, and again, until nothing is left to do or a person is
//! needed. Must write down what it is about to do before it does it, and must not do anything that a look did not lead to.

mod member;
mod patience;

use std::collections::HashMap;
use std::time::Duration;

use futures::future::try_join_all;
use tokio::time::{Instant, sleep};

pub use member::Member;

use crate::cluster::apply::Sent;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::restore::{Course, Journal, Step};
use crate::plan::restore::{self, Action, Awaited, Next, World};
use crate::ui::steps::{self, Progress};
use crate::ui::terminal::Ui;

/// Between two looks, at first and at most.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const SLOWEST_LOOK: Duration = Duration::from_secs(2);
/// So often a write is sent that changes nothing that can be seen.
const FUTILE: usize = 8;
/// And so often in one step a write that somebody undoes.
const MOST: usize = 30;
/// Between two such writes.
const PAUSE: Duration = Duration::from_millis(500);

/// How long to be patient.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// With each thing that is waited for.
    pub timeout: Duration,
    /// Wait for pods to go, instead of refusing.
    pub waits_for_pods: bool,
}

/// Restores in the hands of this process.
pub struct Drive<'a> {
    cluster: &'a Cluster,
    ui: &'a Ui,
    members: Vec<Member>,
    limits: Limits,
    progress: Progress,
    /// Why they turned back.
    cause: Option<Error>,
}

impl<'a> Drive<'a> {
    /// Takes over restores, whose locks are held: one, or several that go together.
    pub fn new(cluster: &'a Cluster, ui: &'a Ui, members: Vec<Member>, limits: Limits) -> Self {
        Self { cluster, ui, members, limits, progress: Progress::default(), cause: None }
    }

    /// Goes on to the end, of which the journals tell. The locks are given back, however it ends.
    ///
    /// Fails with what a person has to do first, with `Interrupted`, or, after it had to turn back and did, with `RolledBack`.
    pub async fn run(mut self) -> (Vec<Journal>, Result<()>) {
        if let Some(Journal { id, namespace, .. }) = self.members.first().map(Member::journal) {
            let way_on = format!("how to go on: kubectl gemini status {id} -n {namespace}");
            self.cluster.interrupt.leaves(Some(way_on));
        }
        let result = self.go().await;
        self.cluster.interrupt.leaves(None);
        let result =
            result.map_err(|error| restore::exit_of(self.members.iter().map(Member::journal), error));
        if let Err(error) = &result {
            for member in &mut self.members {
                member.note_block(self.cluster, error).await;
            }
        }
        self.ui.done();
        let mut journals = vec![];
        for member in self.members {
            journals.push(member.journal().clone());
            member.lock.release().await;
        }
        (journals, result)
    }

    async fn go(&mut self) -> Result<()> {
        let (mut looks, mut futile) = (false, HashMap::<String, usize>::new());
        let mut waiting = None;
        let mut in_use = None;
        while self.members.iter().any(|member| member.journal().is_open()) {
            self.may_go_on()?;
            let worlds = self.look(looks).await?;
            let all: Vec<_> = self.members.iter().map(Member::journal).zip(&worlds).collect();
            let Some((place, next)) = restore::next_of(&all) else { break };
            let (cluster, ui) = (self.cluster, self.ui);
            let (member, world) = (&mut self.members[place], &worlds[place]);
            let progress = &mut self.progress;
            tracing::info!(restore = member.journal().id, ?next, "restore");
            if !matches!(next, Next::Wait(..) | Next::Stop(..) | Next::Do(..)) {
                (waiting, in_use) = (None, None);
            }
            match next {
                Next::Look(step) => {
                    member.enter(cluster, step, progress, ui).await?;
                    looks = true;
                }
                Next::Note(_, journal) => {
                    // Whoever changes the claim again and again would keep it from being deleted for ever.
                    if !(member.journal().swapped && journal.step == Step::Swap) {
                        futile.clear();
                    }
                    member.store(cluster, *journal).await?;
                }
                Next::Do(step, action) => {
                    let was_written = member.enter_to_act(cluster, step, progress, ui).await?;
                    // Nothing lies between the look at what is kept and the deletion of a claim.
                    if was_written && matches!(action, Action::DeleteClaim(_)) {
                        continue;
                    }
                    let target = format!("{step:?} {}", action.target());
                    let sent = match member.carry_out(cluster, &action).await {
                        Err(error) if self.must_turn_back(&error) => {
                            futile.clear();
                            self.turn_back(place, error).await?;
                            continue;
                        }
                        sent => sent?,
                    };
                    if let Sent::Unsure(error, _) = &sent
                        && let Some(awaited) = restore::makes_room(step, &action, error)
                    {
                        if !self.wait(&mut waiting, awaited).await {
                            return Err(error.clone());
                        }
                        continue;
                    }
                    waiting = None;
                    let count = *futile.entry(target).and_modify(|count| *count += 1).or_default();
                    match sent {
                        Sent::Done if count >= MOST => return Err(undone(step)),
                        // A step has few writes: somebody undoes what this one does.
                        Sent::Done => sleep(PAUSE * u32::from(count > FUTILE)).await,
                        Sent::Unsure(error, _) if count >= FUTILE => return Err(in_vain(step, error)),
                        Sent::Unsure(error, wait) => {
                            tracing::info!("{error}");
                            sleep(wait.unwrap_or(PAUSE * u32::from(count > 0))).await;
                        }
                    }
                }
                Next::Wait(step, awaited) => {
                    member.enter(cluster, step, progress, ui).await?;
                    if !self.wait(&mut waiting, awaited.clone()).await {
                        let journal = self.members[place].journal();
                        return Err(
                            patience::over(cluster, journal, &awaited, world, self.limits.timeout).await
                        );
                    }
                }
                Next::Stop(step, error) => {
                    member.enter(cluster, step, progress, ui).await?;
                    let since = *in_use.get_or_insert_with(Instant::now);
                    let waits = error.reason == Reason::ClaimInUse && self.limits.waits_for_pods;
                    if !waits || since.elapsed() > self.limits.timeout {
                        return Err(error);
                    }
                    let what = "the pods that use the PVC to be gone".to_owned();
                    self.ui.notice(Notice::Waiting { what, so_far: since.elapsed() });
                    self.pause(SLOWEST_LOOK).await;
                }
                Next::TurnBack(error) if member.journal().course == Course::Back => return Err(error),
                Next::TurnBack(error) => self.turn_back(place, error).await?,
                Next::End(outcome) => member.end(cluster, outcome, world.now).await?,
            }
        }
        self.ended()
    }

    async fn look(&self, looks: bool) -> Result<Vec<World>> {
        let worlds = self
            .members
            .iter()
            .map(|member| self.cluster.restore_world(member.journal(), member.group.as_ref(), looks));
        try_join_all(worlds).await
    }

    fn must_turn_back(&self, error: &Error) -> bool {
        restore::must_all_turn_back(self.members.iter().map(Member::journal), error)
    }

    fn may_go_on(&self) -> Result<()> {
        if self.cluster.interrupt.is_requested() {
            return Err(Error::new(Reason::Interrupted, "stopped between two steps"));
        }
        match self.members.iter().find(|member| !member.lock.is_ours()) {
            None => Ok(()),
            Some(member) => {
                let message = format!("somebody else took the lock of restore {}", member.journal().id);
                Err(Error::new(Reason::LockLost, message))
            }
        }
    }

    /// Waits a little; not if the same was waited for long enough.
    async fn wait(&self, waiting: &mut Option<(Awaited, Instant, Duration)>, awaited: Awaited) -> bool {
        let (since, pause) = match waiting.take() {
            Some((same, since, pause)) if same == awaited => (since, pause),
            _ => (Instant::now(), FIRST_LOOK),
        };
        if since.elapsed() > self.limits.timeout {
            return false;
        }
        self.ui.notice(Notice::Waiting { what: awaited.to_string(), so_far: since.elapsed() });
        self.pause(pause).await;
        *waiting = Some((awaited, since, (pause * 3 / 2).min(SLOWEST_LOOK)));
        true
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.cluster.interrupt.requested() => {}
            () = sleep(pause) => {}
        }
    }

    /// The others follow, since one goes back.
    async fn turn_back(&mut self, place: usize, error: Error) -> Result<()> {
        self.progress.turn_back(&error, self.ui);
        let member = &mut self.members[place];
        let journal = restore::turned_back(member.journal(), &error);
        self.cause = Some(error);
        member.store(self.cluster, journal).await
    }

    fn ended(&mut self) -> Result<()> {
        self.progress.end(self.ui);
        match self.cause.take() {
            None => Ok(()),
            Some(cause) => {
                let ids: Vec<_> = self.members.iter().map(|member| member.journal().id.as_str()).collect();
                let message = format!("restore {} failed: {}", ids.join(", "), cause.message);
                let error = Error::new(Reason::RolledBack, message);
                Err(cause.causes.iter().fold(error, |error, cause| error.cause(cause)))
            }
        }
    }
}

/// A write that was sent again and again. If it was refused because what it is about had changed since the look, somebody is at it.
fn in_vain(step: Step, error: Error) -> Error {
    match error.reason {
        Reason::ChangedMeanwhile => error.causes.iter().fold(undone(step), Error::cause),
        _ => error,
    }
}

fn undone(step: Step) -> Error {
    let message = format!("somebody undoes what is done to {}", steps::title(step));
    Error::new(Reason::ChangedMeanwhile, message).hint(
        "find out who: an operator or a policy that sets reclaim policies or removes annotations; then go on",
    )
}
