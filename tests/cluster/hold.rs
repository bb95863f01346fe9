//! `hold` and `release`: what is kept is marked, nobody's wish is lost, and nothing else of the snapshot changes.

use sandbox::testing::Namespace;
use serde_json::Value;

use crate::support::{backup, gemini, namespace, protected};

const HOLD: &str = "gemini.fairwinds.com/hold";
const UNTIL: &str = "gemini.fairwinds.com/hold-until";

fn mark(namespace: &Namespace, snapshot: &str, key: &str) -> Option<String> {
    let object = namespace.get("volumesnapshot", snapshot);
    object["metadata"]["annotations"][key].as_str().map(str::to_owned)
}

/// A snapshot of a claim that does not exist: it never becomes ready, and is nobody's.
fn foreign(namespace: &Namespace, name: &str) {
    namespace.apply(&format!(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {{name: {name}}}\n\
         spec: {{source: {{persistentVolumeClaimName: nowhere}}}}\n"
    ));
}

#[test]
fn a_snapshot_is_held_with_reason_and_end_and_released_again() {
    let namespace = protected("hold");
    let name = backup(&namespace, "db");
    let before = namespace.get("volumesnapshot", &name);

    let run =
        gemini(&namespace, &["hold", &name, "--reason", "before: the upgrade", "--until", "2126-12-31"]);
    let run = run.exits(0).says(&["Held until 2126-12-31T23:59:59Z."]);
    assert_eq!(run.stdout, format!("volumesnapshot.snapshot.storage.k8s.io/{name} held\n"));
    assert_eq!(mark(&namespace, &name, HOLD).as_deref(), Some("before: the upgrade"));
    assert_eq!(mark(&namespace, &name, UNTIL).as_deref(), Some("2126-12-31T23:59:59Z"));

    let again = ["hold", &name, "--reason", "before: the upgrade", "--until", "2126-12-31"];
    let run = gemini(&namespace, &again).exits(0);
    assert_eq!(run.stdout, format!("volumesnapshot.snapshot.storage.k8s.io/{name} already held\n"));
    // A hold without an end takes the end of the one before away.
    let run =
        gemini(&namespace, &["hold", &name, "--reason", "audit"]).exits(0).says(&["until it is released"]);
    assert!(run.stdout.ends_with(" held\n") && !run.stdout.contains("already"), "{}", run.stdout);
    assert_eq!(mark(&namespace, &name, HOLD).as_deref(), Some("audit"));
    assert_eq!(mark(&namespace, &name, UNTIL), None);
    gemini(&namespace, &["hold", &name, "--reason", "audit", "--until", "30d"]).exits(0);
    assert!(mark(&namespace, &name, UNTIL).is_some_and(|until| until.ends_with('Z')));

    let run = gemini(&namespace, &["release", &name]).exits(0);
    assert_eq!(run.stdout, format!("volumesnapshot.snapshot.storage.k8s.io/{name} released\n"));
    let run = gemini(&namespace, &["release", &name]).exits(0);
    assert_eq!(run.stdout, format!("volumesnapshot.snapshot.storage.k8s.io/{name} not held\n"));

    let after = namespace.get("volumesnapshot", &name);
    assert_eq!(after["metadata"]["annotations"], before["metadata"]["annotations"]);
    assert_eq!(after["spec"], before["spec"]);
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
}

#[test]
fn snapshots_of_others_may_be_held_as_kubectl_names_them() {
    let namespace = namespace("foreignhold");
    foreign(&namespace, "nightly");
    let named = namespace.kubectl(&["get", "volumesnapshots", "-o", "name"]);
    gemini(&namespace, &["hold", named.trim(), "--reason", "theirs"]).exits(0);
    assert_eq!(mark(&namespace, "nightly", HOLD).as_deref(), Some("theirs"));
}

#[test]
fn dry_runs_hold_and_release_nothing() {
    let namespace = namespace("dryhold");
    foreign(&namespace, "nightly");
    for (flag, word) in [("--dry-run=client", "(dry run)"), ("--dry-run=server", "(server dry run)")] {
        let run = gemini(&namespace, &["hold", "nightly", "--reason", "audit", flag]).exits(0);
        assert!(run.stdout.ends_with(&format!("/nightly held {word}\n")), "{}", run.stdout);
        assert!(!run.stderr.contains("Held until"), "{}", run.stderr);
    }
    assert_eq!(mark(&namespace, "nightly", HOLD), None);
    gemini(&namespace, &["hold", "nightly", "--reason", "audit"]).exits(0);
    for flag in ["--dry-run=client", "--dry-run=server"] {
        let run = gemini(&namespace, &["release", "nightly", flag, "-o", "json"]).exits(0);
        let item = &run.json()["items"][0];
        assert_eq!((&item["changed"], &item["hold"]), (&Value::Bool(true), &Value::Null), "{item}");
    }
    assert_eq!(mark(&namespace, "nightly", HOLD).as_deref(), Some("audit"));
}

