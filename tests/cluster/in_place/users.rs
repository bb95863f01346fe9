//! What uses a claim in less usual ways: a pod that owns it, a node that has not let go of it, a kind of somebody's own that is scaled.
//! Cases 27, 28 and 32.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandbox::testing::{Cluster, Namespace};
use serde_json::{Value, json};

use super::kubelet::{NODE, Node};
use super::{NEW, OLD, Scene};
use crate::support::{backup, gemini, group, needs_sandbox, protected, until};

/// Case 27 and, for whoever owns the claim is the same to it, the variant of case 32.
#[test]
fn a_claim_that_goes_with_its_pod_is_only_restored_beside_it() {
    if needs_sandbox("a_claim_that_goes_with_its_pod_is_only_restored_beside_it") {
        return;
    }
    let namespace = protected("ephemeral");
    namespace.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec:\n  containers: [{name: c, image: none}]\n  volumes:\n  \
         - name: scratch\n    ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 16Mi}}}}}\n",
    );
    namespace.wait_bound("worker-scratch");
    namespace.apply(&group("scratch", "worker-scratch"));
    fs::write(namespace.volume("worker-scratch").unwrap().join("file"), OLD).unwrap();
    let snapshot = backup(&namespace, "scratch");
    let claim = namespace.get("persistentvolumeclaim", "worker-scratch");
    for flags in [&[][..], &["--delete-pods"], &["--scale=manual"]] {
        let args = ["restore", "scratch", "--snapshot", &snapshot, "--in-place", "--yes"];
        let run = gemini(&namespace, &[&args[..], flags].concat());
        run.fails_with(1, "ClaimsAtRisk", &["belongs to pod worker", "--to-pvc"]);
    }
    let after = namespace.get("persistentvolumeclaim", "worker-scratch");
    assert_eq!((&after["metadata"]["uid"], &after["spec"]), (&claim["metadata"]["uid"], &claim["spec"]));
    assert!(after["metadata"]["deletionTimestamp"].is_null());
    assert!(namespace.find("pod", "worker").is_some());
    gemini(&namespace, &["restore", "scratch", "--snapshot", &snapshot, "--to-pvc", "copy"]).exits(0);
    assert!(namespace.get("persistentvolumeclaim", "copy")["metadata"]["ownerReferences"].is_null());
    assert_eq!(fs::read_to_string(namespace.volume("copy").unwrap().join("file")).unwrap(), OLD);
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec:\n  terminationGracePeriodSeconds: 1\n  \
                   containers: [{name: c, image: none}]\n  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n";

/// With the last pod the claim would go, and with the claim the volume: nobody is told to stop the pod before that is kept.
#[test]
fn a_claim_that_somebody_deleted_has_its_volume_kept_before_anything_is_stopped() {
    if needs_sandbox("a_claim_that_somebody_deleted_has_its_volume_kept_before_anything_is_stopped") {
        return;
    }
    let namespace = protected("going");
    let _node = Node::new(&namespace);
    namespace.apply(POD);
    let used = |namespace: &Namespace| {
        until("the pod to have a node", || namespace.get("pod", "worker")["spec"]["nodeName"] == NODE);
    };
    used(&namespace);
    let scene = Scene::of(namespace);
    let keep = |volume: &str| format!("kubectl patch pv {volume} -p");
    let delete = || scene.namespace.kubectl(&["delete", "pvc", "data", "--wait=false"]);
    let pod_goes = || {
        scene.namespace.kubectl(&["delete", "pod", "worker"]);
        until("the claim to be gone", || scene.namespace.find("persistentvolumeclaim", "data").is_none());
    };
    let retain = |volume: &str| {
        let patch = r#"{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}"#;
        scene.namespace.kubectl(&["patch", "pv", volume, "-p", patch]);
    };

    // Nothing uses it: it is restored, and then deleted while somebody does.
    scene.namespace.kubectl(&["delete", "pod", "worker"]);
    scene.restore(&[]).exits(0);
    let id = scene.id();
    let new = scene.status()["newVolume"].as_str().unwrap().to_owned();
    let written = scene.namespace.volume("data").unwrap().join("file");
    fs::write(&written, "written after the restore").unwrap();
    scene.namespace.apply(POD);
    used(&scene.namespace);
    delete();
    for args in [
        &["undo", &id, "--yes"][..],
        &["restore", "db", "--snapshot", &scene.snapshot, "--in-place", "--yes"],
        &["restore", "db", "--snapshot", &scene.snapshot, "--in-place", "--yes", "--scale=never"],
    ] {
        let run = gemini(&scene.namespace, args).fails_with(1, "ClaimTerminating", &[&keep(&new)]);
        assert!(!run.stderr.contains("kubectl delete pod"), "{}", run.stderr);
    }
    retain(&new);
    gemini(&scene.namespace, &["undo", &id, "--yes"]).fails_with(
        1,
        "ClaimInUse",
        &["kubectl delete pod worker"],
    );
    pod_goes();
    let run = gemini(&scene.namespace, &["undo", &id, "--yes"]).exits(0);
    assert!(run.stderr.contains(&format!("{new} is kept")), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&written).unwrap(), "written after the restore");
    assert_eq!(scene.read(), NEW);
    scene.intact();
}

