//! A cluster with a node, and the program run against it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sandbox::node::{self, Image};
use sandbox::owner::Owned;
use sandbox::supervisor::Options;
use sandbox::testing::{Cluster, skip, volume_path};

/// A cluster with a node; gone when dropped.
pub struct Node {
    cluster: Cluster,
    owned: Owned,
}

impl Node {
    /// Starts one. `None`, and said so, on a machine that cannot have a node.
    pub fn start(test: &str) -> Option<Self> {
        if let Some(reason) = node::unavailable() {
            skip(test, &reason);
            return None;
        }
        let name = format!(
            "n-{}-{}",
            test.chars().take(8).collect::<String>().replace('_', "-"),
            std::process::id()
        );
        let owned =
            Owned::start(&name, Options { bare: false, node: true }, |step| println!("{step}")).unwrap();
        let cluster = Cluster::of_sandbox(owned.layout().clone()).unwrap();
        let node = Self { cluster, owned };
        let crd = concat!(env!("CARGO_MANIFEST_DIR"), "/cronjob/crd.yaml");
        node.kubectl(&["apply", "-f", crd], "");
        node.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", "-f", crd], "");
        Some(node)
    }

    /// Runs kubectl, which must succeed, and returns its standard output.
    pub fn kubectl(&self, args: &[&str], input: &str) -> String {
        let output = self.cluster.kubectl(args, input).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "kubectl {}: {stderr}", args.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs the program, which must succeed, and returns standard output and standard error.
    pub fn gemini(&self, args: &[&str]) -> (String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
        let output = command.args(args).env("KUBECONFIG", self.cluster.kubeconfig()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{args:?}:\n{stdout}\n{stderr}");
        (stdout, stderr)
    }

    /// Gives the node an image with the static program; its name.
    pub fn load_program(&self) -> String {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/target/static/kubectl-gemini");
        assert!(Path::new(program).is_file(), "the static program is not built: make static");
        node::load(self.owned.layout(), "localhost/kubectl-gemini", "dev", Path::new(program)).unwrap();
        "localhost/kubectl-gemini:dev".to_owned()
    }

    /// Gives the node an image; what is made for it alone may lie in the directory that is passed.
    pub fn import(&self, name: &str, tag: &str, image: impl FnOnce(&Path) -> Image) {
        let layout = self.owned.layout();
        node::import(layout, name, tag, &image(&layout.node())).unwrap();
    }

    /// Where the bytes of a claim's volume lie.
    pub fn volume(&self, claim: &str) -> PathBuf {
        volume_path(self.owned.layout(), "default", claim).unwrap()
    }
}

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(300);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited 300 s for {what}");
        thread::sleep(Duration::from_millis(200));
    }
}
