//! Lists read with as little as is needed: one object after the other, and of snapshots what planning asks for. Of 40,000 of
//! them, what is skipped here is most of the work.
//! Must mean the same as the whole object does; what a snapshot means is still decided in `convert`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::snapshot::{VolumeSnapshot, VolumeSnapshotSpec, VolumeSnapshotStatus};
use super::{convert, marks};
use crate::model::snapshot::Snapshot;

/// What comes after a page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Next {
    /// By this the next page is asked for.
    pub token: String,
    /// So many objects are left, as far as the server says it.
    pub left: usize,
}

/// What comes after this page; `None` on the last.
pub fn next_page(list: &[u8]) -> Result<Option<Next>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        metadata: Meta,
    }
    let metadata = match last_metadata(list) {
        Some(metadata) => metadata,
        None => serde_json::from_slice::<Head>(list)?.metadata,
    };
    let token = metadata.next.filter(|token| !token.is_empty());
    Ok(token.map(|token| Next {
        token,
        left: metadata.left.and_then(|left| usize::try_from(left).ok()).unwrap_or_default(),
    }))
}

/// What a list says of itself.
#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
    #[serde(default, rename = "remainingItemCount")]
    left: Option<i64>,
}

/// The metadata of a list of custom resources: they are its last field, so that the objects before them need not be looked
/// through. `None` if the last field is another one. What ends right before the last brace is the list's own, and a quote
/// within a text would have a backslash before it.
fn last_metadata(list: &[u8]) -> Option<Meta> {
    /// A token is as long as a path in etcd, more or less.
    const NEAR: usize = 8 * 1024;
    const KEY: &[u8] = b"\"metadata\":";
    let fields = list.trim_ascii_end().strip_suffix(b"}")?;
    let tail = &fields[fields.len().saturating_sub(NEAR)..];
    let place = tail.windows(KEY.len()).rposition(|window| window == KEY)?;
    let is_key = tail[..place].last() == Some(&b',');
    serde_json::from_slice(&tail[place + KEY.len()..]).ok().filter(|_| is_key)
}

/// What `take` makes of each object of a page; the next object is read when the one before is gone.
pub fn items<K: DeserializeOwned, T>(
    list: &[u8],
    take: impl Fn(K) -> Option<T>,
) -> Result<Vec<T>, serde_json::Error> {
    let mut text = serde_json::Deserializer::from_slice(list);
    let taken = text.deserialize_map(List(&take, PhantomData))?;
    text.end()?;
    Ok(taken)
}

/// A list as an object: of its fields the items alone are read.
struct List<'a, K, F>(&'a F, PhantomData<K>);

impl<'de, K: DeserializeOwned, T, F: Fn(K) -> Option<T>> Visitor<'de> for List<'_, K, F> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Vec<T>, A::Error> {
        let mut taken = None;
        while let Some(key) = fields.next_key::<String>()? {
            if key == "items" {
                taken = Some(fields.next_value_seed(Items(self.0, PhantomData))?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        // What is no list at all does not say that there is nothing.
        taken.ok_or_else(|| A::Error::missing_field("items"))
    }
}

/// The items of a list, which may be `null` if there are none.
struct Items<'a, K, F>(&'a F, PhantomData<K>);

impl<'de, K: DeserializeOwned, T, F: Fn(K) -> Option<T>> DeserializeSeed<'de> for Items<'_, K, F> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, K: DeserializeOwned, T, F: Fn(K) -> Option<T>> Visitor<'de> for Items<'_, K, F> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the items of a list")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(vec![])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut taken = vec![];
        while let Some(item) = items.next_element()? {
            taken.extend(self.0(item));
        }
        Ok(taken)
    }
}

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

    #[test]
    fn a_list_that_makes_no_sense_is_no_short_list() {
        let names = |list: &str| items(list.as_bytes(), |name: String| (name != "b").then_some(name));
        assert_eq!(names(r#"{"metadata":{"items":["x"]},"items":["a","b","c"],"z":1}"#).unwrap(), ["a", "c"]);
        for none in [r#"{"items":null}"#, r#"{"items":[]}"#] {
            assert!(names(none).unwrap().is_empty(), "{none}");
        }
        for odd in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"kind":"Status"}"#,
            r#"{"items":["a"]"#,
            r#"{"items":["a",1]}"#,
            r#"{"items":"a"}"#,
            "{} x",
        ] {
            assert!(names(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        for (list, wanted) in [
            (
                r#"{"items":[{"metadata":{"continue":"no"}}],"metadata":{"continue":"yes","remainingItemCount":7}}"#,
                Some("yes"),
            ),
            (r#"{"items":[{"metadata":{"continue":"no"}}],"metadata":{"resourceVersion":"7"}}"#, None),
            (r#"{"metadata":{"continue":"yes"},"items":[{"metadata":{"continue":"no"}}]}"#, Some("yes")),
            (r#"{"metadata":{"continue":""},"items":[]}"#, None),
            (r#"{"items":[]}"#, None),
            (r#"{"metadata":{"continue":"yes"},"note":",\"metadata\":{}"}"#, Some("yes")),
            (r#"{"metadata":{"continue":"yes"},"note":{"x":1,"metadata":{"continue":"no"}}}"#, Some("yes")),
        ] {
            let next = next_page(list.as_bytes()).unwrap();
            assert_eq!(next.as_ref().map(|next| next.token.as_str()), wanted, "{list}");
            let left = if list.contains("remaining") { 7 } else { 0 };
            assert_eq!(next.map_or(0, |next| next.left), left, "{list}");
        }
        assert!(next_page(b"<html>").is_err());
    }
}
