//! How a group stands, in one word and one sentence: for `list`, and for the condition that `run-once` writes.
//! Must say the same as long as nothing changes: no ages in a sentence, or every pass would write a new status.

mod case;
#[cfg(test)]
mod tests;

use std::fmt::{self, Display};

use chrono::{DateTime, Utc};

use super::class;
use super::entry::{self, Entry};
use super::history::History;
use super::prune::GroupPlan;
use crate::error::{Error, Result};
use crate::model::claim::Claim;
use crate::model::class::SnapshotClass;
use crate::model::group::Group;
use crate::model::restore::Journal;
use crate::model::snapshot::Snapshot;
pub use crate::model::status::Counts;
use case::{Case, Standing, time};

/// How a group stands, best first: of several that hold, the last one is told.
///
/// One set of words for everybody: these are the STATUS of `list`, and the reason of the condition `Ready`, which is True
/// for [`Healthy`](Self::Healthy) and False for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// None of the others.
    Healthy,
    /// The schedule has no ready snapshot yet, and none is late. Or the schedule is empty, and there is no ready snapshot at all or
    /// one that some schedule took.
    Pending,
    /// `spec.suspend`. It hides everything else: who lets a schedule rest does not want to hear that it is late.
    Suspended,
    /// A restore in place of its claim is under way, which hides everything else: the claim may be gone for a moment. Told only if
    /// restores were looked at.
    Restoring,
    /// A snapshot was deleted more than an hour ago and still is there, and no claim is being filled from it: its driver
    /// fails, or something holds it. What it takes up in the storage is not given back.
    DeletionStuck,
    /// A rule has got no snapshot, not even one in progress, although it fell due more than one period of it ago (at least
    /// 10 minutes, at most an hour) and five minutes more. A rule that never had one fell due when the group was created.
    /// So it tells that nobody takes snapshots; it is never said of a group that a job serves every 10 minutes or more
    /// often, whatever its schedule. After the schedule was changed or has rested, it may be said until the next run.
    Overdue,
    /// A scheduled snapshot that is newer than all the ready ones is in progress for longer than a period of the shortest
    /// rule (but at least 30 minutes, and at most 6 hours).
    NotReady,
    /// A scheduled snapshot that is newer than all the ready ones has failed: its driver reports an error for two minutes,
    /// or it took more than a day. One that was taken after it and becomes ready ends it.
    Failing,
    /// No VolumeSnapshotClass can be used: the group's does not exist or is another driver's, or the driver has not exactly
    /// one default. Told only if the classes were looked at.
    ClassMissing,
    /// The claim does not exist and will not be made, or it is being deleted, or its volume is gone. Told only if claims were
    /// looked at.
    ClaimMissing,
    /// The schedule cannot be read, so that nothing at all is done for the group.
    InvalidSchedule,
    /// A restore in place of its claim stands still until somebody goes on with it, or gives it up. Told only if restores were
    /// looked at.
    Blocked,
}

impl Health {
    /// All of them, best first.
    pub const ALL: [Self; 12] = [
        Self::Healthy,
        Self::Pending,
        Self::Suspended,
        Self::Restoring,
        Self::DeletionStuck,
        Self::Overdue,
        Self::NotReady,
        Self::Failing,
        Self::ClassMissing,
        Self::ClaimMissing,
        Self::InvalidSchedule,
        Self::Blocked,
    ];

    /// The word of tables, documents and conditions.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Pending => "Pending",
            Self::Suspended => "Suspended",
            Self::Restoring => "Restoring",
            Self::DeletionStuck => "DeletionStuck",
            Self::Overdue => "Overdue",
            Self::NotReady => "NotReady",
            Self::Failing => "Failing",
            Self::ClassMissing => "ClassMissing",
            Self::ClaimMissing => "ClaimMissing",
            Self::InvalidSchedule => "InvalidSchedule",
            Self::Blocked => "Blocked",
        }
    }

    /// Somebody should do something.
    pub fn is_trouble(self) -> bool {
        self >= Self::DeletionStuck
    }
}

impl Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What is known of the group's claim.
#[derive(Clone, Copy, Debug)]
pub enum SeenClaim<'a> {
    /// Nobody looked.
    Unknown,
    /// It does not exist.
    Missing,
    /// It exists.
    Found(&'a Claim),
}

