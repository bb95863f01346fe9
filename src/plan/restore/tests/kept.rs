//! What must be left when somebody else deletes what a restore made, or when a volume that it kept is to be given up.
//! Each sets the cluster as it must be, and looks at what of it stays.

use chrono::TimeDelta;

use super::super::purge::{Consent, Kept, purge};
use super::super::*;
use super::gap::{DIRECT, STAGED};
use super::play::{CALM, CLAIM, Play};
use crate::error::Reason;
use crate::model::draft::ClaimDraft;
use crate::model::restore::Outcome;
use crate::model::snapshot::Snapshot;
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};
use crate::plan::samples;

fn restored(shape: super::play::Shape) -> Play {
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
        assert_eq!(play.run(Ending::Undo).unwrap(), Outcome::Undone, "{}", play.tale.join("\n"));
        assert_eq!(play.small.volumes[&new].0.policy, ReclaimPolicy::Retain, "{}", play.tale.join("\n"));
        assert_eq!(play.journal.new.as_ref().map(|new| new.volume.clone()), Some(new));
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
    keep_owners(&mut metadata, &["there".into()]);
    assert_eq!(
        metadata,
        serde_json::json!({"ownerReferences": [{"uid": "there"}], "labels": {"app": "shop"}})
    );
    keep_owners(&mut serde_json::Value::Null, &[]);
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
    let decided = |current: &Volume, volumes: &[Volume], journals: &[Journal]| {
        let mut backup: Snapshot = samples::snapshot("photos-9");
        samples::details(&mut backup);
        if let Some(source) = &mut backup.source {
            source.handle = current.handle().unwrap().to_owned();
        }
        let snapshots = [backup];
        let kept = Kept {
            volume: &kept,
            current: Some(current),
            journals,
            volumes,
            snapshots: &snapshots,
            contents: Some(&[]),
        };
        purge(&play.journal, kept, consent, later).map_err(|error| error.message)
    };
    assert!(decided(&new, &[kept.clone(), new.clone()], &[]).is_ok());
    let twin = Volume { name: "pv-twin".into(), uid: "twin".into(), ..kept.clone() };
    let refused = decided(&new, &[twin, kept.clone()], &[]).unwrap_err();
    assert!(refused.contains("pv-twin leads to the same storage"), "{refused}");
    // Made anew by somebody, perhaps empty; or by another restore.
    let other = Volume { name: "pv-9".into(), uid: "uid-9".into(), ..samples::volume("vol-9") };
    let refused = decided(&other, &[], &[]).unwrap_err();
    assert!(refused.contains("pv-9 now, which no restore gave it"), "{refused}");
    let mut second = play.journal.clone();
    if let Some(new) = &mut second.new {
        (new.volume, new.uid) = (other.name.clone(), other.uid.clone());
    }
    assert!(decided(&other, &[], &[second]).is_ok());
}
