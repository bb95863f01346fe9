//! What is installed into a cluster: the job with its account, its roles, and roles for people.
//! Must be what `cronjob/` holds: `tests/manifests.rs` writes those files from here.

use serde_json::{Value, json};

use super::rights::{self, Right, rules};

/// Name of the job and of everything that belongs to it.
pub const JOB: &str = "gemini-run-once";
/// The namespace of the job, where none is named.
pub const NAMESPACE: &str = "gemini";
/// The image, without the tag.
pub const IMAGE: &str = "ghcr.io/kubectl-gemini/kubectl-gemini";

/// Where the job works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In all namespaces.
    Cluster,
    /// In its own.
    Namespace,
}

/// What is installed, as far as it can be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The namespace of the job.
    pub namespace: String,
    /// Where it works.
    pub reach: Reach,
    /// The image, with its tag.
    pub image: String,
    /// Restores by annotation are carried out.
    pub restores: bool,
}

/// This program's image, of this version.
pub fn image() -> String {
    format!("{IMAGE}:v{}", env!("CARGO_PKG_VERSION"))
}

fn labels() -> Value {
    json!({"app.kubernetes.io/name": "kubectl-gemini", "app.kubernetes.io/component": "run-once"})
}

/// The namespace. Whoever makes a pod there that is not as strict as the job is told; it may be one that others use, too.
pub fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name, "labels": {"pod-security.kubernetes.io/warn": "restricted"}},
    })
}

/// The account of the job. A token is mounted only where it is asked for.
pub fn service_account() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": JOB, "labels": labels()},
        "automountServiceAccountToken": false,
    })
}

fn role(kind: &str, name: &str, rights: &[Right]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": {"name": name, "labels": labels()}, "rules": rules(rights),
    })
}

fn binding(kind: &str, name: &str, role_kind: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": {"name": name, "labels": labels()},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": JOB, "namespace": namespace}],
    })
}

/// A role in the namespace or in the cluster, and its binding to the job.
fn granted(name: &str, is_cluster: bool, rights: &[Right], namespace: &str) -> [Value; 2] {
    let (kind, bound) =
        if is_cluster { ("ClusterRole", "ClusterRoleBinding") } else { ("Role", "RoleBinding") };
    [role(kind, name, rights), binding(bound, name, kind, namespace)]
}

/// The rights of the job that works in all namespaces, or in its own.
pub fn job_rights(reach: Reach, namespace: &str) -> Vec<Value> {
    let lock = format!("{JOB}-lock");
    match reach {
        Reach::Cluster => [
            granted(JOB, true, &[rights::JOB, rights::JOB_CLUSTER].concat(), namespace),
            granted(&lock, false, rights::LOCK, namespace),
        ],
        // What lies in no namespace can only be granted in the cluster; the name keeps several installations apart.
        Reach::Namespace => [
            granted(JOB, false, &[rights::JOB, rights::LOCK].concat(), namespace),
            granted(&format!("{JOB}-{namespace}"), true, rights::JOB_CLUSTER, namespace),
        ],
    }
    .concat()
}

/// What restores by annotation add to that.
pub fn restore_rights(reach: Reach, namespace: &str) -> Vec<Value> {
    let name = format!("{JOB}-restore");
    match reach {
        Reach::Cluster => {
            granted(&name, true, &[rights::ANNOTATED, rights::ANNOTATED_CLUSTER].concat(), namespace).to_vec()
        }
        Reach::Namespace => [
            granted(&name, false, rights::ANNOTATED, namespace),
            granted(&format!("{name}-{namespace}"), true, rights::ANNOTATED_CLUSTER, namespace),
        ]
        .concat(),
    }
}

/// Roles for people: two that extend `view` and `edit`, and one that an administrator binds.
pub fn user_roles() -> Vec<Value> {
    let aggregated = |name: &str, to: &str, rights: &[Right]| {
        let mut role = role("ClusterRole", name, rights);
        role["metadata"]["labels"] = json!({format!("rbac.authorization.k8s.io/aggregate-to-{to}"): "true"});
        role
    };
    let restore = [rights::RESTORE, rights::RESTORE_CLUSTER].concat();
    let mut restorer = role("ClusterRole", "gemini-restore", &restore);
    restorer["metadata"]["labels"] = json!({});
    vec![
        aggregated("gemini-view", "view", rights::VIEW),
        aggregated("gemini-edit", "edit", rights::EDIT),
        restorer,
    ]
}

/// The CronJob, which meets the strictest rules for pods that there are (ux.md, section 4.2).
pub fn cron_job(choice: &Choice) -> Value {
    let mut args = vec!["run-once", "--deadline=240s", "--log-format=json"];
    match choice.reach {
        Reach::Cluster => args.push("--all-namespaces"),
        // Without a word it works where its account lives.
        Reach::Namespace => {}
    }
    if choice.restores {
        args.push("--restore-annotated");
    }
    let container = json!({
        "name": "run-once",
        "image": choice.image,
        "imagePullPolicy": "IfNotPresent",
        "args": args,
        "env": [{
            "name": "GEMINI_JOB_NAME",
            "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['batch.kubernetes.io/job-name']"}},
        }],
        "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
    });
    let pod = json!({
        "serviceAccountName": JOB,
        "automountServiceAccountToken": true,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 75,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    });
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": JOB, "labels": labels()},
        "spec": {
            "schedule": "*/5 * * * *",
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 240,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "metadata": {"labels": labels()},
                "spec": {
                    "backoffLimit": 1,
                    "activeDeadlineSeconds": 270,
                    "podReplacementPolicy": "Failed",
                    // Wrong usage, and what needs a person, is not mended by a second attempt.
                    "podFailurePolicy": {"rules": [
                        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
                        {"action": "FailJob", "onExitCodes": {"containerName": "run-once", "operator": "In", "values": [2, 4]}},
                    ]},
                    "template": {"metadata": {"labels": labels()}, "spec": pod},
                },
            },
        },
    })
}

/// An object, put into a namespace.
pub fn in_namespace(mut object: Value, namespace: &str) -> Value {
    let kinds = ["Namespace", "ClusterRole", "ClusterRoleBinding"];
    if !kinds.iter().any(|kind| object["kind"] == *kind) {
        object["metadata"]["namespace"] = json!(namespace);
    }
    object
}
