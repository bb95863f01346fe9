//! Decisions around the moment in which the claim's name is free: what others made, wrote or started meanwhile.
//! Each plays a restore up to that moment, sets the cluster as it must be, and asks once.

use serde_json::json;

use super::super::*;
use super::play::{CALM, CLAIM, Play, Shape, journal};
use super::small::{Data, Small};
use crate::error::Reason;
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::restore::Mode;
use crate::model::volume::{Volume, VolumePhase};
use crate::model::workload::{Named, Setting};
use crate::plan::samples;

pub const DIRECT: Shape = Shape { mode: Mode::Direct, waits: false, check: None, app: true };
pub const STAGED: Shape = Shape { mode: Mode::Staged, ..DIRECT };

/// A restore, played until it is so far.
pub fn until(shape: Shape, is_so_far: impl Fn(&Journal, &Small) -> bool) -> Play {
    let mut play = Play::new(shape, 1, CALM);
    while !is_so_far(&play.journal, &play.small) {
        let world = play.world();
        let next = next(&play.journal, &world);
        assert!(play.take(next, &world).is_none(), "{}", play.tale.join("\n"));
        // They may be quick.
        if !is_so_far(&play.journal, &play.small) {
            play.controllers();
        }
    }
    play
}

fn decided(play: &Play) -> Next {
    next(&play.journal, &play.small.world(&play.journal, true))
}

/// The claim is gone, and somebody else has made one of its name.
fn met(shape: Shape, change: impl Fn(&mut Claim)) -> Play {
    let mut play = until(shape, |journal, small| journal.swapped && !small.claims.contains_key(CLAIM));
    if shape.mode == Mode::Staged {
        play = until(shape, |journal, small| {
            let new = journal.new.as_ref().and_then(|new| small.volumes.get(&new.volume));
            let is_free = new.is_some_and(|(volume, _)| volume.phase == VolumePhase::Available);
            is_free && !small.claims.contains_key(CLAIM)
        });
    }
    let mut claim =
        Claim { uid: "foreign".into(), phase: ClaimPhase::Pending, volume: None, ..samples::claim(CLAIM) };
    change(&mut claim);
    play.small.claims.insert(CLAIM.to_owned(), claim);
    play
}

fn stops(next: &Next) -> bool {
    matches!(next, Next::Stop(_, error) if error.reason == Reason::ClaimReplaced)
}

#[test]
fn an_empty_claim_is_deleted_once_that_is_written_down_and_five_times_at_most() {
    let mut play = met(DIRECT, |_| {});
    assert!(matches!(next(&play.journal, &play.small.world(&play.journal, false)), Next::Look(Step::Swap)));
    let Next::Note(_, noted) = decided(&play) else { panic!() };
    play.journal = *noted;
    // As it was seen, and again after a crash.
    for _ in 0..2 {
        let Next::Do(Step::Swap, Action::DeleteClaim(claim)) = decided(&play) else { panic!() };
        assert_eq!((claim.uid.as_str(), claim.resource_version.as_deref()), ("foreign", Some("1")));
        play.journal = taken_up(&play.journal, Ending::Resume);
    }
    play.journal.removed = (0..5).map(|place| place.to_string()).collect();
    assert!(stops(&decided(&play)));
    let going = met(DIRECT, |claim| claim.terminating = true);
    assert!(matches!(decided(&going), Next::Wait(_, Awaited::Gone(_))));
}

