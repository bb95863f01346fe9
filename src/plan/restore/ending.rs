//! How a restore is taken up again: to be ended as it was meant, or as if it had never been.
//! Must not change where a restore goes unless somebody asked for it, or the server will not have it.

use chrono::TimeDelta;

use super::purge::is_given_up;
use super::world::{Whose, World};
use super::{Next, changes, hold_reason, proof, quiet};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::pod::Pod;
use crate::model::restore::{Course, Journal, Outcome};
use crate::model::volume::Volume;
use crate::model::workload::{Stage, Stopped};

/// No request is on its way for longer. What stands still later was stopped by somebody else.
const LATEST: TimeDelta = TimeDelta::hours(1);

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
    let is_back = went_back(journal);
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

/// What is written down of one that has ended, and of which yet something is there: a request that was long on its way came after its
/// end. Whoever asks for that end again gets it. `others` are the restores of its namespace.
pub fn left_over(journal: &Journal, world: &World, others: &[Journal]) -> Option<Journal> {
    let down = stopped_late(journal, world, others);
    if down.is_empty() && !has_left(journal, world) {
        return None;
    }
    let same = if went_back(journal) { Ending::Abort } else { Ending::Resume };
    let mut taken = taken_up(journal, same);
    let stopped = taken.workloads.iter_mut().filter(|noted| down.contains(&noted.who.uid.as_str()));
    stopped.for_each(|noted| noted.stage = Stage::Stopping);
    Some(taken)
}

/// UIDs of what stands still although it was running when the restore went back: nothing on the way back changes a workload that was not
/// seen to stand still, so that a request to stop it may still have been carried out. Not what an open restore may have stopped.
fn stopped_late<'a>(journal: &'a Journal, world: &World, others: &[Journal]) -> Vec<&'a str> {
    let is_fresh = journal.ended.is_some_and(|ended| world.now - ended.at < LATEST);
    let is_its = matches!(world.whose(journal), Whose::Old(_) | Whose::Back(_));
    if !is_fresh || !is_its || !went_back(journal) {
        return vec![];
    }
    let is_down = |noted: &&Stopped| {
        let seen = world.workloads.iter().flatten().find(|workload| workload.who.uid == noted.who.uid);
        seen.is_some_and(|workload| workload.setting.is_at_rest() && workload.may_be_set_by_us)
    };
    let is_wanted = |noted: &&Stopped| {
        others.iter().filter(|other| other.is_open()).any(|other| {
            other.claim == journal.claim || other.workloads.iter().any(|other| other.who.uid == noted.who.uid)
        })
    };
    let unseen = journal.workloads.iter().filter(|noted| noted.stage == Stage::Running);
    unseen.filter(is_down).filter(|noted| !is_wanted(noted)).map(|noted| noted.who.uid.as_str()).collect()
}

fn has_left(journal: &Journal, world: &World) -> bool {
    let is_marked = |volume: Option<&Volume>| volume.is_some_and(|old| changes::is_marked(journal, old));
    let is_ours = |mark: Option<&String>| mark.is_some() && journal.is_ours(mark);
    let hold = world.source.as_ref().and_then(|(source, _)| source.hold.as_ref());
    let is_held = hold.is_some_and(|hold| hold.reason == hold_reason(&journal.id));
    let is_there = is_ours(world.staging.as_ref().and_then(|claim| claim.restore.as_ref()))
        || is_ours(world.probe.as_ref().and_then(|pod| pod.restore.as_ref()));
    match world.whose(journal) {
        Whose::Old(_) | Whose::Back(_) => {
            went_back(journal) && (is_there || is_held || is_marked(world.old(journal)))
        }
        Whose::New(_) => journal.can_be_undone() && (is_there || is_held),
        Whose::Going(_) | Whose::Nobody | Whose::Foreign(_) => false,
    }
}

