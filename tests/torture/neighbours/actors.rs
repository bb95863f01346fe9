//! What others do to a claim that is being restored. They are processes of their own, and clients that know nothing of a proxy.
//! None of them is to be stopped from doing what its rights allow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sandbox::testing::{Cluster, Requests};
use serde_json::json;

/// A mark of the claims that [`Maker`] makes, which nobody else writes.
pub const MADE: &str = "neighbour.test/made";

/// Somebody who makes a claim whenever there is none of that name: a StatefulSet that is not stopped, a person in a hurry.
pub struct Maker {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Maker {
    /// `claims` is the path of all claims of the namespace; one that `waits` for a pod stays empty.
    pub fn start(claims: String, name: String, waits: bool, most: u32) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let thread = thread::spawn(move || {
            let requests = Requests::of_cluster(Cluster::shared()).unwrap();
            let mut made = 0;
            while made < most && !over.load(Ordering::Relaxed) {
                let found = requests.get(&format!("{claims}/{name}"));
                if found.is_err_and(|error| error.to_string().contains("404")) {
                    made += u32::from(requests.create(&claims, &claim(&name, waits)).is_ok());
                }
                thread::sleep(Duration::from_millis(5));
            }
        });
        Self { is_over, thread: Some(thread) }
    }

    /// Stops it.
    pub fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// As the claim of a play is; of the class that waits, where it is to stay empty.
fn claim(name: &str, waits: bool) -> serde_json::Value {
    let mut claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": {"app": name}, "annotations": {"example.com/owner": "shop", MADE: "yes"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    });
    if waits {
        claim["spec"]["storageClassName"] = "wait".into();
    }
    claim
}
