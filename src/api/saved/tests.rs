//! What may be in a file that somebody saved or wrote, and what is made of it.
//! Only for tests of `saved`.

use serde_json::{Value, json};

use super::{File, Holds, Saved, read};
use crate::error::{Error, Reason};

const GROUP: &str = "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: db}\n\
                     spec: {persistentVolumeClaim: {claimName: data}, schedule: [{every: day, keep: 3}]}\n";

fn snapshot(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
        "metadata": {"namespace": namespace, "name": name, "uid": name, "creationTimestamp": "2026-11-22T08:00:00Z"},
        "spec": {"source": {"persistentVolumeClaimName": "data"}},
        "status": {"readyToUse": true},
    })
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn cluster(text: &str) -> File<'_> {
    File { name: "saved.json", bytes: text.as_bytes(), holds: Holds::Cluster }
}

fn groups(text: &str) -> File<'_> {
    File { name: "group.yaml", bytes: text.as_bytes(), holds: Holds::Groups }
}

fn names(saved: &Saved) -> String {
    let groups = saved.groups.iter().map(|group| format!("{}/{}", group.namespace, group.name));
    let snapshots =
        saved.snapshots.iter().map(|snapshot| format!("{}/{}", snapshot.namespace, snapshot.name));
    groups.chain(snapshots).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn refused(file: File<'_>) -> Error {
    let error = read(&[file], None).unwrap_err();
    assert_eq!(error.reason, Reason::FileInvalid);
    assert!(error.message.contains(file.name), "{error}");
    error
}

#[test]
fn a_saved_list_is_read_as_the_cluster_would_be() {
    let text = list(&[snapshot("shop", "db-2"), snapshot("shop", "db-1")]);
    let saved = read(&[cluster(&text), groups(GROUP)], None).unwrap();
    assert_eq!((names(&saved).as_str(), saved.warnings.len()), ("shop/db shop/db-1 shop/db-2", 0));
    assert!(saved.snapshots[0].is_usable());
    assert_eq!(saved.groups[0].schedule[0].every, "day");

    let yaml = "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshotList\nitems:\n- metadata:\n    \
                annotations: {gemini.fairwinds.com/timestamp: \"1585945609\"}\n    \
                name: db-1\n    creationTimestamp: \"2026-11-22T08:00:00Z\"\n  spec: {source: {}}\n";
    let saved = read(&[cluster(yaml)], None).unwrap();
    assert_eq!(names(&saved), "default/db-1");
    assert_eq!(saved.snapshots[0].taken.timestamp(), 1_585_945_609);

    let single = snapshot("shop", "db-1").to_string();
    assert_eq!(names(&read(&[cluster(&single)], None).unwrap()), "shop/db-1");
    let old = single.replace("k8s.io/v1\"", "k8s.io/v1beta1\"");
    assert_eq!(names(&read(&[cluster(&old)], None).unwrap()), "shop/db-1");
    assert_eq!(names(&read(&[cluster(&list(&[]))], None).unwrap()), "");
}

#[test]
fn every_manifest_of_the_fixtures_is_read() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/groups");
    for entry in std::fs::read_dir(path).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let file = File { name: "group.yaml", bytes: &bytes, holds: Holds::Groups };
        let saved = read(&[file], Some("media")).unwrap();
        assert!(saved.warnings.is_empty(), "{:?}", saved.warnings);
        assert!(saved.groups.iter().all(|group| group.namespace == "media" && !group.schedule.is_empty()));
    }
}

