//! `restore --to-pvc`: bytes written to a volume come back from a snapshot, beside the live claim.

mod claims;
pub mod doubts;
mod lost;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use sandbox::testing::{Failure, Faults};

use crate::support::{Running, backup, gemini, group, namespace, needs_sandbox, protected, times_out, until};

#[test]
fn bytes_come_back_from_a_snapshot_and_the_live_volume_is_untouched() {
    if needs_sandbox("bytes_come_back_from_a_snapshot_and_the_live_volume_is_untouched") {
        return;
    }
    let namespace = protected("bytes");
    let live = namespace.volume("data").unwrap();
    let photo: Vec<u8> = (0..300_000_u32).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
    fs::create_dir(live.join("album")).unwrap();
    fs::write(live.join("album/photo"), &photo).unwrap();
    fs::set_permissions(live.join("album/photo"), fs::Permissions::from_mode(0o640)).unwrap();
    let snapshot = backup(&namespace, "db");
    fs::write(live.join("album/photo"), "overwritten").unwrap();
    fs::write(live.join("later"), "made after the snapshot").unwrap();

    let run = gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "old"]).exits(0);
    assert_eq!(run.stdout, "persistentvolumeclaim/old created\n");
    let restored = namespace.volume("old").unwrap();
    assert_ne!(restored, live);
    assert_eq!(fs::read(restored.join("album/photo")).unwrap(), photo);
    assert_eq!(fs::metadata(restored.join("album/photo")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(!restored.join("later").exists());
    assert_eq!(fs::read_to_string(live.join("album/photo")).unwrap(), "overwritten");

    let claim = namespace.get("persistentvolumeclaim", "old");
    assert_eq!(claim["status"]["phase"], "Bound");
    assert_eq!(claim["spec"]["dataSource"]["name"], snapshot.as_str());
    assert_eq!(claim["spec"]["accessModes"][0], "ReadWriteOnce");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "16Mi");
}

#[test]
fn block_volumes_come_back_too() {
    if needs_sandbox("block_volumes_come_back_too") {
        return;
    }
    let namespace = namespace("block");
    namespace.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk}\nspec:\n  volumeMode: Block\n  \
         accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Mi}}\n",
    );
    namespace.wait_bound("disk");
    namespace.apply(&group("raw", "disk"));
    let device = namespace.volume("disk").unwrap();
    let mut bytes = fs::read(&device).unwrap();
    bytes[4096..4101].copy_from_slice(b"hello");
    fs::write(&device, &bytes).unwrap();
    let snapshot = backup(&namespace, "raw");
    fs::write(&device, vec![0xff; bytes.len()]).unwrap();
    gemini(&namespace, &["restore", "raw", "--snapshot", &snapshot, "--to-pvc", "disk-2"]).exits(0);
    assert_eq!(namespace.get("persistentvolumeclaim", "disk-2")["spec"]["volumeMode"], "Block");
    assert!(fs::read(namespace.volume("disk-2").unwrap()).unwrap() == bytes, "the bytes differ");
}

#[test]
fn the_size_is_the_larger_of_request_and_snapshot_unless_told() {
    if needs_sandbox("the_size_is_the_larger_of_request_and_snapshot_unless_told") {
        return;
    }
    let namespace = protected("size");
    assert!(namespace.set_faults(&Faults { restore_size_extra_bytes: Some(16 << 20), ..Faults::default() }));
    let snapshot = backup(&namespace, "db");
    gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "grown"]).exits(0);
    assert_eq!(
        namespace.get("persistentvolumeclaim", "grown")["spec"]["resources"]["requests"]["storage"],
        "32Mi"
    );
    let too_small =
        gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "tiny", "--size", "8Mi"]);
    too_small.fails_with(1, "SizeTooSmall", &["8Mi", "32Mi"]);
    assert!(namespace.find("persistentvolumeclaim", "tiny").is_none());
    gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "big", "--size", "64Mi"])
        .exits(0);
    assert_eq!(namespace.get("persistentvolumeclaim", "big")["status"]["capacity"]["storage"], "64Mi");
}

