//! Drives a restore: look, decide, write down, do, and again, until nothing is left to do or a person is needed.
//! Must write down what it is about to do before it does it, and must not do anything that a look did not lead to.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::apply::{Persist, Sent};
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::notice::Notice;
use crate::model::restore::{Course, Ended, Journal, Outcome, Step};
use crate::plan::restore::{self, Action, Awaited, Next, World, hold_reason};
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

/// A restore in the hands of this process.
pub struct Drive<'a> {
    cluster: &'a Cluster,
    ui: &'a Ui,
    stored: Stored,
    group: Option<Group>,
    lock: Held,
    limits: Limits,
    progress: Progress,
    /// Why it turned back.
    cause: Option<Error>,
}

impl<'a> Drive<'a> {
    /// Takes over a restore, whose lock is held.
    pub fn new(
        cluster: &'a Cluster,
        ui: &'a Ui,
        stored: Stored,
        group: Option<Group>,
        lock: Held,
        limits: Limits,
    ) -> Self {
        Self { cluster, ui, stored, group, lock, limits, progress: Progress::default(), cause: None }
    }

    /// What is written down.
    pub fn journal(&self) -> &Journal {
        &self.stored.journal
    }

    /// Goes on to the end. The lock is given back, however it ends.
    ///
    /// Fails with what a person has to do first, with `Interrupted`, or, after it had to turn back and did, with `RolledBack`.
    pub async fn run(mut self) -> (Journal, Result<Outcome>) {
        // Its journal is there, and more may be; unless all of it was taken back.
        let told = |error: Error| match error.reason {
            Reason::RolledBack => error,
            _ => error.after_change(),
        };
        let result = self.go().await.map_err(told);
        if let Err(error) = &result {
            self.note_block(error).await;
        }
        self.ui.done();
        self.lock.release().await;
        (self.stored.journal, result)
    }

    async fn go(&mut self) -> Result<Outcome> {
        let (mut looks, mut futile) = (false, None::<(String, usize)>);
        let mut waiting: Option<(Awaited, Instant, Duration)> = None;
        let mut in_use = None;
        loop {
            self.may_go_on()?;
            let world = self.cluster.restore_world(self.journal(), self.group.as_ref(), looks).await?;
            let next = restore::next(self.journal(), &world);
            tracing::info!(?next, "restore");
            if !matches!(next, Next::Wait(..) | Next::Stop(..)) {
                waiting = None;
            }
            match next {
                Next::Look(step) => {
                    self.enter(step).await?;
                    looks = true;
                }
                Next::Note(journal) => self.store(*journal).await?,
                Next::Do(step, action) => {
                    self.enter(step).await?;
                    let target = format!("{step:?} {}", action.target());
                    let count = futile.filter(|(of, _)| *of == target).map_or(0, |(_, count)| count);
                    let sent = match self.carry_out(&action).await {
                        Err(error) if restore::must_turn_back(self.journal(), &error) => {
                            futile = None;
                            self.turn_back(error).await?;
                            continue;
                        }
                        sent => sent?,
                    };
                    futile = Some((target, count + 1));
                    match sent {
                        Sent::Done if count >= MOST => return Err(undone(step)),
                        // A step has few writes: somebody undoes what this one does.
                        Sent::Done => sleep(PAUSE * u32::from(count > FUTILE)).await,
                        Sent::Unsure(error, _) if count >= FUTILE => return Err(error),
                        Sent::Unsure(error, wait) => {
                            tracing::info!("{error}");
                            sleep(wait.unwrap_or(PAUSE * u32::from(count > 0))).await;
                        }
                    }
                }
                Next::Wait(step, awaited) => {
                    self.enter(step).await?;
                    let (since, pause) = match waiting.take() {
                        Some((same, since, pause)) if same == awaited => (since, pause),
                        _ => (Instant::now(), FIRST_LOOK),
                    };
                    if since.elapsed() > self.limits.timeout {
                        return Err(self.timed_out(&awaited, &world));
                    }
                    self.ui.notice(Notice::Waiting { what: awaited.to_string(), so_far: since.elapsed() });
                    self.pause(pause).await;
                    waiting = Some((awaited, since, (pause * 3 / 2).min(SLOWEST_LOOK)));
                }
                Next::Stop(step, error) => {
                    self.enter(step).await?;
                    let since = *in_use.get_or_insert_with(Instant::now);
                    let waits = error.reason == Reason::ClaimInUse && self.limits.waits_for_pods;
                    if !waits || since.elapsed() > self.limits.timeout {
                        return Err(error);
                    }
                    let what = "the pods that use the PVC to be gone".to_owned();
                    self.ui.notice(Notice::Waiting { what, so_far: since.elapsed() });
                    self.pause(SLOWEST_LOOK).await;
                }
                Next::TurnBack(error) if self.journal().course == Course::Back => return Err(error),
                Next::TurnBack(error) => self.turn_back(error).await?,
                Next::End(outcome) => return self.end(outcome, world.now).await,
            }
        }
    }

