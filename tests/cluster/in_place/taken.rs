//! Who else lays hands on what a restore needs: another restore, a copy of the claim, a pod, a claim that has the old volume now.
//! Each is noticed before anything is stopped for it.

use std::fs;

use sandbox::testing::{Failure, Faults};
use serde_json::Value;

use super::application::{self, workload};
use super::gap::{Gap, enters};
use super::kubelet::Node;
use super::{NEW, OLD, Scene};
use crate::support::{gemini, needs_sandbox, until};

/// A running application.
pub fn shop(slug: &str) -> (Scene, Node) {
    let (scene, node) = application::scene(slug, &workload("StatefulSet", "  replicas: 1"));
    scene.runs("statefulset", 1);
    (scene, node)
}

impl Scene {
    /// How often the application was set.
    fn generation(&self) -> Value {
        self.setting("statefulset", "/metadata/generation")
    }

    /// The restore that stands so.
    fn id_of(&self, state: &str) -> String {
        let all = gemini(&self.namespace, &["status", "-o", "json"]).exits(0).json();
        let found = all["items"].as_array().unwrap().iter().find(|item| item["state"] == state);
        found.unwrap()["restore"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_claim_that_is_being_copied_is_left_alone_and_nothing_is_stopped() {
    if needs_sandbox("a_claim_that_is_being_copied_is_left_alone_and_nothing_is_stopped") {
        return;
    }
    let (scene, _node) = shop("copied");
    // Its class waits for a pod that never comes.
    scene.namespace.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: copy}\nspec:\n  storageClassName: wait\n  \
         accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 16Mi}}\n  \
         dataSource: {kind: PersistentVolumeClaim, name: data}\n",
    );
    let run = scene.restore(&[]);
    run.fails_with(6, "ClaimPinned", &["PVC copy", "is being copied from PVC data", "--resume", "--abort"]);
    assert_eq!((scene.generation(), scene.read().as_str()), (1.into(), NEW));
    scene.namespace.kubectl(&["delete", "pvc", "copy"]);
    gemini(&scene.namespace, &["restore", "--resume", &scene.id()]).exits(0);
    assert_eq!(scene.read(), OLD);
    scene.runs("statefulset", 1);
    scene.settled();
}

#[test]
fn a_pod_that_came_after_the_plan_is_named_before_the_application_is_stopped() {
    if needs_sandbox("a_pod_that_came_after_the_plan_is_named_before_the_application_is_stopped") {
        return;
    }
    let (scene, _node) = shop("debug");
    let gap = Gap::of(scene);
    let scene = &gap.scene;
    let run = gap.meet(&[], enters("copy"), |_| {
        scene.namespace.apply(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: debug}\nspec:\n  containers: [{name: c, image: none}]\n  \
             volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n",
        );
    });
    run.fails_with(6, "ClaimInUse", &["pod debug uses PVC data", "--resume"]);
    assert_eq!((scene.generation(), scene.read().as_str()), (1.into(), NEW));
    scene.namespace.kubectl(&["delete", "pod", "debug", "--grace-period=0", "--force"]);
    gemini(&scene.namespace, &["restore", "--resume", &scene.id()]).exits(0);
    gap.is_restored();
    scene.runs("statefulset", 1);
}

/// It would take the volume away from under the other, which could then neither go on nor back.
#[test]
fn an_undo_is_refused_while_a_later_restore_of_the_claim_is_open() {
    if needs_sandbox("an_undo_is_refused_while_a_later_restore_of_the_claim_is_open") {
        return;
    }
    let scene = Scene::new("later");
    scene.restore(&[]).exits(0);
    let first = scene.id();
    fs::write(scene.namespace.volume("data").unwrap().join("file"), "between").unwrap();
    let failure = Failure::always("Internal", "no room on the array");
    let broken = Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() };
    assert!(scene.namespace.set_faults(&broken));
    scene.restore(&["--timeout", "3s"]).fails_with(6, "TimedOut", &["--abort"]);
    let second = scene.id_of("Blocked");
    for more in ["--yes", "--dry-run"] {
        let undo = gemini(&scene.namespace, &["undo", &first, more]);
        undo.fails_with(1, "RestoreOpen", &[&second]);
    }
    assert_eq!(scene.read(), "between");
    assert!(scene.namespace.set_faults(&Faults::default()));
    gemini(&scene.namespace, &["restore", "--abort", &second]).exits(0);
    gemini(&scene.namespace, &["undo", &first, "--yes"]).exits(0);
    scene.as_before();
}

#[test]
fn nothing_is_stopped_to_undo_a_restore_whose_old_volume_another_claim_has() {
    if needs_sandbox("nothing_is_stopped_to_undo_a_restore_whose_old_volume_another_claim_has") {
        return;
    }
    let (scene, _node) = shop("inspect");
    scene.restore(&[]).exits(0);
    let old = scene.old_volume().to_owned();
    // Kept for nobody it would go to whatever claim of another test fits.
    let inspect = r#"{"spec": {"claimRef": {"name": "inspect", "uid": null, "resourceVersion": null}}}"#;
    scene.namespace.kubectl(&["patch", "pv", &old, "--type=merge", "-p", inspect]);
    let class = scene.claim["spec"]["storageClassName"].as_str().unwrap();
    scene.namespace.apply(&format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: inspect}}\nspec:\n  storageClassName: {class}\n  \
         volumeName: {old}\n  accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: 16Mi}}}}\n"
    ));
    scene.namespace.wait_bound("inspect");
    let before = scene.generation();
    let undo = ["undo", &scene.id(), "--yes"];
    gemini(&scene.namespace, &undo).fails_with(
        4,
        "VolumeTaken",
        &["is PVC inspect's", "describe pvc inspect"],
    );
    assert_eq!((scene.generation(), scene.read().as_str()), (before, OLD));
    // Whoever has looked gives it back.
    scene.namespace.kubectl(&["delete", "pvc", "inspect"]);
    until("the volume to be left", || {
        scene.namespace.get("persistentvolume", &old)["status"]["phase"] == "Released"
    });
    gemini(&scene.namespace, &undo).exits(0);
    scene.as_before();
    scene.runs("statefulset", 1);
}
