//! The way forward: pin, copy, secure, reserve, swap, prove, finish.
//! Must not touch the claim before its volume is kept, its state is copied and the new volume is proven.

use super::changes;
use super::foreign;
use super::prepare;
use super::probe;
use super::proof::{awaits_old, lost_volume, proven, reserve, source_is_fit};
use super::quiet;
use super::swap;
use super::workloads;
use super::world::{Whose, World};
use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::restore::{Journal, Mode, Step};
use crate::model::volume::{Volume, VolumePhase};

pub(super) fn next(journal: &Journal, world: &World) -> Next {
    match world.whose(journal) {
        Whose::Old(claim) => prepare(journal, world, claim),
        Whose::Going(claim) => quiet::gone(journal, world, Step::Swap, claim),
        Whose::Nobody => swap::create(journal, world),
        Whose::New(claim) => swap::settle(journal, world, claim),
        // Whoever gave it the old volume again, there is nothing left to be moved.
        Whose::Back(claim) => Next::TurnBack(has_old_volume(claim)),
        // Another restore was quicker, or somebody had other plans with the claim.
        Whose::Foreign(claim) if foreign::has_done_nothing(journal, world) => {
            Next::TurnBack(foreign::replaced(journal, claim))
        }
        Whose::Foreign(claim) => foreign::next(journal, world, Step::Swap, claim),
    }
}

fn has_old_volume(claim: &Claim) -> Error {
    let message = format!("PVC {} in namespace {} has its old volume again", claim.name, claim.namespace);
    Error::new(Reason::ClaimReplaced, message)
}

fn prepare(journal: &Journal, world: &World, claim: &Claim) -> Next {
    if world.old(journal).is_some_and(|old| awaits_old(journal, old, claim)) {
        return Next::Wait(Step::Pin, Awaited::Bound(claim.name.clone()));
    }
    let old = match old_volume(journal, world, claim) {
        Ok(old) => old,
        Err(error) => return Next::Stop(Step::Pin, error),
    };
    if !changes::is_pinned(journal, old) || !changes::is_noted(journal, old) {
        let pin = changes::pin(journal, old, journal.old.policy, true);
        return Next::Do(Step::Pin, Action::ChangeVolume(pin));
    }
    match source_is_fit(journal, world) {
        Ok(()) => {
            if let Some(next) = prepare::hold(journal, world, Step::Pin) {
                return next;
            }
        }
        // A copy that is proven needs it no more.
        Err(_) if journal.new.is_some() => {}
        Err(error) => return Next::Stop(Step::Pin, error),
    }
    if let Some(next) = copy(journal, world) {
        return next;
    }
    let Some(workloads) = world.workloads(journal) else { return Next::Look(Step::Stop) };
    let Some(traffic) = &world.traffic else { return Next::Look(Step::Quiet) };
    quiet::hopeless(journal, claim, traffic)
        .or_else(|| workloads::stop(journal, workloads))
        .or_else(|| quiet::unused(journal, Step::Quiet, claim, old, traffic))
        .or_else(|| prepare::secure(journal, world, Step::Secure, claim, old))
        .or_else(|| quiet::deletable(journal, Step::Quiet, claim, traffic))
        .or_else(|| reserve(journal, world, Step::Reserve))
        .or_else(|| noted_swap(journal, claim))
        .unwrap_or_else(|| Next::Do(Step::Swap, Action::DeleteClaim(Box::new(claim.clone()))))
}

/// The claim's deletion is written down before it is asked for, with what was written on the claim since the plan: that of the
/// very version that is deleted.
fn noted_swap(journal: &Journal, claim: &Claim) -> Option<Next> {
    let mut noted = Journal { swapped: true, step: Step::Swap, ..journal.clone() };
    for manifest in [&mut noted.target, &mut noted.old.manifest] {
        let Some(metadata) = manifest["metadata"].as_object_mut() else { continue };
        for field in ["labels", "annotations"] {
            match claim.manifest["metadata"].get(field) {
                Some(value) => metadata.insert(field.to_owned(), value.clone()),
                None => metadata.remove(field),
            };
        }
    }
    let is_noted = journal.swapped && noted.target == journal.target && noted.old == journal.old;
    (!is_noted).then(|| Next::Note(Step::Swap, Box::new(noted)))
}

/// The volume of the claim, which must be the one that was there when the restore began.
fn old_volume<'a>(journal: &Journal, world: &'a World, claim: &Claim) -> Result<&'a Volume, Error> {
    let old = world.old(journal).ok_or_else(|| lost_volume(journal))?;
    let is_bound = claim.volume.as_ref() == Some(&old.name) && old.claim_uid() == Some(&claim.uid);
    match is_bound && claim.phase == ClaimPhase::Bound {
        true => Ok(old),
        false => {
            let message = format!(
                "PVC {} in namespace {} is no longer bound to volume {}",
                claim.name, claim.namespace, journal.old.volume
            );
            Err(Error::new(Reason::ClaimLost, message))
        }
    }
}

/// The new volume is there, proven and kept; otherwise what to do for it. In direct mode it is made later.
fn copy(journal: &Journal, world: &World) -> Option<Next> {
    if journal.mode == Mode::Direct {
        return None;
    }
    let Some(proven) = &journal.new else { return Some(stage(journal, world)) };
    let Some(new) = world.proven(journal) else {
        let message = format!("volume {} is gone, which held the restored data", proven.volume);
        return Some(Next::TurnBack(Error::new(Reason::VolumeGone, message)));
    };
    if !changes::is_pinned(journal, new) {
        let pin = changes::pin(journal, new, proven.policy, false);
        return Some(Next::Do(Step::Copy, Action::ChangeVolume(pin)));
    }
    probe::check(journal, world).or_else(|| probe::none(journal, world, Step::Copy))
}

fn stage(journal: &Journal, world: &World) -> Next {
    let Some(claim) = &world.staging else {
        return Next::Do(Step::Copy, Action::CreateClaim(Box::new(changes::staging(journal))));
    };
    if !journal.is_ours(claim.restore.as_ref()) {
        let message = format!("PVC {} exists already in namespace {}", claim.name, claim.namespace);
        return Next::TurnBack(Error::new(Reason::ClaimExists, message));
    }
    match (&claim.phase, &world.new) {
        _ if claim.terminating => Next::Wait(Step::Copy, Awaited::Gone(claim.name.clone())),
        (ClaimPhase::Bound, Some(volume)) if volume.phase == VolumePhase::Bound => {
            proven(journal, claim, volume)
                .map_or_else(Next::TurnBack, |journal| Next::Note(Step::Copy, Box::new(journal)))
        }
        (ClaimPhase::Pending, _) if journal.probe.is_some() => probe::placed(journal, world, claim),
        _ => Next::Wait(Step::Copy, Awaited::Bound(claim.name.clone())),
    }
}
