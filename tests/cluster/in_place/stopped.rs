//! Restores that are stopped half-way: gone on with, given up, met by somebody else.
//! Where a process is stopped follows from what it had done by then, not from the clock.

use sandbox::testing::{Failure, Faults};

use super::Scene;
use crate::support::{Running, gemini, needs_sandbox, until};

/// A pod that mounts the claim. Without a node it stays as it is.
fn pod(scene: &Scene) {
    scene.namespace.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: shop-0}\nspec:\n  containers: [{name: c, image: none}]\n  \
         volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n",
    );
}

#[test]
fn a_pod_that_uses_the_claim_is_a_refusal_or_is_waited_for() {
    let scene = Scene::new("inuse");
    pod(&scene);
    scene.restore(&[]).fails_with(1, "ClaimInUse", &["shop-0", "kubectl delete pod shop-0"]);
    gemini(&scene.namespace, &["status"]).exits(0).says(&["No restores found"]);
    if needs_sandbox("a_pod_that_uses_the_claim_is_a_refusal_or_is_waited_for") {
        return;
    }
    let snapshot = scene.snapshot.clone();
    let args = ["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes", "--scale=manual"];
    let waiting = Running::start(&scene.namespace, &args);
    until("the restore to wait for the pod", || {
        scene.namespace.find("persistentvolumeclaim", "data").is_some()
            && gemini(&scene.namespace, &["status", "-o", "json"]).json()["items"][0]["step"]
                == "see that nobody uses the PVC"
    });
    assert_eq!(scene.read(), super::NEW);
    scene.namespace.kubectl(&["delete", "pod", "shop-0", "--grace-period=0", "--force"]);
    let run = waiting.wait().exits(0);
    assert_eq!(run.stdout, "persistentvolumeclaim/data restored\n");
    scene.intact();
    assert_eq!(scene.read(), super::OLD);
}

#[test]
fn a_copy_that_never_comes_is_given_up_or_gone_on_with() {
    if needs_sandbox("a_copy_that_never_comes_is_given_up_or_gone_on_with") {
        return;
    }
    for ending in ["--abort", "--resume"] {
        let scene = Scene::new(&format!("copy{ending}"));
        let failure = Failure::always("Internal", "no room on the array");
        let broken = Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() };
        assert!(scene.namespace.set_faults(&broken));
        let run = scene.restore(&["--timeout", "8s"]);
        run.fails_with(6, "TimedOut", &["--resume", "--abort"]);
        scene.intact();
        let status = scene.status();
        assert_eq!(status["state"], "Blocked");
        let listed = gemini(&scene.namespace, &["list", "--error-if", "Unhealthy", "-o", "json"]).exits(3);
        let item = &listed.json()["items"][0];
        assert_eq!(item["status"], "Blocked", "{item}");
        assert!(item["message"].as_str().unwrap().contains("stands still: waited 8s"), "{item}");
        // Another one must not begin meanwhile.
        scene.restore(&[]).fails_with(1, "RestoreOpen", &["--resume"]);
        assert!(scene.namespace.set_faults(&Faults::default()));
        let id = scene.id();
        gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
        if ending == "--abort" {
            scene.as_before();
            assert_eq!(scene.status()["state"], "Aborted");
        } else {
            scene.intact();
            scene.settled();
            assert_eq!(scene.read(), super::OLD);
        }
    }
}

/// Killed in the wait for the safety snapshot, and on two ways on from there.
#[test]
fn a_killed_restore_is_gone_on_with_or_given_up() {
    if needs_sandbox("a_killed_restore_is_gone_on_with_or_given_up") {
        return;
    }
    for (signal, ending) in [("KILL", "--resume"), ("TERM", "--abort")] {
        let scene = Scene::new(&format!("killed{}", signal.to_lowercase()));
        let silent = Faults { create_snapshot_hang: Some(true), ..Faults::default() };
        assert!(scene.namespace.set_faults(&silent));
        let snapshot = scene.snapshot.clone();
        let args = ["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes"];
        let running = Running::start(&scene.namespace, &args);
        until("the safety snapshot to be asked for", || scene.namespace.list("volumesnapshot").len() == 2);
        let listed = gemini(&scene.namespace, &["list", "--error-if", "Blocked", "-o", "json"]).exits(0);
        assert_eq!(listed.json()["items"][0]["status"], "Restoring");
        let run = running.signal(signal);
        if signal == "TERM" {
            run.fails_with(75, "Interrupted", &["--resume", "--abort"]);
        }
        scene.intact();
        // One that was killed holds its lock a little longer.
        until("the restore to be seen as stopped", || {
            gemini(&scene.namespace, &["list", "--error-if", "Blocked"]).code == 3
        });
        assert!(scene.namespace.set_faults(&Faults::default()));
        let id = scene.id();
        gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
        scene.intact();
        match ending {
            "--resume" => assert_eq!(scene.read(), super::OLD),
            _ => scene.as_before(),
        }
        assert_eq!(gemini(&scene.namespace, &["restore", ending, &id]).exits(0).code, 0);
    }
}

