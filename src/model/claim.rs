//! A PersistentVolumeClaim as far as snapshots need it.
//! Must not talk about what may be done with it; that is decided in `plan`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::size::Size;

/// Where a claim stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimPhase {
    /// No volume yet.
    Pending,
    /// Bound to a volume.
    Bound,
    /// The volume it was bound to is gone.
    Lost,
}

/// Whether a volume carries a file system or is a raw device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum VolumeMode {
    /// Kubernetes' default.
    #[default]
    Filesystem,
    /// A raw block device.
    Block,
}

impl VolumeMode {
    /// Kubernetes' spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filesystem => "Filesystem",
            Self::Block => "Block",
        }
    }

    /// Reads Kubernetes' spelling; nothing said means `Filesystem`.
    pub fn parse(text: Option<&str>) -> Self {
        if text == Some("Block") { Self::Block } else { Self::Filesystem }
    }
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Version of the object, for preconditions.
    pub resource_version: Option<String>,
    /// Its labels.
    pub labels: std::collections::BTreeMap<String, String>,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// Where it stands.
    pub phase: ClaimPhase,
    /// It has been deleted and waits for its finalizers.
    pub terminating: bool,
    /// The PersistentVolume, once chosen.
    pub volume: Option<String>,
    /// Its StorageClass.
    pub storage_class: Option<String>,
    /// The provisioner's name, as the volume controller notes it on the claim.
    pub provisioner: Option<String>,
    /// File system or device.
    pub mode: VolumeMode,
    /// `ReadWriteOnce` and so on.
    pub access_modes: Vec<String>,
    /// What it asks for.
    pub requested: Option<Size>,
    /// What it has.
    pub capacity: Option<Size>,
    /// The node on which its first pod is to run, for a class that waits for one.
    pub selected_node: Option<String>,
    /// The VolumeSnapshot of its own namespace that is its data source, by name.
    pub snapshot_source: Option<String>,
    /// The claim of its own namespace that it is a copy of, by name.
    pub claim_source: Option<String>,
    /// Our mark of the snapshot it is filled from.
    pub restored_from: Option<RestoredFrom>,
    /// The restore that made it.
    pub restore: Option<String>,
    /// What keeps it from going when it is deleted.
    pub finalizers: Vec<String>,
    /// The claim as JSON without what the cluster added, fit to be made again.
    pub manifest: Value,
}

/// The mark `restored-from`: which snapshot a claim was made from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RestoredFrom {
    /// Name of the VolumeSnapshot.
    pub snapshot: String,
    /// UID of the VolumeSnapshot.
    pub uid: String,
}
