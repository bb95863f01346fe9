//! The way back: to the claim as it was, with its old volume. From before the swap that is hardly anything; after it, the name
//! moves once more, and what was written on the new volume meanwhile is kept, too.
//! Must put the old volume's policy back only when a claim has it again (reliability.md, section 0, fact 5).

use super::changes;
use super::foreign;
use super::kept::{kept, last_copy, left_behind, noted};
use super::prepare;
use super::probe;
use super::proof::{awaits_old, is_made_for, lost_volume, reserved, taken_volume};
use super::quiet;
use super::workloads;
use super::world::{Whose, World};
use super::{Action, Awaited, Next};
use crate::error::Error;
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::draft::VolumeChange;
use crate::model::restore::{Journal, Mode, Outcome, Step};
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};

pub(super) fn next(journal: &Journal, world: &World) -> Next {
    match world.whose(journal) {
        Whose::Old(claim) => abort(journal, world, claim),
        Whose::Going(claim) => quiet::gone(journal, world, Step::SwapBack, claim),
        Whose::New(claim) => withdraw(journal, world, claim),
        Whose::Nobody => create(journal, world),
        Whose::Back(claim) => settle(journal, world, claim),
        Whose::Foreign(_) if foreign::has_done_nothing(journal, world) => overtaken(journal, world),
        Whose::Foreign(claim) => foreign::next(journal, world, Step::SwapBack, claim),
    }
}

/// Another restore was done with the claim before this one had begun: nothing of it is to be put back.
fn overtaken(journal: &Journal, world: &World) -> Next {
    let left = clear(journal, world).or_else(|| prepare::release(journal, world, Step::FinishBack));
    left.unwrap_or(Next::End(Outcome::Aborted))
}

/// The claim was never deleted: what was made beside it is taken away, and its volume is as before.
fn abort(journal: &Journal, world: &World, claim: &Claim) -> Next {
    if let Some(next) = recall(journal, claim) {
        return next;
    }
    let Some(seen) = world.workloads(journal) else { return Next::Look(Step::Start) };
    if let Some(next) = workloads::start(journal, seen) {
        return next;
    }
    // The mark on the old volume goes last: should the journal be gone, it leads back here.
    let left = clear(journal, world).or_else(|| prepare::release(journal, world, Step::FinishBack));
    if let Some(next) = left {
        return next;
    }
    match world.old(journal).filter(|old| changes::is_marked(journal, old)) {
        None => Next::End(Outcome::Aborted),
        Some(old) if old.phase == VolumePhase::Bound && old.claim_uid() == Some(&claim.uid) => {
            Next::Do(Step::FinishBack, Action::ChangeVolume(changes::unpin(old, journal.old.policy)))
        }
        Some(old) if awaits_old(journal, old, claim) => {
            Next::Wait(Step::FinishBack, Awaited::Bound(claim.name.clone()))
        }
        // Its policy must not be put back; it stays kept.
        Some(_) => Next::Stop(Step::FinishBack, lost_volume(journal)),
    }
}

/// A deletion of the claim that was asked for may still be on its way, with the version that was seen then. The claim gets another
/// version, so that it comes too late; then the mark that this takes is removed again.
fn recall(journal: &Journal, claim: &Claim) -> Option<Next> {
    let is_marked = journal.is_ours(claim.restore.as_ref());
    let mark = |mark: Option<String>| Action::MarkClaim(Box::new(claim.clone()), mark);
    match (journal.swapped, is_marked) {
        (true, false) => Some(Next::Do(Step::Clear, mark(Some(journal.id.clone())))),
        (true, true) => {
            Some(Next::Note(Step::SwapBack, Box::new(Journal { swapped: false, ..journal.clone() })))
        }
        (false, true) => Some(Next::Do(Step::Clear, mark(None))),
        (false, false) => None,
    }
}

