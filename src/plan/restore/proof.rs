//! What both directions have to be sure of: that the snapshot is the one that was chosen, what a volume was made from, and that it is
//! kept for the claim. Must judge by identifiers, never by names (checks C1 and P4 of reliability.md).

use super::changes;
use super::probe;
use super::world::World;
use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::restore::{Journal, ProvenVolume, Step};
use crate::model::size::Size;
use crate::model::volume::{ReclaimPolicy, Reservation, Volume, VolumePhase};
use crate::plan::origin::{self, ExpectedVolume};
use crate::plan::source;

/// The volume that is replaced is gone.
pub(super) fn lost_volume(journal: &Journal) -> Error {
    let message = format!("volume {} is gone, which PVC {} had", journal.old.volume, journal.claim);
    let error = Error::new(Reason::VolumeGone, message);
    let copies = journal.safety.iter().rev();
    match copies.into_iter().find(|copy| copy.proven && copy.handle == journal.old.handle) {
        Some(copy) => error.hint(format!("what was on it is in volumesnapshot {}", copy.snapshot)),
        None => error,
    }
}

/// The volume that is replaced has been given to another claim, or is kept for one. One that another claim has left can be had.
pub(super) fn taken_volume(journal: &Journal, old: &Volume) -> Option<Error> {
    let is_anothers =
        |claim: &&Reservation| (&claim.namespace, &claim.name) != (&journal.namespace, &journal.claim);
    let other = old.claim.as_ref().filter(is_anothers).filter(|_| old.phase != VolumePhase::Released)?;
    let Reservation { namespace, name, .. } = other;
    let message = format!(
        "volume {}, which PVC {} had, is PVC {name}'s in namespace {namespace} now",
        old.name, journal.claim
    );
    Some(
        Error::new(Reason::VolumeTaken, message)
            .hint(format!("see who uses that: kubectl describe pvc {name} -n {namespace}"))
            .hint("once that PVC is gone, the volume can be had again; its data stays, as it is kept"),
    )
}

/// The claim asks for the old volume and is about to get it: a restore that went back was cut short there, and its journal is gone.
pub(super) fn awaits_old(journal: &Journal, old: &Volume, claim: &Claim) -> bool {
    let is_for_it = changes::is_kept(journal, old) || old.claim_uid() == Some(&claim.uid);
    claim.phase == ClaimPhase::Pending && claim.volume.as_ref() == Some(&old.name) && is_for_it
}

/// Check C1, against what was decided on when the restore began.
pub(super) fn source_is_fit(journal: &Journal, world: &World) -> Result<(), Error> {
    let seen = world.source.as_ref().filter(|(snapshot, _)| snapshot.uid == journal.source.uid);
    let Some((snapshot, content)) = seen else {
        let message = format!(
            "volumesnapshot {} was deleted from namespace {}",
            journal.source.snapshot, journal.namespace
        );
        return Err(
            Error::new(Reason::SnapshotNotFound, message).hint("restore another one; nothing else is lost")
        );
    };
    let content = source::usable(snapshot, content.as_ref())?;
    match content.name == journal.source.content && content.driver == journal.source.driver {
        true => Ok(()),
        false => {
            let message = format!("volumesnapshot {} has another content than before", snapshot.name);
            Err(Error::new(Reason::SnapshotUntrusted, message))
        }
    }
}

/// The journal with the volume of a claim, if that was made from the snapshot (check P4).
pub(super) fn proven(journal: &Journal, claim: &Claim, volume: &Volume) -> Result<Journal, Error> {
    origin::prove_claim(claim, volume, &expected(journal))?;
    let new = ProvenVolume {
        volume: volume.name.clone(),
        uid: volume.uid.clone(),
        handle: volume.handle().unwrap_or_default().to_owned(),
        claim_uid: claim.uid.clone(),
        policy: match journal.old.policy {
            // What somebody set to stay is not to go because it was restored.
            ReclaimPolicy::Retain => ReclaimPolicy::Retain,
            ReclaimPolicy::Delete | ReclaimPolicy::Recycle => volume.policy,
        },
    };
    Ok(Journal { new: Some(new), ..journal.clone() })
}

/// A provisioner made the volume for the claim, whatever is in it.
pub(super) fn is_made_for(journal: &Journal, claim: &Claim, volume: &Volume) -> bool {
    origin::made_for(claim, volume) && volume.handle() != Some(&journal.old.handle)
}

fn expected(journal: &Journal) -> ExpectedVolume {
    ExpectedVolume {
        snapshot: journal.source.snapshot.clone(),
        driver: journal.source.driver.clone(),
        old_handles: vec![journal.old.handle.clone()],
        least_size: journal.source.least_size.as_ref().and_then(|text| Size::parse(text).ok()),
    }
}

/// The new volume is kept for the real name, and nobody else's; otherwise what to do for it.
pub(super) fn reserve(journal: &Journal, world: &World, step: Step) -> Option<Next> {
    if let Some(next) = no_staging(journal, world, step) {
        return Some(next);
    }
    let new = world.proven(journal)?;
    reserved(journal, new, step)
}

/// The claim that the new volume is made with is gone; otherwise what to do for that.
pub(super) fn no_staging(journal: &Journal, world: &World, step: Step) -> Option<Next> {
    let staging = world.staging.as_ref().filter(|claim| journal.is_ours(claim.restore.as_ref()))?;
    // A pod that uses it would keep it.
    let pod = probe::none(journal, world, step);
    pod.or(Some(match staging.terminating {
        true => Next::Wait(step, Awaited::Gone(staging.name.clone())),
        false => Next::Do(step, Action::DeleteClaim(Box::new(staging.clone()))),
    }))
}

/// A volume is kept for the real name and the binder knows it; otherwise what to do for it.
pub(super) fn reserved(journal: &Journal, volume: &Volume, step: Step) -> Option<Next> {
    let wait = Next::Wait(step, Awaited::Volume(volume.name.clone()));
    match (changes::is_kept(journal, volume), volume.phase) {
        (true, VolumePhase::Available) => None,
        // One that is kept for nobody would go to whatever claim fits.
        (false, VolumePhase::Available) if volume.claim.is_some() => Some(wait),
        (false, VolumePhase::Released | VolumePhase::Available) => {
            let keep = changes::keep_for(journal, volume, &journal.claim, None);
            Some(Next::Do(step, Action::ChangeVolume(keep)))
        }
        _ => Some(wait),
    }
}
