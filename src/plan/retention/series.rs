//! Which snapshots count, and which of them belong to a rule.
//! Labels decide where there are any; behind them, the first of each calendar slot is adopted.

use super::SKEW;
use crate::model::every::Every;
use crate::plan::calendar::{self, Moment};
use crate::plan::entry::{Entry, Kind, Label, State};

/// The snapshots of a group, in order. All numbers are indices into `entries`.
pub(super) struct Series<'a> {
    pub entries: &'a [Entry],
    /// What counts: scheduled, ready, and not dated in the future; newest first.
    pub ready: Vec<usize>,
    /// Scheduled ones that are being made; newest first.
    pub in_progress: Vec<usize>,
    /// Scheduled ones that failed; newest first.
    pub failed: Vec<usize>,
}

impl<'a> Series<'a> {
    pub fn new(entries: &'a [Entry], now: Moment) -> Self {
        let mut scheduled: Vec<usize> = (0..entries.len())
            .filter(|index| {
                let entry = &entries[*index];
                entry.kind == Kind::Scheduled
                    && entry.foreign.is_none()
                    && !entry.tainted
                    && !is_future(entry, now)
            })
            .collect();
        scheduled.sort_unstable_by(|a, b| order(&entries[*b]).cmp(&order(&entries[*a])));
        let of = |wanted: fn(State) -> bool| -> Vec<usize> {
            scheduled.iter().copied().filter(|index| wanted(entries[*index].state)).collect()
        };
        Self {
            entries,
            ready: of(|state| state == State::Ready),
            in_progress: of(|state| state == State::InProgress),
            failed: of(|state| matches!(state, State::Failed { .. })),
        }
    }

    /// The members of the series of a rule, newest first (retention.md, section 3.4).
    pub fn members(&self, every: &Every) -> Vec<usize> {
        let carries = |index: &usize| label_of(&self.entries[*index], every).is_some();
        let mut members: Vec<usize> = self.ready.iter().copied().filter(carries).collect();
        let behind = match members.last() {
            Some(oldest) => {
                let oldest = order(&self.entries[*oldest]);
                self.ready.partition_point(|index| order(&self.entries[*index]) >= oldest)
            }
            None => 0,
        };
        let mut adopted = vec![];
        let mut last_slot = None;
        for index in self.ready[behind..].iter().rev() {
            let slot = calendar::slot(self.entries[*index].time, every);
            if last_slot.replace(slot) != Some(slot) {
                adopted.push(*index);
            }
        }
        members.extend(adopted.into_iter().rev());
        members
    }

    /// The time of a snapshot.
    pub fn time(&self, index: usize) -> Moment {
        self.entries[index].time
    }
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
