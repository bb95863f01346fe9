//! A snapshot, and the content behind it.
//! Must not decide which snapshots count; `plan` does.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::size::Size;
use super::volume::Source;

/// How far a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It is being made.
    Creating,
    /// It can be restored from.
    Ready,
    /// It is not ready and the driver reported this text. It may still become ready: the driver tries again
    /// for ever.
    Failing(String),
}

/// Why a snapshot was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// By the schedule, for these rules; never empty.
    Scheduled(Vec<Interval>),
    /// By hand.
    Manual,
    /// By a restore, of the state that it replaced.
    Safety,
    /// Marked with a word that this version does not know, or not marked at all.
    Other(Option<String>),
}

/// One of the rules that a scheduled snapshot was taken for, as its marks tell it. Anybody may write marks, so the
/// texts may make no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The period as written, such as `10 minutes`.
    pub text: String,
    /// The wall-clock part in the form of [`crate::model::every::parse_mark`]; empty if there is none.
    pub wall: String,
    /// A moment of the grid by which the rule fell due, in Unix seconds; Gemini stores none.
    pub phase: Option<i64>,
}

/// Somebody's word that a snapshot must stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// When it ends by itself. An end that cannot be read is none.
    pub until: Option<DateTime<Utc>>,
}

impl Hold {
    /// It still counts.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A VolumeSnapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Version of the object, for preconditions.
    pub resource_version: Option<String>,
    /// The group it belongs to: it says so and is managed by Gemini or by us.
    pub group: Option<String>,
    /// The claim it was taken of, by name.
    pub claim: Option<String>,
    /// When the object was created, by the server's clock.
    pub created: DateTime<Utc>,
    /// When the snapshot was asked for: the `timestamp` mark, or else the seconds at the end of the name, or else
    /// `created`.
    pub taken: DateTime<Utc>,
    /// The point in time that it holds, by the driver. Much later than `taken` if the driver failed at first; some
    /// drivers report 1970.
    pub cut: Option<DateTime<Utc>>,
    /// Why it was taken.
    pub purpose: Purpose,
    /// It must stay.
    pub hold: Option<Hold>,
    /// When a snapshot that no schedule asked for may go.
    pub expires: Option<DateTime<Utc>>,
    /// How far it is.
    pub readiness: Readiness,
    /// It is one of several that were cut at once: the snapshot controller refuses to delete it alone.
    pub in_group_snapshot: bool,
    /// It has been deleted and waits for its finalizers. It may still say that it is ready.
    pub terminating: bool,
    /// When its deletion was asked for, if it is [`terminating`](Self::terminating).
    pub deleted: Option<DateTime<Utc>>,
    /// Some controller has written a status, whatever it says.
    pub noticed: bool,
    /// Its VolumeSnapshotContent, once there is one.
    pub content: Option<String>,
    /// What it was taken of, as recorded when it was asked for.
    pub source: Option<Box<Source>>,
    /// Tells the volume that it was asked of from others, as far as recorded; only to be compared, within one run.
    pub volume: Option<u64>,
    /// Its content was seen to be cut from the volume of `source`, says a mark.
    pub verified: bool,
    /// The restore that it was taken by.
    pub restore: Option<String>,
    /// A mark that it must not be used, with the reason.
    pub tainted: Option<String>,
    /// What only a closer look needs; `None` where very many were looked at.
    pub details: Option<Box<Details>>,
}

/// What no schedule asks about a snapshot: a restore does, and people.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// All annotations, to compare an object that was met with the one that was sent.
    pub annotations: BTreeMap<String, String>,
    /// The size that a volume made from it must have at least.
    pub restore_size: Option<Size>,
    /// Its VolumeSnapshotClass.
    pub class: Option<String>,
    /// The claim as it was, as recorded when the snapshot was asked for.
    pub claim_manifest: Option<Value>,
}

impl Snapshot {
    /// The size that a volume made from it must have at least, as far as that is known.
    pub fn restore_size(&self) -> Option<&Size> {
        self.details.as_ref()?.restore_size.as_ref()
    }

    /// Its VolumeSnapshotClass, as far as that is known.
    pub fn class(&self) -> Option<&str> {
        self.details.as_ref()?.class.as_deref()
    }

    /// One of its annotations, as far as that is known.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.details.as_ref()?.annotations.get(key).map(String::as_str)
    }

    /// The claim as it was, as far as that is known.
    pub fn claim_manifest(&self) -> Option<&Value> {
        self.details.as_ref()?.claim_manifest.as_ref()
    }

    /// It can be restored from, nobody is deleting it, and nobody marked it as not to be used.
    pub fn is_usable(&self) -> bool {
        self.readiness == Readiness::Ready && !self.terminating && self.tainted.is_none()
    }

    /// How it stands, in one word.
    pub fn status(&self) -> &'static str {
        match &self.readiness {
            _ if self.terminating => "Terminating",
            _ if self.tainted.is_some() => "Tainted",
            Readiness::Ready => "Ready",
            Readiness::Creating => "Creating",
            Readiness::Failing(_) => "Failing",
        }
    }
}

/// A VolumeSnapshotContent: the snapshot as the driver knows it.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its name.
    pub name: String,
    /// The CSI driver.
    pub driver: String,
    /// The volume it was cut from, by the driver's identifier; unknown for a content that was imported.
    pub volume_handle: Option<String>,
    /// The driver's identifier of the snapshot, once it is cut.
    pub snapshot_handle: Option<String>,
    /// `Filesystem` or `Block`, where the snapshot controller recorded it.
    pub volume_mode: Option<String>,
    /// Namespace, name and UID of the VolumeSnapshot that it says it belongs to.
    pub refers_to: (Option<String>, Option<String>, Option<String>),
    /// Its deletion policy is Retain: it and the snapshot in the storage outlive the VolumeSnapshot.
    pub retained: bool,
    /// It is being deleted.
    pub terminating: bool,
}

impl Content {
    /// The content names that snapshot as its own: a content that was swapped or forged does not.
    pub fn belongs_to(&self, snapshot: &Snapshot) -> bool {
        let (namespace, name, uid) = &self.refers_to;
        namespace.as_ref() == Some(&snapshot.namespace)
            && name.as_ref() == Some(&snapshot.name)
            && uid.as_ref() == Some(&snapshot.uid)
    }
}
