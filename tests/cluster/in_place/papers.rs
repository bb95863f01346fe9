//! Case 39. What a restore needs is deleted by somebody at each of its states: the snapshot, the journal, the lock. What is on the
//! volumes is enough to go on, or to go back.

use sandbox::testing::proxy::Verb;
use serde_json::{Value, json};

use super::gap::{CLAIMS, Gap, asks, enters};
use super::{NEW, OLD, Scene};
use crate::support::{gemini, needs_sandbox};

fn journals(scene: &Scene) -> Vec<String> {
    let all = scene.namespace.list("configmap");
    let names = all.iter().filter_map(|map| map["metadata"]["name"].as_str());
    names.filter(|name| name.starts_with("gemini-restore-")).map(str::to_owned).collect()
}

#[test]
fn a_journal_that_is_deleted_under_way_is_made_again_from_the_volumes() {
    if needs_sandbox("a_journal_that_is_deleted_under_way_is_made_again_from_the_volumes") {
        return;
    }
    for (step, mode, ending) in [
        ("copy", "staged", "--resume"),
        ("reserve", "staged", "--abort"),
        ("swap", "staged", "--resume"),
        ("finish", "direct", "--resume"),
    ] {
        let gap = Gap::new(&format!("torn-{step}"));
        let scene = &gap.scene;
        let mut id = String::new();
        let run = gap.meet(&["--mode", mode], enters(step), |_| {
            let names = journals(scene);
            id = names[0].trim_start_matches("gemini-restore-").to_owned();
            scene.namespace.kubectl(&["delete", "configmap", &names[0]]);
        });
        run.fails_with(75, "LockLost", &["deleted its journal", "--resume", &id]);
        scene.intact();
        gemini(&scene.namespace, &["restore", ending, &id]).exits(0).says(&["made again"]);
        scene.intact();
        scene.settled();
        assert_eq!(scene.read(), if ending == "--resume" { OLD } else { NEW }, "{step}");
    }
}

/// Nobody else has taken it, so that there is nobody to stay out of the way of: it is gone on with by whoever asks for it.
#[test]
fn a_lock_that_is_deleted_does_no_harm() {
    if needs_sandbox("a_lock_that_is_deleted_does_no_harm") {
        return;
    }
    for step in ["pin", "swap", "finish"] {
        let gap = Gap::new(&format!("unlocked-{step}"));
        let scene = &gap.scene;
        let run = gap.meet(&[], enters(step), |_| {
            scene.namespace.kubectl(&["delete", "lease", "gemini-restore-data"]);
        });
        // Whether it is noticed depends on when the lock is renewed.
        if run.code != 0 {
            run.fails_with(75, "LockLost", &["--resume"]);
            gemini(&scene.namespace, &["restore", "--resume", &scene.id()]).exits(0);
        }
        gap.is_restored();
        assert_eq!(scene.status()["state"], "Restored");
    }
}

/// Without the copy the claim is not touched; where it was deleted already, it gets its old volume again.
#[test]
fn a_snapshot_that_is_deleted_before_it_is_copied_leaves_everything_as_it_was() {
    if needs_sandbox("a_snapshot_that_is_deleted_before_it_is_copied_leaves_everything_as_it_was") {
        return;
    }
    let gone = |scene: &Scene| {
        scene.namespace.kubectl(&["delete", "volumesnapshot", &scene.snapshot, "--wait=false"])
    };
    for (mode, step) in [("staged", "pin"), ("direct", "secure"), ("direct", "swap")] {
        let gap = Gap::new(&format!("sourceless-{step}"));
        let scene = &gap.scene;
        let run = gap.meet(&["--mode", mode, "--timeout", "20s"], enters(step), |_| drop(gone(scene)));
        // Whether it is gone, or still held by those who look after it.
        let run = run.exits(6).says(&["deleted", "--abort"]);
        let is_told =
            ["(SnapshotNotFound)", "(SnapshotNotReady)"].iter().any(|word| run.stderr.contains(word));
        assert!(is_told, "{}", run.stderr);
        let claim = scene.namespace.get("persistentvolumeclaim", "data");
        assert_eq!(claim["metadata"]["uid"], scene.claim["metadata"]["uid"], "{step}");
        gemini(&scene.namespace, &["restore", "--abort", &scene.id()]).exits(0);
        back(scene);
    }
    let gap = Gap::new("sourceless");
    let run = gap.meet(&["--mode=direct"], asks(Verb::Delete, CLAIMS, "data"), |_| drop(gone(&gap.scene)));
    run.fails_with(5, "RolledBack", &["deleted"]);
    back(&gap.scene);
}

/// As it was, but for the snapshot.
fn back(scene: &Scene) {
    assert_eq!(scene.read(), NEW);
    assert_eq!(scene.policy(scene.old_volume()), "Delete");
    let claim = scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(claim["spec"]["volumeName"], scene.old_volume());
    assert_eq!(claim["metadata"]["labels"], scene.claim["metadata"]["labels"]);
    assert_eq!(scene.namespace.list("persistentvolumeclaim").len(), 1);
}

/// What leads to a volume that is kept stays, however old it is.
#[test]
fn of_restores_that_keep_nothing_the_last_ten_are_remembered() {
    if needs_sandbox("of_restores_that_keep_nothing_the_last_ten_are_remembered") {
        return;
    }
    let scene = Scene::new("history");
    scene.restore(&[]).exits(0);
    let first = format!("gemini-restore-{}", scene.id());
    let object = scene.namespace.get("configmap", &first);
    let journal: Value = serde_json::from_str(object["data"]["journal"].as_str().unwrap()).unwrap();
    for day in 1..=12 {
        let (id, mut journal) = (format!("old{day:02}"), journal.clone());
        journal["id"] = id.as_str().into();
        journal["ended"] = json!({"at": format!("2020-01-{day:02}T00:00:00Z"), "outcome": "aborted"});
        let copy = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"journal": journal.to_string()},
            "metadata": {"name": format!("gemini-restore-{id}"), "labels": object["metadata"]["labels"]},
        });
        scene.namespace.apply(&copy.to_string());
    }
    scene.restore(&[]).exits(0);
    let left = journals(&scene);
    assert_eq!(left.len(), 10 + 2, "{left:?}");
    assert!(
        left.contains(&first)
            && !left.iter().any(|name| ["old01", "old02"].iter().any(|old| name.ends_with(old)))
    );
}