    fn may_go_on(&self) -> Result<()> {
        if self.cluster.interrupt.is_requested() {
            return Err(Error::new(Reason::Interrupted, "stopped between two steps"));
        }
        match self.lock.is_ours() {
            true => Ok(()),
            false => {
                let message = format!("somebody else took the lock of restore {}", self.journal().id);
                Err(Error::new(Reason::LockLost, message))
            }
        }
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.cluster.interrupt.requested() => {}
            () = sleep(pause) => {}
        }
    }

    /// A step is written down before anything of it is done.
    async fn enter(&mut self, step: Step) -> Result<()> {
        let journal = self.journal();
        let blocked = journal.blocked.clone().filter(|_| journal.step == step);
        self.store(Journal { step, blocked, ..journal.clone() }).await
    }

    async fn store(&mut self, journal: Journal) -> Result<()> {
        if *self.journal() == journal {
            return Ok(());
        }
        if self.journal().step != journal.step {
            self.progress.enter(&journal, self.ui);
        }
        self.cluster.store_journal(&mut self.stored, journal).await
    }

    async fn carry_out(&self, action: &Action) -> Result<Sent> {
        let (cluster, reason) = (self.cluster, hold_reason(&self.journal().id));
        match action {
            Action::CreateClaim(draft) => cluster.send_claim(draft, Persist::Yes).await,
            Action::MarkClaim(claim, mark) => cluster.send_claim_mark(claim, mark.as_deref()).await,
            Action::DeleteClaim(claim) => cluster.send_deletion(claim).await,
            Action::TakeSnapshot(draft) => cluster.send_snapshot(draft, Persist::Yes).await,
            Action::Hold(snapshot) => cluster.send_hold(snapshot, &reason).await,
            Action::Release(snapshot) => cluster.send_release(snapshot, &reason).await,
            Action::ChangeVolume(change) => cluster.send_volume_change(change).await,
            Action::CreateProbe(draft) => cluster.send_probe(draft, Persist::Yes).await,
            Action::DeletePod(pod) => cluster.send_pod_deletion(pod).await,
            Action::Set(workload, setting) => cluster.send_setting(workload, *setting, Persist::Yes).await,
        }
    }

    async fn turn_back(&mut self, error: Error) -> Result<()> {
        self.progress.turn_back(&error, self.ui);
        let journal = restore::turned_back(self.journal(), &error);
        self.cause = Some(error);
        self.store(journal).await
    }

    async fn end(&mut self, outcome: Outcome, at: chrono::DateTime<chrono::Utc>) -> Result<Outcome> {
        if self.journal().is_open() {
            let ended = Some(Ended { at, outcome });
            self.store(Journal { ended, step: Step::Done, blocked: None, ..self.journal().clone() }).await?;
        }
        self.progress.end(self.ui);
        match self.cause.take() {
            None => Ok(outcome),
            Some(cause) => {
                let message = format!("restore {} failed: {}", self.journal().id, cause.message);
                let error = Error::new(Reason::RolledBack, message);
                Err(cause.causes.iter().fold(error, |error, cause| error.cause(cause)))
            }
        }
    }

    /// Why it stands still is for the next process to tell; best effort.
    async fn note_block(&mut self, error: &Error) {
        if error.reason != Reason::LockLost && self.journal().is_open() {
            let journal = Journal { blocked: Some(error.message.clone()), ..self.journal().clone() };
            if let Err(error) = self.store(journal).await {
                tracing::info!("the journal was not written: {error}");
            }
        }
    }

    fn timed_out(&self, awaited: &Awaited, world: &World) -> Error {
        let seconds = self.limits.timeout.as_secs();
        let error = Error::new(Reason::TimedOut, format!("waited {seconds}s for {awaited}"));
        let error = match (awaited, &world.claim) {
            (Awaited::Gone(name), Some(claim)) if claim.name == *name && !claim.finalizers.is_empty() => {
                error.cause(format!("it is kept by {}", claim.finalizers.join(", ")))
            }
            (Awaited::Bound(_), _) => {
                let words = world.probe.as_ref().and_then(|probe| probe.unscheduled.clone());
                words.into_iter().fold(error, |error, words| {
                    error.cause(format!("the pod that is to use it gets no node: {words}"))
                })
            }
            (Awaited::PodsGone(_), _) => {
                let pods = world.traffic.iter().flat_map(|traffic| &traffic.pods);
                pods.fold(error, |error, pod| error.cause(format!("pod {} is still there", pod.name)))
            }
            _ => error,
        };
        let Journal { id, namespace, .. } = self.journal();
        let go_on = format!("kubectl gemini restore --resume {id} -n {namespace}");
        match awaited {
            Awaited::Running(who) => error
                .hint(format!("see why: kubectl describe {} -n {namespace}; kubectl get pods -n {namespace}", who.for_kubectl()))
                .hint(format!("if it is not the data, end the restore all the same: {go_on} --accept-unready")),
            Awaited::PodsGone(_) => error
                .hint("a pod of a node that is gone stays until the node is back or is deleted; it may still write, so it is never removed by force here")
                .hint(format!("go on when they are gone: {go_on}")),
            _ => error.hint(format!("go on when it has happened: {go_on}")),
        }
    }
}

fn undone(step: Step) -> Error {
    let message = format!("somebody undoes what is done to {}", steps::title(step));
    Error::new(Reason::ChangedMeanwhile, message).hint(
        "find out who: an operator or a policy that sets reclaim policies or removes annotations; then go on",
    )
}
