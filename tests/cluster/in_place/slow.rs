//! Cases 25, 34, 35 and 36. Drivers that fail, are slow, or lose their own answers; classes that go; a server that makes another claim than
//! it was asked for; the pod that a class waits for, gone. Nothing is touched for a copy that does not come, and none is left over.

use std::collections::BTreeSet;
use std::fs;

use sandbox::testing::proxy::{Call, Verb};
use sandbox::testing::{Failure, Faults, Namespace};
use serde_json::{Value, json};

use super::application::scene as application;
use super::gap::Gap;
use super::kubelet::Cordon;
use super::{NEW, OLD, Scene, waiting};
use crate::restore::doubts::Dropping;
use crate::support::{Running, backup, gemini, group, needs_sandbox, until};

fn faults(namespace: &Namespace, faults: &Faults) {
    assert!(namespace.set_faults(faults));
}

/// Handles of the volumes that the driver has for a namespace, and of those that the cluster knows.
fn volumes(namespace: &Namespace) -> (BTreeSet<String>, BTreeSet<String>) {
    let disks = namespace.cluster().sandbox().unwrap().driver().join("volumes");
    let records = fs::read_dir(disks).unwrap().filter_map(|entry| {
        let path = entry.ok()?.path();
        let files = fs::read_dir(&path).ok()?.filter_map(|file| Some(file.ok()?.path()));
        let mut records = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        let record: Value = serde_json::from_slice(&fs::read(records.next()?).ok()?).ok()?;
        (record["namespace"] == namespace.name()).then(|| record["id"].as_str().map(str::to_owned))?
    });
    let of_cluster = namespace.list("persistentvolume").into_iter().filter_map(|volume| {
        let spec = &volume["spec"];
        let handle = spec["csi"]["volumeHandle"].as_str()?.to_owned();
        (spec["claimRef"]["namespace"] == namespace.name()).then_some(handle)
    });
    (records.collect(), of_cluster.collect())
}

/// Nothing lies in the driver that the cluster does not know, and there are so many.
fn no_orphans(namespace: &Namespace, count: usize) {
    until("the driver to have what the cluster knows", || {
        let (driver, cluster) = volumes(namespace);
        driver == cluster && driver.len() == count
    });
}

const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  \
                   template: {metadata: {labels: {app: shop}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}], \
                   volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}}\n";

/// Case 25. There is no end of trying in the driver, so that a person decides; the application is back at once.
#[test]
fn a_safety_snapshot_that_fails_is_told_and_nothing_is_deleted_for_it() {
    if needs_sandbox("a_safety_snapshot_that_fails_is_told_and_nothing_is_deleted_for_it") {
        return;
    }
    let (scene, _node) = application("unsafe", SET);
    scene.runs("statefulset", 1);
    let failure = Failure::always("Internal", "no room for snapshots");
    faults(&scene.namespace, &Faults { create_snapshot: Some(failure), ..Faults::default() });
    scene.times_out(4, &[], &["to be ready", "no room for snapshots", "--resume", "--abort"]);
    let claim = scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(claim["metadata"]["uid"], scene.claim["metadata"]["uid"]);
    assert!(claim["metadata"]["deletionTimestamp"].is_null());
    assert_eq!(scene.setting("statefulset", "/spec/replicas"), 0);
    gemini(&scene.namespace, &["restore", "--abort", &scene.id()]).exits(0);
    assert_eq!(scene.setting("statefulset", "/spec/replicas"), 1);
    scene.as_before();
    scene.runs("statefulset", 1);
    scene.namespace.clear_faults();
}

/// Case 25. What fails and then does not is no failure.
#[test]
fn a_safety_snapshot_that_becomes_ready_after_all_will_do() {
    if needs_sandbox("a_safety_snapshot_that_becomes_ready_after_all_will_do") {
        return;
    }
    let scene = Scene::new("afterall");
    let failure = Failure::times("Internal", "the array is busy", 2);
    faults(&scene.namespace, &Faults { create_snapshot: Some(failure), ..Faults::default() });
    scene.restore(&[]).exits(0);
    scene.intact();
    scene.settled();
    assert_eq!(scene.read(), OLD);
    let safety = scene.status()["safetySnapshots"][0].as_str().unwrap().to_owned();
    assert_eq!(scene.namespace.get("volumesnapshot", &safety)["status"]["readyToUse"], true);
}

