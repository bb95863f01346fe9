//! Which snapshots count, and which of them belong to a rule.
//! Labels decide where there are any; behind them, the first of each calendar slot is adopted.

use crate::model::every::Every;
use crate::model::period::Period;
use crate::plan::calendar::{self, Moment};
use crate::plan::clocks::SKEW;
use crate::plan::entry::{Entry, Kind, Label, State};

/// The snapshots of a group, in order. All numbers are indices into `entries`.
pub(super) struct Series<'a> {
    pub entries: &'a [Entry],
    /// What counts: scheduled, ready, and not dated in the future; newest first.
    pub ready: Vec<usize>,
    /// So many of them, from the newest on, are not older than `maxAge`. Only these belong to rules: were the others still
    /// looked at, deleting them would change what becomes of the rest.
    young: usize,
    /// Scheduled ones that are being made; newest first.
    pub in_progress: Vec<usize>,
    /// Scheduled ones that failed; newest first.
    pub failed: Vec<usize>,
}

impl<'a> Series<'a> {
    pub fn new(entries: &'a [Entry], max_age: Option<Period>, now: Moment) -> Self {
        let mut scheduled: Vec<usize> =
            (0..entries.len()).filter(|index| counts(&entries[*index], now)).collect();
        scheduled.sort_unstable_by(|a, b| order(&entries[*b]).cmp(&order(&entries[*a])));
        let of = |wanted: fn(State) -> bool| -> Vec<usize> {
            scheduled.iter().copied().filter(|index| wanted(entries[*index].state)).collect()
        };
        let ready = of(|state| state == State::Ready);
        let is_young = |index: &usize| {
            let age = max_age.map(Every::plain);
            age.is_none_or(|age| calendar::reached(entries[*index].time, &age, 1) > now)
        };
        // If even the newest is too old, backups are failing: what is left must not shrink.
        let young = match ready.first() {
            Some(newest) if is_young(newest) => ready.partition_point(is_young),
            _ => ready.len(),
        };
        Self {
            entries,
            ready,
            young,
            in_progress: of(|state| state == State::InProgress),
            failed: of(|state| matches!(state, State::Failed { .. })),
        }
    }

    /// The members of the series of a rule, newest first (retention.md, section 3.4).
    pub fn members(&self, every: &Every) -> Vec<usize> {
        let carries = |index: &usize| label_of(&self.entries[*index], every).is_some();
        let young = &self.ready[..self.young];
        let mut members: Vec<usize> = young.iter().copied().filter(carries).collect();
        let behind = match members.last() {
            Some(oldest) => {
                let oldest = order(&self.entries[*oldest]);
                young.partition_point(|index| order(&self.entries[*index]) >= oldest)
            }
            None => 0,
        };
        let mut adopted = vec![];
        let mut last_slot = None;
        for index in young[behind..].iter().rev() {
            let slot = calendar::slot(self.entries[*index].time, every);
            if last_slot.replace(slot) != Some(slot) {
                adopted.push(*index);
            }
        }
        members.extend(adopted.into_iter().rev());
        members
    }

    /// A ready snapshot that is older than `maxAge`, while that counts.
    pub fn is_aged(&self, index: usize) -> bool {
        let first_aged = self.ready.get(self.young).map(|index| order(&self.entries[*index]));
        first_aged.is_some_and(|first| order(&self.entries[index]) <= first)
    }

    /// The time of a snapshot.
    pub fn time(&self, index: usize) -> Moment {
        self.entries[index].time
    }
}

/// The schedule took it, and nothing is wrong with it but that it may not be ready.
pub fn counts(entry: &Entry, now: Moment) -> bool {
    entry.kind == Kind::Scheduled && entry.foreign.is_none() && !entry.tainted && !is_future(entry, now)
}

/// It lies further ahead than clocks may differ.
pub(super) fn is_future(entry: &Entry, now: Moment) -> bool {
    entry.time > now.saturating_add(SKEW)
}

/// By time, and by name where that is the same.
pub(super) fn order(entry: &Entry) -> (Moment, &str) {
    (entry.time, &entry.name)
}

/// The label by which a snapshot belongs to a rule, compared by meaning. A label without a time of day, such as Gemini's,
/// counts for every rule of its period: if it depended on what other rules there are, adding one could delete what
/// was kept before (P11).
pub(super) fn label_of<'a>(entry: &'a Entry, wanted: &Every) -> Option<&'a Label> {
    entry.labels.iter().find(|label| {
        label.every.period == wanted.period && (label.every.wall.is_none() || label.every.wall == wanted.wall)
    })
}
