//! Volumes that the binder would give to a claim, whatever that one is to be filled from (reliability.md, section 0, fact 1).
//! Must hold a volume for spare rather than not: what lies on it is somebody's.

use serde_json::Value;

use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, VolumeMode};
use crate::model::draft::ClaimDraft;
use crate::model::restore::{Journal, Mode};
use crate::model::size::Size;
use crate::model::volume::{Reservation, Volume, VolumePhase};

/// The volume that the claim made in direct mode would get instead of one from the snapshot is a refusal (F-R3).
pub fn none_is_spare(journal: &Journal, volumes: &[Volume]) -> Result<()> {
    if journal.mode == Mode::Staged {
        return Ok(());
    }
    let Journal { namespace, claim, target, .. } = journal;
    match free_for(namespace, claim, &target["spec"], volumes) {
        None => Ok(()),
        Some(volume) => Err(would_get(volume, namespace, claim)
            .hint("leave out --mode: in mode staged the new volume is proven before the claim is touched")
            .hint(format!(
                "or see whose it is, and reserve or remove it: kubectl describe pv {}",
                volume.name
            ))),
    }
}

/// A new claim beside the live one gets a volume from the snapshot, and nothing that lies about: it would not be proven, and whoever
/// then deletes the claim may delete what was on it.
///
/// Fails with `WouldGetAnother`.
pub fn none_is_free(draft: &ClaimDraft, volumes: &[Volume]) -> Result<()> {
    let ClaimDraft { namespace, name, spec, .. } = draft;
    let Some(volume) = free_for(namespace, name, spec, volumes) else { return Ok(()) };
    let look = format!("kubectl describe pv {}", volume.name);
    Err(match &volume.claim {
        Some(_) => {
            let message = format!(
                "volume {} is kept for a PVC {name} in namespace {namespace}, which would get it instead of a new one",
                volume.name
            );
            Error::new(Reason::WouldGetAnother, message)
                .hint(format!(
                    "it may hold newer data than the snapshot; to have it, make the PVC without a data source: {look}"
                ))
                .hint("to have the snapshot's data, give the new PVC another name: --to-pvc")
        }
        None => would_get(volume, namespace, name)
            .hint(format!("see whose it is, and reserve or remove it: {look}"))
            .hint("or restore into another StorageClass: --storage-class"),
    })
}

fn free_for<'a>(namespace: &str, name: &str, spec: &Value, volumes: &'a [Volume]) -> Option<&'a Volume> {
    let words = spec["accessModes"].as_array().into_iter().flatten();
    let access_modes: Vec<_> = words.filter_map(|word| word.as_str()).map(str::to_owned).collect();
    let wanted = Wanted {
        namespace,
        name,
        uid: None,
        class: spec["storageClassName"].as_str(),
        mode: VolumeMode::parse(spec["volumeMode"].as_str()),
        access_modes: &access_modes,
        size: spec["resources"]["requests"]["storage"].as_str().and_then(|text| Size::parse(text).ok()),
    };
    volumes.iter().find(|volume| wanted.would_get(volume))
}

fn would_get(volume: &Volume, namespace: &str, claim: &str) -> Error {
    let message = format!(
        "volume {} is free and fits PVC {claim} in namespace {namespace}, which would get it instead of a new one",
        volume.name
    );
    Error::new(Reason::WouldGetAnother, message)
}

/// Names of the volumes that a claim of somebody else's may be about to get.
pub fn spare_for(claim: &Claim, volumes: &[Volume]) -> Vec<String> {
    let wanted = Wanted::of(claim);
    volumes.iter().filter(|volume| wanted.would_get(volume)).map(|volume| volume.name.clone()).collect()
}

/// A volume that is kept for a claim's name is given to it, whatever class it asks for: the binder looks at that only of volumes that
/// are anybody's.
pub(super) fn is_given(claim: &Claim, volume: &Volume) -> bool {
    Wanted::of(claim).can_use(volume)
}

struct Wanted<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: Option<&'a str>,
    class: Option<&'a str>,
    mode: VolumeMode,
    access_modes: &'a [String],
    size: Option<Size>,
}

impl<'a> Wanted<'a> {
    fn of(claim: &'a Claim) -> Self {
        Self {
            namespace: &claim.namespace,
            name: &claim.name,
            uid: Some(&claim.uid),
            class: claim.storage_class.as_deref(),
            mode: claim.mode,
            access_modes: &claim.access_modes,
            size: claim.requested.clone(),
        }
    }

    /// It is nobody's and fits, is kept for the name, or is being given to this very claim.
    fn would_get(&self, volume: &Volume) -> bool {
        match &volume.claim {
            None => volume.phase == VolumePhase::Available && !volume.terminating && self.fits(volume),
            Some(kept) => self.is_kept(kept),
        }
    }

    fn is_kept(&self, kept: &Reservation) -> bool {
        let is_its = kept.uid.is_none() || kept.uid.as_deref() == self.uid;
        is_its && kept.namespace == self.namespace && kept.name == self.name
    }

    fn fits(&self, volume: &Volume) -> bool {
        let class = |class: Option<&str>| class.unwrap_or_default().to_owned();
        class(self.class) == class(volume.storage_class.as_deref()) && self.can_use(volume)
    }

    fn can_use(&self, volume: &Volume) -> bool {
        let bytes = |size: &Option<Size>| size.as_ref().map(|size| size.bytes);
        self.mode == volume.mode
            && self.access_modes.iter().all(|mode| volume.access_modes.contains(mode))
            && bytes(&self.size) <= bytes(&volume.capacity)
    }
}
