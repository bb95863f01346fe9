//! The name moves: the claim is made again, gets its new volume, and that is proven once more before anybody may rely on it.
//! Must not take a claim for the restore's own because of its name.

use super::changes;
use super::kept::{has_been_had, kept};
use super::prepare;
use super::probe;
use super::proof::{no_staging, proven, reserve, source_is_fit};
use super::workloads;
use super::world::World;
use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::restore::{Journal, Mode, Outcome, Step};
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};

/// There is no claim: makes it, with the volume or from the snapshot.
pub(super) fn create(journal: &Journal, world: &World) -> Next {
    if !journal.swapped {
        // Somebody else deleted it. The outcome is the same, and what comes now must be written down first.
        return Next::Note(
            Step::Swap,
            Box::new(Journal { swapped: true, step: Step::Swap, ..journal.clone() }),
        );
    }
    let note = |journal: Journal| Some(Next::Note(Step::Swap, Box::new(journal)));
    let ready = match (journal.mode, world.proven(journal)) {
        // It goes with its claim, whatever is written on it now.
        (Mode::Direct, Some(new))
            if new.policy == ReclaimPolicy::Delete && new.phase == VolumePhase::Released =>
        {
            note(Journal { new: None, ..journal.clone() })
        }
        // The claim may be gone before its turn: by somebody else, or by a deletion that was long on its way.
        (_, Some(new)) if !changes::is_pinned(journal, new) => {
            let policy = journal.new.as_ref().map_or(new.policy, |proven| proven.policy);
            let pin = changes::pin(journal, new, policy, false);
            Some(Next::Do(Step::Copy, Action::ChangeVolume(pin)))
        }
        // Whoever saw the claim bound may have written to it, before somebody else deleted that.
        (_, Some(new)) if has_been_had(journal, new) => note(Journal { used: true, ..journal.clone() }),
        (_, Some(_)) => probe::check(journal, world).or_else(|| reserve(journal, world, Step::Swap)),
        (Mode::Staged, None) => Some(Next::TurnBack(gone(journal))),
        (Mode::Direct, None) if journal.new.is_some() => note(Journal { new: None, ..journal.clone() }),
        (Mode::Direct, None) => source_is_fit(journal, world).err().map(Next::TurnBack),
    };
    ready.unwrap_or_else(|| Next::Do(Step::Swap, Action::CreateClaim(Box::new(changes::target(journal)))))
}

fn gone(journal: &Journal) -> Error {
    let volume = journal.new.as_ref().map_or("with the restored data", |new| new.volume.as_str());
    Error::new(Reason::VolumeGone, format!("the new volume {volume} is gone"))
}

/// The claim is the restore's own: it gets its volume, that is proven, and policies and holds are put back.
pub(super) fn settle(journal: &Journal, world: &World, claim: &Claim) -> Next {
    if claim.terminating {
        // Whoever deletes it: what was written to it stays.
        let bound = world.proven(journal).filter(|new| new.phase == VolumePhase::Bound);
        let keep = bound.and_then(|new| kept(journal, new));
        return keep.unwrap_or_else(|| Next::Wait(Step::Prove, Awaited::Gone(claim.name.clone())));
    }
    if journal.mode == Mode::Direct
        && journal.new.is_none()
        && claim.snapshot_source.as_ref() != Some(&journal.source.snapshot)
    {
        let message = format!("the API server dropped the data source of PVC {}", claim.name);
        return Next::TurnBack(Error::new(Reason::RequestAltered, message));
    }
    let bound = world.new.as_ref().filter(|volume| {
        claim.phase == ClaimPhase::Bound
            && claim.volume.as_ref() == Some(&volume.name)
            && volume.claim_uid() == Some(&claim.uid)
            && volume.phase == VolumePhase::Bound
    });
    let Some(volume) = bound else {
        return Next::Wait(Step::Prove, Awaited::Bound(claim.name.clone()));
    };
    // A deletion from the way back may be long on its way: with another version of the claim it comes too late.
    if journal.turned_on && journal.is_ours(claim.restore.as_ref()) {
        return Next::Do(Step::Prove, Action::MarkClaim(Box::new(claim.clone()), None));
    }
    let known = world.proven(journal);
    match (journal.mode, known) {
        (Mode::Staged, Some(new)) if new.uid == volume.uid => finish(journal, world, volume),
        (Mode::Staged, _) => Next::TurnBack(wrong_volume(journal, claim)),
        (Mode::Direct, Some(new)) if new.uid == volume.uid => finish(journal, world, volume),
        (Mode::Direct, _) => proven(journal, claim, volume)
            .map_or_else(Next::TurnBack, |journal| Next::Note(Step::Prove, Box::new(journal))),
    }
}

fn wrong_volume(journal: &Journal, claim: &Claim) -> Error {
    let has = claim.volume.as_deref().unwrap_or("unknown");
    let message = format!("PVC {} in namespace {} got volume {has}", claim.name, claim.namespace);
    let wanted = journal.new.as_ref().map_or("none", |new| new.volume.as_str());
    Error::new(Reason::WrongVolume, message).cause(format!("the restored data is on volume {wanted}"))
}

fn finish(journal: &Journal, world: &World, volume: &Volume) -> Next {
    if !journal.used {
        return Next::Note(Step::Start, Box::new(Journal { used: true, ..journal.clone() }));
    }
    let Some(workloads) = world.workloads(journal) else { return Next::Look(Step::Start) };
    let restarted = workloads::start(journal, workloads).or_else(|| workloads::running(journal, workloads));
    if let Some(next) = restarted {
        return next;
    }
    let policy = journal.new.as_ref().map_or(volume.policy, |new| new.policy);
    if changes::is_marked(journal, volume) || volume.policy != policy {
        let unpin = changes::unpin(volume, policy);
        return Next::Do(Step::Finish, Action::ChangeVolume(unpin));
    }
    // A request to make it once more may have been long on its way.
    let left = no_staging(journal, world, Step::Finish);
    left.or_else(|| prepare::release(journal, world, Step::Finish)).unwrap_or(Next::End(Outcome::Restored))
}