#[test]
fn a_claim_that_may_hold_data_is_not_deleted() {
    assert!(stops(&decided(&met(DIRECT, |claim| claim.phase = ClaimPhase::Bound))));
    assert!(stops(&decided(&met(DIRECT, |claim| claim.phase = ClaimPhase::Lost))));
    assert!(stops(&decided(&met(DIRECT, |claim| claim.volume = Some("pv-9".into())))));
    let mut used = met(DIRECT, |_| {});
    used.small.pods = vec![samples::pod()];
    assert!(stops(&decided(&used)));
    // The binder has chosen a volume, or may have, and has not said so on the claim yet.
    for kept in
        [None, Some(samples::reservation(CLAIM, None)), Some(samples::reservation(CLAIM, Some("foreign")))]
    {
        let mut chosen = met(DIRECT, |_| {});
        let phase = VolumePhase::Available;
        let volume = Volume { name: "pv-9".into(), phase, claim: kept, ..samples::volume("vol-9") };
        chosen.small.volumes.insert("pv-9".into(), (volume, Data::Foreign));
        assert!(stops(&decided(&chosen)));
        // Of another class it is none of its business.
        if chosen.small.volumes["pv-9"].0.claim.is_none() {
            chosen.small.touch("pv-9", |volume| volume.storage_class = Some("slow".into()));
            assert!(matches!(decided(&chosen), Next::Note(..)));
        }
    }
    let pinned = met(DIRECT, |claim| claim.finalizers.push("example.com/hangs".into()));
    assert!(matches!(decided(&pinned), Next::Stop(_, error) if error.reason == Reason::ClaimPinned));
    let unseen = met(DIRECT, |_| {});
    let world = World { spare: None, ..unseen.small.world(&unseen.journal, true) };
    assert!(stops(&next(&unseen.journal, &world)));
}

#[test]
fn a_claim_that_gets_the_reserved_volume_is_waited_for() {
    assert!(matches!(decided(&met(STAGED, |_| {})), Next::Wait(Step::Swap, Awaited::Bound(_))));
    // The binder does not ask for the class of what is kept for a name (seen on the real cluster: `neighbours:105`).
    let other = met(STAGED, |claim| claim.storage_class = Some("slow".into()));
    assert!(matches!(decided(&other), Next::Wait(Step::Swap, Awaited::Bound(_))));
    let is_left = |change: fn(&mut Claim)| stops(&decided(&met(STAGED, change)));
    assert!(is_left(|claim| claim.requested = Some(samples::size("9Gi"))));
    assert!(is_left(|claim| claim.access_modes = vec!["ReadWriteMany".into()]));
    assert!(is_left(|claim| claim.mode = crate::model::claim::VolumeMode::Block));
    assert!(is_left(|claim| claim.phase = ClaimPhase::Bound));
    // And so on the way back.
    let mut play = met(STAGED, |_| {});
    play.journal = turned_back(&play.journal, &Error::new(Reason::WrongVolume, "no"));
    play.small.touch("pv-1", |volume| {
        (volume.claim, volume.phase) = (Some(samples::reservation(CLAIM, None)), VolumePhase::Available);
    });
    assert!(matches!(decided(&play), Next::Wait(Step::SwapBack, Awaited::Bound(_))));
}

#[test]
fn what_was_written_on_the_claim_since_the_plan_is_on_the_new_one() {
    for shape in [DIRECT, STAGED] {
        let mut play = Play::new(shape, 1, CALM);
        let claim = play.small.claims.get_mut(CLAIM).unwrap();
        claim.manifest["metadata"]["labels"] = json!({"tier": "gold"});
        claim.manifest["metadata"]["annotations"] = json!({"example.com/owner": "shop"});
        assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored);
        for manifest in [&play.journal.target, &play.journal.old.manifest] {
            assert_eq!(manifest["metadata"]["labels"], json!({"tier": "gold"}));
            assert_eq!(manifest["metadata"]["annotations"], json!({"example.com/owner": "shop"}));
        }
    }
    // Changed between the note and the deletion, it is noted once more.
    let mut play = until(STAGED, |journal, _| journal.swapped);
    assert!(matches!(decided(&play), Next::Do(_, Action::DeleteClaim(_))));
    play.small.claims.get_mut(CLAIM).unwrap().manifest["metadata"]["labels"] = json!({"tier": "gold"});
    let Next::Note(Step::Swap, noted) = decided(&play) else { panic!() };
    play.journal = *noted;
    assert!(matches!(decided(&play), Next::Do(_, Action::DeleteClaim(_))));
}

