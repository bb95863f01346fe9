//! `run-once` on a real cluster: what is due is taken, what is not needed goes, and everything says how it stands.
//! Rules are in seconds, because a snapshot's time is when its driver cut it, which no test can bring forward.

mod annotated;
mod claims;
mod day;
mod doubts;
mod gemini;
mod rights;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sandbox::testing::Namespace;
use serde_json::Value;

use crate::support::{Run, gemini as run, namespace};

/// A group that names its claim.
pub fn group(namespace: &Namespace, name: &str, claim: &str, schedule: &str) {
    namespace.apply(&format!(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: {name}}}\nspec:\n  \
         persistentVolumeClaim: {{claimName: {claim}}}\n  schedule: {schedule}\n"
    ));
}

/// A namespace with a bound claim `data` and a group `db` of it.
pub fn scheduled(slug: &str, schedule: &str) -> Namespace {
    let namespace = namespace(slug);
    namespace.bound_claim("data", "16Mi");
    group(&namespace, "db", "data", schedule);
    namespace
}

/// A pass with the rights that the job is installed with, and no others; unless the test names somebody else.
pub fn run_once(namespace: &Namespace, more: &[&str]) -> Run {
    let account = format!("system:serviceaccount:{}:gemini-run-once", namespace.name());
    let mut args = vec!["run-once", "-o", "json"];
    args.extend(more);
    if !more.contains(&"--as") {
        install(namespace, more.contains(&"--restore-annotated"));
        args.extend(["--as", &account]);
    }
    run(namespace, &args)
}

/// Installs the account of the job and its roles into a namespace. What lies in no namespace goes with it.
fn install(namespace: &Namespace, restores: bool) {
    static INSTALLED: Mutex<BTreeSet<(String, bool)>> = Mutex::new(BTreeSet::new());
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if !installed.insert((namespace.name().to_owned(), restores)) {
        return;
    }
    let mut args = vec!["manifests", "--only", "rbac", "--namespaced"];
    args.extend(restores.then_some("--restore-annotated"));
    let printed = run(namespace, &args).exits(0).stdout;
    let uid = namespace.get("namespace", namespace.name())["metadata"]["uid"].as_str().unwrap().to_owned();
    let owner = format!(
        "metadata:\n  ownerReferences: [{{apiVersion: v1, kind: Namespace, name: {}, uid: {uid}}}]\n",
        namespace.name()
    );
    let owned = |document: &str| match document.contains("kind: ClusterRole") {
        true => document.replacen("metadata:\n", &owner, 1),
        false => document.to_owned(),
    };
    namespace.apply(&printed.split("---\n").map(owned).collect::<Vec<_>>().join("---\n"));
}

/// The item of a group in the `RunResult`.
pub fn item<'a>(result: &'a Value, group: &str) -> &'a Value {
    let items = result["items"].as_array().unwrap();
    items.iter().find(|item| item["group"] == group).unwrap_or_else(|| panic!("no {group} in {result:#}"))
}

