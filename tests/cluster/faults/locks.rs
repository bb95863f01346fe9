//! Two passes at once that no lock keeps apart, and a lock whose holder is dead.
//! The lock spares work; that nothing is done twice must not hang on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sandbox::testing::proxy::{Action, Call, Rule, Signal, Told, Verb, When};

use super::{Bench, of, yesterday};
use crate::run_once::{group, scheduled, snapshots};
use crate::support::{Running, until};

const SNAPSHOTS: &str = "volumesnapshots";
const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);

/// Calls that wait for each other, so that both passes have seen the same before either does something.
fn meeting(verb: Verb) -> Rule {
    let here = Arc::new(AtomicUsize::new(0));
    Rule::on(verb, SNAPSHOTS).first(move |_| {
        here.fetch_add(1, Ordering::SeqCst);
        let began = Instant::now();
        while here.load(Ordering::SeqCst) < 2 && began.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(10));
        }
    })
}

/// Six snapshots of which two are needed, and one more that is due: takes and deletions for two passes at once.
fn much_to_do(slug: &str) -> impl FnOnce() -> sandbox::testing::Namespace {
    let slug = slug.to_owned();
    move || scheduled(&slug, "[{every: 10 minutes, keep: 1}]")
}

fn fill(bench: &Bench) {
    for pass in 0..6 {
        bench.at(yesterday() + TEN_MINUTES * pass);
        bench.run_once(&["--prune=false"]).exits(0);
    }
    bench.at(yesterday() + TEN_MINUTES * 6);
    assert_eq!(snapshots(&bench.namespace).len(), 6);
}

/// What both asked for, and that they got in each other's way.
fn nothing_is_done_twice(bench: &Bench, ends: [Running; 2], calls: impl FnOnce() -> Vec<Call>) {
    for end in ends.map(Running::wait) {
        assert!(matches!(end.code, 0 | 75), "{} {}", end.code, end.stderr);
    }
    let calls = calls();
    let told: Vec<_> = of(&calls, Verb::Create, SNAPSHOTS).iter().map(|call| call.told).collect();
    assert!(matches!(told[..], [Some(201), Some(409)] | [Some(409), Some(201)]), "{told:?}");
    let mut deletions = BTreeMap::<_, Vec<_>>::new();
    for call in of(&calls, Verb::Delete, SNAPSHOTS) {
        deletions.entry(call.target.name.clone().unwrap()).or_default().push(call.told);
    }
    assert_eq!(deletions.len(), 5, "{deletions:?}");
    let accepted = |told: &Vec<_>| told.iter().filter(|told| **told == Some(200)).count();
    assert!(deletions.values().all(|told| accepted(told) == 1), "{deletions:?}");
    assert!(deletions.values().any(|told| told.len() > 1), "the passes did not meet: {deletions:?}");
    until("the deletions", || snapshots(&bench.namespace).len() == 2);
}

/// Case 3.
#[test]
fn two_passes_without_a_lock_take_one_snapshot_and_delete_nothing_twice() {
    let test = "two_passes_without_a_lock_take_one_snapshot_and_delete_nothing_twice";
    let Some(bench) = Bench::new(test, much_to_do("unlocked")) else { return };
    fill(&bench);
    let no_leases = Rule::on_path("/leases").does(Action::Answer { told: Told::Status(403), forward: false });
    bench.proxy.take_calls();
    bench.proxy.rules(vec![no_leases, meeting(Verb::Create), meeting(Verb::Delete)]);
    let ends = [(); 2].map(|()| bench.start(&["run-once"]));
    nothing_is_done_twice(&bench, ends, || bench.proxy.take_calls());
}

/// Case 3, with locks that do not know of each other: whoever serves more namespaces has another one.
#[test]
fn passes_over_different_namespaces_do_not_double_what_both_serve() {
    let test = "passes_over_different_namespaces_do_not_double_what_both_serve";
    let Some(bench) = Bench::new(test, much_to_do("overlap-b")) else { return };
    let other = scheduled("overlap-a", "[]");
    fill(&bench);
    bench.proxy.take_calls();
    bench.proxy.rules(vec![meeting(Verb::Create), meeting(Verb::Delete)]);
    let ends = [bench.start(&["run-once"]), bench.start(&["run-once", "-n", other.name()])];
    nothing_is_done_twice(&bench, ends, || bench.proxy.take_calls());
    for namespace in [&bench.namespace, &other] {
        assert_eq!(namespace.list("leases").len(), 1, "{}", namespace.name());
    }
}

/// A pass that was killed cannot give its lock back.
#[test]
fn the_lock_of_a_killed_pass_holds_up_the_next_ones_for_a_minute() {
    let test = "the_lock_of_a_killed_pass_holds_up_the_next_ones_for_a_minute";
    let Some(bench) = Bench::new(test, || scheduled("killed", "[{every: hour, keep: 1}]")) else { return };
    bench.proxy.rules(vec![
        Rule::on(Verb::Create, SNAPSHOTS).nth(1).does(Action::Signal(Signal::Kill, When::Answered)),
    ]);
    let killed = bench.start(&["run-once"]);
    bench.proxy.program(killed.process());
    let end = killed.wait();
    bench.proxy.no_program();
    assert_eq!(end.code, -1, "it was not killed: {}", end.stderr);
    let began = Instant::now();
    bench.proxy.rules(vec![]);
    let name = snapshots(&bench.namespace).pop_first().unwrap();
    until("the snapshot to be ready", || {
        bench.namespace.get("volumesnapshot", &name)["status"]["readyToUse"] == true
    });
    group(&bench.namespace, "second", "data", "[{every: hour, keep: 1}]");
    bench.run_once(&[]).exits(75).says(&["another run is at work", "(RunUnderWay)"]);
    assert_eq!(snapshots(&bench.namespace).len(), 1, "it worked beside a lock that is held");
    let last = loop {
        let run = bench.run_once(&[]);
        if run.code != 75 || began.elapsed() > Duration::from_secs(120) {
            break run;
        }
        thread::sleep(Duration::from_secs(1));
    };
    last.exits(0);
    assert!(began.elapsed() > Duration::from_secs(45), "the lock was taken away after {:?}", began.elapsed());
    let marks = bench.namespace.get("volumesnapshot", &name)["metadata"]["annotations"].clone();
    assert!(marks["gemini.fairwinds.com/verified"].is_string(), "{marks}");
    assert_eq!(snapshots(&bench.namespace).len(), 2);
}
