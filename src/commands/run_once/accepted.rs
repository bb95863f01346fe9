//! A restore that an annotation asked for, from the moment its journal is written: accepted, gone on with, and told of.
//! Must leave what stands still to the next pass, and say so on the group.

use std::time::Duration;

use super::super::restore::{Drive, Limits, Member, lock};
use super::outcome::Outcome;
use super::pass::Pass;
use crate::api::marks;
use crate::cluster::apply::{Happening, Sent};
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::group::Group;
use crate::model::restore::{Journal, Outcome as Ending};
use crate::model::status::Restoring;
use crate::plan::restore::{self, taken_up};
use crate::plan::trigger;
use crate::ui::terminal::Ui;

/// How long one thing is waited for; the next pass goes on.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often what somebody changes meanwhile is looked at anew.
const LOOKS: usize = 3;
/// Why a request that was withdrawn is given up.
pub(super) const UNASKED: &str = "nobody asks for it any more";

/// One group that asks.
pub(super) struct Asking<'a> {
    pub group: &'a Group,
    pub cluster: Cluster,
    pub ui: Ui,
}

impl Pass<'_> {
    /// The journal is there. If the request still is, it is taken away and carried out.
    pub(super) async fn accept(
        &self,
        asking: &Asking<'_>,
        value: &str,
        mut stored: Stored,
        lock: Held,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let Journal { id, claim, source, .. } = &stored.journal;
        let note = format!("restoring {claim} from snapshot {}", source.snapshot);
        // From the mark on the request no longer keeps its snapshot from the schedule.
        let marked = match self.hold_source(asking, &stored.journal).await {
            Ok(()) => self.mark(asking, Some(value), &settled(value, id).into()).await,
            Err(error) => Err(error),
        };
        let (given_up, journal) = match marked {
            Ok(true) => (None, stored.journal.clone()),
            // Withdrawn before anything was done.
            Ok(false) => (Some(UNASKED), taken_up(&stored.journal, restore::Ending::Abort)),
            // It may have been written all the same: the next pass sees.
            Err(error) => {
                lock.release().await;
                return Err(error);
            }
        };
        let journal = Journal { acknowledged: true, ..journal };
        if given_up.is_none() {
            self.record(asking, &told("RestoreStarted", false, note, Some(&journal))).await;
        }
        if let Err(error) = asking.cluster.store_journal(&mut stored, journal).await {
            lock.release().await;
            return Err(error);
        }
        self.drive(asking, stored, lock, given_up, outcome).await;
        Ok(())
    }

    async fn hold_source(&self, asking: &Asking<'_>, journal: &Journal) -> Result<()> {
        let reason = restore::hold_reason(&journal.id);
        let mut last = Ok(());
        for _ in 0..LOOKS {
            let found = asking.cluster.snapshot(&journal.source.snapshot).await?;
            // What is missing then is told where it is needed.
            let Some(snapshot) = found.filter(|found| found.uid == journal.source.uid) else { return Ok(()) };
            match asking.cluster.send_hold(&snapshot, &reason).await? {
                Sent::Done => return Ok(()),
                Sent::Unsure(error, _) => last = Err(error),
            }
        }
        last
    }

    /// Goes on with a restore that an earlier pass began, unless it has ended or somebody else does.
    pub(super) async fn go_on(&self, asking: &Asking<'_>, id: &str, outcome: &mut Outcome) -> Result<()> {
        let stored = asking.cluster.journal(id).await?;
        match stored.map(|stored| stored.journal) {
            Some(seen) if trigger::is_outdated(&seen, self.cluster.now()) => {
                let why = format!("PVC {} has been in use for more than an hour", seen.claim);
                self.withdraw(asking, &seen, &why, outcome).await?;
                let found = asking.cluster.journal(id).await?;
                if !found.is_some_and(|found| restore::went_back(&found.journal)) {
                    return Ok(());
                }
                let message = format!("restore {id} was not carried out: {why}");
                Err(Error::new(Reason::TimedOut, message)
                    .hint("set the annotation again")
                    .exits(ExitCode::Failed))
            }
            Some(seen) if seen.is_open() => self.take_up(asking, &seen, None, outcome).await,
            // Somebody has ended it before a pass could note that the group knows.
            Some(seen) if !seen.acknowledged => self.acknowledge(asking, &seen).await,
            _ => Ok(()),
        }
    }

    /// Gives up what is not to be carried out any more.
    pub(super) async fn withdraw(
        &self,
        asking: &Asking<'_>,
        journal: &Journal,
        why: &str,
        outcome: &mut Outcome,
    ) -> Result<()> {
        self.take_up(asking, journal, Some(why), outcome).await
    }

    /// Takes it up, to be done or, if it is said why, to be given up.
    async fn take_up(
        &self,
        asking: &Asking<'_>,
        seen: &Journal,
        given_up: Option<&str>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let wish = wish(given_up);
        let lock = match lock(&asking.cluster, &seen.claim, &asking.ui).await {
            Err(error) if error.reason == Reason::RunUnderWay => return Ok(()),
            lock => lock?,
        };
        // Somebody else may have ended it since, or taken up what is to be given up.
        let is_so = |stored: &Stored| match wish {
            restore::Ending::Resume => stored.journal.is_open(),
            _ => stored.journal == *seen,
        };
        let taken = async {
            let stored = asking.cluster.journal(&seen.id).await?;
            let Some(mut stored) = stored.filter(is_so) else { return Ok(None) };
            let mut journal = Journal { acknowledged: true, ..taken_up(&stored.journal, wish) };
            if wish == restore::Ending::Resume {
                // A copy may take longer than a pass, and whoever asks by annotation keeps the application stopped meanwhile. One that
                // was good in an earlier pass is not used any more: nobody has looked since.
                journal.safety.clone_from(&stored.journal.safety);
                journal.safety.iter_mut().for_each(|copy| copy.stale |= copy.proven);
            }
            asking.cluster.store_journal(&mut stored, journal).await.map(|()| Some(stored))
        };
        match taken.await {
            Ok(Some(stored)) => {
                self.drive(asking, stored, lock, given_up, outcome).await;
                Ok(())
            }
            other => {
                lock.release().await;
                other.map(|_| ())
            }
        }
    }

    /// Notes that the group knows of a restore that has ended: it answers no request any more.
    pub(super) async fn acknowledge(&self, asking: &Asking<'_>, journal: &Journal) -> Result<()> {
        let lock = match lock(&asking.cluster, &journal.claim, &asking.ui).await {
            Err(error) if error.reason == Reason::RunUnderWay => return Ok(()),
            lock => lock?,
        };
        let noted = async {
            let Some(mut stored) = asking.cluster.journal(&journal.id).await? else { return Ok(()) };
            let journal = Journal { acknowledged: true, ..stored.journal.clone() };
            asking.cluster.store_journal(&mut stored, journal).await
        };
        let noted = noted.await;
        lock.release().await;
        noted
    }

    async fn drive(
        &self,
        asking: &Asking<'_>,
        stored: Stored,
        lock: Held,
        given_up: Option<&str>,
        outcome: &mut Outcome,
    ) {
        outcome.changed = true;
        // The rest of the pass is for the backups of all others.
        let timeout = self.budget.quarters(2).patience(PATIENCE).timeout;
        let limits = Limits { timeout, waits_for_pods: false };
        let group = Some(asking.group.clone());
        let members = vec![Member::new(stored, group, lock)];
        let (mut journals, result) = Drive::new(&asking.cluster, &asking.ui, members, limits).run().await;
        let journal = journals.swap_remove(0);
        let result = result.map(|()| journal.ended.map(|ended| ended.outcome));
        let Journal { id, namespace, claim, .. } = &journal;
        let (reason, is_warning, note) = match &result {
            Ok(Some(Ending::Restored)) => (
                "RestoreCompleted",
                false,
                format!(
                    "PVC {claim} holds the data of {}. Start the application now. To take it back: kubectl gemini undo {id} -n {namespace}",
                    journal.source.taken.to_rfc3339()
                ),
            ),
            Ok(_) => match given_up {
                Some(why) => {
                    let reason = if why == UNASKED { "RestoreIgnored" } else { "RestoreFailed" };
                    (reason, true, format!("restore {id} was given up: {why}"))
                }
                None => {
                    ("RestoreFailed", true, format!("restore {id} was taken back; PVC {claim} is as it was"))
                }
            },
            Err(error) if journal.is_open() => {
                let note = format!(
                    "restore {id} of PVC {claim} stands still: {}. The next run goes on; to give it up: kubectl gemini restore --abort {id} -n {namespace}",
                    error.message
                );
                outcome.restoring =
                    Some(Restoring { reason: "Blocked".to_owned(), message: note.clone(), since: None });
                ("RestoreBlocked", true, note)
            }
            Err(error) => ("RestoreFailed", true, error.message.clone()),
        };
        self.log.info(&note, outcome.facts());
        let occurrence = Some(self.cluster.now());
        let happening = Happening { occurrence, ..told(reason, is_warning, note, Some(&journal)) };
        self.record(asking, &happening).await;
        let wish = wish(given_up);
        let ended = result.and_then(|_| restore::as_wished(&[journal], wish));
        if let Err(error) = ended {
            outcome.fail(self.log, error);
        }
    }
}

fn wish(given_up: Option<&str>) -> restore::Ending {
    if given_up.is_some() { restore::Ending::Abort } else { restore::Ending::Resume }
}

/// The request is taken away, and what became of it is written in its place.
pub(super) fn settled(value: &str, what: &str) -> [(&'static str, Option<String>); 2] {
    [(marks::RESTORE, None), (marks::RESTORE_HANDLED, Some(format!("{value} {what}")))]
}

pub(super) fn told(
    reason: &'static str,
    is_warning: bool,
    note: String,
    journal: Option<&Journal>,
) -> Happening {
    let snapshot = journal.map(|journal| journal.source.snapshot.clone());
    Happening { reason, is_warning, note, snapshot, occurrence: None }
}
