//! The changes that a restore makes to volumes, and the claims and snapshots that it makes.
//! Must never leave a volume without a claim that it is kept for: it would go to whatever claim fits (reliability.md, 3.5).

use serde_json::{Map, Value, json};

use crate::model::claim::{RestoredFrom, VolumeMode};
use crate::model::draft::{ClaimDraft, Occasion, ProbeDraft, SnapshotDraft, VolumeChange};
use crate::model::group::Group;
use crate::model::restore::{Journal, SafetyCopy};
use crate::model::volume::{ReclaimPolicy, Reservation, Source, Volume, VolumeMark};
use crate::model::workload::Stopped;

fn change(volume: &Volume) -> VolumeChange {
    VolumeChange {
        volume: volume.name.clone(),
        uid: volume.uid.clone(),
        resource_version: volume.resource_version.clone(),
        policy: None,
        claim: None,
        mark: None,
    }
}

/// The mark of a restore on a volume whose policy was `policy`.
fn mark(journal: &Journal, policy: ReclaimPolicy, is_old: bool) -> VolumeMark {
    VolumeMark {
        restore: journal.id.clone(),
        claim: format!("{}/{}", journal.namespace, journal.claim),
        claim_uid: is_old.then(|| journal.old.claim_uid.clone()),
        policy,
        restored_from: is_old.then(|| origin(journal)),
        workloads: if is_old { journal.workloads.clone() } else { vec![] },
        together: if is_old { journal.together.clone() } else { vec![] },
    }
}

pub(super) fn origin(journal: &Journal) -> RestoredFrom {
    RestoredFrom { snapshot: journal.source.snapshot.clone(), uid: journal.source.uid.clone() }
}

/// Set to Retain, and marked by this restore.
pub(super) fn is_pinned(journal: &Journal, volume: &Volume) -> bool {
    volume.policy == ReclaimPolicy::Retain && is_marked(journal, volume)
}

/// What is stopped, and how it was, is written on the volume that is replaced as it is in the journal.
pub(super) fn is_noted(journal: &Journal, old: &Volume) -> bool {
    let told = |workloads: &[Stopped]| {
        workloads.iter().map(|noted| (noted.who.clone(), noted.was)).collect::<Vec<_>>()
    };
    old.mark.as_ref().is_some_and(|mark| told(&mark.workloads) == told(&journal.workloads))
}

/// Marked by this restore.
pub(super) fn is_marked(journal: &Journal, volume: &Volume) -> bool {
    volume.mark.as_ref().is_some_and(|mark| mark.restore == journal.id)
}

/// Keeps a volume, whatever becomes of its claim.
pub(super) fn pin(
    journal: &Journal,
    volume: &Volume,
    policy: ReclaimPolicy,
    is_old: bool,
) -> Box<VolumeChange> {
    Box::new(VolumeChange {
        policy: Some(ReclaimPolicy::Retain),
        mark: Some(Some(mark(journal, policy, is_old))),
        ..change(volume)
    })
}

/// Puts a volume's policy back. Only while a claim has it: a Released volume with policy Delete is deleted at once.
pub(super) fn unpin(volume: &Volume, policy: ReclaimPolicy) -> Box<VolumeChange> {
    Box::new(VolumeChange { policy: Some(policy), mark: Some(None), ..change(volume) })
}

/// Keeps a volume for a claim; without a UID for whatever claim of that name comes.
pub(super) fn keep_for(
    journal: &Journal,
    volume: &Volume,
    name: &str,
    uid: Option<&str>,
) -> Box<VolumeChange> {
    let (namespace, name, uid) = (journal.namespace.clone(), name.to_owned(), uid.map(str::to_owned));
    Box::new(VolumeChange { claim: Some(Reservation { namespace, name, uid }), ..change(volume) })
}

/// Kept for whatever claim of the real name comes.
pub(super) fn is_kept(journal: &Journal, volume: &Volume) -> bool {
    volume.claim.as_ref().is_some_and(|claim| {
        claim.uid.is_none() && claim.namespace == journal.namespace && claim.name == journal.claim
    })
}

/// The claim that the new volume is made with.
pub(super) fn staging(journal: &Journal) -> ClaimDraft {
    // Labels and owners would make it part of the application that tracks the original.
    ClaimDraft { name: journal.staging.clone(), metadata: Value::Null, ..filled(journal) }
}

