//! Whether a group can be backed up now, and the snapshot that does it.
//! Must refuse whatever the snapshot controller would retry for ever, because such a snapshot pins its claim.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::class;
use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::class::{SnapshotClass, StorageClass};
use crate::model::draft::{ClaimDraft, SnapshotDraft};
use crate::model::group::{ClaimOrigin, Group};
use crate::model::volume::{Backend, Source, Volume};

/// One look at a group and what stands behind it.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The group.
    pub group: Group,
    /// Its claim, if it exists.
    pub claim: Option<Claim>,
    /// The claim's volume, if it exists.
    pub volume: Option<Volume>,
    /// The snapshot classes that may be chosen from.
    pub classes: Vec<SnapshotClass>,
    /// The group has a snapshot, ready or not.
    pub has_snapshots: bool,
    /// The StorageClass that the group's claim spec names, if the claim is missing and the class exists.
    pub storage_class: Option<StorageClass>,
}

/// What to do next for a backup.
#[derive(Clone, Debug)]
pub enum Step {
    /// The claim never existed: make it from the group's claim spec, then look again.
    CreateClaim(ClaimDraft),
    /// Take this snapshot.
    TakeSnapshot(Box<SnapshotDraft>),
}

/// Decides the next step, or refuses. `class` overrides the group's snapshot class; `now` is the server's time.
pub fn next(observed: &Observed, class: Option<&str>, now: DateTime<Utc>) -> Result<Step> {
    let group = &observed.group;
    let Some(claim) = &observed.claim else { return missing(observed, class) };
    usable(claim)?;
    let volume = observed.volume.as_ref().ok_or_else(|| lost(claim))?;
    let Backend::Csi { driver, handle } = &volume.backend else { return Err(not_csi(claim, volume)) };
    let class = class::choose(&observed.classes, driver, class.or(group.snapshot_class.as_deref()))?;
    Ok(Step::TakeSnapshot(Box::new(SnapshotDraft {
        namespace: group.namespace.clone(),
        group: group.name.clone(),
        claim: claim.name.clone(),
        timestamp: now.timestamp(),
        class: class.name.clone(),
        labels: group.snapshot_labels.clone(),
        annotations: group.snapshot_annotations.clone(),
        source: Source {
            claim_uid: claim.uid.clone(),
            volume: volume.name.clone(),
            handle: handle.clone(),
            driver: driver.clone(),
            class: claim.storage_class.clone(),
            mode: claim.mode.as_str().to_owned(),
            size: volume.capacity.as_ref().map(|size| size.text.clone()),
        },
        claim_manifest: claim.manifest.clone(),
    })))
}

/// A claim that never existed is made; one that existed and is gone is never replaced by an empty one, which
/// the schedule would then fill the history with.
fn missing(observed: &Observed, class: Option<&str>) -> Result<Step> {
    let Group { namespace, name, claim, known_claim_uid, .. } = &observed.group;
    let claim_name = &claim.name;
    match &claim.origin {
        ClaimOrigin::Spec(spec) if !observed.has_snapshots && known_claim_uid.is_none() => {
            classes_fit(observed, spec, class)?;
            Ok(Step::CreateClaim(ClaimDraft {
                namespace: namespace.clone(),
                name: claim_name.clone(),
                spec: from_group(spec),
                restored_from: None,
            }))
        }
        ClaimOrigin::Spec(_) => Err(Error::new(
            Reason::ClaimMissing,
            format!("PVC {claim_name} of group {name} is gone from namespace {namespace}"),
        )
        .cause("it existed before, so an empty one is not made in its place")
        .hint(format!(
            "bring it back: kubectl gemini restore {name} -n {namespace} --snapshot NAME --to-pvc {claim_name}"
        ))),
        ClaimOrigin::Named => Err(Error::new(
            Reason::ClaimMissing,
            format!("PVC {claim_name} of group {name} does not exist in namespace {namespace}"),
        )
        .hint(format!(
            "correct spec.persistentVolumeClaim.claimName: kubectl edit snapshotgroup {name} -n {namespace}"
        ))),
        ClaimOrigin::Implied => Err(Error::new(
            Reason::ClaimMissing,
            format!(
                "group {name} names no claim, and there is no PVC {claim_name} in namespace {namespace} either"
            ),
        )
        .hint("name the claim in spec.persistentVolumeClaim.claimName, or describe it in spec.persistentVolumeClaim.spec")
        .hint("Gemini's oldest examples write spec.claim, a field that the API server drops")),
    }
}

/// A claim that could not be snapshotted afterwards is better not made.
fn classes_fit(observed: &Observed, spec: &Value, class: Option<&str>) -> Result<()> {
    let named = class.or(observed.group.snapshot_class.as_deref());
    let wanted = spec["storageClassName"].as_str().filter(|name| !name.is_empty());
    match (wanted, &observed.storage_class) {
        (Some(name), None) => {
            Err(Error::new(Reason::StorageClassUnfit, format!("StorageClass {name} does not exist"))
                .hint("correct spec.persistentVolumeClaim.spec.storageClassName of the group"))
        }
        (_, Some(storage)) => class::choose(&observed.classes, &storage.provisioner, named).map(|_| ()),
        (None, None) => match named {
            Some(name) => class::named(&observed.classes, name).map(|_| ()),
            None => Ok(()),
        },
    }
}

/// The group's claim spec, fit for a new claim. A `volumeName` is one that Gemini's operator copied from a
/// live claim: it would tie the new claim to a volume that has an owner.
fn from_group(spec: &Value) -> Value {
    let mut spec = spec.clone();
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("volumeName");
    }
    spec
}

