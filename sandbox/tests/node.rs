//! The node tier: a real pod writes real bytes, which are read outside; and the host is left as it was.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sandbox::owner::Owned;
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

#[test]
fn a_pod_writes_to_a_volume_and_the_host_is_left_as_it_was() {
    if !nix::unistd::geteuid().is_root() {
        skip("node tier", "it needs root, to make namespaces");
        return;
    }
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
    drop(owned);
    until("the host to be as it was", || {
        let after = host();
        let changed: Vec<_> = after.symmetric_difference(&before).collect();
        println!("changed on the host: {changed:?}");
        changed.is_empty()
    });
    assert!(!layout.root().exists());
}

fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !true_now() {
        assert!(Instant::now() < deadline, "waited 30 s for {what}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// What a node might leave on the host: mounts, network interfaces, firewall rules, control groups, its directories.
fn host() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut add = |what: &str, text: String| {
        lines.extend(text.lines().map(|line| format!("{what}: {line}")));
    };
    add("mount", fs::read_to_string("/proc/self/mounts").unwrap());
    add("interface", names("/sys/class/net"));
    add("cgroup", names_of_pod_cgroups());
    add("directory", names("/var/lib"));
    add("loop device", backing_files());
    let rules = Command::new("nft").args(["list", "ruleset"]).output();
    add("rule", rules.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default());
    lines
}

fn names(dir: &str) -> String {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned() + "\n").collect()
}

fn names_of_pod_cgroups() -> String {
    let roots = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten().map(|entry| entry.path());
    let pods =
        roots.flat_map(|root| [root.join("k8s.io"), root.join("kubepods")]).filter(|path| path.exists());
    pods.map(|path| path.display().to_string() + "\n").collect()
}

fn backing_files() -> String {
    let devices = fs::read_dir("/sys/block").into_iter().flatten().flatten().map(|entry| entry.path());
    devices.filter_map(|device| fs::read_to_string(device.join("loop/backing_file")).ok()).collect()
}
