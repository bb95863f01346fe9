//! One group before the judge: how each rule stands, and which words hold.
//! Must name moments, never spans up to the present: a sentence must not change by itself.

use chrono::{DateTime, Utc};

use super::{Counts, Health, SeenClaim, Surroundings, Timing};
use crate::model::claim::ClaimPhase;
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::plan::backup::makes_claim;
use crate::plan::calendar::Moment;
use crate::plan::entry::{Entry, State};
use crate::plan::history::History;
use crate::plan::retention::{RuleStatus, counts};
use crate::plan::schedule::Rule;

/// A rule may be served one period late, but always so many seconds: that is how far apart the runs of a job may be …
const SHORTEST_WAIT: i64 = 600;
/// … and never more than so many: that a yearly snapshot is missing must not come out a year later.
const LONGEST_WAIT: i64 = 3_600;
/// So many seconds more: a job's pod takes time to start.
const START: i64 = 300;
/// A snapshot may take one period of the shortest rule to become ready, but always so many seconds …
const SHORTEST_MAKING: i64 = 1_800;
/// … and never more than so many. Clouds copy large volumes for hours.
const LONGEST_MAKING: i64 = 21_600;
/// A deletion may take so many seconds: storage that is busy is asked again and again (reliability.md, F-P6).
const DELETING: i64 = 3_600;

/// How one rule stands.
pub(super) struct Standing<'a> {
    rule: &'a Rule,
    /// In Unix seconds; not in the future if it is due.
    pub fell_due: Option<Moment>,
    never_served: bool,
    pub timing: Timing,
}

impl<'a> Standing<'a> {
    pub fn new(rule: &'a Rule, status: &RuleStatus, group: &Group, now: Moment) -> Self {
        let never_served = status.last.is_none();
        let fell_due = match never_served {
            // What the plan says is the present, which would be another with every look.
            true => group.created.map(|created| created.timestamp().min(now)),
            false => Some(status.next_due),
        };
        let allowed = rule.every.period.nominal_seconds().clamp(SHORTEST_WAIT, LONGEST_WAIT) + START;
        let late = fell_due.is_some_and(|due| now.saturating_sub(due) > allowed);
        let timing = match (status.due, late) {
            (_, true) => Timing::Late,
            (true, false) => Timing::Due,
            (false, false) => Timing::NotYet,
        };
        Self { rule, fell_due, never_served, timing }
    }
}

/// A group whose schedule can be read and does not rest.
pub(super) struct Case<'a> {
    pub group: &'a Group,
    pub history: &'a History<'a>,
    pub entries: &'a [Entry],
    pub rules: &'a [Standing<'a>],
    pub now: Moment,
}

