//! What workloads do when nothing disturbs them: whose calls are the rows of the matrices, and whose end state is the one that every
//! combination must come to.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::combination::{Combination, signature};
use crate::field::Field;
use crate::neighbours::Interleaving;
use crate::oracle::Oracle;
use crate::run::run;
use crate::stage::Stage;
use crate::state::State;
use crate::swap::{self, Case, Kind};
use crate::workload::{self, Workload};
use crate::world::World;

/// What a workload does when nothing disturbs it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Verbs and resources of the first run's calls.
    pub calls: Vec<(String, String)>,
    /// What there is after three runs; for restores it follows from what they are.
    pub end: BTreeSet<String>,
}

/// References by the name of the workload.
#[derive(Debug)]
pub struct References(BTreeMap<&'static str, Reference>);

/// All that has a reference, by name.
pub fn everything() -> Vec<&'static str> {
    let workloads = workload::all().iter().map(|workload| workload.name);
    workloads.chain(Kind::ALL.map(Kind::name)).chain([Interleaving::NAME]).collect()
}

impl References {
    /// Those of some workloads: as `state` remembers them, else as they are now, side by side.
    pub fn of(names: &[&'static str], state: Option<&State>) -> Self {
        let reference = |name: &'static str| {
            let Some(state) = state else { return now(name) };
            if state.recall::<Reference>(name).is_none() {
                state.keep(name, &now(name));
            }
            state.recall(name).unwrap()
        };
        let all = thread::scope(|scope| {
            let begun: Vec<_> = names.iter().map(|name| (*name, scope.spawn(|| reference(name)))).collect();
            begun.into_iter().map(|(name, thread)| (name, thread.join().unwrap())).collect()
        });
        Self(all)
    }

    /// Those that are known without asking a cluster.
    pub fn remembered(names: &[&'static str], state: &State) -> Option<Self> {
        let all = names.iter().map(|name| Some((*name, state.recall(name)?)));
        all.collect::<Option<_>>().map(Self)
    }

    pub fn end(&self, workload: &Workload) -> &BTreeSet<String> {
        &self.0[workload.name].end
    }

    /// Every field of these workloads.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = vec![];
        for (name, Reference { calls, .. }) in &self.0 {
            let workload = workload::all().iter().find(|workload| workload.name == *name);
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == *name);
            let passes = workload.into_iter().flat_map(|workload| Combination::of(workload, calls));
            let swaps = kind.into_iter().flat_map(|kind| Case::of(kind, calls));
            fields.extend(passes.map(Field::Pass).chain(swaps.map(Field::Swap)));
            // Their moments follow from seeds.
            if *name == Interleaving::NAME {
                fields.extend(Interleaving::all().map(Field::Neighbours));
            }
        }
        fields
    }
}

fn now(name: &str) -> Reference {
    if let Some(workload) = workload::all().iter().find(|workload| workload.name == name) {
        return observed(workload);
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    Reference { calls: kind.map(swap::observed).unwrap_or_default(), end: BTreeSet::new() }
}

/// Runs a workload undisturbed, and demands of it what is demanded after a fault.
fn observed(workload: &'static Workload) -> Reference {
    let stage = Stage::new(workload);
    let start = stage.set();
    let mut oracle = Oracle::new(workload, &start);
    let (mut calls, mut before) = (vec![], start.clone());
    let calm = [workload.args, workload.patience[0]].concat();
    for number in 0..3 {
        let ran = run(&stage.proxy, &stage.space, &calm, vec![]);
        let now = World::settled(&stage);
        oracle.after_rest(number, &before, &ran, &now);
        let violations = &oracle.violations;
        assert!(violations.is_empty(), "{} undisturbed: {violations:#?}\n{}", workload.name, ran.tell());
        if number == 0 {
            calls = ran.calls.iter().map(signature).collect();
        }
        before = now;
    }
    Reference { calls, end: before.normal() }
}