/// The copy that was made for the restore and that nobody ever used is gone; otherwise what to do for that.
fn clear(journal: &Journal, world: &World) -> Option<Next> {
    let copy = world.new.as_ref().filter(|volume| volume.handle() != Some(&journal.old.handle));
    let ours = copy.filter(|volume| changes::is_marked(journal, volume));
    let staging = world.staging.as_ref().filter(|claim| journal.is_ours(claim.restore.as_ref()));
    if let Some(next) = probe::none(journal, world, Step::Clear) {
        return Some(next);
    }
    if let Some(next) = last_copy(journal, world) {
        return Some(next);
    }
    if let Some(staging) = staging {
        if staging.terminating {
            return Some(Next::Wait(Step::Clear, Awaited::Gone(staging.name.clone())));
        }
        let volume = copy.filter(|volume| volume.claim_uid() == Some(&staging.uid));
        let before = volume.and_then(|volume| unwanted(journal, staging, volume)).map(Action::ChangeVolume);
        let delete = || Action::DeleteClaim(Box::new(staging.clone()));
        return Some(Next::Do(Step::Clear, before.unwrap_or_else(delete)));
    }
    // Its claim is gone already.
    let (copy, proven) = (ours?, journal.new.as_ref()?);
    let wait = Next::Wait(Step::Clear, Awaited::Volume(copy.name.clone()));
    let discard = |copy: &Volume| Action::ChangeVolume(changes::unpin(copy, ReclaimPolicy::Delete));
    // Kept for the real name: it must be nobody's before it may go, whatever the controller says of it yet.
    if changes::is_kept(journal, copy) {
        let back = changes::keep_for(journal, copy, &journal.staging, Some(&proven.claim_uid));
        return Some(Next::Do(Step::Clear, Action::ChangeVolume(back)));
    }
    // One that the real claim has had may have been written to.
    if journal.used || journal.mode == Mode::Direct || copy.claim_uid() != Some(&proven.claim_uid) {
        return None;
    }
    Some(match copy.phase {
        VolumePhase::Released => Next::Do(Step::Clear, discard(copy)),
        VolumePhase::Available | VolumePhase::Bound | VolumePhase::Other => wait,
    })
}

/// What has to be done to the volume of a claim that is given up: it is to go with the claim if it was made for it, also if it is not what
/// was asked for. One that the binder found is somebody else's, and stays.
fn unwanted(journal: &Journal, claim: &Claim, volume: &Volume) -> Option<Box<VolumeChange>> {
    match (is_made_for(journal, claim, volume), volume.policy) {
        (true, ReclaimPolicy::Delete) => None,
        (true, _) => Some(changes::unpin(volume, ReclaimPolicy::Delete)),
        (false, ReclaimPolicy::Retain) => None,
        (false, policy) => Some(changes::pin(journal, volume, policy, false)),
    }
}

/// The claim with the restored data goes; its volume stays, with all that was written to it.
fn withdraw(journal: &Journal, world: &World, claim: &Claim) -> Next {
    if claim.terminating {
        return leaving(journal, world, claim);
    }
    let Some(old) = world.old(journal) else { return Next::Stop(Step::Keep, no_way_back(journal, world)) };
    if let Some(error) = taken_volume(journal, old) {
        return Next::Stop(Step::Keep, error);
    }
    let volume = world.new.as_ref().filter(|volume| volume.claim_uid() == Some(&claim.uid));
    if volume.is_none() && claim.phase == ClaimPhase::Bound {
        return Next::Stop(Step::Keep, foreign::replaced(journal, claim));
    }
    if let Some(volume) = volume {
        if let Some(next) = noted(journal, claim, volume) {
            return next;
        }
        if let Some(pin) = kept(journal, volume) {
            return pin;
        }
        // Before anything is stopped, as long as there may be something to be written.
        if !changes::is_noted(journal, old) {
            let pin = changes::pin(journal, old, journal.old.policy, true);
            return Next::Do(Step::Keep, Action::ChangeVolume(pin));
        }
        let Some(seen) = world.workloads(journal) else { return Next::Look(Step::Stop) };
        let Some(traffic) = &world.traffic else { return Next::Look(Step::Quiet) };
        let waits = quiet::hopeless(journal, claim, traffic)
            .or_else(|| workloads::stop(journal, seen))
            .or_else(|| quiet::unused(journal, Step::Quiet, claim, volume, traffic))
            .or_else(|| {
                let is_used = journal.used.then_some(());
                is_used.and_then(|()| prepare::secure(journal, world, Step::Secure, claim, volume))
            })
            .or_else(|| quiet::deletable(journal, Step::Quiet, claim, traffic));
        if let Some(next) = waits {
            return next;
        }
    }
    Next::Do(Step::SwapBack, Action::DeleteClaim(Box::new(claim.clone())))
}

