//! The documents of `-o json|yaml|jsonpath`: the contract with scripts. Fields are added, never changed.
//! Times are RFC 3339 in UTC, spans are seconds, sizes are bytes and a quantity.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::size::Size;
use crate::model::snapshot::{Content, Purpose, Readiness, Snapshot};
use crate::plan::history::History;
use crate::plan::origin;

/// RFC 3339. A mark on a snapshot may say any second: what lies outside the years 0000 to 9999 has no spelling
/// there and becomes the nearest that has.
pub fn rfc3339(time: DateTime<Utc>) -> String {
    rfc3339_seconds(time.timestamp())
}

/// As [`rfc3339`], for Unix seconds.
pub fn rfc3339_seconds(seconds: i64) -> String {
    let years = (-62_167_219_200, 253_402_300_799);
    let time = DateTime::from_timestamp(seconds.clamp(years.0, years.1), 0).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// For fields that are times.
fn time<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

/// A list of items of one kind.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<T> {
    schema_version: u32,
    kind: &'static str,
    /// The items, in the order of the table.
    pub items: Vec<T>,
}

impl<T> Document<T> {
    /// A document of the given kind.
    pub fn new(kind: &'static str, items: Vec<T>) -> Self {
        Self { schema_version: 1, kind, items }
    }
}

/// A failure, as part of an item or as [`ErrorDocument`].
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ErrorItem {
    /// The exit code.
    pub code: u8,
    /// The stable word.
    pub reason: &'static str,
    /// What failed.
    pub message: String,
    /// Why.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

impl From<&Error> for ErrorItem {
    fn from(error: &Error) -> Self {
        Self {
            code: error.exit_code().code(),
            reason: error.reason.word(),
            message: error.message.clone(),
            causes: error.causes.clone(),
            hints: error.hints().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A failure of a whole command: what is printed instead of its document.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDocument {
    schema_version: u32,
    kind: &'static str,
    #[serde(flatten)]
    error: ErrorItem,
}

impl From<&Error> for ErrorDocument {
    fn from(error: &Error) -> Self {
        Self { schema_version: 1, kind: "Error", error: error.into() }
    }
}

/// A size.
#[derive(Clone, Debug, Serialize)]
pub struct SizeItem {
    /// As Kubernetes writes it.
    pub quantity: String,
    /// In bytes.
    pub bytes: u64,
}

impl From<&Size> for SizeItem {
    fn from(size: &Size) -> Self {
        Self { quantity: size.text.clone(), bytes: size.bytes }
    }
}

/// One line of a schedule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleItem {
    /// The period as written.
    pub every: String,
    /// How many are kept besides the newest.
    pub keep: i64,
}

/// How many snapshots a group has.
#[derive(Clone, Debug, Serialize)]
pub struct CountItem {
    /// They can be restored from.
    pub ready: usize,
    /// All.
    pub total: usize,
}

/// The newest snapshot of a group that can be restored from.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
    pub fn new(group: &str, snapshot: &Snapshot, content: Option<&Content>, now: DateTime<Utc>) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_whatever_a_mark_says() {
        for (seconds, wanted) in [
            (1_795_333_680, "2026-11-22T07:48:00Z"),
            (99_999_999_999_999, "9999-12-31T23:59:59Z"),
            (-99_999_999_999, "0000-01-01T00:00:00Z"),
        ] {
            let time = DateTime::from_timestamp(seconds, 0);
            assert_eq!(time.map(rfc3339).as_deref(), time.map(|_| wanted), "{seconds}");
        }
        assert_eq!(rfc3339(DateTime::<Utc>::MAX_UTC), "9999-12-31T23:59:59Z");
    }
}