/// Case 28. What a node still has in its memory is written when it lets go; until then nothing is copied.
#[test]
fn what_a_node_writes_late_is_in_the_safety_snapshot() {
    if needs_sandbox("what_a_node_writes_late_is_in_the_safety_snapshot") {
        return;
    }
    const LATE: &str = "written when the node let go of it";
    for ending in ["--resume", "--abort"] {
        let scene = Scene::new(&format!("late{ending}"));
        let name = format!("late-{}", scene.namespace.name());
        let attachment = json!({"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": name},
            "spec": {"attacher": "csi.sandbox.test", "nodeName": "elsewhere", "source": {"persistentVolumeName": scene.old_volume()}}});
        scene.namespace.apply(&attachment.to_string());
        scene.times_out(4, &[], &["to be free", "attached to node elsewhere", "--abort"]);
        let status = scene.status();
        assert_eq!(status["safetySnapshots"], json!([]), "{status:#}");
        let id = scene.id();
        if ending == "--abort" {
            gemini(&scene.namespace, &["restore", "--abort", &id]).exits(0);
            scene.as_before();
            scene.namespace.kubectl(&["delete", "volumeattachment", &name]);
            continue;
        }
        fs::write(scene.volume.join("last"), LATE).unwrap();
        scene.namespace.kubectl(&["delete", "volumeattachment", &name]);
        gemini(&scene.namespace, &["restore", "--resume", &id]).exits(0);
        scene.intact();
        assert_eq!(scene.read(), OLD);
        let safety = scene.status()["safetySnapshots"][0].as_str().unwrap().to_owned();
        gemini(&scene.namespace, &["restore", "db", "--snapshot", &safety, "--to-pvc", "copy"]).exits(0);
        let copy = scene.namespace.volume("copy").unwrap();
        assert_eq!(fs::read_to_string(copy.join("last")).unwrap(), LATE);
        assert_eq!(fs::read_to_string(copy.join("file")).unwrap(), NEW);
    }
}

const KIND: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: shops.own.example.com}\nspec:\n  \
                    group: own.example.com\n  scope: Namespaced\n  names: {kind: Shop, listKind: ShopList, plural: shops, singular: shop}\n  versions:\n  \
                    - name: v1\n    served: true\n    storage: true\n    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}\n    \
                    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}, \
                    status: {type: object, properties: {size: {type: integer}}}}}}\n";

/// The controller of that kind, for the one object of a namespace.
struct Controller {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Controller {
    fn new(namespace: &Namespace) -> Self {
        let (is_over, name) = (Arc::new(AtomicBool::new(false)), namespace.name().to_owned());
        let over = is_over.clone();
        let thread = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                reconcile(&name);
                thread::sleep(Duration::from_millis(500));
            }
        });
        Self { is_over, thread: Some(thread) }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn reconcile(namespace: &str) {
    let cluster = Cluster::shared();
    let kubectl = |args: &[&str], input: &str| cluster.kubectl([&["-n", namespace], args].concat(), input);
    let Ok(output) = kubectl(&["get", "shops", "shop", "-o", "json"], "") else { return };
    let shop: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let size = shop["spec"]["size"].clone();
    if size == shop["status"]["size"] {
        return;
    }
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop-pod", "ownerReferences": [
            {"apiVersion": "own.example.com/v1", "kind": "Shop", "name": "shop", "uid": shop["metadata"]["uid"], "controller": true}]},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": "none"}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}});
    let done = match size == 0 {
        true => kubectl(&["delete", "pod", "shop-pod", "--ignore-not-found", "--wait=false"], ""),
        false => kubectl(&["create", "-f", "-"], &pod.to_string()),
    };
    // The pod of before may still be going.
    if done.is_ok_and(|output| output.status.success()) {
        let is = json!({"status": {"size": size}}).to_string();
        let _ = kubectl(&["patch", "shops", "shop", "--type=merge", "--subresource=status", "-p", &is], "");
    }
}

/// Whatever has the subresource `scale` is stopped and started by it, and by nothing else.
#[test]
fn a_kind_of_somebodys_own_is_scaled_and_put_back() {
    if needs_sandbox("a_kind_of_somebodys_own_is_scaled_and_put_back") {
        return;
    }
    let namespace = protected("ownkind");
    let _node = Node::new(&namespace);
    namespace.apply(KIND);
    namespace.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "crd/shops.own.example.com"]);
    let shop = "apiVersion: own.example.com/v1\nkind: Shop\nmetadata: {name: shop}\nspec: {size: 1}\n";
    namespace.wait("the new kind to be served", || {
        let args = ["-n", namespace.name(), "apply", "-f", "-"];
        Cluster::shared().kubectl(args, shop).ok().filter(|output| output.status.success())
    });
    let _controller = Controller::new(&namespace);
    let runs = |namespace: &Namespace| {
        until("the pod to run", || {
            let pod = namespace.find("pod", "shop-pod").unwrap_or_default();
            pod["status"]["phase"] == "Running" && pod["spec"]["nodeName"] == NODE
        });
    };
    runs(&namespace);
    let scene = Scene::of(namespace);
    // What controllers of such kinds do to claims that belong to them is not known; one deletes those of each pod that it stops.
    let own = |owner: Value| {
        let patch = json!({"metadata": {"ownerReferences": owner}}).to_string();
        scene.namespace.kubectl(&["patch", "pvc", "data", "--type=merge", "-p", &patch]);
    };
    let uid = scene.namespace.get("shops", "shop")["metadata"]["uid"].clone();
    own(json!([{"apiVersion": "own.example.com/v1", "kind": "Shop", "name": "shop", "uid": uid}]));
    scene.restore(&[]).fails_with(1, "ClaimsAtRisk", &["Shop/shop", "data", "--to-pvc"]);
    own(Value::Null);
    let run = scene.restore(&[]).exits(0).says(&["Shop/shop", "1 -> 0 replicas"]);
    assert_eq!(run.stdout, "persistentvolumeclaim/data restored\n");
    runs(&scene.namespace);
    scene.intact();
    scene.settled();
    assert_eq!((scene.read().as_str(), scene.setting("shops", "/spec/size")), (OLD, 1.into()));
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0);
    runs(&scene.namespace);
    scene.as_before();
    assert_eq!(scene.setting("shops", "/spec/size"), 1);
}
