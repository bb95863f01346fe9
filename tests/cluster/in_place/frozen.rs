//! Case 38. Whoever holds the lock and stands still loses it: what was sent before and comes late, and what is done after waking up,
//! changes nothing any more. And others who come meanwhile.

use std::fs;
use std::process::Command;

use sandbox::testing::proxy::{Call, Verb};
use serde_json::json;

use super::gap::{CLAIMS, Gap, asks, enters};
use super::{NEW, OLD, Scene, application};
use crate::support::{self, Running, gemini, needs_sandbox};

fn signal(running: &Running, name: &str) {
    let pid = running.process().id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

/// The lock as it is when its holder has not been heard of for long.
pub fn runs_out(scene: &Scene) {
    support::runs_out(&scene.namespace, "gemini-restore-data");
}

/// What it changed from a call on.
fn changes(gap: &Gap, from: impl Fn(&Call) -> bool) -> Vec<String> {
    let calls = gap.proxy.take_calls();
    let first = calls.iter().position(from).unwrap();
    // The lock is renewed meanwhile.
    let is_asked = |call: &Call| call.is_change() && call.target.resource != "leases";
    let is_done = |call: &&Call| is_asked(call) && call.answered.is_some_and(|code| code < 300);
    calls[first..].iter().filter(is_done).map(Call::line).collect()
}

#[test]
fn a_deletion_that_comes_when_somebody_else_has_given_up_the_restore_is_too_late() {
    if needs_sandbox("a_deletion_that_comes_when_somebody_else_has_given_up_the_restore_is_too_late") {
        return;
    }
    for mode in ["staged", "direct"] {
        let gap = Gap::new("late");
        let scene = &gap.scene;
        let run = gap.meet(&["--mode", mode], asks(Verb::Delete, CLAIMS, "data"), |running| {
            signal(running, "STOP");
            runs_out(scene);
            let abort = ["restore", "--abort", &scene.id(), "--as=somebody", "--as-group=system:masters"];
            gemini(&scene.namespace, &abort).exits(0);
            scene.as_before();
            signal(running, "CONT");
        });
        run.fails_with(75, "LockLost", &["somebody else"]);
        assert_eq!(changes(&gap, asks(Verb::Delete, CLAIMS, "data")), [""; 0]);
        scene.as_before();
        assert_eq!(scene.status()["state"], "Aborted");
    }
}

#[test]
fn a_restore_that_somebody_else_has_ended_is_not_gone_on_with_after_waking_up() {
    if needs_sandbox("a_restore_that_somebody_else_has_ended_is_not_gone_on_with_after_waking_up") {
        return;
    }
    for step in ["copy", "secure", "swap", "finish"] {
        let gap = Gap::new(&format!("woken-{step}"));
        let scene = &gap.scene;
        let run = gap.meet(&[], enters(step), |running| {
            signal(running, "STOP");
            runs_out(scene);
            let resume = ["restore", "--resume", &scene.id(), "--as=somebody", "--as-group=system:masters"];
            gemini(&scene.namespace, &resume).exits(0);
            signal(running, "CONT");
        });
        run.fails_with(75, "LockLost", &["somebody else"]);
        assert_eq!(changes(&gap, enters(step)), [""; 0], "{step}");
        gap.is_restored();
        assert_eq!(scene.status()["state"], "Restored");
    }
}

/// Nothing on the way back touches an application that still runs, so that nothing makes the request come too late.
#[test]
fn an_application_that_is_stopped_after_the_end_is_started_when_the_end_is_asked_for_again() {
    if needs_sandbox(
        "an_application_that_is_stopped_after_the_end_is_started_when_the_end_is_asked_for_again",
    ) {
        return;
    }
    let (scene, _node) =
        application::scene("stop-late", &application::workload("StatefulSet", "  replicas: 2"));
    scene.runs("statefulset", 2);
    let gap = Gap::of(scene);
    let scene = &gap.scene;
    let run = gap.meet(&[], asks(Verb::Patch, "statefulsets/scale", "shop"), |running| {
        signal(running, "STOP");
        runs_out(scene);
        let abort = ["restore", "--abort", &scene.id(), "--as=somebody", "--as-group=system:masters"];
        gemini(&scene.namespace, &abort).exits(0);
        assert_eq!(scene.setting("statefulset", "/spec/replicas"), 2);
        signal(running, "CONT");
    });
    run.fails_with(75, "LockLost", &["somebody else"]);
    assert_eq!(scene.setting("statefulset", "/spec/replicas"), 0);
    let abort = ["restore", "--abort", &scene.id()];
    gemini(&scene.namespace, &abort).exits(0).says(&["start the application"]);
    assert_eq!(scene.setting("statefulset", "/spec/replicas"), 2);
    scene.as_before();
    // What somebody stops on purpose stays so.
    scene.namespace.kubectl(&["patch", "statefulset/shop", "-p", r#"{"spec": {"replicas": 0}}"#]);
    gemini(&scene.namespace, &abort).exits(0);
    assert_eq!(scene.setting("statefulset", "/spec/replicas"), 0);
}

/// One restore after the other to the same point: what was written in between is copied by the second one.
#[test]
fn a_second_restore_to_the_same_point_has_a_safety_snapshot_of_its_own() {
    if needs_sandbox("a_second_restore_to_the_same_point_has_a_safety_snapshot_of_its_own") {
        return;
    }
    let gap = Gap::new("second");
    let scene = &gap.scene;
    // While the first one is at work another user is refused, and a pass leaves the claim alone.
    gap.meet(&[], enters("secure"), |_| {
        let args = ["restore", "db", "--snapshot", &scene.snapshot, "--in-place", "--yes"];
        let other = ["--as=somebody", "--as-group=system:masters"];
        gemini(&scene.namespace, &[&args[..], &other].concat()).fails_with(1, "RestoreOpen", &["--abort"]);
        gemini(&scene.namespace, &["run-once", "--deadline", "20s"]).exits(0).says(&["a restore works"]);
    })
    .exits(0);
    gap.is_restored();
    let between = "written between two restores";
    let new = scene.namespace.volume("data").unwrap();
    fs::write(new.join("file"), between).unwrap();
    scene.restore(&[]).exits(0);
    assert_eq!(scene.read(), OLD);
    assert_eq!(fs::read_to_string(new.join("file")).unwrap(), between);
    assert_eq!(fs::read_to_string(scene.volume.join("file")).unwrap(), NEW);
    let all = gemini(&scene.namespace, &["status", "-o", "json"]).exits(0).json();
    let copies: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|item| &item["safetySnapshots"][0]).collect();
    assert_eq!(copies.len(), 2);
    assert_ne!(copies[0], copies[1]);
    let second =
        all["items"].as_array().unwrap().iter().find(|item| item["undoable"] == json!(true)).unwrap();
    assert!(second["safetySnapshots"][0].is_string(), "{all}");
}
