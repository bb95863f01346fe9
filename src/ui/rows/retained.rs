//! The volumes that restores have kept, as a document and as a table: what they cost storage for, and which restore knows more.
//! Must not say whether one may go; `purge` does.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{age, name, optional};
use crate::model::volume::{Backend, ReclaimPolicy, Volume, VolumeMark, VolumePhase};
use crate::ui::documents::SizeItem;
use crate::ui::listing::Row;

/// One volume that a restore has kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetainedItem {
    /// Namespace of the claim that it was of.
    pub namespace: String,
    /// The PersistentVolume.
    pub name: String,
    /// The claim that it was of.
    pub pvc: String,
    /// The restore that kept it.
    pub restore: String,
    /// `Kept`: it waits for `undo` or `purge`. `InUse`: a claim has it, and the restore has not ended. `Changed`: somebody else
    /// has changed it.
    pub status: &'static str,
    /// Its size.
    pub size: Option<SizeItem>,
    /// Its StorageClass.
    pub storage_class: Option<String>,
    /// Its driver.
    pub driver: Option<String>,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    labels: BTreeMap<String, String>,
}

impl RetainedItem {
    /// A volume with the mark of a restore on a claim of `namespace`.
    pub fn new(volume: &Volume, mark: &VolumeMark, namespace: &str, pvc: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: volume.name.clone(),
            pvc: pvc.to_owned(),
            restore: mark.restore.clone(),
            status: match (volume.phase, volume.policy) {
                (VolumePhase::Released | VolumePhase::Available, ReclaimPolicy::Retain) => "Kept",
                (VolumePhase::Bound, _) => "InUse",
                _ => "Changed",
            },
            size: volume.capacity.as_ref().map(Into::into),
            storage_class: volume.storage_class.clone(),
            driver: match &volume.backend {
                Backend::Csi { driver, .. } => Some(driver.clone()),
                Backend::Other(_) => None,
            },
            created_at: volume.created,
            labels: BTreeMap::new(),
        }
    }
}

impl Row for RetainedItem {
    const KIND: &'static str = "RetainedVolumeReport";
    const TYPE: &'static str = "persistentvolume";

    fn statuses() -> Vec<(&'static str, bool)> {
        vec![("Kept", false), ("InUse", false), ("Changed", true)]
    }
    fn namespace(&self) -> &str {
        &self.namespace
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn status(&self) -> &'static str {
        self.status
    }
    fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }
    fn born(&self) -> Option<DateTime<Utc>> {
        self.created_at
    }
    fn newest(&self) -> Option<DateTime<Utc>> {
        None
    }
    fn deleted(self) -> Self {
        Self { status: "Deleted", ..self }
    }

    fn headers(wide: bool) -> Vec<&'static str> {
        let more: &[_] = if wide { &["STORAGECLASS", "DRIVER"] } else { &[] };
        [&["NAME", "PVC", "RESTORE", "SIZE", "STATUS", "AGE"], more].concat()
    }

    fn cells(&self, now: DateTime<Utc>, wide: bool) -> Vec<String> {
        let mut cells = vec![
            name(&self.name),
            name(&self.pvc),
            name(&self.restore),
            optional(self.size.as_ref().map(|size| size.quantity.as_str())),
            self.status.to_owned(),
            age(self.created_at, now),
        ];
        if wide {
            cells.extend([optional(self.storage_class.as_deref()), optional(self.driver.as_deref())]);
        }
        cells
    }
}
