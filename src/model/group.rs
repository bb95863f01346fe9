//! What the user asked for: a group, its claim and its schedule.
//! Must not judge whether the schedule makes sense; it is kept as written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::status::Status;

/// A SnapshotGroup: one claim, and the schedule by which it is snapshotted.
#[derive(Clone, Debug)]
pub struct Group {
    /// Namespace of the group, its claim and its snapshots.
    pub namespace: String,
    /// Name of the group.
    pub name: String,
    /// UID of the group.
    pub uid: String,
    /// When the group was created.
    pub created: Option<DateTime<Utc>>,
    /// Its own labels.
    pub labels: BTreeMap<String, String>,
    /// The claim that is snapshotted.
    pub claim: ClaimRef,
    /// The rules, in the order of the manifest.
    pub schedule: Vec<Rule>,
    /// `spec.template.spec.volumeSnapshotClassName`; without it the driver's default class is meant.
    pub snapshot_class: Option<String>,
    /// `spec.template.metadata.labels`, put on every snapshot.
    pub snapshot_labels: BTreeMap<String, String>,
    /// `spec.template.metadata.annotations`, put on every snapshot.
    pub snapshot_annotations: BTreeMap<String, String>,
    /// `spec.maxAge`, as written: how long a scheduled snapshot is kept at most.
    pub max_age: Option<String>,
    /// `spec.suspend`: the schedule rests.
    pub suspended: bool,
    /// `status.claim.uid`: the claim that this group is known to have had.
    pub known_claim_uid: Option<String>,
    /// `metadata.generation`: which version of the spec this is.
    pub generation: Option<i64>,
    /// The status that it has, as far as it can be read.
    pub status: Option<Status>,
    /// The restore that its annotations ask for.
    pub request: Request,
}

/// A restore that is asked for by annotation, as Gemini's users do (design.md, section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What is asked for, as written.
    pub wanted: Option<String>,
    /// The job has seen the group before: what is asked for is asked of it.
    pub armed: bool,
    /// The last value that was seen to, and what became of it.
    pub handled: Option<String>,
}

/// One line of the schedule, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The period in Gemini's spelling, such as `10 minutes`.
    pub every: String,
    /// How many snapshots to keep besides the newest, as written.
    pub keep: Option<i64>,
}

/// Which claim a group means.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimRef {
    /// Name of the claim, in the group's namespace.
    pub name: String,
    /// Where that name comes from, and whether the claim may be made.
    pub origin: ClaimOrigin,
    /// What the claim is like, by the group's claim spec, if it has one. Only [`ClaimOrigin::Spec`] makes a claim from
    /// it; beside a name it is Gemini's copy of the claim as it was, and a last pattern for a restore.
    pub spec: Option<Value>,
}

/// How a group names its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimOrigin {
    /// By a non-empty `claimName`; no claim is made from a spec beside it, because Gemini's operator writes the
    /// live claim's spec there.
    Named,
    /// By a claim spec: the claim is called like the group, and made from this spec if it never existed.
    Spec,
    /// Not at all: the claim is called like the group, as with Gemini.
    Implied,
}

impl ClaimRef {
    /// Applies the rule of design.md section 3 to `spec.persistentVolumeClaim`.
    pub fn new(group: &str, claim_name: Option<&str>, spec: Option<&Value>) -> Self {
        let spec = spec.filter(|spec| spec.as_object().is_some_and(|fields| !fields.is_empty())).cloned();
        let named = claim_name.filter(|name| !name.is_empty());
        let origin = match (named, &spec) {
            (Some(_), _) => ClaimOrigin::Named,
            (None, Some(_)) => ClaimOrigin::Spec,
            (None, None) => ClaimOrigin::Implied,
        };
        Self { name: named.unwrap_or(group).to_owned(), origin, spec }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_name_wins_over_a_spec() {
        let spec = json!({"accessModes": ["ReadWriteOnce"]});
        let named = ClaimRef::new("photos", Some("photos-data"), Some(&spec));
        // The spec stays known: it may be all that is left of the claim.
        assert_eq!(
            named,
            ClaimRef { name: "photos-data".into(), origin: ClaimOrigin::Named, spec: Some(spec) }
        );
    }

    #[test]
    fn an_empty_claim_name_means_the_claim_of_the_groups_name() {
        let spec = json!({"accessModes": ["ReadWriteOnce"]});
        let made = ClaimRef::new("photos", Some(""), Some(&spec));
        assert_eq!(made, ClaimRef { name: "photos".into(), origin: ClaimOrigin::Spec, spec: Some(spec) });
        let implied = ClaimRef::new("photos", None, Some(&json!({})));
        assert_eq!(implied, ClaimRef { name: "photos".into(), origin: ClaimOrigin::Implied, spec: None });
    }
}