#[test]
fn a_free_volume_is_a_refusal_where_the_claim_would_get_it() {
    let free = Volume {
        name: "pv-9".into(),
        phase: VolumePhase::Available,
        claim: None,
        ..samples::volume("vol-9")
    };
    let refused = |shape, change: &dyn Fn(&mut Volume)| {
        let mut volume = free.clone();
        change(&mut volume);
        none_is_spare(&journal(shape), &[samples::volume("vol-1"), volume]).err().map(|error| error.reason)
    };
    assert_eq!(refused(DIRECT, &|_| {}), Some(Reason::WouldGetAnother));
    assert_eq!(refused(STAGED, &|_| {}), None);
    let kept = |name: &str| Some(samples::reservation(name, None));
    assert_eq!(refused(DIRECT, &|volume| volume.claim = kept(CLAIM)), Some(Reason::WouldGetAnother));
    assert_eq!(refused(DIRECT, &|volume| volume.claim = kept("other")), None);
    assert_eq!(refused(DIRECT, &|volume| volume.storage_class = Some("slow".into())), None);
    assert_eq!(refused(DIRECT, &|volume| volume.capacity = Some(samples::size("1Mi"))), None);
    assert_eq!(refused(DIRECT, &|volume| volume.mode = crate::model::claim::VolumeMode::Block), None);
    assert_eq!(refused(DIRECT, &|volume| volume.access_modes = vec!["ReadOnlyMany".into()]), None);
    assert_eq!(refused(DIRECT, &|volume| volume.access_modes.clear()), None);
    let more = ["ReadWriteOnce", "ReadWriteMany"].map(str::to_owned);
    let wider = refused(DIRECT, &|volume| volume.access_modes = more.clone().into());
    assert_eq!(wider, Some(Reason::WouldGetAnother));
    assert_eq!(refused(DIRECT, &|volume| volume.phase = VolumePhase::Released), None);
    assert_eq!(refused(DIRECT, &|volume| volume.terminating = true), None);
}

#[test]
fn a_snapshot_is_not_missed_once_the_copy_is_proven() {
    let mut play = until(STAGED, |journal, _| journal.new.is_some());
    play.small.snapshots.clear();
    assert!(matches!(decided(&play), Next::Do(Step::Copy, _)));
    play.journal.new = None;
    assert!(matches!(decided(&play), Next::Stop(_, error) if error.reason == Reason::SnapshotNotFound));
}

/// Also one of the application's own: somebody has started it, and it may have written since the copy was cut.
#[test]
fn what_was_copied_before_a_pod_came_is_copied_again() {
    for shape in [DIRECT, STAGED] {
        let is_copied = |journal: &Journal, _: &Small| journal.safety.iter().any(|copy| copy.proven);
        let mut play = until(shape, is_copied);
        let owner = play.small.app.as_ref().map(|app| app.who.clone());
        play.small.pods = vec![Pod { owner, is_scheduled: true, terminating: true, ..samples::pod() }];
        let Next::Note(_, journal) = decided(&play) else { panic!() };
        assert!(journal.safety.iter().all(|copy| copy.stale), "{:?}", journal.safety);
        play.journal = *journal;
        // That is noted once.
        assert!(matches!(decided(&play), Next::Wait(_, Awaited::PodsGone(_))));
        play.small.pods.clear();
        let Next::Note(_, journal) = decided(&play) else { panic!() };
        assert_eq!(journal.safety.iter().filter(|copy| !copy.stale && !copy.proven).count(), 1);
    }
}

