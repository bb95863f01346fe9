//! `restore --to-pvc` when the new claim is not as it was left: deleted, waited for, unreadable output.
//! And when the original claim is gone, with more or less known about it.

use std::fs;
use std::process::Stdio;

use sandbox::testing::{Faults, Namespace};

use crate::support::{Run, Running, backup, command, gemini, needs_sandbox, protected, until};

fn restore(namespace: &Namespace, snapshot: &str, to: &str, more: &[&str]) -> Run {
    let args = ["restore", "db", "--snapshot", snapshot, "--to-pvc", to];
    gemini(namespace, &[&args, more].concat())
}

/// Takes the records off a snapshot, as if Gemini had taken it.
fn forget(namespace: &Namespace, snapshot: &str) {
    namespace.kubectl(&[
        "annotate",
        "volumesnapshot",
        snapshot,
        "gemini.fairwinds.com/claim-manifest-",
        "gemini.fairwinds.com/source-",
    ]);
}

#[test]
fn a_claim_that_is_gone_comes_back_by_the_command_that_backup_names() {
    let namespace = protected("comeback");
    let snapshot = backup(&namespace, "db");
    namespace.kubectl(&["delete", "pvc", "data"]);
    let way =
        format!("kubectl gemini restore db -n {} --snapshot {snapshot} --to-pvc data", namespace.name());
    gemini(&namespace, &["backup", "db"]).fails_with(1, "ClaimMissing", &["data", &way]);
    restore(&namespace, &snapshot, "data", &[]).exits(0).says(&["holds the data"]);
    // The claim is the group's own now; the same command again must not take its volume for the old one.
    restore(&namespace, &snapshot, "data", &[]).exits(0).says(&["was made from snapshot"]);
    backup(&namespace, "db");
}

#[test]
fn a_missing_claim_without_snapshots_is_not_sent_to_restore() {
    let namespace = protected("nothingleft");
    namespace.kubectl(&["delete", "pvc", "data"]);
    let run = gemini(&namespace, &["backup", "db"]);
    let run = run.fails_with(1, "ClaimMissing", &["nothing to restore it from", "by hand"]);
    assert!(!run.stderr.contains("--to-pvc"), "{}", run.stderr);
}

#[test]
fn gemini_s_copy_of_the_spec_is_the_last_pattern_and_a_class_and_a_size_will_do_without() {
    let namespace = protected("pattern");
    let snapshot = backup(&namespace, "db");
    forget(&namespace, &snapshot);
    namespace.kubectl(&["delete", "pvc", "data"]);
    let class = namespace.kubectl(&["get", "storageclass", "-o", "name"]);
    let class = class.lines().find(|line| !line.ends_with("/wait")).unwrap().rsplit('/').next().unwrap();
    let unknown = "--accept-unknown-source";
    restore(&namespace, &snapshot, "copy", &[unknown]).fails_with(
        1,
        "StorageClassUnfit",
        &["--storage-class"],
    );
    let run = restore(&namespace, &snapshot, "copy", &[unknown, "--storage-class", class]);
    run.exits(0).says(&["ReadWriteOnce", "holds the data"]);
    // As its operator leaves a group behind.
    namespace.apply(&format!(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: db}}\nspec:\n  \
         persistentVolumeClaim: {{claimName: data, spec: {{accessModes: [ReadWriteOncePod], volumeName: pv-of-then, \
         storageClassName: {class}, resources: {{requests: {{storage: 24Mi}}}}}}}}\n  schedule: [{{every: day, keep: 1}}]\n"
    ));
    restore(&namespace, &snapshot, "data", &[unknown]).exits(0);
    let claim = namespace.get("persistentvolumeclaim", "data");
    assert_eq!(claim["spec"]["accessModes"][0], "ReadWriteOncePod");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "24Mi");
}

#[test]
fn a_claim_that_waits_for_its_chosen_node_is_waited_for() {
    if needs_sandbox("a_claim_that_waits_for_its_chosen_node_is_waited_for") {
        return;
    }
    let namespace = protected("node");
    let snapshot = backup(&namespace, "db");
    let class = ["--storage-class", "wait"];
    let run = restore(&namespace, &snapshot, "later", &class).exits(0);
    let again = format!(
        "kubectl gemini restore db -n {} --snapshot {snapshot} --to-pvc later --storage-class wait",
        namespace.name()
    );
    run.says(&["until a pod uses it", "not proven yet", &again]);
    // Also without naming the class again.
    restore(&namespace, &snapshot, "later", &[]).exits(0).says(&["until a pod uses it"]);
    namespace.kubectl(&["annotate", "pvc", "later", "volume.kubernetes.io/selected-node=nowhere"]);
    let run = restore(&namespace, &snapshot, "later", &["--timeout", "3s"]);
    assert!(!run.stderr.contains("until a pod uses it"), "{}", run.stderr);
    // The driver may have been quicker than the second command.
    let is_done = ["holds the data", "was made from snapshot"].iter().any(|text| run.stderr.contains(text));
    assert!(is_done || run.code == 6, "{}", run.stderr);
}

#[test]
fn a_claim_that_is_deleted_while_it_is_waited_for_is_partly_done_and_made_again() {
    if needs_sandbox("a_claim_that_is_deleted_while_it_is_waited_for_is_partly_done_and_made_again") {
        return;
    }
    let namespace = protected("clonegone");
    let snapshot = backup(&namespace, "db");
    let delay = Faults { create_volume_from_snapshot_delay: Some("5s".into()), ..Faults::default() };
    assert!(namespace.set_faults(&delay));
    let run = Running::start(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"]);
    until("the claim to be created", || namespace.find("persistentvolumeclaim", "copy").is_some());
    namespace.kubectl(&["delete", "pvc", "copy", "--wait=false"]);
    let again =
        format!("kubectl gemini restore db -n {} --snapshot {snapshot} --to-pvc copy", namespace.name());
    run.wait().fails_with(6, "ClaimTerminating", &["was deleted before it was bound", &again]);
    namespace.clear_faults();
    until("the claim to be gone", || namespace.find("persistentvolumeclaim", "copy").is_none());
    restore(&namespace, &snapshot, "copy", &[]).exits(0).says(&["holds the data"]);
}

#[test]
fn output_that_cannot_be_written_does_not_keep_the_claim_from_being_proven() {
    let namespace = protected("devfull");
    let snapshot = backup(&namespace, "db");
    let args = ["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy", "-n", namespace.name()];
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(namespace.cluster().kubeconfig(), args).stdout(Stdio::from(full)).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "{stderr}");
    assert!(stderr.contains("holds the data") && stderr.contains("(OutputFailed)"), "{stderr}");
}
