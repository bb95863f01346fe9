//! The node tier: a real pod writes real bytes, which are read outside; and the host is left as it was.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use sandbox::lock;
use sandbox::node;
use sandbox::owner::{self, Owned};
use sandbox::supervisor::Options;
use sandbox::testing::{Cluster, skip, volume_path};

const NODE: Options = Options { bare: false, node: true };

const WRITER: &str = r#"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: wait, resources: {requests: {storage: 10Mi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: device}
spec: {accessModes: [ReadWriteOnce], storageClassName: wait, volumeMode: Block, resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  restartPolicy: Never
  containers:
  - name: files
    image: localhost/busybox:dev
    securityContext: {runAsUser: 65532, runAsNonRoot: true}
    command: [sh, -c, "echo written by a pod > /data/file && sync && cat /data/file && sleep 600"]
    volumeMounts: [{name: data, mountPath: /data}]
  - name: blocks
    image: localhost/busybox:dev
    command: [sh, -c, "echo written by a pod > /dev/device && sync && sleep 600"]
    volumeDevices: [{name: device, devicePath: /dev/device}]
  volumes:
  - {name: data, persistentVolumeClaim: {claimName: data}}
  - {name: device, persistentVolumeClaim: {claimName: device}}
"#;

/// What these tests look at is the host's, and there is one.
static HOST: Mutex<()> = Mutex::new(());

#[test]
fn a_pod_writes_to_a_volume_and_the_host_is_left_as_it_was() {
    if let Some(reason) = node::unavailable() {
        skip("node tier", &reason);
        return;
    }
    let _host = HOST.lock().unwrap_or_else(PoisonError::into_inner);
    let before = host();
    let name = format!("t-node-{}", std::process::id());
    let owned = Owned::start(&name, NODE, |step| println!("{step}")).unwrap();
    let cluster = Cluster::of_sandbox(owned.layout().clone()).unwrap();
    let kubectl = |args: &[&str], input: &str| {
        let output = cluster.kubectl(args, input).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "kubectl {}: {stderr}", args.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    kubectl(&["apply", "-f", "-"], WRITER);
    kubectl(&["wait", "--for=condition=Ready", "pod/writer", "--timeout=90s"], "");
    let file = volume_path(owned.layout(), "default", "data").unwrap().join("file");
    let device = volume_path(owned.layout(), "default", "device").unwrap();
    until("the pod to write", || {
        let written = |path| fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"written by a pod\n"));
        written(&file) && written(&device)
    });
    assert_eq!(kubectl(&["logs", "writer", "-c", "files"], ""), "written by a pod\n");

    // The pod still runs, with everything mounted and attached.
    let layout = owned.layout().clone();
    assert_ne!(host(), before, "the check sees nothing of a node");
    drop(owned);
    until_host_is(&before);
    assert!(!layout.root().exists());
}

#[test]
fn a_crashed_node_is_cleared_away_by_down() {
    if let Some(reason) = node::unavailable() {
        skip("crash of a node", &reason);
        return;
    }
    let _host = HOST.lock().unwrap_or_else(PoisonError::into_inner);
    let before = host();
    let name = format!("t-crash-{}", std::process::id());
    let layout = owner::up(&name, NODE, |step| println!("{step}")).unwrap();
    let cluster = Cluster::of_sandbox(layout.clone()).unwrap();
    assert!(cluster.kubectl(["apply", "-f", "-"], WRITER).unwrap().status.success());
    let wait = ["wait", "--for=condition=Ready", "pod/writer", "--timeout=90s"];
    assert!(cluster.kubectl(wait, "").unwrap().status.success());

    kill(lock::holder(&layout).unwrap(), Signal::SIGKILL).unwrap();
    assert!(owner::down(&name).unwrap());
    until_host_is(&before);
    assert!(!layout.root().exists());
}

fn until_host_is(before: &BTreeSet<String>) {
    until("the host to be as it was", || {
        let changed: Vec<_> = host().symmetric_difference(before).cloned().collect();
        println!("changed on the host: {changed:?}");
        changed.is_empty()
    });
}

fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !true_now() {
        assert!(Instant::now() < deadline, "waited 30 s for {what}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// What a node might leave on the host, as far as it can be told from what others do there meanwhile.
fn host() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let ours = |line: &&str| line.contains("kubectl-gemini-sandbox") || line.contains("kubelet");
    lines.extend(mounts.lines().filter(ours).map(|line| format!("mount {line}")));
    for path in ["/sys/class/net/cni0", "/var/lib/kubelet", "/var/lib/cni", "/run/containerd"] {
        if Path::new(path).exists() {
            lines.insert(path.to_owned());
        }
    }
    let hierarchies =
        fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten().map(|entry| entry.path());
    for hierarchy in hierarchies.chain([PathBuf::from("/sys/fs/cgroup")]) {
        for container in fs::read_dir(hierarchy.join("k8s.io")).into_iter().flatten().flatten() {
            if container.path().is_dir() {
                lines.insert(format!("cgroup {}", container.path().display()));
            }
        }
    }
    for device in fs::read_dir("/sys/block").into_iter().flatten().flatten() {
        if let Ok(file) = fs::read_to_string(device.path().join("loop/backing_file")) {
            lines.insert(format!("{} on {}", device.path().display(), file.trim()));
        }
    }
    let rules = Command::new("nft").args(["list", "tables"]).output();
    let rules = rules.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    lines.extend(rules.lines().filter(|line| line.contains("kube")).map(|line| format!("rules {line}")));
    lines
}
