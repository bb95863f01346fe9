//! Single decisions of a restore that no course of a small cluster leads to.
//! Each sets the cluster as it must be for one of them, and asks once.

use serde_json::json;

use super::super::*;
use super::play::{CLAIM, Shape, journal};
use super::small::{Data, Small};
use crate::error::{Error, Reason};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::restore::{Mode, ProvenVolume, SafetyCopy};
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::{ReclaimPolicy, Volume, VolumeMark, VolumePhase};
use crate::plan::samples;

const DIRECT: Shape = Shape { mode: Mode::Direct, waits: false, check: None, app: false };

/// A restore that has a safety snapshot, ready, of the volume with this handle.
fn secured(handle: &str, restore: &str) -> Next {
    let mut journal = journal(DIRECT);
    let mut small = Small::new(false, None);
    let policy = ReclaimPolicy::Delete;
    small.touch("pv-1", |volume| {
        volume.policy = ReclaimPolicy::Retain;
        let mark = VolumeMark {
            restore: journal.id.clone(),
            claim: CLAIM.into(),
            claim_uid: None,
            policy,
            restored_from: None,
            workloads: vec![],
            together: vec![],
        };
        volume.mark = Some(mark);
    });
    small.carry_out(&Action::Hold(Box::new(samples::snapshot("photos-1"))), &journal.id).unwrap();
    let name = "photos-9".to_owned();
    let copy = SafetyCopy { snapshot: name.clone(), handle: "vol-1".into(), proven: false, stale: false };
    journal.safety.push(copy);
    let mut snapshot = Snapshot { restore: Some(restore.into()), ..samples::snapshot(&name) };
    // As if the claim had been another one when it was asked for: by itself the snapshot is in order.
    snapshot.source.as_mut().unwrap().handle = handle.into();
    let content = Content { volume_handle: Some(handle.into()), ..samples::content(&snapshot) };
    let mut world = small.world(&journal, true);
    world.safety = Some((snapshot, Some(content)));
    next(&journal, &world)
}

#[test]
fn only_a_snapshot_of_the_old_volume_by_this_restore_is_a_safety_copy() {
    let Next::Note(_, noted) = secured("vol-1", "7f3ak") else { panic!() };
    assert!(noted.safety[0].proven);
    let Next::TurnBack(error) = secured("vol-2", "7f3ak") else { panic!() };
    assert_eq!(error.reason, Reason::WrongVolume);
    // One of the same name that somebody else made: another one is taken.
    let Next::Note(_, noted) = secured("vol-1", "other") else { panic!() };
    assert!(noted.safety[0].stale && !noted.safety[0].proven);
}

/// A journal at the swap, with a copy that was proven, and the cluster as it is then, without the claim.
fn swapped() -> (Journal, Small) {
    let mut journal = journal(Shape { mode: Mode::Staged, waits: false, check: None, app: false });
    let mut small = Small::new(false, None);
    let mark = VolumeMark {
        restore: journal.id.clone(),
        claim: CLAIM.into(),
        claim_uid: None,
        policy: ReclaimPolicy::Delete,
        restored_from: None,
        workloads: vec![],
        together: vec![],
    };
    let kept = |name: &str, handle: &str| Volume {
        name: name.into(),
        uid: format!("{name}-uid"),
        phase: VolumePhase::Released,
        policy: ReclaimPolicy::Retain,
        mark: Some(mark.clone()),
        ..samples::volume(handle)
    };
    let new = Volume { claim: Some(samples::reservation(CLAIM, None)), ..kept("pv-2", "vol-2") };
    journal.new = Some(ProvenVolume {
        volume: new.name.clone(),
        uid: new.uid.clone(),
        handle: "vol-2".into(),
        claim_uid: "staging-uid".into(),
        policy: ReclaimPolicy::Delete,
    });
    journal.swapped = true;
    small.volumes = [("pv-1", kept("pv-1", "vol-1"), Data::Original), ("pv-2", new, Data::Restored)]
        .map(|(name, volume, data)| (name.to_owned(), (volume, data)))
        .into();
    small.claims.clear();
    (journal, small)
}

#[test]
fn a_claim_is_made_only_when_the_binder_knows_that_its_volume_is_kept_for_it() {
    let (journal, mut small) = swapped();
    let decided = |small: &Small| next(&journal, &small.world(&journal, true));
    assert!(matches!(decided(&small), Next::Wait(Step::Swap, Awaited::Volume(volume)) if volume == "pv-2"));
    small.touch("pv-2", |volume| volume.phase = VolumePhase::Available);
    let Next::Do(Step::Swap, Action::CreateClaim(draft)) = decided(&small) else { panic!() };
    assert_eq!(draft.spec["volumeName"], "pv-2");
    // It names its volume and has it only when both sides say so.
    small.create_claim(&draft).unwrap();
    let uid = small.claims[CLAIM].uid.clone();
    small.touch("pv-2", |volume| {
        volume.phase = VolumePhase::Bound;
        volume.claim = Some(samples::reservation(CLAIM, Some(&uid)));
    });
    assert!(matches!(decided(&small), Next::Wait(Step::Prove, Awaited::Bound(_))));
}

