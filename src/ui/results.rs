//! What commands that change something report: one item for each object that was asked for.
//! Must not say that something was done which was not observed.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::documents::{ErrorItem, SizeItem, rfc3339};
use crate::model::dry_run::DryRun;
use crate::model::snapshot::Hold;

/// One item of a `BackupResult`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupItem {
    /// Namespace of group, claim and snapshot.
    pub namespace: String,
    /// The group.
    pub group: String,
    /// Its claim; null if even the group could not be read.
    pub pvc: Option<String>,
    /// The snapshot; null if none was made.
    pub snapshot: Option<String>,
    /// What `--dry-run` said.
    pub dry_run: DryRun,
    /// The snapshot was seen to be ready, and cut from the claim's volume.
    pub ready: bool,
    /// When it was asked for.
    pub taken_at: Option<DateTime<Utc>>,
    /// How long it took to become ready.
    pub took_seconds: Option<u64>,
    /// The least size of a volume made from it.
    pub size: Option<SizeItem>,
    /// Its VolumeSnapshotClass.
    pub snapshot_class: Option<String>,
    /// Its driver.
    pub driver: Option<String>,
    /// What driver and controllers said meanwhile, each text once.
    pub reports: Vec<String>,
    /// Why it is not ready, if that is a failure.
    pub error: Option<ErrorItem>,
}

/// One item of a `RestoreResult`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreItem {
    /// Namespace of group, claim and snapshot.
    pub namespace: String,
    /// The group.
    pub group: String,
    /// The snapshot.
    pub snapshot: String,
    /// The new claim.
    pub pvc: String,
    /// What `--dry-run` said.
    pub dry_run: DryRun,
    /// `Bound`, `Pending`, or null for a dry run.
    pub phase: Option<&'static str>,
    /// The claim is bound to a volume that was seen to be made from the snapshot.
    pub verified: bool,
    /// The volume.
    pub volume: Option<String>,
    /// Size of the claim.
    pub size: Option<SizeItem>,
    /// Its StorageClass.
    pub storage_class: Option<String>,
    /// What controllers said meanwhile, each text once.
    pub reports: Vec<String>,
    /// Why it is not bound, if that is a failure.
    pub error: Option<ErrorItem>,
}

/// One item of a `HoldResult`: what `hold` and `release` did to one snapshot.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldItem {
    /// Namespace of the snapshot.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What `--dry-run` said.
    pub dry_run: DryRun,
    /// The snapshot was not as wished before; with a dry run, it still is not.
    pub changed: bool,
    /// The hold that it has now; null if it has none, or if this failed.
    pub hold: Option<HeldItem>,
    /// Why it is not as wished.
    pub error: Option<ErrorItem>,
}

/// A hold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HeldItem {
    /// Why the snapshot must stay.
    pub reason: String,
    /// When the hold ends by itself; null for never.
    #[serde(serialize_with = "time")]
    pub until: Option<DateTime<Utc>>,
}

fn time<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(rfc3339).serialize(serializer)
}

impl From<&Hold> for HeldItem {
    fn from(hold: &Hold) -> Self {
        Self { reason: hold.reason.clone(), until: hold.until }
    }
}
