//! What a pass deletes rests on what replaces it: ready, and proven to be of its volume.
//! Each time the replacement is doubtful in another way, and the one that is good must stay.

use std::thread;
use std::time::Duration;

use sandbox::testing::proxy::{Action, Call, Rule, Told, Verb};
use sandbox::testing::{Faults, Namespace};

use super::{Bench, of};
use crate::prune::{five, left};
use crate::run_once::{condition, scheduled, snapshots};
use crate::support::{Run, until};

const SNAPSHOTS: &str = "volumesnapshots";
const CONTENTS: &str = "volumesnapshotcontents";

/// With a good snapshot, and the next one due. No other is kept.
fn bench(test: &str, slug: &str) -> Option<(Bench, String)> {
    let bench = Bench::new(test, || scheduled(slug, "[{every: 2 seconds, keep: 0}]"))?;
    bench.run_once(&[]).exits(0);
    let good = snapshots(&bench.namespace).into_iter().next().unwrap();
    thread::sleep(Duration::from_secs(2));
    Some((bench, good))
}

fn refuses(status: u16) -> Action {
    Action::Answer { told: Told::Status(status), forward: false }
}

fn stays(bench: &Bench, good: &str, calls: &[Call]) {
    assert!(of(calls, Verb::Delete, SNAPSHOTS).is_empty(), "{calls:#?}");
    assert!(left(&bench.namespace).contains(good));
}

/// Somebody makes the claim anew just before the snapshot is asked for, which is then of an empty volume.
fn swapped(bench: &Bench) -> Rule {
    let (somebody, path) = (bench.somebody(), bench.namespace.name().to_owned());
    let cluster = bench.namespace.cluster();
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
                 resources: {requests: {storage: 16Mi}}\n";
    Rule::on(Verb::Create, SNAPSHOTS).nth(1).first(move |_| {
        somebody(&["delete", "pvc", "data"], "");
        somebody(&["apply", "-f", "-"], claim);
        let bound =
            ["-n", &path, "wait", "pvc/data", "--for=jsonpath={.status.phase}=Bound", "--timeout=30s"];
        assert!(cluster.kubectl(bound, "").unwrap().status.success());
    })
}

fn pass(bench: &Bench, more: &[&str], rules: Vec<Rule>) -> (Run, Vec<Call>) {
    bench.gemini(&[&["run-once", "-o", "json"], more].concat(), rules)
}

#[test]
fn what_replaces_the_last_good_one_must_be_proven_first() {
    let test = "what_replaces_the_last_good_one_must_be_proven_first";
    let Some((bench, good)) = bench(test, "unproven") else { return };
    let unreadable = Rule::on(Verb::Get, CONTENTS).does(refuses(500));
    let (run, calls) = pass(&bench, &[], vec![unreadable]);
    run.exits(6).says(&["ready snapshots stay until those that replace them are proven"]);
    stays(&bench, &good, &calls);
    assert_eq!(left(&bench.namespace).len(), 2);
    thread::sleep(Duration::from_secs(2));
    // The next pass makes up for it.
    bench.run_once(&[]).exits(0);
    until("the old ones to go", || left(&bench.namespace).len() == 1);
    assert!(!left(&bench.namespace).contains(&good));
}

#[test]
fn a_snapshot_of_another_volume_does_not_count_where_it_cannot_be_marked() {
    let test = "a_snapshot_of_another_volume_does_not_count_where_it_cannot_be_marked";
    let Some((bench, good)) = bench(test, "unmarked") else { return };
    let unmarkable = Rule::on(Verb::Patch, SNAPSHOTS).does(refuses(403));
    let (run, calls) = pass(&bench, &[], vec![swapped(&bench), unmarkable]);
    run.exits(4).says(&["(WrongVolume)"]);
    stays(&bench, &good, &calls);
}

/// Nobody waits for it any more when it turns ready, just before the look that decides on deletions.
#[test]
fn a_snapshot_that_turns_ready_after_the_wait_is_proven_before_it_counts() {
    let test = "a_snapshot_that_turns_ready_after_the_wait_is_proven_before_it_counts";
    let Some((bench, good)) = bench(test, "late-ready") else { return };
    // Three quarters of the run's time are over by then.
    let slow = Faults { snapshot_ready_after: Some("18s".into()), ..Faults::default() };
    assert!(bench.namespace.set_faults(&slow));
    let somebody = bench.somebody();
    // The first list is that of the first look.
    let late = Rule::on(Verb::List, SNAPSHOTS).nth(2).first(move |_| {
        let ready = "--for=jsonpath={.status.readyToUse}=true";
        somebody(&["wait", "volumesnapshots", "--all", ready, "--timeout=30s"], "");
    });
    let (run, calls) = pass(&bench, &["--deadline=24s"], vec![swapped(&bench), late]);
    let Run { code, stderr, .. } = &run;
    // Proven to be wrong, or, at the end of the pass, not proven at all.
    let is_proven = *code == 4 && stderr.contains("(WrongVolume)");
    assert!(is_proven || stderr.contains("ready snapshots stay"), "{code} {stderr}");
    stays(&bench, &good, &calls);
}

