//! New objects and marks: from the model to the wire.
//! Must not choose names, classes or sizes; the drafts carry them.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::snapshot::{VolumeSnapshot, VolumeSnapshotSource, VolumeSnapshotSpec};
use super::storage::BOUND_BY_CONTROLLER;
use super::{intervals, marks};
use crate::model::claim::Claim;
use crate::model::draft::{ClaimDraft, Occasion, SnapshotDraft, VolumeChange};
use crate::model::size::Size;
use crate::model::snapshot::Hold;

/// Above this many bytes the claim's annotations are left out of the mark: all annotations of an object
/// together may be 256 KiB, and others need room too.
const LARGEST_MANIFEST: usize = 16 * 1024;
/// A label's value holds this many characters at most.
const LONGEST_LABEL: usize = 63;

/// The VolumeSnapshot for a draft. Annotations of the template cannot be marks: one that says that every snapshot is tainted or
/// held would make them all useless, or stay for ever.
pub fn snapshot(draft: &SnapshotDraft) -> VolumeSnapshot {
    let mut labels = draft.labels.clone();
    if draft.group.len() <= LONGEST_LABEL {
        labels.insert(marks::GROUP.to_owned(), draft.group.clone());
    }
    let mut annotations = draft.annotations.clone();
    annotations.retain(|key, _| !marks::is_ours(key));
    annotations.extend(snapshot_marks(draft));
    let mut object = VolumeSnapshot::new(
        &draft.name(),
        VolumeSnapshotSpec {
            source: VolumeSnapshotSource {
                persistent_volume_claim_name: Some(draft.claim.clone()),
                volume_snapshot_content_name: None,
            },
            volume_snapshot_class_name: Some(draft.class.clone()),
        },
    );
    object.metadata.namespace = Some(draft.namespace.clone());
    object.metadata.labels = Some(labels);
    object.metadata.annotations = Some(annotations);
    object
}

/// The marks of a snapshot: by them a manual one is recognised as ours when its name is met again.
fn snapshot_marks(draft: &SnapshotDraft) -> BTreeMap<String, String> {
    let occasion = match &draft.occasion {
        Occasion::Manual { expires } => {
            let expires = expires.map(|expires| expires.to_rfc3339_opts(SecondsFormat::Secs, true));
            [
                (marks::MANAGED_BY, Some(marks::KUBECTL_GEMINI.to_owned())),
                (marks::PURPOSE, Some(marks::MANUAL.to_owned())),
                (marks::EXPIRES, expires),
            ]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
        }
        Occasion::Safety { restore, .. } => vec![
            (marks::MANAGED_BY, marks::KUBECTL_GEMINI.to_owned()),
            (marks::PURPOSE, marks::SAFETY.to_owned()),
            (marks::RESTORE_ID, restore.clone()),
        ],
        Occasion::Scheduled { intervals, .. } => intervals::marks(intervals),
    };
    let always = [
        (marks::GROUP, draft.group.clone()),
        (marks::TIMESTAMP, draft.timestamp.to_string()),
        (marks::SOURCE, json!(draft.source).to_string()),
        (marks::CLAIM_MANIFEST, manifest_mark(&draft.claim_manifest)),
    ];
    always.into_iter().chain(occasion).map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The annotations that say that a snapshot is held, or is not; `None` removes one.
pub fn hold_marks(hold: Option<&Hold>) -> BTreeMap<&'static str, Option<String>> {
    let until = hold.and_then(|hold| hold.until);
    [
        (marks::HOLD, hold.map(|hold| hold.reason.clone())),
        (marks::HOLD_UNTIL, until.map(|until| until.to_rfc3339_opts(SecondsFormat::Secs, true))),
    ]
    .into()
}

fn manifest_mark(manifest: &Value) -> String {
    let whole = manifest.to_string();
    if whole.len() <= LARGEST_MANIFEST {
        return whole;
    }
    let mut short = manifest.clone();
    if let Some(metadata) = short.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("annotations");
    }
    short.to_string()
}

/// The patch that writes the mark of a restore on a claim as it was seen, or removes it.
pub fn claim_mark(claim: &Claim, mark: Option<&str>) -> Value {
    json!({"metadata": {
        "uid": claim.uid, "resourceVersion": claim.resource_version, "annotations": {marks::RESTORE_ID: mark},
    }})
}

