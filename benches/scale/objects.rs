//! The objects of one group as their controllers would have left them: claim, volume, group, snapshots, contents.
//! Marks and names come from the library, so that they are what the product writes.

use chrono::{DateTime, SecondsFormat};
use kubectl_gemini::api::{build, marks, storage};
use kubectl_gemini::model::draft::SnapshotDraft;
use kubectl_gemini::model::volume::Source;
use serde_json::{Value, json};

use crate::Result;
use crate::history::Taken;

/// The driver that nobody runs.
pub const DRIVER: &str = "csi.scale.test";
/// The snapshot class of all snapshots.
pub const CLASS: &str = "scale";
const SIZE: &str = "10Gi";

/// Where one group and what belongs to it are.
#[derive(Clone, Debug)]
pub struct Place {
    /// Namespace of group, claim and snapshots.
    pub namespace: String,
    /// Name of the group.
    pub group: String,
    /// Name of the claim.
    pub claim: String,
    /// Name of the volume.
    pub volume: String,
    /// The driver's name of the volume.
    pub handle: String,
}

impl Place {
    /// Of the group of this number.
    pub fn of(number: usize, namespaces: usize) -> Self {
        Self {
            namespace: format!("scale-{:03}", number % namespaces),
            group: format!("app-{number:05}"),
            claim: format!("data-app-{number:05}-0"),
            volume: format!("pvc-5ca1ab1e-0000-4000-8000-{number:012}"),
            handle: format!("vol-{number:017}"),
        }
    }

    /// The collection of a resource in the group's namespace, such as `apis/…/volumesnapshots`.
    pub fn path(&self, version: &str, resource: &str) -> String {
        format!("/{version}/namespaces/{}/{resource}", self.namespace)
    }
}

/// The claim, without status.
pub fn claim(place: &Place) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": place.claim, "namespace": place.namespace, "labels": {"app": place.group},
            "annotations": {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes",
                            "volume.kubernetes.io/storage-provisioner": DRIVER},
        },
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": CLASS, "volumeMode": "Filesystem",
                 "volumeName": place.volume, "resources": {"requests": {"storage": SIZE}}},
    })
}

/// What the volume controller writes into a bound claim.
pub fn claim_status() -> Value {
    json!({"status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": SIZE}}})
}

/// The volume of a claim with this UID.
pub fn volume(place: &Place, claim_uid: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": place.volume, "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER}},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": {"storage": SIZE}, "storageClassName": CLASS,
            "persistentVolumeReclaimPolicy": "Delete", "volumeMode": "Filesystem",
            "csi": {"driver": DRIVER, "volumeHandle": place.handle},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": place.claim,
                         "namespace": place.namespace, "uid": claim_uid},
        },
    })
}

/// The group.
pub fn group(place: &Place, rules: &[(&str, u32)]) -> Value {
    json!({
        "apiVersion": "gemini.fairwinds.com/v1", "kind": "SnapshotGroup",
        "metadata": {"name": place.group, "namespace": place.namespace, "labels": {"app": place.group}},
        "spec": {"persistentVolumeClaim": {"claimName": place.claim}, "schedule": schedule(rules)},
    })
}

/// The rules of a group on the wire.
pub fn schedule(rules: &[(&str, u32)]) -> Value {
    rules.iter().map(|(every, keep)| json!({"every": every, "keep": keep})).collect()
}

/// A scheduled snapshot of `claim`, which is the object that the server returned.
pub fn snapshot(place: &Place, claim: &Value, taken: &Taken) -> Result<Value> {
    let found = storage::claim(&serde_json::from_value(claim.clone())?).ok_or("that is no claim")?;
    let draft = SnapshotDraft {
        namespace: place.namespace.clone(),
        group: place.group.clone(),
        claim: place.claim.clone(),
        timestamp: taken.time,
        class: CLASS.to_owned(),
        labels: [].into(),
        annotations: [].into(),
        source: Source {
            claim_uid: found.uid,
            volume: place.volume.clone(),
            handle: place.handle.clone(),
            driver: DRIVER.to_owned(),
            class: found.storage_class,
            mode: found.mode.as_str().to_owned(),
            size: Some(SIZE.to_owned()),
        },
        claim_manifest: found.manifest,
    };
    let mut object = serde_json::to_value(build::snapshot(&draft))?;
    let metadata = &mut object["metadata"];
    metadata["name"] = json!(format!("{}-{}", place.group, taken.slot));
    let annotations = metadata["annotations"].as_object_mut().ok_or("a snapshot without marks")?;
    annotations.remove(marks::PURPOSE);
    annotations.insert(marks::MANAGED_BY.to_owned(), json!(marks::GEMINI));
    let texts: Vec<_> = taken.intervals.iter().map(|interval| interval.text.as_str()).collect();
    let phases: Vec<_> =
        taken.intervals.iter().filter_map(|i| i.phase).map(|phase| phase.to_string()).collect();
    annotations.insert(marks::INTERVALS.to_owned(), json!(texts.join(", ")));
    annotations.insert(marks::PHASES.to_owned(), json!(phases.join(",")));
    // The snapshot controller's; they are part of what a list carries.
    metadata["finalizers"] = json!([
        "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection",
        "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"
    ]);
    Ok(object)
}

/// What the snapshot controller writes into a snapshot that is ready.
pub fn snapshot_status(uid: &str, cut: i64) -> Value {
    let cut = DateTime::from_timestamp(cut, 0).unwrap_or_default();
    json!({"status": {
        "boundVolumeSnapshotContentName": content_name(uid),
        "creationTime": cut.to_rfc3339_opts(SecondsFormat::Secs, true),
        "readyToUse": true, "restoreSize": SIZE,
    }})
}

/// The name that the snapshot controller gives to the content of a snapshot with this UID.
pub fn content_name(snapshot_uid: &str) -> String {
    format!("snapcontent-{snapshot_uid}")
}

/// The content of a snapshot, which is the object that the server returned, without status.
pub fn content(snapshot: &Value, handle: &str) -> Value {
    let metadata = &snapshot["metadata"];
    let uid = metadata["uid"].as_str().unwrap_or_default();
    json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContent",
        "metadata": {"name": content_name(uid)},
        "spec": {
            "deletionPolicy": "Delete", "driver": DRIVER, "source": {"volumeHandle": handle},
            "sourceVolumeMode": "Filesystem", "volumeSnapshotClassName": CLASS,
            "volumeSnapshotRef": {"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "uid": uid,
                                  "name": metadata["name"], "namespace": metadata["namespace"]},
        },
    })
}

/// What the sidecar writes into a content that is ready. The driver's times are nanoseconds.
pub fn content_status(snapshot_uid: &str, cut: i64) -> Value {
    json!({"status": {"creationTime": cut.saturating_mul(1_000_000_000), "readyToUse": true,
                      "restoreSize": 10_737_418_240_i64, "snapshotHandle": format!("snap-{snapshot_uid}")}})
}
