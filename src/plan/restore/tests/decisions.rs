//! Single decisions of a restore that no course of a small cluster leads to.

use serde_json::json;

use super::super::*;
use super::play::{CLAIM, Shape, journal};
use super::small::Small;
use crate::error::Reason;
use crate::model::claim::Claim;
use crate::model::restore::{Mode, SafetyCopy};
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::{ReclaimPolicy, Volume, VolumeMark};
use crate::plan::samples;

const DIRECT: Shape = Shape { mode: Mode::Direct, waits: false };

/// A restore that has a safety snapshot, ready, of the volume with this handle.
fn secured(handle: &str, restore: &str) -> Next {
    let mut journal = journal(DIRECT);
    let mut small = Small::new(false);
    let policy = ReclaimPolicy::Delete;
    small.touch("pv-1", |volume| {
        volume.policy = ReclaimPolicy::Retain;
        let mark =
            VolumeMark { restore: journal.id.clone(), claim: CLAIM.into(), policy, restored_from: None };
        volume.mark = Some(mark);
    });
    small.carry_out(&Action::Hold(Box::new(samples::snapshot("photos-1"))), &journal.id).unwrap();
    let name = "photos-9".to_owned();
    let copy = SafetyCopy { snapshot: name.clone(), handle: "vol-1".into(), proven: false, stale: false };
    journal.safety.push(copy);
    let snapshot = Snapshot { restore: Some(restore.into()), ..samples::snapshot(&name) };
    let content = Content { volume_handle: Some(handle.into()), ..samples::content(&snapshot) };
    let mut world = small.world(&journal, true);
    world.safety = Some((snapshot, Some(content)));
    next(&journal, &world)
}

#[test]
fn only_a_snapshot_of_the_old_volume_by_this_restore_is_a_safety_copy() {
    let Next::Note(noted) = secured("vol-1", "7f3ak") else { panic!() };
    assert!(noted.safety[0].proven);
    let Next::TurnBack(error) = secured("vol-2", "7f3ak") else { panic!() };
    assert_eq!(error.reason, Reason::WrongVolume);
    // One of the same name that somebody else made: another one is taken.
    let Next::Note(noted) = secured("vol-1", "other") else { panic!() };
    assert!(noted.safety[0].stale && !noted.safety[0].proven);
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
    let observed = Observed {
        group: &group,
        snapshot: &Snapshot { restore_size: Some(samples::size("2Gi")), ..snapshot.clone() },
        content: &content,
        claim: &claim,
        volume: &volume,
        class: Some(&class),
        snapshot_classes: &[samples::snapshot_class("snapshots")],
        owners: &["there".into()],
    };
    let wish =
        Wish { id: "7f3ak".into(), mode: Mode::Staged, probe_image: String::new(), unknown_source: false };
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
    assert_eq!(
        refused(&|claim, _, _| claim.phase = crate::model::claim::ClaimPhase::Lost),
        Reason::ClaimPending
    );
    assert_eq!(refused(&|_, volume, _| volume.claim = None), Reason::ClaimPending);
    assert_eq!(
        refused(&|_, _, content| content.volume_mode = Some("Block".into())),
        Reason::SnapshotUntrusted
    );
    assert_eq!(refused(&|_, _, content| content.driver = "other".into()), Reason::StorageClassUnfit);
    let open = VolumeMark {
        restore: "abcde".into(),
        claim: String::new(),
        policy: ReclaimPolicy::Delete,
        restored_from: None,
    };
    assert_eq!(refused(&|_, volume, _| volume.mark = Some(open.clone())), Reason::RestoreOpen);
}
