//! `backup`: a snapshot is taken, waited for and proven; and what stops it is said at once.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use sandbox::testing::{Failure, Faults, Namespace};
use serde_json::Value;

use crate::support::{
    Running, backup, command, gemini, group, namespace, needs_sandbox, protected, times_out, until,
};

fn snapshot(namespace: &Namespace, name: &str) -> Value {
    namespace.get("volumesnapshot", name)
}

fn mark<'a>(object: &'a Value, key: &str) -> &'a str {
    object["metadata"]["annotations"][key].as_str().unwrap_or_default()
}

#[test]
fn a_backup_is_ready_marked_and_proven_when_the_command_returns() {
    let namespace = protected("backup");
    let run = gemini(&namespace, &["backup", "db"]).exits(0).says(&["ready"]);
    let name = run.stdout.trim().strip_prefix("volumesnapshot.snapshot.storage.k8s.io/").unwrap();
    let name = name.strip_suffix(" created").unwrap();

    let object = snapshot(&namespace, name);
    assert_eq!(object["status"]["readyToUse"], true);
    assert_eq!(object["spec"]["source"]["persistentVolumeClaimName"], "data");
    assert_eq!(mark(&object, "app.kubernetes.io/managed-by"), "kubectl-gemini");
    assert_eq!(mark(&object, "gemini.fairwinds.com/group"), "db");
    assert_eq!(mark(&object, "gemini.fairwinds.com/purpose"), "manual");
    assert_eq!(object["metadata"]["labels"]["gemini.fairwinds.com/group"], "db");
    let timestamp = mark(&object, "gemini.fairwinds.com/timestamp");
    assert_eq!(name, format!("db-{timestamp}"));
    // Gemini's operator deletes what is managed by `gemini` and has no intervals: a manual snapshot must have neither.
    assert_eq!(mark(&object, "gemini.fairwinds.com/intervals"), "");

    let claim = namespace.get("persistentvolumeclaim", "data");
    let content_name = object["status"]["boundVolumeSnapshotContentName"].as_str().unwrap();
    let content = namespace.get("volumesnapshotcontent", content_name);
    let source: Value = serde_json::from_str(mark(&object, "gemini.fairwinds.com/source")).unwrap();
    assert_eq!(source["claimUid"], claim["metadata"]["uid"]);
    assert_eq!(source["volume"], claim["spec"]["volumeName"]);
    assert_eq!(source["handle"], content["spec"]["source"]["volumeHandle"]);
    let manifest: Value = serde_json::from_str(mark(&object, "gemini.fairwinds.com/claim-manifest")).unwrap();
    assert_eq!(manifest["spec"]["resources"], claim["spec"]["resources"]);
    assert!(manifest["status"].is_null() && manifest["metadata"]["uid"].is_null());
}

/// It goes by the next pruning after its time, unless it is all that there is.
#[test]
fn a_backup_may_be_kept_for_a_while_only() {
    let namespace = protected("keepfor");
    let take = || {
        let run =
            gemini(&namespace, &["backup", "db", "--keep-for", "1s"]).exits(0).says(&["It is kept until 2"]);
        run.stdout.trim().rsplit('/').next().unwrap().trim_end_matches(" created").to_owned()
    };
    let first = take();
    let object = snapshot(&namespace, &first);
    let time: DateTime<Utc> = object["metadata"]["creationTimestamp"].as_str().unwrap().parse().unwrap();
    let expires: DateTime<Utc> = mark(&object, "gemini.fairwinds.com/expires").parse().unwrap();
    assert!((expires - time).num_seconds().abs() <= 5, "{expires} {time}");
    std::thread::sleep(std::time::Duration::from_secs(2));
    gemini(&namespace, &["prune", "db", "--yes"]).exits(0);
    assert!(namespace.find("volumesnapshot", &first).is_some(), "the last one was deleted");
    let second = take();
    std::thread::sleep(std::time::Duration::from_secs(2));
    gemini(&namespace, &["prune", "db", "--yes"]).exits(0);
    until("the older one to be gone", || namespace.find("volumesnapshot", &first).is_none());
    assert!(namespace.find("volumesnapshot", &second).is_some());
}

#[test]
fn two_backups_in_the_same_second_are_two_snapshots() {
    let namespace = protected("twice");
    // Somebody has taken the names of the next seconds. On a slow machine they are over before the command gets there.
    for _ in 0..5 {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let manifest: String = (now..now + 4)
            .map(|second| {
                format!(
                    "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {{name: db-{second}}}\n\
                     spec: {{source: {{persistentVolumeClaimName: data}}}}\n---\n"
                )
            })
            .collect();
        namespace.apply(&manifest);
        let foreign = namespace.list("volumesnapshot");

        let name = backup(&namespace, "db");
        assert_eq!(snapshot(&namespace, &name)["status"]["readyToUse"], true);
        for before in &foreign {
            let after = snapshot(&namespace, before["metadata"]["name"].as_str().unwrap());
            assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
            assert_eq!(mark(&after, "gemini.fairwinds.com/group"), "");
        }
        if name == format!("db-{}", now + 4) {
            return;
        }
        namespace.kubectl(&["delete", "volumesnapshot", "--all"]);
    }
    panic!("no backup met a name that was taken");
}

