//! A PersistentVolume, and what a snapshot remembers of the volume it was taken from.
//! Must not compare the two; `plan` does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::claim::VolumeMode;
use super::size::Size;

/// A PersistentVolume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created: Option<DateTime<Utc>>,
    /// Where the data lies.
    pub backend: Backend,
    /// UID of the claim it is bound to.
    pub claim_uid: Option<String>,
    /// Who provisioned it, as the provisioner notes it.
    pub provisioned_by: Option<String>,
    /// The binder found it for a claim, instead of a provisioner making it for that claim.
    pub found_by_binder: bool,
    /// Its size.
    pub capacity: Option<Size>,
    /// File system or device.
    pub mode: VolumeMode,
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
