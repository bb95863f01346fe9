//! The restore against a cluster in small, killed and disturbed at any point, by seeds: what it may never do, and how it ends.
//! Tests on a real cluster tell whether the small one is like it.

mod controllers;
mod decisions;
mod gap;
mod kept;
mod late;
mod lost;
mod neighbours;
mod oracle;
mod play;
mod refused;
mod small;
mod together;

use std::collections::BTreeSet;

use super::Ending;
use crate::model::restore::{Mode, Outcome};
use play::{CALM, CLAIM, Play, Shape, Weather};
use small::Data;

const SHAPES: [Shape; 6] = [
    Shape { mode: Mode::Staged, waits: false, check: None, app: false },
    Shape { mode: Mode::Staged, waits: true, check: None, app: false },
    Shape { mode: Mode::Staged, waits: false, check: Some(true), app: false },
    Shape { mode: Mode::Direct, waits: false, check: None, app: false },
    Shape { mode: Mode::Staged, waits: false, check: None, app: true },
    Shape { mode: Mode::Direct, waits: false, check: None, app: true },
];

/// Each seed in every shape. `PROPTEST_CASES` says how many; `make properties` wants very many.
fn seeds() -> impl Iterator<Item = (u64, Shape)> {
    let wanted = u64::from(proptest::test_runner::Config::default().cases);
    (0..2 * wanted).flat_map(|seed| SHAPES.map(|shape| (seed, shape)))
}

#[test]
fn an_undisturbed_restore_ends_and_so_does_its_undo() {
    for (seed, shape) in seeds() {
        let mut play = Play::new(shape, seed, CALM);
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored);
        play.ended(Outcome::Restored);
        assert_eq!(play.run(Ending::Undo).unwrap(), Outcome::Undone);
        play.ended(Outcome::Undone);
    }
}

#[test]
fn whatever_stops_it_it_is_gone_on_with_or_given_up() {
    let mut outcomes = BTreeSet::new();
    for (seed, shape) in seeds() {
        let mut play = Play::new(shape, seed, Weather { faults: 12, ..CALM });
        let outcome = play.run(Ending::Resume).unwrap();
        play.ended(outcome);
        outcomes.insert(format!("{outcome:?}"));
        if outcome == Outcome::Restored {
            let outcome = play.run(Ending::Undo).unwrap();
            play.ended(outcome);
            outcomes.insert(format!("{outcome:?}"));
        }
    }
    assert_eq!(outcomes.len(), 4, "{outcomes:?}");
}

#[test]
fn data_that_a_check_finds_not_good_is_not_restored() {
    for (seed, waits) in (0..100).flat_map(|seed| [(seed, false), (seed, true)]) {
        let shape = Shape { mode: Mode::Staged, waits, check: Some(false), app: false };
        let mut play = Play::new(shape, seed, Weather { faults: 10, ..CALM });
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Aborted);
        play.ended(Outcome::Aborted);
    }
}

/// An undo that a pod holds up while it writes.
#[test]
fn what_is_written_while_an_undo_stands_still_is_copied() {
    for (seed, shape) in seeds().take(30) {
        let mut play = Play::new(shape, seed, CALM);
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored);
        for _ in 0..2 {
            play.small.write(CLAIM);
            play.stop_after_a_copy();
        }
        play.small.write(CLAIM);
        assert_eq!(play.run(Ending::Undo).unwrap(), Outcome::Undone);
        play.ended(Outcome::Undone);
    }
}

/// What is made again from the marks holds everything for used, so that more may be kept than was needed.
#[test]
fn a_journal_that_is_gone_is_made_again_from_the_marks() {
    for (seed, shape) in seeds() {
        let mut play = Play::new(shape, seed, Weather { faults: 12, losses: 50, ..CALM });
        let outcome =
            play.run(Ending::Resume).unwrap_or_else(|error| panic!("{error}:\n{}", play.tale.join("\n")));
        play.holds(if outcome == Outcome::Restored { Data::Restored } else { Data::Original });
        assert_eq!(play.small.snapshots["photos-1"].0.hold, None, "{}", play.tale.join("\n"));
        play.app_runs();
    }
}

/// A volume that nobody has is given to whatever claim fits (reliability.md, section 0, fact 1).
#[test]
fn a_volume_of_somebody_else_is_neither_taken_nor_lost() {
    for (seed, shape) in seeds() {
        let mut play = Play::new(shape, seed, Weather { faults: 10, ..CALM });
        play.small.add_stray();
        play.has_stray = true;
        let outcome = play.run(Ending::Resume).unwrap();
        assert_ne!(outcome, Outcome::Restored);
        play.small.volumes.retain(|_, (_, data)| *data != Data::Foreign);
        play.has_stray = false;
        play.ended(outcome);
    }
}

#[test]
fn whatever_others_do_nothing_is_lost() {
    let mut outcomes = BTreeSet::new();
    for (seed, shape) in seeds() {
        let mut play = Play::new(shape, seed, Weather { faults: 5, neighbours: 10, losses: 0 });
        for _ in 0..20 {
            match play.run(Ending::Resume) {
                Ok(outcome) => {
                    outcomes.insert(format!("{outcome:?}"));
                    if outcome == Outcome::Restored && !play.went_late {
                        play.is_copied(Data::Original);
                    }
                    play.holds(if outcome == Outcome::Restored { Data::Restored } else { Data::Original });
                    break;
                }
                // A person sees to it, and goes on.
                Err(error) => {
                    play.tale.push(format!("stopped: {error}"));
                    outcomes.insert(format!("{:?}", error.reason));
                    play.is_seen_to();
                }
            }
        }
    }
    for wanted in [
        "Restored",
        "Aborted",
        "RolledBack",
        "ClaimInUse",
        "ClaimPinned",
        "ClaimReplaced",
        "StartedElsewhere",
    ] {
        assert!(outcomes.contains(wanted), "{wanted}: {outcomes:?}");
    }
}
