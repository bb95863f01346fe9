//! `list`: groups and snapshots in every format, readable by people, kubectl, awk and jq.

mod health;
mod watch;

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{backup, command, gemini, group, namespace, needs_sandbox, protected};

/// The cells of the row that begins with `name`.
fn row(table: &str, name: &str) -> Vec<String> {
    let line = table
        .lines()
        .find(|line| line.starts_with(name))
        .unwrap_or_else(|| panic!("no row {name} in:\n{table}"));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn groups_show_what_they_protect_and_how_fresh_it_is() {
    if needs_sandbox("groups_show_what_they_protect_and_how_fresh_it_is") {
        return;
    }
    let namespace = protected("list");
    let empty = gemini(&namespace, &["list"]).exits(0);
    assert_eq!(row(&empty.stdout, "NAME"), ["NAME", "PVC", "READY", "NEWEST", "NEXT", "STATUS", "AGE"]);
    assert_eq!(row(&empty.stdout, "db")[..6], ["db", "data", "0/0", "<none>", "now", "Pending"]);

    backup(&namespace, "db");
    let table = gemini(&namespace, &["list"]).exits(0).stdout;
    assert_eq!(row(&table, "db")[..3], ["db", "data", "1/1"]);
    assert!(table.lines().all(|line| line.len() <= 80 && !line.ends_with(' ')), "{table}");

    let wide = gemini(&namespace, &["list", "-o", "wide"]).exits(0).stdout;
    let cells = row(&wide, "db");
    let message = "the-schedule-has-taken-no-snapshot-yet";
    assert_eq!(cells[7..], ["16Mi", "standard", "<default>", "csi.sandbox.test", "10m*3", message]);
    let bare = gemini(&namespace, &["list", "--no-headers"]).exits(0).stdout;
    assert!(bare.starts_with("db "), "{bare}");
}

#[test]
fn snapshots_of_a_group_are_newest_first_with_their_state() {
    if needs_sandbox("snapshots_of_a_group_are_newest_first_with_their_state") {
        return;
    }
    let namespace = protected("snaps");
    let first = backup(&namespace, "db");
    let second = backup(&namespace, "db");
    let table = gemini(&namespace, &["list", "db"]).exits(0).stdout;
    assert_eq!(row(&table, "NAME"), ["NAME", "READY", "SIZE", "KEPT-FOR", "STATUS", "AGE"]);
    assert_eq!(row(&table, &first)[1..5], ["true", "16Mi", "manual", "Ready"]);
    assert!(table.find(&second) < table.find(&first), "{table}");
    let wide = gemini(&namespace, &["list", "db", "-o", "wide"]).exits(0).stdout;
    assert!(row(&wide, &first).contains(&"verified".to_owned()), "{wide}");
}

#[test]
fn machines_get_the_same_in_json_yaml_name_and_jsonpath() {
    let namespace = protected("formats");
    let snapshot = backup(&namespace, "db");
    let json = gemini(&namespace, &["list", "-o", "json"]).exits(0).json();
    assert_eq!(json["schemaVersion"], 1);
    assert_eq!(json["kind"], "SnapshotGroupReport");
    let item = &json["items"][0];
    assert_eq!(item["name"], "db");
    assert_eq!(item["pvc"], "data");
    assert_eq!(item["snapshots"]["ready"], 1);
    assert_eq!(item["newestReady"]["name"], snapshot.as_str());

    let snapshots = gemini(&namespace, &["list", "db", "-o", "json"]).exits(0).json();
    assert_eq!(snapshots["kind"], "SnapshotReport");
    assert_eq!(snapshots["items"][0]["name"], snapshot.as_str());

    let yaml = gemini(&namespace, &["list", "-o", "yaml"]).exits(0).stdout;
    assert!(yaml.contains("kind: SnapshotGroupReport"), "{yaml}");
    let name = gemini(&namespace, &["list", "db", "-o", "name"]).exits(0).stdout;
    assert_eq!(name, format!("volumesnapshot.snapshot.storage.k8s.io/{snapshot}\n"));
    assert!(namespace.kubectl(&["get", name.trim()]).contains(&snapshot));
    let path = gemini(&namespace, &["list", "db", "-o", "jsonpath={.items[*].name}"]).exits(0).stdout;
    assert_eq!(path.trim(), snapshot);
    gemini(&namespace, &["list", "-o", "xml"]).exits(2).says(&["xml", "json", "jsonpath"]);
}

#[test]
fn yaml_of_awkward_values_is_read_back_by_kubectl_alike() {
    let namespace = namespace("yaml");
    for name in ["on", "12e3"] {
        namespace.apply(&group(&format!("'{name}'"), "'y'"));
    }
    let yaml = gemini(&namespace, &["list", "-o", "yaml"]).exits(0).stdout;
    // kubectl reads YAML as Kubernetes does: a name that turned into a boolean or a number is refused.
    let names: BTreeSet<&str> =
        yaml.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("name: ")).collect();
    let manifest: String = names
        .iter()
        .map(|name| {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: probe\ndata:\n  value: {name}\n---\n"
            )
        })
        .collect();
    assert_eq!(names.len(), 2, "{yaml}");
    namespace.apply(&manifest);
}

