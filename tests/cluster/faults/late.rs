//! What comes between the look and the deletions: a hold, a restore. Case 16.
//! A changed object is noticed by the deletion's preconditions; a new claim only by looking again.

use std::collections::BTreeSet;
use std::fs;

use sandbox::testing::Faults;
use sandbox::testing::Namespace;
use sandbox::testing::proxy::{Call, Rule, Verb};

use super::{Bench, of};
use crate::prune::{five, left, set};
use crate::run_once::scheduled;
use crate::support::until;

const SNAPSHOTS: &str = "volumesnapshots";
const CLAIMS: &str = "persistentvolumeclaims";

fn namespace(slug: &str) -> Namespace {
    scheduled(slug, "[{every: 2 seconds, keep: 1}]")
}

fn asked_to_delete(calls: &[Call]) -> BTreeSet<String> {
    of(calls, Verb::Delete, SNAPSHOTS).iter().filter_map(|call| call.target.name.clone()).collect()
}

#[test]
fn a_pass_respects_a_hold_that_comes_before_its_deletion() {
    let test = "a_pass_respects_a_hold_that_comes_before_its_deletion";
    let Some(bench) = Bench::new(test, || namespace("run-late-hold")) else { return };
    let names = five(&bench.namespace);
    let (somebody, name) = (bench.somebody(), names[1].clone());
    let hold = Rule::on(Verb::Delete, SNAPSHOTS).path(&format!("/{}", names[1])).nth(1).first(move |_| {
        somebody(&["annotate", "volumesnapshot", &name, "gemini.fairwinds.com/hold=audit"], "");
    });
    let (run, calls) = bench.gemini(&["run-once"], vec![hold]);
    run.exits(0).says(&["was changed meanwhile and is left alone"]);
    let deletion = of(&calls, Verb::Delete, SNAPSHOTS)
        .into_iter()
        .find(|call| call.target.name.as_ref() == Some(&names[1]))
        .and_then(|call| call.told);
    assert_eq!(deletion, Some(409));
    until("the other deletions", || !left(&bench.namespace).contains(&names[2]));
    let (_, calls) = bench.gemini(&["run-once"], vec![]);
    assert!(!asked_to_delete(&calls).contains(&names[1]), "{calls:#?}");
    assert!(bench.namespace.get("volumesnapshot", &names[1])["metadata"]["deletionTimestamp"].is_null());
}

/// A claim of a class, made from a snapshot.
fn claim(class: &str, source: &str, name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: copy}}\nspec:\n  storageClassName: {class}\n  \
         accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: 16Mi}}}}\n  \
         {source}: {{apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: {name}}}\n"
    )
}

/// A claim that somebody makes from a snapshot just before the nth time that claims are listed.
fn restore(bench: &Bench, nth: u32, source: &str, name: &str) -> Rule {
    let somebody = bench.somebody();
    // Its class waits for a pod, so it stays Pending.
    let claim = claim("wait", source, name);
    Rule::on(Verb::List, CLAIMS).nth(nth).first(move |_| somebody(&["apply", "-f", "-"], &claim))
}

#[test]
fn a_restore_that_begins_after_the_look_keeps_its_snapshot_from_being_deleted() {
    let test = "a_restore_that_begins_after_the_look_keeps_its_snapshot_from_being_deleted";
    for source in ["dataSource", "dataSourceRef"] {
        // A pass has looked twice when it comes to its deletions, prune once.
        for (command, looks) in [(&["run-once"][..], 2), (&["prune", "db", "--yes"], 1)] {
            let Some(bench) = Bench::new(test, || namespace("restore-begins")) else { return };
            let names = five(&bench.namespace);
            let late = restore(&bench, looks + 1, source, &names[1]);
            let (run, calls) = bench.gemini(command, vec![late]);
            assert!(matches!((command[0], run.code), ("run-once", 0) | ("prune", 6)), "{}", run.stderr);
            assert!(run.stderr.contains("left alone"), "{}", run.stderr);
            let asked = asked_to_delete(&calls);
            assert!(!asked.contains(&names[1]), "{command:?}, {source}: {asked:?}");
            assert!(asked.is_superset(&set(&[names[0].clone(), names[2].clone()])), "{asked:?}");
            let object = bench.namespace.get("volumesnapshot", &names[1]);
            assert!(object["metadata"]["deletionTimestamp"].is_null(), "{object}");
            bench.namespace.kubectl(&["delete", "pvc", "copy"]);
        }
    }
}

#[test]
fn where_claims_cannot_be_seen_a_second_time_nothing_is_deleted() {
    use sandbox::testing::proxy::{Action, Told};
    let test = "where_claims_cannot_be_seen_a_second_time_nothing_is_deleted";
    for (command, looks) in [(&["run-once"][..], 2), (&["prune", "db", "--yes"], 1)] {
        let Some(bench) = Bench::new(test, || namespace("claims-unseen")) else { return };
        let names = five(&bench.namespace);
        let refused = Action::Answer { told: Told::Status(405), forward: false };
        let unseen = Rule::on(Verb::List, CLAIMS).from_nth(looks + 1).does(refused);
        let (run, calls) = bench.gemini(command, vec![unseen]);
        assert_ne!(run.code, 0, "{}", run.stderr);
        assert!(asked_to_delete(&calls).is_empty(), "{calls:#?}");
        assert!(left(&bench.namespace).is_superset(&set(&names)));
    }
}

/// Too late for any look: the claim is made when the deletion is on its way. The provisioner has its mark on the snapshot by
/// then, so that the deletion is of another version of it.
#[test]
fn a_restore_that_begins_just_before_the_deletion_gets_its_data() {
    let test = "a_restore_that_begins_just_before_the_deletion_gets_its_data";
    for source in ["dataSource", "dataSourceRef"] {
        let Some(bench) = Bench::new(test, || namespace("restore-last")) else { return };
        let space = &bench.namespace;
        fs::write(space.volume("data").unwrap().join("file"), "as it was").unwrap();
        let names = five(space);
        fs::write(space.volume("data").unwrap().join("file"), "written since").unwrap();
        let slow = Faults { create_volume_from_snapshot_delay: Some("3s".into()), ..Faults::default() };
        assert!(space.set_faults(&slow));
        let (somebody, name) = (bench.somebody(), names[1].clone());
        let claim = claim("standard", source, &name);
        let (cluster, place, marked) = (space.cluster(), space.name().to_owned(), name.clone());
        let version = move || {
            let seen =
                ["get", "volumesnapshot", &marked, "-n", &place, "-o=jsonpath={.metadata.resourceVersion}"];
            cluster.kubectl(seen, "").unwrap().stdout
        };
        let late = Rule::on(Verb::Delete, SNAPSHOTS).path(&format!("/{name}")).nth(1).first(move |_| {
            let before = version();
            somebody(&["apply", "-f", "-"], &claim);
            until("the provisioner to mark the snapshot", || version() != before);
        });
        let (run, calls) = bench.gemini(&["run-once"], vec![late]);
        run.exits(0).says(&["was changed meanwhile and is left alone"]);
        let deletion =
            of(&calls, Verb::Delete, SNAPSHOTS).into_iter().find(|call| call.path.ends_with(&name));
        assert_eq!(deletion.and_then(|call| call.told), Some(409), "{source}");
        assert!(space.get("volumesnapshot", &name)["metadata"]["deletionTimestamp"].is_null(), "{source}");
        space.wait_bound("copy");
        let restored = fs::read_to_string(space.volume("copy").unwrap().join("file")).unwrap();
        assert_eq!(restored, "as it was", "{source}");
    }
}
