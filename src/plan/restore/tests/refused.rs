//! What is refused before an application is stopped for it, since it could not be done afterwards.
//! Each sets the cluster as it must be, and asks once.

use super::super::*;
use super::gap::{STAGED, until};
use super::kept::restored;
use crate::error::Reason;
use crate::model::pod::Pod;
use crate::model::volume::{ReclaimPolicy, Reservation, VolumePhase};
use crate::model::workload::Stage;
use crate::plan::samples;

#[test]
fn an_undo_is_refused_before_anything_is_stopped_if_the_claim_could_not_go() {
    let play = restored(STAGED);
    let journal = taken_up(&play.journal, Ending::Undo);
    let undoing = Journal { workloads: vec![samples::stopped()], ..journal };
    let mut world = play.small.world(&undoing, true);
    assert!(may_undo(&undoing, &world, false).is_ok());
    world.claim.as_mut().unwrap().finalizers.push("example.com/mine".into());
    assert_eq!(may_undo(&undoing, &world, false).unwrap_err().reason, Reason::ClaimPinned);
}

/// A person bound it to a claim of his own to look at it, or had it free for anybody.
#[test]
fn an_undo_does_not_stop_anything_for_a_volume_that_cannot_be_had() {
    let play = restored(STAGED);
    let journal = taken_up(&play.journal, Ending::Undo);
    let undoing = Journal { workloads: vec![samples::stopped()], ..journal };
    let world = play.small.world(&undoing, true);
    let with = |phase: VolumePhase, claim: Option<Reservation>| {
        let mut world = world.clone();
        let old = world.old.as_mut().unwrap();
        (old.phase, old.claim) = (phase, claim);
        world
    };
    let inspect = |uid: Option<&str>| Some(samples::reservation("inspect", uid));
    for (phase, claim) in
        [(VolumePhase::Bound, inspect(Some("other"))), (VolumePhase::Available, inspect(None))]
    {
        let world = with(phase, claim);
        let error = may_undo(&undoing, &world, false).unwrap_err();
        assert_eq!(error.reason, Reason::VolumeTaken);
        assert!(error.message.contains("PVC inspect's"), "{error:?}");
        // And if that comes to be in between.
        let stopped = next(&undoing, &world);
        assert!(
            matches!(&stopped, Next::Stop(_, error) if error.reason == Reason::VolumeTaken),
            "{stopped:?}"
        );
        let (gone, unused) =
            (World { claim: None, new: None, ..world }, Journal { used: false, ..undoing.clone() });
        let stopped = next(&unused, &gone);
        assert!(
            matches!(&stopped, Next::Stop(_, error) if error.reason == Reason::VolumeTaken),
            "{stopped:?}"
        );
    }
    for (phase, claim) in [(VolumePhase::Released, inspect(Some("other"))), (VolumePhase::Available, None)] {
        let world = with(phase, claim);
        assert!(may_undo(&undoing, &world, false).is_ok());
    }
    // Nobody's: it is kept for the claim again before that is made.
    let unused = Journal { used: false, ..undoing.clone() };
    let gone = World { claim: None, new: None, ..with(VolumePhase::Available, None) };
    let decided = next(&unused, &gone);
    let Next::Do(Step::SwapBack, Action::ChangeVolume(change)) = &decided else { panic!("{decided:?}") };
    assert!(change.claim.as_ref().is_some_and(|claim| claim.name == unused.claim && claim.uid.is_none()));
}

#[test]
fn an_application_is_not_stopped_while_somebody_else_uses_the_claim() {
    let mut play = until(STAGED, |journal, small| {
        let is_kept = |name: &String| small.volumes[name].0.policy == ReclaimPolicy::Retain;
        journal.new.as_ref().is_some_and(|new| is_kept(&new.volume))
    });
    let running = play.small.pods.clone();
    let debug = Pod { name: "debug".into(), owner: None, ..samples::pod() };
    let evicted = Pod { name: "shop-old".into(), phase: "Failed".into(), ..samples::pod() };
    for pod in [debug.clone(), evicted.clone()] {
        play.small.pods = [running.clone(), vec![pod.clone()]].concat();
        let decided = next(&play.journal, &play.small.world(&play.journal, true));
        match decided {
            Next::Stop(_, error) => {
                assert_eq!(error.reason, Reason::ClaimInUse);
                assert!(error.message.contains(&pod.name), "{error:?}");
            }
            other => panic!("{other:?} of {pod:?}"),
        }
    }
    assert!(play.journal.workloads.iter().all(|noted| noted.stage == Stage::Planned));
    // Also if it uses the other claim of the application only.
    let (first, second) =
        (Journal { together: vec!["a".into(), "b".into()], ..play.journal.clone() }, play.journal.clone());
    let used = play.small.world(&second, true);
    play.small.pods = running.clone();
    let free = play.small.world(&first, true);
    assert!(matches!(next(&first, &free), Next::Note(Step::Stop, _)));
    let both = next_of(&[(&first, &free), (&second, &used)]);
    assert!(
        matches!(&both, Some((1, Next::Stop(_, error))) if error.reason == Reason::ClaimInUse),
        "{both:?}"
    );
    play.journal.deletes_pods = true;
    for pods in [vec![Pod { terminating: true, ..debug }], vec![evicted], vec![]] {
        play.small.pods = [running.clone(), pods].concat();
        let decided = next(&play.journal, &play.small.world(&play.journal, true));
        assert!(matches!(decided, Next::Note(Step::Stop, _)), "{decided:?}");
    }
}

/// Somebody changed that after the plan: scaled down, it would take the claims of all its pods with it.
#[test]
fn a_set_that_deletes_its_claims_is_not_stopped() {
    let mut play = until(STAGED, |journal, small| {
        let is_asked = journal.workloads.iter().any(|noted| noted.stage == Stage::Stopping);
        is_asked && small.app.as_ref().is_some_and(|app| !app.setting.is_at_rest())
    });
    assert!(matches!(next(&play.journal, &play.world()), Next::Do(Step::Stop, Action::Set(..))));
    play.small.app.as_mut().unwrap().deletes_claims = true;
    let decided = next(&play.journal, &play.world());
    assert!(matches!(&decided, Next::Stop(_, error) if error.reason == Reason::ClaimsAtRisk), "{decided:?}");
}