#[test]
fn one_that_is_not_there_does_not_stop_the_others() {
    let namespace = namespace("somehold");
    foreign(&namespace, "nightly");
    foreign(&namespace, "weekly");
    let run = gemini(&namespace, &["hold", "nightly", "night", "weekly", "--reason", "audit"]);
    let run =
        run.exits(6).says(&["\"night\" does not exist", "did you mean \"nightly\"?", "(SnapshotNotFound)"]);
    assert_eq!(run.stdout.lines().count(), 2);
    for name in ["nightly", "weekly"] {
        assert_eq!(mark(&namespace, name, HOLD).as_deref(), Some("audit"));
    }
    let look = format!("kubectl get volumesnapshots -n {}", namespace.name());
    gemini(&namespace, &["release", "db"]).fails_with(1, "SnapshotNotFound", &["\"db\"", &look]);
    let nothing = gemini(&namespace, &["hold", "nope", "none", "--reason", "audit", "-o", "json"]).exits(1);
    let items = nothing.json()["items"].clone();
    assert_eq!(
        (&items[0]["error"]["reason"], &items[1]["changed"]),
        (&"SnapshotNotFound".into(), &false.into())
    );
}

#[test]
fn a_snapshot_that_is_being_deleted_cannot_be_held() {
    let namespace = namespace("latehold");
    foreign(&namespace, "nightly");
    let finalizers = |list: &str| {
        let patch = format!("{{\"metadata\":{{\"finalizers\":{list}}}}}");
        namespace.kubectl(&["patch", "volumesnapshot", "nightly", "--type=merge", "-p", &patch]);
    };
    finalizers("[\"example.com/stay\"]");
    namespace.kubectl(&["delete", "volumesnapshot", "nightly", "--wait=false"]);
    let held = gemini(&namespace, &["hold", "nightly", "--reason", "audit"]);
    let released = gemini(&namespace, &["release", "nightly"]);
    let marked = mark(&namespace, "nightly", HOLD);
    finalizers("null");
    held.fails_with(1, "SnapshotTerminating", &["nightly", "being deleted"]);
    released.exits(0);
    assert_eq!(marked, None);
}

#[test]
fn a_hold_that_is_over_already_is_refused() {
    let namespace = namespace("pasthold");
    foreign(&namespace, "nightly");
    for past in ["2020-01-01", "0s", "2020-01-01T00:00:00Z"] {
        let run = gemini(&namespace, &["hold", "nightly", "--reason", "audit", "--until", past]);
        run.fails_with(1, "HoldInPast", &["--until"]);
    }
    assert_eq!(mark(&namespace, "nightly", HOLD), None);
}

#[test]
fn documents_say_what_became_of_each() {
    let namespace = namespace("dochold");
    foreign(&namespace, "nightly");
    let args = ["hold", "nightly", "--reason", "on", "--until", "2126-12-31", "-o", "json"];
    let document = gemini(&namespace, &args).exits(0).json();
    assert_eq!(
        document,
        serde_json::json!({"schemaVersion": 1, "kind": "HoldResult", "items": [{
            "namespace": namespace.name(), "name": "nightly", "dryRun": "none", "changed": true,
            "hold": {"reason": "on", "until": "2126-12-31T23:59:59Z"}, "error": null,
        }]})
    );
    let args = ["hold", "nightly", "--reason", "on", "-o", "jsonpath={.items[0].hold}{.items[0].changed}"];
    assert_eq!(gemini(&namespace, &args).exits(0).stdout, "{\"reason\":\"on\",\"until\":null}true");
    let args = ["release", "nightly", "-o", "name"];
    let named = gemini(&namespace, &args).exits(0).stdout;
    assert_eq!(named, "volumesnapshot.snapshot.storage.k8s.io/nightly\n");
    let error = gemini(&namespace, &["release", "nope", "-o", "json"]).exits(1).json();
    assert_eq!((&error["kind"], &error["reason"]), (&"Error".into(), &"SnapshotNotFound".into()));
    let yaml = gemini(&namespace, &["release", "nightly", "-o", "yaml"]).exits(0).stdout;
    assert!(yaml.contains("changed: false"), "{yaml}");
}

#[test]
fn without_the_right_the_rule_is_spelled_out() {
    let namespace = namespace("mayhold");
    foreign(&namespace, "nightly");
    let resource = "--resource=volumesnapshots.snapshot.storage.k8s.io";
    namespace.kubectl(&["create", "role", "reader", "--verb=get,list", resource]);
    let subject = format!("--serviceaccount={}:default", namespace.name());
    namespace.kubectl(&["create", "rolebinding", "reader", "--role=reader", &subject]);
    let account = format!("system:serviceaccount:{}:default", namespace.name());
    let run = gemini(&namespace, &["hold", "nightly", "--reason", "audit", "--as", &account]);
    run.fails_with(1, "Forbidden", &["patch VolumeSnapshot nightly", "verbs: [\"patch\"]"]);
}
