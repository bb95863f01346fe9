//! What a restore in place begins with: the look at everything it is about becomes what is written down.
//! Must refuse what cannot succeed before anything is changed.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::at_risk::is_going;
use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, ClaimPhase, VolumeMode};
use crate::model::class::{Binding, SnapshotClass, StorageClass};
use crate::model::group::Group;
use crate::model::restore::{Check, Course, Journal, Mode, Original, Probe, RestorePoint, Step, VERSION};
use crate::model::size::Size;
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::{Backend, Volume, VolumePhase};
use crate::model::workload::Stopped;
use crate::plan::class;
use crate::plan::history::History;

/// Longest name of a claim whose staging claim can be named after it.
const LONGEST_CLAIM: usize = 240;

/// What a restore in place is decided on.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// The group.
    pub group: &'a Group,
    /// The chosen snapshot, already judged fit.
    pub snapshot: &'a Snapshot,
    /// Its content.
    pub content: &'a Content,
    /// The group's claim.
    pub claim: &'a Claim,
    /// The claim's volume.
    pub volume: &'a Volume,
    /// The claim's StorageClass, if it still exists.
    pub class: Option<&'a StorageClass>,
    /// The snapshot classes that may be chosen from.
    pub snapshot_classes: &'a [SnapshotClass],
    /// UIDs of those owners of the claim that exist and are no pods: a copied owner that does not exist would take the new
    /// claim with it (reliability.md, section 0, fact 8).
    pub owners: &'a [String],
}

/// What the user wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The restore's identifier.
    pub id: String,
    /// How.
    pub mode: Mode,
    /// What a pod runs that makes the class make a volume, if the class waits for one.
    pub probe_image: String,
    /// How a person wants the restored data to be checked.
    pub check: Option<Check>,
    /// What is to be stopped meanwhile.
    pub workloads: Vec<Stopped>,
    /// Pods that have finished may be deleted.
    pub deletes_pods: bool,
    /// A person vouches for a snapshot of which nobody knows the volume.
    pub unknown_source: bool,
    /// The value of the group's annotation, if that asked for it.
    pub asked_by: Option<String>,
}

/// What is written down when a restore begins, or why it cannot.
pub fn begin(observed: &Observed<'_>, wish: &Wish, now: DateTime<Utc>) -> Result<Journal> {
    let Observed { group, snapshot, content, claim, volume, .. } = observed;
    let Backend::Csi { driver, handle } = &volume.backend else {
        let message = format!("volume {} of PVC {} is no CSI volume", volume.name, claim.name);
        return Err(Error::new(Reason::DriverCannotSnapshot, message));
    };
    fits(observed, driver)?;
    let named = group.snapshot_class.as_deref();
    let snapshot_class = class::choose(observed.snapshot_classes, driver, named)?;
    let manifest = manifest(observed);
    Ok(Journal {
        version: VERSION,
        id: wish.id.clone(),
        namespace: claim.namespace.clone(),
        group: group.name.clone(),
        claim: claim.name.clone(),
        mode: wish.mode,
        started: now,
        asked_by: wish.asked_by.clone(),
        acknowledged: false,
        turned_on: false,
        together: vec![],
        source: RestorePoint {
            snapshot: snapshot.name.clone(),
            uid: snapshot.uid.clone(),
            taken: snapshot.taken,
            content: content.name.clone(),
            driver: content.driver.clone(),
            least_size: snapshot.restore_size().map(|size| size.text.clone()),
            unknown_source: wish.unknown_source,
        },
        target: target(observed, manifest.clone()),
        old: Original {
            claim_uid: claim.uid.clone(),
            manifest,
            volume: volume.name.clone(),
            volume_uid: volume.uid.clone(),
            handle: handle.clone(),
            policy: volume.policy,
            snapshot_class: snapshot_class.name.clone(),
        },
        staging: staging_name(&claim.name, &wish.id),
        check: wish.check.clone(),
        probe: probe_of(observed.class, volume, &wish.probe_image),
        workloads: wish.workloads.clone(),
        deletes_pods: wish.deletes_pods,
        accepted: false,
        new: None,
        safety: vec![],
        course: Course::Forward,
        step: Step::Planned,
        swapped: false,
        removed: vec![],
        used: false,
        blocked: None,
        in_use: None,
        ended: None,
    })
}

