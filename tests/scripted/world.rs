//! A namespace as it may be: groups that fare well and badly, their snapshots, and two restores.
//! Ages are such that no unit of theirs ends while a test runs.

use chrono::{DateTime, TimeDelta, Utc};
use kubectl_gemini::api::journal::config_map;
use kubectl_gemini::model::restore::{
    Course, Ended, Journal, Mode, Original, Outcome, RestorePoint, Step, VERSION,
};
use kubectl_gemini::model::volume::ReclaimPolicy;
use serde_json::{Value, json};

use crate::server::World;

pub const NAMESPACE: &str = "shop";
const DRIVER: &str = "ebs.csi.aws.com";

/// So many hours ago, and a half.
pub fn hours_ago(hours: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(hours * 60 + 30)
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn metadata(name: &str, age: i64) -> Value {
    json!({"name": name, "namespace": NAMESPACE, "uid": format!("uid-{name}"), "resourceVersion": "1",
           "creationTimestamp": text(hours_ago(age))})
}

pub fn group(name: &str, claim: &str, every: &str) -> Value {
    json!({"apiVersion": "gemini.fairwinds.com/v1", "kind": "SnapshotGroup", "metadata": metadata(name, 1000),
           "spec": {"persistentVolumeClaim": {"claimName": claim}, "schedule": [{"every": every, "keep": 3}]}})
}

pub fn snapshot(group: &str, claim: &str, age: i64, every: &str) -> Value {
    let seconds = hours_ago(age).timestamp();
    let name = format!("{group}-{seconds}");
    let mut metadata = metadata(&name, age);
    metadata["annotations"] = json!({
        "app.kubernetes.io/managed-by": "gemini", "gemini.fairwinds.com/group": group,
        "gemini.fairwinds.com/timestamp": seconds.to_string(), "gemini.fairwinds.com/intervals": every,
        "gemini.fairwinds.com/phases": seconds.to_string(),
    });
    json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "metadata": metadata,
           "spec": {"source": {"persistentVolumeClaimName": claim}, "volumeSnapshotClassName": "ebs-daily"},
           "status": {"readyToUse": true, "restoreSize": "20Gi", "creationTime": text(hours_ago(age)),
                      "boundVolumeSnapshotContentName": format!("content-{name}")}})
}

fn content(snapshot: &Value, handle: &str) -> Value {
    let name = snapshot["metadata"]["name"].as_str().unwrap();
    json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContent",
           "metadata": {"name": format!("content-{name}"), "uid": format!("uid-content-{name}")},
           "spec": {"driver": DRIVER, "deletionPolicy": "Delete", "source": {"volumeHandle": handle},
                    "volumeSnapshotRef": {"name": name, "namespace": NAMESPACE, "uid": format!("uid-{name}")}},
           "status": {"readyToUse": true, "snapshotHandle": format!("snap-{name}"), "restoreSize": 21_474_836_480_i64}})
}

pub fn claim(name: &str) -> Value {
    let volume = format!("pvc-{name}");
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata(name, 1000),
           "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3-csi", "volumeMode": "Filesystem",
                    "volumeName": volume, "resources": {"requests": {"storage": "20Gi"}}},
           "status": {"phase": "Bound", "capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOnce"]}})
}

pub fn volume(claim: &str) -> Value {
    let name = format!("pvc-{claim}");
    json!({"apiVersion": "v1", "kind": "PersistentVolume",
           "metadata": {"name": name, "uid": format!("uid-{name}"), "resourceVersion": "1",
                        "creationTimestamp": text(hours_ago(1000))},
           "spec": {"capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem",
                    "storageClassName": "gp3-csi", "persistentVolumeReclaimPolicy": "Delete",
                    "csi": {"driver": DRIVER, "volumeHandle": format!("vol-{claim}")},
                    "claimRef": {"kind": "PersistentVolumeClaim", "namespace": NAMESPACE, "name": claim, "uid": format!("uid-{claim}")}},
           "status": {"phase": "Bound"}})
}

/// A volume that a restore has kept.
fn kept(name: &str, claim: &str, restore: &str) -> Value {
    let mut volume = volume(claim);
    volume["metadata"]["name"] = json!(name);
    volume["metadata"]["annotations"] = json!({
        "gemini.fairwinds.com/restore-id": restore, "gemini.fairwinds.com/original-reclaim-policy": "Delete",
        "gemini.fairwinds.com/original-claim": format!("{NAMESPACE}/{claim}"),
    });
    volume["metadata"]["labels"] = json!({"gemini.fairwinds.com/restore-id": restore});
    volume["spec"]["persistentVolumeReclaimPolicy"] = json!("Retain");
    volume["status"]["phase"] = json!("Released");
    volume
}

