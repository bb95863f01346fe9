//! A restore whose journal is gone, from what it has written on the volumes and on its snapshots (reliability.md, F-R29).
//! Must hold whatever may hold data for used: only a copy that no other claim can have had is deleted.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::begin::{resized, staging_name};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::restore::{
    Course, Journal, Mode, Original, Probe, ProvenVolume, RestorePoint, Step, VERSION,
};
use crate::model::snapshot::Snapshot;
use crate::model::volume::{Backend, Volume, VolumeMark};
use crate::model::workload::{Stage, Stopped};

/// What is left of a restore.
#[derive(Clone, Copy, Debug)]
pub struct Remains<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// The namespace in which it is looked for.
    pub namespace: &'a str,
    /// The volumes of the cluster.
    pub volumes: &'a [Volume],
    /// The snapshots of the namespace.
    pub snapshots: &'a [Snapshot],
    /// The claims of the namespace.
    pub claims: &'a [Claim],
}

impl<'a> Remains<'a> {
    fn marked(&self, is_old: bool) -> Option<(&'a Volume, &'a VolumeMark)> {
        let marked = self.volumes.iter().filter_map(|volume| Some((volume, volume.mark.as_ref()?)));
        let mut ours = marked.filter(|(_, mark)| {
            mark.restore == self.id
                && mark.claim.split_once('/').map(|(namespace, _)| namespace) == Some(self.namespace)
        });
        ours.find(|(_, mark)| mark.restored_from.is_some() == is_old)
    }

    /// The volume that was replaced, or was to be, and the claim that had it.
    pub fn old(&self) -> Option<(&'a Volume, &'a str)> {
        let (volume, mark) = self.marked(true)?;
        Some((volume, mark.claim.split_once('/')?.1))
    }

    /// The snapshot that is restored, if it is still there.
    fn source(&self, mark: &VolumeMark) -> Option<&'a Snapshot> {
        let origin = mark.restored_from.as_ref()?;
        self.snapshots.iter().find(|snapshot| snapshot.name == origin.snapshot && snapshot.uid == origin.uid)
    }

    /// The last copy of what is replaced.
    fn copy(&self) -> Option<&'a Snapshot> {
        let copies = self.snapshots.iter().filter(|snapshot| snapshot.restore.as_deref() == Some(self.id));
        copies.max_by_key(|copy| copy.taken)
    }

    /// The claim, if it has its old volume.
    fn live(&self, old: &Volume, name: &str) -> Option<&'a Claim> {
        let claim = self.claims.iter().find(|claim| claim.name == name);
        claim.filter(|claim| claim.volume.as_ref() == Some(&old.name))
    }

    /// What the claim was like; `None` if nobody recorded it.
    pub fn manifest(&self) -> Option<Value> {
        let (old, mark) = self.marked(true)?;
        let (_, name) = self.old()?;
        let noted = |snapshot: Option<&Snapshot>| snapshot.and_then(Snapshot::claim_manifest).cloned();
        let live = self.live(old, name).map(|claim| claim.manifest.clone());
        live.or_else(|| noted(self.copy())).or_else(|| noted(self.source(mark)))
    }
}

/// A claim that its volume fits, where nothing else is known of it: its snapshots went with it, as in a namespace that was deleted.
fn bare(old: &Volume, name: &str) -> Value {
    let size = old.capacity.as_ref().map(|size| &size.text);
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
        "spec": {
            "accessModes": old.access_modes, "storageClassName": old.storage_class,
            "volumeMode": old.mode.as_str(), "resources": {"requests": {"storage": size}},
        },
    })
}

