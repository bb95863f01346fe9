//! A list of snapshots read with as little as planning needs: of 40,000 of them, what is skipped here is most of the work.
//! Must mean the same as the whole object does; what a snapshot means is still decided in `convert`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::page::items;
use super::snapshot::{VolumeSnapshot, VolumeSnapshotSpec, VolumeSnapshotStatus};
use super::{convert, marks};
use crate::model::snapshot::Snapshot;

/// The snapshots of one page, without what only a restore needs.
pub fn snapshots(list: &[u8]) -> Result<Vec<Snapshot>, serde_json::Error> {
    items(list, |lean: Lean| Some(convert::slim_snapshot(lean.into())))
}

/// A VolumeSnapshot without labels, managed fields and the annotations of others.
#[derive(Deserialize)]
struct Lean {
    #[serde(default)]
    metadata: LeanMeta,
    #[serde(default)]
    spec: VolumeSnapshotSpec,
    #[serde(default)]
    status: Option<VolumeSnapshotStatus>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeanMeta {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    uid: Option<String>,
    #[serde(default)]
    resource_version: Option<String>,
    #[serde(default)]
    creation_timestamp: Option<Time>,
    #[serde(default)]
    deletion_timestamp: Option<Time>,
    #[serde(default)]
    finalizers: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "ours")]
    annotations: BTreeMap<String, String>,
}

impl From<Lean> for VolumeSnapshot {
    fn from(lean: Lean) -> Self {
        let LeanMeta { name, namespace, uid, resource_version, creation_timestamp, .. } = lean.metadata;
        Self {
            metadata: ObjectMeta {
                name,
                namespace,
                uid,
                resource_version,
                creation_timestamp,
                deletion_timestamp: lean.metadata.deletion_timestamp,
                // Only that there are some is asked.
                finalizers: lean.metadata.finalizers.map(|_| vec![]),
                annotations: Some(lean.metadata.annotations),
                ..ObjectMeta::default()
            },
            spec: lean.spec,
            status: lean.status,
        }
    }
}

/// The annotations that mean something to us.
fn ours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Marks;

    impl<'de> Visitor<'de> for Marks {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("annotations")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut marks = BTreeMap::new();
            while let Some(key) = map.next_key::<Key<'de>>()? {
                if marks::is_planned_by(&key.0) {
                    marks.insert(key.0.into_owned(), map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(marks)
        }
    }

    /// Borrowed where the text allows it.
    #[derive(Deserialize)]
    struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

    deserializer.deserialize_any(Marks)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn object() -> Value {
        json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
            "metadata": {
                "name": "db-1795341000", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 1,
                "creationTimestamp": "2026-11-22T09:50:00Z", "deletionTimestamp": "2026-11-22T10:50:00Z",
                "finalizers": ["x"], "labels": {"a": "b"},
                "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {".": {}}}}],
                "annotations": {
                    "app.kubernetes.io/managed-by": "gemini", "gemini.fairwinds.com/group": "db",
                    "gemini.fairwinds.com/timestamp": "1795341000", "gemini.fairwinds.com/intervals": "10 minutes, day",
                    "gemini.fairwinds.com/phases": "60,120", "gemini.fairwinds.com/walls": ";02:30 UTC",
                    "gemini.fairwinds.com/hold": "a \"quoted\" reason", "gemini.fairwinds.com/hold-until": "2027-01-01T00:00:00Z",
                    "gemini.fairwinds.com/expires": "2027-01-01T00:00:00Z", "gemini.fairwinds.com/purpose": "manual",
                    "gemini.fairwinds.com/tainted": "", "gemini.fairwinds.com/verified": "snapcontent-u",
                    "gemini.fairwinds.com/restore": "1", "gemini.fairwinds.com/claim-manifest": "{}",
                    "gemini.fairwinds.com/source": "{\"claimUid\":\"c\",\"volume\":\"v\",\"handle\":\"h\",\"driver\":\"d\",\"mode\":\"Block\"}",
                    "example.com/huge": "x",
                },
            },
            "spec": {"source": {"persistentVolumeClaimName": "data"}, "volumeSnapshotClassName": "fast"},
            "status": {"readyToUse": true, "creationTime": "2026-11-22T09:50:01Z", "restoreSize": "1Gi",
                "boundVolumeSnapshotContentName": "snapcontent-u", "error": {"message": "no", "time": "odd"}},
        })
    }

    #[test]
    fn it_means_the_same_as_the_whole_object() {
        let mut bare = object();
        bare["metadata"] = json!({"name": "x", "annotations": null, "creationTimestamp": null});
        bare["status"] = Value::Null;
        let mut nothing = object();
        nothing["metadata"]["annotations"] = json!({});
        for object in [object(), bare, nothing] {
            let list = json!({"items": [object.clone()], "metadata": {"continue": "t"}}).to_string();
            let whole: VolumeSnapshot = serde_json::from_value(object).unwrap();
            let lean = &snapshots(list.as_bytes()).unwrap()[0];
            assert_eq!(format!("{lean:?}"), format!("{:?}", convert::slim_snapshot(whole)));
        }
    }
}