/// The pod that uses that claim: so that its class makes the volume, or to check what is on it, or for both. `None` if neither is
/// wanted.
pub(super) fn probe(journal: &Journal, mode: VolumeMode) -> Option<ProbeDraft> {
    let (probe, check) = (journal.probe.as_ref(), journal.check.as_ref());
    let image = check.map(|check| &check.image).or(probe.map(|probe| &probe.image))?;
    Some(ProbeDraft {
        namespace: journal.namespace.clone(),
        name: journal.staging.clone(),
        image: image.clone(),
        check: check.map(|check| check.command.clone()),
        place: probe.and_then(|probe| probe.place.clone()),
        is_block: mode == VolumeMode::Block,
        restore: journal.id.clone(),
    })
}

/// The claim of the real name, with the restored data.
pub(super) fn target(journal: &Journal) -> ClaimDraft {
    match &journal.new {
        Some(new) => bound(journal, &journal.target, &new.volume),
        None => filled(journal),
    }
}

/// The claim as it was, with its old volume.
pub(super) fn original(journal: &Journal) -> ClaimDraft {
    let draft = bound(journal, &journal.old.manifest, &journal.old.volume);
    ClaimDraft { restored_from: None, restore: None, ..draft }
}

fn bound(journal: &Journal, manifest: &Value, volume: &str) -> ClaimDraft {
    let mut spec = object(&manifest["spec"]);
    spec.insert("volumeName".to_owned(), json!(volume));
    draft(journal, manifest, spec)
}

fn filled(journal: &Journal) -> ClaimDraft {
    let mut spec = object(&journal.target["spec"]);
    let source = json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": journal.source.snapshot});
    spec.insert("dataSource".to_owned(), source.clone());
    spec.insert("dataSourceRef".to_owned(), source);
    draft(journal, &journal.target, spec)
}

fn draft(journal: &Journal, manifest: &Value, spec: Map<String, Value>) -> ClaimDraft {
    ClaimDraft {
        namespace: journal.namespace.clone(),
        name: journal.claim.clone(),
        metadata: manifest["metadata"].clone(),
        spec: Value::Object(spec),
        restored_from: Some(origin(journal)),
        restore: Some(journal.id.clone()),
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The snapshot of the state that is replaced: of the old volume on the way forward, of the new one on the way back.
pub(super) fn safety(
    journal: &Journal,
    group: Option<&Group>,
    copy: &SafetyCopy,
    claim_uid: &str,
    volume: &Volume,
    now: i64,
) -> SnapshotDraft {
    SnapshotDraft {
        namespace: journal.namespace.clone(),
        group: journal.group.clone(),
        claim: journal.claim.clone(),
        timestamp: now,
        occasion: Occasion::Safety { name: copy.snapshot.clone(), restore: journal.id.clone() },
        class: journal.old.snapshot_class.clone(),
        labels: group.map(|group| group.snapshot_labels.clone()).unwrap_or_default(),
        annotations: group.map(|group| group.snapshot_annotations.clone()).unwrap_or_default(),
        source: Source {
            claim_uid: claim_uid.to_owned(),
            volume: volume.name.clone(),
            handle: copy.handle.clone(),
            driver: journal.source.driver.clone(),
            class: volume.storage_class.clone(),
            mode: volume.mode.as_str().to_owned(),
            size: volume.capacity.as_ref().map(|size| size.text.clone()),
        },
        claim_manifest: journal.old.manifest.clone(),
    }
}

/// A safety snapshot as it will be sent, for a dry run.
pub(super) fn rehearsed_safety(journal: &Journal) -> SnapshotDraft {
    let Journal { old, id, .. } = journal;
    // The real one is called by its time, which a backup of this very second may have taken.
    let name = format!("{}-{id}", journal.group);
    SnapshotDraft {
        namespace: journal.namespace.clone(),
        group: journal.group.clone(),
        claim: journal.claim.clone(),
        timestamp: journal.started.timestamp(),
        occasion: Occasion::Safety { name, restore: id.clone() },
        class: old.snapshot_class.clone(),
        labels: [].into(),
        annotations: [].into(),
        source: Source {
            claim_uid: old.claim_uid.clone(),
            volume: old.volume.clone(),
            handle: old.handle.clone(),
            driver: journal.source.driver.clone(),
            class: None,
            mode: String::new(),
            size: None,
        },
        claim_manifest: old.manifest.clone(),
    }
}
