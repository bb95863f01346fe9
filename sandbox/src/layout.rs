//! Where things lie: the cache of built components and the state of each cluster.
//! Only paths; it creates nothing but the directories it is asked for.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const APP: &str = "kubectl-gemini-sandbox";

/// The longest path of a Unix socket that containerd accepts; the kernel itself allows three more.
const SOCKET_PATH_LIMIT: usize = 104;

/// The directory of built components: `$XDG_CACHE_HOME` or `~/.cache`, outside the checkout, so that a
/// second clone builds nothing.
pub fn cache_root() -> Result<PathBuf> {
    xdg("XDG_CACHE_HOME", ".cache")
}

/// The directory that holds one directory per cluster: `$XDG_STATE_HOME` or `~/.local/state`.
pub fn state_root() -> Result<PathBuf> {
    xdg("XDG_STATE_HOME", ".local/state")
}

fn xdg(variable: &str, under_home: &str) -> Result<PathBuf> {
    // A relative value is to be ignored, by the XDG specification.
    let base = match env::var_os(variable).map(PathBuf::from).filter(|dir| dir.is_absolute()) {
        Some(dir) => dir,
        None => {
            let home = env::var_os("HOME")
                .with_context(|| format!("neither {variable} nor HOME is set: set one"))?;
            PathBuf::from(home).join(under_home)
        }
    };
    Ok(base.join(APP))
}

/// The directory of one cluster. All paths are absolute: the CSI sidecars demand it.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of the cluster `name`; fails when the name or the path cannot serve.
    pub fn of(name: &str) -> Result<Self> {
        let valid = !name.is_empty()
            && name.len() <= 40
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !valid {
            bail!("a cluster's name is at most 40 lower-case letters, digits and hyphens, not {name:?}");
        }
        let root = state_root()?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&root)
            .with_context(|| format!("cannot create {}", root.display()))?;
        // The kernel names files by their real path, and we look for ours in what it lists.
        let root = root.canonicalize()?;
        if root.as_os_str().as_encoded_bytes().contains(&b':') {
            bail!(
                "{} holds a colon, which PATH cannot; set XDG_STATE_HOME to another directory",
                root.display()
            );
        }
        let layout = Self::at(root.join(name));
        let longest = layout.node().join("containerd.sock.ttrpc");
        if longest.as_os_str().len() > SOCKET_PATH_LIMIT {
            bail!(
                "{} is too long for a Unix socket; set XDG_STATE_HOME to a shorter directory",
                longest.display()
            );
        }
        Ok(layout)
    }

    /// The layout of the cluster whose state directory is `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The state directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The cluster's name: the last part of its directory.
    pub fn name(&self) -> String {
        self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The file of [`crate::lock`]: beside the state directory, so that it outlives it.
    pub fn lock(&self) -> PathBuf {
        self.root.with_file_name(format!("{}.lock", self.name()))
    }

    /// Present once the cluster is up: see [`crate::supervisor::Info`].
    pub fn info(&self) -> PathBuf {
        self.root.join("cluster.json")
    }

    /// The administrator's kubeconfig, for people and tests.
    pub fn kubeconfig(&self) -> PathBuf {
        self.root.join("kubeconfig")
    }

    /// Certificates, keys and the components' own kubeconfigs.
    pub fn pki(&self, file: &str) -> PathBuf {
        self.root.join("pki").join(file)
    }

    /// The home and working directory of the components.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The log of one component.
    pub fn log(&self, component: &str) -> PathBuf {
        self.root.join("logs").join(format!("{component}.log"))
    }

    /// The pid of one component, for tests that stop or kill it.
    pub fn component_pid(&self, component: &str) -> PathBuf {
        self.root.join("pids").join(component)
    }

    /// etcd's data.
    pub fn etcd(&self) -> PathBuf {
        self.root.join("etcd")
    }

    /// The CSI driver's socket.
    pub fn csi_socket(&self) -> PathBuf {
        self.root.join("csi.sock")
    }

    /// The CSI driver's volumes, snapshots and fault files; the bytes of volumes lie below.
    pub fn driver(&self) -> PathBuf {
        self.root.join("driver")
    }

    /// The socket by which connections reach the API server in the network namespace of a node.
    pub fn api_socket(&self) -> PathBuf {
        self.root.join("api.sock")
    }

    /// The directory in which containerd, kubelet and CNI of the node keep their state.
    pub fn node(&self) -> PathBuf {
        self.root.join("node")
    }

    /// Creates the directories that every cluster needs.
    pub fn create(&self) -> Result<()> {
        for dir in ["pki", "logs", "pids", "driver", "home"] {
            let path = self.root.join(dir);
            fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        }
        Ok(())
    }

    /// Removes the state directory and all that is in it. Only for who holds the lock.
    pub fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.with_context(|| format!("cannot remove {}", self.root.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_the_state_directory_is_refused() {
        for name in ["", "..", "a/b", "Ä", "UP", &"x".repeat(41)] {
            assert!(Layout::of(name).is_err(), "{name:?} was accepted");
        }
        assert!(Layout::of("demo-2").is_ok());
    }

    #[test]
    fn removing_takes_all_but_the_lock_and_may_be_repeated() {
        let dir = env::temp_dir().join(format!("sandbox-layout-{}", std::process::id()));
        let layout = Layout::at(&dir);
        layout.create().unwrap();
        fs::write(layout.lock(), "").unwrap();
        layout.remove().unwrap();
        layout.remove().unwrap();
        assert!(layout.lock().exists() && !layout.root().exists());
        fs::remove_file(layout.lock()).unwrap();
    }
}
