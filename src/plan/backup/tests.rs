//! Tests of `plan::backup`: a group in good order, spoiled one thing at a time.
//! Only values; the same on a cluster is in tests/cluster/backup.rs and groups.rs.

use chrono::TimeDelta;
use serde_json::json;

use super::super::samples;
use super::*;
use crate::model::group::ClaimRef;

fn good() -> Observed {
    Observed {
        group: samples::group(),
        claim: Some(samples::claim("photos-data")),
        volume: Some(samples::volume("vol-1")),
        classes: vec![samples::snapshot_class("snapshots")],
        snapshots: vec![],
        storage_class: None,
    }
}

fn refused(spoil: impl FnOnce(&mut Observed)) -> Reason {
    let mut observed = good();
    spoil(&mut observed);
    next(&observed, None, samples::now()).unwrap_err().reason
}

fn with_spec(spoil: impl FnOnce(&mut Observed)) -> Result<Step> {
    let spec = json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeName": "pv-9"});
    let mut observed =
        Observed { claim: None, volume: None, storage_class: Some(samples::storage_class("fast")), ..good() };
    observed.group.claim = ClaimRef::new("photos", Some(""), Some(&spec));
    spoil(&mut observed);
    next(&observed, None, samples::now())
}

#[test]
fn the_snapshot_says_what_it_is_of() {
    let Step::TakeSnapshot(draft) = next(&good(), None, samples::now()).unwrap() else {
        panic!("no snapshot")
    };
    assert_eq!(draft.name(), "photos-1795341000");
    assert_eq!((draft.claim.as_str(), draft.class.as_str()), ("photos-data", "snapshots"));
    assert_eq!((draft.source.handle.as_str(), draft.source.claim_uid.as_str()), ("vol-1", "photos-data-uid"));
    assert_eq!(draft.labels["team"], "web");
}

#[test]
fn what_would_never_become_ready_is_refused() {
    assert_eq!(refused(|o| o.claim = None), Reason::ClaimMissing);
    assert_eq!(refused(|o| claim_of(o).phase = ClaimPhase::Pending), Reason::ClaimPending);
    assert_eq!(refused(|o| claim_of(o).phase = ClaimPhase::Lost), Reason::ClaimLost);
    assert_eq!(refused(|o| claim_of(o).terminating = true), Reason::ClaimTerminating);
    assert_eq!(refused(|o| o.volume = None), Reason::ClaimLost);
    let host_path = Backend::Other("hostPath".into());
    assert_eq!(refused(|o| o.volume.as_mut().unwrap().backend = host_path), Reason::DriverCannotSnapshot);
    assert_eq!(refused(|o| o.classes.clear()), Reason::NoSnapshotClass);
    assert_eq!(refused(|o| o.classes.push(samples::snapshot_class("more"))), Reason::TwoDefaultClasses);
    assert_eq!(refused(|o| o.group.snapshot_class = Some("gone".into())), Reason::SnapshotClassNotFound);
}

fn claim_of(observed: &mut Observed) -> &mut Claim {
    observed.claim.as_mut().unwrap()
}

#[test]
fn a_claim_that_can_only_be_read_is_refused() {
    let only = |modes: &[&str]| {
        let mut observed = good();
        claim_of(&mut observed).access_modes = modes.iter().map(|mode| (*mode).to_owned()).collect();
        next(&observed, None, samples::now()).map_err(|error| error.reason)
    };
    assert_eq!(only(&["ReadOnlyMany"]).unwrap_err(), Reason::ClaimReadOnly);
    assert!(only(&["ReadWriteOnce", "ReadOnlyMany"]).is_ok());
}

#[test]
fn a_group_whose_snapshots_could_not_be_named_is_refused() {
    assert_eq!(refused(|o| o.group.name = "x".repeat(243)), Reason::GroupInvalid);
    let mut observed = good();
    observed.group.name = "x".repeat(242);
    let Step::TakeSnapshot(draft) = next(&observed, None, samples::now()).unwrap() else {
        panic!("no snapshot")
    };
    assert_eq!(draft.name().len(), 253);
}

#[test]
fn a_flag_wins_over_the_groups_class() {
    let mut observed = good();
    observed.group.snapshot_class = Some("gone".into());
    assert!(next(&observed, Some("snapshots"), samples::now()).is_ok());
}

#[test]
fn a_claim_that_never_existed_is_made() {
    let Step::CreateClaim(draft) = with_spec(|_| {}).unwrap() else { panic!("no claim") };
    assert_eq!((draft.namespace.as_str(), draft.name.as_str()), ("media", "photos"));
    assert_eq!(draft.spec, json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "fast"}));
}

#[test]
fn a_claim_that_existed_is_never_replaced_by_an_empty_one() {
    let reason = |step: Result<Step>| step.unwrap_err().reason;
    assert_eq!(
        reason(with_spec(|o| o.snapshots = vec![samples::snapshot("photos-1")])),
        Reason::ClaimMissing
    );
    assert_eq!(reason(with_spec(|o| o.group.known_claim_uid = Some("u".into()))), Reason::ClaimMissing);
    // Gemini's operator writes a spec beside the name: that is no order to make a claim.
    let named = |o: &mut Observed| {
        o.group.claim = ClaimRef::new("photos", Some("photos"), o.group.claim.spec.as_ref())
    };
    assert_eq!(reason(with_spec(named)), Reason::ClaimMissing);
}

#[test]
fn of_a_missing_claim_the_whole_way_back_is_named() {
    let error_with = |snapshots: Vec<Snapshot>| {
        let observed = Observed { claim: None, volume: None, snapshots, ..good() };
        next(&observed, None, samples::now()).unwrap_err()
    };
    let unusable = Snapshot { tainted: Some("wrong-volume".into()), ..samples::snapshot("photos-3") };
    let of_another = Snapshot { claim: Some("other".into()), ..samples::snapshot("photos-2") };
    let error = error_with(vec![samples::snapshot("photos-1"), of_another, unusable.clone()]);
    assert!(
        error.hints()[0]
            .ends_with("kubectl gemini restore photos -n media --snapshot photos-1 --to-pvc photos-data"),
        "{error:?}"
    );
    // By hand it would be empty, and its snapshots would push out those of the data.
    assert!(error.hints().iter().all(|hint| !hint.starts_with("create PVC")), "{error:?}");
    let of = |name: &str, volume: u64, days| {
        let mut snapshot = samples::snapshot(name);
        snapshot.taken -= TimeDelta::days(days);
        snapshot.volume = Some(volume);
        snapshot
    };
    let error = error_with(vec![
        of("photos-9", 2, 0),
        of("photos-8", 2, 1),
        of("photos-5", 1, 2),
        of("photos-4", 1, 3),
    ]);
    assert!(error.hints()[0].contains("--snapshot photos-9"), "{error:?}");
    assert!(
        error.hints()[1].contains("the volume before") && error.hints()[1].contains("--snapshot photos-5"),
        "{error:?}"
    );
    let error = error_with(vec![unusable]);
    assert!(error.causes[0].contains("ready") && error.hints()[0].contains("list photos"), "{error:?}");
    let error = error_with(vec![]);
    assert!(
        error.causes[0].contains("nothing to restore") && error.hints()[0].contains("by hand"),
        "{error:?}"
    );
}

#[test]
fn a_claim_that_could_not_be_snapshotted_is_not_made() {
    let reason = |step: Result<Step>| step.unwrap_err().reason;
    assert_eq!(reason(with_spec(|o| o.storage_class = None)), Reason::StorageClassUnfit);
    assert_eq!(reason(with_spec(|o| o.classes.clear())), Reason::NoSnapshotClass);
}
