//! What becomes of a restore from which somebody takes what it relies on: its snapshot, its volumes, its claims.
//! Each must end where a person has a way on, and nothing that is the last of its kind may go.

use super::super::*;
use super::gap::{DIRECT, STAGED, until};
use super::kept::restored;
use super::play::{CLAIM, Play, Shape};
use super::small::Small;
use crate::error::{ExitCode, Reason};
use crate::model::claim::ClaimPhase;
use crate::model::restore::{Course, Outcome, Step};
use crate::model::snapshot::{Readiness, Snapshot};
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};
use crate::plan::samples;

const BARE: Shape = Shape { app: false, ..STAGED };

fn decided(play: &Play) -> Next {
    next(&play.journal, &play.small.world(&play.journal, true))
}

fn new_volume<'a>(journal: &Journal, small: &'a Small) -> Option<&'a Volume> {
    small.volumes.get(&journal.new.as_ref()?.volume).map(|(volume, _)| volume)
}

fn is_in(phase: VolumePhase, journal: &Journal, small: &Small) -> bool {
    new_volume(journal, small).is_some_and(|volume| volume.phase == phase)
}

/// The copy is the last of that point in time once its snapshot is gone, whether the claim that it was made with is there or not.
#[test]
fn the_last_copy_of_a_snapshot_that_is_gone_is_a_persons_to_give_up() {
    type Stage = fn(&Journal, &Small) -> bool;
    let stages: [(Stage, Outcome); 5] = [
        // Before it is set to stay.
        (|journal, _| journal.new.is_some(), Outcome::Aborted),
        (|journal, small| new_volume(journal, small).is_some_and(|new| new.mark.is_some()), Outcome::Aborted),
        (|journal, small| is_in(VolumePhase::Released, journal, small), Outcome::Aborted),
        (|journal, small| is_in(VolumePhase::Available, journal, small), Outcome::Aborted),
        (
            |journal, small| {
                is_in(VolumePhase::Available, journal, small) && !small.claims.contains_key(CLAIM)
            },
            Outcome::RolledBack,
        ),
    ];
    for (is_so_far, outcome) in stages {
        let mut play = until(BARE, is_so_far);
        let copy = new_volume(&play.journal, &play.small).unwrap().name.clone();
        play.small.snapshots.get_mut("photos-1").unwrap().0.terminating = true;
        for _ in 0..2 {
            let error = play.run(Ending::Abort).unwrap_err();
            assert_eq!((error.reason, error.exit_code()), (Reason::SnapshotNotFound, ExitCode::NeedsPerson));
            assert!(error.hints()[0].contains(&format!("kubectl patch pv {copy}")), "{error:?}");
            // Whoever deletes the claim that it was made with has not said that nobody needs what it holds.
            play.small.claims.remove(&play.journal.staging);
            (0..20).for_each(|_| play.controllers());
            assert!(play.small.volumes.contains_key(&copy), "{}", play.tale.join("\n"));
        }
        play.small.touch(&copy, |copy| copy.policy = ReclaimPolicy::Delete);
        let ended = play.run(Ending::Abort);
        assert_eq!(ended.ok(), Some(outcome), "{}", play.tale.join("\n"));
        (0..20).for_each(|_| play.controllers());
        assert!(!play.small.volumes.contains_key(&copy), "{}", play.tale.join("\n"));
    }
}

/// The process was killed before it could note that the claim was there; the application wrote, and then somebody deleted the claim.
#[test]
fn a_copy_that_the_claim_has_had_is_held_for_used() {
    let mut play = until(BARE, |journal, small| {
        let claim = small.claims.get(CLAIM).filter(|claim| claim.uid != journal.old.claim_uid);
        claim.is_some_and(|claim| claim.phase == ClaimPhase::Bound)
    });
    assert!(!play.journal.used);
    let copy = new_volume(&play.journal, &play.small).unwrap().name.clone();
    play.small.write(CLAIM);
    play.small.claims.remove(CLAIM);
    play.small.touch(&copy, |copy| copy.phase = VolumePhase::Released);
    for course in [Course::Forward, Course::Back] {
        play.journal.course = course;
        let Next::Note(_, journal) = decided(&play) else { panic!("{:?}", decided(&play)) };
        assert!(journal.used && journal.course == course);
    }
    assert_eq!(play.run(Ending::Abort).unwrap(), Outcome::Undone, "{}", play.tale.join("\n"));
    assert_eq!(play.small.volumes[&copy].0.policy, ReclaimPolicy::Retain);
}

