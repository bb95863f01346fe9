//! The pod that uses the claim with the copy: so that its class makes the volume, or to check what is on it, or for both.
//! Must not take a pod for the restore's own because of its name.

use super::changes;
use super::world::World;
use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::claim::Claim;
use crate::model::pod::Pod;
use crate::model::restore::{Check, Journal, Step};

/// The user's own check of the restored data has passed; otherwise what to do for it.
pub(super) fn check(journal: &Journal, world: &World) -> Option<Next> {
    let check = journal.check.as_ref().filter(|check| !check.passed)?;
    let Some(pod) = &world.probe else {
        let Some(staging) = &world.staging else {
            let message =
                format!("PVC {} is gone, of which the restored data was to be checked", journal.staging);
            return Some(Next::TurnBack(Error::new(Reason::CheckFailed, message)));
        };
        let draft = changes::probe(journal, staging.mode)?;
        return Some(Next::Do(Step::Check, Action::CreateProbe(Box::new(draft))));
    };
    Some(match pod.phase.as_str() {
        _ if !journal.is_ours(pod.restore.as_ref()) => Next::TurnBack(foreign_pod(journal, pod)),
        _ if pod.terminating => Next::Wait(Step::Check, Awaited::PodGone(pod.name.clone())),
        "Succeeded" => {
            let check = Some(Check { passed: true, ..check.clone() });
            Next::Note(Step::Check, Box::new(Journal { check, ..journal.clone() }))
        }
        "Failed" => {
            let message = format!("the check by {} found the restored data not good", check.image);
            let error = Error::new(Reason::CheckFailed, message);
            Next::TurnBack(pod.last_words.iter().fold(error, Error::cause))
        }
        _ => Next::Wait(Step::Check, Awaited::Checked(pod.name.clone())),
    })
}

/// The class of the claim waits for a pod that uses it: there is one; otherwise it is to be made.
pub(super) fn placed(journal: &Journal, world: &World, claim: &Claim) -> Next {
    match &world.probe {
        None => changes::probe(journal, claim.mode).map_or_else(
            || Next::Wait(Step::Copy, Awaited::Bound(claim.name.clone())),
            |draft| Next::Do(Step::Copy, Action::CreateProbe(Box::new(draft))),
        ),
        Some(pod) if !journal.is_ours(pod.restore.as_ref()) => Next::TurnBack(foreign_pod(journal, pod)),
        // Somebody deleted it; another one is made when it is gone.
        Some(pod) if pod.terminating => Next::Wait(Step::Copy, Awaited::PodGone(pod.name.clone())),
        // It was thrown off its node before the class had made anything: nothing more will come of it.
        Some(pod) if pod.has_finished() => Next::Do(Step::Copy, Action::DeletePod(Box::new(pod.clone()))),
        Some(_) => Next::Wait(Step::Copy, Awaited::Bound(claim.name.clone())),
    }
}

/// The pod for which the new volume was made is gone; otherwise that is to be done.
pub(super) fn none(journal: &Journal, world: &World, step: Step) -> Option<Next> {
    let pod = world.probe.as_ref().filter(|pod| journal.is_ours(pod.restore.as_ref()))?;
    Some(match pod.terminating {
        true => Next::Wait(step, Awaited::PodGone(pod.name.clone())),
        false => Next::Do(step, Action::DeletePod(Box::new(pod.clone()))),
    })
}

fn foreign_pod(journal: &Journal, pod: &Pod) -> Error {
    let message = format!("pod {} exists already in namespace {}", pod.name, journal.namespace);
    Error::new(Reason::NameTaken, message)
}
