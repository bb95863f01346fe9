//! The cluster a test runs against: the sandbox of the run, or one of the user's own that an explicit variable names.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Namespace;
use crate::kubectl::{self, Environment};
use crate::layout::Layout;
use crate::owner;

/// The variable by which a run tells its tests where the sandbox's state is.
pub const CLUSTER: &str = "KUBECTL_GEMINI_SANDBOX";

/// The variable that points tests and demo at a cluster of one's own: the path of a kubeconfig, whose current context is
/// used. Neither `KUBECONFIG` nor the default file is ever looked at.
pub const KUBECONFIG: &str = "KUBECTL_GEMINI_TEST_KUBECONFIG";

/// The kubeconfig of the user's own cluster, when [`KUBECONFIG`] names one.
pub fn own_cluster() -> Option<PathBuf> {
    std::env::var_os(KUBECONFIG).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A cluster, as tests see it.
#[derive(Debug)]
pub struct Cluster {
    kubeconfig: PathBuf,
    kubectl: PathBuf,
    sandbox: Option<Layout>,
}

impl Cluster {
    /// The cluster of this test run.
    ///
    /// # Panics
    /// When there is none: a test that needs a cluster must not pass without one.
    #[expect(clippy::panic, reason = "it is called by tests alone")]
    pub fn shared() -> &'static Self {
        static CLUSTER_OF_RUN: OnceLock<Cluster> = OnceLock::new();
        CLUSTER_OF_RUN.get_or_init(|| match Self::of_run() {
            Ok(cluster) => cluster,
            Err(error) => panic!("{error:#}"),
        })
    }

    fn of_run() -> Result<Self> {
        // The user's explicit word comes first.
        if let Some(kubeconfig) = own_cluster() {
            return Ok(Self { kubeconfig, kubectl: "kubectl".into(), sandbox: None });
        }
        let root = std::env::var_os(CLUSTER).with_context(|| {
            format!(
                "this test needs a cluster: run `make test`, or `cargo run -p sandbox -- run -- cargo test …`, \
                 or set {KUBECONFIG} to the kubeconfig of a cluster of your own"
            )
        })?;
        Self::of_sandbox(Layout::at(PathBuf::from(root)))
    }

    /// A sandbox that is up.
    pub fn of_sandbox(layout: Layout) -> Result<Self> {
        let info = owner::info(&layout)?;
        Ok(Self { kubeconfig: layout.kubeconfig(), kubectl: info.bin.join("kubectl"), sandbox: Some(layout) })
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The kubectl that belongs to it.
    pub fn kubectl_path(&self) -> &Path {
        &self.kubectl
    }

    /// The sandbox's files, unless this is a cluster of the user's own, whose disks no test can read.
    pub fn sandbox(&self) -> Option<&Layout> {
        self.sandbox.as_ref()
    }

    /// A namespace for one test, whose name begins with `slug`.
    pub fn namespace(&'static self, slug: &str) -> Namespace {
        Namespace::create(self, slug)
    }

    /// Runs kubectl with `input` as its standard input.
    pub fn kubectl<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, input: &str) -> Result<Output> {
        let (home, environment) = match &self.sandbox {
            Some(layout) => (layout.home(), Environment::Clean),
            None => (std::env::temp_dir().join("kubectl-gemini-tests"), Environment::Ours),
        };
        kubectl::run(&self.kubectl, &self.kubeconfig, &home, environment, args, input)
    }

    /// An object as JSON; fails when it does not exist.
    pub fn get(&self, namespace: &str, kind: &str, name: &str) -> Result<Value> {
        let output = self.kubectl(["get", kind, name, "--namespace", namespace, "-o", "json"], "")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// Where the bytes of a bound claim lie: a directory, or a file for a block volume.
pub fn volume_path(layout: &Layout, namespace: &str, claim: &str) -> Result<PathBuf> {
    let cluster = Cluster::of_sandbox(layout.clone())?;
    let object = cluster.get(namespace, "persistentvolumeclaim", claim)?;
    let volume =
        object["spec"]["volumeName"].as_str().with_context(|| format!("{namespace}/{claim} is not bound"))?;
    let volume = cluster.get("", "persistentvolume", volume)?;
    let handle = volume["spec"]["csi"]["volumeHandle"].as_str().context("it is not a CSI volume")?;
    let file = if volume["spec"]["volumeMode"] == "Block" { "data.img" } else { "data" };
    Ok(layout.driver().join("volumes").join(handle).join(file))
}
