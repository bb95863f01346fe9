//! What workloads do when nothing disturbs them: whose calls are the rows of the matrices, and whose end state is the one that every
//! combination must come to.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::combination::{Combination, signature};
use crate::oracle::Oracle;
use crate::run::run;
use crate::stage::Stage;
use crate::state::State;
use crate::workload::Workload;
use crate::world::World;

/// What a workload does when nothing disturbs it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Verbs and resources of the first run's calls.
    pub calls: Vec<(String, String)>,
    /// What there is after three runs.
    pub end: BTreeSet<String>,
}

/// References by the name of the workload.
#[derive(Debug)]
pub struct References(BTreeMap<&'static str, Reference>);

impl References {
    /// Those of some workloads: as `state` remembers them, else as they are now, side by side.
    pub fn of(workloads: &[&'static Workload], state: Option<&State>) -> Self {
        let reference = |workload: &'static Workload| {
            let Some(state) = state else { return observed(workload) };
            if state.recall::<Reference>(workload.name).is_none() {
                state.keep(workload.name, &observed(workload));
            }
            state.recall(workload.name).unwrap()
        };
        let all = thread::scope(|scope| {
            let begun: Vec<_> = workloads
                .iter()
                .map(|workload| (workload.name, scope.spawn(|| reference(workload))))
                .collect();
            begun.into_iter().map(|(name, thread)| (name, thread.join().unwrap())).collect()
        });
        Self(all)
    }

    /// Those that are known without asking a cluster.
    pub fn remembered(workloads: &[&'static Workload], state: &State) -> Option<Self> {
        let all = workloads.iter().map(|workload| Some((workload.name, state.recall(workload.name)?)));
        all.collect::<Option<_>>().map(Self)
    }

    pub fn end(&self, workload: &Workload) -> &BTreeSet<String> {
        &self.0[workload.name].end
    }

    /// Every combination of these workloads.
    pub fn combinations(&self) -> Vec<Combination> {
        let workloads = crate::workload::all().iter();
        let known = workloads.filter_map(|workload| Some((workload, self.0.get(workload.name)?)));
        known.flat_map(|(workload, reference)| Combination::of(workload, &reference.calls)).collect()
    }
}

/// Runs a workload undisturbed, and demands of it what is demanded after a fault.
fn observed(workload: &'static Workload) -> Reference {
    let stage = Stage::new(workload);
    let start = stage.set();
    let mut oracle = Oracle::new(workload, &start);
    let (mut calls, mut before) = (vec![], start.clone());
    let calm = [workload.args, workload.patience[0]].concat();
    for number in 0..3 {
        let ran = run(&stage, &calm, vec![]);
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
