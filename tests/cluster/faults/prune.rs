//! `prune` when somebody else is at work between its look and its deletions, and when lists or drivers fail.
//! Whatever happens: nothing goes but what was decided, as it was decided.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sandbox::testing::proxy::{Action, Call, Rule, Told, Verb};
use sandbox::testing::{Failure, Faults};

use super::{Bench, of};
use crate::prune::{five, left, ready, schedule, scheduled, set, take, take_of};
use crate::support::{gemini, until};

const SNAPSHOTS: &str = "volumesnapshots";
const PRUNE: [&str; 3] = ["prune", "db", "--yes"];

/// Before the deletion of that snapshot.
fn deletion_of(name: &str) -> Rule {
    Rule::on(Verb::Delete, SNAPSHOTS).path(&format!("/{name}")).nth(1)
}

fn deleted(calls: &[Call]) -> BTreeSet<String> {
    let deletes = of(calls, Verb::Delete, SNAPSHOTS);
    deletes.iter().filter(|call| call.told == Some(200)).filter_map(|call| call.target.name.clone()).collect()
}

/// Case 16.
#[test]
fn a_hold_that_comes_between_the_look_and_the_deletion_is_respected() {
    let test = "a_hold_that_comes_between_the_look_and_the_deletion_is_respected";
    let Some(bench) = Bench::new(test, || scheduled("late-hold")) else { return };
    let names = five(&bench.namespace);
    let (somebody, name) = (bench.somebody(), names[1].clone());
    let hold = deletion_of(&names[1]).first(move |_| {
        somebody(&["annotate", "volumesnapshot", &name, "gemini.fairwinds.com/hold=audit"], "");
    });
    let (run, calls) = bench.gemini(&PRUNE, vec![hold]);
    run.exits(6).says(&[&names[1], "was changed meanwhile"]);
    assert_eq!(deleted(&calls), set(&[names[0].clone(), names[2].clone()]));
    until("the deletions", || left(&bench.namespace).len() == 3);
    let (again, calls) = bench.gemini(&PRUNE, vec![]);
    again.exits(0).says(&["Nothing to delete"]);
    assert!(!calls.iter().any(Call::is_change), "{calls:#?}");
    assert!(left(&bench.namespace).contains(&names[1]));
}

/// Case 16, with a restore by somebody else; `dataSourceRef` is the newer way to ask for one. No precondition notices a
/// new claim, so the deletion is asked for; what must not happen is that the bytes go while somebody waits for them.
#[test]
fn bytes_that_somebody_waits_for_stay_also_when_the_restore_came_too_late() {
    let test = "bytes_that_somebody_waits_for_stay_also_when_the_restore_came_too_late";
    for source in ["dataSource", "dataSourceRef"] {
        let Some(bench) = Bench::new(test, || scheduled("late-restore")) else { return };
        let names = five(&bench.namespace);
        let object = bench.namespace.get("volumesnapshot", &names[1]);
        let content = object["status"]["boundVolumeSnapshotContentName"].as_str().unwrap().to_owned();
        let (somebody, name) = (bench.somebody(), names[1].clone());
        let restore = deletion_of(&names[1]).first(move |_| {
            // Its class waits for a pod, so it stays Pending.
            let claim = format!(
                "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: copy}}\nspec:\n  storageClassName: wait\n  \
                 accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: 16Mi}}}}\n  \
                 {source}: {{apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: {name}}}\n"
            );
            somebody(&["apply", "-f", "-"], &claim);
            // The snapshot controller, which keeps the bytes, learns of it a moment later.
            std::thread::sleep(Duration::from_secs(3));
        });
        let (run, _) = bench.gemini(&PRUNE, vec![restore]);
        run.exits(0);
        until("the other deletions", || left(&bench.namespace).len() == 3);
        assert!(left(&bench.namespace).contains(&names[1]), "{source}");
        let content = bench.namespace.get("volumesnapshotcontent", &content);
        assert!(content["metadata"]["deletionTimestamp"].is_null(), "{source}: {content}");
        bench.namespace.kubectl(&["delete", "pvc", "copy"]);
    }
}

