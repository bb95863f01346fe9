//! What to take and what to let go: the schedule of a group, applied to its snapshots.
//! Pure and total: rules, snapshots and a time go in, a plan with reasons comes out (retention.md, section 3).

mod due;
mod keep;
mod reason;
mod series;
mod verdict;

pub use due::{Blocked, Create, DueLabel, DueReason};
pub use reason::{Fate, Reason, Verdict};
pub use series::counts;

use super::calendar::Moment;
use super::entry::{Entry, State};
use super::schedule::Schedule;
use keep::Kept;
use series::Series;

/// So many snapshots of a group may be in progress before no further one is taken: one that is stuck must not stop the
/// schedule, and clouds limit how many a volume may have.
const MAX_UNREADY: usize = 3;
/// After a failure the next attempt waits so long, in seconds; twice as long after each further one.
const BACKOFF: i64 = 300;
/// So many failures are kept, to be looked at.
const KEEP_FAILED: usize = 3;
/// How long, in seconds, a failure is kept once a newer snapshot is ready.
const FAILED_TTL: i64 = 86_400;
/// How long, in seconds, the newest snapshot of a volume stays that the claim no longer has.
const LAST_OF_VOLUME: i64 = 30 * 86_400;
/// Of so many volumes that the claim had before: one that is made anew each day must not pile up snapshots.
const FORMER_VOLUMES: usize = 3;
/// The brake: more deletions of ready snapshots than this …
const BRAKE: usize = 10;

/// What else a plan depends on.
#[derive(Clone, Debug)]
pub struct Params {
    /// When the pass was meant to start, by its CronJob. A series that begins takes its phase from it, so that a late first
    /// pass does not give it an odd one.
    pub hint: Option<Moment>,
    /// So many of the newest ready snapshots stay, whatever the rules say; at least 1.
    pub min_count: usize,
    /// Snapshots that were taken by hand may go, too.
    pub prune_manual: bool,
    /// The schedule rests: nothing is to be taken. What a person may delete does not change.
    pub suspended: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { hint: None, min_count: 1, prune_manual: false, suspended: false }
    }
}

/// What to do, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The snapshot to take.
    pub create: Option<Create>,
    /// Why none is taken although a rule is due.
    pub blocked: Option<Blocked>,
    /// For each snapshot, in the order in which they came, what becomes of it.
    pub verdicts: Vec<Verdict>,
    /// For each rule of the schedule how it stands.
    pub rules: Vec<RuleStatus>,
    /// The plan deletes more than 10 ready snapshots, and more than half of those there are: somebody should look first.
    pub brake: bool,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// How a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleStatus {
    /// It wants a snapshot now.
    pub due: bool,
    /// Why, or why not.
    pub due_reason: DueReason,
    /// The newest snapshot of its series, one in progress included.
    pub last: Option<Moment>,
    /// When the next one falls due: now, if there is none yet.
    pub next_due: Moment,
    /// How many ready snapshots its series has.
    pub members: usize,
    /// The oldest of them.
    pub oldest: Option<Moment>,
    /// It has one that is at least `keep` periods old, as promised.
    pub span_reached: bool,
}

impl Plan {
    /// The snapshots to delete, as indices of those that came in, oldest first: so that a crash half-way leaves the most
    /// useful set.
    pub fn deletions(&self, entries: &[Entry]) -> Vec<usize> {
        let doomed = |index: &usize| self.verdicts.get(*index).is_some_and(|v| v.fate == Fate::Delete);
        let mut indices: Vec<_> = (0..entries.len()).filter(doomed).collect();
        indices.sort_by_key(|index| (entries[*index].time, &entries[*index].name));
        indices
    }
}

/// Plans for one group.
///
/// `entries` are all snapshots of the group, in any order. Nothing is deleted, and nothing taken, for an empty schedule.
pub fn plan(schedule: &Schedule, entries: &[Entry], now: Moment, params: &Params) -> Plan {
    let series = Series::new(entries, schedule.max_age, now);
    let members: Vec<_> = schedule.rules.iter().map(|rule| series.members(&rule.every)).collect();
    let due = due::Due::new(schedule, &series, &members, now, params);
    let kept: Vec<_> = schedule
        .rules
        .iter()
        .zip(&members)
        .map(|(rule, members)| Kept::new(rule, members, &series, now))
        .collect();
    let verdicts = verdict::verdicts(schedule, &series, &members, &kept, now, params);
    let is_mass = |ready: &[usize]| {
        let deleted = ready.iter().filter(|index| verdicts[**index].fate == Fate::Delete).count();
        deleted > BRAKE && deleted * 2 > ready.len()
    };
    let brake = is_mass(&series.ready) || is_mass(&verdict::usable(&series, now));
    let rules = due.rules.iter().zip(&members).zip(&kept).map(|((due, members), kept)| RuleStatus {
        due: due.due,
        due_reason: due.reason,
        last: due.last,
        next_due: due.next,
        members: members.len(),
        oldest: members.last().map(|index| entries[*index].time),
        span_reached: kept.reaches,
    });
    Plan {
        rules: rules.collect(),
        create: due.create,
        blocked: due.blocked,
        brake,
        warnings: warnings(schedule, entries),
        verdicts,
    }
}

fn warnings(schedule: &Schedule, entries: &[Entry]) -> Vec<String> {
    let mut warnings = vec![];
    if schedule.rules.is_empty() {
        warnings.push("the schedule is empty: nothing is taken by it, and nothing is deleted".to_owned());
    }
    for entry in entries.iter().filter(|entry| entry.state != State::Terminating) {
        for text in &entry.unknown {
            let then = if entry.labels.is_empty() { "it will be kept" } else { "its other intervals decide" };
            warnings.push(format!("snapshot {}: interval \"{text}\" not understood; {then}", entry.name));
        }
    }
    warnings
}
