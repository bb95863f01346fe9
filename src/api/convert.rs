//! Groups, snapshots and their classes: from the wire to the model, one object at a time.
//! An object that makes no sense is an error of that object only; nothing here judges good objects.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::core::DynamicObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::gemini::{SnapshotGroupSpec, SnapshotGroupStatus};
use super::snapshot::{
    DEFAULT_CLASS, VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent, VolumeSnapshotError,
};
use super::time::time;
use super::{intervals, marks, snapshot::BEING_DELETED, status};
use crate::model::class::SnapshotClass;
use crate::model::group::{ClaimRef, Group, Request, Rule};
use crate::model::size::Size;
use crate::model::snapshot::{Content, Details, Hold, Purpose, Readiness, Snapshot};

/// Why an object on the wire could not be understood; a fragment for the user.
#[derive(Debug, thiserror::Error)]
#[error("{field} cannot be read: {why}")]
pub struct ConvertError {
    field: &'static str,
    why: String,
}

/// A SnapshotGroup of either version.
pub fn group(object: &DynamicObject) -> Result<Group, ConvertError> {
    let spec: SnapshotGroupSpec = part(object, "spec")?;
    let status: SnapshotGroupStatus = part(object, "status")?;
    let name = object.metadata.name.clone().unwrap_or_default();
    let claim = spec.persistent_volume_claim.unwrap_or_default();
    let template = spec.template.unwrap_or_default();
    let metadata = template.metadata.unwrap_or_default();
    Ok(Group {
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        uid: object.metadata.uid.clone().unwrap_or_default(),
        created: created(&object.metadata),
        labels: object.metadata.labels.clone().unwrap_or_default(),
        claim: ClaimRef::new(&name, claim.claim_name.as_deref(), claim.spec.as_ref()),
        name,
        schedule: spec
            .schedule
            .unwrap_or_default()
            .into_iter()
            .map(|rule| Rule { every: rule.every.unwrap_or_default(), keep: rule.keep })
            .collect(),
        snapshot_class: template
            .spec
            .and_then(|spec| spec.volume_snapshot_class_name)
            .filter(|class| !class.is_empty()),
        snapshot_labels: metadata.labels.unwrap_or_default(),
        snapshot_annotations: metadata.annotations.unwrap_or_default(),
        max_age: spec.max_age,
        suspended: spec.suspend.unwrap_or_default(),
        known_claim_uid: status.claim.as_ref().map(|claim| claim.uid.clone()).filter(|uid| !uid.is_empty()),
        generation: object.metadata.generation,
        status: object.data.get("status").map(|_| status::read(status)),
        request: request(object),
    })
}

fn part<T: DeserializeOwned + Default>(
    object: &DynamicObject,
    field: &'static str,
) -> Result<T, ConvertError> {
    match object.data.get(field) {
        None => Ok(T::default()),
        Some(value) => T::deserialize(value).map_err(|error| ConvertError { field, why: error.to_string() }),
    }
}

fn request(object: &DynamicObject) -> Request {
    let mark = |key: &str| object.metadata.annotations.as_ref().and_then(|all| all.get(key).cloned());
    Request {
        wanted: mark(marks::RESTORE),
        armed: mark(marks::RESTORE_ARMED).is_some(),
        handled: mark(marks::RESTORE_HANDLED),
    }
}

/// A VolumeSnapshot. Marks that cannot be read count as absent: anybody may write annotations.
pub fn snapshot(mut object: VolumeSnapshot) -> Snapshot {
    let marks = object.metadata.annotations.take().unwrap_or_default();
    let size = object.status.as_ref().and_then(|status| status.restore_size.as_ref());
    let details = Details {
        labels: object.metadata.labels.take().unwrap_or_default(),
        // Drivers that do not know the size say 0.
        restore_size: size.and_then(|size| Size::parse(&size.0).ok()).filter(|size| size.bytes > 0),
        class: object.spec.volume_snapshot_class_name.take(),
        claim_manifest: json(&marks, marks::CLAIM_MANIFEST),
        annotations: BTreeMap::new(),
    };
    let snapshot = bare(object, &marks);
    let source = json(&marks, marks::SOURCE);
    Snapshot { source, details: Some(Box::new(Details { annotations: marks, ..details })), ..snapshot }
}

/// As [`snapshot`], without what only a closer look needs: of 40,000 snapshots that would be most of the memory. Of what was
/// proven nobody asks any more what it was taken of, but for which volume was another one.
pub fn slim_snapshot(mut object: VolumeSnapshot) -> Snapshot {
    let marks = object.metadata.annotations.take().unwrap_or_default();
    let snapshot = bare(object, &marks);
    let source = if snapshot.verified { None } else { json(&marks, marks::SOURCE) };
    Snapshot { source, ..snapshot }
}

/// Of what a snapshot was taken of, all that tells one volume from another.
#[derive(Deserialize, Hash)]
struct OfVolume {
    driver: String,
    handle: String,
}

fn volume(annotations: &BTreeMap<String, String>) -> Option<u64> {
    let of: OfVolume = json(annotations, marks::SOURCE)?;
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    Some(hasher.finish())
}

