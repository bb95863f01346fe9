//! Two restores of one application that go together, each with its own cluster in small, in which the same application runs.
//! What either may do alone is the business of the other tests; here it is what neither may do without the other.

use std::collections::BTreeSet;

use super::super::*;
use super::play::{CALM, Play, Shape, Weather};
use super::seeds;
use super::small::Data;
use crate::model::claim::ClaimPhase;
use crate::model::restore::{Ended, Mode};
use crate::plan::samples;

const LONGEST: usize = 1_000;

struct Pair {
    plays: [Play; 2],
    settings: [Option<Setting>; 2],
}

impl Pair {
    fn new(seed: u64, mode: Mode, bad: Option<usize>, weather: Weather) -> Self {
        let shape =
            |place| Shape { mode, waits: false, check: (bad == Some(place)).then_some(false), app: true };
        let mut plays = [0, 1].map(|place| Play::new(shape(place), 2 * seed + place as u64, weather));
        let mut journals = plays.each_ref().map(|play| play.journal.clone());
        // Both small clusters have a claim of the same name.
        journals[1].claim = "other".into();
        // The application is found by one of its claims.
        journals[1].workloads.clear();
        join(&mut journals).unwrap();
        journals[1].claim = journals[0].claim.clone();
        for (play, journal) in plays.iter_mut().zip(journals) {
            play.journal = journal;
        }
        let settings = plays.each_ref().map(|play| play.small.app.as_ref().map(|app| app.setting));
        Self { plays, settings }
    }

    fn tale(&self) -> String {
        self.plays.each_ref().map(|play| play.tale.join("\n")).join("\n== the other\n")
    }

    fn journals(&self) -> [Journal; 2] {
        self.plays.each_ref().map(|play| play.journal.clone())
    }

    fn take_up(&mut self, ending: Ending) {
        let taken = all_taken_up(&self.journals(), ending);
        // Killed after the first was written; the next process only knows what is written.
        let is_killed = self.plays[0].happens(10);
        for (play, taken) in self.plays.iter_mut().zip(taken).take(if is_killed { 1 } else { 2 }) {
            play.journal = taken.unwrap_or_else(|| play.journal.clone());
        }
        if is_killed {
            let again = if self.plays[1].rng.bool() { ending } else { Ending::Resume };
            self.take_up(again);
        }
        for play in &mut self.plays {
            (play.looks, play.waits, play.killed) = (false, 0, false);
        }
    }

    /// Plays until both have ended, or stand still.
    fn run(&mut self, ending: Ending) -> std::result::Result<[Outcome; 2], Error> {
        let mut ending = ending;
        self.take_up(ending);
        for _ in 0..LONGEST {
            let worlds = self.plays.each_ref().map(Play::world);
            let journals = self.journals();
            let all: Vec<_> = journals.iter().zip(&worlds).collect();
            let Some((place, next)) = next_of(&all) else {
                return Ok(journals.map(|journal| journal.ended.unwrap().outcome));
            };
            self.may_be_done(place, &next);
            if let Some(Err(error)) = self.plays[place].take(next, &worlds[place]) {
                return Err(error);
            }
            self.same_application();
            if self.plays.iter().any(|play| play.killed) {
                let play = &mut self.plays[place];
                play.tale.push("-- killed".into());
                let is_forward = journals.iter().all(|journal| journal.course == Course::Forward);
                if play.happens(30) && ending == Ending::Resume && is_forward {
                    ending = Ending::Abort;
                }
                match all_settled(&self.journals(), ending) {
                    Ok(false) => self.take_up(ending),
                    Ok(true) => {}
                    // Both were done already.
                    Err(_) => ending = Ending::Resume,
                }
            }
            for place in [0, 1] {
                for _ in 0..self.plays[place].rng.u8(0..4) {
                    self.plays[place].controllers();
                }
                if self.plays[place].happens(20) {
                    self.plays[place].arrive();
                }
            }
        }
        panic!("it does not end:\n{}", self.tale());
    }

    /// There is but one application.
    fn same_application(&mut self) {
        let now = self.plays.each_ref().map(|play| play.small.app.as_ref().map(|app| app.setting));
        let changed = (0..2).find(|place| now[*place] != self.settings[*place]);
        if let Some(setting) = changed.and_then(|place| now[place]) {
            for play in &mut self.plays {
                let version = Some(play.small.next());
                play.small
                    .app
                    .iter_mut()
                    .for_each(|app| (app.setting, app.resource_version) = (setting, version.clone()));
            }
            self.settings = [Some(setting); 2];
        }
    }

