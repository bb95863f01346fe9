//! Whether a group can be backed up now, and the snapshot that does it.
//! Must refuse whatever the snapshot controller would retry for ever, because such a snapshot pins its claim.

mod missing;

pub use missing::makes_claim;

use chrono::{DateTime, Utc};

use super::class;
use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::class::{SnapshotClass, StorageClass};
use crate::model::draft::{ClaimDraft, Occasion, SnapshotDraft};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::model::volume::{Backend, Source, Volume};

/// Longest name of a group whose snapshots can be named.
const LONGEST_NAME: usize = 242;

/// One look at a group and what stands behind it.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The group.
    pub group: Group,
    /// Its claim, if it exists.
    pub claim: Option<Claim>,
    /// The claim's volume, if it exists.
    pub volume: Option<Volume>,
    /// The snapshot classes that may be chosen from.
    pub classes: Vec<SnapshotClass>,
    /// The snapshots of the group's namespace, if the claim is missing.
    pub snapshots: Vec<Snapshot>,
    /// The StorageClass that the group's claim spec names, if the claim is missing and the class exists.
    pub storage_class: Option<StorageClass>,
}

/// What to do next for a backup.
#[derive(Clone, Debug)]
pub enum Step {
    /// The claim never existed: make it from the group's claim spec, then look again.
    CreateClaim(ClaimDraft),
    /// Take this snapshot.
    TakeSnapshot(Box<SnapshotDraft>),
}

/// Decides the next step, or refuses. `class` overrides the group's snapshot class; `now` is the server's time.
pub fn next(observed: &Observed, class: Option<&str>, now: DateTime<Utc>) -> Result<Step> {
    let group = &observed.group;
    nameable(group)?;
    let Some(claim) = &observed.claim else { return missing::step(observed, class) };
    usable(claim)?;
    let volume = observed.volume.as_ref().ok_or_else(|| lost(claim))?;
    let Backend::Csi { driver, handle } = &volume.backend else { return Err(not_csi(claim, volume)) };
    let class = class::choose(&observed.classes, driver, class.or(group.snapshot_class.as_deref()))?;
    Ok(Step::TakeSnapshot(Box::new(SnapshotDraft {
        namespace: group.namespace.clone(),
        group: group.name.clone(),
        claim: claim.name.clone(),
        timestamp: now.timestamp(),
        occasion: Occasion::Manual { expires: None },
        class: class.name.clone(),
        labels: group.snapshot_labels.clone(),
        annotations: group.snapshot_annotations.clone(),
        source: Source {
            claim_uid: claim.uid.clone(),
            volume: volume.name.clone(),
            handle: handle.clone(),
            driver: driver.clone(),
            class: claim.storage_class.clone(),
            mode: claim.mode.as_str().to_owned(),
            size: volume.capacity.as_ref().map(|size| size.text.clone()),
        },
        claim_manifest: claim.manifest.clone(),
    })))
}

/// A snapshot is called like its group, a hyphen and ten digits; Kubernetes' names end at 253 characters.
fn nameable(group: &Group) -> Result<()> {
    let Group { namespace, name, .. } = group;
    if name.len() <= LONGEST_NAME {
        return Ok(());
    }
    let message = format!(
        "the name of group {name} in namespace {namespace} has {} characters; with more than {LONGEST_NAME} its snapshots have no valid names",
        name.len()
    );
    Err(Error::new(Reason::GroupInvalid, message)
        .hint(format!("make a group of a shorter name for PVC {}", group.claim.name)))
}

fn usable(claim: &Claim) -> Result<()> {
    let Claim { name, namespace, .. } = claim;
    if claim.terminating {
        let message = format!("PVC {name} in namespace {namespace} is being deleted");
        return Err(Error::new(Reason::ClaimTerminating, message)
            .hint(format!("see what holds it: kubectl describe pvc {name} -n {namespace}")));
    }
    if !claim.access_modes.is_empty() && claim.access_modes.iter().all(|mode| mode == "ReadOnlyMany") {
        let message = format!(
            "PVC {name} in namespace {namespace} is ReadOnlyMany only: nothing is written through it"
        );
        return Err(Error::new(Reason::ClaimReadOnly, message));
    }
    match claim.phase {
        ClaimPhase::Bound => Ok(()),
        ClaimPhase::Pending => Err(Error::new(
            Reason::ClaimPending,
            format!("PVC {name} in namespace {namespace} is not bound to a volume yet"),
        )
        .hint(format!("see what it waits for: kubectl describe pvc {name} -n {namespace}"))),
        ClaimPhase::Lost => Err(lost(claim)),
    }
}

fn lost(claim: &Claim) -> Error {
    let Claim { name, namespace, .. } = claim;
    let volume = claim.volume.as_deref().unwrap_or("unknown");
    Error::new(Reason::ClaimLost, format!("PVC {name} in namespace {namespace} has lost its volume {volume}"))
}

fn not_csi(claim: &Claim, volume: &Volume) -> Error {
    let Backend::Other(kind) = &volume.backend else {
        return Error::new(
            Reason::DriverCannotSnapshot,
            format!("volume {} cannot be snapshotted", volume.name),
        );
    };
    Error::new(
        Reason::DriverCannotSnapshot,
        format!("volume {} of PVC {} is {kind}, not CSI; it cannot be snapshotted", volume.name, claim.name),
    )
}

#[cfg(test)]
mod tests;
