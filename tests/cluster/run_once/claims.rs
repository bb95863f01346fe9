//! The claims of groups in a pass: made once where the group brings one along, never again, never changed.

use std::fs;

use sandbox::testing::Namespace;
use serde_json::Value;

use super::{condition, group, item, run_once, scheduled, snapshots, status};
use crate::support::{gemini, namespace, needs_sandbox, until};

const BROUGHT: &str = "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: wiki}\nspec:\n  \
    persistentVolumeClaim:\n    claimName: ''\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 16Mi}}}\n  \
    schedule: [{every: 2 seconds, keep: 1}]\n";

#[test]
fn a_claim_that_a_group_brings_along_is_made_once_and_never_again() {
    let namespace = namespace("run-brought");
    namespace.apply(BROUGHT);
    let plan = run_once(&namespace, &["--dry-run"]).exits(0).json();
    assert_eq!(item(&plan, "wiki")["action"], "claim");
    assert!(namespace.find("persistentvolumeclaim", "wiki").is_none());

    let result = run_once(&namespace, &[]).exits(0).json();
    assert_eq!(
        (&item(&result, "wiki")["ready"], &item(&result, "wiki")["pvc"]),
        (&true.into(), &"wiki".into())
    );
    let uid = namespace.get("persistentvolumeclaim", "wiki")["metadata"]["uid"].clone();
    assert_eq!(status(&namespace, "wiki")["claim"]["uid"], uid);

    // Somebody deletes the claim and all snapshots: an empty one would be the beginning of a history of nothing.
    namespace.kubectl(&["delete", "volumesnapshots", "--all"]);
    namespace.kubectl(&["delete", "persistentvolumeclaim", "wiki"]);
    for _ in 0..2 {
        run_once(&namespace, &[]).exits(1).says(&["(ClaimMissing)", "it existed before"]);
        assert!(namespace.find("persistentvolumeclaim", "wiki").is_none());
    }
    assert_eq!(condition(&namespace, "wiki"), "ClaimMissing");
    assert_eq!(status(&namespace, "wiki")["claim"]["uid"], uid, "that it existed was forgotten");
}

#[test]
fn a_claim_that_waits_for_its_first_pod_is_made_and_not_snapshotted_yet() {
    if needs_sandbox("a_claim_that_waits_for_its_first_pod_is_made_and_not_snapshotted_yet") {
        return;
    }
    let namespace = namespace("run-first-pod");
    namespace.apply(&BROUGHT.replace("spec: {accessModes", "spec: {storageClassName: wait, accessModes"));
    let result = run_once(&namespace, &[]).exits(0).json();
    assert_eq!(item(&result, "wiki")["action"], "claim");
    assert_eq!(namespace.get("persistentvolumeclaim", "wiki")["status"]["phase"], "Pending");
    // As long as the application has not begun, there is nothing to lose.
    let result = run_once(&namespace, &[]).exits(0).says(&["is not bound to a volume yet"]).json();
    assert_eq!(item(&result, "wiki")["action"], "skip");
    assert_eq!(condition(&namespace, "wiki"), "Pending");
    assert!(snapshots(&namespace).is_empty());
}

#[test]
fn claims_that_cannot_be_snapshotted_are_told_apart() {
    if needs_sandbox("claims_that_cannot_be_snapshotted_are_told_apart") {
        return;
    }
    let namespace = scheduled("run-unfit", "[{every: day, keep: 1}]");
    let claim = |name: &str, class: &str, mode: &str| {
        namespace.apply(&format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n  accessModes: [{mode}]\n  \
             storageClassName: {class}\n  resources: {{requests: {{storage: 16Mi}}}}\n"
        ));
        group(&namespace, name, name, "[{every: day, keep: 1}]");
    };
    claim("pending", "wait", "ReadWriteOnce");
    claim("readonly", "standard", "ReadOnlyMany");
    namespace.wait_bound("readonly");
    let result = run_once(&namespace, &[]).exits(6).json();
    let reason =
        |group: &str| item(&result, group)["error"]["reason"].as_str().unwrap_or_default().to_owned();
    assert_eq!((reason("pending"), reason("readonly")), (String::new(), "ClaimReadOnly".into()));
    assert_eq!(item(&result, "pending")["status"], "Pending");
    assert_eq!(item(&result, "db")["ready"], true);
}