/// The journal as it must have been; how the restored data was to be checked is written nowhere else.
pub fn rebuild(remains: &Remains<'_>, probe_image: &str, now: DateTime<Utc>) -> Result<Journal> {
    let Remains { id, namespace, volumes, claims, .. } = *remains;
    let lost = |why: &str| {
        let message = format!("there is no restore {id} in namespace {namespace}");
        Error::new(Reason::RestoreNotFound, message).cause(why.to_owned())
    };
    let (old, mark) = remains.marked(true).ok_or_else(|| lost("no volume bears its mark"))?;
    let claim_name = remains.old().map(|(_, claim)| claim.to_owned()).unwrap_or_default();
    let origin = mark.restored_from.clone().ok_or_else(|| lost("its mark does not say what was restored"))?;
    // Without it there is no other copy than the one that was made, and always the way back.
    let source = remains.source(mark);
    let Backend::Csi { driver, handle } = &old.backend else {
        return Err(lost(&format!("volume {} is no CSI volume", old.name)));
    };
    let claim = claims.iter().find(|claim| claim.name == claim_name);
    let copy = remains.copy();
    let live = remains.live(old, &claim_name);
    let manifest = remains.manifest().unwrap_or_else(|| bare(old, &claim_name));
    let recorded = copy.and_then(|copy| copy.source.as_ref()).map(|source| source.claim_uid.clone());
    let found = live.map(|claim| claim.uid.clone()).or(old.claim_uid().map(str::to_owned)).or(recorded);
    let claim_uid = mark.claim_uid.clone().or(found);
    let marked = remains.marked(false).filter(|(volume, _)| !volume.found_by_binder);
    // Once all is done the new volume has no mark any more, but its claim has.
    let bound = claim.filter(|claim| claim.restore.as_deref() == Some(id) && live.is_none());
    let bound =
        bound.and_then(|claim| volumes.iter().find(|volume| Some(&volume.name) == claim.volume.as_ref()));
    let new =
        marked.map(|(volume, mark)| (volume, mark.policy)).or(bound.map(|volume| (volume, volume.policy)));
    let staging = staging_name(&claim_name, id);
    // The claim was never deleted, so that nothing else has had its name; and no claim of another name has had the copy.
    let is_unmoved = live.is_some_and(|claim| mark.claim_uid.as_ref() == Some(&claim.uid));
    let is_ours = |volume: &Volume| {
        volume.claim.as_ref().is_some_and(|claim| {
            claim.namespace == namespace
                && (claim.name == staging || claim.name == claim_name && claim.uid.is_none())
        })
    };
    let is_unused = is_unmoved && new.is_none_or(|(volume, _)| is_ours(volume));
    let is_staged = new.is_some() || live.is_some() || claims.iter().any(|claim| claim.name == staging);
    Ok(Journal {
        version: VERSION,
        id: id.to_owned(),
        namespace: namespace.to_owned(),
        group: source.or(copy).and_then(|snapshot| snapshot.group.clone()).unwrap_or(claim_name.clone()),
        claim: claim_name,
        mode: if is_staged { Mode::Staged } else { Mode::Direct },
        started: now,
        asked_by: None,
        acknowledged: false,
        turned_on: false,
        together: mark.together.clone(),
        source: RestorePoint {
            snapshot: origin.snapshot,
            uid: origin.uid,
            taken: source.map_or(now, |source| source.taken),
            content: source.and_then(|source| source.content.clone()).unwrap_or_default(),
            driver: driver.clone(),
            least_size: source.and_then(Snapshot::restore_size).map(|size| size.text.clone()),
            unknown_source: true,
        },
        target: resized(
            manifest.clone(),
            [old.capacity.clone(), source.and_then(Snapshot::restore_size).cloned()],
            old.storage_class.as_deref(),
        ),
        old: Original {
            claim_uid: claim_uid.unwrap_or_default(),
            manifest,
            volume: old.name.clone(),
            volume_uid: old.uid.clone(),
            handle: handle.clone(),
            policy: mark.policy,
            snapshot_class: copy.or(source).and_then(Snapshot::class).unwrap_or_default().to_owned(),
        },
        staging,
        // There may be a pod, whatever it was for.
        probe: Some(Probe { image: probe_image.to_owned(), place: old.place.clone() }),
        check: None,
        // Nobody knows how far it came.
        workloads: mark
            .workloads
            .iter()
            .map(|noted| Stopped { stage: Stage::Marked, ..noted.clone() })
            .collect(),
        deletes_pods: false,
        accepted: false,
        new: new.map(|(volume, policy)| ProvenVolume {
            volume: volume.name.clone(),
            uid: volume.uid.clone(),
            handle: volume.handle().unwrap_or_default().to_owned(),
            // One that no claim has: it is only used to keep the volume away from all of them.
            claim_uid: volume.claim_uid().unwrap_or(&volume.uid).to_owned(),
            policy,
        }),
        safety: vec![],
        course: Course::Forward,
        step: Step::Planned,
        // Nobody knows whether the claim's deletion was asked for.
        swapped: true,
        removed: vec![],
        used: !is_unused,
        blocked: None,
        in_use: None,
        ended: None,
    })
}
