//! What must be left when somebody else deletes what a restore made, or when a volume that it kept is to be given up.
//! Each sets the cluster as it must be, and looks at what of it stays.

use chrono::TimeDelta;

use super::super::purge::{Consent, Kept, purge};
use super::super::*;
use super::gap::{DIRECT, STAGED, until};
use super::play::{CALM, CLAIM, Play, Shape};
use crate::error::Reason;
use crate::model::claim::Claim;
use crate::model::draft::ClaimDraft;
use crate::model::pod::Pod;
use crate::model::restore::Outcome;
use crate::model::snapshot::Snapshot;
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};
use crate::model::workload::{Named, Stage};
use crate::plan::samples;

pub fn restored(shape: Shape) -> Play {
    let mut play = Play::new(shape, 1, CALM);
    play.run(Ending::Resume).unwrap();
    play
}

#[test]
fn an_undo_keeps_the_new_volume_of_a_claim_that_somebody_deletes() {
    for shape in [STAGED, DIRECT] {
        let mut play = restored(shape);
        let new = play.journal.new.clone().unwrap().volume;
        play.small.claims.get_mut(CLAIM).unwrap().terminating = true;
        assert_eq!(play.small.volumes[&new].0.policy, ReclaimPolicy::Delete);
        // Before anything that holds the claim is stopped: then it may be too late.
        let undoing = taken_up(&play.journal, Ending::Undo);
        keeps(&next(&undoing, &play.small.world(&undoing, true)), &new);
        assert_eq!(play.run(Ending::Undo).unwrap(), Outcome::Undone, "{}", play.tale.join("\n"));
        assert_eq!(play.small.volumes[&new].0.policy, ReclaimPolicy::Retain, "{}", play.tale.join("\n"));
        assert_eq!(play.journal.new.as_ref().map(|new| new.volume.clone()), Some(new));
    }
}

