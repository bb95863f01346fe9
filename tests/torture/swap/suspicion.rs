//! The oracle of restores under suspicion: a world in which all is well passes, and each kind of harm is noticed.
//! An oracle that finds nothing is worth only what these tests prove.

use std::time::{Duration, Instant};

use sandbox::testing::proxy::{Action, Call, Target, Verb};
use serde_json::{Value, json};

use super::oracle::Oracle;
use super::play::Play;
use super::scene::{NEW, OLD};
use super::world::{App, Claim, Snapshot, Volume, World};
use super::{Case, Kind, Way};
use crate::fault::Fault;
use crate::run::Ran;

fn play() -> Play {
    Play::new(Kind::Staged, 0)
}

fn claim(uid: &str, volume: &str) -> Claim {
    let (name, uid, volume) = ("data0".to_owned(), uid.to_owned(), volume.to_owned());
    Claim { name, uid, bound: true, deleting: false, volume, identity: json!(["shop"]) }
}

fn volume(name: &str, claim: &str, policy: &str, bytes: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        phase: if policy == "Retain" { "Released" } else { "Bound" }.to_owned(),
        policy: policy.to_owned(),
        claim: claim.to_owned(),
        marked: policy == "Retain",
        bytes: Some(bytes.to_owned()),
    }
}

fn snapshot(name: &str, bytes: &str) -> Snapshot {
    let (name, uid) = (name.to_owned(), format!("uid-{name}"));
    Snapshot { name, uid, ready: true, deleting: false, held: false, bytes: Some(bytes.to_owned()) }
}

fn start() -> World {
    World {
        claims: vec![claim("c1", "pv1")],
        volumes: vec![volume("pv1", "c1", "Delete", NEW)],
        snapshots: vec![snapshot("db0-old", OLD)],
        ..World::default()
    }
}

/// What a restore makes of the start.
fn done() -> World {
    World {
        claims: vec![claim("c2", "pv2")],
        volumes: vec![volume("pv1", "c1", "Retain", NEW), volume("pv2", "c2", "Delete", OLD)],
        snapshots: vec![snapshot("db0-old", OLD), snapshot("db0-1", NEW)],
        journal: Some(json!({"id": "7f3ak", "ended": {"outcome": "restored"}})),
        ..World::default()
    }
}

