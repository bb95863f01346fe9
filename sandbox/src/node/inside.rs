//! The process inside: first of its pid namespace, supervisor of the whole cluster.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};

use super::{containerd, forward, kubelet};
use crate::certs::NODE_ADDRESS;
use crate::components;
use crate::control_plane::{self, Addresses};
use crate::layout::Layout;
use crate::supervisor::{self, Options, Supervisor};

/// Nothing else lives in these namespaces, so the usual ports are free.
const SECURE_PORT: u16 = 6443;
const ETCD_PORTS: [u16; 2] = [2379, 2380];

/// Brings the cluster `name` up and keeps it, until killed. `public_port` is where it is reached from outside.
pub fn run(name: &str, public_port: u16) -> Result<()> {
    let layout = Layout::of(name)?;
    let supervisor = bring_up(&layout, public_port);
    supervisor::serve(&layout, supervisor)
}

fn bring_up(layout: &Layout, public_port: u16) -> Result<Supervisor> {
    prepare_namespaces()?;
    let components = components::ensure()?;
    let addresses =
        Addresses { bind: NODE_ADDRESS.into(), secure_port: SECURE_PORT, etcd: ETCD_PORTS, public_port };
    // Never set: this process is killed, with everything in its namespaces.
    let stop = Arc::new(AtomicBool::new(false));
    let mut supervisor = Supervisor::new(layout.clone(), stop);

    control_plane::start_api_server(&mut supervisor, &components, &addresses)?;
    let registrations = format!("{}/plugins_registry", kubelet::ROOT);
    fs::create_dir_all(&registrations)?;
    let driver = control_plane::driver(&components, layout).flag("registration-dir", registrations);
    control_plane::start_controllers(&mut supervisor, &components, driver)?;
    containerd::start(&mut supervisor, &components)?;
    kubelet::start(&mut supervisor, &components)?;
    control_plane::self_test(&mut supervisor, &components)?;

    forward::inside(&layout.api_socket(), format!("{NODE_ADDRESS}:{SECURE_PORT}"))?;
    supervisor::publish(layout, &components, public_port, Options { node: true, bare: false })?;
    Ok(supervisor)
}

/// Gives these namespaces their address, and hides the directories in which node software keeps state by name.
fn prepare_namespaces() -> Result<()> {
    for (program, args) in [
        ("mount", &["-t", "tmpfs", "tmpfs", "/run"][..]),
        ("mount", &["-t", "tmpfs", "tmpfs", "/var/lib"]),
        // A kubelet takes away the logs of pods that it does not know: those of the node beside it.
        ("mount", &["-t", "tmpfs", "tmpfs", "/var/log"]),
        ("ip", &["link", "set", "lo", "up"]),
        ("ip", &["address", "add", &format!("{NODE_ADDRESS}/32"), "dev", "lo"]),
    ] {
        let output =
            Command::new(program).args(args).output().with_context(|| format!("cannot run {program}"))?;
        if !output.status.success() {
            bail!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    fs::create_dir_all(kubelet::ROOT)?;
    Ok(())
}
