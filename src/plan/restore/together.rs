//! Several restores of one application that go together: one stop, all safety snapshots, then the names one by one, one start
//! (reliability.md, F-R32). Must not let one of them begin what the others are not ready for, nor end otherwise than they do.

use super::application::all_of;
use super::{Action, Awaited, Ending, Next, World, next, settled, taken_up};
use crate::error::{Error, Reason, Result};
use crate::model::restore::{Course, Journal, Outcome, Step};

/// Makes one of several restores that were planned each for itself: whatever uses one of the claims is stopped for all of them.
///
/// Fails with `FlagsUnfit` if two of them are of one claim.
pub fn join(journals: &mut [Journal]) -> Result<()> {
    for (place, journal) in journals.iter().enumerate() {
        if let Some(same) = journals[..place].iter().find(|other| other.claim == journal.claim) {
            let (first, second) = (&same.group, &journal.group);
            let message = format!("groups {first} and {second} are of one PVC, {}", journal.claim);
            return Err(Error::new(Reason::FlagsUnfit, message).hint("name one of them"));
        }
    }
    if journals.len() < 2 {
        return Ok(());
    }
    let together: Vec<_> = journals.iter().map(|journal| journal.id.clone()).collect();
    let workloads = all_of(journals.iter().map(|journal| journal.workloads.as_slice()));
    for journal in journals {
        journal.together.clone_from(&together);
        journal.workloads.clone_from(&workloads);
    }
    Ok(())
}

/// What happens next, and which of the restores it is of. `None` if all have ended.
pub fn next_of(all: &[(&Journal, &World)]) -> Option<(usize, Next)> {
    let open = || all.iter().enumerate().filter(|(_, (journal, _))| journal.is_open());
    if let Some(turned) = turned(all) {
        return Some(turned);
    }
    let nexts = open().map(|(place, (journal, world))| (place, next(journal, world)));
    let (places, mut nexts): (Vec<_>, Vec<_>) = nexts.unzip();
    let first = nexts
        .iter()
        .position(|next| matches!(next, Next::TurnBack(_)))
        .or_else(|| (0..nexts.len()).min_by_key(|place| order(&nexts[*place])))?;
    let next = nexts.swap_remove(first);
    Some((places[first], kept_on(all, all[places[first]].0, next)))
}

/// One that still goes forward while another goes back: it was stopped before it could be told.
fn turned(all: &[(&Journal, &World)]) -> Option<(usize, Next)> {
    let open = all.iter().filter(|(journal, _)| journal.is_open());
    let back = open.map(|(journal, _)| journal).find(|journal| journal.course == Course::Back)?;
    let is_behind = |journal: &Journal| journal.is_open() && journal.course == Course::Forward;
    let place = all.iter().position(|(journal, _)| is_behind(journal))?;
    let blocked = back.blocked.clone();
    let journal = Journal { course: Course::Back, blocked, ..all[place].0.clone() };
    Some((place, Next::Note(journal.step, Box::new(journal))))
}

/// Once somebody may use what one of them restored, none goes back without a person's word.
fn kept_on(all: &[(&Journal, &World)], journal: &Journal, next: Next) -> Next {
    let is_used = all.iter().any(|(journal, _)| journal.used);
    match next {
        Next::TurnBack(error) if !journal.together.is_empty() && is_used => Next::Stop(journal.step, error),
        next => next,
    }
}

/// The earliest stage first; in it what can be done before what has to be waited for. Names move one after the other.
fn order(next: &Next) -> (u8, u8) {
    let (stage, kind) = match next {
        // Nothing starts while the deletion of a claim may still be on its way.
        Next::Do(_, Action::MarkClaim(..)) => (NAMES, 2),
        // It was found before anything was stopped, which is so for none of them then.
        Next::Stop(Step::Stop, error) if matches!(error.reason, Reason::ClaimPinned | Reason::ClaimInUse) => {
            (stage(Step::Stop), 0)
        }
        Next::Wait(Step::Stop, Awaited::Ready(_)) => (stage(Step::Stop), 0),
        Next::Look(step) => (stage(*step), 0),
        Next::Note(step, _) => (stage(*step), 1),
        Next::Do(step, _) => (stage(*step), 2),
        Next::Stop(step, _) => (stage(*step), 3),
        Next::Wait(step, _) => (stage(*step), 4),
        Next::TurnBack(_) | Next::End(_) => (stage(Step::Done), 0),
    };
    (stage, if stage == NAMES { 0 } else { kind })
}