#[test]
fn whoever_deletes_the_claim_does_not_spare_the_restored_data_its_check() {
    for (passes, outcome) in [(true, Outcome::Restored), (false, Outcome::RolledBack)] {
        let shape = Shape { check: Some(passes), ..BARE };
        let mut play = until(shape, |journal, small| {
            journal.new.is_some() && small.probe.as_ref().is_some_and(|pod| pod.phase == "Running")
        });
        play.small.claims.remove(CLAIM);
        play.small.touch("pv-1", |old| old.phase = VolumePhase::Released);
        assert_eq!(play.run(Ending::Resume).unwrap(), outcome, "{}", play.tale.join("\n"));
    }
}

#[test]
fn a_backup_that_begins_while_the_application_stands_still_is_waited_for() {
    let mut play = until(BARE, |journal, _| journal.safety.iter().any(|copy| copy.proven));
    let mut add = |readiness| {
        let claim = Some(CLAIM.to_owned());
        let backup = Snapshot { claim, readiness, ..samples::snapshot("nightly") };
        play.small.snapshots.insert(backup.name.clone(), (backup, None, super::small::Data::Empty));
        decided(&play)
    };
    assert!(
        matches!(add(Readiness::Creating), Next::Wait(Step::Quiet, Awaited::Ready(name)) if name == "nightly")
    );
    let failed = add(Readiness::Failing("no space".into()));
    assert!(matches!(failed, Next::Stop(_, error) if error.reason == Reason::ClaimPinned));
}

/// The undo of a restore, until it is so far; then its old volume goes.
fn without_old_volume(shape: Shape, is_so_far: impl Fn(&Small) -> bool) -> Play {
    let mut play = restored(shape);
    play.journal = taken_up(&play.journal, Ending::Undo);
    while !is_so_far(&play.small) {
        let world = play.small.world(&play.journal, true);
        assert!(play.take(next(&play.journal, &world), &world).is_none(), "{}", play.tale.join("\n"));
        if !is_so_far(&play.small) {
            play.controllers();
        }
    }
    assert!(!must_go_on(&[(&play.journal, &play.world())]));
    play.small.touch("pv-1", |old| old.uid = "anew".into());
    play
}

/// There is only the way on, and whoever goes on takes it.
#[test]
fn an_undo_whose_old_volume_goes_meanwhile_ends_as_restored() {
    let is_stopped = |small: &Small| small.app.as_ref().is_some_and(|app| app.setting.is_at_rest());
    let is_deleted = |small: &Small| !small.claims.contains_key(CLAIM);
    for shape in [STAGED, DIRECT] {
        for is_so_far in [&is_stopped as &dyn Fn(&Small) -> bool, &is_deleted] {
            let mut play = without_old_volume(shape, is_so_far);
            let new = new_volume(&play.journal, &play.small).unwrap().name.clone();
            let Next::Stop(_, error) = decided(&play) else { panic!("{:?}", decided(&play)) };
            assert_eq!((error.reason, error.hints().len()), (Reason::VolumeGone, 2), "{error:?}");
            assert!(error.hints()[0].contains("in volumesnapshot photos-"), "{error:?}");
            assert!(error.hints()[1].contains(&new), "{error:?}");
            assert!(must_go_on(&[(&play.journal, &play.world())]));
            play.journal = turned_on(&play.journal);
            assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored, "{}", play.tale.join("\n"));
            assert_eq!(play.small.claims[CLAIM].volume, Some(new), "{}", play.tale.join("\n"));
            play.app_runs();
        }
    }
}

/// One of several that has gone back already cannot be gone on with; one whose old volume was given up does not matter.
#[test]
fn several_are_gone_on_with_together_or_not_at_all() {
    let play = without_old_volume(STAGED, |small| !small.claims.contains_key(CLAIM));
    let world = play.world();
    let ended = |outcome| {
        let mut journal = restored(STAGED).journal;
        journal.ended.iter_mut().for_each(|ended| ended.outcome = outcome);
        journal
    };
    for (outcome, may) in [(Outcome::Purged, true), (Outcome::Restored, true), (Outcome::Undone, false)] {
        let other = ended(outcome);
        assert_eq!(must_go_on(&[(&play.journal, &world), (&other, &world)]), may, "{outcome:?}");
    }
}

/// It was asked for on the way back, and would take what was restored with it.
#[test]
fn a_deletion_that_was_long_on_its_way_comes_too_late_for_what_is_gone_on_with() {
    for shape in [STAGED, DIRECT] {
        let mut play =
            without_old_volume(shape, |small| small.app.as_ref().is_some_and(|app| app.setting.is_at_rest()));
        let late = Action::DeleteClaim(Box::new(play.small.claims[CLAIM].clone()));
        play.journal = turned_on(&play.journal);
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored, "{}", play.tale.join("\n"));
        assert!(play.small.carry_out(&late, &play.journal.id).is_err(), "{}", play.tale.join("\n"));
    }
}

