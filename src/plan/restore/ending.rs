//! How a restore is taken up again: to be ended as it was meant, or as if it had never been.
//! Must not change where a restore goes unless somebody asked for it, or the server will not have it.

use super::world::{Whose, World};
use super::{proof, quiet};
use crate::error::{Error, Reason, Result};
use crate::model::pod::Pod;
use crate::model::restore::{Course, Journal, Outcome};
use crate::model::workload::{Stage, Stopped};

/// How a restore is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it was meant.
    Resume,
    /// As if it had never been, unless it is done already.
    Abort,
    /// As if it had never been, although it is done.
    Undo,
}

/// How it ended already, if nothing is left to do; a refusal if what is asked does not go with that.
pub fn settled(journal: &Journal, ending: Ending) -> Result<Option<Outcome>> {
    let refused = |why: &str| {
        let message = format!("restore {} in namespace {} {why}", journal.id, journal.namespace);
        Err(Error::new(Reason::RestoreNotFound, message))
    };
    let outcome = journal.ended.map(|ended| ended.outcome);
    let is_back = matches!(outcome, Some(Outcome::Aborted | Outcome::RolledBack | Outcome::Undone));
    match (ending, outcome) {
        (_, Some(Outcome::Purged)) => refused("has ended, and its old volume was given up"),
        (Ending::Resume, Some(outcome)) => Ok(Some(outcome)),
        (Ending::Abort | Ending::Undo, Some(outcome)) if is_back => Ok(Some(outcome)),
        (Ending::Abort, Some(_)) => refused("is done; kubectl gemini undo takes it back"),
        (Ending::Undo, None) if journal.course == Course::Forward => {
            refused("has not ended; kubectl gemini restore --abort gives it up")
        }
        (Ending::Undo, Some(_)) | (_, None) => Ok(None),
    }
}

/// What is written down when it is taken up again. What lay still may have been written to: it is copied anew.
pub fn taken_up(journal: &Journal, ending: Ending) -> Journal {
    let course = if ending == Ending::Resume { journal.course } else { Course::Back };
    let mut journal = Journal { course, ended: None, blocked: None, ..journal.clone() };
    journal.safety.iter_mut().for_each(|copy| copy.stale = true);
    // Whoever was at odds with that was seen to by the person who goes on.
    let stopped = journal.workloads.iter_mut().filter(|noted| noted.stage == Stage::Stopped);
    stopped.for_each(|noted| noted.stage = Stage::Stopping);
    journal
}

/// Whether an undo can succeed, asked before anything of it is written down: from then on there is only the way back.
pub fn may_undo(journal: &Journal, world: &World, waits_for_pods: bool) -> Result<()> {
    let Journal { id, namespace, claim: name, .. } = journal;
    let claim = match world.whose(journal) {
        Whose::New(claim) => claim,
        Whose::Back(_) | Whose::Nobody => return Ok(()),
        Whose::Old(claim) | Whose::Going(claim) | Whose::Foreign(claim) => {
            let has = claim.volume.as_deref().unwrap_or("none");
            let message = format!(
                "PVC {name} in namespace {namespace} no longer has the volume that restore {id} gave it"
            );
            return Err(Error::new(Reason::ClaimReplaced, message)
                .cause(format!("it has volume {has}"))
                .hint(format!("see which restore was the last one: kubectl gemini status -n {namespace}")));
        }
    };
    if world.old(journal).is_none() {
        return Err(proof::lost_volume(journal));
    }
    match &world.traffic {
        Some(traffic) if !waits_for_pods && journal.workloads.is_empty() => {
            let stays = |pod: &&Pod| !(journal.deletes_pods && pod.has_finished());
            let pods: Vec<_> = traffic.pods.iter().filter(stays).cloned().collect();
            if pods.is_empty() { Ok(()) } else { Err(quiet::in_use(claim, &pods)) }
        }
        _ => Ok(()),
    }
}

/// The claim is gone, or about to go, or its application stands still, and the server will not have what comes next. Whoever is no longer let in could not go
/// back either.
pub fn must_turn_back(journal: &Journal, error: &Error) -> bool {
    let may_pass = matches!(error.reason, Reason::Interrupted | Reason::Unauthorized);
    let stands = |noted: &Stopped| matches!(noted.stage, Stage::Stopping | Stage::Stopped);
    let is_felt = journal.swapped || journal.workloads.iter().any(stands);
    journal.course == Course::Forward && is_felt && !journal.used && !may_pass
}

/// It goes back from here on, because of an error.
pub fn turned_back(journal: &Journal, error: &Error) -> Journal {
    Journal { course: Course::Back, blocked: Some(error.message.clone()), ..journal.clone() }
}
