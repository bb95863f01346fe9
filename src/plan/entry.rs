//! A snapshot as retention sees it: a time, a state, and for which rules it was taken.
//! Must be total: one odd object must not keep a group from being planned (retention.md, section 3.2).

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::Moment;
use super::clocks::SKEW;
use crate::model::every::{self, Every};
use crate::model::snapshot::{Purpose, Readiness, Snapshot};

/// An error is taken for a failure only after so long, in seconds: the controller tries again and clears it.
const ERROR_GRACE: i64 = 120;
/// A snapshot that is not ready after so long, in seconds, failed even if nobody says so.
const PENDING_TIMEOUT: i64 = 86_400;
/// A snapshot that was cut so much later than asked for, in seconds, is one of that later time.
const CUT_LATE: i64 = 60;

/// How far a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can be restored from.
    Ready,
    /// It may still become ready.
    InProgress,
    /// It reported an error, or took too long. Should it become ready after all, it counts from then on.
    Failed {
        /// No error was reported: it may still be uploading.
        timed_out: bool,
    },
    /// It has been deleted and waits for its finalizers.
    Terminating,
}

impl State {
    /// The word of tables and documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::InProgress => "in-progress",
            Self::Failed { .. } => "failed",
            Self::Terminating => "terminating",
        }
    }
}

/// Why a snapshot was taken, as far as rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By the schedule.
    Scheduled,
    /// By hand, or by nobody knows whom.
    Manual,
    /// By a restore, of what it replaced.
    Restore,
}

/// A rule that a snapshot was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// What it means.
    pub every: Every,
    /// A moment of the rule's grid; Gemini stores none.
    pub phase: Option<Moment>,
}

/// Why a snapshot that bears the group's name is not the rules' business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It was not taken of the group's claim.
    OtherClaim,
    /// It was cut together with others; the snapshot controller refuses to delete it alone.
    GroupSnapshot,
}

/// A snapshot as retention sees it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the snapshot, unique in its group.
    pub name: String,
    /// The point in time that it stands for: when it was asked for, or when it was cut if that was much later.
    pub time: Moment,
    /// How far it is.
    pub state: State,
    /// Why it was taken.
    pub kind: Kind,
    /// Which attempt in its slot it was, from 1, by its name: older failures are gone when the next one is planned.
    pub attempt: u32,
    /// The rules it was taken for.
    pub labels: Vec<Label>,
    /// What else it says it was taken for.
    pub unknown: Vec<String>,
    /// Somebody wants it to stay.
    pub held: bool,
    /// A claim is being filled from it.
    pub in_use: bool,
    /// An annotation asks for a restore of it.
    pub requested: bool,
    /// It was proven to be ready, whatever it is now.
    pub was_ready: bool,
    /// Tells the volume that it was asked of from others, if that was recorded.
    pub volume: Option<u64>,
    /// It must not be used.
    pub tainted: bool,
    /// It was not made by the schedule and its time is over.
    pub expired: bool,
    /// It is none of the rules' business.
    pub foreign: Option<Foreign>,
}

/// Reads the snapshots of a group whose claim is `claim`, as things stand at `now`, in the order in which they come. `in_use`
/// names those that claims are being filled from.
pub fn entries(
    snapshots: &[&Snapshot],
    claim: &str,
    in_use: &BTreeSet<&str>,
    now: DateTime<Utc>,
) -> Vec<Entry> {
    let believes_cuts = cut_ahead(snapshots, now).is_none();
    let entry = |snapshot: &&Snapshot| {
        Entry::new(snapshot, claim, in_use.contains(snapshot.name.as_str()), believes_cuts, now)
    };
    snapshots.iter().map(entry).collect()
}

/// A snapshot that was cut in the future, as its storage says. That clock is believed for none of the others either: were it,
/// they would change places as time goes by, and none of the newest would count.
pub fn cut_ahead<'a>(snapshots: &[&'a Snapshot], now: DateTime<Utc>) -> Option<&'a Snapshot> {
    let is_ahead = |cut: DateTime<Utc>| cut - now > TimeDelta::seconds(SKEW);
    let is_ready = |snapshot: &&&Snapshot| snapshot.readiness == Readiness::Ready && !snapshot.terminating;
    snapshots.iter().filter(is_ready).find(|snapshot| snapshot.cut.is_some_and(is_ahead)).copied()
}

impl Entry {
    fn new(snapshot: &Snapshot, claim: &str, in_use: bool, believes_cut: bool, now: DateTime<Utc>) -> Self {
        let asked = snapshot.taken.timestamp();
        let cut = snapshot.cut.filter(|_| believes_cut).map(|cut| cut.timestamp());
        let late = cut.filter(|cut| snapshot.readiness == Readiness::Ready && *cut > asked + CUT_LATE);
        let (labels, unknown) = labels(&snapshot.purpose);
        Self {
            name: snapshot.name.clone(),
            time: late.unwrap_or(asked),
            state: state(snapshot, now.timestamp().saturating_sub(asked)),
            kind: match snapshot.purpose {
                Purpose::Scheduled(_) => Kind::Scheduled,
                Purpose::Safety => Kind::Restore,
                Purpose::Manual | Purpose::Other(_) => Kind::Manual,
            },
            attempt: attempt(&snapshot.name),
            labels,
            unknown,
            held: snapshot.hold.as_ref().is_some_and(|hold| hold.holds(now)),
            in_use,
            requested: false,
            was_ready: snapshot.verified,
            volume: snapshot.volume,
            tainted: snapshot.tainted.is_some(),
            expired: snapshot.expires.is_some_and(|expires| expires <= now),
            foreign: match &snapshot.claim {
                _ if snapshot.in_group_snapshot => Some(Foreign::GroupSnapshot),
                Some(of) if of == claim => None,
                _ => Some(Foreign::OtherClaim),
            },
        }
    }

    /// It was taken for something, but for nothing that anybody understands.
    pub fn is_unknown_only(&self) -> bool {
        self.labels.is_empty() && !self.unknown.is_empty()
    }
}

fn state(snapshot: &Snapshot, age: i64) -> State {
    if snapshot.terminating { State::Terminating } else { progress(&snapshot.readiness, age) }
}

/// How far a snapshot is that was asked for `age` seconds ago and is not being deleted.
pub(super) fn progress(readiness: &Readiness, age: i64) -> State {
    match readiness {
        Readiness::Ready => State::Ready,
        Readiness::Failing(_) if age >= ERROR_GRACE => State::Failed { timed_out: false },
        _ if age >= PENDING_TIMEOUT => State::Failed { timed_out: true },
        Readiness::Creating | Readiness::Failing(_) => State::InProgress,
    }
}

/// `db-1773143400-r2` is the third attempt (design.md, section 3).
pub(super) fn attempt(name: &str) -> u32 {
    let retry = name.rsplit_once("-r").and_then(|(_, number)| number.parse::<u32>().ok());
    retry.unwrap_or(0).saturating_add(1)
}

fn labels(purpose: &Purpose) -> (Vec<Label>, Vec<String>) {
    let Purpose::Scheduled(intervals) = purpose else { return (vec![], vec![]) };
    let (mut labels, mut unknown) = (vec![], vec![]);
    for interval in intervals {
        match every::parse_mark(&interval.text, &interval.wall) {
            Ok(every) => labels.push(Label { every, phase: interval.phase }),
            Err(_) if interval.wall.is_empty() => unknown.push(interval.text.clone()),
            Err(_) => unknown.push(format!("{} at {}", interval.text, interval.wall)),
        }
    }
    (labels, unknown)
}

#[cfg(test)]
mod tests;
