//! What `list` tells of groups and of snapshots, as documents. Fields are added, never changed.
//! Must not ask for anything: what was not looked at is null.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{SizeItem, optional_time, time};
use super::plans::{ReasonItem, VerdictItem};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::group::Group;
use crate::model::snapshot::{Content, Purpose, Readiness, Snapshot};
use crate::plan::health::{Assessment, Timing};
use crate::plan::origin;

/// One line of a schedule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleItem {
    /// The period as written.
    pub every: String,
    /// How many are kept besides the newest.
    pub keep: i64,
}

/// How many snapshots a group has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CountItem {
    /// They can be restored from.
    pub ready: usize,
    /// All.
    pub total: usize,
    /// They may still become ready.
    pub in_progress: usize,
    /// They failed.
    pub failed: usize,
}

/// The newest snapshot of a group that can be restored from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewestItem {
    /// Its name.
    pub name: String,
    /// When it was taken.
    #[serde(serialize_with = "time")]
    pub taken_at: DateTime<Utc>,
    /// How long ago that is.
    pub age_seconds: i64,
}

/// One item of a `SnapshotGroupReport`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupItem {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its claim.
    pub pvc: String,
    /// How it stands: `Healthy`, `Pending`, `Suspended`, `Restoring`, `DeletionStuck`, `Overdue`, `NotReady`, `Failing`, `ClassMissing`,
    /// `ClaimMissing`, `InvalidSchedule` or `Blocked`; `Deleted` where changes are shown.
    pub status: &'static str,
    /// The same in one sentence.
    pub message: String,
    /// Its snapshots.
    pub snapshots: CountItem,
    /// The newest ready one.
    pub newest_ready: Option<NewestItem>,
    /// Whether a snapshot is due: `never`, `not-yet`, `due` or `late`.
    pub due: &'static str,
    /// When the next one falls due, or fell due; null if none will, or if that is not known.
    #[serde(serialize_with = "optional_time")]
    pub next_due_at: Option<DateTime<Utc>>,
    /// Its schedule.
    pub schedule: Vec<RuleItem>,
    /// The schedule rests.
    pub suspended: bool,
    /// The claim's size.
    pub size: Option<SizeItem>,
    /// The claim's StorageClass.
    pub storage_class: Option<String>,
    /// The VolumeSnapshotClass; null for the driver's default.
    pub snapshot_class: Option<String>,
    /// The claim's driver.
    pub driver: Option<String>,
    /// Labels of the group.
    pub labels: BTreeMap<String, String>,
    /// When the group was created.
    pub created_at: Option<DateTime<Utc>>,
}

impl GroupItem {
    /// Puts together what is known about a group; `total` is how many snapshots it has in any state.
    pub fn new(
        group: &Group,
        told: Assessment<'_>,
        total: usize,
        claim: Option<&Claim>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            namespace: group.namespace.clone(),
            name: group.name.clone(),
            pvc: group.claim.name.clone(),
            status: told.health.word(),
            message: told.message,
            snapshots: CountItem {
                ready: told.counts.ready,
                total,
                in_progress: told.counts.in_progress,
                failed: told.counts.failed,
            },
            newest_ready: told.newest_ready.map(|snapshot| NewestItem {
                name: snapshot.name.clone(),
                taken_at: snapshot.taken,
                age_seconds: (now - snapshot.taken).num_seconds(),
            }),
            due: match told.timing {
                Timing::Never => "never",
                Timing::NotYet => "not-yet",
                Timing::Due => "due",
                Timing::Late => "late",
            },
            next_due_at: told.next_due,
            schedule: group
                .schedule
                .iter()
                .map(|rule| RuleItem { every: rule.every.clone(), keep: rule.keep.unwrap_or_default() })
                .collect(),
            suspended: group.suspended,
            size: claim.and_then(size),
            storage_class: claim.and_then(|claim| claim.storage_class.clone()),
            snapshot_class: group.snapshot_class.clone(),
            driver: claim.and_then(|claim| claim.provisioner.clone()),
            labels: group.labels.clone(),
            created_at: group.created,
        }
    }
}

/// What a claim has, or else what it asks for.
fn size(claim: &Claim) -> Option<SizeItem> {
    claim.capacity.as_ref().or(claim.requested.as_ref()).map(SizeItem::from)
}

