//! `doctor` and `version`: what the cluster can do, and what is missing.

use sandbox::testing::{Failure, Faults};
use serde_json::{Value, json};

use crate::support::{gemini, needs_sandbox, protected};

#[test]
fn a_healthy_cluster_passes_every_check() {
    if needs_sandbox("a_healthy_cluster_passes_every_check") {
        return;
    }
    let namespace = protected("doctor");
    let run = gemini(&namespace, &["doctor"]).exits(0);
    for text in ["snapshot.storage.k8s.io/v1", "csi.sandbox.test", "ok"] {
        assert!(run.stdout.contains(text), "{}", run.stdout);
    }
    assert!(!run.stdout.contains("FAIL"), "{}", run.stdout);
    let json = gemini(&namespace, &["doctor", "-o", "json"]).exits(0).json();
    assert_eq!(json["kind"], "DoctorReport");
}

#[test]
fn missing_rights_are_failed_checks() {
    let namespace = protected("doctor-as");
    let account = format!("system:serviceaccount:{}:default", namespace.name());
    let run = gemini(&namespace, &["doctor", "--as", &account]).exits(1);
    let failed = |line: &str| {
        line.trim_start().starts_with("FAIL") && line.contains("volumesnapshots.snapshot.storage.k8s.io")
    };
    assert!(run.stdout.lines().any(failed), "{}", run.stdout);
}

/// What `--print-rbac` prints is enough: bound, nothing is missing any more.
#[test]
fn the_roles_that_are_printed_are_those_that_are_missing() {
    let namespace = protected("doctor-rbac");
    let (name, account) = (namespace.name(), format!("system:serviceaccount:{}:default", namespace.name()));
    let ask = ["doctor", "--for", "restore", "--print-rbac", "--as", &account];
    let printed = gemini(&namespace, &ask).exits(1).stdout;
    assert!(printed.contains("kind: Role\n") && printed.contains("kind: ClusterRole\n"), "{printed}");
    // Of the cluster's roles there is one for all tests.
    let mine = format!("kubectl-gemini-{name}");
    namespace.apply(&printed.replace("name: kubectl-gemini\n", &format!("name: {mine}\n")));
    let subject = format!("--serviceaccount={name}:default");
    namespace.kubectl(&["create", "rolebinding", &mine, &format!("--role={mine}"), &subject]);
    namespace.kubectl(&["create", "clusterrolebinding", &mine, &format!("--clusterrole={mine}"), &subject]);
    assert_eq!(gemini(&namespace, &ask).exits(0).stdout, "# Nothing is missing.\n");
    namespace.kubectl(&["delete", "clusterrole,clusterrolebinding", &mine]);
}

#[test]
fn a_probe_sees_what_a_driver_does_and_leaves_nothing() {
    if needs_sandbox("a_probe_sees_what_a_driver_does_and_leaves_nothing") {
        return;
    }
    let namespace = crate::support::namespace("probe");
    let run = gemini(&namespace, &["doctor", "--probe"]).exits(0);
    for text in
        ["made a volume", "took a snapshot", "restored the snapshot", "restored the snapshot once more"]
    {
        assert!(run.stdout.contains(text), "{}", run.stdout);
    }
    let nothing =
        || ["persistentvolumeclaim", "volumesnapshot"].iter().all(|kind| namespace.list(kind).is_empty());
    crate::support::until("everything to be gone", nothing);
    let failure = Failure::always("Internal", "no room on the array");
    assert!(
        namespace.set_faults(&Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() })
    );
    let command = crate::support::Running::start(&namespace, &["doctor", "--probe"]);
    crate::support::until("the copy to be asked for", || namespace.list("persistentvolumeclaim").len() == 2);
    assert!(namespace.set_faults(&Faults::default()));
    command.wait().exits(0);
    crate::support::until("everything to be gone", nothing);
}

/// The binder gives the probe's claim what is free and fits.
#[test]
fn a_probe_does_not_delete_a_volume_that_was_there_before() {
    if needs_sandbox("a_probe_does_not_delete_a_volume_that_was_there_before") {
        return;
    }
    let namespace = crate::support::namespace("probe-free");
    let class = crate::support::own_class(&namespace);
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": class}, "spec": {
        "storageClassName": class, "capacity": {"storage": "2Gi"}, "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete", "csi": {"driver": "csi.sandbox.test", "volumeHandle": "somebodys"}}});
    namespace.apply(&volume.to_string());
    namespace.wait("the volume to be free", || {
        (namespace.get("persistentvolume", &class)["status"]["phase"] == "Available").then_some(())
    });
    let run = gemini(&namespace, &["doctor", "--probe", "--storage-class", &class]).exits(1);
    let told = format!("{}{}", run.stdout, run.stderr);
    assert!(told.contains(&format!("got volume {class}, which was there before")), "{told}");
    assert!(
        told.contains(&format!("kubectl patch pv {class}")) && !told.contains("kubectl delete"),
        "{told}"
    );
    assert_eq!(namespace.get("persistentvolume", &class)["status"]["phase"], "Bound");
    namespace.kubectl(&[
        "patch",
        "pv",
        &class,
        "-p",
        r#"{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}"#,
    ]);
    namespace.kubectl(&["delete", "pvc", "--all"]);
    namespace.kubectl(&["delete", "pv,storageclass", &class]);
}

#[test]
fn version_tells_client_and_server() {
    let namespace = protected("version");
    let run = gemini(&namespace, &["version"]).exits(0);
    assert!(run.stdout.contains(env!("CARGO_PKG_VERSION")), "{}", run.stdout);
    let json = gemini(&namespace, &["version", "-o", "json"]).exits(0).json();
    let kubectl: Value = serde_json::from_str(&namespace.kubectl(&["version", "-o", "json"])).unwrap();
    assert!(kubectl["serverVersion"]["gitVersion"].is_string());
    assert_eq!(json["server"]["version"], kubectl["serverVersion"]["gitVersion"]);
}
