//! The process outside: it makes the namespaces, forwards the public port, and clears away what the host was lent.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{forward, packages};
use crate::components;
use crate::layout::Layout;
use crate::process::spawn_bound;

const POLL: Duration = Duration::from_millis(100);
const CGROUPS: &str = "/sys/fs/cgroup";
/// Where containerd puts the control groups of containers that ask for no parent.
const POD_CGROUP: &str = "k8s.io";

/// Holds a cluster with a node until told to stop. What happens is told to the owner by the process inside, which has
/// inherited our standard output.
///
/// # Errors
/// When it cannot be started, and when the process inside ends by itself: with its exit status, for it has said why.
pub fn hold(layout: &Layout, stop: &AtomicBool) -> Result<()> {
    packages::ensure()?;
    components::ensure()?;
    layout.clear()?;
    layout.create()?;
    fs::create_dir_all(layout.node())?;
    fs::write(layout.pid(), std::process::id().to_string())?;
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free on 127.0.0.1")?;
    let port = listener.local_addr()?.port();
    forward::outside(listener, layout.api_socket());

    let mut inside = enter_namespaces(layout, port)?;
    let result = loop {
        if stop.load(Ordering::Relaxed) {
            break Ok(());
        }
        if let Some(status) = inside.try_wait()? {
            break Err(status);
        }
        thread::sleep(POLL);
    };
    // unshare takes the first process inside with it, and the kernel then ends all others of that pid namespace.
    let _ = inside.kill();
    let _ = inside.wait();
    remove_empty_cgroups();
    match result {
        Ok(()) => Ok(()),
        Err(status) if status.signal().is_some() => bail!("the process inside was killed ({status})"),
        Err(status) => bail!("the process inside ended ({status})"),
    }
}

fn enter_namespaces(layout: &Layout, port: u16) -> Result<Child> {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "--"])
        .arg(std::env::current_exe()?)
        .args(["supervise-node", "--name", &layout.name(), "--public-port", &port.to_string()])
        .stdin(Stdio::null());
    spawn_bound(&mut command).context("cannot run unshare")
}

/// Removes the control groups that containers left, deepest first. Those of a living node are not empty and stay.
fn remove_empty_cgroups() {
    let v1 = fs::read_dir(CGROUPS).into_iter().flatten().flatten().map(|entry| entry.path().join(POD_CGROUP));
    let roots: Vec<PathBuf> = v1.chain([Path::new(CGROUPS).join(POD_CGROUP)]).collect();
    for root in roots {
        remove_empty(&root);
    }
}

fn remove_empty(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    let _ = fs::remove_dir(dir);
}