#[test]
fn a_claim_that_was_replaced_is_backed_up_and_that_is_said() {
    let namespace = scheduled("run-replaced", "[{every: 2 seconds, keep: 3}]");
    run_once(&namespace, &[]).exits(0);
    namespace.kubectl(&["delete", "persistentvolumeclaim", "data"]);
    namespace.bound_claim("data", "16Mi");
    std::thread::sleep(std::time::Duration::from_secs(2));
    run_once(&namespace, &[]).exits(0).says(&["another claim than the last snapshot"]);
    let uid = namespace.get("persistentvolumeclaim", "data")["metadata"]["uid"].clone();
    assert_eq!(status(&namespace, "db")["claim"]["uid"], uid);
}

/// What was made anew under its name is empty, and its snapshots must not push out the last one of the data.
#[test]
fn the_last_snapshot_of_what_a_claim_held_before_it_was_made_anew_stays() {
    if needs_sandbox("the_last_snapshot_of_what_a_claim_held_before_it_was_made_anew_stays") {
        return;
    }
    let namespace = scheduled("run-emptied", "[{every: 2 seconds, keep: 1}]");
    fs::write(namespace.volume("data").unwrap().join("file"), "what matters").unwrap();
    let result = run_once(&namespace, &[]).exits(0).json();
    let last = item(&result, "db")["snapshot"].as_str().unwrap().to_owned();
    namespace.kubectl(&["delete", "persistentvolumeclaim", "data"]);
    namespace.bound_claim("data", "16Mi");
    for _ in 0..6 {
        std::thread::sleep(std::time::Duration::from_millis(2100));
        run_once(&namespace, &[]).exits(0);
    }
    crate::faults::see_off(&namespace);
    let left = snapshots(&namespace);
    assert!(left.contains(&last) && left.len() <= 5, "{last} {left:?}");
    let plan = gemini(&namespace, &["restore", "db", "--latest", "--in-place", "--dry-run"]).exits(0).stdout;
    assert!(plan.contains("made anew") && plan.contains(&last), "{plan}");
    gemini(&namespace, &["restore", "db", "--snapshot", &last, "--to-pvc", "copy"]).exits(0);
    assert_eq!(fs::read_to_string(namespace.volume("copy").unwrap().join("file")).unwrap(), "what matters");
}

/// Also by a pass that has nothing to take, which is the one that sees it first more often than not.
#[test]
fn a_claim_that_was_replaced_is_told_once_whether_something_is_due_or_not() {
    let namespace = scheduled("run-replaced-early", "[{every: day, keep: 3}]");
    run_once(&namespace, &[]).exits(0);
    namespace.kubectl(&["delete", "persistentvolumeclaim", "data"]);
    namespace.bound_claim("data", "16Mi");
    run_once(&namespace, &[]).exits(0).says(&["another claim than the last snapshot"]);
    let again = run_once(&namespace, &[]).exits(0);
    assert!(!again.stderr.contains("another claim"), "{}", again.stderr);
    let events = namespace.list("events");
    let told: Vec<_> = events.iter().filter(|event| event["reason"] == "ClaimReplaced").collect();
    assert_eq!(told.len(), 1, "{events:#?}");
    let note = told[0]["message"].as_str().or(told[0]["note"].as_str()).unwrap_or_default();
    assert!(note.contains("kubectl gemini hold"), "{note}");
}