#[test]
fn all_namespaces_and_labels_select() {
    let (one, two) = (protected("all-a"), protected("all-b"));
    two.kubectl(&["label", "snapshotgroup", "db", "tier=gold"]);
    let table = gemini(&one, &["list", "-A"]).exits(0).stdout;
    assert_eq!(row(&table, "NAMESPACE")[..2], ["NAMESPACE", "NAME"]);
    assert!(table.contains(one.name()) && table.contains(two.name()));
    let gold = gemini(&one, &["list", "-A", "-l", "tier=gold"]).exits(0).stdout;
    assert!(!gold.contains(one.name()) && gold.contains(two.name()), "{gold}");
}

#[test]
fn nothing_to_list_is_not_an_error() {
    let namespace = namespace("empty");
    let run = gemini(&namespace, &["list"]).exits(0);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains(&format!("No resources found in {} namespace.", namespace.name())),
        "{}",
        run.stderr
    );
}

#[test]
fn a_closed_pipe_is_quiet() {
    let namespace = protected("pipe");
    let mut child =
        command(namespace.cluster().kubeconfig(), ["list", "-n", namespace.name()]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn gemini_s_own_snapshots_are_listed_with_their_intervals() {
    if needs_sandbox("gemini_s_own_snapshots_are_listed_with_their_intervals") {
        return;
    }
    let namespace = protected("foreign");
    namespace.apply(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata:\n  name: db-1585945609\n  annotations:\n    \
         app.kubernetes.io/managed-by: gemini\n    gemini.fairwinds.com/group: db\n    \
         gemini.fairwinds.com/timestamp: '1585945609'\n    gemini.fairwinds.com/intervals: 10 minutes, hour, month\n\
         spec:\n  source: {persistentVolumeClaimName: data}\n",
    );
    namespace.wait("Gemini's snapshot to be ready", || {
        namespace
            .find("volumesnapshot", "db-1585945609")
            .filter(|object| object["status"]["readyToUse"] == true)
    });
    let table = gemini(&namespace, &["list", "db"]).exits(0).stdout;
    assert_eq!(
        row(&table, "db-1585945609")[1..5],
        ["true", "16Mi", "10m", "Ready"],
        "the only rule of the group"
    );
}

#[test]
fn kubectl_finds_the_plugin_and_warns_of_nothing() {
    let namespace = protected("plugin");
    let Some(layout) = namespace.cluster().sandbox() else {
        sandbox::testing::skip(
            "kubectl_finds_the_plugin_and_warns_of_nothing",
            "it uses the sandbox's kubectl",
        );
        return;
    };
    let kubectl = sandbox::owner::info(layout).unwrap().bin.join("kubectl");
    let bin = std::env::temp_dir().join(format!("plugin-{}", namespace.name()));
    std::fs::create_dir_all(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_kubectl-gemini"), bin.join("kubectl-gemini")).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(&kubectl)
            .args(args)
            .env("PATH", &bin)
            .env("KUBECONFIG", layout.kubeconfig())
            .output();
        let output = output.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let (_, plugins, warnings) = run(&["plugin", "list"]);
    assert!(plugins.contains("kubectl-gemini") && !warnings.contains("warning"), "{plugins}{warnings}");
    let (ok, table, _) = run(&["gemini", "list", "-n", namespace.name()]);
    assert!(ok && table.contains("db"), "{table}");
    std::fs::remove_dir_all(bin).unwrap();
}
