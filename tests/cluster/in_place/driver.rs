//! Drivers that bring other bytes than the snapshot's: only a user's own check can tell, and it does before the claim is touched.
//! Its pod is played here, by what lies on the new volume.

use std::fs;

use sandbox::testing::{Faults, RestoredBytes};

use super::kubelet::Node;
use super::waiting::ends;
use super::{NEW, OLD, Scene};
use crate::support::{Running, backup, gemini, needs_sandbox, until};

/// Given up by itself; the claim is the one that it was.
fn untouched(scene: &Scene) {
    let claim = scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(claim["metadata"]["uid"], scene.claim["metadata"]["uid"]);
    assert_eq!(scene.status()["state"], "Aborted");
    scene.as_before();
}

#[test]
fn a_copy_that_is_not_the_snapshot_is_found_by_a_check() {
    if needs_sandbox("a_copy_that_is_not_the_snapshot_is_found_by_a_check") {
        return;
    }
    for bytes in [RestoredBytes::Corrupted, RestoredBytes::Truncated, RestoredBytes::Swapped] {
        let scene = Scene::new(&format!("{bytes:?}").to_lowercase());
        let _node = Node::new(&scene.namespace);
        // Two files, of which each may come back as the other.
        fs::write(scene.volume.join("file"), OLD).unwrap();
        fs::write(scene.volume.join("other"), "another file").unwrap();
        let snapshot = backup(&scene.namespace, "db");
        fs::write(scene.volume.join("file"), NEW).unwrap();
        assert!(scene.namespace.set_faults(&Faults { restored_bytes: Some(bytes), ..Faults::default() }));
        let restore = ["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes"];
        let args = [&restore[..], &["--verify-image=shop"]].concat();
        let running = Running::start(&scene.namespace, &args);
        until("the pod that checks", || !scene.namespace.list("pod").is_empty());
        let pod = scene.namespace.list("pod")[0]["metadata"]["name"].as_str().unwrap().to_owned();
        let found = fs::read_to_string(scene.namespace.volume(&pod).unwrap().join("file"));
        assert!(found.as_ref().ok().is_none_or(|found| found != OLD), "{bytes:?}: {found:?}");
        ends(&scene, &pod, 1, "that is not the shop");
        running.wait().fails_with(5, "RolledBack", &["that is not the shop"]);
        untouched(&scene);
        assert!(scene.namespace.set_faults(&Faults::default()));
        gemini(&scene.namespace, &restore).exits(0);
        assert_eq!(scene.read(), OLD);
    }
}
