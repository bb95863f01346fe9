//! How groups stand, and what is covered by none: each state made on a real cluster, seen in tables and exit codes.

use std::time::{SystemTime, UNIX_EPOCH};

use sandbox::testing::{Failure, Faults, Namespace};

use super::row;
use crate::support::{backup, gemini, group, namespace, needs_sandbox, protected};

/// A snapshot as the schedule of Gemini's operator leaves it, asked for so many minutes ago; returns its name.
pub(super) fn taken(namespace: &Namespace, group: &str, minutes: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let time = now - 60 * minutes;
    namespace.apply(&format!(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata:\n  name: {group}-{time}\n  annotations:\n    \
         app.kubernetes.io/managed-by: gemini\n    gemini.fairwinds.com/group: {group}\n    \
         gemini.fairwinds.com/timestamp: '{time}'\n    gemini.fairwinds.com/intervals: 10 minutes\n\
         spec:\n  source: {{persistentVolumeClaimName: data}}\n"
    ));
    format!("{group}-{time}")
}

fn ready(namespace: &Namespace, snapshot: &str) {
    namespace.wait("the snapshot to be ready", || {
        namespace.find("volumesnapshot", snapshot).filter(|found| found["status"]["readyToUse"] == true)
    });
}

/// A group with a changed spec.
fn changed(name: &str, claim: &str, from: &str, to: &str) -> String {
    let manifest = group(name, claim).replace(from, to);
    assert!(manifest.contains(to), "{manifest}");
    manifest
}

fn status(namespace: &Namespace, name: &str) -> String {
    row(&gemini(namespace, &["list"]).exits(0).stdout, name)[5].clone()
}