#[test]
fn several_groups_are_backed_up_and_one_that_cannot_be_does_not_stop_the_others() {
    let namespace = protected("several");
    namespace.apply(&group("ghost", "nowhere"));
    let run = gemini(&namespace, &["backup", "ghost", "db"]);
    let run = run.exits(6).says(&["error: group ghost: ", "nowhere", "ClaimMissing"]);
    assert_eq!(run.stdout.lines().count(), 1);
    assert_eq!(namespace.list("volumesnapshot").len(), 1);
}

#[test]
fn dry_runs_create_nothing() {
    let namespace = protected("dry");
    for (flag, word) in [("--dry-run=client", "(dry run)"), ("--dry-run=server", "(server dry run)")] {
        let run = gemini(&namespace, &["backup", "db", flag]).exits(0);
        assert!(run.stdout.contains(word), "{}", run.stdout);
    }
    assert!(namespace.list("volumesnapshot").is_empty());
}

#[test]
fn the_name_format_is_accepted_by_kubectl() {
    let namespace = protected("name");
    let run = gemini(&namespace, &["backup", "db", "-o", "name"]).exits(0);
    let deleted = namespace.kubectl(&["delete", run.stdout.trim()]);
    assert!(deleted.contains("deleted"), "{deleted}");
}

#[test]
fn labels_and_annotations_of_the_template_are_on_the_snapshot() {
    if needs_sandbox("labels_and_annotations_of_the_template_are_on_the_snapshot") {
        return;
    }
    let namespace = namespace("template");
    namespace.bound_claim("data", "16Mi");
    namespace.apply(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: db}\nspec:\n  \
         persistentVolumeClaim: {claimName: data}\n  schedule: [{every: day, keep: 1}]\n  \
         template: {metadata: {labels: {team: photos}, annotations: {note: 'on'}}, spec: {volumeSnapshotClassName: snapshots-retain}}\n",
    );
    let object = snapshot(&namespace, &backup(&namespace, "db"));
    assert_eq!(object["metadata"]["labels"]["team"], "photos");
    assert_eq!(mark(&object, "note"), "on");
    assert_eq!(object["spec"]["volumeSnapshotClassName"], "snapshots-retain");
}

#[test]
fn a_slow_snapshot_is_waited_for_or_left_as_told() {
    if needs_sandbox("a_slow_snapshot_is_waited_for_or_left_as_told") {
        return;
    }
    let namespace = protected("slow");
    assert!(namespace.set_faults(&Faults { snapshot_ready_after: Some("6s".into()), ..Faults::default() }));
    let created = gemini(&namespace, &["backup", "db", "--wait=created"]).exits(0);
    assert!(created.stdout.contains("created"));
    let late = gemini(&namespace, &["backup", "db", "--timeout", "2s"]);
    late.fails_with(6, "TimedOut", &["goes on by itself", "kubectl gemini list db -n"]);
    assert_eq!(namespace.list("volumesnapshot").len(), 2);
    let ready = gemini(&namespace, &["backup", "db"]).exits(0);
    assert_eq!(ready.stdout.lines().count(), 1);
}

#[test]
fn a_failing_driver_is_quoted_at_once_and_the_command_says_that_it_may_still_succeed() {
    if needs_sandbox("a_failing_driver_is_quoted_at_once_and_the_command_says_that_it_may_still_succeed") {
        return;
    }
    let namespace = protected("failing");
    let failure = Failure::always("Internal", "the array is rebuilding");
    assert!(namespace.set_faults(&Faults { create_snapshot: Some(failure), ..Faults::default() }));
    let texts = ["the array is rebuilding", "list db"];
    let run = times_out(8, &texts, |timeout| gemini(&namespace, &["backup", "db", timeout]));
    let (said, gave_up) = (run.stderr.find("the array is rebuilding"), run.stderr.find("\nerror: "));
    assert!(said < gave_up, "the driver's text came only at the end:\n{}", run.stderr);

    namespace.clear_faults();
    namespace.wait("the snapshot to become ready after all", || {
        namespace.list("volumesnapshot").into_iter().find(|object| object["status"]["readyToUse"] == true)
    });
}

#[test]
fn a_driver_that_recovers_is_waited_for() {
    if needs_sandbox("a_driver_that_recovers_is_waited_for") {
        return;
    }
    let namespace = protected("recovers");
    let failure = Failure::times("Internal", "try me later", 2);
    assert!(namespace.set_faults(&Faults { create_snapshot: Some(failure), ..Faults::default() }));
    gemini(&namespace, &["backup", "db"]).exits(0).says(&["try me later", "ready"]);
}