/// What both have.
fn bare(object: VolumeSnapshot, annotations: &BTreeMap<String, String>) -> Snapshot {
    let VolumeSnapshot { metadata, spec, status } = object;
    let moment = |key: &str| mark(annotations, key).and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let ours = matches!(mark(annotations, marks::MANAGED_BY), Some(marks::GEMINI | marks::KUBECTL_GEMINI));
    let group = mark(annotations, marks::GROUP).filter(|_| ours);
    let created = created(&metadata).unwrap_or_default();
    let name = metadata.name.unwrap_or_default();
    let noticed = status.is_some() || metadata.finalizers.is_some();
    let status = status.unwrap_or_default();
    let content = status.bound_volume_snapshot_content_name;
    Snapshot {
        namespace: metadata.namespace.unwrap_or_default(),
        uid: metadata.uid.unwrap_or_default(),
        resource_version: metadata.resource_version,
        group: group.map(str::to_owned),
        claim: spec.source.persistent_volume_claim_name,
        created,
        taken: mark(annotations, marks::TIMESTAMP)
            .and_then(|seconds| DateTime::from_timestamp(seconds.trim().parse().ok()?, 0))
            .or_else(|| time_in_name(&name))
            .unwrap_or(created),
        name,
        cut: status.creation_time.as_ref().and_then(time),
        purpose: purpose(annotations),
        hold: hold(annotations),
        expires: moment(marks::EXPIRES),
        readiness: readiness(status.ready_to_use, status.error),
        in_group_snapshot: status.volume_group_snapshot_name.is_some(),
        terminating: metadata.deletion_timestamp.is_some(),
        deleted: metadata.deletion_timestamp.as_ref().and_then(time),
        noticed,
        verified: mark(annotations, marks::VERIFIED).is_some_and(|seen| content.as_deref() == Some(seen)),
        content,
        source: None,
        volume: volume(annotations),
        // An empty mark is a mark, too.
        tainted: annotations.get(marks::TAINTED).cloned(),
        restore: annotations.get(marks::RESTORE_ID).cloned(),
        details: None,
    }
}

/// A mark; an empty one says nothing.
fn mark<'a>(annotations: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    annotations.get(key).map(String::as_str).filter(|value| !value.is_empty())
}

fn json<T: DeserializeOwned>(annotations: &BTreeMap<String, String>, key: &str) -> Option<T> {
    serde_json::from_str(mark(annotations, key)?).ok()
}

fn readiness(is_ready: Option<bool>, error: Option<VolumeSnapshotError>) -> Readiness {
    match (is_ready, error) {
        (Some(true), _) => Readiness::Ready,
        (_, Some(error)) => Readiness::Failing(error.message.unwrap_or_else(|| "no reason given".to_owned())),
        (_, None) => Readiness::Creating,
    }
}

/// The seconds at the end of `GROUP-SECONDS` or `GROUP-SECONDS-r1`. Fewer than ten digits are no time of a snapshot: they
/// would lie before 2001.
fn time_in_name(name: &str) -> Option<DateTime<Utc>> {
    let (start, last) = name.rsplit_once('-')?;
    let is_retry = last.strip_prefix('r').is_some_and(|number| number.parse::<u32>().is_ok());
    let digits = if is_retry { start.rsplit_once('-')?.1 } else { last };
    (digits.len() == 10).then(|| DateTime::from_timestamp(digits.parse().ok()?, 0))?
}

/// A hold is there as soon as either of its marks is: who took the trouble to write one meant it.
fn hold(annotations: &BTreeMap<String, String>) -> Option<Hold> {
    let (reason, until) = (annotations.get(marks::HOLD), annotations.get(marks::HOLD_UNTIL));
    if reason.is_none() && until.is_none() {
        return None;
    }
    Some(Hold {
        reason: reason.cloned().unwrap_or_default(),
        until: until.and_then(|text| text.parse().ok()),
    })
}

fn purpose(annotations: &BTreeMap<String, String>) -> Purpose {
    let word = annotations.get(marks::PURPOSE).map(String::as_str);
    let intervals = intervals::read(annotations);
    match word {
        Some(marks::SAFETY) => Purpose::Safety,
        _ if annotations.contains_key(marks::RESTORE) => Purpose::Safety,
        _ if !intervals.is_empty() => Purpose::Scheduled(intervals),
        Some(marks::MANUAL) => Purpose::Manual,
        word => Purpose::Other(word.map(str::to_owned)),
    }
}

/// A VolumeSnapshotContent.
pub fn content(object: &VolumeSnapshotContent) -> Content {
    let reference = &object.spec.volume_snapshot_ref;
    let being_deleted = object.metadata.annotations.as_ref().is_some_and(|a| a.contains_key(BEING_DELETED));
    Content {
        name: object.metadata.name.clone().unwrap_or_default(),
        driver: object.spec.driver.clone(),
        volume_handle: object.spec.source.volume_handle.clone(),
        snapshot_handle: object.status.as_ref().and_then(|status| status.snapshot_handle.clone()),
        volume_mode: object.spec.source_volume_mode.clone(),
        refers_to: (reference.namespace.clone(), reference.name.clone(), reference.uid.clone()),
        retained: object.spec.deletion_policy == "Retain",
        terminating: object.metadata.deletion_timestamp.is_some() || being_deleted,
    }
}

/// A VolumeSnapshotClass.
pub fn snapshot_class(object: &VolumeSnapshotClass) -> SnapshotClass {
    let default = object.metadata.annotations.as_ref().and_then(|a| a.get(DEFAULT_CLASS));
    SnapshotClass {
        name: object.metadata.name.clone().unwrap_or_default(),
        driver: object.spec.driver.clone(),
        default: default.is_some_and(|value| value == "true"),
    }
}

/// When an object was created, by the server's clock.
pub(super) fn created(metadata: &ObjectMeta) -> Option<DateTime<Utc>> {
    metadata.creation_timestamp.as_ref().and_then(time)
}

#[cfg(test)]
mod tests;