/// Whoever asks again and again would fill the storage.
#[test]
fn nothing_is_copied_for_a_claim_that_could_not_be_deleted() {
    for shape in [Shape { app: false, ..DIRECT }, Shape { app: false, ..STAGED }] {
        let mut play = until(shape, |journal, _| journal.safety.iter().any(|copy| copy.proven));
        play.small.claims.get_mut(CLAIM).unwrap().finalizers.push("example.com/hangs".into());
        assert!(matches!(decided(&play), Next::Stop(_, error) if error.reason == Reason::ClaimPinned));
        play.journal = taken_up(&play.journal, Ending::Resume);
        assert!(matches!(decided(&play), Next::Stop(_, error) if error.reason == Reason::ClaimPinned));
        play.small.claims.get_mut(CLAIM).unwrap().finalizers.clear();
        assert!(matches!(decided(&play), Next::Note(Step::Secure, _)));
    }
}

#[test]
fn nothing_is_stopped_for_a_claim_that_could_not_be_deleted() {
    for shape in [DIRECT, STAGED] {
        let mut play = until(shape, |journal, small| {
            matches!(next(journal, &small.world(journal, true)), Next::Note(Step::Stop, _))
        });
        play.small.claims.get_mut(CLAIM).unwrap().finalizers.push("example.com/hangs".into());
        let Next::Stop(Step::Stop, error) = decided(&play) else { panic!() };
        assert_eq!(error.reason, Reason::ClaimPinned);
    }
}

#[test]
fn whoever_starts_a_pod_that_keeps_the_claim_from_going_is_named() {
    let mut play = until(STAGED, |_, small| small.claims.get(CLAIM).is_some_and(|claim| claim.terminating));
    let owner = play.small.app.as_ref().map(|app| app.who.clone());
    let pod = Pod { owner, is_scheduled: true, ..samples::pod() };
    play.small.pods = vec![pod.clone()];
    let app = play.small.app.as_mut().unwrap();
    (app.setting, app.set_by) = (Setting::Replicas(1), Some("nightwatch".into()));
    let Next::Stop(_, error) = decided(&play) else { panic!() };
    assert_eq!(error.reason, Reason::StartedElsewhere);
    assert!(error.causes.iter().any(|cause| cause.contains("nightwatch")), "{:?}", error.causes);
    assert!(error.causes.iter().any(|cause| cause.contains(&pod.name)), "{:?}", error.causes);
    // A person gives it up, or goes on.
    let forward = play.journal.clone();
    play.journal = taken_up(&forward, Ending::Abort);
    assert!(matches!(decided(&play), Next::Do(_, Action::Set(_, Setting::Replicas(0)))));
    play.journal = taken_up(&forward, Ending::Resume);
    assert!(matches!(decided(&play), Next::Do(_, Action::Set(_, Setting::Replicas(0)))));
    // One that has no node keeps nothing.
    play.small.pods[0].is_scheduled = false;
    assert!(matches!(decided(&play), Next::Wait(_, Awaited::Gone(_))));
    // What nobody stops is a person's business.
    play.small.pods = vec![Pod { owner: None, is_scheduled: true, ..samples::pod() }];
    play.small.app.as_mut().unwrap().setting = Setting::Replicas(0);
    play.journal.workloads.iter_mut().for_each(|noted| noted.stage = crate::model::workload::Stage::Stopped);
    assert!(matches!(decided(&play), Next::Stop(_, error) if error.reason == Reason::ClaimInUse));
    // A set that was made anew has another UID, and was stopped by nobody.
    let anew = play.small.app.as_ref().map(|app| Named { uid: "anew".into(), ..app.who.clone() });
    play.small.pods = vec![Pod { owner: anew, is_scheduled: true, ..samples::pod() }];
    assert!(matches!(decided(&play), Next::Stop(_, error) if error.reason == Reason::ClaimInUse));
    // A finished one stays, unless it may be deleted.
    let owner = play.small.app.as_ref().map(|app| app.who.clone());
    play.small.pods = vec![Pod { owner, is_scheduled: true, phase: "Succeeded".into(), ..samples::pod() }];
    assert!(matches!(decided(&play), Next::Stop(_, error) if error.reason == Reason::ClaimInUse));
    play.journal.deletes_pods = true;
    assert!(matches!(decided(&play), Next::Do(_, Action::DeletePod(_))));
}