/// In direct mode the claim is gone when it turns out that there will be no new volume.
#[test]
fn a_claim_that_was_deleted_comes_back_with_its_old_volume() {
    if needs_sandbox("a_claim_that_was_deleted_comes_back_with_its_old_volume") {
        return;
    }
    for ending in ["--abort", "--resume"] {
        let scene = Scene::new(&format!("back{ending}"));
        let failure = Failure::always("Internal", "no room on the array");
        let broken = Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() };
        assert!(scene.namespace.set_faults(&broken));
        scene.times_out(8, &["--mode=direct"], &["PVC data to be bound", "or go back"]);
        scene.intact();
        assert_eq!(scene.namespace.get("persistentvolumeclaim", "data")["status"]["phase"], "Pending");
        let id = scene.id();
        if ending == "--abort" {
            gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
            scene.as_before();
            assert_eq!(scene.status()["state"], "RolledBack");
            assert!(scene.namespace.set_faults(&Faults::default()));
        } else {
            assert!(scene.namespace.set_faults(&Faults::default()));
            gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
            scene.intact();
            scene.settled();
            assert_eq!(scene.read(), super::OLD);
        }
    }
}

/// Killed where the claim is gone, and the journal deleted: what is written on the volumes is enough.
#[test]
fn a_restore_without_a_journal_is_taken_up_from_the_marks() {
    if needs_sandbox("a_restore_without_a_journal_is_taken_up_from_the_marks") {
        return;
    }
    for ending in ["--resume", "--abort"] {
        let scene = Scene::new(&format!("lost{ending}"));
        let failure = Failure::always("Internal", "no room on the array");
        let broken = Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() };
        assert!(scene.namespace.set_faults(&broken));
        scene.times_out(5, &["--mode=direct"], &["PVC data to be bound"]);
        let id = scene.id();
        scene.namespace.kubectl(&["delete", "configmap", &format!("gemini-restore-{id}")]);
        assert!(scene.namespace.set_faults(&Faults::default()));
        scene.intact();
        gemini(&scene.namespace, &["restore", ending, "nnnnn"]).fails_with(1, "RestoreNotFound", &["nnnnn"]);
        let run = gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
        run.says(&["was gone", "made again"]);
        scene.intact();
        scene.settled();
        assert_eq!(scene.read(), if ending == "--resume" { super::OLD } else { super::NEW });
        let claim = scene.namespace.get("persistentvolumeclaim", "data");
        assert_eq!(claim["metadata"]["labels"]["app"], "shop");
    }
}

/// The claim is made again and has no volume yet: for a pass that is no failure, and no reason to do anything.
#[test]
fn a_pass_leaves_a_claim_alone_that_is_being_restored() {
    if needs_sandbox("a_pass_leaves_a_claim_alone_that_is_being_restored") {
        return;
    }
    let scene = Scene::new("during");
    let failure = Failure::always("Internal", "no room on the array");
    let broken = Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() };
    assert!(scene.namespace.set_faults(&broken));
    let snapshot = scene.snapshot.clone();
    let args = ["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes", "--mode=direct"];
    let running = Running::start(&scene.namespace, &args);
    until("the claim to wait for its volume", || {
        let claim = scene.namespace.find("persistentvolumeclaim", "data");
        claim.is_some_and(|claim| claim["status"]["phase"] == "Pending")
    });
    let before = scene.namespace.list("volumesnapshot").len();
    let pass = gemini(&scene.namespace, &["run-once", "--deadline", "20s"]);
    assert_eq!(pass.code, 0, "{}", pass.stderr);
    pass.says(&["a restore works on the claim"]);
    assert_eq!(scene.namespace.list("volumesnapshot").len(), before);
    scene.namespace.clear_faults();
    running.wait().exits(0);
    scene.intact();
    assert_eq!(scene.read(), super::OLD);
    // Now it is due, and the claim is there.
    gemini(&scene.namespace, &["run-once", "--deadline", "60s"]).exits(0);
    assert_eq!(scene.namespace.list("volumesnapshot").len(), before + 1);
}
