//! A node without a machine, and the part of its kubelet that a restore waits for: pods run, and let go when they are deleted.
//! It serves one namespace; the scheduler wants no more than a Node that says it is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandbox::testing::{Cluster, Namespace};
use serde_json::{Value, json};

pub const NODE: &str = "bare";

/// The node.
pub struct Node {
    is_over: Arc<AtomicBool>,
    /// Pods that some controller made become ready.
    pub runs_pods: Arc<AtomicBool>,
    kubelet: Option<JoinHandle<()>>,
}

impl Node {
    pub fn new(of: &Namespace) -> Self {
        of.apply(&format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {NODE}}}\n"));
        let ready = json!({"status": {
            "conditions": [{"type": "Ready", "status": "True", "reason": "Bare", "message": "", "lastTransitionTime": null}],
            "capacity": {"cpu": "4", "memory": "4Gi", "pods": "100"},
            "allocatable": {"cpu": "4", "memory": "4Gi", "pods": "100"},
        }});
        let patch = ready.to_string();
        of.kubectl(&["patch", "node", NODE, "--subresource=status", "--type=merge", "-p", &patch]);
        let (is_over, runs_pods) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        let (over, runs, name) = (is_over.clone(), runs_pods.clone(), of.name().to_owned());
        let kubelet = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                see_to_pods(&name, runs.load(Ordering::Relaxed));
                thread::sleep(Duration::from_millis(200));
            }
        });
        Self { is_over, runs_pods, kubelet: Some(kubelet) }
    }
}

/// The node takes no new pods, until this is dropped: a test that fails must not keep it from the others.
pub struct Cordon<'a>(&'a Namespace);

impl<'a> Cordon<'a> {
    pub fn new(namespace: &'a Namespace) -> Self {
        namespace.kubectl(&["cordon", NODE]);
        Self(namespace)
    }
}

impl Drop for Cordon<'_> {
    fn drop(&mut self) {
        let _ = self.0.cluster().kubectl(["uncordon", NODE], "");
    }
}

fn see_to_pods(namespace: &str, runs_pods: bool) {
    let cluster = Cluster::shared();
    let Ok(output) = cluster.kubectl(["get", "pods", "-n", namespace, "-o", "json"], "") else { return };
    let pods: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    for pod in pods["items"].as_array().into_iter().flatten() {
        let (metadata, status) = (&pod["metadata"], &pod["status"]);
        let name = metadata["name"].as_str().unwrap_or_default();
        if metadata["deletionTimestamp"].is_string() {
            // By UID: somebody may have made one of the same name since.
            let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
            let options = json!({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
                "preconditions": {"uid": metadata["uid"]}});
            let _ = cluster.kubectl(["delete", "--raw", &path, "-f", "-"], &options.to_string());
        } else if runs_pods && metadata["ownerReferences"].is_array() && status["phase"] == "Pending" {
            let ready = json!({"status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}]}});
            let args =
                ["patch", "pod", "-n", namespace, name, "--subresource=status", "-p", &ready.to_string()];
            let _ = cluster.kubectl(args, "");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.kubelet.take().map(JoinHandle::join);
    }
}
