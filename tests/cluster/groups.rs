//! The SnapshotGroup CRD: every manifest of Gemini's announcement and documentation applies unchanged and works.

use sandbox::testing::Namespace;

use crate::support::{backup, fixture, gemini, group, namespace, needs_sandbox};

/// Applies a fixture as its user would.
fn groups_of(namespace: &Namespace, file: &str) {
    namespace.apply(&fixture(&format!("groups/{file}")));
}

#[test]
fn the_announcement_s_groups_apply_and_work() {
    for file in ["announcement-ten-minutes.yaml", "announcement-all-tiers.yaml"] {
        let namespace = namespace("announce");
        namespace.bound_claim("postgres-data", "16Mi");
        groups_of(&namespace, file);
        backup(&namespace, "postgres-backups");
        let table = gemini(&namespace, &["list"]).exits(0).stdout;
        assert!(table.contains("postgres-backups   postgres-data   1/1"), "{table}");
    }
}

#[test]
fn a_group_with_a_claim_spec_gets_its_claim_once_and_never_again_an_empty_one() {
    if needs_sandbox("a_group_with_a_claim_spec_gets_its_claim_once_and_never_again_an_empty_one") {
        return;
    }
    let namespace = namespace("claimspec");
    namespace.apply(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshotClass\nmetadata: {name: test-snapshot-class}\n\
         driver: csi.sandbox.test\ndeletionPolicy: Delete\n",
    );
    groups_of(&namespace, "documentation.yaml");
    backup(&namespace, "test-volume");
    let claim = namespace.get("persistentvolumeclaim", "test-volume");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "1Gi");
    let group = namespace.get("snapshotgroup", "test-volume");
    assert_eq!(group["status"]["claim"]["uid"], claim["metadata"]["uid"]);

    namespace.kubectl(&["delete", "volumesnapshots", "--all"]);
    namespace.kubectl(&["delete", "pvc", "test-volume"]);
    let run = gemini(&namespace, &["backup", "test-volume"]);
    run.fails_with(1, "ClaimMissing", &["test-volume", "restore"]);
    assert!(namespace.find("persistentvolumeclaim", "test-volume").is_none());
}

#[test]
fn groups_for_claims_that_exist_already_work_in_both_versions() {
    let namespace = namespace("existing");
    namespace.bound_claim("wiki-data", "16Mi");
    namespace.bound_claim("photos-data", "16Mi");
    groups_of(&namespace, "two-existing-claims.yaml");
    backup(&namespace, "wiki-backups");
    backup(&namespace, "photos-backups");
    let v1 = namespace.kubectl(&["get", "snapshotgroups.v1.gemini.fairwinds.com", "-o", "name"]);
    let v1beta1 = namespace.kubectl(&["get", "snapshotgroups.v1beta1.gemini.fairwinds.com", "-o", "name"]);
    assert_eq!((v1.lines().count(), &v1), (2, &v1beta1));
}

#[test]
fn a_group_that_names_both_classes_gets_both() {
    if needs_sandbox("a_group_that_names_both_classes_gets_both") {
        return;
    }
    let namespace = namespace("classes");
    namespace.apply(
        "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: csi}\nprovisioner: csi.sandbox.test\n---\n\
         apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshotClass\nmetadata: {name: csi}\n\
         driver: csi.sandbox.test\ndeletionPolicy: Delete\n",
    );
    groups_of(&namespace, "with-classes.yaml");
    let snapshot = backup(&namespace, "classed-volume");
    assert_eq!(namespace.get("persistentvolumeclaim", "classed-volume")["spec"]["storageClassName"], "csi");
    assert_eq!(namespace.get("volumesnapshot", &snapshot)["spec"]["volumeSnapshotClassName"], "csi");
}

#[test]
fn an_old_example_whose_claim_the_server_drops_is_explained() {
    let namespace = namespace("oldkey");
    let args = ["apply", "--validate=false", "--namespace", namespace.name(), "-f", "-"];
    let applied = namespace.cluster().kubectl(args, &fixture("groups/old-claim-key.yaml")).unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let run = gemini(&namespace, &["backup", "old-spelling"]);
    run.fails_with(1, "ClaimMissing", &["spec.persistentVolumeClaim", "spec.claim"]);
}

#[test]
fn what_gemini_accepts_is_accepted_and_what_can_never_work_is_refused_with_a_reason() {
    let namespace = namespace("schema");
    let apply = |name: &str, spec: &str| {
        let manifest = format!(
            "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: {name}}}\nspec: {spec}\n"
        );
        let args = ["apply", "--namespace", namespace.name(), "-f", "-"];
        let output = namespace.cluster().kubectl(args, &manifest).unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (name, spec) in [
        ("empty", "{}"),
        ("no-schedule", "{persistentVolumeClaim: {claimName: a}}"),
        ("both", "{persistentVolumeClaim: {claimName: a, spec: {accessModes: [ReadWriteOnce]}}}"),
        (
            "empty-name",
            "{persistentVolumeClaim: {claimName: '', spec: {resources: {requests: {storage: 1Gi}}}}}",
        ),
        ("bytes", "{persistentVolumeClaim: {spec: {resources: {requests: {storage: 1073741824}}}}}"),
        ("odd-period", "{schedule: [{every: fortnight, keep: 0}]}"),
        ("twice", "{schedule: [{every: day, keep: 1}, {every: day, keep: 2}]}"),
    ] {
        let (accepted, text) = apply(name, spec);
        assert!(accepted, "{spec} was refused: {text}");
    }
    for (spec, why) in
        [("{schedule: [{every: day, keep: -1}]}", "keep"), ("{schedule: [{every: '', keep: 1}]}", "every")]
    {
        let (accepted, text) = apply("bad", spec);
        assert!(!accepted && text.contains(why), "{spec}: {text}");
    }
    let stored = namespace.get("snapshotgroup", "both");
    assert_eq!(stored["spec"]["persistentVolumeClaim"]["spec"]["accessModes"][0], "ReadWriteOnce");
}

#[test]
fn kubectl_get_shows_the_groups_columns() {
    let namespace = crate::support::protected("columns");
    let table = namespace.kubectl(&["get", "snapshotgroups"]);
    for column in ["NAME", "PVC", "SCHEDULE", "READY", "NEWEST", "STATUS", "AGE"] {
        assert!(table.lines().next().unwrap().contains(column), "{table}");
    }
}

#[test]
fn what_can_never_be_backed_up_is_refused_before_anything_is_created() {
    if needs_sandbox("what_can_never_be_backed_up_is_refused_before_anything_is_created") {
        return;
    }
    let namespace = namespace("never");
    namespace.apply(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: films}\nspec:\n  storageClassName: wait\n  \
         accessModes: [ReadOnlyMany]\n  resources: {requests: {storage: 1Mi}}\n",
    );
    namespace.apply(&group("films", "films"));
    gemini(&namespace, &["backup", "films"]).fails_with(1, "ClaimReadOnly", &["films", "ReadOnlyMany"]);

    namespace.bound_claim("data", "16Mi");
    let (fits, long) = ("x".repeat(242), "x".repeat(243));
    namespace.apply(&group(&fits, "data"));
    namespace.apply(&group(&long, "data"));
    gemini(&namespace, &["backup", &long]).fails_with(1, "GroupInvalid", &["243 characters", "PVC data"]);
    assert!(namespace.list("volumesnapshot").is_empty());
    backup(&namespace, &fits);
}