/// The claim has lost its volume to a person's deletion: direct, it is made again from the snapshot, unless its volume stays.
#[test]
fn in_direct_mode_a_volume_that_stays_is_what_the_claim_gets_again() {
    for (policy, is_same) in [(ReclaimPolicy::Retain, true), (ReclaimPolicy::Delete, false)] {
        let mut play = until(Shape { app: false, ..DIRECT }, |journal, _| journal.used);
        let new = new_volume(&play.journal, &play.small).unwrap().name.clone();
        play.small.claims.remove(CLAIM);
        play.small.touch(&new, |new| (new.policy, new.phase) = (policy, VolumePhase::Released));
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored, "{}", play.tale.join("\n"));
        assert_eq!(play.small.claims[CLAIM].volume == Some(new), is_same, "{}", play.tale.join("\n"));
    }
}

/// Nobody needs it any more to go on.
#[test]
fn a_restore_whose_old_volume_goes_after_the_swap_ends() {
    for shape in [STAGED, DIRECT] {
        let mut play = until(shape, |journal, small| journal.swapped && !small.claims.contains_key(CLAIM));
        play.small.touch("pv-1", |old| old.uid = "anew".into());
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored, "{}", play.tale.join("\n"));
    }
}

/// The claim was made again for the old volume, which went before it could have it.
#[test]
fn a_claim_that_waits_for_a_volume_that_is_gone_is_to_be_deleted() {
    let mut play = restored(BARE);
    play.journal = taken_up(&play.journal, Ending::Undo);
    while play.small.claims.get(CLAIM).is_none_or(|claim| claim.volume.as_deref() != Some("pv-1")) {
        let world = play.small.world(&play.journal, true);
        assert!(play.take(next(&play.journal, &world), &world).is_none(), "{}", play.tale.join("\n"));
        if play.small.claims.get(CLAIM).is_none_or(|claim| claim.volume.as_deref() != Some("pv-1")) {
            play.controllers();
        }
    }
    let mut world = play.world();
    world.old = None;
    let Next::Stop(_, error) = next(&play.journal, &world) else { panic!() };
    assert!(error.hints().iter().any(|hint| hint.contains("kubectl delete pvc photos-data")), "{error:?}");
    assert!(!must_go_on(&[(&play.journal, &world)]));
    world.claim = None;
    assert!(must_go_on(&[(&play.journal, &world)]));
}

/// The claim was never deleted, and its volume is another's: nothing is promised of going on.
#[test]
fn a_claim_that_was_never_deleted_is_not_sent_on() {
    let mut play =
        until(BARE, |journal, small| new_volume(journal, small).is_some_and(|new| new.mark.is_some()));
    play.small.claims.remove(&play.journal.staging);
    play.small.touch("pv-1", |old| old.phase = VolumePhase::Released);
    play.journal.used = true;
    let error = play.run(Ending::Abort).unwrap_err();
    assert_eq!(error.reason, Reason::VolumeGone);
    assert!(!error.hints().iter().any(|hint| hint.contains("going on")), "{error:?}");
}

/// Whoever deletes the claim of a restore that is gone on with has not given up what was written to it.
#[test]
fn a_claim_that_goes_while_its_restore_is_gone_on_with_leaves_its_volume() {
    let mut play = until(BARE, |journal, _| journal.used);
    let new = new_volume(&play.journal, &play.small).unwrap().name.clone();
    play.small.touch(&new, |new| (new.policy, new.mark) = (ReclaimPolicy::Delete, None));
    play.small.claims.get_mut(CLAIM).unwrap().terminating = true;
    let Next::Do(_, Action::ChangeVolume(change)) = decided(&play) else { panic!("{:?}", decided(&play)) };
    assert_eq!((change.volume, change.policy), (new, Some(ReclaimPolicy::Retain)));
}

#[test]
fn nothing_is_undone_for_a_volume_that_was_given_up() {
    let mut play = restored(BARE);
    let may = |play: &Play| {
        let undoing = taken_up(&play.journal, Ending::Undo);
        may_undo(&undoing, &play.small.world(&undoing, true), false)
    };
    assert!(may(&play).is_ok());
    play.small.touch("pv-1", |old| (old.policy, old.mark) = (ReclaimPolicy::Delete, None));
    assert_eq!(may(&play).unwrap_err().reason, Reason::VolumeGone);
}
