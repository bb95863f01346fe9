//! Proof of what a snapshot was cut from and what a new volume was made from.
//! A name or a phase proves nothing: the binder does not look at data sources, and a snapshot waits for
//! whatever claim has the right name. Must compare the driver's own identifiers.

use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::size::Size;
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::{Backend, ReclaimPolicy, Volume};

/// What is known about the volume behind a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// It was cut from the volume that it was asked for.
    Verified,
    /// Nobody recorded what it was asked for, or its content could not be read.
    Unverified,
    /// It was cut from another volume, or its content belongs to another snapshot.
    Foreign,
}

impl Provenance {
    /// The word of tables and documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Foreign => "wrong",
        }
    }
}

/// It counts by its driver's word alone: what it was cut from is on record, and nobody has compared that yet.
pub fn is_unproven(snapshot: &Snapshot) -> bool {
    snapshot.is_usable() && snapshot.source.is_some() && !snapshot.verified
}

/// Some snapshot of a group was proven: whoever does that could read contents. That it cannot be done now is a doubt, then, and
/// not the way things are.
pub fn was_provable(snapshots: &[Snapshot]) -> bool {
    snapshots.iter().any(|snapshot| snapshot.verified)
}

/// Compares what a snapshot was asked for with what its content says.
pub fn provenance(snapshot: &Snapshot, content: Option<&Content>) -> Provenance {
    let Some(content) = content else { return Provenance::Unverified };
    if !content.belongs_to(snapshot) {
        return Provenance::Foreign;
    }
    match (&snapshot.source, &content.volume_handle) {
        // A content that was brought in with the handle of a snapshot does not say what that was cut from.
        (None, _) | (_, None) => Provenance::Unverified,
        (Some(source), Some(handle)) if source.handle == *handle && source.driver == content.driver => {
            Provenance::Verified
        }
        _ => Provenance::Foreign,
    }
}

/// Proves that a ready snapshot was cut from the volume that it was asked for.
pub fn prove_snapshot(snapshot: &Snapshot, content: &Content) -> Result<()> {
    if provenance(snapshot, Some(content)) == Provenance::Verified {
        return Ok(());
    }
    let asked = snapshot.source.as_ref().map_or("unknown", |source| source.handle.as_str());
    let cut = content.volume_handle.as_deref().unwrap_or("unknown");
    let message =
        format!("volumesnapshot {} was not cut from the volume that it was asked for", snapshot.name);
    let error = Error::new(Reason::WrongVolume, message);
    Err(match content.belongs_to(snapshot) {
        true => error.cause(format!("asked for volume {asked}, cut from volume {cut}")),
        false => error.cause(format!("its content {} belongs to another snapshot", content.name)),
    }
    .hint(format!(
        "do not rely on it. If the claim was replaced meanwhile, delete the snapshot and take another: kubectl delete volumesnapshot {} -n {}",
        snapshot.name, snapshot.namespace
    )))
}

/// A provisioner made the volume for the claim, whatever is in it; it was not there before.
pub fn made_for(claim: &Claim, volume: &Volume) -> bool {
    volume.provisioned_by.is_some()
        && !volume.found_by_binder
        && volume.created >= claim.created
        && volume.claim_uid() == Some(&claim.uid)
}

/// What a volume made from a snapshot must be.
#[derive(Clone, Debug)]
pub struct ExpectedVolume {
    /// Name of the snapshot.
    pub snapshot: String,
    /// The snapshot's driver.
    pub driver: String,
    /// Identifiers of volumes that exist already: the live claim's, and the one that was snapshotted.
    pub old_handles: Vec<String>,
    /// The snapshot's least size.
    pub least_size: Option<Size>,
}

/// Proves that a bound claim's volume was made for it, from the snapshot, by the snapshot's driver (check P4).
pub fn prove_claim(claim: &Claim, volume: &Volume, expected: &ExpectedVolume) -> Result<()> {
    let Backend::Csi { driver, handle } = &volume.backend else {
        return Err(wrong_volume(claim, volume, vec!["it is not a CSI volume".to_owned()]));
    };
    let mut faults = vec![];
    if claim.snapshot_source.as_ref() != Some(&expected.snapshot) {
        faults.push(format!("volumesnapshot {} is not the data source of the claim", expected.snapshot));
    }
    if *driver != expected.driver || volume.provisioned_by.as_ref() != Some(&expected.driver) {
        faults.push(format!("it was not provisioned by driver {}", expected.driver));
    }
    if volume.found_by_binder || volume.created < claim.created {
        faults.push("it existed before the claim".to_owned());
    }
    if volume.claim_uid() != Some(&claim.uid) {
        faults.push("it is reserved for another claim".to_owned());
    }
    if expected.old_handles.contains(handle) {
        faults.push(format!("it is the old volume {handle}"));
    }
    if volume.capacity < expected.least_size {
        faults.push("it is smaller than the snapshot".to_owned());
    }
    if volume.mode != claim.mode {
        faults.push(format!("its mode is {}", volume.mode.as_str()));
    }
    if faults.is_empty() { Ok(()) } else { Err(wrong_volume(claim, volume, faults)) }
}