    fn may_be_done(&self, place: usize, next: &Next) {
        let Next::Do(_, action) = next else { return };
        match action {
            // Both are copied before either goes; on the way forward nothing was written since.
            Action::DeleteClaim(claim) if claim.uid == self.plays[place].journal.old.claim_uid => {
                for play in &self.plays {
                    let has_copy = play.journal.safety.iter().any(|copy| copy.proven);
                    assert!(has_copy, "one is not copied:\n{}", self.tale());
                }
            }
            // It stands still no longer than it has to.
            Action::Set(_, setting) if setting.is_at_rest() => {
                let is_ready = |play: &Play| {
                    let Journal { course, mode, new, .. } = &play.journal;
                    *course == Course::Back || *mode == Mode::Direct || new.is_some()
                };
                assert!(self.plays.iter().all(is_ready), "it is stopped too early:\n{}", self.tale());
            }
            // It starts on data of one kind, whole.
            Action::Set(_, setting) if !setting.is_at_rest() => {
                let data = self.plays.each_ref().map(|play| {
                    let claim = play.small.claims.get(super::play::CLAIM)?;
                    let is_there = claim.phase == ClaimPhase::Bound && !claim.terminating;
                    let (_, data) = play.small.volumes.get(claim.volume.as_ref().filter(|_| is_there)?)?;
                    Some(*data)
                });
                let is_whole = data == [Some(Data::Original); 2] || data == [Some(Data::Restored); 2];
                assert!(is_whole, "it starts on {data:?}:\n{}", self.tale());
            }
            _ => {}
        }
    }

    fn ended(&mut self, outcomes: [Outcome; 2]) {
        let is_restored = outcomes.map(|outcome| outcome == Outcome::Restored);
        assert_eq!(is_restored[0], is_restored[1], "{outcomes:?}:\n{}", self.tale());
        for (play, outcome) in self.plays.iter_mut().zip(outcomes) {
            play.ended(outcome);
        }
    }
}

fn pairs() -> impl Iterator<Item = (u64, Mode)> {
    let of = |(seed, shape): (u64, Shape)| (shape.app).then_some((seed, shape.mode));
    seeds().filter_map(of)
}

#[test]
fn both_are_restored_and_both_are_undone() {
    for (seed, mode) in pairs().take(200) {
        let mut pair = Pair::new(seed, mode, None, CALM);
        let outcomes = pair.run(Ending::Resume).unwrap();
        assert_eq!(outcomes, [Outcome::Restored; 2]);
        pair.ended(outcomes);
        let outcomes = pair.run(Ending::Undo).unwrap();
        assert_eq!(outcomes, [Outcome::Undone; 2]);
        pair.ended(outcomes);
    }
}

#[test]
fn if_one_cannot_be_restored_neither_is() {
    for (seed, _) in pairs().take(200) {
        let mut pair = Pair::new(seed, Mode::Staged, Some(usize::from(seed % 2 == 0)), CALM);
        let outcomes = pair.run(Ending::Resume).unwrap();
        assert_eq!(outcomes, [Outcome::Aborted; 2]);
        pair.ended(outcomes);
    }
}

#[test]
fn whatever_stops_them_they_end_alike() {
    let mut seen = BTreeSet::new();
    for (seed, mode) in pairs() {
        let mut pair = Pair::new(seed, mode, None, Weather { faults: 6, ..CALM });
        let outcomes = pair.run(Ending::Resume).unwrap_or_else(|error| panic!("{error}:\n{}", pair.tale()));
        pair.ended(outcomes);
        seen.insert(format!("{outcomes:?}"));
        if outcomes[0] == Outcome::Restored {
            let outcomes = pair.run(Ending::Undo).unwrap_or_else(|error| panic!("{error}:\n{}", pair.tale()));
            pair.ended(outcomes);
            seen.insert(format!("{outcomes:?}"));
        }
    }
    assert!(seen.len() > 4, "{seen:?}");
}

