//! A node without a machine, and the part of its kubelet that a restore waits for: pods run, and let go when they are deleted.
//! It serves one scene. The controllers that make pods and take them away are the real ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandbox::testing::{Cluster, Requests};
use serde_json::json;

const NODES: &str = "/api/v1/nodes";
const NODE: &str = "bare";
const LOOK: Duration = Duration::from_millis(200);

/// Sees to the pods of one collection until it is dropped.
pub struct Kubelet {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Kubelet {
    pub fn new(pods: String) -> Self {
        let requests = Requests::of_cluster(Cluster::shared()).unwrap();
        // Another scene may have made it.
        let _ =
            requests.create(NODES, &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}));
        let room = json!({"cpu": "64", "memory": "64Gi", "pods": "1000"});
        let ready = json!({"status": {
            "conditions": [{"type": "Ready", "status": "True", "reason": "Bare", "message": "", "lastTransitionTime": null}],
            "capacity": room, "allocatable": room,
        }});
        requests.patch(&format!("{NODES}/{NODE}/status"), &ready).unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let thread = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                see_to(&requests, &pods);
                thread::sleep(LOOK);
            }
        });
        Self { is_over, thread: Some(thread) }
    }
}

/// Whatever is refused is tried again at the next look.
fn see_to(requests: &Requests, pods: &str) {
    let Ok(all) = requests.get(pods) else { return };
    for pod in all["items"].as_array().into_iter().flatten() {
        let (metadata, status) = (&pod["metadata"], &pod["status"]);
        let path = format!("{pods}/{}", metadata["name"].as_str().unwrap_or_default());
        if metadata["deletionTimestamp"].is_string() {
            // By UID: a StatefulSet may have made one of the same name since.
            let _ = requests.delete_as(
                &path,
                &json!({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
                    "preconditions": {"uid": metadata["uid"]}}),
            );
        } else if pod["spec"]["nodeName"].is_string() && status["phase"] == "Pending" {
            let running = json!({"status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}]}});
            let _ = requests.patch(&format!("{path}/status"), &running);
        }
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
