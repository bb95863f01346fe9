//! Classes that make a volume only for a pod: the restore brings a pod of its own, and takes it away again.
//! That a pod is scheduled is enough.

use serde_json::json;

use super::Scene;
use super::kubelet::{Cordon, Node};
use crate::support::{Running, group, namespace, needs_sandbox, until};

/// A claim of class `wait`, which a pod has used once.
pub fn scene(slug: &str) -> (Scene, Node) {
    let namespace = namespace(slug);
    let node = Node::new(&namespace);
    namespace.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         storageClassName: wait\n  resources: {requests: {storage: 16Mi}}\n",
    );
    namespace.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: first}\nspec:\n  containers: [{name: c, image: none}]\n  \
         volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n",
    );
    namespace.wait_bound("data");
    namespace.kubectl(&["delete", "pod", "first", "--wait=false"]);
    until("the first pod to be gone", || namespace.find("pod", "first").is_none());
    namespace.apply(&group("db", "data"));
    (Scene::of(namespace), node)
}

#[test]
fn a_class_that_waits_for_a_pod_gets_one() {
    if needs_sandbox("a_class_that_waits_for_a_pod_gets_one") {
        return;
    }
    let (scene, _node) = scene("probe");
    scene.restore(&["--mode=direct"]).fails_with(1, "StorageClassUnfit", &["leave out --mode"]);
    scene.restore(&[]).exits(0);
    scene.intact();
    scene.settled();
    assert_eq!(scene.read(), super::OLD);
    assert!(scene.namespace.list("pod").is_empty());
    let id = scene.id();
    crate::support::gemini(&scene.namespace, &["undo", &id, "--yes"]).exits(0);
    scene.as_before();
}

/// What a namespace does not admit is found out before anything is done; what the scheduler does not place is said.
#[test]
fn a_pod_that_is_not_admitted_or_placed_is_told() {
    if needs_sandbox("a_pod_that_is_not_admitted_or_placed_is_told") {
        return;
    }
    let (scene, _node) = scene("noprobe");
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none}\nspec: {hard: {pods: \"0\"}}\n";
    scene.namespace.apply(quota);
    until("the quota to be counted", || {
        scene.namespace.get("resourcequota", "none")["status"]["hard"]["pods"] == "0"
    });
    scene.restore(&[]).fails_with(1, "QuotaExceeded", &["exceeded quota: none"]);
    scene.as_before();
    scene.namespace.kubectl(&["delete", "resourcequota", "none"]);
    let cordon = Cordon::new(&scene.namespace);
    scene.times_out(6, &[], &["gets no node", "unschedulable", "--abort"]);
    drop(cordon);
    scene.intact();
    let id = scene.id();
    crate::support::gemini(&scene.namespace, &["restore", "--abort", &id]).exits(0);
    scene.as_before();
    assert!(scene.namespace.list("pod").is_empty());
}

/// What a kubelet says of a pod's only container.
pub fn ends(scene: &Scene, pod: &str, code: u8, message: &str) {
    let phase = if code == 0 { "Succeeded" } else { "Failed" };
    let terminated = json!({"exitCode": code, "message": message});
    let status = json!({"status": {"phase": phase, "containerStatuses": [{
        "name": "probe", "image": "shop", "imageID": "", "ready": false, "restartCount": 0, "state": {"terminated": terminated},
    }]}});
    scene.namespace.kubectl(&[
        "patch",
        "pod",
        pod,
        "--subresource=status",
        "--type=merge",
        "-p",
        &status.to_string(),
    ]);
}

/// A pod of the user's looks at the new volume before the claim is touched; a kubelet's part is played here.
#[test]
fn a_check_of_the_restored_data_decides_whether_it_goes_on() {
    if needs_sandbox("a_check_of_the_restored_data_decides_whether_it_goes_on") {
        return;
    }
    let scene = Scene::new("check");
    let _node = Node::new(&scene.namespace);
    let snapshot = scene.snapshot.clone();
    let check = ["--verify-image=shop:1", "--verify-command=test -s /restored/file"];
    let args = [&["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes"][..], &check].concat();
    scene.restore(&["--mode=direct", check[0]]).fails_with(2, "FlagsUnfit", &["--verify-image"]);
    for code in [3, 0] {
        let running = Running::start(&scene.namespace, &args);
        until("the pod that checks", || !scene.namespace.list("pod").is_empty());
        let pod = scene.namespace.list("pod")[0].clone();
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["command"], json!(["sh", "-c", "test -s /restored/file"]));
        assert_eq!(
            container["volumeMounts"][0],
            json!({"name": "restored", "mountPath": "/restored", "readOnly": true})
        );
        scene.intact();
        assert_eq!(scene.read(), super::NEW);
        ends(&scene, pod["metadata"]["name"].as_str().unwrap(), code, "the file is empty");
        let run = running.wait();
        if code == 0 {
            run.exits(0).says(&["check the restored data"]);
            scene.intact();
            assert_eq!(scene.read(), super::OLD);
        } else {
            run.fails_with(5, "RolledBack", &["shop:1", "exit code 3: the file is empty"]);
            scene.as_before();
        }
        assert!(scene.namespace.list("pod").is_empty());
    }
}