#[test]
fn a_group_says_how_it_stands_and_scripts_may_ask() {
    if needs_sandbox("a_group_says_how_it_stands_and_scripts_may_ask") {
        return;
    }
    let namespace = namespace("health");
    namespace.bound_claim("data", "16Mi");
    for manifest in [
        group("fine", "data"),
        group("new", "data"),
        group("lost", "nowhere"),
        changed("rests", "data", "spec:\n", "spec:\n  suspend: true\n"),
        changed("odd", "data", "10 minutes", "fortnight"),
        changed(
            "classless",
            "data",
            "spec:\n",
            "spec:\n  template: {spec: {volumeSnapshotClassName: nope}}\n",
        ),
    ] {
        namespace.apply(&manifest);
    }
    ready(&namespace, &taken(&namespace, "fine", 1));

    let table = gemini(&namespace, &["list", "--sort-by", "status"]).exits(0).stdout;
    let order: Vec<_> = table.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(order, ["odd", "lost", "classless", "rests", "new", "fine"], "{table}");
    for (name, next, status) in [
        ("fine", None, "Healthy"),
        ("new", Some("now"), "Pending"),
        ("lost", Some("now"), "ClaimMissing"),
        ("rests", Some("<none>"), "Suspended"),
        ("odd", Some("<none>"), "InvalidSchedule"),
        ("classless", Some("now"), "ClassMissing"),
    ] {
        let cells = row(&table, name);
        assert_eq!(cells[5], status, "{table}");
        assert!(next.is_none_or(|next| cells[4] == next), "{table}");
    }
    let wide = gemini(&namespace, &["list", "-o", "wide"]).exits(0).stdout;
    assert!(wide.contains("PVC-nowhere-does-not-exist") && wide.contains("\"nope\""), "{wide}");
    let json = gemini(&namespace, &["list", "-o", "json", "--status", "healthy"]).exits(0).json();
    assert_eq!(json["items"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(
        (&json["items"][0]["due"], &json["items"][0]["status"]),
        (&"not-yet".into(), &"Healthy".into())
    );
    assert!(json["items"][0]["nextDueAt"].as_str().unwrap().ends_with('Z'), "{json}");

    let bad = gemini(&namespace, &["list", "--error-if", "Unhealthy", "--no-headers"]).exits(3);
    assert_eq!(bad.stdout.lines().count(), 6, "what is wrong is still shown: {}", bad.stdout);
    gemini(&namespace, &["list", "--error-if", "Overdue,Failing"]).exits(0);
    gemini(&namespace, &["list", "--error-if", "Unhealthy", "--status", "Healthy,Pending"]).exits(0);
    let name = gemini(&namespace, &["list", "--field-selector", "metadata.name=fine", "-o", "name"]).exits(0);
    assert_eq!(name.stdout, "snapshotgroup.gemini.fairwinds.com/fine\n");
    gemini(&namespace, &["list", "--field-selector", "spec.suspend=true"]).fails_with(
        1,
        "ServerRefused",
        &["spec.suspend"],
    );
}

#[test]
fn what_fails_hangs_or_is_not_taken_is_told_apart() {
    if needs_sandbox("what_fails_hangs_or_is_not_taken_is_told_apart") {
        return;
    }
    let failing = protected("failing");
    let failure = Failure::always("Internal", "disk on fire");
    assert!(failing.set_faults(&Faults { create_snapshot: Some(failure), ..Faults::default() }));
    let snapshot = taken(&failing, "db", 5);
    failing.wait("the driver to complain", || {
        failing.find("volumesnapshot", &snapshot).filter(|found| found["status"]["error"].is_object())
    });
    assert_eq!(status(&failing, "db"), "Failing");
    let json = gemini(&failing, &["list", "-o", "json", "--error-if", "Failing"]).exits(3).json();
    assert_eq!(json["items"][0]["snapshots"]["failed"], 1, "{json}");
    assert!(json["items"][0]["message"].as_str().unwrap().contains(&snapshot), "{json}");
    let shown = gemini(&failing, &["list", "--snapshots", "--error-if", "Unhealthy"]).exits(3).stdout;
    assert_eq!(row(&shown, &snapshot)[4], "Failing");
    failing.clear_faults();

    // Nothing is heard of these: how long ago they were asked for makes the difference.
    let hanging = protected("hanging");
    assert!(hanging.set_faults(&Faults { create_snapshot_hang: Some(true), ..Faults::default() }));
    let slow = taken(&hanging, "db", 40);
    assert_eq!(status(&hanging, "db"), "NotReady");
    hanging.kubectl(&["delete", "volumesnapshot", &slow, "--wait=false"]);
    hanging.apply(&group("late", "data"));
    taken(&hanging, "late", 28);
    let table = gemini(&hanging, &["list", "late", "-o", "wide"]).exits(0).stdout;
    assert!(table.contains("Creating"), "{table}");
    let table = gemini(&hanging, &["list"]).exits(0).stdout;
    assert_eq!(row(&table, "late")[4..6], ["overdue", "Overdue"], "{table}");
    hanging.clear_faults();
}

#[test]
fn snapshots_of_all_groups_are_shown_also_of_those_that_are_gone() {
    if needs_sandbox("snapshots_of_all_groups_are_shown_also_of_those_that_are_gone") {
        return;
    }
    let namespace = protected("all-snaps");
    namespace.apply(&group("old", "data"));
    let (kept, orphan) = (backup(&namespace, "db"), backup(&namespace, "old"));
    namespace.kubectl(&["label", "snapshotgroup", "db", "tier=gold"]);
    namespace.kubectl(&["label", "volumesnapshot", &kept, "example.com/audit=2026", "team=web"]);
    namespace.kubectl(&["delete", "snapshotgroup", "old"]);
    let wide = gemini(&namespace, &["list", "--snapshots", "-o", "wide"]).exits(0).stdout;
    assert_eq!(row(&wide, &orphan)[6], "old", "{wide}");
    assert!(wide.find(&kept) < wide.find(&orphan), "{wide}");
    let gold = gemini(&namespace, &["list", "--snapshots", "-l", "tier=gold", "-o", "name"]).exits(0).stdout;
    assert_eq!(gold, format!("volumesnapshot.snapshot.storage.k8s.io/{kept}\n"));
    let labels = ["list", "--snapshots", "--show-labels", "-L", "example.com/audit,none"];
    let labels = gemini(&namespace, &labels).exits(0).stdout;
    assert_eq!(row(&labels, "NAME")[6..], ["AUDIT", "NONE", "LABELS"], "{labels}");
    assert_eq!(row(&labels, &kept)[6..8], ["2026", "<none>"], "{labels}");
    assert!(row(&labels, &kept)[8].starts_with("example.com/audit=2026,"), "{labels}");
    let all = gemini(&namespace, &["list", "--snapshots", "-A"]).exits(0).stdout;
    assert!(all.starts_with("NAMESPACE") && all.contains(&orphan), "{all}");
}

#[test]
fn claims_that_no_group_covers_are_found() {
    let namespace = protected("bare-claims");
    let claim = |name: &str| {
        namespace.apply(&format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
             resources: {{requests: {{storage: 1Mi}}}}\n"
        ));
    };
    let all_covered = gemini(&namespace, &["list", "--unprotected", "--error-if", "Bound,Pending"]).exits(0);
    assert_eq!(all_covered.stdout, "");
    claim("forgotten");
    let found = gemini(&namespace, &["list", "--unprotected", "--error-if", "Bound,Pending"]).exits(3).stdout;
    assert_eq!(row(&found, "forgotten")[1], "1Mi", "{found}");
    assert!(!found.contains("data"), "{found}");
    let json = gemini(&namespace, &["list", "--unprotected", "-o", "json"]).exits(0).json();
    assert_eq!(
        (&json["kind"], &json["items"][0]["name"]),
        (&"UnprotectedClaimReport".into(), &"forgotten".into())
    );
    let name = gemini(&namespace, &["list", "--unprotected", "-o", "name"]).exits(0).stdout;
    assert!(namespace.kubectl(&["get", name.trim()]).contains("forgotten"));
}

#[test]
fn whoever_may_not_look_everywhere_is_led_to_where_he_may() {
    let namespace = protected("one-only");
    let account = format!("system:serviceaccount:{}:default", namespace.name());
    namespace.kubectl(&[
        "create",
        "role",
        "viewer",
        "--verb=get,list",
        "--resource=snapshotgroups.gemini.fairwinds.com,volumesnapshots.snapshot.storage.k8s.io",
    ]);
    let subject = format!("--serviceaccount={}:default", namespace.name());
    namespace.kubectl(&["create", "rolebinding", "viewer", "--role=viewer", &subject]);
    let list = |args: &[&str]| gemini(&namespace, &[&["list", "--as", &account], args].concat());
    let here =
        list(&[]).exits(0).says(&["PersistentVolumeClaims", "whether claims are missing is not known"]);
    assert_eq!(row(&here.stdout, "db")[5], "Pending");
    list(&["-A"]).fails_with(1, "Forbidden", &["in all namespaces", "a ClusterRole", "list -n NAMESPACE"]);
    list(&["--unprotected"]).fails_with(1, "Forbidden", &["persistentvolumeclaims"]);
    list(&["-w"]).fails_with(1, "Forbidden", &["watch", "verbs: [\"watch\"]"]);
}