#[test]
fn room_in_a_quota_is_waited_for_only_where_the_name_is_free() {
    let (journal, _) = swapped();
    let create = |step| {
        let draft = Rehearsal::new(&journal).target;
        let full = Error::new(Reason::QuotaExceeded, "exceeded quota");
        makes_room(step, &Action::CreateClaim(Box::new(draft)), &full)
    };
    for step in [Step::Swap, Step::SwapBack] {
        assert_eq!(create(step), Some(Awaited::Room(CLAIM.into())));
    }
    assert_eq!(create(Step::Copy), None);
    let mut direct = super::play::journal(DIRECT);
    assert!(Rehearsal::new(&direct).fits && !Rehearsal::new(&journal).fits);
    direct.target["spec"]["resources"]["requests"]["storage"] = json!("2Gi");
    assert!(!Rehearsal::new(&direct).fits);
}

#[test]
fn a_quota_that_is_overdrawn_will_have_no_room_either() {
    let says = |used: &str, limited: &str| {
        will_fit(&format!(
            "persistentvolumeclaims \"data\" is forbidden: exceeded quota: q, requested: {used}, used: {used}, limited: {limited}"
        ))
    };
    assert!(says("persistentvolumeclaims=1", "persistentvolumeclaims=1"));
    assert!(says(
        "persistentvolumeclaims=1,requests.storage=16Mi",
        "persistentvolumeclaims=3,requests.storage=1Gi"
    ));
    assert!(!says("persistentvolumeclaims=3", "persistentvolumeclaims=1"));
    assert!(!says(
        "persistentvolumeclaims=1,requests.storage=2Gi",
        "persistentvolumeclaims=1,requests.storage=1Gi"
    ));
    for odd in
        ["", "exceeded quota", "used: x, limited: x", "used: a=1, limited: b=1", "used: a=1, limited: "]
    {
        assert!(!will_fit(odd), "{odd}");
    }
}

#[test]
fn no_two_volumes_are_kept_for_one_name() {
    let (journal, small) = swapped();
    let journal = turned_back(&journal, &Error::new(Reason::WrongVolume, "no"));
    let Next::Do(Step::SwapBack, Action::ChangeVolume(change)) = next(&journal, &small.world(&journal, true))
    else {
        panic!()
    };
    let kept_for = change.claim.unwrap();
    assert_eq!((change.volume.as_str(), kept_for.name), ("pv-2", journal.staging));
    assert!(kept_for.uid.is_some());
}

#[test]
fn a_policy_is_put_back_only_while_the_claim_has_the_volume() {
    let (journal, mut small) = swapped();
    let journal = Journal { course: Course::Back, new: None, swapped: false, ..journal };
    small.claims.insert(CLAIM.to_owned(), samples::claim(CLAIM));
    assert!(matches!(next(&journal, &small.world(&journal, true)), Next::Stop(Step::FinishBack, _)));
}

#[test]
fn a_claim_of_the_staging_name_that_somebody_else_made_is_not_touched() {
    let journal = journal(Shape { mode: Mode::Staged, waits: false, check: None, app: false });
    let mut small = Small::new(false, None);
    small.volumes = swapped().1.volumes;
    small.touch("pv-1", |volume| volume.phase = VolumePhase::Bound);
    small.carry_out(&Action::Hold(Box::new(samples::snapshot("photos-1"))), &journal.id).unwrap();
    let staging = journal.staging.clone();
    small.claims.insert(staging.clone(), samples::claim(&staging));
    let Next::TurnBack(error) = next(&journal, &small.world(&journal, true)) else { panic!() };
    assert_eq!(error.reason, Reason::ClaimExists);
    let journal = turned_back(&journal, &error);
    assert!(matches!(
        next(&journal, &small.world(&journal, true)),
        Next::Do(Step::FinishBack, Action::Release(_))
    ));
}