/// It has ended as if it had never been.
pub fn went_back(journal: &Journal) -> bool {
    let outcome = journal.ended.map(|ended| ended.outcome);
    matches!(outcome, Some(Outcome::Aborted | Outcome::RolledBack | Outcome::Undone))
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
                .hint("if another restore has given it that, undo that one first")
                .hint(format!("see which restore was the last one: kubectl gemini status -n {namespace}")));
        }
    };
    // A purge that was stopped half-way has given it up.
    let old = world.old(journal).filter(|old| !is_given_up(Some(old)));
    let Some(old) = old else { return Err(proof::lost_volume(journal)) };
    if let Some(error) = proof::taken_volume(journal, old) {
        return Err(error);
    }
    // What would keep the claim from going is better known before anything is stopped.
    let hopeless = world.traffic.as_ref().and_then(|traffic| quiet::hopeless(journal, claim, traffic));
    if let Some(Next::Stop(_, error)) = hopeless
        && !(waits_for_pods && error.reason == Reason::ClaimInUse)
    {
        return Err(error);
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

/// Whether an open restore can still be given up, asked before that is written down: without its old volume there is only the way on.
pub fn may_abort(journal: &Journal, world: &World) -> Result<()> {
    let is_moved = journal.swapped && !matches!(world.whose(journal), Whose::Old(_) | Whose::Back(_));
    let may_go_on = journal.course == Course::Forward && world.proven(journal).is_some();
    match is_moved && may_go_on && world.old(journal).is_none() {
        true => Err(proof::lost_volume(journal).hint(format!(
            "there is no way back; go on: kubectl gemini restore --resume {} -n {}",
            journal.id, journal.namespace
        ))),
        false => Ok(()),
    }
}

/// Whether restores that go back can do so no more, an old volume being gone, and all of them can still be done as they were meant: then
/// there is only the way on for whoever goes on. Of those that have ended none must have gone back.
pub fn must_go_on(all: &[(&Journal, &World)]) -> bool {
    let open = || all.iter().filter(|(journal, _)| journal.is_open());
    let may_go_on = |(journal, world): &(&Journal, &World)| {
        let is_there = world.proven(journal).is_some_and(|new| !new.terminating);
        let is_before = matches!(world.whose(journal), Whose::New(_) | Whose::Nobody);
        journal.course == Course::Back && is_there && is_before
    };
    open().any(|(journal, world)| world.old(journal).is_none())
        && open().all(may_go_on)
        && !all.iter().any(|(journal, _)| went_back(journal))
}

/// It goes on from here, since it cannot go back: see [`must_go_on`].
pub fn turned_on(journal: &Journal) -> Journal {
    Journal { course: Course::Forward, turned_on: true, ..journal.clone() }
}

/// The claim is gone, or about to go, or its application stands still, and the server will not have what comes next. Whoever is no longer let in could not go
/// back either.
pub fn must_turn_back(journal: &Journal, error: &Error) -> bool {
    let may_pass = matches!(error.reason, Reason::Interrupted | Reason::Unauthorized);
    let stands = |noted: &Stopped| matches!(noted.stage, Stage::Stopping | Stage::Stopped);
    let is_felt = journal.swapped || journal.workloads.iter().any(stands);
    journal.course == Course::Forward && is_felt && !journal.used && !may_pass
}

/// How an error ends a restore that has begun. Whoever logs in again goes on where it stands; where the claim is gone, and the server
/// will not have it made again, a person has to see to that first (reliability.md, F-R21 and F-R31).
pub fn exit_of<'a>(journals: impl IntoIterator<Item = &'a Journal>, error: Error) -> Error {
    let is_refused =
        matches!(error.reason, Reason::AdmissionDenied | Reason::Forbidden | Reason::NamespaceNotFound);
    let may_be_gone = journals.into_iter().any(|journal| journal.swapped && journal.is_open());
    match error.reason {
        // All of it was taken back.
        Reason::RolledBack => error,
        Reason::Unauthorized => error.exits(ExitCode::Interrupted),
        _ if is_refused && may_be_gone => error.exits(ExitCode::NeedsPerson),
        _ => error.after_change(),
    }
}

/// Whether those that have ended did so as was wished. Fails with `RolledBack` if somebody wanted to go on with what had turned back,
/// whoever wrote that down.
pub fn as_wished(journals: &[Journal], ending: Ending) -> Result<()> {
    let fell_short = |journal: &&Journal| {
        let outcome = journal.ended.map(|ended| ended.outcome);
        ending == Ending::Resume && matches!(outcome, Some(Outcome::Aborted | Outcome::RolledBack))
    };
    let Some(Journal { id, claim, namespace, .. }) = journals.iter().find(fell_short) else { return Ok(()) };
    let message = format!(
        "restore {id} was not gone on with: it has turned back, and PVC {claim} in namespace {namespace} is as it was before"
    );
    Err(Error::new(Reason::RolledBack, message))
}

/// It goes back from here on, because of an error.
pub fn turned_back(journal: &Journal, error: &Error) -> Journal {
    Journal { course: Course::Back, blocked: Some(error.message.clone()), ..journal.clone() }
}