fn wrong_volume(claim: &Claim, volume: &Volume, faults: Vec<String>) -> Error {
    let message = format!(
        "PVC {} in namespace {} is bound to volume {}, which was not made from the snapshot",
        claim.name, claim.namespace, volume.name
    );
    let error = Error::new(Reason::WrongVolume, message)
        .hint(format!(
            "do not use it, and do not delete it before its volume is kept, which may be somebody's: {}",
            ReclaimPolicy::Retain.command(&volume.name)
        ))
        .hint(format!(
            "then restore again under another name: kubectl delete pvc {} -n {}",
            claim.name, claim.namespace
        ));
    faults.into_iter().fold(error, Error::cause)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::samples;
    use super::*;
    use crate::model::claim::VolumeMode;
    use crate::model::snapshot::Readiness;

    #[test]
    fn a_snapshot_is_verified_by_the_drivers_identifiers() {
        let snapshot = samples::snapshot("photos-1");
        let content = samples::content(&snapshot);
        assert_eq!(provenance(&snapshot, Some(&content)), Provenance::Verified);
        assert_eq!(provenance(&snapshot, None), Provenance::Unverified);
        let unrecorded = Snapshot { source: None, ..snapshot.clone() };
        assert_eq!(provenance(&unrecorded, Some(&content)), Provenance::Unverified);
        let imported = Content { volume_handle: None, ..content.clone() };
        assert_eq!(provenance(&snapshot, Some(&imported)), Provenance::Unverified);
        assert_eq!(prove_snapshot(&snapshot, &imported).unwrap_err().reason, Reason::WrongVolume);
        for wrong in [
            Content { volume_handle: Some("vol-2".into()), ..content.clone() },
            Content { driver: "other".into(), ..content.clone() },
            Content { refers_to: (None, None, None), ..content.clone() },
        ] {
            assert_eq!(provenance(&snapshot, Some(&wrong)), Provenance::Foreign);
            assert_eq!(prove_snapshot(&snapshot, &wrong).unwrap_err().reason, Reason::WrongVolume);
        }
    }

    /// The words are a part of documents that scripts read.
    #[test]
    fn what_is_behind_a_snapshot_is_said_in_one_word() {
        let all = [Provenance::Verified, Provenance::Unverified, Provenance::Foreign];
        assert_eq!(all.map(Provenance::word), ["verified", "unverified", "wrong"]);
    }

    #[test]
    fn what_can_be_restored_from_and_was_not_compared_with_its_record_is_unproven() {
        let snapshot = samples::snapshot("photos-1");
        assert!(is_unproven(&snapshot));
        let verified = Snapshot { verified: true, ..snapshot.clone() };
        for other in [
            verified.clone(),
            Snapshot { source: None, ..snapshot.clone() },
            Snapshot { readiness: Readiness::Creating, ..snapshot.clone() },
        ] {
            assert!(!is_unproven(&other), "{other:?}");
        }
        assert!(was_provable(&[snapshot.clone(), verified]));
        assert!(!was_provable(&[snapshot]));
    }

    fn proven(spoil: impl FnOnce(&mut Claim, &mut Volume)) -> Result<()> {
        let mut claim = samples::restored_claim("old-photos");
        let reserved = samples::reservation(&claim.name, Some(&claim.uid));
        let mut volume = Volume { claim: Some(reserved), ..samples::volume("vol-new") };
        spoil(&mut claim, &mut volume);
        let expected = ExpectedVolume {
            snapshot: "photos-1".into(),
            driver: samples::DRIVER.into(),
            old_handles: vec!["vol-1".into()],
            least_size: Some(samples::size("1Gi")),
        };
        prove_claim(&claim, &volume, &expected)
    }

    #[test]
    fn a_volume_made_for_the_claim_is_proven() {
        assert!(proven(|_, _| {}).is_ok());
    }

    #[test]
    fn any_other_volume_is_not() {
        let faults: [fn(&mut Claim, &mut Volume); 10] = [
            |c, _| c.snapshot_source = None,
            |c, _| c.snapshot_source = Some("photos-2".into()),
            |_, v| v.backend = Backend::Other("hostPath".into()),
            |_, v| v.backend = Backend::Csi { driver: samples::DRIVER.into(), handle: "vol-1".into() },
            |_, v| v.provisioned_by = None,
            |_, v| v.found_by_binder = true,
            |_, v| v.created = Some(samples::now() - TimeDelta::days(2)),
            |_, v| v.claim = None,
            |_, v| v.capacity = Some(samples::size("512Mi")),
            |_, v| v.mode = VolumeMode::Block,
        ];
        for (number, fault) in faults.into_iter().enumerate() {
            let error = proven(fault).unwrap_err();
            assert_eq!(error.exit_code(), crate::error::ExitCode::NeedsPerson, "fault {number}");
        }
    }
}
