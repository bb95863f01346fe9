//! `restore --to-pvc` meets what only looks right: marks on empty claims, data sources that the server drops,
//! snapshots that are marked as bad. None of it may be called restored.

use sandbox::testing::Namespace;
use serde_json::{Value, json};

use crate::support::{Run, backup, gemini, needs_sandbox, protected, until};

fn restore(namespace: &Namespace, snapshot: &str, to: &str, more: &[&str]) -> Run {
    let args = ["restore", "db", "--snapshot", snapshot, "--to-pvc", to];
    gemini(namespace, &[&args, more].concat())
}

/// What `kubectl get -o yaml`, an editor and `kubectl apply` make of a claim: all but what binds it.
fn reapply(namespace: &Namespace, claim: &Value, name: &str, spoil: impl FnOnce(&mut Value)) {
    let mut copy = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "annotations": {
            "gemini.fairwinds.com/restored-from": claim["metadata"]["annotations"]["gemini.fairwinds.com/restored-from"]}},
        "spec": claim["spec"],
    });
    copy["spec"].as_object_mut().unwrap().remove("volumeName");
    spoil(&mut copy["spec"]);
    namespace.apply(&copy.to_string());
    namespace.wait_bound(name);
}

#[test]
fn a_claim_that_carries_our_mark_but_is_empty_is_never_taken_for_a_restored_one() {
    if needs_sandbox("a_claim_that_carries_our_mark_but_is_empty_is_never_taken_for_a_restored_one") {
        return;
    }
    let namespace = protected("adopt");
    let snapshot = backup(&namespace, "db");
    let other = backup(&namespace, "db");
    restore(&namespace, &snapshot, "copy", &[]).exits(0).says(&["holds the data"]);
    let claim = namespace.get("persistentvolumeclaim", "copy");
    reapply(&namespace, &claim, "empty", |spec| {
        spec.as_object_mut().unwrap().retain(|key, _| !key.starts_with("dataSource"));
    });
    reapply(&namespace, &claim, "wrong", |spec| {
        spec["dataSource"]["name"] = json!(other);
        spec["dataSourceRef"]["name"] = json!(other);
    });
    for name in ["empty", "wrong"] {
        let run = restore(&namespace, &snapshot, name, &["-o", "json"]);
        let run = run.fails_with(1, "ClaimExists", &[name, "may be empty"]);
        assert!(!run.stdout.contains("\"verified\": true"), "{}", run.stdout);
    }
    // Its own work is found again, and no more is said of it than is known; but not with other wishes.
    restore(&namespace, &snapshot, "copy", &[]).exits(0).says(&["was made from snapshot"]);
    restore(&namespace, &snapshot, "copy", &["--size", "64Mi"]).fails_with(1, "ClaimExists", &["16Mi"]);
    restore(&namespace, &snapshot, "copy", &["--storage-class", "wait"]).fails_with(
        1,
        "ClaimExists",
        &["--storage-class"],
    );
}

#[test]
fn a_snapshot_that_is_marked_as_bad_is_neither_counted_nor_offered_nor_used() {
    let namespace = protected("tainted");
    let good = backup(&namespace, "db");
    let bad = backup(&namespace, "db");
    namespace.kubectl(&["annotate", "volumesnapshot", &bad, "gemini.fairwinds.com/tainted=wrong-volume"]);
    restore(&namespace, &bad, "copy", &[]).fails_with(1, "SnapshotUntrusted", &["wrong-volume"]);
    let run = restore(&namespace, "nope", "copy", &[]).fails_with(1, "SnapshotNotFound", &[&good]);
    assert!(!run.stderr.contains(&bad), "{}", run.stderr);
    let table = gemini(&namespace, &["list", "db"]).exits(0).stdout;
    assert!(table.lines().any(|line| line.starts_with(&bad) && line.contains("Tainted")), "{table}");
    let groups = gemini(&namespace, &["list"]).exits(0).stdout;
    assert!(groups.contains("1/2"), "{groups}");
}

