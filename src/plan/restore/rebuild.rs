//! A restore whose journal is gone, from what it has written on the volumes and on its snapshots (reliability.md, F-R29).
//! Must hold whatever may hold data for used: what is rebuilt deletes no volume.

use chrono::{DateTime, Utc};
use serde_json::Value;

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
}

/// The journal as it must have been; how the restored data was to be checked is written nowhere else.
pub fn rebuild(remains: &Remains<'_>, probe_image: &str, now: DateTime<Utc>) -> Result<Journal> {
    let Remains { id, namespace, volumes, snapshots, claims } = *remains;
    let lost = |why: &str| {
        let message = format!("there is no restore {id} in namespace {namespace}");
        Error::new(Reason::RestoreNotFound, message).cause(why.to_owned())
    };
    let (old, mark) = remains.marked(true).ok_or_else(|| lost("no volume bears its mark"))?;
    let claim_name = remains.old().map(|(_, claim)| claim.to_owned()).unwrap_or_default();
    let origin = mark
        .restored_from
        .clone()
        .unwrap_or(crate::model::claim::RestoredFrom { snapshot: String::new(), uid: String::new() });
    let source =
        snapshots.iter().find(|snapshot| snapshot.name == origin.snapshot && snapshot.uid == origin.uid);
    let source = source.ok_or_else(|| lost(&format!("volumesnapshot {} is gone, too", origin.snapshot)))?;
    let Backend::Csi { driver, handle } = &old.backend else {
        return Err(lost(&format!("volume {} is no CSI volume", old.name)));
    };
    let claim = claims.iter().find(|claim| claim.name == claim_name);
    let copy = snapshots
        .iter()
        .filter(|snapshot| snapshot.restore.as_deref() == Some(id))
        .max_by_key(|copy| copy.taken);
    let live = claim.filter(|claim| claim.volume.as_ref() == Some(&old.name));
    let noted = |snapshot: Option<&Snapshot>| snapshot.and_then(Snapshot::claim_manifest).cloned();
    let manifest: Value = live
        .map(|claim| claim.manifest.clone())
        .or_else(|| noted(copy))
        .or_else(|| noted(Some(source)))
        .ok_or_else(|| lost(&format!("nobody recorded what PVC {claim_name} was like")))?;
    let recorded = copy.and_then(|copy| copy.source.as_ref()).map(|source| source.claim_uid.clone());
    let claim_uid = live.map(|claim| claim.uid.clone()).or(old.claim_uid().map(str::to_owned)).or(recorded);
    let marked = remains.marked(false).filter(|(volume, _)| !volume.found_by_binder);
    // Once all is done the new volume has no mark any more, but its claim has.
    let bound = claim.filter(|claim| claim.restore.as_deref() == Some(id) && live.is_none());
    let bound =
        bound.and_then(|claim| volumes.iter().find(|volume| Some(&volume.name) == claim.volume.as_ref()));
    let new =
        marked.map(|(volume, mark)| (volume, mark.policy)).or(bound.map(|volume| (volume, volume.policy)));
    let staging = staging_name(&claim_name, id);
    let is_staged = new.is_some() || live.is_some() || claims.iter().any(|claim| claim.name == staging);
    Ok(Journal {
        version: VERSION,
        id: id.to_owned(),
        namespace: namespace.to_owned(),
        group: source.group.clone().unwrap_or_default(),
        claim: claim_name,
        mode: if is_staged { Mode::Staged } else { Mode::Direct },
        started: now,
        asked_by: None,
        together: mark.together.clone(),
        source: RestorePoint {
            snapshot: source.name.clone(),
            uid: source.uid.clone(),
            taken: source.taken,
            content: source.content.clone().unwrap_or_default(),
            driver: driver.clone(),
            least_size: source.restore_size().map(|size| size.text.clone()),
            unknown_source: true,
        },
        target: resized(
            manifest.clone(),
            [old.capacity.clone(), source.restore_size().cloned()],
            old.storage_class.as_deref(),
        ),
        old: Original {
            claim_uid: claim_uid.unwrap_or_default(),
            manifest,
            volume: old.name.clone(),
            volume_uid: old.uid.clone(),
            handle: handle.clone(),
            policy: mark.policy,
            snapshot_class: copy.unwrap_or(source).class().unwrap_or_default().to_owned(),
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
        used: true,
        blocked: None,
        ended: None,
    })
}
