//! One combination from beginning to end: a namespace, the run that the fault befalls, two that nothing disturbs.
//! After each of them the oracle looks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, OnceLock};

use sandbox::testing::proxy::{Call, Proxy, Rule, Verb};
use sandbox::testing::{Cluster, Namespace};

use crate::combination::{Combination, What, signature};
use crate::fault;
use crate::oracle::Oracle;
use crate::run::{Ran, run};
use crate::workload::Workload;
use crate::world::World;

/// How a combination ended.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The fault happened.
    pub reached: bool,
    pub violations: Vec<String>,
    /// Everything that was seen, for a person.
    pub story: String,
}

/// What a workload does when nothing disturbs it.
#[derive(Debug)]
pub struct Reference {
    /// Its calls.
    pub calls: Vec<(Verb, String)>,
    /// What there is after three runs.
    end: World,
}

fn namespace(slug: &str) -> Namespace {
    static CRD: Once = Once::new();
    let cluster = Cluster::shared();
    CRD.call_once(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cronjob/crd.yaml");
        for args in [
            &["apply", "-f", path][..],
            &["wait", "--for=condition=Established", "--timeout=60s", "-f", path],
        ] {
            let output = cluster.kubectl(args, "").unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    });
    cluster.namespace(slug)
}

/// Runs a workload undisturbed, and demands of it what is demanded after a fault.
pub fn reference(workload: &'static Workload) -> Reference {
    let space = namespace(&format!("ref-{}", workload.name));
    let proxy = Proxy::of_cluster(space.cluster()).unwrap();
    let start = World::create(&space, workload);
    let mut oracle = Oracle::new(workload, &start);
    let (mut calls, mut before) = (vec![], start.clone());
    let calm = [workload.args, workload.patience[0]].concat();
    for number in 0..3 {
        let ran = run(&proxy, &space, &calm, vec![]);
        let now = World::settled(&space);
        oracle.after_rest(number, &before, &ran, &now);
        let violations = &oracle.violations;
        assert!(violations.is_empty(), "{} undisturbed: {violations:#?}\n{}", workload.name, ran.tell());
        if number == 0 {
            calls = ran.calls.iter().map(signature).collect();
        }
        before = now;
    }
    Reference { calls, end: before }
}

/// The reference of a workload, made once.
pub fn reference_of(workload: &'static Workload) -> &'static Reference {
    static ALL: [OnceLock<Reference>; 8] = [const { OnceLock::new() }; 8];
    let index = crate::workload::all().iter().position(|known| known.name == workload.name).unwrap();
    ALL[index].get_or_init(|| reference(workload))
}

/// Tries a combination. A step that fails is a violation, too.
pub fn attempt(combination: &Combination) -> Verdict {
    let tried = catch_unwind(AssertUnwindSafe(|| try_once(combination)));
    tried.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
        Verdict { reached: true, violations: vec![format!("a step failed: {text}")], story: String::new() }
    })
}

fn try_once(combination: &Combination) -> Verdict {
    let workload = combination.workload;
    let undisturbed = reference_of(workload);
    let space = namespace(&format!("t-{}", workload.name));
    let proxy = Proxy::of_cluster(space.cluster()).unwrap();
    let start = World::create(&space, workload);
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
            assert!(space.set_faults(&faults.unwrap().1));
            vec![]
        }
    };
    let faulted = run(&proxy, &space, &args, rules);
    let after = World::observe(&space);
    oracle.after_fault(combination, &faulted, &after);
    let reached = match combination.what {
        What::Call { .. } => faulted.calls.iter().any(was_hit),
        What::Driver(_) => true,
    };
    space.clear_faults();
    // A program that was killed holds its lock until time has passed. It passes here.
    space.kubectl(&["delete", "leases", "--all", "--ignore-not-found"]);

    let mut story = tell("the run under a fault", &faulted, &start, &after);
    let mut before = World::settled(&space);
    for number in 1..3 {
        let ran = run(&proxy, &space, &calm, vec![]);
        let now = World::settled(&space);
        oracle.after_rest(number, &before, &ran, &now);
        story += &tell(&format!("undisturbed run {number}"), &ran, &before, &now);
        before = now;
    }
    oracle.as_undisturbed(&before, &undisturbed.end);
    if !oracle.violations.is_empty() {
        space.collect_evidence();
    }
    Verdict { reached, violations: oracle.violations, story }
}

fn was_hit(call: &Call) -> bool {
    call.action != sandbox::testing::proxy::Action::Pass
}

fn tell(title: &str, ran: &Ran, before: &World, after: &World) -> String {
    format!("=== {title}\n{}before: {before:#?}\nafter: {after:#?}\n", ran.tell())
}