/// Case 35. What the driver says is told; what it made when it was asked once more is the one that is used.
#[test]
fn a_driver_that_does_not_make_the_copy_or_makes_it_late_leaves_none_over() {
    if needs_sandbox("a_driver_that_does_not_make_the_copy_or_makes_it_late_leaves_none_over") {
        return;
    }
    let scene = Scene::new("copies");
    for (code, words) in [("InvalidArgument", "no such pool"), ("ResourceExhausted", "the pool is full")] {
        let failure = Failure::always(code, words);
        faults(&scene.namespace, &Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() });
        scene.times_out(3, &[], &["to be bound", words, "--abort"]);
        scene.intact();
        gemini(&scene.namespace, &["restore", "--abort", &scene.open().unwrap()]).exits(0);
        scene.as_before();
        no_orphans(&scene.namespace, 1);
    }
    let failure = Failure::times("ResourceExhausted", "the pool is full", 3);
    faults(&scene.namespace, &Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() });
    scene.restore(&[]).exits(0);
    assert_eq!(scene.read(), OLD);
    no_orphans(&scene.namespace, 2);
}

/// Case 35. Whoever asked has given up by the time that the volume is made.
#[test]
fn a_copy_whose_answer_is_lost_is_bound_once_or_goes_with_the_restore() {
    if needs_sandbox("a_copy_whose_answer_is_lost_is_bound_once_or_goes_with_the_restore") {
        return;
    }
    let given_up = Scene::new("givenup");
    let late = Faults { create_volume_from_snapshot_delay: Some("8s".into()), ..Faults::default() };
    faults(&given_up.namespace, &late);
    given_up.times_out(1, &[], &["to be bound"]);
    gemini(&given_up.namespace, &["restore", "--abort", &given_up.id(), "--timeout", "60s"]).exits(0);
    given_up.as_before();
    no_orphans(&given_up.namespace, 1);

    let scene = Scene::new("lostcopy");
    // A little longer than the provisioner waits.
    let late = Faults { create_volume_from_snapshot_delay: Some("10500ms".into()), ..Faults::default() };
    faults(&scene.namespace, &late);
    scene.restore(&[]).exits(0);
    scene.intact();
    assert_eq!(scene.read(), OLD);
    no_orphans(&scene.namespace, 2);
}

/// Case 34. It is found out by asking, and again when it happens later.
#[test]
fn a_claim_that_the_server_would_make_empty_is_refused_and_never_gets_the_name() {
    if needs_sandbox("a_claim_that_the_server_would_make_empty_is_refused_and_never_gets_the_name") {
        return;
    }
    let scene = Scene::new("stripped");
    let policy = Dropping::new(&scene.namespace);
    for flags in [&["--dry-run=server"][..], &[], &["--mode=direct"]] {
        scene.restore(flags).fails_with(1, "RequestAltered", &["data source is dropped"]);
        gemini(&scene.namespace, &["status"]).exits(0).says(&["No restores found"]);
    }
    scene.as_before();
    // And where the policy comes after the plan.
    drop(policy);
    for mode in ["staged", "direct"] {
        let gap = Gap::new("stripped");
        let mut policy = None;
        let begins = |call: &Call| call.verb == Verb::Create && call.target.resource == "configmaps";
        let run = gap.meet(&["--mode", mode], begins, |_| policy = Some(Dropping::new(&gap.scene.namespace)));
        run.fails_with(5, "RolledBack", &["data source"]);
        drop(policy);
        gap.scene.as_before();
        // What had the claim's own name may have been written to by whoever saw it, and is kept.
        no_orphans(&gap.scene.namespace, if mode == "staged" { 1 } else { 2 });
    }
}