/// A restore of a claim; one that has not ended stands at `step`.
pub fn journal(id: &str, group: &str, claim: &str, step: Step, ended: Option<Outcome>) -> Journal {
    Journal {
        version: VERSION,
        id: id.to_owned(),
        namespace: NAMESPACE.to_owned(),
        group: group.to_owned(),
        claim: claim.to_owned(),
        mode: Mode::Staged,
        started: hours_ago(4),
        asked_by: None,
        acknowledged: false,
        turned_on: false,
        together: vec![],
        source: RestorePoint {
            snapshot: format!("{group}-1"),
            uid: "uid-source".to_owned(),
            taken: hours_ago(50),
            content: "content-source".to_owned(),
            driver: DRIVER.to_owned(),
            least_size: None,
            unknown_source: false,
        },
        old: Original {
            claim_uid: "uid-old-claim".to_owned(),
            manifest: self::claim(claim),
            volume: format!("old-{claim}"),
            volume_uid: "uid-old-volume".to_owned(),
            handle: "vol-old".to_owned(),
            policy: ReclaimPolicy::Delete,
            snapshot_class: "ebs-daily".to_owned(),
        },
        target: self::claim(claim),
        staging: format!("{claim}-{id}"),
        probe: None,
        check: None,
        workloads: vec![],
        deletes_pods: false,
        accepted: false,
        new: None,
        safety: vec![],
        course: Course::Forward,
        step,
        swapped: false,
        removed: vec![],
        used: false,
        blocked: ended.is_none().then(|| "the copy does not come".to_owned()),
        in_use: None,
        ended: ended.map(|outcome| Ended { at: hours_ago(3), outcome }),
    }
}

fn journal_object(journal: &Journal) -> Value {
    let mut object = serde_json::to_value(config_map(journal).unwrap()).unwrap();
    object["metadata"]["uid"] = json!(format!("uid-{}", journal.id));
    object["metadata"]["resourceVersion"] = json!("1");
    object
}

/// The namespace `shop`.
pub fn shop() -> World {
    let daily = [2, 26, 50, 74, 98, 122].map(|age| snapshot("postgres-backups", "postgres-data", age, "day"));
    let mut late = snapshot("photos", "photos-data", 40, "day");
    late["status"]["readyToUse"] = json!(false);
    let contents = daily.iter().map(|snapshot| content(snapshot, "vol-postgres-data")).collect();
    let class = json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass", "driver": DRIVER,
        "deletionPolicy": "Delete", "metadata": {"name": "ebs-daily",
        "annotations": {"snapshot.storage.kubernetes.io/is-default-class": "true"}}});
    let storage = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "gp3-csi"},
        "provisioner": DRIVER, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", "allowVolumeExpansion": true});
    let claims = ["postgres-data", "photos-data", "wiki", "uploads"];
    let journals = [
        journal("7f3ak", "postgres-backups", "postgres-data", Step::Done, Some(Outcome::Restored)),
        journal("61bcd", "photos", "photos-data", Step::Copy, None),
    ];
    World {
        objects: [
            (
                "snapshotgroups",
                vec![
                    group("postgres-backups", "postgres-data", "day"),
                    group("photos", "photos-data", "day"),
                    group("wiki", "wiki", "hour"),
                    group("legacy", "wiki", "fortnight"),
                    group("sessions", "gone", "week"),
                ],
            ),
            ("volumesnapshots", [daily.to_vec(), vec![late]].concat()),
            ("volumesnapshotcontents", contents),
            ("volumesnapshotclasses", vec![class]),
            ("storageclasses", vec![storage]),
            ("persistentvolumeclaims", claims.map(claim).into()),
            (
                "persistentvolumes",
                [claims.map(volume).to_vec(), vec![kept("old-postgres-data", "postgres-data", "7f3ak")]]
                    .concat(),
            ),
            ("configmaps", journals.iter().map(journal_object).collect()),
        ]
        .into(),
        apis: [
            ("gemini.fairwinds.com/v1", vec!["snapshotgroups", "snapshotgroups/status"]),
            (
                "snapshot.storage.k8s.io/v1",
                vec!["volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses"],
            ),
        ]
        .into(),
    }
}