/// What else was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The claim.
    pub claim: SeenClaim<'a>,
    /// Why no VolumeSnapshotClass can be used; `None` if one can, or if nobody looked.
    pub class: Option<&'a Error>,
    /// A restore in place that has not ended.
    pub restore: Option<OpenRestore<'a>>,
}

impl Surroundings<'_> {
    /// Nobody looked at anything.
    pub fn unseen() -> Self {
        Self { claim: SeenClaim::Unknown, class: None, restore: None }
    }
}

/// A restore in place that has not ended.
#[derive(Clone, Copy, Debug)]
pub struct OpenRestore<'a> {
    /// What is written down.
    pub journal: &'a Journal,
    /// Nobody is at work on it.
    pub is_left: bool,
}

/// Where a group stands in its schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Nothing will fall due: the schedule is empty, unreadable, or rests.
    Never,
    /// Nothing is due.
    NotYet,
    /// A run would take a snapshot now, unless something is in its way.
    Due,
    /// The same, and it is as late as [`Health::Overdue`] says.
    Late,
}

/// How a group stands, and what that is concluded from.
#[derive(Clone, Debug)]
pub struct Assessment<'a> {
    /// The word.
    pub health: Health,
    /// One sentence for a person, without a full stop.
    pub message: String,
    /// Whether something is due.
    pub timing: Timing,
    /// When the next snapshot falls due, or fell due; unknown for a group of unknown age that never had one.
    pub next_due: Option<DateTime<Utc>>,
    /// The newest snapshot that can be restored from, whoever took it.
    pub newest_ready: Option<&'a Snapshot>,
    /// Numbers of snapshots.
    pub counts: Counts,
}

/// Judges a group. `history` holds its snapshots, `plan` was made from the same at the same `now`, or is why there is none.
pub fn assess<'a>(
    group: &Group,
    history: &History<'a>,
    plan: Result<&GroupPlan<'_>, &Error>,
    seen: Surroundings<'_>,
    now: DateTime<Utc>,
) -> Assessment<'a> {
    let made;
    let entries: &[Entry] = match plan {
        Ok(plan) => &plan.entries,
        Err(_) => {
            made = entry::entries(&history.snapshots, &group.claim.name, &[].into(), now);
            &made
        }
    };
    let rules = match plan {
        Ok(plan) if !group.suspended => {
            let rules = plan.plan.rules.iter().zip(&plan.schedule.rules);
            rules.map(|(status, rule)| Standing::new(rule, status, group, now.timestamp())).collect()
        }
        _ => vec![],
    };
    let case = Case { group, history, entries, rules: &rules, now: now.timestamp() };
    let (health, message) = match plan {
        _ if let Some(restore) = seen.restore => restoring(restore),
        _ if group.suspended => {
            (Health::Suspended, "spec.suspend is set: the schedule takes and deletes nothing".to_owned())
        }
        Err(error) => (Health::InvalidSchedule, causes(error)),
        Ok(_) => case.judge(seen),
    };
    Assessment {
        health,
        message,
        timing: rules
            .iter()
            .map(|rule| rule.timing)
            .max_by_key(|timing| *timing as u8)
            .unwrap_or(Timing::Never),
        next_due: rules.iter().filter_map(|rule| rule.fell_due).min().and_then(time),
        newest_ready: history.newest_ready(),
        counts: case.counts(),
    }
}

fn restoring(OpenRestore { journal, is_left }: OpenRestore<'_>) -> (Health, String) {
    let Journal { id, claim, blocked, .. } = journal;
    match (blocked, is_left) {
        (Some(why), _) => (Health::Blocked, format!("restore {id} of PVC {claim} stands still: {why}")),
        (None, true) => (Health::Blocked, format!("restore {id} of PVC {claim} was stopped half-way")),
        (None, false) => (Health::Restoring, format!("restore {id} of PVC {claim} is under way")),
    }
}

/// Why no VolumeSnapshotClass of all `classes` can be used for a group; `None` as long as that is not certain.
pub fn class_fault(group: &Group, claim: Option<&Claim>, classes: &[SnapshotClass]) -> Option<Error> {
    let named = group.snapshot_class.as_deref();
    match (claim.and_then(|claim| claim.provisioner.as_deref()), named) {
        (Some(driver), named) => class::choose(classes, driver, named).err(),
        (None, Some(named)) => class::named(classes, named).err(),
        (None, None) => None,
    }
}

fn causes(error: &Error) -> String {
    if error.causes.is_empty() { error.message.clone() } else { error.causes.join("; ") }
}
