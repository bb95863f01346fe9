//! Tests of `plan::clone`: one good world, spoiled one thing at a time.
//! Only values; the same on a cluster is in tests/cluster/restore.rs.

use super::super::samples;
use super::*;
use crate::model::group::ClaimRef;

fn wish() -> Wish {
    Wish { name: "old-photos".into(), size: None, class: None }
}

struct World {
    group: Group,
    snapshot: Snapshot,
    content: Content,
    live: Option<Claim>,
    existing: Option<Claim>,
}

impl World {
    fn good() -> Self {
        let snapshot = samples::snapshot("photos-1");
        let content = samples::content(&snapshot);
        let live = Some(samples::claim("photos-data"));
        Self { group: samples::group(), snapshot, content, live, existing: None }
    }

    fn observed(&self) -> Observed<'_> {
        Observed {
            group: &self.group,
            snapshot: &self.snapshot,
            content: &self.content,
            live: self.live.as_ref(),
            live_volume: None,
            existing: self.existing.as_ref(),
        }
    }

    fn next(&self, size: Option<&str>) -> Result<Step> {
        self.wished(&Wish { size: size.map(samples::size), ..wish() })
    }

    fn wished(&self, wish: &Wish) -> Result<Step> {
        let name = storage_class(&self.observed(), wish)?;
        next(&self.observed(), wish, &name, Some(&samples::storage_class("fast")))
    }

    fn spec(&self, size: Option<&str>) -> Value {
        match self.next(size).unwrap() {
            Step::Create(draft) => draft.spec,
            Step::Adopt => panic!("nothing is made"),
        }
    }
}

#[test]
fn the_new_claim_is_like_the_live_one_and_filled_from_the_snapshot() {
    let source = json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "photos-1"});
    assert_eq!(
        World::good().spec(None),
        json!({
            "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem", "storageClassName": "fast",
            "resources": {"requests": {"storage": "1Gi"}},
            "dataSource": source, "dataSourceRef": source,
        })
    );
}

#[test]
fn it_is_called_as_was_wished_and_says_what_it_was_made_from() {
    let Step::Create(draft) = World::good().next(None).unwrap() else { panic!("nothing is made") };
    assert_eq!((draft.namespace.as_str(), draft.name.as_str()), ("media", "old-photos"));
    assert_eq!(draft.restored_from.unwrap().snapshot, "photos-1");
}

#[test]
fn it_is_never_smaller_than_the_snapshot() {
    let mut world = World::good();
    samples::details(&mut world.snapshot).restore_size = Some(samples::size("2Gi"));
    assert_eq!(world.spec(None)["resources"]["requests"]["storage"], "2Gi");
    for enough in ["2Gi", "3Gi"] {
        assert_eq!(world.spec(Some(enough))["resources"]["requests"]["storage"], enough);
    }
    assert_eq!(world.next(Some("1Gi")).unwrap_err().reason, Reason::SizeTooSmall);
}

#[test]
fn it_is_as_large_as_the_largest_that_is_known_of_the_original() {
    let size = |spoil: fn(&mut World)| {
        let mut world = World::good();
        spoil(&mut world);
        world.spec(None)["resources"]["requests"]["storage"].as_str().unwrap().to_owned()
    };
    let live = |world: &mut World| world.live.as_mut().unwrap().requested = Some(samples::size("2Gi"));
    let source = |world: &mut World| world.snapshot.source.as_mut().unwrap().size = Some("3Gi".into());
    let recorded = |world: &mut World| {
        let manifest = samples::details(&mut world.snapshot).claim_manifest.as_mut().unwrap();
        manifest["spec"]["resources"]["requests"]["storage"] = json!("4Gi");
    };
    // As YAML reads a quantity without a unit.
    let number = |world: &mut World| {
        let manifest = samples::details(&mut world.snapshot).claim_manifest.as_mut().unwrap();
        manifest["spec"]["resources"]["requests"]["storage"] = json!(5_368_709_120_u64);
    };
    assert_eq!(size(live), "2Gi");
    assert_eq!(size(source), "3Gi");
    assert_eq!(size(recorded), "4Gi");
    assert_eq!(size(number), "5368709120");
    // 0 is how a driver says that it does not know.
    let unknown =
        |world: &mut World| samples::details(&mut world.snapshot).restore_size = Some(samples::size("0"));
    assert_eq!(size(unknown), "1Gi");
}

#[test]
fn without_the_live_claim_the_snapshots_record_is_the_pattern_and_then_the_groups_spec() {
    let mut world = World::good();
    world.live = None;
    assert_eq!(world.spec(None)["accessModes"], json!(["ReadWriteOnce"]));
    assert_eq!(storage_class(&world.observed(), &wish()).unwrap(), "fast");
    samples::details(&mut world.snapshot).claim_manifest = None;
    // As Gemini's operator writes it beside the name.
    let spec = json!({"accessModes": ["ReadWriteMany"], "storageClassName": "fast", "volumeName": "pv-1",
                      "resources": {"requests": {"storage": "1Gi"}}});
    world.group.claim = ClaimRef::new("photos", Some("photos-data"), Some(&spec));
    let made = world.spec(None);
    assert_eq!((&made["accessModes"], &made["volumeName"]), (&json!(["ReadWriteMany"]), &Value::Null));
    assert_eq!(assumption(&world.observed()), None);
}