/// Somebody deletes the claim with the restored data: what was written to it stays before what uses it is stopped.
fn leaving(journal: &Journal, world: &World, claim: &Claim) -> Next {
    let volume = world.new.as_ref().filter(|volume| volume.claim_uid() == Some(&claim.uid));
    if let Some(volume) = volume {
        if let Some(next) = noted(journal, claim, volume) {
            return next;
        }
        if let Some(pin) = kept(journal, volume) {
            return pin;
        }
    }
    let Some(old) = world.old(journal) else { return Next::Stop(Step::Keep, no_way_back(journal, world)) };
    if !changes::is_noted(journal, old) {
        let pin = changes::pin(journal, old, journal.old.policy, true);
        return Next::Do(Step::Keep, Action::ChangeVolume(pin));
    }
    let Some(seen) = world.workloads(journal) else { return Next::Look(Step::Stop) };
    let gone = || Next::Wait(Step::SwapBack, Awaited::Gone(claim.name.clone()));
    workloads::stop(journal, seen).unwrap_or_else(gone)
}

/// There is no claim: the old volume is kept for it, and it is made as it was.
fn create(journal: &Journal, world: &World) -> Next {
    let Some(old) = world.old(journal) else {
        return Next::Stop(Step::SwapBack, no_way_back(journal, world));
    };
    if let Some(next) = left_behind(journal, world) {
        return next;
    }
    if let Some(error) = taken_volume(journal, old) {
        return Next::Stop(Step::SwapBack, error);
    }
    // Two volumes that are kept for one name: the binder would take either.
    let rival = world.new.as_ref().filter(|volume| changes::is_kept(journal, volume));
    if let (Some(rival), Some(proven)) = (rival, &journal.new) {
        let away = changes::keep_for(journal, rival, &journal.staging, Some(&proven.claim_uid));
        return Next::Do(Step::SwapBack, Action::ChangeVolume(away));
    }
    if !changes::is_pinned(journal, old) {
        let pin = changes::pin(journal, old, journal.old.policy, true);
        return Next::Do(Step::SwapBack, Action::ChangeVolume(pin));
    }
    reserved(journal, old, Step::SwapBack).unwrap_or_else(|| {
        Next::Do(Step::SwapBack, Action::CreateClaim(Box::new(changes::original(journal))))
    })
}

/// The old volume is gone. What was restored may still be there: see [`super::must_go_on`].
fn no_way_back(journal: &Journal, world: &World) -> Error {
    let error = lost_volume(journal);
    match world.proven(journal).filter(|_| journal.together.is_empty()) {
        Some(new) => error
            .hint(format!("there is no way back; going on keeps what was restored, on volume {}", new.name)),
        None => error,
    }
}

/// The claim was made for the old volume, which went before it could have it.
fn waits_in_vain(journal: &Journal, world: &World, claim: &Claim) -> Error {
    let Claim { name, namespace, .. } = claim;
    let is_empty = world.old.is_none() && claim.phase == ClaimPhase::Pending;
    match world.proven(journal).filter(|_| is_empty && journal.together.is_empty()) {
        Some(new) => lost_volume(journal)
            .hint(format!(
                "PVC {name} holds nothing, and waits for that volume: kubectl delete pvc {name} -n {namespace}"
            ))
            .hint(format!("then going on gives it what was restored, on volume {}", new.name)),
        None => lost_volume(journal),
    }
}

/// The claim has its old volume again, or soon will; then policies and holds are put back.
fn settle(journal: &Journal, world: &World, claim: &Claim) -> Next {
    if claim.terminating {
        return Next::Wait(Step::SwapBack, Awaited::Gone(claim.name.clone()));
    }
    let Some(old) = world.old(journal) else {
        return Next::Stop(Step::SwapBack, waits_in_vain(journal, world, claim));
    };
    let is_bound = claim.phase == ClaimPhase::Bound
        && old.phase == VolumePhase::Bound
        && old.claim_uid() == Some(&claim.uid);
    if !is_bound {
        return Next::Wait(Step::SwapBack, Awaited::Bound(claim.name.clone()));
    }
    if let Some(next) = left_behind(journal, world) {
        return next;
    }
    let outcome = if journal.used { Outcome::Undone } else { Outcome::RolledBack };
    let Some(seen) = world.workloads(journal) else { return Next::Look(Step::Start) };
    workloads::start(journal, seen)
        .or_else(|| clear(journal, world))
        .or_else(|| prepare::release(journal, world, Step::FinishBack))
        .or_else(|| {
            let unpin = changes::is_marked(journal, old).then(|| changes::unpin(old, journal.old.policy));
            unpin.map(|unpin| Next::Do(Step::FinishBack, Action::ChangeVolume(unpin)))
        })
        .unwrap_or(Next::End(outcome))
}
