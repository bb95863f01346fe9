//! The snapshots of a simulated group: they become ready, or fail, as time goes by.
//! Their states are those of real ones, by the rules of `entry`.

use crate::model::snapshot::Readiness;
use crate::plan::calendar::Moment;
use crate::plan::entry::{self, Entry, Kind, Label, State};
use crate::plan::naming;
use crate::plan::retention::Create;
use crate::plan::schedule::Schedule;

/// What will become of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lot {
    /// It becomes ready so many seconds after it was asked for.
    ReadyAfter(i64),
    /// It reports an error.
    Fails,
}

/// The snapshots, oldest first. They are changed in place: there may be millions of passes.
pub(super) struct Store<'a> {
    schedule: &'a Schedule,
    group: &'a str,
    pub entries: Vec<Entry>,
    lots: Vec<Lot>,
}

impl<'a> Store<'a> {
    pub fn new(schedule: &'a Schedule, group: &'a str) -> Self {
        Self { schedule, group, entries: vec![], lots: vec![] }
    }

    /// Brings the states up to date.
    pub fn at(&mut self, now: Moment) -> &[Entry] {
        for (entry, lot) in self.entries.iter_mut().zip(&self.lots) {
            if entry.state != State::Ready {
                entry.state = state(entry.time, *lot, now);
            }
        }
        &self.entries
    }

    /// The name that a pass gives to a new snapshot, by what exists.
    pub fn name(&self, slot: Moment) -> String {
        naming::scheduled(self.group, slot, &self.entries)
    }

    /// Asks for a snapshot. One of that name that exists already is as good, and then nothing is made.
    pub fn create(&mut self, name: String, create: &Create, now: Moment, lot: Lot) -> Option<&Entry> {
        if self.entries.iter().any(|entry| entry.name == name) {
            return None;
        }
        let label = |due: &crate::plan::retention::DueLabel| {
            let rule = self.schedule.rules.get(due.rule)?;
            Some(Label { every: rule.every, phase: Some(due.phase) })
        };
        self.entries.push(Entry {
            attempt: entry::attempt(&name),
            name,
            time: now,
            state: state(now, lot, now),
            kind: Kind::Scheduled,
            labels: create.labels.iter().filter_map(label).collect(),
            unknown: vec![],
            held: false,
            in_use: false,
            requested: false,
            was_ready: false,
            volume: None,
            tainted: false,
            expired: false,
            foreign: None,
        });
        self.lots.push(lot);
        self.entries.last()
    }

    /// How long it takes from `now` on until the newest is ready, if it is not to take longer than `limit`.
    pub fn ready_in(&self, now: Moment, limit: i64) -> i64 {
        let newest = self.entries.last().zip(self.lots.last());
        let left = |(entry, lot): (&Entry, &Lot)| match lot {
            Lot::ReadyAfter(after) => entry.time.saturating_add(*after).saturating_sub(now),
            Lot::Fails => limit,
        };
        newest.map_or(0, left).clamp(0, limit)
    }

    /// Deletes snapshots by their indices, of which each is given once.
    pub fn delete(&mut self, indices: &[usize]) {
        let mut indices = indices.to_vec();
        indices.sort_unstable_by(|a, b| b.cmp(a));
        for index in indices {
            self.entries.remove(index);
            self.lots.remove(index);
        }
    }

    /// The indices of snapshots by their names; those that are gone have none.
    pub fn indices(&self, names: &[String]) -> Vec<usize> {
        let position = |name: &String| self.entries.iter().position(|entry| entry.name == *name);
        names.iter().filter_map(position).collect()
    }
}

fn state(asked: Moment, lot: Lot, now: Moment) -> State {
    let age = now.saturating_sub(asked);
    match lot {
        Lot::ReadyAfter(after) if age >= after => State::Ready,
        Lot::ReadyAfter(_) => entry::progress(&Readiness::Creating, age),
        Lot::Fails => entry::progress(&Readiness::Failing(String::new()), age),
    }
}
