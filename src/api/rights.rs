//! The rights that the parts of this program need: the one source of the roles in `cronjob/`, of `doctor --print-rbac`, and of
//! the tests that run with nothing more (reliability.md, section 4).
//! Must never hold a `*`, and for the job neither a write on a volume nor a change or deletion of a claim.

use serde_json::{Value, json};

/// What may be done to objects of one resource.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    /// The API group, empty for the core.
    pub group: &'static str,
    /// The resource, with its subresource.
    pub resource: &'static str,
    /// Kubernetes' verbs.
    pub verbs: &'static [&'static str],
}

const fn right(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Right {
    Right { group, resource, verbs }
}

const GEMINI: &str = "gemini.fairwinds.com";
const SNAPSHOTS: &str = "snapshot.storage.k8s.io";
const LEASES: &str = "coordination.k8s.io";

/// The job, in each namespace with groups. It makes the claim of a group that brings it along, once.
pub const JOB: &[Right] = &[
    right(GEMINI, "snapshotgroups", &["get", "list"]),
    right(GEMINI, "snapshotgroups/status", &["patch"]),
    right(SNAPSHOTS, "volumesnapshots", &["get", "list", "create", "patch", "delete"]),
    right("", "persistentvolumeclaims", &["get", "list", "create"]),
    right(LEASES, "leases", &["get"]),
    right("events.k8s.io", "events", &["create"]),
];

/// The job, in its own namespace: the lock of its passes.
pub const LOCK: &[Right] = &[right(LEASES, "leases", &["get", "create", "patch"])];

/// The job, of what lies in no namespace.
pub const JOB_CLUSTER: &[Right] = &[
    right("", "persistentvolumes", &["get"]),
    right("storage.k8s.io", "storageclasses", &["get"]),
    right(SNAPSHOTS, "volumesnapshotcontents", &["get"]),
    right(SNAPSHOTS, "volumesnapshotclasses", &["get", "list"]),
];

/// What restores by annotation add to the job, in each namespace with groups.
pub const ANNOTATED: &[Right] = &[
    right(GEMINI, "snapshotgroups", &["patch"]),
    right("", "persistentvolumeclaims", &["patch", "delete"]),
    right("", "pods", &["list"]),
    right("", "configmaps", &["get", "list", "create", "patch", "delete"]),
    right(LEASES, "leases", &["get", "create", "patch"]),
];

/// What they add of what lies in no namespace. Whoever may patch volumes can read any volume of the cluster.
pub const ANNOTATED_CLUSTER: &[Right] =
    &[right("", "persistentvolumes", &["patch"]), right("storage.k8s.io", "volumeattachments", &["list"])];

/// People who list, back up, hold, prune, and restore into new claims, in a namespace.
pub const BACKUP: &[Right] = &[
    right(GEMINI, "snapshotgroups", &["get", "list"]),
    right(SNAPSHOTS, "volumesnapshots", &["get", "list", "create", "patch", "delete"]),
    right("", "persistentvolumeclaims", &["get", "list", "create"]),
];

/// The same people, of what lies in no namespace.
pub const BACKUP_CLUSTER: &[Right] = &[
    right(SNAPSHOTS, "volumesnapshotcontents", &["get"]),
    right(SNAPSHOTS, "volumesnapshotclasses", &["get", "list"]),
    right("", "persistentvolumes", &["get"]),
    right("storage.k8s.io", "storageclasses", &["get"]),
];

/// People who look; for the role `view`.
pub const VIEW: &[Right] = &[
    right(GEMINI, "snapshotgroups", &["get", "list", "watch"]),
    right(SNAPSHOTS, "volumesnapshots", &["get", "list", "watch"]),
];

/// People who back up and prune; for the role `edit`.
pub const EDIT: &[Right] = &[
    right(GEMINI, "snapshotgroups", &["create", "update", "patch", "delete"]),
    right(SNAPSHOTS, "volumesnapshots", &["create", "patch", "delete"]),
];

/// People who restore in place, in a namespace: all that it takes, the way back and the application included.
pub const RESTORE: &[Right] = &[
    right(GEMINI, "snapshotgroups", &["get", "list"]),
    right(SNAPSHOTS, "volumesnapshots", &["get", "list", "create", "patch"]),
    right("", "persistentvolumeclaims", &["get", "list", "create", "patch", "delete"]),
    right("", "pods", &["get", "list", "create", "delete"]),
    right("", "configmaps", &["get", "list", "create", "patch", "delete"]),
    right(LEASES, "leases", &["get", "create", "patch"]),
    right("apps", "deployments", &["get"]),
    right("apps", "deployments/scale", &["get", "patch"]),
    right("apps", "statefulsets", &["get"]),
    right("apps", "statefulsets/scale", &["get", "patch"]),
    right("apps", "replicasets", &["get"]),
    right("apps", "replicasets/scale", &["get", "patch"]),
    right("batch", "jobs", &["get", "patch"]),
    right("batch", "cronjobs", &["get", "list", "patch"]),
    right("autoscaling", "horizontalpodautoscalers", &["list"]),
];

/// The same people, of what lies in no namespace.
pub const RESTORE_CLUSTER: &[Right] = &[
    right("", "persistentvolumes", &["get", "list", "patch"]),
    right("storage.k8s.io", "storageclasses", &["get"]),
    right("storage.k8s.io", "volumeattachments", &["list"]),
    right(SNAPSHOTS, "volumesnapshotcontents", &["get", "list"]),
    right(SNAPSHOTS, "volumesnapshotclasses", &["get", "list"]),
];

impl Right {
    /// `volumesnapshots.snapshot.storage.k8s.io`, as in kubectl's messages.
    pub fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }
}

/// A rule of a role.
pub fn rule(right: &Right, verbs: &[&str]) -> Value {
    json!({"apiGroups": [right.group], "resources": [right.resource], "verbs": verbs})
}

/// The rules of a role.
pub fn rules(rights: &[Right]) -> Value {
    rights.iter().map(|right| rule(right, right.verbs)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_can_do_no_harm_beyond_its_snapshots() {
        for right in [JOB, LOCK, JOB_CLUSTER].concat() {
            let may = |verb: &str| right.verbs.contains(&verb);
            assert!(!right.resource.contains('*') && !may("*") && !may("update"), "{right:?}");
            match right.resource {
                "volumesnapshots" => {}
                "persistentvolumeclaims" => assert!(!may("patch") && !may("delete"), "{right:?}"),
                "snapshotgroups/status" | "events" | "leases" => assert!(!may("delete"), "{right:?}"),
                _ => assert!(right.verbs.iter().all(|verb| ["get", "list"].contains(verb)), "{right:?}"),
            }
        }
        let all =
            [JOB, LOCK, JOB_CLUSTER, ANNOTATED, ANNOTATED_CLUSTER, VIEW, EDIT, RESTORE, RESTORE_CLUSTER];
        let absent = ["secrets", "nodes", "pods/exec", "customresourcedefinitions", "serviceaccounts/token"];
        assert!(all.concat().iter().all(|right| !absent.contains(&right.resource)));
    }
}
