//! A StatefulSet and a Deployment whose pods say what data they run on: broken, restored, and changed back, by our commands alone.

use std::fs;
use std::time::Instant;

use crate::support::{Node, until};

const IMAGE: &str = "localhost/busybox:dev";
/// At its start it says what it found; then it counts.
const RUN: &str = "test -f /data/state || echo good > /data/state; echo runs on $(cat /data/state); \
                   while sleep 0.2; do date +%s%N > /data/beat; done";

fn pod(claim: &str) -> String {
    let volumes = if claim.is_empty() {
        String::new()
    } else {
        format!("\n      volumes: [{{name: data, persistentVolumeClaim: {{claimName: {claim}}}}}]")
    };
    format!(
        "    metadata: {{labels: {{app: shop}}}}\n    spec:\n      terminationGracePeriodSeconds: 1\n      \
         containers:\n      - name: main\n        image: {IMAGE}\n        command: [sh, -c, \"{RUN}\"]\n        \
         volumeMounts: [{{name: data, mountPath: /data}}]{volumes}\n"
    )
}

fn group(name: &str, claim: &str) -> String {
    format!(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: {name}}}\nspec:\n  \
         persistentVolumeClaim: {{claimName: {claim}}}\n  schedule: [{{every: day, keep: 1}}]\n---\n"
    )
}

#[test]
fn pods_run_on_the_old_data_and_after_an_undo_on_the_new_data_again() {
    let Some(node) = Node::start("pods_run") else { return };
    // The claims of the set are of a class that makes volumes only for pods; that of the deployment is not.
    let set = format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: shop}}\nspec:\n  replicas: 3\n  podManagementPolicy: Parallel\n  \
         selector: {{matchLabels: {{app: shop}}}}\n  template:\n{}  volumeClaimTemplates:\n  - metadata: {{name: data}}\n    \
         spec: {{accessModes: [ReadWriteOnce], storageClassName: wait, resources: {{requests: {{storage: 10Mi}}}}}}\n---\n",
        pod("")
    );
    let files = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: files}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}\n---\n";
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: files}}\nspec:\n  replicas: 1\n  strategy: {{type: Recreate}}\n  \
         selector: {{matchLabels: {{app: shop, part: files}}}}\n  template:\n{}---\n",
        pod("files").replace("{app: shop}", "{app: shop, part: files}")
    );
    node.kubectl(
        &["apply", "-f", "-"],
        &[&set, files, &deployment, &group("db", "data-shop-1"), &group("files", "files")].concat(),
    );
    node.kubectl(&["rollout", "status", "statefulset/shop", "--timeout=120s"], "");
    node.kubectl(&["rollout", "status", "deployment/files", "--timeout=120s"], "");
    for (group, claim, workload, replicas) in
        [("db", "data-shop-1", "statefulset/shop", "3"), ("files", "files", "deployment/files", "1")]
    {
        let selector = if group == "db" { "statefulset.kubernetes.io/pod-name=shop-1" } else { "part=files" };
        let says = |state: &str| {
            until(&format!("a pod of {workload} to say that it runs on {state}"), || {
                node.kubectl(&["logs", "-l", selector, "--tail=-1"], "").contains(&format!("runs on {state}"))
            });
        };
        says("good");
        node.gemini(&["backup", group]);
        fs::write(node.volume(claim).join("state"), "broken\n").unwrap();
        let began = Instant::now();
        let (_, told) = node.gemini(&["restore", group, "--latest", "--in-place", "--yes"]);
        println!("{workload}: {:?}\n{told}", began.elapsed());
        assert!(told.contains(&format!("{replicas} -> 0 replicas, later 0 -> {replicas}")), "{told}");
        let ready = ["get", workload, "-o", "jsonpath={.status.readyReplicas}"];
        assert_eq!(node.kubectl(&ready, ""), replicas);
        says("good");
        assert_eq!(fs::read_to_string(node.volume(claim).join("state")).unwrap(), "good\n");
        let beat = || fs::read_to_string(node.volume(claim).join("beat")).unwrap_or_default();
        let before = beat();
        until("the pod to write on", || beat() != before);

        let all: serde_json::Value = serde_json::from_str(&node.gemini(&["status", "-o", "json"]).0).unwrap();
        let its = all["items"].as_array().unwrap().iter().find(|item| item["pvc"] == claim).unwrap();
        let id = its["restore"].as_str().unwrap().to_owned();
        node.gemini(&["undo", &id, "--yes"]);
        node.kubectl(&["rollout", "status", workload, "--timeout=120s"], "");
        says("broken");
        assert_eq!(fs::read_to_string(node.volume(claim).join("state")).unwrap(), "broken\n");
    }
}
