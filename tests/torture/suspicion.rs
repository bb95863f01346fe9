//! The oracle under suspicion: a world in which all is well passes, and each kind of harm is noticed.
//! An oracle that finds nothing is worth only what these tests prove.

use std::time::{Duration, Instant};

use sandbox::testing::proxy::{Action, Call, Target, Verb};
use serde_json::{Value, json};

use crate::combination::Combination;
use crate::oracle::Oracle;
use crate::run::Ran;
use crate::workload::{self, Takes, Workload};
use crate::world::{Claim, Snapshot, World};

fn workload(name: &str) -> &'static Workload {
    workload::all().iter().find(|workload| workload.name == name).unwrap()
}

fn snapshot(group: &str, name: &str) -> Snapshot {
    Snapshot {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        group: group.to_owned(),
        claim: "data".to_owned(),
        ready: true,
        deleting: false,
        tainted: false,
        label: "day".to_owned(),
    }
}

fn start(workload: &Workload) -> World {
    let claim = |name: &&str| Claim {
        name: (*name).to_owned(),
        uid: format!("uid-{name}"),
        deleting: false,
        bound: true,
        content: Value::Null,
    };
    let old = workload.groups.iter().flat_map(|group| {
        (0..group.before.len()).map(|index| snapshot(group.name, &format!("{}-old-{index}", group.name)))
    });
    World {
        snapshots: old.collect(),
        claims: workload.claims.iter().map(claim).collect(),
        groups: vec![("a".to_owned(), json!({"schedule": []}))],
        states: vec![],
    }
}

/// What the workload makes of its start.
fn done(workload: &Workload, start: &World) -> World {
    let mut world = start.clone();
    let fates = workload.fates(start);
    world.snapshots.retain(|snapshot| !fates[&snapshot.uid]);
    let taking = workload.groups.iter().filter(|group| group.takes != Takes::None);
    world.snapshots.extend(taking.map(|group| snapshot(group.name, &format!("{}-new", group.name))));
    world
}

fn exits(code: i32) -> Ran {
    Ran { code: Some(code), stderr: "error: something".to_owned(), ..Ran::default() }
}

fn call(verb: Verb, resource: &str, body: Value) -> Call {
    Call {
        number: 1,
        verb,
        target: Target { resource: resource.to_owned(), namespace: None, name: None },
        path: String::new(),
        query: String::new(),
        body,
        answered: Some(200),
        told: Some(200),
        action: Action::Pass,
        began: Instant::now(),
        took: Some(Duration::ZERO),
    }
}

fn delete(uid: &str, version: Option<&str>) -> Call {
    call(Verb::Delete, "volumesnapshots", json!({"preconditions": {"uid": uid, "resourceVersion": version}}))
}

/// What the oracle says about a run after which the world is as `change` makes it.
fn judged(name: &str, combination: &str, ran: &Ran, change: impl FnOnce(&World, &mut World)) -> Vec<String> {
    let workload = workload(name);
    let start = start(workload);
    let mut now = done(workload, &start);
    change(&start, &mut now);
    let mut oracle = Oracle::new(workload, &start);
    oracle.after_fault(&Combination::parse(&format!("{name}:{combination}")).unwrap(), ran, &now);
    oracle.violations
}

const LOST: &str = "delete:volumesnapshots:1:lose";

#[test]
fn all_is_well() {
    let mut ran = exits(0);
    ran.calls = vec![delete("uid-a-old-1", Some("7")), delete("uid-b-old-0", Some("7"))];
    assert_eq!(judged("prune", LOST, &ran, |_, _| ()), [""; 0]);
    assert_eq!(judged("backup", LOST, &exits(0), |_, _| ()), [""; 0]);
    assert_eq!(judged("backup", LOST, &exits(1), |start, now| now.clone_from(start)), [""; 0]);
    assert_eq!(judged("backup", LOST, &exits(6), |_, now| now.snapshots.truncate(3)), [""; 0]);
    let killed = Ran { code: None, signal: Some(9), stderr: String::new(), ..exits(0) };
    assert_eq!(judged("prune", "delete:volumesnapshots:1:kill-before", &killed, |_, _| ()), [""; 0]);
}

