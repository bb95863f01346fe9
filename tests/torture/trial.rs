//! One combination from beginning to end: a stage, the run that the fault befalls, two that nothing disturbs.
//! After each of them the oracle looks.

use sandbox::testing::proxy::{Action, Call, Rule};

use crate::combination::{Combination, What};
use crate::fault;
use crate::oracle::Oracle;
use crate::reference::References;
use crate::run::{Ran, run};
use crate::stage::Stages;
use crate::world::World;

/// How a combination ended.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The fault happened.
    pub reached: bool,
    pub violations: Vec<String>,
    /// Everything that was seen, for a person.
    pub story: String,
}

/// Tries a combination.
pub fn attempt(combination: &Combination, stages: &Stages, references: &References) -> Verdict {
    let workload = combination.workload;
    let stage = stages.take(workload);
    let start = stage.set();
    let mut oracle = Oracle::new(workload, &start);

    let patience = workload.patience[usize::from(matches!(combination.what, What::Driver(_)))];
    let mut args = [workload.args, patience].concat();
    let calm = [workload.args, workload.patience[0]].concat();
    let rules = match &combination.what {
        What::Call { verb, resource, nth, fault } => {
            if fault.is_silent() {
                args.extend(["--request-timeout", "2s"]);
            }
            vec![Rule::on(*verb, resource).nth(*nth).does(fault.action.clone())]
        }
        What::Driver(name) => {
            let faults = fault::driver().into_iter().find(|(known, _)| known == name);
            assert!(stage.space.set_faults(&faults.unwrap().1));
            vec![]
        }
    };
    let faulted = run(&stage.proxy, &stage.space, &args, rules);
    let after = World::observe(&stage);
    oracle.after_fault(combination, &faulted, &after);
    let reached = match combination.what {
        What::Call { .. } => faulted.calls.iter().any(was_hit),
        What::Driver(_) => true,
    };
    stage.space.clear_faults();
    if leaves_its_lock(combination, &faulted) {
        // It is held until time has passed. It passes here, and the next run takes the lock over.
        stage.age_leases();
    }

    let mut before = World::settled(&stage);
    let mut acts = vec![(faulted, after)];
    for number in 1..3 {
        let ran = run(&stage.proxy, &stage.space, &calm, vec![]);
        let now = World::settled(&stage);
        oracle.after_rest(number, &before, &ran, &now);
        acts.push((ran, now.clone()));
        before = now;
    }
    oracle.as_undisturbed(&before, references.end(workload));
    if oracle.violations.is_empty() {
        stages.give_back(stage);
        return Verdict { reached, ..Verdict::default() };
    }
    stage.space.collect_evidence();
    let acts = acts.iter().map(|(ran, after)| format!("=== {}after: {after:#?}\n", ran.tell()));
    let story = format!("before: {start:#?}\n{}", acts.collect::<String>());
    Verdict { reached, violations: oracle.violations, story }
}

/// Whoever was killed, or could not reach its lock, cannot have given it back; everybody else has to.
fn leaves_its_lock(combination: &Combination, ran: &Ran) -> bool {
    let is_out_of_reach = match &combination.what {
        What::Call { resource, fault, .. } => resource == "leases" || fault.action == Action::GoDown,
        What::Driver(_) => false,
    };
    ran.code.is_none() || is_out_of_reach
}

fn was_hit(call: &Call) -> bool {
    call.action != Action::Pass
}