#[test]
fn who_has_no_namespace_is_where_all_the_others_are() {
    let (here, there) = (list(&[snapshot("shop", "db-1")]), list(&[snapshot("blog", "db-1")]));
    let saved = |files: &[File<'_>], namespace| read(files, namespace).unwrap();
    assert_eq!(names(&saved(&[groups(GROUP)], None)), "default/db");
    assert_eq!(names(&saved(&[groups(GROUP)], Some("blog"))), "blog/db");
    assert_eq!(names(&saved(&[cluster(&here), groups(GROUP)], Some("blog"))), "shop/db shop/db-1");
    let both = [cluster(&here), cluster(&there), groups(GROUP)];
    let known = saved(&both, Some("blog"));
    assert_eq!((names(&known).as_str(), known.warnings.len()), ("blog/db blog/db-1 shop/db-1", 0));
    let guessed = saved(&both, None);
    assert_eq!(guessed.groups[0].namespace, "default");
    assert!(guessed.warnings[0].contains("blog, shop") && guessed.warnings[0].contains("-n"), "{guessed:?}");
}

#[test]
fn one_odd_item_is_named_and_the_rest_is_read() {
    let mut no_spec = snapshot("shop", "db-2");
    no_spec["spec"] = json!("?");
    let mut no_time = snapshot("shop", "db-3");
    no_time["metadata"]["creationTimestamp"] = Value::Null;
    let nameless = json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot"});
    let group = json!({"apiVersion": "gemini.fairwinds.com/v1", "kind": "SnapshotGroup",
                       "metadata": {"name": "wiki"}, "spec": {"schedule": "daily"}});
    let text = list(&[no_spec, no_time, nameless, group, json!(7), snapshot("shop", "db-1")]);
    let saved = read(&[cluster(&text)], None).unwrap();
    assert_eq!(names(&saved), "shop/db-1");
    for (warning, wanted) in saved.warnings.iter().zip([
        "saved.json: volumesnapshot db-2 is left out: invalid type",
        "saved.json: volumesnapshot db-3 is left out: it has no metadata.creationTimestamp",
        "saved.json: volumesnapshot number 3 is left out: it has no name",
        "saved.json: snapshotgroup wiki is left out: spec cannot be read",
        "saved.json: item number 5 is left out: it has no kind",
    ]) {
        assert!(warning.starts_with(wanted), "{warning}");
    }
    assert_eq!(saved.warnings.len(), 5);

    let many: Vec<_> = (0..30).map(|_| json!(7)).chain([snapshot("shop", "db-1")]).collect();
    let saved = read(&[cluster(&list(&many))], None).unwrap();
    assert_eq!(saved.warnings.len(), 11);
    assert_eq!(saved.warnings[10], "and 20 more objects are left out");
}

#[test]
fn other_kinds_are_counted() {
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}});
    let stranger =
        json!({"apiVersion": "example.com/v1", "kind": "VolumeSnapshot", "metadata": {"name": "x"}});
    let text = list(&[claim.clone(), snapshot("shop", "db-1"), claim.clone(), stranger]);
    let saved = read(&[cluster(&text)], None).unwrap();
    let wanted = "saved.json: 2 PersistentVolumeClaim, 1 VolumeSnapshot of \"example.com/v1\" not looked at";
    assert_eq!((saved.warnings, saved.snapshots.len()), (vec![wanted.to_owned()], 1));
}

#[test]
fn the_later_of_two_counts_so_that_a_schedule_can_be_tried_out() {
    let group = json!({"apiVersion": "gemini.fairwinds.com/v1", "kind": "SnapshotGroup",
                       "metadata": {"name": "db", "namespace": "shop"}});
    let text = list(&[group, snapshot("shop", "db-1"), snapshot("shop", "db-1")]);
    let saved = read(&[cluster(&text), groups(GROUP)], None).unwrap();
    assert_eq!(names(&saved), "shop/db shop/db-1");
    assert_eq!(saved.groups[0].schedule.len(), 1);
    assert_eq!(
        saved.warnings,
        [
            "snapshotgroup db of saved.json gives way to the one of group.yaml",
            "volumesnapshot db-1 of saved.json gives way to the one further down",
        ]
    );
}

#[test]
fn a_file_of_something_else_is_refused_with_how_to_make_the_right_one() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}});
    let error = refused(cluster(&list(&[pod])));
    assert_eq!(error.causes, ["it holds 1 Pod"]);
    assert!(error.hints()[0].contains("kubectl get snapshotgroups,volumesnapshots"), "{error:?}");
    let report = json!({"schemaVersion": 1, "kind": "SnapshotReport", "items": []}).to_string();
    assert_eq!(refused(cluster(&report)).causes, ["it holds 1 SnapshotReport"]);
    assert!(refused(cluster("")).hints()[0].contains("may have failed"));
    assert!(refused(cluster("hello world")).causes[0].contains("no kind"));
    assert!(refused(cluster("{\"items\": [")).causes[0].contains("line 1"));
    assert!(refused(cluster("a: [")).message.contains("neither JSON nor YAML"));
    assert!(refused(groups(&list(&[snapshot("shop", "db-1")]))).message.contains("no SnapshotGroup"));
    assert!(refused(groups(&GROUP.replace("[{every: day, keep: 3}]", "daily"))).causes[0].contains("spec"));
    assert!(refused(groups("# nothing yet\n")).message.contains("is empty"));
}
