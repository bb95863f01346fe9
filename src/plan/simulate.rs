//! The pass of `run-once` (retention.md, section 3.8) over simulated time, in worlds where things go wrong.
//! Decides nothing itself: what is taken and what goes is the planner's business, whose plans it carries out.

mod measure;
mod store;
mod world;

use fastrand::Rng;

pub use measure::{Cost, Meter, Spread};
pub use world::{Run, Trouble, World};

use super::calendar::Moment;
use super::entry::{Entry, State};
use super::retention::{Params, Plan, plan};
use super::schedule::Schedule;
use store::{Lot, Store};
use world::{Runs, happens};

/// How long a pass waits for its snapshot, in seconds (retention.md, section 3.14).
const WAIT: i64 = 60;
/// How long it takes, in seconds, until a pass that waits has looked at everything again.
const LOOK: i64 = 2;
/// How long a slow snapshot takes, in seconds.
const SLOW: std::ops::Range<i64> = 300..3_600;
/// How much later a pass starts that runs beside, or after, its double, in seconds.
const APART: std::ops::RangeInclusive<i64> = 0..=10;

/// What a pass sees, and what it makes of it.
pub struct Scene<'a> {
    /// The pass.
    pub run: Run,
    /// When it looks.
    pub now: Moment,
    /// The snapshots, oldest first.
    pub entries: &'a [Entry],
    /// The plan for them.
    pub plan: &'a Plan,
}

/// Somebody who watches the passes.
pub trait Observer {
    /// A plan was made, of which nothing has been done yet. Comes twice in a pass that takes a snapshot.
    fn planned(&mut self, _scene: &Scene<'_>) {}

    /// A snapshot was asked for.
    fn created(&mut self, _entry: &Entry) {}

    /// A pass comes to its end: what `deleted` names, by index, is about to go. A pass that crashes has no end.
    fn ended(&mut self, _scene: &Scene<'_>, _deleted: &[usize]) {}
}

/// What is left at the end, and how many came and went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Passes that took place.
    pub runs: u64,
    /// Snapshots asked for.
    pub created: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Snapshots deleted.
    pub deleted: u64,
    /// Passes in which the brake held deletions back.
    pub braked: u64,
    /// When the last pass ended.
    pub now: Moment,
    /// What exists then, oldest first.
    pub entries: Vec<Entry>,
    /// What the planner says of it.
    pub plan: Plan,
}

/// Runs through a world. `group` is what names begin with.
pub fn simulate(schedule: &Schedule, group: &str, world: &World, observer: &mut impl Observer) -> Outcome {
    let mut simulation = Simulation {
        schedule,
        world,
        observer,
        store: Store::new(schedule, group),
        rng: Rng::with_seed(world.seed.wrapping_add(1)),
        counts: Counts::default(),
    };
    let mut runs = Runs::new(world);
    let mut busy = world.start;
    while let Some(run) = runs.next(busy) {
        busy = simulation.tick(run);
    }
    let Simulation { mut store, counts, .. } = simulation;
    let plan = plan(schedule, store.at(busy), busy, &Params::default());
    let Counts { runs, created, failed, deleted, braked } = counts;
    Outcome { runs, created, failed, deleted, braked, now: busy, entries: store.entries, plan }
}

#[derive(Default)]
struct Counts {
    runs: u64,
    created: u64,
    failed: u64,
    deleted: u64,
    braked: u64,
}

struct Simulation<'a, O> {
    schedule: &'a Schedule,
    world: &'a World,
    observer: &'a mut O,
    store: Store<'a>,
    rng: Rng,
    counts: Counts,
}

