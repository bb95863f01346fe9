//! Clusters that are not as they should be: each a sandbox of its own, because what is odd is cluster-wide.

use std::path::PathBuf;
use std::process::Command;

use sandbox::owner::Owned;
use sandbox::supervisor::Options;
use sandbox::testing::{Cluster, own_cluster, skip};

use crate::support::{Running, gemini, gemini_with, group, install_crd, until};

/// The CRD of the snapshot classes, as far as the API server wants to know.
const CLASSES_ONLY: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: volumesnapshotclasses.snapshot.storage.k8s.io
  annotations: {api-approved.kubernetes.io: 'unapproved, a test'}
spec:
  group: snapshot.storage.k8s.io
  scope: Cluster
  names: {kind: VolumeSnapshotClass, plural: volumesnapshotclasses, singular: volumesnapshotclass}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// A sandbox of the test's own, and the view of it that namespaces can borrow for as long as the program runs.
pub fn start(test: &str, options: Options) -> Option<(Owned, &'static Cluster)> {
    if own_cluster().is_some() {
        skip(test, "it needs a sandbox of its own");
        return None;
    }
    let owned = Owned::start(&format!("t-odd-{test}-{}", std::process::id()), options, |_| ()).unwrap();
    let cluster = Cluster::of_sandbox(owned.layout().clone()).unwrap();
    Some((owned, Box::leak(Box::new(cluster))))
}

#[test]
fn missing_crds_are_named_with_how_to_install_them() {
    let Some((_owned, cluster)) = start("bare", Options { bare: true, node: false }) else { return };
    let kubeconfig: PathBuf = cluster.kubeconfig().into();
    for args in [&["list"][..], &["backup", "db"], &["restore", "db", "--snapshot", "db-1", "--to-pvc", "x"]]
    {
        gemini_with(&kubeconfig, args).fails_with(1, "SnapshotGroupCrdMissing", &["kubectl apply"]);
    }
    install_crd(cluster, "cronjob/crd.yaml");
    gemini_with(&kubeconfig, &["backup", "db"]).fails_with(
        1,
        "SnapshotCrdMissing",
        &["external-snapshotter"],
    );
    let doctor = gemini_with(&kubeconfig, &["doctor"]).exits(1);
    assert!(
        doctor.stdout.contains("FAIL") && doctor.stdout.contains("snapshot.storage.k8s.io"),
        "{}",
        doctor.stdout
    );

    // Only one of the three: the API group is served, and still there is nothing to put a snapshot into.
    let output = cluster.kubectl(["apply", "-f", "-"], CLASSES_ONLY).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let missing = "volumesnapshots.snapshot.storage.k8s.io";
    until("the API group to be served", || {
        gemini_with(&kubeconfig, &["backup", "db"]).stderr.contains(missing)
    });
    gemini_with(&kubeconfig, &["list"]).fails_with(1, "SnapshotCrdMissing", &[missing]);
    let doctor = gemini_with(&kubeconfig, &["doctor"]).exits(1);
    let failed = |line: &str| line.contains("FAIL") && line.contains(missing);
    assert!(doctor.stdout.lines().any(failed), "{}", doctor.stdout);
}

