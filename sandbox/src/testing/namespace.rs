//! One test's namespace: its objects, its volumes' bytes, its faults. It cleans up, and tells what happened on failure.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Cluster, Faults, evidence, volume_path};

/// As long as any step of a test takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

/// A namespace that belongs to one test. Its methods panic: they are steps of a test.
#[derive(Debug)]
pub struct Namespace {
    cluster: &'static Cluster,
    name: String,
}

#[expect(clippy::panic, reason = "these are steps of tests")]
impl Namespace {
    pub(super) fn create(cluster: &'static Cluster, slug: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{slug}-{:x}-{count}", std::process::id());
        let namespace = Self { cluster, name };
        namespace.cluster_kubectl(&["create", "namespace", &namespace.name], "");
        namespace.wait("the namespace's ServiceAccount", || namespace.find("serviceaccount", "default"));
        namespace
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cluster it is in.
    pub fn cluster(&self) -> &'static Cluster {
        self.cluster
    }

    /// Runs kubectl in this namespace and returns its standard output.
    pub fn kubectl(&self, args: &[&str]) -> String {
        let mut all = vec!["--namespace", self.name.as_str()];
        all.extend(args);
        self.cluster_kubectl(&all, "")
    }

    /// Applies a manifest in this namespace.
    pub fn apply(&self, manifest: &str) {
        self.cluster_kubectl(&["--namespace", &self.name, "apply", "-f", "-"], manifest);
    }

    fn cluster_kubectl(&self, args: &[&str], input: &str) -> String {
        let output = match self.cluster.kubectl(args, input) {
            Ok(output) => output,
            Err(error) => panic!("{error:#}"),
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {} failed: {stderr}", args.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// An object, if it exists.
    pub fn find(&self, kind: &str, name: &str) -> Option<Value> {
        self.cluster.get(&self.name, kind, name).ok()
    }

    /// An object that must exist.
    pub fn get(&self, kind: &str, name: &str) -> Value {
        let found = self.cluster.get(&self.name, kind, name);
        found.unwrap_or_else(|error| panic!("{kind}/{name} in {}: {error:#}", self.name))
    }

    /// All objects of a kind.
    pub fn list(&self, kind: &str) -> Vec<Value> {
        let text = self.kubectl(&["get", kind, "-o", "json"]);
        let list: Value = serde_json::from_str(&text).unwrap_or_default();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until `found` finds something.
    pub fn wait<T>(&self, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(value) = found() {
                return value;
            }
            assert!(Instant::now() < deadline, "waited {} s in {} for {what}", PATIENCE.as_secs(), self.name);
            thread::sleep(POLL);
        }
    }

    /// Makes a claim of the default class and waits until it is bound.
    pub fn bound_claim(&self, name: &str, size: &str) {
        // Block style: a kubectl that sees a brace first takes the whole for JSON.
        self.apply(&format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n  \
             accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: {size}}}}}\n"
        ));
        self.wait_bound(name);
    }

    /// Waits until a claim is bound.
    pub fn wait_bound(&self, claim: &str) {
        self.wait(&format!("claim {claim} to be bound"), || {
            self.find("persistentvolumeclaim", claim).filter(|claim| claim["status"]["phase"] == "Bound")
        });
    }

    /// Where a bound claim's bytes lie on disk; none on a cluster whose disks cannot be read from here.
    pub fn volume(&self, claim: &str) -> Option<PathBuf> {
        let layout = self.cluster.sandbox()?;
        Some(volume_path(layout, &self.name, claim).unwrap_or_else(|error| panic!("{error:#}")))
    }

    /// Makes the driver misbehave for this namespace from its next call on. False where the driver is not the sandbox's.
    #[must_use]
    pub fn set_faults(&self, faults: &Faults) -> bool {
        let Some(path) = self.fault_file() else { return false };
        let text = serde_json::to_string(faults).unwrap_or_default();
        // Written aside and renamed: the driver reads it at any moment.
        let partial = path.with_extension("partial");
        let written = fs::create_dir_all(path.with_file_name(""))
            .and_then(|()| fs::write(&partial, text))
            .and_then(|()| fs::rename(&partial, &path));
        if let Err(error) = written {
            panic!("cannot write {}: {error}", path.display());
        }
        true
    }

    /// Ends all faults of this namespace.
    pub fn clear_faults(&self) {
        if let Some(path) = self.fault_file() {
            let _ = fs::remove_file(path);
        }
    }

    /// Keeps objects, Events and logs for a person, as it is done by itself when a test panics.
    pub fn collect_evidence(&self) {
        evidence::collect(self.cluster, &self.name);
    }

    fn fault_file(&self) -> Option<PathBuf> {
        let layout = self.cluster.sandbox()?;
        Some(layout.driver().join("faults").join(format!("{}.json", self.name)))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if thread::panicking() {
            evidence::collect(self.cluster, &self.name);
        }
        // Faults first: an object with a call under way cannot be deleted while its fault lasts.
        self.clear_faults();
        let _ = self.cluster.kubectl(["delete", "namespace", &self.name, "--wait=false"], "");
    }
}