/// Case 17.
#[test]
fn another_snapshot_of_the_same_name_is_not_touched() {
    let test = "another_snapshot_of_the_same_name_is_not_touched";
    let Some(bench) = Bench::new(test, || scheduled("renamed")) else { return };
    let names = five(&bench.namespace);
    let (somebody, name) = (bench.somebody(), names[0].clone());
    let manifest = format!(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {{name: {name}}}\n\
         spec: {{source: {{persistentVolumeClaimName: data}}}}\n"
    );
    let swap = deletion_of(&names[0]).first(move |_| {
        somebody(&["delete", "volumesnapshot", &name], "");
        somebody(&["apply", "-f", "-"], &manifest);
    });
    let (run, calls) = bench.gemini(&PRUNE, vec![swap]);
    // What was to go is gone, by another's word: there is nothing to complain of.
    run.exits(0).says(&[&names[0], "gone already"]);
    assert_eq!(deleted(&calls), set(&names[1..3]));
    until("the deletions", || left(&bench.namespace).len() == 3);
    assert!(bench.namespace.get("volumesnapshot", &names[0])["metadata"]["deletionTimestamp"].is_null());
}

/// Case 5.
#[test]
fn what_says_to_be_from_the_future_or_is_of_another_claim_neither_counts_nor_goes() {
    let test = "what_says_to_be_from_the_future_or_is_of_another_claim_neither_counts_nor_goes";
    let Some(bench) = Bench::new(test, || scheduled("forged")) else { return };
    bench.namespace.bound_claim("other", "16Mi");
    let names = five(&bench.namespace);
    let century = chrono::Utc::now().timestamp() - 4_070_908_800;
    let forged = [
        take(&bench.namespace, century, "2 seconds"),
        take(&bench.namespace, century - 1, "2 seconds"),
        take_of(&bench.namespace, "other", 1, "2 seconds"),
    ];
    ready(&bench.namespace, &forged.iter().collect::<Vec<_>>());
    let (run, _) = bench.gemini(&PRUNE, vec![]);
    run.exits(0).says(&["3 snapshots deleted."]);
    let mut kept = set(&names[3..]);
    kept.extend(forged);
    until("the deletions", || left(&bench.namespace) == kept);
}

/// Case 15.
#[test]
fn failures_push_nothing_out() {
    let test = "failures_push_nothing_out";
    let Some(bench) = Bench::new(test, || scheduled("failures")) else { return };
    let good: Vec<_> = [50, 40].map(|ago| take(&bench.namespace, ago, "2 seconds")).into();
    ready(&bench.namespace, &good.iter().collect::<Vec<_>>());
    let failing = Faults { create_snapshot: Some(Failure::always("Internal", "no")), ..Faults::default() };
    assert!(bench.namespace.set_faults(&failing));
    let bad: Vec<_> = [30, 25, 20, 15, 10].map(|ago| take(&bench.namespace, ago, "2 seconds")).into();
    until("the failures", || {
        bad.iter().all(|name| bench.namespace.get("volumesnapshot", name)["status"]["error"].is_object())
    });
    let (run, calls) = bench.gemini(&PRUNE, vec![]);
    run.exits(0);
    assert!(deleted(&calls).is_disjoint(&set(&good)), "{calls:#?}");
    assert!(left(&bench.namespace).is_superset(&set(&good)));
}