fn call(verb: Verb, resource: &str, name: &str, body: Value) -> Call {
    Call {
        number: 1,
        verb,
        target: Target { resource: resource.to_owned(), namespace: None, name: Some(name.to_owned()) },
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

fn noted() -> Call {
    call(Verb::Create, "configmaps", "gemini-restore-7f3ak", json!({}))
}

fn conditions() -> Value {
    json!({"preconditions": {"uid": "c1", "resourceVersion": "7"}})
}

fn exits(code: i32, calls: Vec<Call>) -> Ran {
    Ran { code: Some(code), stderr: "error: something".to_owned(), calls, ..Ran::default() }
}

fn judged(ran: &Ran, now: &World) -> Vec<String> {
    let (play, start) = (play(), start());
    let mut oracle = Oracle::new(&play, &start);
    let case = Case::parse("restore-staged:delete:persistentvolumeclaims:1:lose:on").unwrap();
    oracle.after_fault(&case, ran, now);
    oracle.violations
}

#[test]
fn all_is_well() {
    let delete = call(Verb::Delete, "persistentvolumeclaims", "data0", conditions());
    let pin = call(
        Verb::Patch,
        "persistentvolumes",
        "pv1",
        json!({"metadata": {"uid": "u", "resourceVersion": "7"}}),
    );
    assert_eq!(judged(&exits(0, vec![noted(), pin, delete]), &done()), [""; 0]);
    assert_eq!(judged(&exits(1, vec![]), &start()), [""; 0]);
    let (play, start, done) = (play(), start(), done());
    let mut oracle = Oracle::new(&play, &start);
    oracle.after_rest(false, true, &exits(0, vec![]), &done);
    oracle.at_the_end(Way::On, None, false, &done);
    assert_eq!(oracle.violations, [""; 0]);
    oracle.at_the_end(Way::Back, None, false, &done);
    assert_eq!(oracle.violations.len(), 1);
}

#[test]
fn a_restore_goes_on_after_a_crash_and_turns_back_only_from_a_refusal() {
    let (play, start) = (play(), start());
    let back =
        World { journal: Some(json!({"id": "7f3ak", "ended": {"outcome": "rolled-back"}})), ..start.clone() };
    for (name, wanted) in [("kill-after", 1), ("lose", 1), ("down", 1), ("403", 0), ("500", 0)] {
        let fault = Fault::all().into_iter().find(|fault| fault.name == name).unwrap();
        let mut oracle = Oracle::new(&play, &start);
        oracle.at_the_end(Way::On, Some(&fault), false, &back);
        assert_eq!(oracle.violations.len(), wanted, "{name}: {:?}", oracle.violations);
    }
}

#[test]
fn a_world_that_is_not_as_it_should_be_is_noticed() {
    type Change = fn(&mut World);
    let harms: [(i32, &str, Change); 17] = [
        (6, "the name is free", |now| {
            now.claims.clear();
            now.volumes.truncate(1);
            now.journal = Some(json!({"id": "7f3ak", "course": "forward", "mode": "staged"}));
        }),
        (6, "is not safe", |now| now.volumes[0].policy = "Delete".into()),
        (6, "is not safe", |now| drop(now.volumes.remove(0))),
        (6, "is not safe", |now| now.volumes[0].bytes = None),
        (6, "was to stay", |now| drop(now.snapshots.remove(0))),
        (6, "was to stay", |now| now.snapshots[0].deleting = true),
        (6, "the claim is another", |now| now.claims[0].identity = json!(["somebody"])),
        (6, "the claim holds", |now| now.volumes[1].bytes = Some("foreign".into())),
        (6, "bystander", |now| now.bystander = Some((claim("b", "pvb"), volume("pvb", "b", "Delete", "")))),
        (0, "does not hold", |now| now.volumes[1].bytes = Some(NEW.into())),
        (0, "does not hold", |now| now.claims[0].bound = false),
        (0, "policy is not", |now| now.volumes[1].policy = "Retain".into()),
        (0, "left over", |now| {
            now.claims.push(Claim { name: "data0-gr-7f3ak".into(), ..claim("c3", "pv3") })
        }),
        (0, "hold is left", |now| now.snapshots[0].held = true),
        (0, "no snapshot holds", |now| drop(now.snapshots.remove(1))),
        (0, "the journal does not", |now| now.journal = None),
        (1, "nothing was changed", |_| ()),
    ];
    for (code, words, harm) in harms {
        let mut now = done();
        harm(&mut now);
        let found = judged(&exits(code, vec![]), &now);
        assert!(found.iter().any(|violation| violation.contains(words)), "{words}: {found:?}");
    }
    for (ran, words) in [
        (exits(2, vec![]), "it ended with 2"),
        (exits(75, vec![]), "not interrupted"),
        (Ran { stderr: String::new(), ..exits(6, vec![]) }, "without a word"),
        (Ran { code: None, signal: Some(9), ..exits(0, vec![]) }, "signal Some(9)"),
    ] {
        let found = judged(&ran, &done());
        assert!(found.iter().any(|violation| violation.contains(words)), "{words}: {found:?}");
    }
}

#[test]
fn an_application_that_is_not_as_it_was_is_noticed() {
    let app = |replicas, ready| Some(App { replicas, ready });
    let play = Play { app: Some("app-data0".into()), ..Play::new(Kind::Running, 0) };
    let start = World { app: app(2, 2), ..start() };
    let found = |now: World| {
        let mut oracle = Oracle::new(&play, &start);
        oracle.after_rest(false, false, &exits(0, vec![noted()]), &now);
        oracle.at_the_end(Way::On, None, false, &now);
        oracle.violations
    };
    assert_eq!(found(World { app: app(2, 2), ..done() }), [""; 0]);
    for (now, words) in [
        (World { app: app(0, 0), ..done() }, "not started again"),
        (World { app: app(2, 1), ..done() }, "not as it was"),
        (World { app: app(2, 0), claims: vec![], ..done() }, "the application started"),
    ] {
        let found = found(now);
        assert!(found.iter().any(|violation| violation.contains(words)), "{words}: {found:?}");
    }
}

#[test]
fn one_of_several_that_was_never_begun_must_be_as_it_was() {
    let play = Play::new(Kind::Together, 0);
    let start = start();
    let found = |cut_short: bool, code: i32, now: World| {
        let mut oracle = Oracle::new(&play, &start);
        oracle.after_rest(cut_short, false, &exits(code, vec![]), &now);
        oracle.at_the_end(Way::On, None, cut_short, &now);
        oracle.violations.len()
    };
    assert_eq!((found(true, 0, start.clone()), found(true, 5, start.clone())), (0, 0));
    assert!(found(false, 0, start.clone()) > 1);
    assert_eq!(found(true, 0, World { snapshots: vec![], ..start.clone() }), 2);
    // The other one may not have been restored.
    assert!(found(true, 0, done()) > 0);
}

#[test]
fn a_request_that_is_not_settled_is_noticed() {
    let play = Play::new(Kind::Annotated, 0);
    let start = start();
    let settled = (None, Some("db0-old 7f3ak".to_owned()));
    for (request, wanted) in [
        (settled, 0),
        ((Some("db0-old".to_owned()), None), 1),
        ((None, Some("db0-old refused".to_owned())), 1),
        ((None, Some("db0-old ignored".to_owned())), 1),
    ] {
        let mut oracle = Oracle::new(&play, &start);
        oracle.at_the_end(Way::On, None, false, &World { request, ..done() });
        assert_eq!(oracle.violations.len(), wanted, "{:?}", oracle.violations);
    }
}

#[test]
fn what_must_not_be_asked_for_is_noticed() {
    let pin = |body: Value| call(Verb::Patch, "persistentvolumes", "pv1", body);
    let delete = |name: &str, body: Value| call(Verb::Delete, "persistentvolumeclaims", name, body);
    let seen = json!({"uid": "u", "resourceVersion": "7"});
    for (calls, words) in [
        (vec![noted(), delete("data0", json!({}))], "not to be asked"),
        (vec![noted(), delete("bystander", conditions())], "not to be asked"),
        (vec![noted(), pin(json!({}))], "not to be asked"),
        (vec![noted(), call(Verb::Delete, "volumesnapshots", "x", conditions())], "not to be asked"),
        (
            vec![noted(), pin(json!({"metadata": {"uid": "u", "resourceVersion": "7", "finalizers": []}}))],
            "a finalizer",
        ),
        (vec![noted(), pin(json!({"metadata": seen, "spec": {"claimRef": null}}))], "anybody's"),
        (vec![delete("data0", conditions())], "before it was written down"),
        (
            vec![
                noted(),
                delete(
                    "data0",
                    json!({"gracePeriodSeconds": 0, "preconditions": conditions()["preconditions"]}),
                ),
            ],
            "forced",
        ),
    ] {
        let found = judged(&exits(0, calls), &done());
        assert!(found.iter().any(|violation| violation.contains(words)), "{words}: {found:?}");
    }
}
