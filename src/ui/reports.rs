//! What `list` tells of groups and of snapshots, as documents. Fields are added, never changed.
//! Must not ask for anything: what was not looked at is null.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{SizeItem, time};
use super::plans::{ReasonItem, VerdictItem};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::snapshot::{Content, Purpose, Readiness, Snapshot};
use crate::plan::history::History;
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
pub struct CountItem {
    /// They can be restored from.
    pub ready: usize,
    /// All.
    pub total: usize,
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

/// One item of a `SnapshotGroupReport`. What the claim tells is missing from the short table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupItem {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its claim.
    pub pvc: String,
    /// Its snapshots.
    pub snapshots: CountItem,
    /// The newest ready one.
    pub newest_ready: Option<NewestItem>,
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
    /// When the group was created.
    pub created_at: Option<DateTime<Utc>>,
}

impl GroupItem {
    /// Puts together what is known about a group.
    pub fn new(group: &Group, history: &History<'_>, claim: Option<&Claim>, now: DateTime<Utc>) -> Self {
        let size = claim.and_then(|claim| claim.capacity.as_ref().or(claim.requested.as_ref()));
        Self {
            namespace: group.namespace.clone(),
            name: group.name.clone(),
            pvc: group.claim.name.clone(),
            snapshots: CountItem { ready: history.ready(), total: history.snapshots.len() },
            newest_ready: history.newest_ready().map(|snapshot| NewestItem {
                name: snapshot.name.clone(),
                taken_at: snapshot.taken,
                age_seconds: (now - snapshot.taken).num_seconds(),
            }),
            schedule: group
                .schedule
                .iter()
                .map(|rule| RuleItem { every: rule.every.clone(), keep: rule.keep.unwrap_or_default() })
                .collect(),
            suspended: group.suspended,
            size: size.map(SizeItem::from),
            storage_class: claim.and_then(|claim| claim.storage_class.clone()),
            snapshot_class: group.snapshot_class.clone(),
            driver: claim.and_then(|claim| claim.provisioner.clone()),
            created_at: group.created,
        }
    }
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
    /// `Ready`, `Creating`, `Failing` or `Terminating`.
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
}

impl SnapshotItem {
    /// Puts together what is known about a snapshot.
    pub fn new(
        group: &str,
        snapshot: &Snapshot,
        verdict: Option<VerdictItem>,
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
            size: snapshot.restore_size.as_ref().map(SizeItem::from),
            intervals,
            purpose,
            fate: verdict.as_ref().map(|verdict| verdict.fate),
            reasons: verdict.map(|verdict| verdict.reasons).unwrap_or_default(),
            taken_at: snapshot.taken,
            age_seconds: (now - snapshot.taken).num_seconds(),
            snapshot_class: snapshot.class.clone(),
            content: snapshot.content.clone(),
            driver: content.map(|content| &content.driver).or(recorded.map(|source| &source.driver)).cloned(),
            volume_handle: content.and_then(|content| content.volume_handle.clone()),
            source: origin::provenance(snapshot, content).word(),
            error: match &snapshot.readiness {
                Readiness::Failing(text) => Some(text.clone()),
                Readiness::Ready | Readiness::Creating => None,
            },
        }
    }
}
