//! The application that uses a claim: stopped before the claim goes, and started again exactly as it was.
//! Must never forget how it was: what it was set to is written down before it is stopped, and stays until it is started.

use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::restore::{Journal, Step};
use crate::model::workload::{Stage, Stopped, Workload};

/// Everything stands still; otherwise what to do for it.
pub(super) fn stop(journal: &Journal, seen: &[Workload]) -> Option<Next> {
    let is_new = |noted: &Stopped| !matches!(noted.stage, Stage::Stopping | Stage::Stopped);
    if journal.workloads.iter().any(is_new) {
        return Some(note(journal, Step::Stop, |noted| {
            if is_new(noted) {
                let seen = of(noted, seen).map_or(noted.was, |workload| workload.setting);
                // Of what stands still already, only somebody who saw it started knows that it is to stay so.
                if !seen.is_at_rest() || matches!(noted.stage, Stage::Started | Stage::Running | Stage::Left)
                {
                    noted.was = seen;
                }
                noted.stage = Stage::Stopping;
            }
        }));
    }
    for (noted, workload) in pairs(journal, seen) {
        match (noted.stage, workload.setting.is_at_rest()) {
            (_, true) => {}
            (Stage::Stopped, false) => return Some(Next::Stop(Step::Stop, set_back(journal, workload))),
            (_, false) if workload.deletes_claims => {
                return Some(Next::Stop(Step::Stop, deletes_claims(workload, &journal.namespace)));
            }
            (_, false) => {
                let (workload, rest) = (Box::new(workload.clone()), workload.setting.at_rest());
                return Some(Next::Do(Step::Stop, Action::Set(workload, rest)));
            }
        }
    }
    journal.workloads.iter().any(|noted| noted.stage == Stage::Stopping).then(|| {
        note(journal, Step::Stop, |noted| {
            if noted.stage == Stage::Stopping {
                noted.stage = Stage::Stopped;
            }
        })
    })
}

/// Everything that was stopped is as it was; otherwise what to do for it. What somebody else set meanwhile, or deleted, is
/// left alone (reliability.md, F-R26).
pub(super) fn start(journal: &Journal, seen: &[Workload]) -> Option<Next> {
    let is_stopped = |noted: &Stopped| noted.stage.may_be_down();
    for (noted, workload) in pairs(journal, seen).filter(|(noted, _)| is_stopped(noted)) {
        if workload.setting.is_at_rest() && !noted.was.is_at_rest() {
            let is_seen = noted.stage == Stage::Stopped;
            return Some(if is_seen {
                Next::Do(Step::Start, Action::Set(Box::new(workload.clone()), noted.was))
            } else {
                note(journal, Step::Start, |other| {
                    if other.who == noted.who {
                        other.stage = Stage::Stopped;
                    }
                })
            });
        }
    }
    journal.workloads.iter().any(is_stopped).then(|| {
        note(journal, Step::Start, |noted| {
            if is_stopped(noted) {
                noted.stage = match of(noted, seen) {
                    Some(workload) if workload.setting != noted.was => Stage::Left,
                    // Whoever saw it at rest has changed it since: a request from before comes too late.
                    Some(_) if noted.stage == Stage::Stopped => Stage::Started,
                    Some(_) => Stage::Running,
                    None => Stage::Gone,
                };
            }
        })
    })
}

/// What was started runs, or a person does not want to wait for that; otherwise what is waited for.
pub(super) fn running(journal: &Journal, seen: &[Workload]) -> Option<Next> {
    let mut late = pairs(journal, seen).filter(|(_, workload)| !workload.is_ready());
    let (_, workload) = late.next().filter(|_| !journal.accepted)?;
    Some(Next::Wait(Step::Run, Awaited::Running(workload.who.clone())))
}

fn note(journal: &Journal, step: Step, change: impl Fn(&mut Stopped)) -> Next {
    let mut journal = journal.clone();
    journal.workloads.iter_mut().for_each(change);
    Next::Note(step, Box::new(journal))
}

fn of<'a>(noted: &Stopped, seen: &'a [Workload]) -> Option<&'a Workload> {
    seen.iter().find(|workload| workload.who.uid == noted.who.uid)
}

/// What is noted of each, and how it is now, if it still exists.
fn pairs<'a>(
    journal: &'a Journal,
    seen: &'a [Workload],
) -> impl Iterator<Item = (&'a Stopped, &'a Workload)> {
    journal.workloads.iter().filter_map(|noted| Some((noted, of(noted, seen)?)))
}

fn set_back(journal: &Journal, workload: &Workload) -> Error {
    let Workload { who, set_by, .. } = workload;
    let (id, namespace) = (&journal.id, &journal.namespace);
    let message =
        format!("somebody else starts {who} in namespace {namespace} again while it has to stand still");
    let error = Error::new(Reason::StartedElsewhere, message);
    let error = set_by.iter().fold(error, |error, by| error.cause(format!("it was set last by {by}")));
    error
        .hint(format!("see who that is: kubectl get {} -n {namespace} -o yaml --show-managed-fields", who.for_kubectl()))
        .hint(format!("pause it, then go on, which stops {who} once more: kubectl gemini restore --resume {id} -n {namespace}"))
}

/// Scaled down, it would take the claims of all its pods with it (reliability.md, F-R8).
pub(super) fn deletes_claims(workload: &Workload, namespace: &str) -> Error {
    let who = &workload.who;
    let message = format!(
        "{who} in namespace {namespace} deletes its PVCs when it is scaled down (whenScaled: Delete)"
    );
    let patch = r#"{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Retain"}}}"#;
    Error::new(Reason::ClaimsAtRisk, message).hint(format!(
        "have it keep them: kubectl patch {} -n {namespace} --type=merge -p '{patch}'",
        who.for_kubectl()
    ))
}
