//! Claims, volumes and storage classes: from the wire to the model.
//! Claims are read as JSON, so that fields newer than our types survive when a claim is made again.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass as WireStorageClass;
use kube::core::DynamicObject;
use serde_json::{Map, Value, json};

use super::convert::created;
use super::{marks, snapshot};
use crate::model::claim::{Claim, ClaimPhase, VolumeMode};
use crate::model::class::{Binding, StorageClass};
use crate::model::size::Size;
use crate::model::volume::{Backend, ReclaimPolicy, Reservation, Volume, VolumeMark, VolumePhase};

const PROVISIONER: [&str; 2] =
    ["volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"];
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a volume: the binder found it for a claim.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// Annotations that belong to one binding of a claim. Copied to a new claim they would bind it to nothing:
/// a copied `bind-completed` makes it Lost for ever.
const BINDING_ANNOTATIONS: [&str; 6] = [
    "pv.kubernetes.io/bind-completed",
    BOUND_BY_CONTROLLER,
    PROVISIONER[0],
    PROVISIONER[1],
    SELECTED_NODE,
    "volume.kubernetes.io/storage-resizer",
];

/// A PersistentVolumeClaim. `None` if the server sent something else.
pub fn claim(object: &DynamicObject) -> Option<Claim> {
    let raw = serde_json::to_value(object).ok()?;
    let typed: PersistentVolumeClaim = serde_json::from_value(raw.clone()).ok()?;
    let spec = typed.spec.unwrap_or_default();
    let status = typed.status.unwrap_or_default();
    let annotations = typed.metadata.annotations.clone().unwrap_or_default();
    let quantity = |text: Option<&k8s_openapi::apimachinery::pkg::api::resource::Quantity>| {
        text.and_then(|quantity| Size::parse(&quantity.0).ok())
    };
    Some(Claim {
        namespace: typed.metadata.namespace.clone().unwrap_or_default(),
        name: typed.metadata.name.clone().unwrap_or_default(),
        uid: typed.metadata.uid.clone().unwrap_or_default(),
        resource_version: typed.metadata.resource_version.clone(),
        labels: typed.metadata.labels.clone().unwrap_or_default(),
        created: created(&typed.metadata),
        phase: match status.phase.as_deref() {
            Some("Bound") => ClaimPhase::Bound,
            Some("Lost") => ClaimPhase::Lost,
            _ => ClaimPhase::Pending,
        },
        terminating: typed.metadata.deletion_timestamp.is_some(),
        volume: spec.volume_name.filter(|name| !name.is_empty()),
        storage_class: spec.storage_class_name,
        provisioner: PROVISIONER.iter().find_map(|key| annotations.get(*key).cloned()),
        mode: VolumeMode::parse(spec.volume_mode.as_deref()),
        access_modes: spec.access_modes.unwrap_or_default(),
        requested: quantity(spec.resources.and_then(|r| r.requests).as_ref().and_then(|r| r.get("storage"))),
        capacity: quantity(status.capacity.as_ref().and_then(|c| c.get("storage"))),
        selected_node: annotations.get(SELECTED_NODE).cloned(),
        snapshot_source: source(&raw["spec"], snapshot::GROUP, "VolumeSnapshot"),
        claim_source: source(&raw["spec"], "", "PersistentVolumeClaim"),
        restored_from: annotations.get(marks::RESTORED_FROM).and_then(|json| serde_json::from_str(json).ok()),
        restore: annotations.get(marks::RESTORE_ID).cloned(),
        finalizers: typed.metadata.finalizers.clone().unwrap_or_default(),
        manifest: sanitised(&raw),
    })
}

/// The object of this kind and of the claim's own namespace that it is filled from. Since 1.24 the API server copies each of
/// the two fields into the other, except for a `dataSourceRef` that names another namespace.
fn source(spec: &Value, group: &str, kind: &str) -> Option<String> {
    let is_set = |source: &&Value| source.is_object();
    let here = |source: &&Value| source["namespace"].as_str().unwrap_or_default().is_empty();
    let reference = || spec.get("dataSourceRef").filter(is_set).filter(here);
    let source = spec.get("dataSource").filter(is_set).or_else(reference)?;
    let is_it = source["apiGroup"].as_str().unwrap_or_default() == group && source["kind"] == kind;
    source["name"].as_str().filter(|_| is_it).map(str::to_owned)
}