impl Case<'_> {
    /// The worst that holds.
    pub fn judge(&self, seen: Surroundings<'_>) -> (Health, String) {
        let fault = |health: Health, message: Option<String>| Some((health, message?));
        [
            fault(Health::ClaimMissing, self.claim_missing(seen.claim)),
            fault(Health::ClassMissing, seen.class.map(|error| error.message.clone())),
            fault(Health::Failing, self.failing()),
            fault(Health::NotReady, self.not_ready()),
            fault(Health::Overdue, self.overdue()),
            fault(Health::DeletionStuck, self.deletion_stuck()),
            fault(Health::Pending, self.pending(seen.claim)),
        ]
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_else(|| (Health::Healthy, self.all_is_well()))
    }

    fn claim_missing(&self, claim: SeenClaim<'_>) -> Option<String> {
        let name = &self.group.claim.name;
        match claim {
            SeenClaim::Missing if makes_claim(self.group, self.history) => None,
            SeenClaim::Missing => Some(format!("PVC {name} does not exist")),
            SeenClaim::Found(claim) if claim.terminating => Some(format!("PVC {name} is being deleted")),
            SeenClaim::Found(claim) if claim.phase == ClaimPhase::Lost => {
                Some(format!("PVC {name} has lost its volume"))
            }
            SeenClaim::Unknown | SeenClaim::Found(_) => None,
        }
    }

    fn failing(&self) -> Option<String> {
        let failed = self.since_ready(|state| matches!(state, State::Failed { .. })).next()?;
        Some(format!("{} failed, and none has become ready since; {}", called(failed), self.newest()))
    }

    fn not_ready(&self) -> Option<String> {
        let shortest = self.rules.iter().map(|rule| rule.rule.every.period.nominal_seconds()).min();
        let allowed = shortest.unwrap_or_default().clamp(SHORTEST_MAKING, LONGEST_MAKING);
        let slow = |entry: &&Entry| self.now.saturating_sub(entry.time) > allowed;
        let oldest = self.since_ready(|state| state == State::InProgress).filter(slow).last()?;
        Some(format!("{} is not ready yet; {}", called(oldest), self.newest()))
    }

    fn overdue(&self) -> Option<String> {
        let late = self.rules.iter().filter(|rule| rule.timing == Timing::Late);
        let rule = late.min_by_key(|rule| rule.rule.every.period.nominal_seconds())?;
        let (text, due) = (&rule.rule.text, rule.fell_due.map(written).unwrap_or_default());
        let newest = self.newest();
        Some(match rule.never_served {
            true => format!(
                "nothing has been taken for \"{text}\" since the group was created at {due}; {newest}"
            ),
            false => format!("nothing has been taken for \"{text}\", which fell due at {due}; {newest}"),
        })
    }

    fn deletion_stuck(&self) -> Option<String> {
        // Whoever fills a claim from it holds it on purpose, and ends that.
        let is_in_use = |name: &str| self.entries.iter().any(|entry| entry.name == name && entry.in_use);
        let asked = |snapshot: &&Snapshot| snapshot.deleted.map(|deleted| deleted.timestamp());
        let stuck = self.history.snapshots.iter().copied().filter(|snapshot| {
            asked(snapshot).is_some_and(|asked| self.now.saturating_sub(asked) > DELETING)
                && !is_in_use(&snapshot.name)
        });
        let oldest = stuck.min_by_key(|snapshot| (asked(snapshot), snapshot.name.clone()))?;
        let since = asked(&oldest).map(written).unwrap_or_default();
        Some(format!("snapshot {} was deleted at {since}, and still is there", oldest.name))
    }

    fn pending(&self, claim: SeenClaim<'_>) -> Option<String> {
        if self.rules.is_empty() {
            if self.history.newest_ready().is_none() {
                return Some("the schedule is empty, and there is no ready snapshot".to_owned());
            }
            // A field with a slip in its name is dropped by the API server, and everything looks quiet.
            let last = self.scheduled().next()?;
            return Some(format!(
                "the schedule is empty: nothing is taken by it since {}, and nothing is deleted",
                last.name
            ));
        }
        if self.scheduled().any(|entry| entry.state == State::Ready) {
            return None;
        }
        let first = self.since_ready(|state| state == State::InProgress).last();
        Some(match (claim, first) {
            (_, Some(first)) => format!("the first snapshot, {}, is not ready yet", first.name),
            (SeenClaim::Missing, None) => {
                format!("PVC {} is made by the first run, from the group's claim spec", self.group.claim.name)
            }
            (SeenClaim::Found(claim), None) if claim.phase == ClaimPhase::Pending => {
                format!("PVC {} is not bound to a volume yet", claim.name)
            }
            (_, None) => "the schedule has taken no snapshot yet".to_owned(),
        })
    }

    fn all_is_well(&self) -> String {
        match self.rules.is_empty() {
            true => "the schedule is empty: nothing is taken by it".to_owned(),
            false => "snapshots are taken on time".to_owned(),
        }
    }

    /// What the schedule took, newest first.
    fn scheduled(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| counts(entry, self.now))
    }

    /// What the schedule took since its newest ready snapshot and is in such a state, newest first.
    fn since_ready(&self, wanted: impl Fn(State) -> bool) -> impl Iterator<Item = &Entry> {
        let ready = self.scheduled().find(|entry| entry.state == State::Ready).map(|entry| entry.time);
        self.scheduled()
            .filter(move |entry| ready.is_none_or(|ready| entry.time > ready) && wanted(entry.state))
    }

    fn newest(&self) -> String {
        match self.history.newest_ready() {
            Some(newest) => {
                format!(
                    "the newest that is ready is {} of {}",
                    newest.name,
                    written(newest.taken.timestamp())
                )
            }
            None => "none is ready".to_owned(),
        }
    }

    pub fn counts(&self) -> Counts {
        let untainted = || self.entries.iter().filter(|entry| !entry.tainted);
        Counts {
            ready: self.history.ready(),
            in_progress: untainted().filter(|entry| entry.state == State::InProgress).count(),
            failed: untainted().filter(|entry| matches!(entry.state, State::Failed { .. })).count(),
        }
    }
}

fn called(entry: &Entry) -> String {
    format!("snapshot {} of {}", entry.name, written(entry.time))
}

pub(super) fn time(moment: Moment) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(moment, 0)
}

fn written(moment: Moment) -> String {
    time(moment).map(|time| time.format("%FT%TZ").to_string()).unwrap_or_default()
}