/// The PersistentVolumeClaim for a draft.
pub fn claim(draft: &ClaimDraft) -> DynamicObject {
    let mut metadata: ObjectMeta = serde_json::from_value(draft.metadata.clone()).unwrap_or_default();
    let annotations = metadata.annotations.get_or_insert_default();
    let origin = draft.restored_from.as_ref().map(|origin| json!(origin).to_string());
    for (key, value) in [(marks::RESTORED_FROM, origin), (marks::RESTORE_ID, draft.restore.clone())] {
        annotations.extend(value.map(|value| (key.to_owned(), value)));
    }
    DynamicObject {
        types: Some(kube::core::TypeMeta {
            api_version: "v1".to_owned(),
            kind: "PersistentVolumeClaim".to_owned(),
        }),
        metadata: ObjectMeta {
            name: Some(draft.name.clone()),
            namespace: Some(draft.namespace.clone()),
            ..metadata
        },
        data: json!({"spec": draft.spec}),
    }
}

/// The merge patch for a change of a volume. It holds the version that was seen, so that another one is not changed.
pub fn volume_patch(change: &VolumeChange) -> Value {
    let mut metadata = json!({"uid": change.uid, "resourceVersion": change.resource_version});
    let mut spec = json!({});
    if let Some(policy) = change.policy {
        spec["persistentVolumeReclaimPolicy"] = json!(policy.as_str());
    }
    if let Some(claim) = &change.claim {
        spec["claimRef"] = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace, "name": claim.name,
            "uid": claim.uid, "resourceVersion": null,
        });
        // With this mark the volume would be given up when its claim is not found (reliability.md, 3.5, RB3).
        metadata["annotations"][BOUND_BY_CONTROLLER] = Value::Null;
    }
    if let Some(mark) = &change.mark {
        let mark = mark.as_ref();
        let values = [
            (marks::RESTORE_ID, mark.map(|mark| mark.restore.clone())),
            (marks::ORIGINAL_CLAIM, mark.map(|mark| mark.claim.clone())),
            (marks::ORIGINAL_CLAIM_UID, mark.and_then(|mark| mark.claim_uid.clone())),
            (marks::ORIGINAL_RECLAIM_POLICY, mark.map(|mark| mark.policy.as_str().to_owned())),
            (
                marks::RESTORED_FROM,
                mark.and_then(|mark| mark.restored_from.as_ref()).map(|origin| json!(origin).to_string()),
            ),
            (
                marks::ORIGINAL_WORKLOADS,
                mark.filter(|mark| !mark.workloads.is_empty()).map(|mark| json!(mark.workloads).to_string()),
            ),
            (
                marks::RESTORED_TOGETHER,
                mark.filter(|mark| !mark.together.is_empty()).map(|mark| mark.together.join(",")),
            ),
        ];
        for (key, value) in values {
            metadata["annotations"][key] = json!(value);
        }
        metadata["labels"][marks::RESTORE_ID] = json!(mark.map(|mark| &mark.restore));
    }
    json!({"metadata": metadata, "spec": spec})
}

