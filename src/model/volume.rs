//! A PersistentVolume, and what a snapshot remembers of the volume it was taken from.
//! Must not compare the two; `plan` does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claim::{RestoredFrom, VolumeMode};
use super::size::Size;
use super::workload::Stopped;

/// A PersistentVolume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Version of the object, for preconditions.
    pub resource_version: Option<String>,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// Where it stands.
    pub phase: VolumePhase,
    /// It has been deleted, and goes as soon as no claim has it any more.
    pub terminating: bool,
    /// What becomes of it when its claim is deleted.
    pub policy: ReclaimPolicy,
    /// Where the data lies.
    pub backend: Backend,
    /// The claim it is bound to or kept for.
    pub claim: Option<Reservation>,
    /// What a restore wrote on it.
    pub mark: Option<VolumeMark>,
    /// Its StorageClass.
    pub storage_class: Option<String>,
    /// Who provisioned it, as the provisioner notes it.
    pub provisioned_by: Option<String>,
    /// The binder found it for a claim, instead of a provisioner making it for that claim.
    pub found_by_binder: bool,
    /// Its size.
    pub capacity: Option<Size>,
    /// File system or device.
    pub mode: VolumeMode,
    /// How it can be mounted.
    pub access_modes: Vec<String>,
    /// The nodes that can reach it, as `nodeAffinity.required`; all if nothing is said.
    pub place: Option<Value>,
}

impl Volume {
    /// UID of the claim it is bound to.
    pub fn claim_uid(&self) -> Option<&str> {
        self.claim.as_ref()?.uid.as_deref()
    }

    /// The driver's identifier of a CSI volume.
    pub fn handle(&self) -> Option<&str> {
        match &self.backend {
            Backend::Csi { handle, .. } => Some(handle),
            Backend::Other(_) => None,
        }
    }
}

/// Where a volume stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumePhase {
    /// A claim may have it: any that fits, or only the one it is kept for.
    Available,
    /// A claim has it.
    Bound,
    /// The claim that had it is gone.
    Released,
    /// Anything else: just made, or failed when it was to be deleted.
    Other,
}

/// What becomes of a volume when its claim is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReclaimPolicy {
    /// It stays until somebody deletes it.
    Retain,
    /// It is deleted, with its data.
    Delete,
    /// It is wiped and given to others; no CSI volume has it.
    Recycle,
}

impl ReclaimPolicy {
    /// The command that gives it to a volume.
    pub fn command(self, volume: &str) -> String {
        let policy = self.as_str();
        format!(r#"kubectl patch pv {volume} -p '{{"spec":{{"persistentVolumeReclaimPolicy":"{policy}"}}}}'"#)
    }

    /// Kubernetes' spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retain => "Retain",
            Self::Delete => "Delete",
            Self::Recycle => "Recycle",
        }
    }
}

/// A volume's `claimRef`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Namespace of the claim.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID; without one it is kept for whatever claim of that name comes.
    pub uid: Option<String>,
}

/// What a restore writes on the volumes it touches, so that it can be gone on with when everything else is lost
/// (design.md, section 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeMark {
    /// The restore's identifier.
    pub restore: String,
    /// Namespace and name of the claim that is restored: `shop/db`.
    pub claim: String,
    /// UID of that claim when the restore began; only on the volume that is replaced.
    pub claim_uid: Option<String>,
    /// What the reclaim policy was before.
    pub policy: ReclaimPolicy,
    /// The snapshot that is restored; only on the volume that is replaced.
    pub restored_from: Option<RestoredFrom>,
    /// What is stopped for it, and how it was; only on the volume that is replaced.
    pub workloads: Vec<Stopped>,
    /// Identifiers of all restores that go together with it; only on the volume that is replaced, and none if it goes alone.
    pub together: Vec<String>,
}

/// What kind of storage a volume is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A CSI driver's volume.
    Csi {
        /// The driver's name.
        driver: String,
        /// The driver's own identifier of the volume.
        handle: String,
    },
    /// Anything else, by its field name in the API (`hostPath`, `nfs`).
    Other(String),
}

/// The mark `source`: the volume that a snapshot was asked for, written when the snapshot is created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// UID of the claim.
    pub claim_uid: String,
    /// Name of the PersistentVolume.
    pub volume: String,
    /// The driver's identifier of the volume.
    pub handle: String,
    /// The driver.
    pub driver: String,
    /// The claim's StorageClass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// `Filesystem` or `Block`.
    pub mode: String,
    /// The volume's size as a quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is written into volumes, and into the marks and journals by which a restore is gone on with.
    #[test]
    fn a_policy_is_spelled_as_kubernetes_does() {
        for (policy, wanted) in [
            (ReclaimPolicy::Retain, "Retain"),
            (ReclaimPolicy::Delete, "Delete"),
            (ReclaimPolicy::Recycle, "Recycle"),
        ] {
            assert_eq!(policy.as_str(), wanted);
            assert_eq!(serde_json::to_value(policy).unwrap(), wanted);
        }
    }
}