/// A policy by which the server drops the data source of every new claim of a namespace, as old servers and some
/// webhooks do. Lies outside namespaces, so it is taken away again.
pub struct Dropping<'a>(&'a Namespace);

impl<'a> Dropping<'a> {
    pub fn new(namespace: &'a Namespace) -> Self {
        let name = namespace.name();
        namespace.apply(&format!(
            r#"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {{name: drop-{name}}}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConditions: [{{name: filled, expression: "has(object.spec.dataSource)"}}]
  matchConstraints:
    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}
    resourceRules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [persistentvolumeclaims]}}]
  mutations:
  - patchType: JSONPatch
    jsonPatch:
      expression: '[JSONPatch{{op: "remove", path: "/spec/dataSource"}}, JSONPatch{{op: "remove", path: "/spec/dataSourceRef"}}]'
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {{name: drop-{name}}}
spec: {{policyName: drop-{name}}}
"#
        ));
        let source = json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "x"});
        let probe = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "probe"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}},
                     "dataSource": source, "dataSourceRef": source},
        })
        .to_string();
        until("the policy to work", || {
            let args = ["create", "--dry-run=server", "-o", "json", "--namespace", name, "-f", "-"];
            let output = namespace.cluster().kubectl(args, &probe).unwrap();
            output.status.success() && !String::from_utf8_lossy(&output.stdout).contains("\"dataSource\"")
        });
        Self(namespace)
    }
}

impl Drop for Dropping<'_> {
    fn drop(&mut self) {
        let name = format!("drop-{}", self.0.name());
        let kinds = "mutatingadmissionpolicies,mutatingadmissionpolicybindings";
        let _ = self.0.cluster().kubectl(["delete", kinds, &name, "--ignore-not-found"], "");
    }
}

#[test]
fn a_claim_that_the_server_made_empty_is_deleted_again() {
    let namespace = protected("dropped");
    let snapshot = backup(&namespace, "db");
    let _policy = Dropping::new(&namespace);
    for _ in 0..3 {
        restore(&namespace, &snapshot, "copy", &[]).fails_with(
            5,
            "RequestAltered",
            &["copy", "deleted again"],
        );
        until("the empty claim to be gone", || namespace.find("persistentvolumeclaim", "copy").is_none());
    }
    restore(&namespace, &snapshot, "copy", &["--dry-run=server"]).fails_with(5, "RequestAltered", &["copy"]);
}

#[test]
fn an_empty_claim_that_cannot_be_deleted_is_called_empty() {
    let namespace = protected("stuck");
    let snapshot = backup(&namespace, "db");
    let name = namespace.name();
    let account = format!("system:serviceaccount:{name}:default");
    let subject = format!("--serviceaccount={name}:default");
    let cluster_role = format!("restorer-{name}");
    namespace.kubectl(&[
        "create", "clusterrole", &cluster_role, "--verb=get,list,create",
        "--resource=snapshotgroups.gemini.fairwinds.com,persistentvolumes,persistentvolumeclaims,events,\
         storageclasses.storage.k8s.io,volumesnapshots.snapshot.storage.k8s.io,volumesnapshotcontents.snapshot.storage.k8s.io",
    ]);
    let role = format!("--clusterrole={cluster_role}");
    namespace.kubectl(&["create", "clusterrolebinding", &cluster_role, &role, &subject]);
    let policy = Dropping::new(&namespace);
    let run = restore(&namespace, &snapshot, "copy", &["--as", &account]);
    namespace.kubectl(&["delete", "clusterrolebinding,clusterrole", &cluster_role]);
    drop(policy);
    let remedy = format!("kubectl delete pvc copy -n {name}");
    run.fails_with(6, "RequestAltered", &["copy", "IS EMPTY", "do not use it", &remedy]);
    assert!(namespace.find("persistentvolumeclaim", "copy").is_some());
    // Nor is it taken for a restored one afterwards.
    restore(&namespace, &snapshot, "copy", &[]).fails_with(1, "ClaimExists", &["may be empty"]);
}
