//! The objects of one group as their controllers would have left them: claim, volume, group, snapshots, contents.
//! Marks and names come from the library, so that they are what the product writes.

use chrono::{DateTime, SecondsFormat};
use kubectl_gemini::api::snapshot::DEFAULT_CLASS;
use kubectl_gemini::api::{build, marks, storage};
use kubectl_gemini::model::draft::{Occasion, SnapshotDraft};
use kubectl_gemini::model::volume::Source;
use serde_json::{Value, json};

use crate::Result;
use crate::history::Taken;

/// The driver that nobody runs.
const DRIVER: &str = "csi.scale.test";
/// The snapshot class of all snapshots.
const CLASS: &str = "scale";
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

/// The snapshot class, which is the default of its driver.
pub fn class() -> Value {
    json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass",
        "driver": DRIVER, "deletionPolicy": "Delete",
        "metadata": {"name": CLASS, "annotations": {DEFAULT_CLASS: "true"}},
    })
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
        occasion: Occasion::Scheduled {
            name: format!("{}-{}", place.group, taken.slot),
            intervals: taken.intervals.clone(),
        },
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
    // An earlier pass has looked at its content already.
    object["metadata"]["annotations"][marks::VERIFIED] = json!(content_name(&known(place, taken)));
    // The snapshot controller's; they are part of what a list carries.
    object["metadata"]["finalizers"] = json!([
        "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection",
        "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"
    ]);
    Ok(object)
}

/// What stands in a content's name for the UID of the snapshot, where the name must be known before there is a UID.
pub fn known(place: &Place, taken: &Taken) -> String {
    format!("{}-{:012}", &place.volume[place.volume.len() - 22..], taken.slot)
}

/// What the snapshot controller writes into a snapshot that is ready. `key` is that of its [`content_name`].
pub fn snapshot_status(key: &str, cut: i64) -> Value {
    let cut = DateTime::from_timestamp(cut, 0).unwrap_or_default();
    json!({"status": {
        "boundVolumeSnapshotContentName": content_name(key),
        "creationTime": cut.to_rfc3339_opts(SecondsFormat::Secs, true),
        "readyToUse": true, "restoreSize": SIZE,
    }})
}

/// The name of a content as the snapshot controller makes it: the key is the UID of the snapshot.
pub fn content_name(key: &str) -> String {
    format!("snapcontent-{key}")
}

/// The content of a snapshot, which is the object that the server returned, without status.
pub fn content(snapshot: &Value, key: &str, handle: &str) -> Value {
    let metadata = &snapshot["metadata"];
    let uid = metadata["uid"].as_str().unwrap_or_default();
    json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContent",
        "metadata": {"name": content_name(key)},
        "spec": {
            "deletionPolicy": "Delete", "driver": DRIVER, "source": {"volumeHandle": handle},
            "sourceVolumeMode": "Filesystem", "volumeSnapshotClassName": CLASS,
            "volumeSnapshotRef": {"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "uid": uid,
                                  "name": metadata["name"], "namespace": metadata["namespace"]},
        },
    })
}

/// What the sidecar writes into a content that is ready. The driver's times are nanoseconds.
pub fn content_status(key: &str, cut: i64) -> Value {
    json!({"status": {"creationTime": cut.saturating_mul(1_000_000_000), "readyToUse": true,
                      "restoreSize": 10_737_418_240_i64, "snapshotHandle": format!("snap-{key}")}})
}