fn keeps(next: &Next, volume: &str) {
    match next {
        Next::Do(_, Action::ChangeVolume(change)) => {
            assert_eq!((change.volume.as_str(), change.policy), (volume, Some(ReclaimPolicy::Retain)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_old_volume_of_a_claim_that_is_going_is_kept_whichever_way_it_goes() {
    for course in [Ending::Resume, Ending::Abort] {
        let mut play = Play::new(STAGED, 1, CALM);
        play.small.claims.get_mut(CLAIM).unwrap().terminating = true;
        let journal = taken_up(&play.journal, course);
        keeps(&next(&journal, &play.small.world(&journal, true)), "pv-1");
    }
}

#[test]
fn a_new_volume_that_went_before_the_undo_is_not_said_to_be_kept() {
    let mut play = restored(STAGED);
    let new = play.journal.new.clone().unwrap().volume;
    play.small.claims.remove(CLAIM);
    play.small.volumes.remove(&new);
    assert_eq!(play.run(Ending::Undo).unwrap(), Outcome::Undone, "{}", play.tale.join("\n"));
    assert_eq!(play.journal.new, None);
    assert_eq!(play.small.claims[CLAIM].volume.as_deref(), Some("pv-1"));
}

/// I6 of reliability.md: whoever had set the old volume to stay finds the new one so.
#[test]
fn a_volume_that_was_to_stay_is_followed_by_one_that_stays() {
    for (before, after) in
        [(ReclaimPolicy::Retain, ReclaimPolicy::Retain), (ReclaimPolicy::Delete, ReclaimPolicy::Delete)]
    {
        for shape in [STAGED, DIRECT] {
            let mut play = Play::new(shape, 1, CALM);
            play.journal.old.policy = before;
            play.small.touch("pv-1", |volume| volume.policy = before);
            play.run(Ending::Resume).unwrap();
            let new = play.journal.new.clone().unwrap().volume;
            let volume = &play.small.volumes[&new].0;
            assert_eq!((volume.policy, &volume.mark), (after, &None), "{}", play.tale.join("\n"));
        }
    }
}

#[test]
fn owners_that_are_gone_are_left_out() {
    let mut metadata = serde_json::json!({"ownerReferences": [{"uid": "there"}, {"uid": "gone"}], "labels": {"app": "shop"}});
    without_owners(&mut metadata, &["gone".into()]);
    assert_eq!(
        metadata,
        serde_json::json!({"ownerReferences": [{"uid": "there"}], "labels": {"app": "shop"}})
    );
    without_owners(&mut serde_json::Value::Null, &[]);
}

#[test]
fn a_claim_beside_the_live_one_takes_no_volume_that_lies_about() {
    let spec = serde_json::json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}}});
    let draft = ClaimDraft { namespace: "media".into(), name: "copy".into(), spec, ..ClaimDraft::default() };
    let free = Volume { phase: VolumePhase::Available, claim: None, ..samples::volume("vol-7") };
    let kept = |name: &str| Volume { claim: Some(samples::reservation(name, None)), ..free.clone() };
    let refused = |volume: &Volume| none_is_free(&draft, std::slice::from_ref(volume)).err();
    assert_eq!(refused(&free).unwrap().reason, Reason::WouldGetAnother);
    assert!(refused(&kept("copy")).unwrap().hints()[0].contains("newer data"));
    assert!(refused(&kept("other")).is_none() && refused(&samples::volume("vol-1")).is_none());
}

#[test]
fn a_volume_is_given_up_only_if_nothing_else_leads_to_it_and_the_claim_has_what_a_restore_gave_it() {
    let play = restored(STAGED);
    let small = &play.small;
    let kept = small.volumes["pv-1"].0.clone();
    let new = small.volumes[&play.journal.new.clone().unwrap().volume].0.clone();
    let later = samples::now() + TimeDelta::days(30);
    let consent = Consent { early: false, snapshots_may_be_lost: true };
    let of = |claim: Option<&Claim>, current: &Volume, volumes: &[Volume], journals: &[Journal]| {
        let mut backup: Snapshot = samples::snapshot("photos-9");
        samples::details(&mut backup);
        if let Some(source) = &mut backup.source {
            source.handle = current.handle().unwrap().to_owned();
        }
        let snapshots = [backup];
        let kept = Kept {
            volume: &kept,
            claim,
            current: Some(current),
            journals,
            volumes,
            snapshots: &snapshots,
            contents: Some(&[]),
        };
        purge(&play.journal, kept, consent, later).map_err(|error| error.message)
    };
    let decided =
        |current: &Volume, volumes: &[Volume], journals: &[Journal]| of(None, current, volumes, journals);
    assert!(decided(&new, &[kept.clone(), new.clone()], &[]).is_ok());
    let twin = Volume { name: "pv-twin".into(), uid: "twin".into(), ..kept.clone() };
    let refused = decided(&new, &[twin, kept.clone()], &[]).unwrap_err();
    assert!(refused.contains("pv-twin leads to the same storage"), "{refused}");
    // Made anew by somebody, perhaps empty; or by another restore.
    let other = Volume { name: "pv-9".into(), uid: "uid-9".into(), ..samples::volume("vol-9") };
    let refused = decided(&other, &[], &[]).unwrap_err();
    assert!(refused.contains("pv-9 now, which no restore gave it"), "{refused}");
    // By --to-pvc under the name of one that was gone.
    assert!(of(Some(&samples::restored_claim(CLAIM)), &other, &[], &[]).is_ok());
    assert!(of(Some(&samples::claim(CLAIM)), &other, &[], &[]).is_err());
    let mut second = play.journal.clone();
    if let Some(new) = &mut second.new {
        (new.volume, new.uid) = (other.name.clone(), other.uid.clone());
    }
    assert!(decided(&other, &[], &[second]).is_ok());
}

#[test]
fn a_pod_of_somebody_else_is_named_and_not_waited_for() {
    let stands = |journal: &Journal| journal.workloads.iter().all(|noted| noted.stage == Stage::Stopped);
    let mut play = until(STAGED, |journal, _| stands(journal) && !journal.swapped);
    let decided = |play: &Play| next(&play.journal, &play.small.world(&play.journal, true));
    let of = |kind: &str, name: &str, uid: &str| {
        let owner =
            Named { kind: kind.into(), name: name.into(), uid: uid.into(), ..samples::workload().who };
        Pod { owner: Some(owner), ..samples::pod() }
    };
    for (pods, waits) in [
        (vec![of("StatefulSet", "shop", "set-uid")], true),
        (vec![of("ReplicaSet", "shop-7d9f", "rs-uid")], true),
        (vec![of("StatefulSet", "shop", "anew")], false),
        (vec![of("ReplicaSet", "other-7d9f", "rs-uid")], false),
        (
            vec![
                of("StatefulSet", "shop", "set-uid"),
                Pod { name: "debug".into(), owner: None, ..samples::pod() },
            ],
            false,
        ),
    ] {
        play.small.pods = pods.clone();
        match decided(&play) {
            Next::Wait(_, Awaited::PodsGone(_)) => assert!(waits, "{pods:?}"),
            Next::Stop(_, error) if error.reason == Reason::ClaimInUse => {
                assert!(!waits && error.message.contains(&pods.last().unwrap().name), "{error:?}");
            }
            other => panic!("{other:?} of {pods:?}"),
        }
    }
}

/// As long as the claim is the one that was there, its name was nobody else's; otherwise the copy is held for used, and yet must not be
/// left to whoever makes a claim of the name.
#[test]
fn a_copy_that_is_given_up_without_its_journal_goes_only_if_it_was_never_used() {
    let copy = |small: &super::small::Small| {
        small.volumes.values().map(|(volume, _)| volume).find(|volume| volume.name != "pv-1").cloned()
    };
    let kept = |small: &super::small::Small| {
        let claim = copy(small).and_then(|copy| copy.claim);
        claim.is_some_and(|claim| claim.name == CLAIM && claim.uid.is_none())
    };
    let shape = Shape { app: false, ..STAGED };
    for (is_known, is_anothers) in [(true, false), (false, false), (false, true)] {
        let mut play = until(shape, |journal, small| !journal.swapped && kept(small));
        if is_anothers {
            // A person has had a look at it, with a claim that is gone again.
            let name = copy(&play.small).unwrap().name;
            let inspect = Some(samples::reservation("inspect", Some("uid")));
            play.small.touch(&name, |volume| (volume.phase, volume.claim) = (VolumePhase::Released, inspect));
        } else if !is_known {
            // As an earlier version wrote it.
            play.small.touch("pv-1", |volume| volume.mark.as_mut().unwrap().claim_uid = None);
        }
        play.lose_journal();
        assert_eq!(play.journal.used, !is_known);
        play.run(Ending::Abort).unwrap();
        assert!(!kept(&play.small), "{}", play.tale.join("\n"));
        assert_eq!(copy(&play.small).is_none(), is_known, "{}", play.tale.join("\n"));
    }
}

#[test]
fn without_the_old_volume_there_is_only_the_way_on() {
    let play = until(STAGED, |journal, small| journal.swapped && !small.claims.contains_key(CLAIM));
    let mut world = play.world();
    assert!(may_abort(&play.journal, &world).is_ok());
    world.old = None;
    let error = may_abort(&play.journal, &world).unwrap_err();
    assert_eq!(error.reason, Reason::VolumeGone);
    assert!(error.hints()[1].contains("--resume"), "{error:?}");
}
