//! Somebody deletes what a restore relies on while it stands still: its snapshot, or the volume that an undo is to give back.
//! There is a way on from there, and what is the last of its kind stays until a person gives it up.

use sandbox::testing::Faults;

use super::taken::shop;
use super::{NEW, OLD, Scene};
use crate::support::{gemini, needs_sandbox, until};

#[test]
fn an_undo_whose_old_volume_goes_meanwhile_is_gone_on_with_to_what_was_restored() {
    if needs_sandbox("an_undo_whose_old_volume_goes_meanwhile_is_gone_on_with_to_what_was_restored") {
        return;
    }
    let (scene, _node) = shop("oldgone");
    scene.restore(&[]).exits(0);
    let id = scene.id();
    let silent = Faults { create_snapshot_hang: Some(true), ..Faults::default() };
    assert!(scene.namespace.set_faults(&silent));
    let undo = gemini(&scene.namespace, &["undo", &id, "--yes", "--timeout", "5s"]);
    undo.fails_with(6, "TimedOut", &["stopped until it ends: StatefulSet/shop", "--resume"]);
    assert!(scene.namespace.set_faults(&Faults::default()));
    scene.namespace.kubectl(&["delete", "pv", scene.old_volume()]);
    for words in [&["undo", &id, "--yes"][..], &["restore", "--abort", &id]] {
        let run = gemini(&scene.namespace, words);
        run.fails_with(
            4,
            "VolumeGone",
            &["going on keeps what was restored", "stopped until it ends: StatefulSet/shop", "--resume"],
        );
    }
    gemini(&scene.namespace, &["restore", "--resume", &id]).exits(0).says(&["data now holds the data of"]);
    scene.runs("statefulset", 1);
    assert_eq!(scene.read(), OLD);
    scene.settled();
    gemini(&scene.namespace, &["undo", &id, "--yes"]).fails_with(4, "VolumeGone", &[scene.old_volume()]);
}

#[test]
fn the_last_copy_of_a_snapshot_goes_only_when_a_person_sets_it_to_go() {
    if needs_sandbox("the_last_copy_of_a_snapshot_goes_only_when_a_person_sets_it_to_go") {
        return;
    }
    let scene = Scene::new("lastcopy");
    let silent = Faults { create_snapshot_hang: Some(true), ..Faults::default() };
    assert!(scene.namespace.set_faults(&silent));
    scene.restore(&["--timeout", "5s"]).fails_with(6, "TimedOut", &["--abort"]);
    assert!(scene.namespace.set_faults(&Faults::default()));
    let id = scene.id();
    let staging = format!("data-gr-{id}");
    let claim = scene.namespace.get("persistentvolumeclaim", &staging);
    let copy = claim["spec"]["volumeName"].as_str().unwrap();
    scene.namespace.kubectl(&["delete", "volumesnapshot", &scene.snapshot]);
    let abort = || gemini(&scene.namespace, &["restore", "--abort", &id]);
    let give_up =
        format!(r#"kubectl patch pv {copy} -p '{{"spec":{{"persistentVolumeReclaimPolicy":"Delete"}}}}'"#);
    abort().fails_with(4, "SnapshotNotFound", &[copy, "holds the last copy", &give_up]);
    // That says nothing of what it holds.
    scene.namespace.kubectl(&["delete", "pvc", &staging]);
    abort().fails_with(4, "SnapshotNotFound", &[&give_up]);
    assert_eq!(scene.policy(copy), "Retain");
    scene.namespace.kubectl(&[
        "patch",
        "pv",
        copy,
        "-p",
        r#"{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}"#,
    ]);
    abort().exits(0).says(&["data was not touched"]);
    until("the copy to be gone", || scene.namespace.find("persistentvolume", copy).is_none());
    assert_eq!(scene.read(), NEW);
    assert_eq!(scene.namespace.list("persistentvolumeclaim").len(), 1);
}
