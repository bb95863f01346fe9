//! Drivers that fail, have too much to do, or take hours: pass after pass, by a clock that is moved.
//! A snapshot counts when it is ready, and what is not ready pushes nothing out.

use chrono::TimeDelta;
use sandbox::testing::{Failure, Faults};
use serde_json::Value;

use super::{Bench, see_off, yesterday};
use crate::run_once::{condition, item, scheduled, snapshots, status};
use crate::support::until;

/// A pass waits a minute for a snapshot whose driver fails: it may work at the next try.
const BRIEFLY: &[&str] = &["--deadline=8s"];

fn is_ready(snapshot: &&Value) -> bool {
    snapshot["status"]["readyToUse"] == true && snapshot["metadata"]["deletionTimestamp"].is_null()
}

fn failing(failure: Failure) -> Faults {
    Faults { create_snapshot: Some(failure), ..Faults::default() }
}

/// Case 7.
#[test]
fn a_snapshot_whose_driver_timed_out_eight_times_turns_ready_and_counts_then() {
    let test = "a_snapshot_whose_driver_timed_out_eight_times_turns_ready_and_counts_then";
    let Some(bench) = Bench::new(test, || scheduled("eight", "[{every: hour, keep: 1}]")) else { return };
    let late = "the array did not answer";
    assert!(bench.namespace.set_faults(&failing(Failure::always("DeadlineExceeded", late))));
    let run = bench.run_once(&["--deadline=30s"]).exits(6).says(&["(SnapshotFailing)", late]);
    let name = item(&run.json(), "db")["snapshot"].as_str().unwrap().to_owned();
    let uid = bench.namespace.get("volumesnapshot", &name)["metadata"]["uid"].clone();
    let (list, _) = bench.gemini(&["list"], vec![]);
    assert!(list.exits(0).stdout.contains("0/1"));
    assert!(bench.namespace.set_faults(&failing(Failure::times("DeadlineExceeded", late, 8))));
    until("the snapshot to be ready", || {
        assert_eq!(snapshots(&bench.namespace).len(), 1);
        bench.namespace.get("volumesnapshot", &name)["status"]["readyToUse"] == true
    });
    bench.run_once(&[]).exits(0);
    let object = bench.namespace.get("volumesnapshot", &name);
    assert_eq!((&object["metadata"]["uid"], &object["status"]["error"]), (&uid, &Value::Null));
    assert!(object["metadata"]["annotations"]["gemini.fairwinds.com/verified"].is_string());
    assert_eq!(status(&bench.namespace, "db")["counts"]["ready"], 1);
    assert_eq!(
        (snapshots(&bench.namespace).len(), condition(&bench.namespace, "db").as_str()),
        (1, "Healthy")
    );
}

/// Case 8.
#[test]
fn a_driver_that_is_full_for_hours_gets_one_open_snapshot_at_a_time_and_loses_none() {
    let test = "a_driver_that_is_full_for_hours_gets_one_open_snapshot_at_a_time_and_loses_none";
    let Some(bench) = Bench::new(test, || scheduled("full", "[{every: hour, keep: 1}]")) else {
        return;
    };
    let minutes = |minutes: i64| yesterday() + TimeDelta::minutes(minutes);
    for pass in 0..2 {
        bench.at(minutes(60 * pass));
        bench.run_once(&[]).exits(0);
    }
    let good = snapshots(&bench.namespace);
    assert_eq!(good.len(), 2);
    let full = Failure::always("ResourceExhausted", "no space for snapshots");
    assert!(bench.namespace.set_faults(&failing(full)));
    let mut attempts = good.clone();
    for pass in 0..30 {
        bench.at(minutes(120 + 5 * pass));
        let run = bench.run_once(BRIEFLY);
        // Where nobody has told yet that it fails, it is not known.
        let is_told = run.code != 0 || run.stderr.contains("still being made");
        assert!(
            is_told && matches!(run.code, 0 | 1 | 6),
            "pass {pass} ended with {}: {}",
            run.code,
            run.stderr
        );
        let all = bench.namespace.list("volumesnapshots");
        let name = |snapshot: &Value| snapshot["metadata"]["name"].as_str().unwrap().to_owned();
        let ready: std::collections::BTreeSet<_> = all.iter().filter(is_ready).map(name).collect();
        assert_eq!(ready, good, "pass {pass}");
        let new = all.iter().map(name).filter(|name| attempts.insert(name.clone())).count();
        assert!(new <= 1, "pass {pass}: {new} new ones");
        let open = all.iter().filter(|one| !is_ready(one) && one["metadata"]["deletionTimestamp"].is_null());
        // One that may become ready yet, and the last failures, for a person to look at.
        assert!(open.clone().count() <= 4, "pass {pass}: {:?}", open.map(name).collect::<Vec<_>>());
    }
    // After 5, 10, 20 and 40 minutes; in another slot, whose name counts anew, after the 20 of the failures that are kept.
    assert!((2..=9).contains(&(attempts.len() - good.len())), "{attempts:?}");
    assert_eq!(condition(&bench.namespace, "db"), "Failing");
    bench.namespace.clear_faults();
    see_off(&bench.namespace);
    bench.at(minutes(280));
    bench.run_once(&[]);
    bench.at(minutes(350));
    bench.run_once(&[]).exits(0);
    assert_eq!(condition(&bench.namespace, "db"), "Healthy");
}

/// Case 9.
#[test]
fn a_snapshot_that_is_copied_for_hours_is_no_failure_and_has_no_second() {
    let test = "a_snapshot_that_is_copied_for_hours_is_no_failure_and_has_no_second";
    let Some(bench) = Bench::new(test, || scheduled("slow-copy", "[{every: day, keep: 1}]")) else { return };
    bench.at(yesterday() - TimeDelta::days(1));
    bench.run_once(&[]).exits(0);
    let slow = Faults { snapshot_ready_after: Some("100h".into()), ..Faults::default() };
    assert!(bench.namespace.set_faults(&slow));
    bench.at(yesterday());
    let first = bench.run_once(&["--deadline=8s"]).exits(0).says(&["still being made"]).json();
    let name = item(&first, "db")["snapshot"].as_str().unwrap().to_owned();
    for half_hours in 1..=6 {
        bench.at(yesterday() + TimeDelta::minutes(30 * half_hours));
        let pass = bench.run_once(&[]).exits(0).json();
        assert_eq!((&pass["totals"]["due"], &pass["totals"]["created"]), (&0.into(), &0.into()));
        let counts = status(&bench.namespace, "db")["counts"].clone();
        assert_eq!((&counts["ready"], &counts["inProgress"]), (&1.into(), &1.into()), "{counts}");
        assert_eq!(condition(&bench.namespace, "db"), "Healthy");
        assert_eq!(snapshots(&bench.namespace).len(), 2);
    }
    let (list, _) = bench.gemini(&["list", "db"], vec![]);
    assert!(list.exits(0).stdout.contains("Creating"));
    bench.namespace.clear_faults();
    until("the snapshot to be ready", || {
        bench.namespace.get("volumesnapshot", &name)["status"]["readyToUse"] == true
    });
    bench.run_once(&[]).exits(0);
    assert_eq!(status(&bench.namespace, "db")["counts"]["ready"], 2);
    let marks = bench.namespace.get("volumesnapshot", &name)["metadata"]["annotations"].clone();
    assert!(marks["gemini.fairwinds.com/verified"].is_string(), "{marks}");
}
