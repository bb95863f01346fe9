//! Objects that are wanted but do not exist yet, in our words.
//! Must not know how they are spelled on the wire; `api::build` does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::claim::RestoredFrom;
use super::snapshot::Interval;
use super::volume::Source;

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
    Manual,
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
            Occasion::Manual => format!("{}-{}", self.group, self.timestamp),
            Occasion::Scheduled { name, .. } => name.clone(),
        }
    }
}

/// A claim to be made.
#[derive(Clone, Debug)]
pub struct ClaimDraft {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `spec` of the claim as JSON.
    pub spec: Value,
    /// The snapshot it is filled from, if any.
    pub restored_from: Option<RestoredFrom>,
}
