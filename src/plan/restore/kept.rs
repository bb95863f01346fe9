//! What must stay on the way back, whatever else somebody does: what was written to the new volume, and the last copy of a point in time.
//! Must not say of anything that it is kept which is gone.

use super::changes;
use super::proof::proven;
use super::world::World;
use super::{Action, Next};
use crate::error::{Error, ExitCode, Reason};
use crate::model::claim::Claim;
use crate::model::restore::{Journal, Mode, Step};
use crate::model::snapshot::Snapshot;
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};

/// What the claim got is written down, and that somebody may have written to it; otherwise what to do for that.
pub(super) fn noted(journal: &Journal, claim: &Claim, volume: &Volume) -> Option<Next> {
    if journal.new.is_none()
        && let Ok(noted) = proven(journal, claim, volume)
    {
        return Some(Next::Note(Step::Keep, Box::new(noted)));
    }
    // Whoever saw the claim bound may have started an application on it.
    let is_news = journal.new.is_some() && !journal.used;
    is_news.then(|| Next::Note(Step::Keep, Box::new(Journal { used: true, ..journal.clone() })))
}

/// The new volume stays whatever becomes of its claim; otherwise what to do for that. Another restore's mark is that one's business.
pub(super) fn kept(journal: &Journal, volume: &Volume) -> Option<Next> {
    let is_anothers = volume.mark.as_ref().is_some_and(|mark| mark.restore != journal.id);
    if changes::is_pinned(journal, volume) || is_anothers {
        return None;
    }
    let policy = journal.new.as_ref().map_or(volume.policy, |new| new.policy);
    let pin = changes::pin(journal, volume, policy, false);
    Some(Next::Do(Step::Keep, Action::ChangeVolume(pin)))
}

/// Another claim than the one that the volume was made with has had it, or one of the real name, before anybody could note that:
/// an application may have written to it.
pub(super) fn has_been_had(journal: &Journal, new: &Volume) -> bool {
    let made_with = journal.new.as_ref().map(|new| new.claim_uid.as_str());
    let is_anothers = |uid| journal.mode == Mode::Direct || Some(uid) != made_with;
    !journal.used && new.claim_uid().is_some_and(is_anothers)
}

/// Of a new volume that was in use and whose claim somebody else deleted: it stays, or nobody is to be told that it does.
pub(super) fn left_behind(journal: &Journal, world: &World) -> Option<Next> {
    if world.proven(journal).is_some_and(|new| has_been_had(journal, new)) {
        return Some(Next::Note(Step::Keep, Box::new(Journal { used: true, ..journal.clone() })));
    }
    journal.new.as_ref().filter(|_| journal.used)?;
    match world.proven(journal).filter(|new| !new.terminating) {
        Some(new) => kept(journal, new),
        None => Some(Next::Note(Step::SwapBack, Box::new(Journal { new: None, ..journal.clone() }))),
    }
}

/// The snapshot is gone meanwhile: what was made of it is the last of that time, stays, and is a person's to give up.
pub(super) fn last_copy(journal: &Journal, world: &World) -> Option<Next> {
    let is_gone = |copy: &&Volume| copy.terminating && copy.phase != VolumePhase::Bound;
    let copy = world.proven(journal).filter(|copy| !journal.used && !is_gone(copy))?;
    let is_source = |snapshot: &Snapshot| snapshot.uid == journal.source.uid && !snapshot.terminating;
    if world.source.as_ref().is_some_and(|(snapshot, _)| is_source(snapshot)) {
        return None;
    }
    // Whoever sets it to go says that nobody needs it. That its claims are gone says nothing: the restore itself deletes them.
    let was_to_stay = changes::is_marked(journal, copy) || copy.phase == VolumePhase::Released;
    if was_to_stay && copy.policy == ReclaimPolicy::Delete {
        return None;
    }
    if let Some(pin) = kept(journal, copy) {
        return Some(pin);
    }
    let Journal { id, namespace, source, .. } = journal;
    let message = format!(
        "volumesnapshot {} is gone, and volume {} holds the last copy of it",
        source.snapshot, copy.name
    );
    let error = Error::new(Reason::SnapshotNotFound, message)
        .exits(ExitCode::NeedsPerson)
        .hint(format!(
            "save what is on it first; if nobody needs it: {}",
            ReclaimPolicy::Delete.command(&copy.name)
        ))
        .hint(format!("then: kubectl gemini restore --abort {id} -n {namespace}"));
    Some(Next::Stop(Step::Clear, error))
}
