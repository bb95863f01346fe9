//! A claim of the real name that somebody else made in the gap (reliability.md, F-R20): waited for, taken away, or a person's business.
//! Must never have one deleted that may hold data: only one that was seen without a volume, in the very version that is deleted.

use super::changes;
use super::quiet;
use super::spare::is_given;
use super::world::{World, is_empty, may_go};
use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::claim::Claim;
use crate::model::restore::{Course, Journal, Step};
use crate::model::volume::{Volume, VolumePhase};

/// So many are taken away; whoever makes them is not going to stop.
const MOST: usize = 5;

pub(super) fn next(journal: &Journal, world: &World, step: Step, claim: &Claim) -> Next {
    if is_empty(claim) && claim.terminating {
        return Next::Wait(step, Awaited::Gone(claim.name.clone()));
    }
    let reserved = match journal.course {
        Course::Forward => world.proven(journal),
        Course::Back => world.old(journal),
    };
    if is_empty(claim) && reserved.is_some_and(|volume| gets(journal, claim, volume)) {
        return Next::Wait(step, Awaited::Bound(claim.name.clone()));
    }
    match may_go(journal, claim) {
        true => take_away(journal, world, step, claim),
        false => Next::Stop(step, replaced(journal, claim)),
    }
}

/// The claim was never to be deleted, and no volume bears its mark: whatever the claim is now, that was not its doing.
pub(super) fn has_done_nothing(journal: &Journal, world: &World) -> bool {
    let is_marked = |volume: &Option<Volume>| volume.iter().any(|volume| changes::is_marked(journal, volume));
    !journal.workloads.iter().any(|noted| noted.stage.may_be_down())
        && !journal.swapped
        && journal.new.is_none()
        && !is_marked(&world.old)
        && !is_marked(&world.new)
}

/// The binder gives it the volume that is kept for the name, or is just doing that.
fn gets(journal: &Journal, claim: &Claim, volume: &Volume) -> bool {
    let is_free = changes::is_kept(journal, volume) && volume.phase == VolumePhase::Available;
    volume.claim_uid() == Some(&claim.uid) || is_free && is_given(claim, volume)
}

fn take_away(journal: &Journal, world: &World, step: Step, claim: &Claim) -> Next {
    let Some(traffic) = &world.traffic else { return Next::Look(step) };
    let error = replaced(journal, claim);
    if !traffic.pods.is_empty() {
        return Next::Stop(
            step,
            traffic.pods.iter().fold(error, |error, pod| error.cause(format!("pod {} uses it", pod.name))),
        );
    }
    // It would hang between being there and being gone, with the name (reliability.md, F-R16).
    if let Some(pinned) = quiet::pinned(journal, claim, traffic) {
        return Next::Stop(step, pinned.cause(error.message));
    }
    // Bound to it half-way, what lies there would go with the claim.
    match &world.spare {
        None => {
            return Next::Stop(step, error.cause("it cannot be seen whether it is about to get a volume"));
        }
        Some(spare) => {
            if let Some(volume) = spare.first() {
                return Next::Stop(step, error.cause(format!("it may be about to get volume {volume}")));
            }
        }
    }
    if journal.removed.contains(&claim.uid) {
        return Next::Do(step, Action::DeleteClaim(Box::new(claim.clone())));
    }
    if journal.removed.len() >= MOST {
        return Next::Stop(step, error.cause(format!("{MOST} such claims were deleted already")));
    }
    let removed = [&journal.removed[..], std::slice::from_ref(&claim.uid)].concat();
    Next::Note(step, Box::new(Journal { removed, step, ..journal.clone() }))
}

/// It stays until a person has seen to it.
pub(super) fn replaced(journal: &Journal, claim: &Claim) -> Error {
    let Claim { name, namespace, .. } = claim;
    let message = format!("somebody else made PVC {name} in namespace {namespace}");
    let mut error = Error::new(Reason::ClaimReplaced, message);
    if let Some(volume) = &claim.volume {
        error = error.cause(format!("it has volume {volume}"));
    }
    let go_on = format!("kubectl gemini restore --resume {} -n {namespace}", journal.id);
    error.hint(match &claim.volume {
        None => format!(
            "find out who makes it, and stop that; then delete it and go on: kubectl delete pvc {name} -n {namespace}; {go_on}"
        ),
        Some(volume) => format!(
            "what is on volume {volume} is nobody's to lose: copy it, or back it up, before anything else; once PVC {name} is gone, go on: {go_on}"
        ),
    })
}
