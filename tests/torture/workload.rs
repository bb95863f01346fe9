//! What is run under faults: the objects of a namespace, a command line, and what the command is to bring about.
//! Rules of a day, so that no slot ends while a combination runs; ages of seconds, as the cluster really made them.

use std::collections::BTreeMap;

use chrono::Utc;
use serde_json::{Value, json};

use crate::world::World;

/// A command with the world that it works on.
#[derive(Debug)]
pub struct Workload {
    pub name: &'static str,
    /// The command line, without what every one has.
    pub args: &'static [&'static str],
    /// How long to wait; and how long where the driver may fail for good.
    pub patience: [&'static [&'static str]; 2],
    /// Claims that are bound from the start.
    pub claims: &'static [&'static str],
    pub groups: &'static [Group],
    /// A second run has nothing to do, and must not write anything.
    pub rests: bool,
}

/// A group, what it has, and what is to become of that.
#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    /// The claim that it names; none if it brings its own along, which is called like the group.
    pub claim: Option<&'static str>,
    pub keep: u32,
    /// From old to new.
    pub before: &'static [Before],
    pub takes: Takes,
}

/// A snapshot that is there from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// No rule needs it, and the command is to delete it.
    Surplus,
    /// A rule needs it.
    Kept,
    /// Somebody has taken it by hand.
    Manual,
    /// The same, for a time that is over: the command is to delete it.
    Expired,
}

impl Before {
    fn goes(self) -> bool {
        matches!(self, Self::Surplus | Self::Expired)
    }
}

/// How many snapshots the command takes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    None,
    /// One, however often it runs.
    Once,
    /// One in each run.
    EachRun,
}

const fn group(
    name: &'static str,
    claim: &'static str,
    keep: u32,
    before: &'static [Before],
    takes: Takes,
) -> Group {
    Group { name, claim: Some(claim), keep, before, takes }
}

const BACKUP: Workload = Workload {
    name: "backup",
    args: &["backup", "a", "b", "c"],
    patience: [&["--timeout", "60s"], &["--timeout", "8s"]],
    claims: &["data"],
    groups: &[
        group("a", "data", 3, &[Before::Kept], Takes::EachRun),
        group("b", "data", 3, &[Before::Kept], Takes::EachRun),
        group("c", "data", 3, &[], Takes::EachRun),
    ],
    rests: false,
};

const PRUNE: Workload = Workload {
    name: "prune",
    args: &["prune", "a", "b", "c", "--yes"],
    patience: [&[], &[]],
    claims: &["data"],
    groups: &[
        group("a", "data", 0, &[Before::Manual, Before::Surplus, Before::Surplus, Before::Kept], Takes::None),
        group("b", "data", 0, &[Before::Surplus, Before::Kept], Takes::None),
        group("c", "data", 0, &[Before::Kept], Takes::None),
    ],
    rests: true,
};

const RUN_ONCE: Workload = Workload {
    name: "run-once",
    args: &["run-once", "--log-format=json"],
    // A quarter of it is not for the driver.
    patience: [&["--deadline", "60s"], &["--deadline", "16s"]],
    claims: &["data", "other"],
    groups: &[
        group("due", "data", 3, &[Before::Expired, Before::Manual], Takes::Once),
        Group { name: "fresh", claim: None, keep: 3, before: &[], takes: Takes::Once },
        group("full", "other", 0, &[Before::Surplus, Before::Surplus, Before::Kept], Takes::None),
    ],
    rests: true,
};

/// All workloads.
pub fn all() -> &'static [Workload] {
    const ALL: &[Workload] = &[BACKUP, PRUNE, RUN_ONCE];
    ALL
}

impl Workload {
    /// Whether a fault of the driver can touch it.
    pub fn meets(&self, driver_fault: &str) -> bool {
        let deletes = self.groups.iter().any(|group| group.before.iter().any(|before| before.goes()));
        let takes = self.groups.iter().any(|group| group.takes != Takes::None);
        if driver_fault == "delete-fails" { deletes } else { takes }
    }

    /// The claims that are bound from the start.
    pub fn claim_objects(&self) -> Vec<Value> {
        let claim = |name| {
            json!({
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name},
                "spec": claim_spec(),
            })
        };
        self.claims.iter().map(claim).collect()
    }

    /// The groups.
    pub fn group_objects(&self) -> Vec<Value> {
        let group = |group: &Group| {
            let claim = match group.claim {
                Some(name) => json!({"claimName": name}),
                None => json!({"spec": claim_spec()}),
            };
            json!({
                "apiVersion": "gemini.fairwinds.com/v1",
                "kind": "SnapshotGroup",
                "metadata": {"name": group.name},
                "spec": {"persistentVolumeClaim": claim, "schedule": [{"every": "day", "keep": group.keep}]},
            })
        };
        self.groups.iter().map(group).collect()
    }

    /// The snapshots that are there from the start.
    pub fn snapshot_objects(&self) -> Vec<Value> {
        let now = Utc::now().timestamp();
        let mut objects = vec![];
        for group in self.groups {
            for (index, before) in group.before.iter().enumerate() {
                let time = now - 10 * i64::try_from(group.before.len() - index).unwrap_or_default();
                let mut marks = match before {
                    Before::Manual | Before::Expired => json!({
                        "app.kubernetes.io/managed-by": "kubectl-gemini", "gemini.fairwinds.com/purpose": "manual",
                    }),
                    Before::Surplus | Before::Kept => json!({
                        "app.kubernetes.io/managed-by": "gemini", "gemini.fairwinds.com/intervals": "day",
                    }),
                };
                marks["gemini.fairwinds.com/group"] = group.name.into();
                marks["gemini.fairwinds.com/timestamp"] = time.to_string().into();
                if *before == Before::Expired {
                    marks["gemini.fairwinds.com/expires"] = "2020-01-01T00:00:00Z".into();
                }
                objects.push(json!({
                    "apiVersion": "snapshot.storage.k8s.io/v1",
                    "kind": "VolumeSnapshot",
                    "metadata": {"name": group.old_name(index), "annotations": marks},
                    "spec": {"source": {"persistentVolumeClaimName": group.claim()}},
                }));
            }
        }
        objects
    }

    /// The uids of what the command is to delete (true) and must not touch (false), by name.
    pub fn fates(&self, start: &World) -> BTreeMap<String, bool> {
        let named = self.groups.iter().flat_map(|group| {
            let fates = group.before.iter().map(|before| before.goes());
            fates.enumerate().map(|(index, goes)| (group.old_name(index), goes))
        });
        let uid =
            |name: &str| start.snapshots.iter().find(|snapshot| snapshot.name == name).map(|s| s.uid.clone());
        named.filter_map(|(name, goes)| Some((uid(&name)?, goes))).collect()
    }
}

fn claim_spec() -> Value {
    json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}})
}

impl Group {
    /// The claim that it protects.
    pub fn claim(&self) -> &'static str {
        self.claim.unwrap_or(self.name)
    }

    fn old_name(&self, index: usize) -> String {
        format!("{}-old-{index}", self.name)
    }
}
