//! containerd with root, state and socket of its own, the pod network, and the images that the node starts with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::image::{self, Image};
use super::packages::CNI_PLUGINS;
use crate::components::Components;
use crate::layout::Layout;
use crate::process::Spec;
use crate::supervisor::Supervisor;

/// The addresses of pods.
pub const POD_NETWORK: &str = "10.244.7.0/24";
const PAUSE: &str = "localhost/pause";
const BUSYBOX: &str = "localhost/busybox";
const TAG: &str = "dev";
const PATIENCE: Duration = Duration::from_secs(60);
/// What test applications call.
const APPLETS: [&str; 8] =
    ["bin/sh", "bin/cat", "bin/date", "bin/echo", "bin/ls", "bin/sleep", "bin/sync", "bin/wc"];

/// containerd's socket.
pub fn socket(layout: &Layout) -> PathBuf {
    layout.node().join("containerd.sock")
}

/// The ids of the containers that it knows, which are also the names of their control groups.
pub fn containers(layout: &Layout) -> Vec<String> {
    let tasks = layout.node().join("containerd/state/io.containerd.runtime.v2.task/k8s.io");
    let entries = fs::read_dir(tasks).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Starts containerd and imports the pod sandbox's image and a shell's.
pub fn start(supervisor: &mut Supervisor, components: &Components) -> Result<()> {
    let layout = supervisor.layout().clone();
    supervisor.say("containerd");
    let node = layout.node();
    fs::create_dir_all(node.join("cni"))?;
    fs::write(node.join("cni/10-bridge.conflist"), serde_json::to_string_pretty(&network(&node))?)?;
    let config = node.join("containerd.toml");
    fs::write(&config, configuration(&layout))?;
    supervisor.start(Spec::new("containerd", "/usr/bin/containerd".into()).arg("-c").arg(&config))?;
    supervisor
        .wait("containerd answers", PATIENCE, &["containerd"], || ctr(&layout, &["version"]).is_ok())?;

    import(&layout, PAUSE, TAG, &program(&components.own("pause")))?;
    // Else the kubelet's clean-up may remove it, and no registry gives it back.
    let pinned = "io.cri-containerd.pinned=pinned";
    ctr(&layout, &["-n", "k8s.io", "images", "label", &format!("{PAUSE}:{TAG}"), pinned])?;
    import(&layout, BUSYBOX, TAG, &busybox())
}

/// A shell and what test applications call.
fn busybox() -> Image {
    let path = "bin/busybox".to_owned();
    let links = APPLETS.iter().map(|applet| ((*applet).to_owned(), path.clone())).collect();
    Image { files: vec![("/bin/busybox".into(), path)], links, entrypoint: None }
}

/// One static program, which the image starts.
fn program(file: &Path) -> Image {
    let path = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Image { files: vec![(file.to_owned(), path.clone())], links: vec![], entrypoint: Some(path) }
}

/// Gives the node the image `name:tag` with one static program, which is its entry point.
pub fn load(layout: &Layout, name: &str, tag: &str, file: &Path) -> Result<()> {
    import(layout, name, tag, &program(file))
}

/// Gives the node the image `name:tag`.
pub fn import(layout: &Layout, name: &str, tag: &str, image: &Image) -> Result<()> {
    let archive = layout.node().join("image.tar");
    image::write(name, tag, image, &archive)?;
    ctr(layout, &["-n", "k8s.io", "images", "import", &archive.to_string_lossy()])?;
    fs::remove_file(archive)?;
    Ok(())
}

fn ctr(layout: &Layout, args: &[&str]) -> Result<()> {
    let output =
        Command::new("ctr").arg("-a").arg(socket(layout)).args(args).output().context("cannot run ctr")?;
    if !output.status.success() {
        bail!("ctr {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn network(node: &Path) -> serde_json::Value {
    json!({
        "cniVersion": "1.0.0",
        "name": "sandbox",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": true,
                "isDefaultGateway": true,
                "hairpinMode": true,
                "ipMasq": false,
                "ipam": {"type": "host-local", "dataDir": node.join("ipam"), "ranges": [[{"subnet": POD_NETWORK}]]},
            },
            {"type": "loopback"},
        ],
    })
}

fn configuration(layout: &Layout) -> String {
    let node = layout.node();
    let node = node.display();
    let socket = socket(layout);
    let socket = socket.display();
    // restrict_oom_score_adj: without it no pod starts where root lacks CAP_SYS_RESOURCE.
    format!(
        r#"version = 2
root = "{node}/containerd/root"
state = "{node}/containerd/state"
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{node}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}:{TAG}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{CNI_PLUGINS}"
    conf_dir = "{node}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"#
    )
}
