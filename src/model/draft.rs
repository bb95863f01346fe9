//! Objects that are wanted but do not exist yet, in our words.
//! Must not know how they are spelled on the wire; `api::build` does.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::claim::RestoredFrom;
use super::snapshot::Interval;
use super::volume::{ReclaimPolicy, Reservation, Source, VolumeMark};

/// A snapshot to be taken.
#[derive(Clone, Debug)]
pub struct SnapshotDraft {
    /// Namespace of group, claim and snapshot.
    pub namespace: String,
    /// Name of the group.
    pub group: String,
    /// Name of the claim.
    pub claim: String,
    /// When it is taken, in Unix seconds by the server's clock.
    pub timestamp: i64,
    /// What it is taken for.
    pub occasion: Occasion,
    /// The VolumeSnapshotClass, always named, so that a change of defaults changes nothing.
    pub class: String,
    /// Labels from the group's template.
    pub labels: BTreeMap<String, String>,
    /// Annotations from the group's template.
    pub annotations: BTreeMap<String, String>,
    /// The volume it is taken of.
    pub source: Source,
    /// The claim as it is now.
    pub claim_manifest: Value,
}

/// What a snapshot is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody asked for it.
    Manual {
        /// It may go then, if that was said.
        expires: Option<DateTime<Utc>>,
    },
    /// A restore replaces what it holds.
    Safety {
        /// Its name.
        name: String,
        /// The restore.
        restore: String,
    },
    /// Rules of the schedule are due.
    Scheduled {
        /// The name that every pass in the same slot gives it.
        name: String,
        /// The rules, in the order of the schedule; never empty.
        intervals: Vec<Interval>,
    },
}

impl SnapshotDraft {
    /// The name, in Gemini's form: a repeated create meets itself instead of making a twin.
    pub fn name(&self) -> String {
        match &self.occasion {
            Occasion::Manual { .. } => format!("{}-{}", self.group, self.timestamp),
            Occasion::Safety { name, .. } | Occasion::Scheduled { name, .. } => name.clone(),
        }
    }
}

/// A claim to be made.
#[derive(Clone, Debug, Default)]
pub struct ClaimDraft {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Labels, annotations and owners of the claim that it takes the place of, as JSON; our marks come on top.
    pub metadata: Value,
    /// `spec` of the claim as JSON.
    pub spec: Value,
    /// The snapshot it is filled from, if any.
    pub restored_from: Option<RestoredFrom>,
    /// The restore that makes it, if any.
    pub restore: Option<String>,
}

/// A pod to be made that uses a claim for a moment: so that the claim gets its volume, or to look at what is on it.
#[derive(Clone, Debug)]
pub struct ProbeDraft {
    /// Its namespace.
    pub namespace: String,
    /// Its name, which is the claim's.
    pub name: String,
    /// What it runs.
    pub image: String,
    /// It is there to look at what is on the claim, with this command if there is one.
    pub check: Option<Option<String>>,
    /// Where it may run, as a volume's `nodeAffinity.required`.
    pub place: Option<Value>,
    /// The claim is a raw device.
    pub is_block: bool,
    /// The restore that makes it.
    pub restore: String,
}

/// A change of a volume, exactly as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeChange {
    /// Its name.
    pub volume: String,
    /// Its UID.
    pub uid: String,
    /// The version that the change was decided on.
    pub resource_version: Option<String>,
    /// What is to become of it when its claim is deleted.
    pub policy: Option<ReclaimPolicy>,
    /// The claim that it is to be kept for. A volume without any would go to whatever claim fits.
    pub claim: Option<Reservation>,
    /// The restore's mark: to be written, or to be removed.
    pub mark: Option<Option<VolumeMark>>,
}
