//! What can be waited for: when it is over, what it says meanwhile, and who does the work.
//! Must not ask the cluster; it judges what was seen.

use super::super::events::Subject;
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::snapshot::{Readiness, Snapshot};

/// An object that can be waited for.
pub(super) trait Awaited: Clone {
    fn uid(&self) -> &str;
    fn describe(&self) -> String;
    fn reached(&self) -> bool;
    fn gone(&self) -> bool;
    /// What the object itself says is wrong.
    fn complaint(&self) -> Option<String>;
    /// Some controller has touched it.
    fn noticed(&self) -> bool;
    /// Objects whose Events are about this wait.
    fn subjects(&self) -> Vec<Subject>;
    /// Who does the work, and how to see whether it runs.
    fn worker() -> (&'static str, &'static str);
}

impl Awaited for Snapshot {
    fn uid(&self) -> &str {
        &self.uid
    }
    fn describe(&self) -> String {
        format!("volumesnapshot {} to become ready", self.name)
    }
    fn reached(&self) -> bool {
        self.is_usable()
    }
    fn gone(&self) -> bool {
        self.terminating
    }
    fn complaint(&self) -> Option<String> {
        match &self.readiness {
            Readiness::Failing(text) => Some(text.clone()),
            Readiness::Ready | Readiness::Creating => None,
        }
    }
    fn noticed(&self) -> bool {
        self.noticed
    }
    fn subjects(&self) -> Vec<Subject> {
        let content = format!("snapcontent-{}", self.uid);
        vec![
            Subject {
                kind: "VolumeSnapshot",
                namespace: Some(self.namespace.clone()),
                name: self.name.clone(),
            },
            Subject { kind: "VolumeSnapshotContent", namespace: None, name: content },
        ]
    }
    fn worker() -> (&'static str, &'static str) {
        ("snapshot controller", "kubectl get deployments -A | grep snapshot-controller")
    }
}

/// A snapshot of which it only matters that its driver has begun: cut, or refused.
#[derive(Clone)]
pub(super) struct BeingCut(pub(super) Snapshot);

impl Awaited for BeingCut {
    fn uid(&self) -> &str {
        &self.0.uid
    }
    fn describe(&self) -> String {
        format!("volumesnapshot {} to be cut", self.0.name)
    }
    fn reached(&self) -> bool {
        self.0.cut.is_some() || self.0.readiness != Readiness::Creating
    }
    fn gone(&self) -> bool {
        self.0.terminating
    }
    fn complaint(&self) -> Option<String> {
        None
    }
    fn noticed(&self) -> bool {
        self.0.noticed
    }
    fn subjects(&self) -> Vec<Subject> {
        self.0.subjects()
    }
    fn worker() -> (&'static str, &'static str) {
        Snapshot::worker()
    }
}

impl Awaited for Claim {
    fn uid(&self) -> &str {
        &self.uid
    }
    fn describe(&self) -> String {
        format!("PVC {} to be bound", self.name)
    }
    fn reached(&self) -> bool {
        self.phase == ClaimPhase::Bound
    }
    fn gone(&self) -> bool {
        self.terminating || self.phase == ClaimPhase::Lost
    }
    fn complaint(&self) -> Option<String> {
        None
    }
    fn noticed(&self) -> bool {
        self.provisioner.is_some()
    }
    fn subjects(&self) -> Vec<Subject> {
        let namespace = Some(self.namespace.clone());
        vec![Subject { kind: "PersistentVolumeClaim", namespace, name: self.name.clone() }]
    }
    fn worker() -> (&'static str, &'static str) {
        ("volume controller", "kubectl get pods -n kube-system")
    }
}
