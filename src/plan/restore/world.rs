//! What is seen of a restore: the objects it is about, as they are now.
//! Must only classify; what follows from it is decided elsewhere.

use chrono::{DateTime, Utc};

use crate::model::claim::{Claim, ClaimPhase};
use crate::model::group::Group;
use crate::model::pod::Pod;
use crate::model::restore::{Course, Journal, Mode};
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::Volume;
use crate::model::workload::Workload;

/// The objects of a restore, at one moment.
#[derive(Clone, Debug)]
pub struct World {
    /// The server's time.
    pub now: DateTime<Utc>,
    /// The group, if it still exists and makes sense.
    pub group: Option<Group>,
    /// The claim of the real name.
    pub claim: Option<Claim>,
    /// The volume that is replaced.
    pub old: Option<Volume>,
    /// The claim that the new volume is made with.
    pub staging: Option<Claim>,
    /// The pod for which that claim gets its volume, if its class waits for one.
    pub probe: Option<Pod>,
    /// The volume that holds the restored data, or will.
    pub new: Option<Volume>,
    /// The snapshot that is restored, and its content.
    pub source: Option<(Snapshot, Option<Content>)>,
    /// The last snapshot of the state that is replaced, and its content.
    pub safety: Option<(Snapshot, Option<Content>)>,
    /// Who uses the claim of the real name; `None` if that was not looked at.
    pub traffic: Option<Traffic>,
    /// Volumes that a claim of somebody else's may be about to get; `None` if that was not looked at, or may not be.
    pub spare: Option<Vec<String>>,
    /// What was stopped, or is to be, as far as it exists; `None` if that was not looked at.
    pub workloads: Option<Vec<Workload>>,
}

/// Who uses a claim, and what else would keep it from being deleted.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// The pods that name it.
    pub pods: Vec<Pod>,
    /// Nodes that its volume is attached to; `None` if that may not be read.
    pub attached: Option<Vec<String>>,
    /// Snapshots of it that are not ready: they pin the claim (reliability.md, section 0, fact 3).
    pub unready: Vec<Snapshot>,
    /// Claims that are being copied from it.
    pub copies: Vec<String>,
}

/// What the claim of the real name is.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// There is none.
    Nobody,
    /// The one that is to be replaced.
    Old(&'a Claim),
    /// The one that is to be replaced, on its way out.
    Going(&'a Claim),
    /// The restore's own, with the restored data or waiting for it.
    New(&'a Claim),
    /// One with the old volume, made when the restore went back.
    Back(&'a Claim),
    /// Somebody else's.
    Foreign(&'a Claim),
}

impl World {
    /// Tells the claim of the real name from all others that may have it.
    pub fn whose(&self, journal: &Journal) -> Whose<'_> {
        let Some(claim) = &self.claim else { return Whose::Nobody };
        let volume = claim.volume.as_ref();
        let new = journal.new.as_ref().map(|new| &new.volume);
        let is_marked = journal.is_ours(claim.restore.as_ref());
        // A mark may have been copied along with everything else; then the claim has another volume.
        let is_new = volume.is_some() && volume == new || is_marked && (volume.is_none() || new.is_none());
        match claim {
            _ if claim.uid == journal.old.claim_uid && claim.terminating => Whose::Going(claim),
            _ if claim.uid == journal.old.claim_uid => Whose::Old(claim),
            _ if volume == Some(&journal.old.volume) => Whose::Back(claim),
            _ if is_new => Whose::New(claim),
            _ => Whose::Foreign(claim),
        }
    }

    /// The claim that may be deleted, or is on its way out, if it matters who uses it.
    pub fn claim_to_go(&self, journal: &Journal) -> Option<&Claim> {
        match (journal.course, self.whose(journal)) {
            (Course::Forward, Whose::Old(claim)) | (_, Whose::Going(claim)) => Some(claim),
            (Course::Back, Whose::New(claim)) if !claim.terminating => Some(claim),
            (Course::Forward, Whose::Foreign(claim)) if may_go(journal, claim) => Some(claim),
            _ => None,
        }
    }

    /// What was stopped, or is to be; nothing has to be looked at where there is none.
    pub fn workloads(&self, journal: &Journal) -> Option<&[Workload]> {
        if journal.workloads.is_empty() { Some(&[]) } else { self.workloads.as_deref() }
    }

    /// The volume that is replaced, if it is still the same, and stays.
    pub fn old(&self, journal: &Journal) -> Option<&Volume> {
        self.old.as_ref().filter(|volume| volume.uid == journal.old.volume_uid && !volume.terminating)
    }

    /// The volume that was proven to hold the restored data, if it is still the same.
    pub fn proven(&self, journal: &Journal) -> Option<&Volume> {
        let proven = journal.new.as_ref()?;
        self.new.as_ref().filter(|volume| volume.uid == proven.uid)
    }
}

/// No volume was ever chosen for it, so that no pod can have written anything.
pub(super) fn is_empty(claim: &Claim) -> bool {
    claim.phase == ClaimPhase::Pending && claim.volume.is_none()
}

/// A claim of somebody else's may be taken away, as far as the claim itself tells. Where the right volume is reserved for the name it needs not be.
pub(super) fn may_go(journal: &Journal, claim: &Claim) -> bool {
    let is_free = journal.swapped && !journal.used && journal.new.is_none();
    let is_direct = journal.mode == Mode::Direct && journal.course == Course::Forward;
    is_direct && is_free && is_empty(claim) && !claim.terminating
}