/// As an undo leaves it: another claim of the same name, with the same volume.
#[test]
fn a_claim_that_has_its_old_volume_again_is_no_other_one() {
    let namespace = scheduled("run-rebound", "[{every: day, keep: 3}]");
    run_once(&namespace, &[]).exits(0);
    let volume =
        namespace.get("persistentvolumeclaim", "data")["spec"]["volumeName"].as_str().unwrap().to_owned();
    let patch = |patch: &str| namespace.kubectl(&["patch", "pv", &volume, "-p", patch]);
    patch(r#"{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}"#);
    namespace.kubectl(&["delete", "persistentvolumeclaim", "data"]);
    patch(r#"{"spec":{"claimRef":{"uid":null,"resourceVersion":null}}}"#);
    namespace.apply(&format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         volumeName: {volume}\n  resources: {{requests: {{storage: 16Mi}}}}\n"
    ));
    namespace.wait_bound("data");
    let run = run_once(&namespace, &[]).exits(0);
    assert!(!run.stderr.contains("another claim"), "{}", run.stderr);
    let uid = namespace.get("persistentvolumeclaim", "data")["metadata"]["uid"].clone();
    assert_eq!(status(&namespace, "db")["claim"]["uid"], uid);
    patch(r#"{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}"#);
}

/// As a restore on another machine leaves it: its lock is held.
fn restoring(namespace: &Namespace) {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    namespace.apply(&format!(
        "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: gemini-restore-data}}\nspec:\n  \
         holderIdentity: somebody\n  leaseDurationSeconds: 600\n  acquireTime: {now}\n  renewTime: {now}\n"
    ));
}

#[test]
fn a_claim_that_somebody_restores_is_left_alone_with_its_snapshots() {
    let namespace = scheduled("run-restoring", "[{every: 2 seconds, keep: 1}]");
    let before = crate::prune::five(&namespace);
    restoring(&namespace);
    let skipped = run_once(&namespace, &[]).exits(0).says(&["a restore works on the claim"]).json();
    assert_eq!(
        (&item(&skipped, "db")["action"], item(&skipped, "db")["snapshot"].as_str()),
        (&"skip".into(), None)
    );
    assert_eq!(snapshots(&namespace), before.iter().cloned().collect());
    // Its name is nobody's while it moves: that is no fault, of a group that is due or not.
    group(&namespace, "later", "data", "[{every: day, keep: 1}]");
    namespace.kubectl(&["delete", "persistentvolumeclaim", "data"]);
    let away = run_once(&namespace, &[]).exits(0).json();
    for name in ["db", "later"] {
        assert_eq!(item(&away, name)["status"], "Restoring", "{away:#}");
        assert_ne!(condition(&namespace, name), "ClaimMissing");
    }
    assert_eq!(snapshots(&namespace).len(), 5);
    namespace.kubectl(&["delete", "lease", "gemini-restore-data"]);
    run_once(&namespace, &[]).says(&["(ClaimMissing)"]);
}

#[test]
fn class_labels_and_annotations_come_from_the_template() {
    let namespace = scheduled("run-template", "[{every: day, keep: 1}]");
    namespace.apply(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: db}\nspec:\n  \
         persistentVolumeClaim: {claimName: data}\n  schedule: [{every: day, keep: 1}]\n  template:\n    \
         metadata: {labels: {team: web}, annotations: {example.com/ticket: '7'}}\n    spec: {volumeSnapshotClassName: nowhere}\n",
    );
    run_once(&namespace, &[]).exits(1).says(&["(SnapshotClassNotFound)"]);
    assert_eq!(condition(&namespace, "db"), "ClassMissing");
    namespace.kubectl(&[
        "patch",
        "snapshotgroup",
        "db",
        "--type=merge",
        "-p",
        r#"{"spec":{"template":{"spec":{"volumeSnapshotClassName":"snapshots"}}}}"#,
    ]);
    let result = run_once(&namespace, &[]).exits(0).json();
    let snapshot = namespace.get("volumesnapshot", item(&result, "db")["snapshot"].as_str().unwrap());
    assert_eq!(snapshot["metadata"]["labels"]["team"], "web");
    assert_eq!(snapshot["metadata"]["annotations"]["example.com/ticket"], "7");
    until("the condition", || condition(&namespace, "db") == "Healthy");
    let generation = |value: &Value| value["observedGeneration"].as_i64();
    assert_eq!(
        generation(&status(&namespace, "db")),
        namespace.get("snapshotgroup", "db")["metadata"]["generation"].as_i64()
    );
}