/// Name of the claim that the new volume is made with.
pub(super) fn staging_name(claim: &str, id: &str) -> String {
    format!("{}-gr-{id}", &claim[..claim.len().min(LONGEST_CLAIM)])
}

/// A class that waits for a pod gets one, where the old volume can be reached.
fn probe_of(class: Option<&StorageClass>, old: &Volume, image: &str) -> Option<Probe> {
    let class = class.filter(|class| class.binding == Binding::WaitForFirstConsumer);
    class.map(|_| Probe { image: image.to_owned(), place: old.place.clone() })
}

fn fits(observed: &Observed<'_>, driver: &str) -> Result<()> {
    let Observed { snapshot, content, claim, volume, class, .. } = observed;
    let Claim { name, namespace, .. } = claim;
    if claim.terminating {
        return Err(is_going(claim, Some(volume)));
    }
    if claim.phase != ClaimPhase::Bound || volume.claim_uid() != Some(&claim.uid) {
        let message = format!("PVC {name} in namespace {namespace} is not bound to volume {}", volume.name);
        return Err(Error::new(Reason::ClaimPending, message)
            .hint("restore into a new claim beside it with --to-pvc"));
    }
    if volume.terminating {
        let message =
            format!("volume {} of PVC {name} is being deleted: it goes with its claim", volume.name);
        return Err(Error::new(Reason::VolumeGone, message)
            .hint("restore into a new claim beside it with --to-pvc, and save what is on this one"));
    }
    if let Some(mark) = &volume.mark {
        return Err(in_hands(&claim.name, &claim.namespace, &mark.restore));
    }
    let mode = VolumeMode::parse(content.volume_mode.as_deref());
    if content.volume_mode.is_some() && mode != claim.mode {
        let message = format!(
            "volumesnapshot {} is not of mode {} like PVC {name}",
            snapshot.name,
            claim.mode.as_str()
        );
        return Err(Error::new(Reason::SnapshotUntrusted, message));
    }
    let class_name = class_name(claim, volume).unwrap_or("unknown");
    let unfit = |why: String| {
        let Group { name: group, namespace, .. } = observed.group;
        Err(Error::new(Reason::StorageClassUnfit, why).hint(format!(
            "restore into a new PVC beside it: kubectl gemini restore {group} -n {namespace} --snapshot {} --to-pvc NAME --storage-class CLASS",
            snapshot.name
        )))
    };
    match class {
        None => unfit(format!("StorageClass {class_name} of PVC {name} does not exist")),
        Some(class) if class.provisioner != content.driver || driver != content.driver => unfit(format!(
            "StorageClass {class_name} is of {}, volume {} of {driver}, and volumesnapshot {} of {}",
            class.provisioner, volume.name, snapshot.name, content.driver
        )),
        Some(_) => Ok(()),
    }
}

