//! Our CustomResourceDefinition of SnapshotGroup: a superset of Gemini's, generated from the wire types.
//! Must never reject what Gemini's accepts, except a negative `keep` and an empty `every`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::crd::v1::CustomResourceExt as _;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::gemini::{SnapshotGroup, VERSIONS};

/// The definition with both versions: `v1` stored, `v1beta1` served.
///
/// The versions have one schema, so no conversion is needed.
pub fn crd() -> CustomResourceDefinition {
    let mut crd = SnapshotGroup::crd();
    let stored = crd.spec.versions.swap_remove(0);
    crd.spec.versions = VERSIONS
        .iter()
        .map(|name| {
            let mut version = stored.clone();
            version.name = (*name).to_owned();
            version.storage = *name == VERSIONS[0];
            // Gemini's API accepts a group without spec, so ours does.
            if let Some(schema) = version.schema.as_mut().and_then(|s| s.open_api_v3_schema.as_mut()) {
                schema.required = None;
            }
            version
        })
        .collect();
    crd
}

/// `spec.persistentVolumeClaim.spec`: the fields that Gemini knows, with its types, and all others kept.
///
/// Gemini's own schema drops `volumeMode`, `dataSource` and more, so that a claim made from it is another one.
pub(super) fn claim_spec_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "description": "The claim's own spec, from which it is made if it never existed",
        "x-kubernetes-preserve-unknown-fields": true,
        "nullable": true,
        "properties": {
            "accessModes": {"type": "array", "items": {"type": "string"}},
            "storageClassName": {"type": "string"},
            "volumeName": {"type": "string"},
            "resources": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
            },
            "selector": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
            },
        },
    })
}

/// A whole number of any size: Gemini's schema names no format.
pub(super) fn whole_number_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "description": "How many snapshots to keep besides the newest",
        "nullable": true,
    })
}