/// Once somebody may use what one of them restored, none goes back without a person's word.
#[test]
fn none_turns_back_by_itself_once_one_is_used() {
    for is_used in [false, true] {
        let mut pair = Pair::new(1, Mode::Staged, None, CALM);
        pair.plays[0].journal.used = is_used;
        let other = &mut pair.plays[1];
        other.journal.swapped = true;
        // Somebody made the claim again, with its old volume.
        other.small.claims.get_mut(super::play::CLAIM).unwrap().uid = "made-again".into();
        let (journals, worlds) = (pair.journals(), pair.plays.each_ref().map(Play::world));
        let next = next_of(&journals.iter().zip(&worlds).collect::<Vec<_>>());
        match next {
            Some((1, Next::Stop(..))) => assert!(is_used),
            Some((1, Next::TurnBack(_))) => assert!(!is_used),
            other => panic!("{other:?}"),
        }
        let refused = Error::new(crate::error::Reason::Forbidden, "no");
        assert_eq!(must_all_turn_back(&journals, &refused), !is_used);
    }
}

/// Whichever way the process that wrote this down was stopped, all go where one of them goes.
#[test]
fn what_is_taken_up_again_goes_where_the_others_go() {
    let ended = |journal: &Journal, outcome| {
        let ended = Some(Ended { at: crate::plan::samples::now(), outcome });
        Journal { ended, used: outcome == Outcome::Restored, ..journal.clone() }
    };
    let [open, other] = Pair::new(1, Mode::Staged, None, CALM).journals();
    let back = Journal { course: Course::Back, ..open.clone() };
    // An undo that was stopped when one of them was written; the application was not known to the other.
    let without = Journal { workloads: vec![], ..ended(&other, Outcome::Restored) };
    for ending in [Ending::Undo, Ending::Resume, Ending::Abort] {
        let taken = all_taken_up(&[back.clone(), without.clone()], ending);
        let taken: Vec<_> = taken.into_iter().flatten().collect();
        assert!(
            taken.len() == 2
                && taken.iter().all(|journal| journal.course == Course::Back && journal.is_open())
        );
        assert_eq!(taken[1].workloads, open.workloads);
    }
    // One that was given up since the other could not be written down, or could it?
    let taken = all_taken_up(&[open.clone(), ended(&other, Outcome::Aborted)], Ending::Resume);
    assert!(matches!(&taken[..], [Some(journal), None] if journal.course == Course::Back));
    // One whose old volume was given up stays as it is.
    let taken =
        all_taken_up(&[ended(&open, Outcome::Restored), ended(&other, Outcome::Purged)], Ending::Undo);
    assert!(matches!(&taken[..], [Some(_), None]));
    // The last of them is not done yet: forward.
    let taken = all_taken_up(&[ended(&other, Outcome::Restored), open], Ending::Resume);
    assert!(matches!(&taken[..], [None, Some(journal)] if journal.course == Course::Forward));
}

/// The pod uses both claims, and is on its way out: whoever looks at one of them only would see it go and believe the other copy.
#[test]
fn a_pod_that_came_after_the_copies_outdates_both() {
    let mut pair = Pair::new(1, Mode::Staged, None, CALM);
    pair.take_up(Ending::Resume);
    let is_copied = |pair: &Pair| {
        pair.plays.iter().all(|play| play.journal.safety.iter().any(|copy| copy.proven && !copy.stale))
    };
    while !is_copied(&pair) {
        let worlds = pair.plays.each_ref().map(Play::world);
        let journals = pair.journals();
        let (place, next) = next_of(&journals.iter().zip(&worlds).collect::<Vec<_>>()).unwrap();
        assert!(pair.plays[place].take(next, &worlds[place]).is_none(), "{}", pair.tale());
        pair.same_application();
        pair.plays.iter_mut().for_each(Play::controllers);
    }
    let pod = Pod { terminating: true, is_scheduled: true, ..samples::pod() };
    pair.plays.iter_mut().for_each(|play| play.small.pods = vec![pod.clone()]);
    for _ in 0..2 {
        let worlds = pair.plays.each_ref().map(|play| play.small.world(&play.journal, true));
        let journals = pair.journals();
        let Some((place, Next::Note(_, journal))) =
            next_of(&journals.iter().zip(&worlds).collect::<Vec<_>>())
        else {
            panic!("{}", pair.tale())
        };
        pair.plays[place].journal = *journal;
    }
    assert!(pair.journals().iter().all(|journal| journal.safety.iter().all(|copy| copy.stale)));
}