/// A restore in place needs a claim and its volume; what there is to do without. A claim that never had a volume may get one, and data,
/// at any moment: it is not for deletion.
pub fn nothing_to_replace(
    group: &Group,
    claim: Option<&Claim>,
    snapshot: &Snapshot,
    volumes: &[Volume],
) -> Error {
    let Group { name, namespace, .. } = group;
    let pvc = &group.claim.name;
    let again =
        format!("kubectl gemini restore {name} -n {namespace} --snapshot {} --to-pvc {pvc}", snapshot.name);
    match claim {
        None => {
            let error = Error::new(Reason::ClaimMissing, format!("PVC {pvc} does not exist in namespace {namespace}"));
            let was_its = |volume: &&Volume| {
                let kept = volume.claim.as_ref().filter(|_| volume.phase != VolumePhase::Bound);
                kept.is_some_and(|kept| kept.namespace == *namespace && kept.name == *pvc)
            };
            let left = volumes.iter().filter(was_its);
            let error = left.fold(error, |error, volume| {
                error.hint(format!(
                    "look first at volume {0}, which a PVC of this name had: it may hold what was written last: kubectl describe pv {0}",
                    volume.name
                ))
            });
            error.hint(format!("make it anew from the snapshot: {again}"))
        }
        Some(claim) if claim.phase == ClaimPhase::Lost => Error::new(
            Reason::ClaimLost,
            format!("PVC {pvc} in namespace {namespace} has lost its volume"),
        )
        .hint("if the storage still has it: a PersistentVolume of the same name that leads there gives the PVC its data back")
        .hint(format!(
            "else stop what uses the PVC, delete it, and make it anew from the snapshot: kubectl delete pvc {pvc} -n {namespace}; {again}"
        )),
        Some(_) => Error::new(
            Reason::ClaimPending,
            format!("PVC {pvc} in namespace {namespace} has no volume yet"),
        )
        .hint("restore into a new claim beside it with --to-pvc"),
    }
}

/// A warning if the claim had another volume before, and no restore gave it the one that it has: it may have been made anew, empty.
pub fn made_anew(claim: &Claim, snapshot: &Snapshot, history: &History<'_>) -> Option<String> {
    let before = history.of_volume_before(snapshot).filter(|_| claim.restore.is_none())?;
    Some(format!(
        "PVC {} had another volume when snapshot {} was taken: if it was made anew since, what it held is in that one",
        claim.name, before.name
    ))
}

/// Another restore is at work on the claim, or stands still.
pub fn in_hands(name: &str, namespace: &str, id: &str) -> Error {
    let message = format!("PVC {name} in namespace {namespace} is in the hands of restore {id}");
    Error::new(Reason::RestoreOpen, message).hint(format!(
        "go on with it, or give it up: kubectl gemini restore --resume {id} -n {namespace}, or --abort {id}"
    ))
}

/// The StorageClass of a claim, as it says or as its volume does.
pub fn class_name<'a>(claim: &'a Claim, volume: &'a Volume) -> Option<&'a str> {
    let said = claim.storage_class.as_deref().filter(|class| !class.is_empty());
    said.or(volume.storage_class.as_deref())
}

/// The claim as it is, fit to be made again: without owners that do not exist.
fn manifest(observed: &Observed<'_>) -> Value {
    let mut manifest = observed.claim.manifest.clone();
    retain_owners(&mut manifest["metadata"], |uid| observed.owners.iter().any(|known| known == uid));
    manifest
}

/// Leaves out owners that do not exist any more: whatever has only such owners is deleted.
pub fn without_owners(metadata: &mut Value, gone: &[String]) {
    retain_owners(metadata, |uid| !gone.iter().any(|known| known == uid));
}

fn retain_owners(metadata: &mut Value, stays: impl Fn(&str) -> bool) {
    if let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) {
        owners.retain(|owner| owner["uid"].as_str().is_some_and(&stays));
    }
}

/// The claim with the restored data: like the live one, and never smaller than its volume or the snapshot.
fn target(observed: &Observed<'_>, manifest: Value) -> Value {
    let Observed { snapshot, claim, volume, .. } = observed;
    let sizes = [
        claim.requested.clone(),
        claim.capacity.clone(),
        volume.capacity.clone(),
        snapshot.restore_size().cloned(),
    ];
    resized(manifest, sizes, class_name(claim, volume))
}

/// A claim that asks for the largest of these sizes. One without a class would get whatever is the default that day.
pub(super) fn resized(
    mut manifest: Value,
    sizes: impl IntoIterator<Item = Option<Size>>,
    class: Option<&str>,
) -> Value {
    if let Some(size) = sizes.into_iter().flatten().max_by_key(|size| size.bytes) {
        manifest["spec"]["resources"]["requests"]["storage"] = json!(size.text);
    }
    if let Some(class) = class {
        manifest["spec"]["storageClassName"] = json!(class);
    }
    manifest
}