impl<O: Observer> Simulation<'_, O> {
    /// One time of the CronJob, at which two passes may start. Returns when all is over.
    fn tick(&mut self, run: Run) -> Moment {
        if !happens(&mut self.rng, self.world.trouble.doubled) {
            return self.pass(run);
        }
        let apart = self.rng.i64(APART);
        if self.rng.bool() {
            let end = self.pass(run);
            return self.pass(Run { at: end.saturating_add(apart), ..run });
        }
        self.passes_at_once([run, Run { at: run.at.saturating_add(apart), ..run }])
    }

    fn pass(&mut self, run: Run) -> Moment {
        self.counts.runs += 1;
        let first = self.look(run, run.at);
        if first.create.is_none() {
            return self.finish(run, run.at, &first);
        }
        let name = self.name(&first);
        self.take(&first, name, run.at);
        if happens(&mut self.rng, self.world.trouble.crashed) {
            return run.at;
        }
        let later = run.at.saturating_add(self.store.ready_in(run.at, WAIT) + LOOK);
        let second = self.look(run, later);
        self.finish(run, later, &second)
    }

    /// Two passes, each of which looks before the other has done anything, twice.
    fn passes_at_once(&mut self, runs: [Run; 2]) -> Moment {
        self.counts.runs += 2;
        let firsts = runs.map(|run| self.look(run, run.at));
        let names = firsts.each_ref().map(|first| self.name(first));
        for ((run, first), name) in runs.iter().zip(&firsts).zip(names) {
            self.take(first, name, run.at);
        }
        let wait = self.store.ready_in(runs[1].at, WAIT) + LOOK;
        let later = runs.map(|run| (run, run.at.saturating_add(wait)));
        let seconds = later.map(|(run, now)| (run, now, self.look(run, now)));
        let doomed = seconds.each_ref().map(|(.., second)| self.doomed(second));
        let mut names = vec![];
        for ((run, now, second), doomed) in seconds.iter().zip(&doomed) {
            names.extend(doomed.iter().map(|index| self.store.entries[*index].name.clone()));
            let scene = Scene { run: *run, now: *now, entries: self.store.at(*now), plan: second };
            self.observer.ended(&scene, doomed);
        }
        names.sort_unstable();
        names.dedup();
        let indices = self.store.indices(&names);
        self.delete(&indices);
        later[1].1
    }

    /// Looks at all snapshots and plans.
    fn look(&mut self, run: Run, now: Moment) -> Plan {
        let params = Params { hint: Some(run.nominal), ..Params::default() };
        let entries = self.store.at(now);
        let plan = plan(self.schedule, entries, now, &params);
        self.observer.planned(&Scene { run, now, entries, plan: &plan });
        plan
    }

    /// The name that a pass chooses by what it has seen.
    fn name(&self, plan: &Plan) -> String {
        plan.create.as_ref().map(|create| self.store.name(create.slot)).unwrap_or_default()
    }

    fn take(&mut self, plan: &Plan, name: String, now: Moment) {
        let Some(create) = &plan.create else { return };
        let trouble = &self.world.trouble;
        let lot = match self.rng.f64() {
            draw if draw < trouble.failed => Lot::Fails,
            draw if draw < trouble.failed + trouble.slow => Lot::ReadyAfter(self.rng.i64(SLOW)),
            _ => Lot::ReadyAfter(self.world.ready_after),
        };
        if let Some(entry) = self.store.create(name, create, now, lot) {
            self.counts.created += 1;
            self.counts.failed += u64::from(lot == Lot::Fails);
            self.observer.created(entry);
        }
    }

    /// What a plan makes a pass delete, oldest first; the brake spares what is ready.
    fn doomed(&mut self, plan: &Plan) -> Vec<usize> {
        let entries = &self.store.entries;
        let mut doomed = plan.deletions(entries);
        if plan.brake {
            self.counts.braked += 1;
            doomed.retain(|index| entries[*index].state != State::Ready);
        }
        doomed
    }

    /// Deletes what the plan says, or crashes over it.
    fn finish(&mut self, run: Run, now: Moment, plan: &Plan) -> Moment {
        let mut doomed = self.doomed(plan);
        if happens(&mut self.rng, self.world.trouble.torn) {
            doomed.retain(|_| self.rng.bool());
        } else {
            self.observer.ended(&Scene { run, now, entries: &self.store.entries, plan }, &doomed);
        }
        self.delete(&doomed);
        now
    }

    fn delete(&mut self, indices: &[usize]) {
        self.counts.deleted += u64::try_from(indices.len()).unwrap_or(u64::MAX);
        self.store.delete(indices);
    }
}

#[cfg(test)]
mod tests;