#[test]
fn gemini_s_own_crd_serves_and_the_default_class_must_be_clear() {
    let Some((_owned, cluster)) = start("gemini", Options::default()) else { return };
    install_crd(cluster, "tests/fixtures/gemini-crd.yaml");
    let namespace = cluster.namespace("gemini-crd");
    namespace.bound_claim("data", "16Mi");
    namespace.apply(&group("db", "data"));
    gemini(&namespace, &["backup", "db"]).exits(0);
    assert!(gemini(&namespace, &["list"]).exits(0).stdout.contains("1/1"));
    // No status subresource there: a claim of a group is still made and backed up.
    namespace.apply(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: own}\nspec:\n  persistentVolumeClaim:\n    \
         spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n  schedule: [{every: day, keep: 1}]\n",
    );
    gemini(&namespace, &["backup", "own"]).exits(0);

    // A pass works without a status, too; what is wrong is told in an Event, and only once.
    namespace.apply(&group("lost", "nowhere"));
    for _ in 0..2 {
        gemini(&namespace, &["run-once"]).exits(6).says(&["(ClaimMissing)"]);
    }
    let events = namespace.list("events");
    let of_group = |event: &&serde_json::Value| event["involvedObject"]["kind"] == "SnapshotGroup";
    let told =
        |reason: &str| events.iter().filter(of_group).filter(|event| event["reason"] == reason).count();
    assert_eq!((told("ClaimMissing"), told("SnapshotReady")), (1, 2));
    assert!(namespace.list("snapshotgroups").iter().all(|group| group["status"].is_null()));
    let taken = namespace.list("volumesnapshot").len();
    assert_eq!(taken, 4, "two by hand, two by the schedules");

    let default = "snapshot.storage.kubernetes.io/is-default-class";
    let mark =
        |class: &str, change: &str| namespace.kubectl(&["annotate", "volumesnapshotclass", class, change]);
    mark("snapshots-retain", &format!("{default}=true"));
    let two = gemini(&namespace, &["backup", "db"]);
    two.fails_with(1, "TwoDefaultClasses", &["snapshots-retain", "--snapshot-class"]);
    mark("snapshots-retain", &format!("{default}-"));
    mark("snapshots", &format!("{default}-"));
    gemini(&namespace, &["backup", "db"]).fails_with(
        1,
        "NoSnapshotClass",
        &["csi.sandbox.test", "--snapshot-class"],
    );
    let doctor = gemini(&namespace, &["doctor"]).exits(1);
    assert!(doctor.stdout.contains("FAIL"), "{}", doctor.stdout);
    gemini(&namespace, &["backup", "db", "--snapshot-class", "snapshots"]).exits(0);
    assert_eq!(namespace.list("volumesnapshot").len(), taken + 1);
}

#[test]
fn a_claim_that_is_replaced_while_its_snapshot_waits_is_noticed() {
    let Some((owned, cluster)) = start("replaced", Options::default()) else { return };
    install_crd(cluster, "cronjob/crd.yaml");
    let namespace = cluster.namespace("replaced");
    namespace.bound_claim("data", "16Mi");
    namespace.apply(&group("db", "data"));

    // A snapshot is tied to a claim by name: one that nobody looks at yet is cut from whatever has the name later.
    let controller = std::fs::read_to_string(owned.layout().component_pid("snapshot-controller")).unwrap();
    let signal = |name: &str| {
        assert!(Command::new("kill").args(["-s", name, &controller]).status().unwrap().success())
    };
    signal("STOP");
    let run = Running::start(&namespace, &["backup", "db"]);
    until("the snapshot to be created", || namespace.list("volumesnapshot").len() == 1);
    namespace.kubectl(&["delete", "pvc", "data"]);
    namespace.bound_claim("data", "16Mi");
    signal("CONT");
    run.wait().fails_with(4, "WrongVolume", &["asked for volume", "cut from volume"]);
    let listed = gemini(&namespace, &["list", "db", "-o", "wide"]).exits(0).stdout;
    assert!(listed.contains("wrong"), "{listed}");
    let tainted =
        &namespace.list("volumesnapshot")[0]["metadata"]["annotations"]["gemini.fairwinds.com/tainted"];
    assert_eq!(tainted, "wrong-volume");

    // The same between two passes: the first leaves a snapshot behind that nobody has looked at, the second finds out.
    namespace.kubectl(&["delete", "volumesnapshot", "--all"]);
    signal("STOP");
    gemini(&namespace, &["run-once", "--deadline", "8s"]).exits(0).says(&["still being made"]);
    namespace.kubectl(&["delete", "pvc", "data"]);
    namespace.bound_claim("data", "16Mi");
    signal("CONT");
    until("the snapshot to be ready", || namespace.list("volumesnapshot")[0]["status"]["readyToUse"] == true);
    gemini(&namespace, &["run-once"]).exits(4).says(&["(WrongVolume)", "cut from volume"]);
    // It never counted, so the schedule has got another, of the claim as it is.
    let ready = |snapshot: &&serde_json::Value| {
        snapshot["metadata"]["annotations"]["gemini.fairwinds.com/tainted"].is_null()
    };
    let snapshots = namespace.list("volumesnapshot");
    assert_eq!((snapshots.len(), snapshots.iter().filter(ready).count()), (2, 1));
    gemini(&namespace, &["run-once"]).exits(0);
}
