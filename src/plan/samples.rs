//! A group with everything behind it in good order, for tests to spoil one thing at a time.
//! Only for tests of `plan`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::model::claim::{Claim, ClaimPhase, RestoredFrom, VolumeMode};
use crate::model::class::{Binding, SnapshotClass, StorageClass};
use crate::model::group::{ClaimRef, Group, Request};
use crate::model::pod::Pod;
use crate::model::size::Size;
use crate::model::snapshot::{Content, Details, Purpose, Readiness, Snapshot};
use crate::model::volume::{Backend, ReclaimPolicy, Reservation, Source, Volume, VolumePhase};
use crate::model::workload::{Named, Setting, Stage, Stopped, Workload};

pub const DRIVER: &str = "csi.example";

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_341_000, 0).unwrap()
}

pub fn size(text: &str) -> Size {
    Size::parse(text).unwrap()
}

pub fn group() -> Group {
    Group {
        namespace: "media".into(),
        name: "photos".into(),
        uid: "group-uid".into(),
        created: Some(now()),
        labels: [].into(),
        claim: ClaimRef::new("photos", Some("photos-data"), None),
        schedule: vec![],
        snapshot_class: None,
        snapshot_labels: [("team".to_owned(), "web".to_owned())].into(),
        snapshot_annotations: [].into(),
        max_age: None,
        suspended: false,
        known_claim_uid: None,
        generation: Some(1),
        status: None,
        request: Request::default(),
    }
}

pub fn claim(name: &str) -> Claim {
    Claim {
        namespace: "media".into(),
        name: name.into(),
        uid: format!("{name}-uid"),
        resource_version: Some("1".into()),
        labels: [].into(),
        created: Some(now() - TimeDelta::days(1)),
        phase: ClaimPhase::Bound,
        terminating: false,
        volume: Some("pv-1".into()),
        storage_class: Some("fast".into()),
        provisioner: Some(DRIVER.into()),
        mode: VolumeMode::Filesystem,
        access_modes: vec!["ReadWriteOnce".into()],
        requested: Some(size("1Gi")),
        capacity: Some(size("1Gi")),
        selected_node: None,
        snapshot_source: None,
        claim_source: None,
        restored_from: None,
        restore: None,
        finalizers: vec!["kubernetes.io/pvc-protection".into()],
        manifest: json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/instance": "photos"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeMode": "Filesystem",
                     "resources": {"requests": {"storage": "1Gi"}}},
        }),
    }
}

/// A claim that was made from snapshot `photos-1`.
pub fn restored_claim(name: &str) -> Claim {
    let origin = RestoredFrom { snapshot: "photos-1".into(), uid: "photos-1-uid".into() };
    Claim { snapshot_source: Some("photos-1".into()), restored_from: Some(origin), ..claim(name) }
}

pub fn volume(handle: &str) -> Volume {
    Volume {
        name: "pv-1".into(),
        uid: "pv-1-uid".into(),
        resource_version: Some("1".into()),
        phase: VolumePhase::Bound,
        terminating: false,
        policy: ReclaimPolicy::Delete,
        created: Some(now() - TimeDelta::days(1)),
        backend: Backend::Csi { driver: DRIVER.into(), handle: handle.into() },
        claim: Some(reservation("photos-data", Some("photos-data-uid"))),
        mark: None,
        storage_class: Some("fast".into()),
        provisioned_by: Some(DRIVER.into()),
        found_by_binder: false,
        capacity: Some(size("1Gi")),
        mode: VolumeMode::Filesystem,
        access_modes: vec!["ReadWriteOnce".into()],
        place: None,
    }
}

pub fn reservation(claim: &str, uid: Option<&str>) -> Reservation {
    Reservation { namespace: "media".into(), name: claim.into(), uid: uid.map(str::to_owned) }
}

pub fn snapshot(name: &str) -> Snapshot {
    Snapshot {
        namespace: "media".into(),
        name: name.into(),
        uid: format!("{name}-uid"),
        resource_version: Some("1".into()),
        group: Some("photos".into()),
        claim: Some("photos-data".into()),
        created: now(),
        taken: now(),
        cut: Some(now()),
        purpose: Purpose::Manual,
        hold: None,
        expires: None,
        readiness: Readiness::Ready,
        in_group_snapshot: false,
        terminating: false,
        deleted: None,
        noticed: true,
        content: Some(format!("snapcontent-{name}-uid")),
        source: Some(Box::new(Source {
            claim_uid: "photos-data-uid".into(),
            volume: "pv-1".into(),
            handle: "vol-1".into(),
            driver: DRIVER.into(),
            class: Some("fast".into()),
            mode: "Filesystem".into(),
            size: Some("1Gi".into()),
        })),
        volume: Some(1),
        verified: false,
        restore: None,
        tainted: None,
        details: Some(Box::new(Details {
            restore_size: Some(size("1Gi")),
            class: Some("snapshots".into()),
            claim_manifest: Some(claim("photos-data").manifest),
            ..Details::default()
        })),
    }
}

/// The part of a sample that only a closer look reads.
pub fn details(snapshot: &mut Snapshot) -> &mut Details {
    snapshot.details.get_or_insert_default()
}

pub fn content(snapshot: &Snapshot) -> Content {
    Content {
        name: format!("snapcontent-{}", snapshot.uid),
        driver: DRIVER.into(),
        volume_handle: Some("vol-1".into()),
        snapshot_handle: Some("snap-1".into()),
        volume_mode: Some("Filesystem".into()),
        refers_to: (Some("media".into()), Some(snapshot.name.clone()), Some(snapshot.uid.clone())),
        retained: false,
        terminating: false,
    }
}

pub fn snapshot_class(name: &str) -> SnapshotClass {
    SnapshotClass { name: name.into(), driver: DRIVER.into(), default: true }
}

pub fn storage_class(name: &str) -> StorageClass {
    StorageClass { name: name.into(), provisioner: DRIVER.into(), binding: Binding::Immediate }
}

/// One that uses the claim.
pub fn pod() -> Pod {
    Pod {
        name: "shop-0".into(),
        uid: "pod-uid".into(),
        phase: "Running".into(),
        is_scheduled: true,
        terminating: false,
        owner: None,
        own_claims: vec![],
        restore: None,
        unscheduled: None,
        last_words: None,
    }
}

/// One that runs one pod.
pub fn workload() -> Workload {
    Workload {
        who: Named {
            api_version: "apps/v1".into(),
            kind: "StatefulSet".into(),
            name: "shop".into(),
            uid: "set-uid".into(),
        },
        plural: "statefulsets".into(),
        resource_version: Some("1".into()),
        setting: Setting::Replicas(1),
        ready: 1,
        deletes_claims: false,
        owner: None,
        set_by: None,
        may_be_set_by_us: false,
        part_of: None,
    }
}

/// The same, to be stopped.
pub fn stopped() -> Stopped {
    let Workload { who, plural, setting, .. } = workload();
    Stopped { who, plural, was: setting, stage: Stage::Planned }
}