/// One item of a `SnapshotReport`. What the content tells is missing from the short table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotItem {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// The claim it was taken of.
    pub pvc: Option<String>,
    /// It can be restored from.
    pub ready: bool,
    /// `Ready`, `Creating`, `Failing`, `Tainted` or `Terminating`.
    pub status: &'static str,
    /// The least size of a volume made from it.
    pub size: Option<SizeItem>,
    /// The periods it is kept for, as written.
    pub intervals: Vec<String>,
    /// Why it was taken, if no schedule asked for it: `manual`, `safety`.
    pub purpose: Option<String>,
    /// Whether the schedule keeps it (`keep`, `delete`, `ignore`); null if the schedule makes no sense.
    pub fate: Option<&'static str>,
    /// Why.
    pub reasons: Vec<ReasonItem>,
    /// When the schedule lets it go, or its hold or its own time ends, if every run is on time; null if it stays, or if that
    /// depends on more than time.
    #[serde(serialize_with = "optional_time")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was asked for.
    #[serde(serialize_with = "time")]
    pub taken_at: DateTime<Utc>,
    /// How long ago that is.
    pub age_seconds: i64,
    /// Its VolumeSnapshotClass.
    pub snapshot_class: Option<String>,
    /// Its VolumeSnapshotContent.
    pub content: Option<String>,
    /// Its driver.
    pub driver: Option<String>,
    /// The volume it was cut from, by the driver's identifier.
    pub volume_handle: Option<String>,
    /// Whether that is the volume it was asked for: `verified`, `unverified` or `wrong`.
    pub source: &'static str,
    /// What the driver last reported, while it is not ready.
    pub error: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What the schedule makes of a snapshot.
#[derive(Clone, Debug)]
pub struct JudgedItem {
    /// Its fate.
    pub verdict: VerdictItem,
    /// When it goes, by `plan::leaving`.
    pub leaves: Option<DateTime<Utc>>,
}

impl SnapshotItem {
    /// Puts together what is known about a snapshot.
    pub fn new(
        group: &str,
        snapshot: &Snapshot,
        judged: Option<JudgedItem>,
        content: Option<&Content>,
        now: DateTime<Utc>,
    ) -> Self {
        let (intervals, purpose) = match &snapshot.purpose {
            Purpose::Scheduled(intervals) => (intervals.iter().map(|i| i.text.clone()).collect(), None),
            Purpose::Manual => (vec![], Some("manual".to_owned())),
            Purpose::Safety => (vec![], Some("safety".to_owned())),
            Purpose::Other(word) => (vec![], word.clone()),
        };
        let recorded = snapshot.source.as_ref();
        Self {
            namespace: snapshot.namespace.clone(),
            name: snapshot.name.clone(),
            group: group.to_owned(),
            pvc: snapshot.claim.clone(),
            ready: snapshot.is_usable(),
            status: snapshot.status(),
            size: snapshot.restore_size().map(SizeItem::from),
            intervals,
            purpose,
            fate: judged.as_ref().map(|judged| judged.verdict.fate),
            expires_at: judged.as_ref().and_then(|judged| judged.leaves),
            reasons: judged.map(|judged| judged.verdict.reasons).unwrap_or_default(),
            taken_at: snapshot.taken,
            age_seconds: (now - snapshot.taken).num_seconds(),
            snapshot_class: snapshot.class().map(str::to_owned),
            content: snapshot.content.clone(),
            driver: content.map(|content| &content.driver).or(recorded.map(|source| &source.driver)).cloned(),
            volume_handle: content.and_then(|content| content.volume_handle.clone()),
            source: origin::provenance(snapshot, content).word(),
            error: match &snapshot.readiness {
                Readiness::Failing(text) => Some(text.clone()),
                Readiness::Ready | Readiness::Creating => None,
            },
            labels: snapshot.details.as_ref().map(|details| details.labels.clone()).unwrap_or_default(),
        }
    }
}

/// One item of an `UnprotectedClaimReport`: a claim that no group names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimItem {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `Bound`, `Pending`, `Lost` or `Terminating`.
    pub status: &'static str,
    /// Its size.
    pub size: Option<SizeItem>,
    /// Its StorageClass.
    pub storage_class: Option<String>,
    /// Its driver.
    pub driver: Option<String>,
    /// Its PersistentVolume.
    pub volume: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
}

impl From<&Claim> for ClaimItem {
    fn from(claim: &Claim) -> Self {
        Self {
            namespace: claim.namespace.clone(),
            name: claim.name.clone(),
            status: match claim.phase {
                _ if claim.terminating => "Terminating",
                ClaimPhase::Bound => "Bound",
                ClaimPhase::Pending => "Pending",
                ClaimPhase::Lost => "Lost",
            },
            size: size(claim),
            storage_class: claim.storage_class.clone(),
            driver: claim.provisioner.clone(),
            volume: claim.volume.clone(),
            labels: claim.labels.clone(),
            created_at: claim.created,
        }
    }
}