/// Whether the server kept everything that was sent; it may have added to it, and spells quantities its own way.
pub fn is_kept(sent: &Value, found: &Value) -> bool {
    let quantity = |value: &Value| match value {
        Value::String(text) => Size::parse(text).ok(),
        Value::Number(number) => Size::parse(&number.to_string()).ok(),
        _ => None,
    };
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => sent
            .iter()
            .all(|(key, value)| value.is_null() || found.get(key).is_some_and(|found| is_kept(value, found))),
        _ if sent == found => true,
        _ => quantity(sent).is_some_and(|s| quantity(found).is_some_and(|f| s.bytes == f.bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::snapshot::Interval;
    use crate::model::volume::Source;

    fn draft(group: &str) -> SnapshotDraft {
        SnapshotDraft {
            namespace: "media".into(),
            group: group.into(),
            claim: "photos-data".into(),
            timestamp: 1_795_341_000,
            occasion: Occasion::Manual { expires: None },
            class: "fast".into(),
            labels: [("team".to_owned(), "web".to_owned())].into(),
            annotations: [marks::GROUP, marks::TAINTED, "example.com/a"]
                .map(|key| (key.to_owned(), "forged".to_owned()))
                .into(),
            source: Source {
                claim_uid: "u".into(),
                volume: "pv-1".into(),
                handle: "vol-1".into(),
                driver: "csi.example".into(),
                class: None,
                mode: "Filesystem".into(),
                size: Some("1Gi".into()),
            },
            claim_manifest: json!({"metadata": {"annotations": {"a": "b"}}}),
        }
    }

    #[test]
    fn a_manual_snapshot_is_named_and_marked() {
        let object = snapshot(&draft("photos"));
        let annotations = object.metadata.annotations.unwrap();
        assert_eq!(object.metadata.name.as_deref(), Some("photos-1795341000"));
        assert_eq!(annotations[marks::MANAGED_BY], "kubectl-gemini");
        assert_eq!(annotations[marks::GROUP], "photos");
        assert!(annotations.contains_key("example.com/a") && !annotations.contains_key(marks::TAINTED));
        assert_eq!(
            annotations[marks::SOURCE],
            r#"{"claimUid":"u","driver":"csi.example","handle":"vol-1","mode":"Filesystem","size":"1Gi","volume":"pv-1"}"#
        );
        let labels = object.metadata.labels.unwrap();
        assert_eq!((labels[marks::GROUP].as_str(), labels["team"].as_str()), ("photos", "web"));
    }

    #[test]
    fn a_scheduled_snapshot_carries_what_gemini_writes_and_our_phases() {
        let interval =
            |text: &str, wall: &str, phase| Interval { text: text.into(), wall: wall.into(), phase };
        let intervals = vec![
            interval("10 minutes", "", Some(1_795_340_400)),
            interval("day", "02:30 Europe/Berlin", Some(1_795_311_000)),
        ];
        let name = "photos-1795340400".to_owned();
        let object =
            snapshot(&SnapshotDraft { occasion: Occasion::Scheduled { name, intervals }, ..draft("photos") });
        let annotations = object.metadata.annotations.unwrap();
        assert_eq!(object.metadata.name.as_deref(), Some("photos-1795340400"));
        assert_eq!(annotations[marks::MANAGED_BY], "gemini");
        assert_eq!(annotations[marks::TIMESTAMP], "1795341000");
        assert_eq!(annotations[marks::INTERVALS], "10 minutes, day");
        assert_eq!(annotations[marks::PHASES], "1795340400,1795311000");
        assert_eq!(annotations[marks::WALLS], ";02:30 Europe/Berlin");
        assert!(!annotations.contains_key(marks::PURPOSE));
    }

    #[test]
    fn a_hold_is_two_marks_and_none_is_the_absence_of_both() {
        let until = "2027-01-01T00:00:00Z".parse().ok();
        let held = hold_marks(Some(&Hold { reason: "audit".into(), until }));
        let wanted = [(marks::HOLD, Some("audit")), (marks::HOLD_UNTIL, Some("2027-01-01T00:00:00Z"))];
        assert_eq!(held, wanted.map(|(key, value)| (key, value.map(str::to_owned))).into());
        assert_eq!(hold_marks(None), [(marks::HOLD, None), (marks::HOLD_UNTIL, None)].into());
    }

    #[test]
    fn a_long_group_name_is_no_label() {
        let object = snapshot(&draft(&"x".repeat(64)));
        assert!(!object.metadata.labels.unwrap().contains_key(marks::GROUP));
    }

    #[test]
    fn a_huge_manifest_loses_its_annotations() {
        let manifest = json!({"metadata": {"name": "photos", "annotations": {"big": "x".repeat(20_000)}}});
        assert_eq!(manifest_mark(&manifest), r#"{"metadata":{"name":"photos"}}"#);
    }

    #[test]
    fn what_the_server_adds_or_respells_was_kept_all_the_same() {
        let sent =
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": 1_073_741_824}}});
        let found = json!({"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem", "storageClassName": "fast",
                           "resources": {"requests": {"storage": "1Gi"}}});
        assert!(is_kept(&sent, &found));
        for (field, other) in [
            ("accessModes", json!(["ReadWriteMany"])),
            ("resources", json!({"requests": {"storage": "2Gi"}})),
        ] {
            let mut altered = found.clone();
            altered[field] = other;
            assert!(!is_kept(&sent, &altered), "{field}");
        }
    }
}