/// Case 34. A driver whose copies are larger than what they are copies of.
#[test]
fn a_snapshot_that_needs_more_room_than_the_claim_asked_for_gets_it() {
    if needs_sandbox("a_snapshot_that_needs_more_room_than_the_claim_asked_for_gets_it") {
        return;
    }
    let scene = Scene::new("larger");
    let larger = Faults { restore_size_extra_bytes: Some(16 << 20), ..Faults::default() };
    faults(&scene.namespace, &larger);
    let snapshot = backup(&scene.namespace, "db");
    scene.namespace.clear_faults();
    gemini(&scene.namespace, &["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes"]).exits(0);
    let claim = scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(claim["status"]["capacity"]["storage"], "32Mi", "{claim:#}");
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0);
    scene.as_before();
}

/// Case 34. Nothing comes of a claim whose class is gone.
#[test]
fn a_class_that_goes_after_the_plan_is_told() {
    if needs_sandbox("a_class_that_goes_after_the_plan_is_told") {
        return;
    }
    let namespace = crate::support::namespace("classless");
    let class = crate::support::own_class(&namespace);
    namespace.apply(&format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         storageClassName: {class}\n  resources: {{requests: {{storage: 16Mi}}}}\n"
    ));
    namespace.wait_bound("data");
    namespace.apply(&group("db", "data"));
    let gap = Gap::of(Scene::of(namespace));
    let begins = |call: &Call| call.verb == Verb::Create && call.target.resource == "configmaps";
    gap.meet(&["--timeout", "3s"], begins, |_| {
        gap.scene.namespace.kubectl(&["delete", "storageclass", &class]);
    });
    gap.scene.times_out(3, &[], &["to be bound", &class, "not found", "--abort"]);
    gap.scene.intact();
    gemini(&gap.scene.namespace, &["restore", "--abort", &gap.scene.id()]).exits(0);
    gap.scene.as_before();
}

/// Case 36. The pod is only there for the class; whoever kills it makes another one necessary.
#[test]
fn a_probe_that_is_killed_or_thrown_off_its_node_is_made_again() {
    if needs_sandbox("a_probe_that_is_killed_or_thrown_off_its_node_is_made_again") {
        return;
    }
    let (scene, _node) = waiting::scene("killed");
    let cordon = Cordon::new(&scene.namespace);
    let snapshot = scene.snapshot.clone();
    let restore = ["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes"];
    let running = Running::start(&scene.namespace, &restore);
    let probe = || scene.namespace.list("pod").into_iter().next();
    let mut seen = BTreeSet::new();
    for end in ["deleted", "failed"] {
        let mut pod = Value::Null;
        until("another probe", || {
            pod = probe().unwrap_or_default();
            pod["metadata"]["uid"].as_str().is_some_and(|uid| seen.insert(uid.to_owned()))
        });
        let name = pod["metadata"]["name"].as_str().unwrap();
        match end {
            "deleted" => scene.namespace.kubectl(&["delete", "pod", name, "--grace-period=0", "--force"]),
            _ => {
                let evicted = json!({"status": {"phase": "Failed", "reason": "Evicted"}}).to_string();
                scene.namespace.kubectl(&["patch", "pod", name, "--subresource=status", "-p", &evicted])
            }
        };
    }
    until("a third probe", || {
        probe().is_some_and(|pod| {
            pod["status"]["phase"] == "Pending" && !seen.contains(pod["metadata"]["uid"].as_str().unwrap())
        })
    });
    drop(cordon);
    running.wait().exits(0);
    scene.intact();
    scene.settled();
    assert_eq!(scene.read(), OLD);
    assert!(scene.namespace.list("pod").is_empty());
}

/// Case 36. A volume that only one node can reach wants its copy there; if that node is not to be had, it says so.
#[test]
fn a_copy_that_no_node_may_have_is_told_and_given_up() {
    if needs_sandbox("a_copy_that_no_node_may_have_is_told_and_given_up") {
        return;
    }
    let (scene, _node) = waiting::scene("elsewhere");
    let elsewhere = json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["elsewhere"]}]}]}}}});
    scene.namespace.kubectl(&["patch", "pv", scene.old_volume(), "-p", &elsewhere.to_string()]);
    scene.times_out(4, &[], &["gets no node", "--abort"]);
    assert_eq!(scene.read(), NEW);
    gemini(&scene.namespace, &["restore", "--abort", &scene.id()]).exits(0);
    scene.as_before();
    assert!(scene.namespace.list("pod").is_empty());
}