pub fn snapshots(namespace: &Namespace) -> BTreeSet<String> {
    let all = namespace.list("volumesnapshots");
    all.iter().map(|snapshot| snapshot["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

pub fn status(namespace: &Namespace, group: &str) -> Value {
    namespace.get("snapshotgroup", group)["status"].clone()
}

pub fn condition(namespace: &Namespace, group: &str) -> String {
    status(namespace, group)["conditions"][0]["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_is_due_is_taken_proven_and_told() {
    let namespace = scheduled("run", "[{every: 10 minutes, keep: 3}, {every: \"day at 02:30\", keep: 1}]");
    let plan = run_once(&namespace, &["--dry-run"]).exits(0).json();
    assert_eq!((&plan["kind"], &plan["totals"]["due"]), (&"RunResult".into(), &1.into()));
    assert!(snapshots(&namespace).is_empty(), "a dry run took a snapshot");

    let result = run_once(&namespace, &[]).exits(0).json();
    let item = item(&result, "db");
    let name = item["snapshot"].as_str().unwrap();
    assert_eq!((&item["ready"], &item["action"]), (&true.into(), &"create".into()));
    assert_eq!(plan["items"][0]["snapshot"].as_str(), Some(name));
    let snapshot = namespace.get("volumesnapshot", name);
    let marks = &snapshot["metadata"]["annotations"];
    let mark =
        |key: &str| marks[format!("gemini.fairwinds.com/{key}")].as_str().unwrap_or_default().to_owned();
    assert_eq!(marks["app.kubernetes.io/managed-by"], "gemini");
    assert_eq!((mark("group").as_str(), mark("intervals").as_str()), ("db", "10 minutes, day"));
    assert_eq!((mark("walls").as_str(), mark("phases").split(',').count()), (";02:30 UTC", 2));
    let source: Value = serde_json::from_str(&mark("source")).unwrap();
    let volume = namespace.get("persistentvolumeclaim", "data")["spec"]["volumeName"].clone();
    assert_eq!(source["volume"], volume);
    let manifest: Value = serde_json::from_str(&mark("claim-manifest")).unwrap();
    assert_eq!(manifest["metadata"]["name"], "data");
    assert_eq!(
        Some(mark("verified").as_str()),
        snapshot["status"]["boundVolumeSnapshotContentName"].as_str()
    );

    let status = status(&namespace, "db");
    assert_eq!((&status["summary"]["ready"], &status["newestReady"]["name"]), (&"1/1".into(), &name.into()));
    assert_eq!((&status["claim"]["name"], condition(&namespace, "db").as_str()), (&"data".into(), "Healthy"));
    let described = namespace.kubectl(&["describe", "snapshotgroup", "db"]);
    for word in ["SnapshotCreated", "SnapshotReady"] {
        assert!(described.contains(word), "{described}");
    }
    let row = namespace.kubectl(&["get", "snapshotgroups", "--no-headers"]);
    assert!(row.contains("10 minutes x3, day at 02:30 x1") && row.contains("Healthy"), "{row}");
}

#[test]
fn a_pass_with_nothing_to_do_changes_nothing() {
    let namespace = scheduled("run-idle", "[{every: day, keep: 1}]");
    run_once(&namespace, &[]).exits(0);
    let version = |kind: &str| -> Vec<Value> {
        namespace.list(kind).iter().map(|object| object["metadata"]["resourceVersion"].clone()).collect()
    };
    let before = (version("snapshotgroups"), version("volumesnapshots"), namespace.list("events").len());
    for _ in 0..3 {
        let result = run_once(&namespace, &[]).exits(0).json();
        assert_eq!((&result["totals"]["due"], &result["totals"]["created"]), (&0.into(), &0.into()));
    }
    assert_eq!(
        before,
        (version("snapshotgroups"), version("volumesnapshots"), namespace.list("events").len())
    );
    run_once(&namespace, &["--error-unchanged"]).exits(3);
}

#[test]
fn pass_after_pass_the_schedule_is_kept() {
    let namespace = scheduled("run-passes", "[{every: 2 seconds, keep: 1}]");
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        let result = run_once(&namespace, &[]).exits(0).json();
        seen.extend(item(&result, "db")["snapshot"].as_str().map(str::to_owned));
        thread::sleep(Duration::from_millis(2100));
    }
    assert!(seen.len() >= 4, "{seen:?}");
    crate::faults::see_off(&namespace);
    // One before the newest, and what the span of two seconds needs beside it.
    let left = snapshots(&namespace);
    assert!((2..=3).contains(&left.len()), "{left:?}");
    assert!(left.contains(seen.last().unwrap()), "{left:?} {seen:?}");
    assert_eq!(status(&namespace, "db")["counts"]["ready"], left.len());
    let described = namespace.kubectl(&["describe", "snapshotgroup", "db"]);
    assert!(described.contains("SnapshotPruned"), "{described}");
    // Without pruning they pile up.
    thread::sleep(Duration::from_millis(2100));
    run_once(&namespace, &["--prune=false"]).exits(0);
    assert_eq!(snapshots(&namespace).len(), left.len() + 1);
}

#[test]
fn one_group_that_fails_does_not_stop_the_others() {
    let namespace = scheduled("run-others", "[{every: hour, keep: 1}]");
    group(&namespace, "legacy", "data", "[{every: fortnight, keep: 1}]");
    group(&namespace, "lost", "nowhere", "[{every: hour, keep: 1}]");
    let run = run_once(&namespace, &[]).exits(6).says(&["(InvalidSchedule)", "(ClaimMissing)", "exit 6"]);
    let result = run.json();
    assert_eq!(item(&result, "db")["ready"], true);
    assert_eq!(item(&result, "legacy")["error"]["reason"], "InvalidSchedule");
    assert_eq!((&result["totals"]["failed"], &result["exit"]), (&2.into(), &6.into()));
    assert_eq!(condition(&namespace, "legacy"), "InvalidSchedule");
    assert_eq!(condition(&namespace, "lost"), "ClaimMissing");
    let described = namespace.kubectl(&["describe", "snapshotgroup", "lost"]);
    assert!(described.contains("PVC nowhere of group lost does not exist"), "{described}");
    // What is wrong is told once, not in every pass.
    let events = namespace.list("events").len();
    run_once(&namespace, &[]).exits(6);
    assert_eq!(namespace.list("events").len(), events);
}

#[test]
fn labels_choose_groups() {
    let namespace = scheduled("run-labels", "[{every: hour, keep: 1}]");
    group(&namespace, "other", "data", "[{every: hour, keep: 1}]");
    namespace.kubectl(&["label", "snapshotgroup", "other", "tier=gold"]);
    let result = run_once(&namespace, &["-l", "tier=gold"]).exits(0).json();
    assert_eq!(result["items"].as_array().unwrap().len(), 1);
    assert!(snapshots(&namespace).iter().all(|name| name.starts_with("other-")));
}

#[test]
fn the_log_is_json_with_fixed_keys_and_a_last_line() {
    let namespace = scheduled("run-log", "[{every: hour, keep: 1}]");
    group(&namespace, "legacy", "data", "[{every: fortnight, keep: 1}]");
    let run = run(&namespace, &["run-once", "--log-format=json"]).exits(6);
    assert_eq!(run.stdout, "", "in a pod the log says it all");
    let lines: Vec<Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    assert!(lines.iter().all(|line| line["run"] == lines[0]["run"] && line["ts"].is_string()));
    let created = lines.iter().find(|line| line["msg"] == "snapshot created").unwrap();
    assert_eq!((&created["group"], &created["intervals"][0]), (&"db".into(), &"hour".into()));
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["msg"], &last["exit"], &last["created"]),
        (&"run finished".into(), &6.into(), &1.into())
    );
    assert_eq!(last["version"], env!("CARGO_PKG_VERSION"));

    let nowhere = crate::support::gemini_with(
        std::path::Path::new("/nonexistent"),
        &["run-once", "--log-format=json", "--server", "127.0.0.1:1"],
    );
    let last = nowhere.stderr.lines().last().unwrap_or_default();
    let last: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{last}"));
    assert_eq!((&last["msg"], &last["exit"]), (&"run finished".into(), &1.into()));
    assert_eq!(nowhere.code, 1);
}
