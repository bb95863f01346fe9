//! Volumes that the binder would give to a claim, whatever that one is to be filled from (reliability.md, section 0, fact 1).
//! Must hold a volume for spare rather than not: what lies on it is somebody's.

use crate::model::claim::{Claim, VolumeMode};
use crate::model::size::Size;
use crate::model::volume::{Reservation, Volume, VolumePhase};

/// Names of the volumes that a claim of somebody else's may be about to get.
pub fn spare_for(claim: &Claim, volumes: &[Volume]) -> Vec<String> {
    let wanted = Wanted::of(claim);
    volumes.iter().filter(|volume| wanted.would_get(volume)).map(|volume| volume.name.clone()).collect()
}

/// A volume that is kept for a claim's name is given to it.
pub(super) fn fits(claim: &Claim, volume: &Volume) -> bool {
    Wanted::of(claim).fits(volume)
}

struct Wanted<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: Option<&'a str>,
    class: Option<&'a str>,
    mode: VolumeMode,
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
        let bytes = |size: &Option<Size>| size.as_ref().map(|size| size.bytes);
        class(self.class) == class(volume.storage_class.as_deref())
            && self.mode == volume.mode
            && bytes(&self.size) <= bytes(&volume.capacity)
    }
}