#[test]
fn a_claim_that_exists_is_never_replaced() {
    let namespace = protected("exists");
    let snapshot = backup(&namespace, "db");
    let before = namespace.get("persistentvolumeclaim", "data")["metadata"]["uid"].clone();
    let run = gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "data"]);
    run.fails_with(1, "ClaimExists", &["data"]);
    assert_eq!(namespace.get("persistentvolumeclaim", "data")["metadata"]["uid"], before);

    gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"]).exits(0);
    // The same again finds its own work and has nothing to do.
    let again = gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"]).exits(0);
    assert!(!again.stdout.contains("created"), "{}", again.stdout);
}

#[test]
fn a_snapshot_that_does_not_fit_is_refused_before_anything_is_created() {
    let namespace = protected("unfit");
    namespace.bound_claim("other", "16Mi");
    namespace.apply(&group("files", "other"));
    let of_other = backup(&namespace, "files");
    let run = gemini(&namespace, &["restore", "db", "--snapshot", &of_other, "--to-pvc", "copy"]);
    run.fails_with(1, "SnapshotUntrusted", &[&of_other, "db"]);
    let run = gemini(&namespace, &["restore", "db", "--snapshot", "db-1", "--to-pvc", "copy"]);
    run.fails_with(1, "SnapshotNotFound", &["db-1"]);
    assert!(namespace.find("persistentvolumeclaim", "copy").is_none());
}

#[test]
fn a_dry_run_creates_nothing() {
    let namespace = protected("dryclone");
    let snapshot = backup(&namespace, "db");
    for flag in ["--dry-run=client", "--dry-run=server"] {
        gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy", flag]).exits(0);
    }
    assert!(namespace.find("persistentvolumeclaim", "copy").is_none());
}

#[test]
fn a_class_that_waits_for_a_consumer_is_success_and_said_so() {
    if needs_sandbox("a_class_that_waits_for_a_consumer_is_success_and_said_so") {
        return;
    }
    let namespace = protected("wffc");
    let snapshot = backup(&namespace, "db");
    let args = ["restore", "db", "--snapshot", &snapshot, "--to-pvc", "later", "--storage-class", "wait"];
    gemini(&namespace, &args).exits(0).says(&["until a pod uses it"]);
    assert_eq!(namespace.get("persistentvolumeclaim", "later")["status"]["phase"], "Pending");
}

#[test]
fn a_failing_or_silent_driver_is_told_of_and_ends_with_the_timeout() {
    if needs_sandbox("a_failing_or_silent_driver_is_told_of_and_ends_with_the_timeout") {
        return;
    }
    let namespace = protected("clonefails");
    let snapshot = backup(&namespace, "db");
    let failure = Failure::always("Internal", "no room on the array");
    assert!(
        namespace.set_faults(&Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() })
    );
    times_out(6, &["no room on the array", "copy"], |timeout| {
        gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy", timeout])
    });

    // The way out that was named: the same command again, once the driver is well.
    namespace.clear_faults();
    gemini(&namespace, &["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"]).exits(0);
    namespace.wait_bound("copy");
}

#[test]
fn ctrl_c_while_waiting_says_how_to_go_on_and_the_same_command_does() {
    if needs_sandbox("ctrl_c_while_waiting_says_how_to_go_on_and_the_same_command_does") {
        return;
    }
    let namespace = protected("clonectrlc");
    let snapshot = backup(&namespace, "db");
    let delay = Faults { create_volume_from_snapshot_delay: Some("5s".into()), ..Faults::default() };
    assert!(namespace.set_faults(&delay));
    let args = ["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"];
    let run = Running::start(&namespace, &args);
    until("the claim to be created", || namespace.find("persistentvolumeclaim", "copy").is_some());
    run.signal("INT").fails_with(75, "Interrupted", &["copy"]);
    namespace.clear_faults();
    gemini(&namespace, &args).exits(0);
    namespace.wait_bound("copy");
}