/// In which names move.
const NAMES: u8 = 7;

/// What all have to be done with before one of them goes further; the same both ways.
fn stage(step: Step) -> u8 {
    match step {
        Step::Planned | Step::Pin | Step::Keep => 0,
        Step::Copy => 1,
        Step::Check => 2,
        Step::Stop => 3,
        Step::Quiet => 4,
        Step::Secure => 5,
        Step::Reserve => 6,
        Step::Swap | Step::Prove | Step::SwapBack => NAMES,
        Step::Start => 8,
        Step::Run => 9,
        Step::Finish | Step::Clear | Step::FinishBack => 10,
        Step::Done => 11,
    }
}

/// Whether all of them have ended as it is asked; a refusal if what is asked does not go with how they ended.
pub fn all_settled(journals: &[Journal], ending: Ending) -> Result<bool> {
    let asked: Vec<_> = journals.iter().filter(|journal| is_asked(journals, journal)).collect();
    for journal in asked {
        if settled(journal, ending)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Of open ones an answer is wanted first. One whose old volume was given up stays as it is, unless nothing else is left.
fn is_asked(all: &[Journal], journal: &Journal) -> bool {
    match all.iter().any(Journal::is_open) {
        true => journal.is_open(),
        false => !is_purged(journal) || all.iter().all(is_purged),
    }
}

fn is_purged(journal: &Journal) -> bool {
    journal.ended.is_some_and(|ended| ended.outcome == Outcome::Purged)
}

/// What is written down of each when they are taken up again; `None` where nothing is left to do. If one goes back, or is back
/// already, all go, also those that were done: with the same application.
pub fn all_taken_up(journals: &[Journal], ending: Ending) -> Vec<Option<Journal>> {
    let is_back = |journal: &Journal| match journal.ended.map(|ended| ended.outcome) {
        None => journal.course == Course::Back,
        Some(outcome) => matches!(outcome, Outcome::Aborted | Outcome::RolledBack | Outcome::Undone),
    };
    let goes_back = ending != Ending::Resume || journals.iter().any(is_back);
    let open = || journals.iter().filter(|journal| journal.is_open());
    let workloads = all_of(open().map(|journal| journal.workloads.as_slice()));
    let taken_up = |journal: &Journal| match journal.ended.map(|ended| ended.outcome) {
        None if goes_back => Some(taken_up(journal, Ending::Abort)),
        Some(Outcome::Restored) if goes_back => {
            let is_alone = open().next().is_none();
            let workloads = if is_alone { &journal.workloads } else { &workloads }.clone();
            Some(taken_up(&Journal { workloads, ..journal.clone() }, Ending::Undo))
        }
        None => Some(taken_up(journal, ending)),
        Some(_) => None,
    };
    journals.iter().map(taken_up).collect()
}

/// Whether they have to turn back, because of what the server will not have: see [`super::must_turn_back`].
pub fn must_all_turn_back<'a>(journals: impl IntoIterator<Item = &'a Journal>, error: &Error) -> bool {
    let journals: Vec<_> = journals.into_iter().collect();
    let is_used = journals.iter().any(|journal| journal.used);
    !is_used && journals.iter().any(|journal| super::must_turn_back(journal, error))
}

/// There is no trace of one of several: it cannot be gone on with as it was meant.
pub fn cut_short(missing: &str, journal: &Journal) -> Error {
    let Journal { id, namespace, .. } = journal;
    let message = format!(
        "restore {id} in namespace {namespace} was to go together with {missing}, of which there is no trace"
    );
    Error::new(Reason::RestoreNotFound, message)
        .cause("it has no journal, and no volume bears its mark")
        .hint(format!("give it up, then begin again: kubectl gemini restore --abort {id} -n {namespace}"))
}
