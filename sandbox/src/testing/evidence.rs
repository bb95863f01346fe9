//! What is collected when a test fails: objects, Events and the ends of the components' logs.

use std::fs;
use std::path::{Path, PathBuf};

use super::Cluster;

const NAMESPACED: &str = "events,persistentvolumeclaims,volumesnapshots,snapshotgroups,pods";
const CLUSTER_WIDE: &str = "persistentvolumes,volumesnapshotcontents";
const LAST_LINES: usize = 300;
const SHOWN_EVENTS: usize = 20;

/// Writes the evidence of `namespace` to a directory, says where, and shows its last Events.
pub(super) fn collect(cluster: &Cluster, namespace: &str) {
    let dir = directory().join(namespace);
    if let Err(error) = fs::create_dir_all(&dir) {
        eprintln!("cannot create {}: {error}", dir.display());
        return;
    }
    let save = |file: &str, args: &[&str]| {
        let text = match cluster.kubectl(args, "") {
            Ok(output) => [output.stdout, output.stderr].concat(),
            Err(error) => format!("{error:#}").into_bytes(),
        };
        let _ = fs::write(dir.join(file), &text);
        String::from_utf8_lossy(&text).into_owned()
    };
    save("objects.yaml", &["get", NAMESPACED, "--namespace", namespace, "-o", "yaml", "--ignore-not-found"]);
    save("volumes.yaml", &["get", CLUSTER_WIDE, "-o", "yaml"]);
    // Errors of CreateSnapshot are Events on the content, which is cluster-wide: they land in `default`.
    save("events-default.txt", &["get", "events", "--namespace", "default", "--sort-by=.lastTimestamp"]);
    let events = save("events.txt", &["get", "events", "--namespace", namespace, "--sort-by=.lastTimestamp"]);
    if let Some(layout) = cluster.sandbox() {
        for component in [
            "csi-driver",
            "csi-snapshotter",
            "csi-provisioner",
            "snapshot-controller",
            "kube-controller-manager",
        ] {
            let _ = fs::write(dir.join(format!("{component}.log")), tail(&layout.log(component)));
        }
    }
    eprintln!("--- evidence of {namespace} is in {}; its last Events:", dir.display());
    let lines: Vec<&str> = events.lines().collect();
    for line in &lines[lines.len().saturating_sub(SHOWN_EVENTS)..] {
        eprintln!("    {line}");
    }
}

/// `target/sandbox-evidence`, found from the test program's own place in `target`.
fn directory() -> PathBuf {
    let current = std::env::current_exe().unwrap_or_default();
    let target = current.ancestors().find(|dir| dir.file_name().is_some_and(|name| name == "target"));
    target.map_or_else(std::env::temp_dir, Path::to_path_buf).join("sandbox-evidence")
}

fn tail(path: &Path) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
