//! What both directions share: the snapshot of what is replaced, and the hold on the snapshot that is restored.
//! Must not take a snapshot for a safety copy because of its name: only the driver's identifiers prove it (check C2).

use super::changes;
use super::world::World;
use super::{Action, Awaited, Next, hold_reason};
use crate::error::{Error, Reason};
use crate::model::claim::Claim;
use crate::model::restore::{Journal, SafetyCopy, Step};
use crate::model::snapshot::{Content, Readiness, Snapshot};
use crate::model::volume::Volume;
use crate::plan::origin;

/// What is under the claim's name now has a proven copy; otherwise what to do for one.
pub(super) fn secure(
    journal: &Journal,
    world: &World,
    step: Step,
    claim: &Claim,
    volume: &Volume,
) -> Option<Next> {
    let handle = volume.handle().unwrap_or_default();
    let Some(copy) = journal.safety_of(handle) else {
        return Some(note_copy(journal, handle, world.now.timestamp()));
    };
    let seen = world.safety.as_ref().filter(|(snapshot, _)| snapshot.name == copy.snapshot);
    let Some((snapshot, content)) = seen else {
        if copy.proven {
            return Some(renewed(journal, Step::Secure));
        }
        let (group, now) = (world.group.as_ref(), world.now.timestamp());
        let draft = changes::safety(journal, group, copy, &claim.uid, volume, now);
        return Some(Next::Do(step, Action::TakeSnapshot(Box::new(draft))));
    };
    if !journal.is_ours(snapshot.restore.as_ref()) || snapshot.terminating {
        // The name is somebody else's, or soon nobody's.
        return Some(renewed(journal, Step::Secure));
    }
    if snapshot.readiness != Readiness::Ready {
        return Some(Next::Wait(step, Awaited::Ready(snapshot.name.clone())));
    }
    match proof(snapshot, content.as_ref(), handle) {
        Ok(()) if copy.proven => None,
        Ok(()) => {
            let mut journal = journal.clone();
            journal.safety.iter_mut().filter(|seen| *seen == copy).for_each(|copy| copy.proven = true);
            Some(Next::Note(Step::Secure, Box::new(journal)))
        }
        Err(error) => Some(Next::TurnBack(error)),
    }
}

/// The snapshot is ready, and of this very volume.
fn proof(snapshot: &Snapshot, content: Option<&Content>, handle: &str) -> Result<(), Error> {
    let Some(content) = content else {
        let message = format!("the content of volumesnapshot {} is gone", snapshot.name);
        return Err(Error::new(Reason::SnapshotUntrusted, message));
    };
    origin::prove_snapshot(snapshot, content)?;
    match content.volume_handle.as_deref() == Some(handle) && content.snapshot_handle.is_some() {
        true => Ok(()),
        false => {
            let message = format!("volumesnapshot {} is not of volume {handle}", snapshot.name);
            Err(Error::new(Reason::WrongVolume, message))
        }
    }
}

fn note_copy(journal: &Journal, handle: &str, now: i64) -> Next {
    // A second one within a second would have the name of the first.
    let name = |now: i64| format!("{}-{now}", journal.group);
    let taken = |now: &i64| journal.safety.iter().any(|copy| copy.snapshot == name(*now));
    let free = (now..).find(|now| !taken(now)).unwrap_or(now);
    let mut journal = journal.clone();
    journal.safety.push(SafetyCopy {
        snapshot: name(free),
        handle: handle.to_owned(),
        proven: false,
        stale: false,
    });
    Next::Note(Step::Secure, Box::new(journal))
}

/// The copy that was asked for last counts no more; another one is to be taken.
pub(super) fn renewed(journal: &Journal, step: Step) -> Next {
    let mut journal = journal.clone();
    journal.safety.iter_mut().for_each(|copy| copy.stale = true);
    Next::Note(step, Box::new(journal))
}

/// The snapshot that is restored is held; otherwise that is to be done. Somebody else's hold is as good.
pub(super) fn hold(journal: &Journal, world: &World, step: Step) -> Option<Next> {
    let (source, _) = world.source.as_ref()?;
    let held = source.hold.as_ref().is_some_and(|hold| hold.holds(world.now));
    (!held)
        .then(|| Next::Do(step, Action::Hold(Box::new(source.clone()))))
        .filter(|_| source.uid == journal.source.uid)
}

/// The restore's own hold is gone; otherwise that is to be done.
pub(super) fn release(journal: &Journal, world: &World, step: Step) -> Option<Next> {
    let (source, _) = world.source.as_ref()?;
    let is_ours = source.hold.as_ref().is_some_and(|hold| hold.reason == hold_reason(&journal.id));
    is_ours.then(|| Next::Do(step, Action::Release(Box::new(source.clone()))))
}