/// The claim without what the cluster added (reliability.md, section 3.3).
fn sanitised(raw: &Value) -> Value {
    let metadata = &raw["metadata"];
    let mut kept = Map::new();
    for field in ["name", "labels", "annotations", "ownerReferences"] {
        if let Some(value) = metadata.get(field) {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    if let Some(annotations) = kept.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.retain(|key, _| !BINDING_ANNOTATIONS.contains(&key.as_str()));
    }
    let mut spec = raw["spec"].clone();
    if let Some(fields) = spec.as_object_mut() {
        for field in ["volumeName", "selector", "dataSource", "dataSourceRef"] {
            fields.remove(field);
        }
    }
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": kept, "spec": spec})
}

/// A PersistentVolume.
pub fn volume(object: &PersistentVolume) -> Volume {
    let spec = object.spec.clone().unwrap_or_default();
    let annotations = object.metadata.annotations.clone().unwrap_or_default();
    Volume {
        name: object.metadata.name.clone().unwrap_or_default(),
        uid: object.metadata.uid.clone().unwrap_or_default(),
        resource_version: object.metadata.resource_version.clone(),
        created: created(&object.metadata),
        phase: match object.status.as_ref().and_then(|status| status.phase.as_deref()) {
            Some("Available") => VolumePhase::Available,
            Some("Bound") => VolumePhase::Bound,
            Some("Released") => VolumePhase::Released,
            _ => VolumePhase::Other,
        },
        terminating: object.metadata.deletion_timestamp.is_some(),
        policy: policy(spec.persistent_volume_reclaim_policy.as_deref()).unwrap_or(ReclaimPolicy::Retain),
        backend: match &spec.csi {
            Some(csi) => Backend::Csi { driver: csi.driver.clone(), handle: csi.volume_handle.clone() },
            None => Backend::Other(backend_name(object)),
        },
        claim: spec.claim_ref.map(|claim| Reservation {
            namespace: claim.namespace.unwrap_or_default(),
            name: claim.name.unwrap_or_default(),
            uid: claim.uid.filter(|uid| !uid.is_empty()),
        }),
        mark: volume_mark(&annotations),
        storage_class: spec.storage_class_name.filter(|name| !name.is_empty()),
        provisioned_by: annotations.get(PROVISIONED_BY).cloned(),
        found_by_binder: annotations.contains_key(BOUND_BY_CONTROLLER),
        capacity: spec.capacity.as_ref().and_then(|c| c.get("storage")).and_then(|q| Size::parse(&q.0).ok()),
        mode: VolumeMode::parse(spec.volume_mode.as_deref()),
        access_modes: spec.access_modes.unwrap_or_default(),
        place: spec.node_affinity.and_then(|affinity| serde_json::to_value(affinity.required?).ok()),
    }
}

/// A volume that is made by hand and says nothing is kept: the API server's default (core/v1 `types.go`).
fn policy(text: Option<&str>) -> Option<ReclaimPolicy> {
    let all = [ReclaimPolicy::Retain, ReclaimPolicy::Delete, ReclaimPolicy::Recycle];
    all.into_iter().find(|policy| Some(policy.as_str()) == text)
}

fn volume_mark(annotations: &BTreeMap<String, String>) -> Option<VolumeMark> {
    let text = |key: &str| annotations.get(key).cloned();
    Some(VolumeMark {
        restore: text(marks::RESTORE_ID)?,
        claim: text(marks::ORIGINAL_CLAIM)?,
        claim_uid: text(marks::ORIGINAL_CLAIM_UID),
        policy: policy(text(marks::ORIGINAL_RECLAIM_POLICY).as_deref())?,
        restored_from: text(marks::RESTORED_FROM).and_then(|json| serde_json::from_str(&json).ok()),
        workloads: text(marks::ORIGINAL_WORKLOADS)
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default(),
        together: text(marks::RESTORED_TOGETHER)
            .map(|ids| ids.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
    })
}

/// The name of the field in which a volume that is not CSI says where it lies: the one that holds an object
/// and is none of those that every volume has.
fn backend_name(object: &PersistentVolume) -> String {
    let spec = serde_json::to_value(&object.spec).unwrap_or_default();
    let common = ["capacity", "claimRef", "nodeAffinity"];
    spec.as_object()
        .into_iter()
        .flatten()
        .find(|(key, value)| value.is_object() && !common.contains(&key.as_str()))
        .map_or_else(|| "unknown".to_owned(), |(key, _)| key.clone())
}

/// A StorageClass.
pub fn storage_class(object: &WireStorageClass) -> StorageClass {
    StorageClass {
        name: object.metadata.name.clone().unwrap_or_default(),
        provisioner: object.provisioner.clone(),
        binding: match object.volume_binding_mode.as_deref() {
            Some("WaitForFirstConsumer") => Binding::WaitForFirstConsumer,
            _ => Binding::Immediate,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_keeps_what_the_owner_wrote_and_nothing_of_the_binding() {
        let object = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "photos", "namespace": "media", "uid": "1", "resourceVersion": "7",
                "finalizers": ["kubernetes.io/pvc-protection"], "labels": {"app": "photos"},
                "annotations": {"pv.kubernetes.io/bind-completed": "yes", "meta.helm.sh/release-name": "photos"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "volumeName": "pv-1", "fromTheFuture": {"a": 1},
                "resources": {"requests": {"storage": "1Gi"}}},
            "status": {"phase": "Bound", "capacity": {"storage": "2Gi"}},
        });
        let claim = claim(&serde_json::from_value(object).unwrap()).unwrap();
        assert_eq!(claim.phase, ClaimPhase::Bound);
        assert_eq!(claim.capacity.unwrap().text, "2Gi");
        assert_eq!(
            claim.manifest,
            json!({
                "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": {"name": "photos", "labels": {"app": "photos"},
                    "annotations": {"meta.helm.sh/release-name": "photos"}},
                "spec": {"accessModes": ["ReadWriteOnce"], "fromTheFuture": {"a": 1},
                    "resources": {"requests": {"storage": "1Gi"}}},
            })
        );
    }

    #[test]
    fn a_claim_names_its_snapshot_in_either_field() {
        let snapshot =
            |name: &str| json!({"apiGroup": snapshot::GROUP, "kind": "VolumeSnapshot", "name": name});
        let mut elsewhere = snapshot("db-1");
        elsewhere["namespace"] = json!("shop");
        let claim = json!({"kind": "PersistentVolumeClaim", "name": "db-1"});
        for (spec, wanted) in [
            (json!({"dataSource": snapshot("db-1")}), Some("db-1")),
            (json!({"dataSourceRef": snapshot("db-1")}), Some("db-1")),
            (json!({"dataSource": null, "dataSourceRef": snapshot("db-1")}), Some("db-1")),
            (json!({"dataSource": snapshot("db-1"), "dataSourceRef": snapshot("db-1")}), Some("db-1")),
            (json!({"dataSourceRef": elsewhere}), None),
            (json!({"dataSource": claim, "dataSourceRef": claim}), None),
            (json!({}), None),
        ] {
            assert_eq!(source(&spec, snapshot::GROUP, "VolumeSnapshot").as_deref(), wanted, "{spec}");
        }
        for spec in [json!({"dataSource": claim}), json!({"dataSourceRef": claim})] {
            assert_eq!(source(&spec, "", "PersistentVolumeClaim").as_deref(), claim["name"].as_str());
        }
    }

    #[test]
    fn a_volume_that_is_not_csi_is_named_by_its_kind() {
        let object = json!({"metadata": {"name": "pv-1"}, "spec": {
            "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/data"}, "accessModes": ["ReadWriteOnce"]}});
        let volume = volume(&serde_json::from_value(object).unwrap());
        assert_eq!(volume.backend, Backend::Other("hostPath".into()));
    }
}