#[test]
fn a_content_that_is_gone_is_no_copy() {
    let test = "a_content_that_is_gone_is_no_copy";
    let Some((bench, good)) = bench(test, "no-content") else { return };
    let gone = Rule::on(Verb::Get, CONTENTS).does(refuses(404));
    let (run, calls) = pass(&bench, &[], vec![gone]);
    run.exits(6).says(&["has lost its content"]);
    stays(&bench, &good, &calls);
}

/// Contents of this group were read before: that they cannot be read now is no reason to do without.
#[test]
fn a_right_that_was_there_before_is_missed() {
    let test = "a_right_that_was_there_before_is_missed";
    let Some((bench, good)) = bench(test, "blind") else { return };
    let forbidden = Rule::on(Verb::Get, CONTENTS).does(refuses(403));
    let (run, calls) = pass(&bench, &[], vec![forbidden]);
    run.exits(6).says(&["(Forbidden)", "ready snapshots stay"]);
    stays(&bench, &good, &calls);
}

/// By hand as by the job.
#[test]
fn prune_deletes_nothing_on_the_word_of_a_snapshot_that_is_not_proven() {
    let test = "prune_deletes_nothing_on_the_word_of_a_snapshot_that_is_not_proven";
    let Some((bench, good)) = bench(test, "prune-unproven") else { return };
    let unmarkable = Rule::on(Verb::Patch, SNAPSHOTS).does(refuses(403));
    pass(&bench, &["--prune=false"], vec![swapped(&bench), unmarkable]).0.exits(4);
    let prune = ["prune", "db", "--yes"];
    for status in [500, 403] {
        let unreadable = Rule::on(Verb::Get, CONTENTS).does(refuses(status));
        let (run, calls) = bench.gemini(&prune, vec![unreadable]);
        assert!(run.code == 1 && run.stderr.contains("nothing was deleted"), "{} {}", run.code, run.stderr);
        stays(&bench, &good, &calls);
    }
    for args in [&prune[..], &["prune", "db", "--dry-run"]] {
        let (run, calls) = bench.gemini(args, vec![]);
        run.exits(0).says(&["was not cut from the volume that it was asked for: it does not count"]);
        stays(&bench, &good, &calls);
    }
}

fn warnings(namespace: &Namespace, reason: &str) -> usize {
    namespace.list("events").iter().filter(|event| event["reason"] == reason).count()
}

#[test]
fn a_second_look_that_fails_says_nothing_of_claims() {
    let test = "a_second_look_that_fails_says_nothing_of_claims";
    let Some((bench, good)) = bench(test, "half-blind") else { return };
    let blind = Rule::on(Verb::List, SNAPSHOTS).nth(2).does(refuses(403));
    let (run, calls) = pass(&bench, &[], vec![blind]);
    run.exits(6).says(&["(Forbidden)"]);
    stays(&bench, &good, &calls);
    assert_ne!(condition(&bench.namespace, "db"), "ClaimMissing");
    assert_eq!(warnings(&bench.namespace, "ClaimMissing"), 0);
}

#[test]
fn a_driver_that_takes_its_time_leaves_some_for_what_comes_after_it() {
    let test = "a_driver_that_takes_its_time_leaves_some_for_what_comes_after_it";
    let Some(bench) = Bench::new(test, || scheduled("slow-driver", "[{every: 2 seconds, keep: 1}]")) else {
        return;
    };
    five(&bench.namespace);
    let slow = Faults { snapshot_ready_after: Some("60s".into()), ..Faults::default() };
    assert!(bench.namespace.set_faults(&slow));
    let (run, calls) = pass(&bench, &["--deadline=20s"], vec![]);
    run.exits(0).says(&["still being made"]);
    assert_eq!(of(&calls, Verb::Delete, SNAPSHOTS).len(), 3, "{calls:#?}");
    assert_eq!(of(&calls, Verb::Patch, "snapshotgroups/status").len(), 1);
    bench.namespace.clear_faults();
}

#[test]
fn trouble_is_said_once_where_the_status_may_not_be_written() {
    let test = "trouble_is_said_once_where_the_status_may_not_be_written";
    let Some(bench) = Bench::new(test, || scheduled("no-status", "[{every: day, keep: 1}]")) else { return };
    bench.namespace.kubectl(&["delete", "pvc", "data"]);
    for _ in 0..3 {
        let refused = Rule::on_path("/status").verb(Verb::Patch).does(refuses(403));
        pass(&bench, &[], vec![refused]).0.exits(1).says(&["(ClaimMissing)"]);
    }
    assert_eq!(warnings(&bench.namespace, "ClaimMissing"), 1);
}
