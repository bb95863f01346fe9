//! Deletions that a pass cannot or must not bring to an end. Case 19.
//! It neither waits nor strips finalizers; what hangs for an hour is told, again and again.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sandbox::testing::proxy::{Call, Verb};
use sandbox::testing::{Failure, Faults};

use super::{Bench, of};
use crate::prune::{five, left, set};
use crate::run_once::{condition, scheduled};
use crate::support::until;

const SNAPSHOTS: &str = "volumesnapshots";
const SCHEDULE: &str = "[{every: 2 seconds, keep: 1}]";

/// What a pass asks for when it deletes: nothing but deletions of snapshots, of which each names a snapshot.
fn deletions(calls: &[Call]) -> Vec<String> {
    of(calls, Verb::Delete, SNAPSHOTS).iter().filter_map(|call| call.target.name.clone()).collect()
}

fn touches_finalizers(calls: &[Call]) -> bool {
    calls.iter().any(|call| call.body.to_string().contains("finalizers"))
}

#[test]
fn a_deletion_that_hangs_for_an_hour_is_told_until_it_ends() {
    let test = "a_deletion_that_hangs_for_an_hour_is_told_until_it_ends";
    let Some(bench) = Bench::new(test, || scheduled("run-hanging", SCHEDULE)) else { return };
    let names = five(&bench.namespace);
    let hanging =
        Faults { delete_snapshot: Some(Failure::always("Unavailable", "later")), ..Faults::default() };
    assert!(bench.namespace.set_faults(&hanging));
    bench.clocks(TimeDelta::zero(), TimeDelta::zero());
    let began = Instant::now();
    let (run, calls) = bench.gemini(&["run-once"], vec![]);
    run.exits(0);
    assert!(began.elapsed() < Duration::from_secs(30), "it waited {:?}", began.elapsed());
    assert!(names[..3].iter().all(|name| deletions(&calls).contains(name)), "{calls:#?}");
    assert!(!touches_finalizers(&calls));
    // What is going is not asked for again, and is nothing to worry about yet.
    let (run, calls) = bench.gemini(&["run-once"], vec![]);
    run.exits(0);
    assert!(names[..3].iter().all(|name| !deletions(&calls).contains(name)), "{calls:#?}");
    assert!(left(&bench.namespace).is_superset(&set(&names[..3])));
    assert_eq!(condition(&bench.namespace, "db"), "Healthy");

    let later = TimeDelta::minutes(61);
    bench.clocks(later, later);
    for _ in 0..2 {
        let (run, calls) = bench.gemini(&["run-once"], vec![]);
        assert!(matches!(run.code, 1 | 6), "{} {}", run.code, run.stderr);
        run.says(&["(DeletionStuck)", "was deleted at", "finalizers"]);
        assert!(!touches_finalizers(&calls));
    }
    assert_eq!(condition(&bench.namespace, "db"), "DeletionStuck");
    let events = bench.namespace.list("events");
    let told = events.iter().filter(|event| event["reason"] == "DeletionStuck");
    assert_eq!(told.count(), 1, "it is told in one Event, and stays in the status");
    bench.gemini(&["list", "--error-if", "DeletionStuck"], vec![]).0.exits(3);

    bench.namespace.clear_faults();
    until("the deletions", || left(&bench.namespace).is_disjoint(&set(&names[..3])));
    bench.run_once(&[]).exits(0);
    assert_eq!(condition(&bench.namespace, "db"), "Healthy");
}

#[test]
fn what_its_class_retains_goes_as_an_object_and_stays_in_the_storage() {
    let test = "what_its_class_retains_goes_as_an_object_and_stays_in_the_storage";
    let Some(bench) = Bench::new(test, || scheduled("run-retained", SCHEDULE)) else { return };
    let names = five(&bench.namespace);
    let object = bench.namespace.get("volumesnapshot", &names[1]);
    let content = object["status"]["boundVolumeSnapshotContentName"].as_str().unwrap();
    let retain = r#"{"spec": {"deletionPolicy": "Retain"}}"#;
    bench.namespace.kubectl(&["patch", "volumesnapshotcontent", content, "--type=merge", "-p", retain]);
    let (run, calls) = bench.gemini(&["run-once"], vec![]);
    run.exits(0);
    assert!(!touches_finalizers(&calls));
    until("the deletions", || left(&bench.namespace).is_disjoint(&set(&names[..3])));
    assert!(bench.namespace.find("volumesnapshotcontent", content).is_some());
    bench.namespace.kubectl(&["delete", "volumesnapshotcontent", content, "--wait=false"]);
}