fn usable(claim: &Claim) -> Result<()> {
    let Claim { name, namespace, .. } = claim;
    if claim.terminating {
        let message = format!("PVC {name} in namespace {namespace} is being deleted");
        return Err(Error::new(Reason::ClaimTerminating, message)
            .hint(format!("see what holds it: kubectl describe pvc {name} -n {namespace}")));
    }
    match claim.phase {
        ClaimPhase::Bound => Ok(()),
        ClaimPhase::Pending => Err(Error::new(
            Reason::ClaimPending,
            format!("PVC {name} in namespace {namespace} is not bound to a volume yet"),
        )
        .hint(format!("see what it waits for: kubectl describe pvc {name} -n {namespace}"))),
        ClaimPhase::Lost => Err(lost(claim)),
    }
}

fn lost(claim: &Claim) -> Error {
    let Claim { name, namespace, .. } = claim;
    let volume = claim.volume.as_deref().unwrap_or("unknown");
    Error::new(Reason::ClaimLost, format!("PVC {name} in namespace {namespace} has lost its volume {volume}"))
}

fn not_csi(claim: &Claim, volume: &Volume) -> Error {
    let Backend::Other(kind) = &volume.backend else {
        return Error::new(
            Reason::DriverCannotSnapshot,
            format!("volume {} cannot be snapshotted", volume.name),
        );
    };
    Error::new(
        Reason::DriverCannotSnapshot,
        format!("volume {} of PVC {} is {kind}, not CSI; it cannot be snapshotted", volume.name, claim.name),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples;
    use super::*;
    use crate::model::group::ClaimRef;

    fn good() -> Observed {
        Observed {
            group: samples::group(),
            claim: Some(samples::claim("photos-data")),
            volume: Some(samples::volume("vol-1")),
            classes: vec![samples::snapshot_class("snapshots")],
            has_snapshots: false,
            storage_class: None,
        }
    }

    fn refused(spoil: impl FnOnce(&mut Observed)) -> Reason {
        let mut observed = good();
        spoil(&mut observed);
        next(&observed, None, samples::now()).unwrap_err().reason
    }

    fn with_spec(spoil: impl FnOnce(&mut Observed)) -> Result<Step> {
        let spec =
            json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeName": "pv-9"});
        let mut observed = Observed {
            claim: None,
            volume: None,
            storage_class: Some(samples::storage_class("fast")),
            ..good()
        };
        observed.group.claim = ClaimRef::new("photos", Some(""), Some(&spec));
        spoil(&mut observed);
        next(&observed, None, samples::now())
    }

    #[test]
    fn the_snapshot_says_what_it_is_of() {
        let Step::TakeSnapshot(draft) = next(&good(), None, samples::now()).unwrap() else {
            panic!("no snapshot")
        };
        assert_eq!(draft.name(), "photos-1795341000");
        assert_eq!((draft.claim.as_str(), draft.class.as_str()), ("photos-data", "snapshots"));
        assert_eq!(
            (draft.source.handle.as_str(), draft.source.claim_uid.as_str()),
            ("vol-1", "photos-data-uid")
        );
        assert_eq!(draft.labels["team"], "web");
    }

    #[test]
    fn what_would_never_become_ready_is_refused() {
        assert_eq!(refused(|o| o.claim = None), Reason::ClaimMissing);
        assert_eq!(refused(|o| claim_of(o).phase = ClaimPhase::Pending), Reason::ClaimPending);
        assert_eq!(refused(|o| claim_of(o).phase = ClaimPhase::Lost), Reason::ClaimLost);
        assert_eq!(refused(|o| claim_of(o).terminating = true), Reason::ClaimTerminating);
        assert_eq!(refused(|o| o.volume = None), Reason::ClaimLost);
        let host_path = Backend::Other("hostPath".into());
        assert_eq!(refused(|o| o.volume.as_mut().unwrap().backend = host_path), Reason::DriverCannotSnapshot);
        assert_eq!(refused(|o| o.classes.clear()), Reason::NoSnapshotClass);
        assert_eq!(refused(|o| o.classes.push(samples::snapshot_class("more"))), Reason::TwoDefaultClasses);
        assert_eq!(refused(|o| o.group.snapshot_class = Some("gone".into())), Reason::SnapshotClassNotFound);
    }

    fn claim_of(observed: &mut Observed) -> &mut Claim {
        observed.claim.as_mut().unwrap()
    }

    #[test]
    fn a_flag_wins_over_the_groups_class() {
        let mut observed = good();
        observed.group.snapshot_class = Some("gone".into());
        assert!(next(&observed, Some("snapshots"), samples::now()).is_ok());
    }

    #[test]
    fn a_claim_that_never_existed_is_made() {
        let Step::CreateClaim(draft) = with_spec(|_| {}).unwrap() else { panic!("no claim") };
        assert_eq!(draft.name, "photos");
        assert_eq!(draft.spec, json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "fast"}));
    }

    #[test]
    fn a_claim_that_existed_is_never_replaced_by_an_empty_one() {
        let reason = |step: Result<Step>| step.unwrap_err().reason;
        assert_eq!(reason(with_spec(|o| o.has_snapshots = true)), Reason::ClaimMissing);
        assert_eq!(reason(with_spec(|o| o.group.known_claim_uid = Some("u".into()))), Reason::ClaimMissing);
    }

    #[test]
    fn a_claim_that_could_not_be_snapshotted_is_not_made() {
        let reason = |step: Result<Step>| step.unwrap_err().reason;
        assert_eq!(reason(with_spec(|o| o.storage_class = None)), Reason::StorageClassUnfit);
        assert_eq!(reason(with_spec(|o| o.classes.clear())), Reason::NoSnapshotClass);
    }
}