#[test]
fn a_driver_that_never_answers_ends_with_the_timeout() {
    if needs_sandbox("a_driver_that_never_answers_ends_with_the_timeout") {
        return;
    }
    let namespace = protected("silent");
    assert!(namespace.set_faults(&Faults { create_snapshot_hang: Some(true), ..Faults::default() }));
    gemini(&namespace, &["backup", "db", "--timeout", "4s"]).fails_with(6, "TimedOut", &["not ready"]);
}

#[test]
fn without_patience_there_is_still_one_look() {
    let namespace = protected("impatient");
    let run = gemini(&namespace, &["backup", "db", "--timeout", "0"]);
    assert!(matches!(run.code, 0 | 6), "{run:?}");
    assert_eq!(namespace.list("volumesnapshot").len(), 1);
}

#[test]
fn output_that_cannot_be_written_does_not_hide_the_snapshot() {
    let namespace = protected("full");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let args = ["backup", "db", "-n", namespace.name()];
    let output = command(namespace.cluster().kubeconfig(), args).stdout(full).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{stderr}");
    assert!(stderr.contains("is ready after") && stderr.contains("(OutputFailed)"), "{stderr}");
    assert_eq!(namespace.list("volumesnapshot")[0]["status"]["readyToUse"], true);
}

#[test]
fn a_snapshot_that_is_deleted_while_it_is_waited_for_is_not_called_unchanged() {
    if needs_sandbox("a_snapshot_that_is_deleted_while_it_is_waited_for_is_not_called_unchanged") {
        return;
    }
    let namespace = protected("deleted");
    assert!(namespace.set_faults(&Faults { snapshot_ready_after: Some("60s".into()), ..Faults::default() }));
    let run = Running::start(&namespace, &["backup", "db"]);
    until("the snapshot to be created", || namespace.list("volumesnapshot").len() == 1);
    namespace.kubectl(&["delete", "volumesnapshots", "--all", "--wait=false"]);
    run.wait().fails_with(6, "SnapshotNotFound", &["was deleted before", "kubectl gemini backup db"]);
}

#[test]
fn ctrl_c_and_sigterm_while_waiting_say_what_is_left_and_how_to_go_on() {
    if needs_sandbox("ctrl_c_and_sigterm_while_waiting_say_what_is_left_and_how_to_go_on") {
        return;
    }
    let namespace = protected("ctrlc");
    assert!(namespace.set_faults(&Faults { snapshot_ready_after: Some("120s".into()), ..Faults::default() }));
    for (count, signal) in [(1, "INT"), (2, "TERM")] {
        let run = Running::start(&namespace, &["backup", "db"]);
        until("the snapshot to be created", || namespace.list("volumesnapshot").len() == count);
        until("the driver to have cut it", || {
            let cut = |object: &Value| object["status"]["boundVolumeSnapshotContentName"].is_string();
            namespace.list("volumesnapshot").iter().all(cut)
        });
        run.signal(signal).fails_with(75, "Interrupted", &["again to quit at once", "db-", "list db"]);
        assert_eq!(namespace.list("volumesnapshot").len(), count);
    }
}

#[test]
fn a_claim_that_is_missing_or_pending_is_named_with_a_way_out() {
    if needs_sandbox("a_claim_that_is_missing_or_pending_is_named_with_a_way_out") {
        return;
    }
    let namespace = namespace("noclaim");
    namespace.apply(&group("ghost", "nowhere"));
    gemini(&namespace, &["backup", "ghost"]).fails_with(1, "ClaimMissing", &["nowhere", namespace.name()]);

    namespace.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: lonely}\nspec:\n  storageClassName: wait\n  \
         accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Mi}}\n",
    );
    namespace.apply(&group("waiting", "lonely"));
    gemini(&namespace, &["backup", "waiting"]).fails_with(
        1,
        "ClaimPending",
        &["lonely", "kubectl describe pvc lonely"],
    );
    assert!(namespace.list("volumesnapshot").is_empty());
}

#[test]
fn a_missing_group_is_named_with_its_neighbours() {
    let namespace = protected("nogroup");
    gemini(&namespace, &["backup", "dbs"]).fails_with(
        1,
        "GroupNotFound",
        &["\"dbs\" does not exist", namespace.name(), "did you mean \"db\"?"],
    );
    let look = format!("kubectl gemini list -n {}", namespace.name());
    gemini(&namespace, &["list", "photos"]).fails_with(1, "GroupNotFound", &["photos", &look]);
}

#[test]
fn a_class_that_is_missing_is_refused_before_anything_is_created() {
    let namespace = protected("noclass");
    let run = gemini(&namespace, &["backup", "db", "--snapshot-class", "nope"]);
    run.fails_with(1, "SnapshotClassNotFound", &["nope"]);
    assert!(namespace.list("volumesnapshot").is_empty());
}