#[test]
fn a_new_claim_has_no_owners_that_are_gone_and_is_never_smaller() {
    let (group, snapshot) = (samples::group(), samples::snapshot("photos-1"));
    let mut claim = samples::claim(CLAIM);
    claim.manifest["metadata"]["ownerReferences"] = json!([{"uid": "there"}, {"uid": "gone"}]);
    claim.storage_class = None;
    let volume = Volume { capacity: Some(samples::size("3Gi")), ..samples::volume("vol-1") };
    let class = samples::storage_class("fast");
    let content = samples::content(&snapshot);
    let mut larger = snapshot.clone();
    samples::details(&mut larger).restore_size = Some(samples::size("2Gi"));
    let observed = Observed {
        group: &group,
        snapshot: &larger,
        content: &content,
        claim: &claim,
        volume: &volume,
        class: Some(&class),
        snapshot_classes: &[samples::snapshot_class("snapshots")],
        owners: &["there".into()],
    };
    let wish = Wish {
        id: "7f3ak".into(),
        mode: Mode::Staged,
        probe_image: String::new(),
        check: None,
        workloads: vec![],
        deletes_pods: false,
        unknown_source: false,
        asked_by: None,
    };
    let target = begin(&observed, &wish, samples::now()).unwrap().target;
    assert_eq!(target["metadata"]["ownerReferences"], json!([{"uid": "there"}]));
    assert_eq!(target["spec"]["resources"]["requests"]["storage"], "3Gi");
    assert_eq!(target["spec"]["storageClassName"], "fast");

    let refused = |change: &dyn Fn(&mut Claim, &mut Volume, &mut Content)| {
        let (mut claim, mut volume, mut content) = (claim.clone(), volume.clone(), content.clone());
        change(&mut claim, &mut volume, &mut content);
        let observed = Observed { claim: &claim, volume: &volume, content: &content, ..observed.clone() };
        begin(&observed, &wish, samples::now()).unwrap_err().reason
    };
    assert_eq!(refused(&|claim, _, _| claim.terminating = true), Reason::ClaimTerminating);
    assert_eq!(refused(&|claim, _, _| claim.phase = ClaimPhase::Lost), Reason::ClaimPending);
    assert_eq!(refused(&|_, volume, _| volume.claim = None), Reason::ClaimPending);
    assert_eq!(
        refused(&|_, _, content| content.volume_mode = Some("Block".into())),
        Reason::SnapshotUntrusted
    );
    assert_eq!(refused(&|_, _, content| content.driver = "other".into()), Reason::StorageClassUnfit);
    let open = VolumeMark {
        restore: "abcde".into(),
        claim: String::new(),
        claim_uid: None,
        policy: ReclaimPolicy::Delete,
        restored_from: None,
        workloads: vec![],
        together: vec![],
    };
    assert_eq!(refused(&|_, volume, _| volume.mark = Some(open.clone())), Reason::RestoreOpen);
}

#[test]
fn only_a_claim_whose_volume_is_gone_is_for_deletion() {
    let (group, snapshot) = (samples::group(), samples::snapshot("photos-1"));
    let told = |claim: Option<&Claim>| nothing_to_replace(&group, claim, &snapshot, &[]);
    let deletes = |error: &Error| error.hints().iter().any(|hint| hint.contains("kubectl delete"));
    let lost = Claim { phase: ClaimPhase::Lost, ..samples::claim(CLAIM) };
    // It names the volume that it is to get.
    let pending = Claim { phase: ClaimPhase::Pending, ..samples::claim(CLAIM) };
    for (claim, reason, is_for_deletion) in [
        (None, Reason::ClaimMissing, false),
        (Some(&pending), Reason::ClaimPending, false),
        (Some(&lost), Reason::ClaimLost, true),
    ] {
        let error = told(claim);
        assert_eq!((error.reason, deletes(&error)), (reason, is_for_deletion), "{error:?}");
    }
}

#[test]
fn a_group_is_restoring_until_its_restore_is_left_or_stands_still() {
    use crate::plan::health::{Health, OpenRestore, Surroundings, assess};
    use crate::plan::history::History;

    let (group, now) = (samples::group(), samples::now());
    let suspended = crate::model::group::Group { suspended: true, ..group };
    let refused = Error::new(Reason::GroupInvalid, "no schedule");
    let stands = |journal: &Journal, is_left| {
        let restore = Some(OpenRestore { journal, is_left });
        let seen = Surroundings { restore, ..Surroundings::unseen() };
        let told = assess(&suspended, &History::of(&suspended, &[]), Err(&refused), seen, now);
        (told.health, told.message)
    };
    assert!(Health::Blocked.is_trouble() && !Health::Restoring.is_trouble());
    let journal = journal(DIRECT);
    let of = |rest: &str| format!("restore 7f3ak of PVC {CLAIM} {rest}");
    assert_eq!(stands(&journal, false), (Health::Restoring, of("is under way")));
    assert_eq!(stands(&journal, true), (Health::Blocked, of("was stopped half-way")));
    let blocked = Journal { blocked: Some("the quota is used up".into()), ..journal };
    for is_left in [false, true] {
        assert_eq!(stands(&blocked, is_left), (Health::Blocked, of("stands still: the quota is used up")));
    }
}
