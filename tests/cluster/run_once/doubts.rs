//! A pass and what goes wrong: drivers that fail, are slow or cut the wrong volume, two passes at once, a stop in the middle.

use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use sandbox::testing::proxy::{Call, Verb};
use sandbox::testing::{Failure, Faults};

use super::{condition, group, item, run_once, scheduled, snapshots};
use crate::faults::{Bench, of, yesterday};
use crate::support::{Running, needs_sandbox, until};

#[test]
fn a_driver_that_fails_is_reported_and_its_snapshot_counts_once_it_is_ready() {
    if needs_sandbox("a_driver_that_fails_is_reported_and_its_snapshot_counts_once_it_is_ready") {
        return;
    }
    let namespace = scheduled("run-failing", "[{every: hour, keep: 1}]");
    let failure = Failure::always("Internal", "disk on fire");
    assert!(namespace.set_faults(&Faults { create_snapshot: Some(failure), ..Faults::default() }));
    let failed = run_once(&namespace, &[]).exits(6).says(&["(SnapshotFailing)", "disk on fire"]).json();
    let name = item(&failed, "db")["snapshot"].as_str().unwrap().to_owned();
    assert_eq!(item(&failed, "db")["ready"], false);
    namespace.clear_faults();
    until("the driver to try again", || {
        namespace.get("volumesnapshot", &name)["status"]["readyToUse"] == true
    });
    // The next pass proves it; there is no second one for the same hour.
    run_once(&namespace, &[]).exits(0);
    let annotations = namespace.get("volumesnapshot", &name)["metadata"]["annotations"].clone();
    assert!(annotations["gemini.fairwinds.com/verified"].is_string(), "{annotations}");
    assert_eq!(snapshots(&namespace).len(), 1);
    assert_eq!(condition(&namespace, "db"), "Healthy");
}

#[test]
fn two_passes_at_once_take_one_snapshot() {
    let namespace = scheduled("run-twice", "[{every: hour, keep: 1}]");
    let passes = [(); 3].map(|()| Running::start(&namespace, &["run-once", "-o", "json"]));
    let ends: Vec<_> = passes.map(Running::wait).into();
    for end in &ends {
        assert!(matches!(end.code, 0 | 75), "{} {}", end.code, end.stderr);
    }
    assert!(ends.iter().any(|end| end.code == 0));
    assert_eq!(snapshots(&namespace).len(), 1);
}

#[test]
fn a_pass_that_is_stopped_says_so_and_the_next_goes_on() {
    if needs_sandbox("a_pass_that_is_stopped_says_so_and_the_next_goes_on") {
        return;
    }
    let namespace = scheduled("run-stopped", "[{every: hour, keep: 1}]");
    assert!(namespace.set_faults(&Faults { snapshot_ready_after: Some("8s".into()), ..Faults::default() }));
    let pass = Running::start(&namespace, &["run-once", "--log-format=json"]);
    until("the snapshot", || !snapshots(&namespace).is_empty());
    thread::sleep(Duration::from_millis(500));
    let end = pass.signal("TERM").exits(75);
    let last = end.stderr.lines().last().unwrap_or_default();
    assert!(last.contains("\"run finished\"") && last.contains("\"exit\":75"), "{last}");
    namespace.clear_faults();
    let name = snapshots(&namespace).into_iter().next().unwrap();
    until("the snapshot to be ready", || {
        namespace.get("volumesnapshot", &name)["status"]["readyToUse"] == true
    });
    run_once(&namespace, &[]).exits(0);
    assert_eq!(snapshots(&namespace).len(), 1);
}

#[test]
fn what_is_suspended_rests() {
    let namespace = scheduled("run-suspended", "[{every: 2 seconds, keep: 0}]");
    namespace.kubectl(&[
        "patch",
        "snapshotgroup",
        "db",
        "--type=merge",
        "-p",
        r#"{"spec":{"suspend":true}}"#,
    ]);
    run_once(&namespace, &[]).exits(0);
    assert!(snapshots(&namespace).is_empty());
    assert_eq!(condition(&namespace, "db"), "Suspended");
}

#[test]
fn so_many_at_once_are_left_to_a_person() {
    let schedule = |keep: u32| format!("[{{every: hour, keep: {keep}}}]");
    let test = "so_many_at_once_are_left_to_a_person";
    let Some(bench) = Bench::new(test, || scheduled("run-brake", &schedule(20))) else { return };
    for hour in 0..14 {
        bench.at(yesterday() + TimeDelta::hours(hour));
        bench.run_once(&["--prune=false"]).exits(0);
    }
    let before = snapshots(&bench.namespace);
    assert_eq!(before.len(), 14);
    group(&bench.namespace, "db", "data", &schedule(0));
    let told = |calls: &[Call]| of(calls, Verb::Create, "events").len();
    for events in [1, 0] {
        let (run, calls) = bench.gemini(&["run-once"], vec![]);
        run.exits(1).says(&["(MassDeletion)", "kubectl gemini prune db"]);
        assert_eq!(told(&calls), events, "it is told once: {calls:#?}");
    }
    assert_eq!(snapshots(&bench.namespace), before, "ready ones were deleted all the same");
}
