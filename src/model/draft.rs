//! Objects that are wanted but do not exist yet, in our words.
//! Must not know how they are spelled on the wire; `api::build` does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::claim::RestoredFrom;
use super::volume::Source;

/// A snapshot to be taken by hand.
#[derive(Clone, Debug)]
pub struct SnapshotDraft {
    /// Namespace of group, claim and snapshot.
    pub namespace: String,
    /// Name of the group.
    pub group: String,
    /// Name of the claim.
    pub claim: String,
    /// When it is taken, in Unix seconds by the server's clock; also the end of its name.
    pub timestamp: i64,
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

impl SnapshotDraft {
    /// The name, in Gemini's form: a repeated create meets itself instead of making a twin.
    pub fn name(&self) -> String {
        format!("{}-{}", self.group, self.timestamp)
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