#[test]
fn where_nothing_is_recorded_a_class_and_a_size_are_enough_and_the_rest_is_said() {
    let mut world = World { live: None, ..World::good() };
    samples::details(&mut world.snapshot).claim_manifest = None;
    world.snapshot.source = None;
    assert_eq!(world.next(None).unwrap_err().reason, Reason::StorageClassUnfit);
    world.content.volume_mode = Some("Block".into());
    let named = Wish { class: Some("fast".into()), ..wish() };
    let Step::Create(draft) = world.wished(&named).unwrap() else { panic!("nothing is made") };
    assert_eq!(draft.spec["accessModes"], json!(["ReadWriteOnce"]));
    assert_eq!(draft.spec["volumeMode"], "Block");
    assert!(assumption(&world.observed()).unwrap().contains("Block"));
    // A size of 0 is as good as none.
    for unknown in [None, Some(samples::size("0"))] {
        samples::details(&mut world.snapshot).restore_size = unknown;
        assert_eq!(world.wished(&named).unwrap_err().reason, Reason::SizeTooSmall);
    }
    assert!(world.wished(&Wish { size: Some(samples::size("5Gi")), ..named }).is_ok());
}

#[test]
fn a_claim_that_is_in_the_way_is_never_replaced() {
    let mut world = World::good();
    world.existing = Some(samples::claim("old-photos"));
    assert_eq!(world.next(None).unwrap_err().reason, Reason::ClaimExists);
    world.existing = Some(samples::restored_claim("old-photos"));
    assert!(matches!(world.next(None), Ok(Step::Adopt)));
    assert!(matches!(world.next(Some("1024Mi")), Ok(Step::Adopt)));
}

#[test]
fn a_mark_alone_does_not_make_a_claim_ours() {
    let faults: [fn(&mut Claim); 5] = [
        |claim| claim.snapshot_source = None,
        |claim| claim.snapshot_source = Some("photos-2".into()),
        |claim| claim.restored_from.as_mut().unwrap().uid = "of-an-older-one".into(),
        |claim| claim.restored_from = None,
        |claim| claim.terminating = true,
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let mut world = World::good();
        let mut claim = samples::restored_claim("old-photos");
        fault(&mut claim);
        world.existing = Some(claim);
        assert_eq!(world.next(None).unwrap_err().reason, Reason::ClaimExists, "fault {number}");
    }
}

#[test]
fn a_claim_of_ours_is_gone_on_with_only_as_it_was_asked_for() {
    let world = World { existing: Some(samples::restored_claim("old-photos")), ..World::good() };
    let reason = |wish: &Wish| world.wished(wish).unwrap_err().reason;
    assert_eq!(reason(&Wish { size: Some(samples::size("2Gi")), ..wish() }), Reason::ClaimExists);
    assert_eq!(reason(&Wish { class: Some("slow".into()), ..wish() }), Reason::ClaimExists);
    assert!(world.wished(&Wish { class: Some("fast".into()), ..wish() }).is_ok());
    // Its class is looked at, not the pattern's: that decides whether it waits for a pod.
    let existing = Claim { storage_class: Some("wait".into()), ..samples::restored_claim("old-photos") };
    let world = World { existing: Some(existing), ..World::good() };
    assert_eq!(storage_class(&world.observed(), &wish()).unwrap(), "wait");
}

#[test]
fn a_claim_that_was_brought_back_under_its_own_name_is_not_its_own_old_volume() {
    let back = samples::restored_claim("photos-data");
    let volume = samples::volume("vol-new");
    let world = World { live: Some(back.clone()), existing: Some(back), ..World::good() };
    let observed = Observed { live_volume: Some(&volume), ..world.observed() };
    assert_eq!(expected(&observed).old_handles, ["vol-1"]);
    let observed = Observed { existing: None, ..observed };
    assert_eq!(expected(&observed).old_handles, ["vol-new", "vol-1"]);
}

#[test]
fn only_a_claim_that_waits_for_a_pod_is_not_waited_for() {
    let waits = StorageClass { binding: Binding::WaitForFirstConsumer, ..samples::storage_class("wait") };
    let pending = Claim { phase: ClaimPhase::Pending, ..samples::restored_claim("old-photos") };
    assert_eq!(outlook(&pending, Some(&waits)), Outlook::WhenUsed);
    assert_eq!(outlook(&pending, Some(&samples::storage_class("fast"))), Outlook::Now);
    assert_eq!(outlook(&samples::restored_claim("old-photos"), Some(&waits)), Outlook::Now);
    let scheduled = Claim { selected_node: Some("node-1".into()), ..pending };
    assert_eq!(outlook(&scheduled, Some(&waits)), Outlook::Now);
}

#[test]
fn class_and_mode_must_fit_the_snapshot() {
    let mut world = World::good();
    world.content.volume_mode = Some("Block".into());
    assert_eq!(world.next(None).unwrap_err().reason, Reason::SnapshotUntrusted);
    let other = StorageClass { provisioner: "other".into(), ..samples::storage_class("slow") };
    for class in [Some(&other), None] {
        let error = next(&World::good().observed(), &wish(), "slow", class).unwrap_err();
        assert_eq!(error.reason, Reason::StorageClassUnfit);
    }
}
