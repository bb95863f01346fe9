//! What a simulation is for: how many snapshots there are, how far back each rule reaches, what it costs.
//! Measured at the end of passes, from the first on at which every rule that can has all its snapshots.

use super::{Observer, Outcome, Scene, World};
use crate::plan::calendar::{self, Moment};
use crate::plan::entry::{Entry, State};
use crate::plan::retention::{Reason, RuleStatus};
use crate::plan::schedule::{Rule, Schedule};

const DAY: i64 = 86_400;

/// Least, greatest and mean of a number that was read off many times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    range: Option<(i64, i64)>,
    sum: i128,
    count: u64,
}

impl Spread {
    fn add(&mut self, value: i64) {
        let (min, max) = self.range.unwrap_or((value, value));
        self.range = Some((min.min(value), max.max(value)));
        self.sum += i128::from(value);
        self.count += 1;
    }

    /// The least and the greatest; nothing if it was never read off.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// The mean; 0 if it was never read off.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }
}

/// What storage depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Bytes of the volume that are in use: a full copy.
    pub size: i64,
    /// Bytes that change in a day.
    pub churn: i64,
}

impl Cost {
    /// Bytes that snapshots of these times take up, given oldest first: one full copy, and for each further one what has
    /// changed since the one before. Rough: no driver does exactly this.
    pub fn stored(&self, times: impl Iterator<Item = Moment>) -> i64 {
        let mut before = None;
        times.fold(0i64, |sum, time| {
            let bytes = match before.replace(time) {
                None => self.size,
                Some(before) => {
                    let changed = i128::from(self.churn) * i128::from(time - before) / i128::from(DAY);
                    i64::try_from(changed).unwrap_or(i64::MAX).clamp(0, self.size)
                }
            };
            sum.saturating_add(bytes)
        })
    }
}

/// What was measured of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleMeter {
    /// How many snapshots were asked for that carry its label.
    pub created: u64,
    /// How many seconds old the oldest was of those that the rule itself keeps.
    pub reach: Spread,
}

/// Measures while a simulation runs.
pub struct Meter<'a> {
    schedule: &'a Schedule,
    world: &'a World,
    cost: Option<Cost>,
    /// For each rule how many snapshots it must have before anything is measured.
    wanted: Vec<usize>,
    is_settled: bool,
    /// How many ready snapshots there were.
    pub ready: Spread,
    /// The rules, in the order of the schedule.
    pub rules: Vec<RuleMeter>,
    /// How many bytes were stored; measured if there is a [`Cost`].
    pub stored: Spread,
    /// The most snapshots that were asked for in a day; days begin with the simulation.
    pub busiest_day: u64,
    today: (i64, u64),
}

impl<'a> Meter<'a> {
    /// A meter that has measured nothing yet.
    pub fn new(schedule: &'a Schedule, world: &'a World, cost: Option<Cost>) -> Self {
        Self {
            schedule,
            world,
            cost,
            wanted: schedule.rules.iter().map(|rule| wanted(rule, schedule, world)).collect(),
            is_settled: false,
            ready: Spread::default(),
            rules: vec![RuleMeter::default(); schedule.rules.len()],
            stored: Spread::default(),
            busiest_day: 0,
            today: (0, 0),
        }
    }

    /// A rule, by its number, can have all its snapshots in the time that is simulated.
    pub fn is_reachable(&self, rule: usize) -> bool {
        self.wanted.get(rule).is_some_and(|wanted| *wanted > 0)
    }

    /// Rules by the clock on the wall begin with a part of a period: they have all their snapshots before they reach as far
    /// back as they promise.
    fn walls_reach(&self, rules: &[RuleStatus]) -> bool {
        let rules = rules.iter().zip(&self.schedule.rules).zip(&self.wanted);
        let waits = |status: &RuleStatus, rule: &Rule, wanted: usize| {
            wanted > 0 && rule.every.wall.is_some() && !status.span_reached
        };
        !rules.into_iter().any(|((status, rule), wanted)| waits(status, rule, *wanted))
    }

    /// How many snapshots a day were asked for on average.
    pub fn created_per_day(&self, outcome: &Outcome) -> f64 {
        let length = self.world.end.saturating_sub(self.world.start).max(1);
        outcome.created as f64 / (length as f64 / DAY as f64)
    }

    /// What is stored of these snapshots; nothing without a [`Cost`].
    pub fn stored_in(&self, entries: &[Entry]) -> Option<i64> {
        let ready = entries.iter().filter(|entry| entry.state == State::Ready);
        Some(self.cost?.stored(ready.map(|entry| entry.time)))
    }
}

impl Observer for Meter<'_> {
    fn created(&mut self, entry: &Entry) {
        for (meter, rule) in self.rules.iter_mut().zip(&self.schedule.rules) {
            meter.created += u64::from(entry.labels.iter().any(|label| label.every == rule.every));
        }
        let day = entry.time.saturating_sub(self.world.start).div_euclid(DAY);
        let so_far = if self.today.0 == day { self.today.1 } else { 0 };
        self.today = (day, so_far + 1);
        self.busiest_day = self.busiest_day.max(self.today.1);
    }

    fn ended(&mut self, scene: &Scene<'_>, deleted: &[usize]) {
        let mut kept: Vec<(usize, Option<Moment>)> = vec![(0, None); self.rules.len()];
        for (entry, verdict) in scene.entries.iter().zip(&scene.plan.verdicts) {
            for reason in &verdict.reasons {
                if let Reason::Rule { rule, .. } | Reason::Span { rule, .. } = reason
                    && let Some((count, oldest)) = kept.get_mut(*rule)
                {
                    *count += 1;
                    *oldest = Some(oldest.map_or(entry.time, |oldest| oldest.min(entry.time)));
                }
            }
        }
        let has_all = |((count, _), wanted): (&(usize, _), &usize)| count >= wanted;
        self.is_settled |= kept.iter().zip(&self.wanted).all(has_all) && self.walls_reach(&scene.plan.rules);
        if !self.is_settled {
            return;
        }
        for (meter, (_, oldest)) in self.rules.iter_mut().zip(kept) {
            if let Some(oldest) = oldest {
                meter.reach.add(scene.now.saturating_sub(oldest));
            }
        }
        let is_left = |index: &usize| !deleted.contains(index);
        let ready = |(index, entry): &(usize, &Entry)| entry.state == State::Ready && is_left(index);
        let left = scene.entries.iter().enumerate().filter(ready).map(|(_, entry)| entry.time);
        if let Some(cost) = self.cost {
            self.stored.add(cost.stored(left.clone()));
        }
        self.ready.add(i64::try_from(left.count()).unwrap_or(i64::MAX));
    }
}

/// How many snapshots a rule has once it has all of them; 0 if it cannot get so far in this time, or because of `maxAge`.
fn wanted(rule: &Rule, schedule: &Schedule, world: &World) -> usize {
    let keep = i64::from(rule.keep);
    let reached = calendar::add(world.start, rule.every.period, keep);
    let by_runs = world.start.saturating_add(world.every_run.saturating_mul(keep));
    let is_in_time = reached.max(by_runs) <= world.end.saturating_sub(world.every_run);
    let promised = rule.every.period.nominal_seconds().saturating_mul(keep);
    let is_allowed = schedule.max_age.is_none_or(|age| promised < age.nominal_seconds());
    let all = usize::try_from(rule.keep).unwrap_or(usize::MAX).saturating_add(1);
    if is_in_time && is_allowed { all } else { 0 }
}