#[test]
fn a_world_that_is_not_as_it_should_be_is_noticed() {
    let find = |now: &mut World, name: &str| now.snapshots.iter().position(|s| s.name == name).unwrap();
    for (name, code, words, change) in [
        (
            "prune",
            6,
            "a-old-0 was to stay",
            Box::new(|_: &World, now: &mut World| now.snapshots.clear()) as Box<dyn Fn(&World, &mut World)>,
        ),
        (
            "prune",
            6,
            "was to stay",
            Box::new(move |_, now| {
                let at = find(now, "c-old-0");
                now.snapshots[at].deleting = true;
            }),
        ),
        (
            "prune",
            6,
            "was to stay",
            Box::new(move |_, now| {
                let at = find(now, "c-old-0");
                now.snapshots[at].tainted = true;
            }),
        ),
        ("prune", 0, "is still there", Box::new(|start, now| now.snapshots.clone_from(&start.snapshots))),
        ("prune", 1, "nothing was changed", Box::new(|_, _| ())),
        ("prune", 6, "claim data is", Box::new(|_, now| now.claims.clear())),
        ("prune", 6, "claim data is", Box::new(|_, now| now.claims[0].content = json!("patched"))),
        ("prune", 6, "spec of a group", Box::new(|_, now| now.groups.clear())),
        ("backup", 6, "2 new snapshots", Box::new(|_, now| now.snapshots.push(snapshot("a", "a-twin")))),
        (
            "backup",
            0,
            "0 new ready",
            Box::new(move |_, now| {
                let at = find(now, "a-new");
                now.snapshots[at].ready = false;
            }),
        ),
        (
            "backup",
            0,
            "0 new ready",
            Box::new(move |_, now| {
                let at = find(now, "a-new");
                now.snapshots[at].tainted = true;
            }),
        ),
        (
            "backup",
            0,
            "0 new ready",
            Box::new(move |_, now| {
                let at = find(now, "a-new");
                now.snapshots[at].claim = "other".into();
            }),
        ),
        ("backup", 2, "it ended with 2", Box::new(|_, _| ())),
        ("backup", 75, "not interrupted", Box::new(|_, _| ())),
    ] {
        let found = judged(name, LOST, &exits(code), change);
        assert!(found.iter().any(|violation| violation.contains(words)), "{words}: {found:?}");
    }
}

#[test]
fn a_run_that_asks_or_ends_as_it_must_not_is_noticed() {
    let ok = exits(0);
    let slow = Call { took: Some(Duration::from_secs(9)), ..call(Verb::Get, "volumesnapshots", Value::Null) };
    for (combination, words, ran) in [
        (LOST, "without preconditions", Ran { calls: vec![delete("uid-a-old-1", None)], ..ok.clone() }),
        (LOST, "not to be asked", Ran { calls: vec![delete("uid-a-old-3", Some("7"))], ..ok.clone() }),
        (
            LOST,
            "not to be asked",
            Ran { calls: vec![call(Verb::Patch, "persistentvolumeclaims", json!({}))], ..ok.clone() },
        ),
        (
            LOST,
            "not to be asked",
            Ran { calls: vec![call(Verb::DeleteCollection, "volumesnapshots", json!({}))], ..ok.clone() },
        ),
        (LOST, "without a word", Ran { stderr: "\n".into(), ..exits(6) }),
        (LOST, "panicked", Ran { stderr: "thread 'main' panicked at".into(), ..exits(6) }),
        (LOST, "had not ended", Ran { hung: true, ..ok.clone() }),
        (LOST, "signal Some(9)", Ran { code: None, signal: Some(9), ..ok.clone() }),
        ("get:volumesnapshots:1:never", "hung for 9s", Ran { calls: vec![slow], ..ok }),
    ] {
        let found = judged("prune", combination, &ran, |_, _| ());
        assert!(found.iter().any(|violation| violation.contains(words)), "{words}: {found:?}");
    }
}

#[test]
fn what_an_undisturbed_run_leaves_undone_or_does_in_idleness_is_noticed() {
    let workload = workload("prune");
    let start = start(workload);
    let rested = done(workload, &start);
    let judge = |number, ran: &Ran, now: &World| {
        let mut oracle = Oracle::new(workload, &start);
        oracle.after_rest(number, &rested, ran, now);
        oracle.as_undisturbed(now, &rested.normal());
        oracle.violations
    };
    assert_eq!(judge(2, &exits(0), &rested), [""; 0]);
    let busy = Ran { calls: vec![call(Verb::Patch, "snapshotgroups/status", json!({}))], ..exits(0) };
    assert_eq!(judge(1, &busy, &rested), [""; 0]);
    assert!(judge(2, &busy, &rested)[0].contains("nothing to do"));
    assert!(judge(1, &exits(6), &rested)[0].contains("ended with Some(6)"));
    assert!(judge(1, &exits(0), &start).iter().any(|violation| violation.contains("another one")));
}