/// Case 18: the group itself goes.
#[test]
fn snapshots_without_their_group_stay() {
    let test = "snapshots_without_their_group_stay";
    let Some(bench) = Bench::new(test, || scheduled("orphans")) else { return };
    let names = five(&bench.namespace);
    bench.namespace.kubectl(&["delete", "snapshotgroup", "db"]);
    let (run, _) = bench.gemini(&PRUNE, vec![]);
    run.fails_with(1, "GroupNotFound", &["db"]);
    let (_, calls) = bench.gemini(&["prune", "--all", "--yes"], vec![]);
    assert!(!calls.iter().any(Call::is_change), "{calls:#?}");
    assert_eq!(left(&bench.namespace), set(&names));
}

/// Case 19.
#[test]
fn a_deletion_that_hangs_is_neither_waited_for_nor_forced() {
    let test = "a_deletion_that_hangs_is_neither_waited_for_nor_forced";
    let Some(bench) = Bench::new(test, || scheduled("hanging")) else { return };
    let names = five(&bench.namespace);
    let hanging =
        Faults { delete_snapshot: Some(Failure::always("Unavailable", "later")), ..Faults::default() };
    assert!(bench.namespace.set_faults(&hanging));
    let began = Instant::now();
    let (run, calls) = bench.gemini(&PRUNE, vec![]);
    run.exits(0).says(&["3 snapshots deleted."]);
    assert!(began.elapsed() < Duration::from_secs(15), "it waited {:?}", began.elapsed());
    assert!(calls.iter().filter(|call| call.is_change()).all(|call| call.verb == Verb::Delete), "{calls:#?}");
    assert_eq!(deleted(&calls), set(&names[..3]));
    let (again, calls) = bench.gemini(&PRUNE, vec![]);
    again.exits(0);
    assert!(!calls.iter().any(Call::is_change), "{calls:#?}");
}

/// Case 19: what its class keeps.
#[test]
fn what_is_retained_is_told() {
    let test = "what_is_retained_is_told";
    let Some(bench) = Bench::new(test, || scheduled("retained")) else { return };
    let names = five(&bench.namespace);
    let object = bench.namespace.get("volumesnapshot", &names[1]);
    let content = object["status"]["boundVolumeSnapshotContentName"].as_str().unwrap();
    let retain = r#"{"spec": {"deletionPolicy": "Retain"}}"#;
    bench.namespace.kubectl(&["patch", "volumesnapshotcontent", content, "--type=merge", "-p", retain]);
    let (run, calls) = bench.gemini(&PRUNE, vec![]);
    run.exits(0).says(&["3 snapshots deleted.", "1 with deletion policy Retain"]);
    assert_eq!(deleted(&calls), set(&names[..3]));
    until("the deletions", || left(&bench.namespace).len() == 2);
    assert!(bench.namespace.find("volumesnapshotcontent", content).is_some());
    bench.namespace.kubectl(&["delete", "volumesnapshotcontent", content, "--wait=false"]);
}

/// Case 14, as far as one page goes.
#[test]
fn half_a_list_is_no_list() {
    let test = "half_a_list_is_no_list";
    let Some(bench) = Bench::new(test, || scheduled("halflist")) else { return };
    let names = five(&bench.namespace);
    let lists = |code| {
        Rule::on(Verb::List, SNAPSHOTS).does(Action::Answer { told: Told::Status(code), forward: false })
    };
    let (run, calls) = bench.gemini(&PRUNE, vec![lists(500)]);
    run.fails_with(1, "ServerRefused", &["list VolumeSnapshots"]);
    assert!(!calls.iter().any(Call::is_change), "{calls:#?}");
    assert_eq!(left(&bench.namespace), set(&names));
    let (run, _) = bench.gemini(&PRUNE, vec![lists(410).nth(1)]);
    run.exits(0).says(&["3 snapshots deleted."]);
    // Case 18: nothing is left to say what is needed.
    schedule(&bench.namespace, "[]");
    until("the deletions", || left(&bench.namespace).len() == 2);
    gemini(&bench.namespace, &PRUNE).exits(0).says(&["the schedule is empty", "Nothing to delete"]);
    assert_eq!(left(&bench.namespace), set(&names[3..]));
}
