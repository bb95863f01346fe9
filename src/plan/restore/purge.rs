//! Whether the volume that a restore kept may be given up for deletion (reliability.md, section 3.6).
//! Must refuse while anything speaks for it that a person was not told of.

use chrono::{DateTime, TimeDelta, Utc};

use super::changes;
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::draft::VolumeChange;
use crate::model::restore::{Course, Journal, Outcome};
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::{ReclaimPolicy, Volume, VolumePhase};

/// How long a volume is kept at least.
const KEPT: TimeDelta = TimeDelta::days(7);

/// What a purge is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// The volume that is kept.
    pub volume: &'a Volume,
    /// The claim as it is now.
    pub claim: Option<&'a Claim>,
    /// The volume that it has.
    pub current: Option<&'a Volume>,
    /// The restores of the namespace.
    pub journals: &'a [Journal],
    /// All volumes of the cluster.
    pub volumes: &'a [Volume],
    /// The snapshots of the namespace.
    pub snapshots: &'a [Snapshot],
    /// All contents of the cluster; `None` if they may not be listed.
    pub contents: Option<&'a [Content]>,
}

/// What a person said to what speaks against it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Consent {
    /// It need not be kept for a week.
    pub early: bool,
    /// Snapshots that were cut from it may go with it.
    pub snapshots_may_be_lost: bool,
}

/// Name of the volume that the restore keeps, or kept until it was purged.
pub fn kept_volume(journal: &Journal) -> Result<&str> {
    let outcome = journal.ended.map(|ended| ended.outcome);
    let Journal { id, namespace, .. } = journal;
    let refused = |why: &str| {
        Err(Error::new(Reason::RestoreNotFound, format!("restore {id} in namespace {namespace} {why}")))
    };
    match (outcome, &journal.new) {
        (Some(Outcome::Restored), _) => Ok(&journal.old.volume),
        (Some(Outcome::Undone), Some(new)) => Ok(&new.volume),
        (Some(Outcome::Purged), _) if journal.course == Course::Forward => Ok(&journal.old.volume),
        (Some(Outcome::Purged), Some(new)) => Ok(&new.volume),
        (None, _) => refused("has not ended: its volumes are needed"),
        _ => refused("keeps no volume").map_err(|error| {
            error.hint("a volume of it that is listed all the same was never proven to hold what was restored; look at it, and let it go by hand: kubectl gemini list --retained")
        }),
    }
}

/// The volume is gone already, or on its way: a purge was stopped before it could write that down.
pub fn is_given_up(kept: Option<&Volume>) -> bool {
    kept.is_none_or(|volume| {
        volume.policy == ReclaimPolicy::Delete
            && volume.phase == VolumePhase::Released
            && volume.mark.is_none()
    })
}

impl Kept<'_> {
    /// The claim has the volume that a restore left it with, and not one that somebody made anew, maybe empty.
    fn came_with_a_restore(&self, journal: &Journal, current: &Volume) -> bool {
        // Beside the one that is gone, under its name: --to-pvc.
        if self.claim.is_some_and(|claim| claim.restored_from.is_some()) {
            return true;
        }
        self.journals.iter().chain([journal]).filter(|known| known.claim == journal.claim).any(|known| {
            let new = known.new.as_ref().map(|new| (&new.volume, &new.uid));
            let old = (&known.old.volume, &known.old.volume_uid);
            [new, Some(old)].contains(&Some((&current.name, &current.uid)))
        })
    }
}

fn shares_storage(other: &Volume, kept: &Volume) -> bool {
    other.uid != kept.uid && other.backend == kept.backend
}

/// Gives the volume up for deletion, or says what speaks against it.
pub fn purge(
    journal: &Journal,
    kept: Kept<'_>,
    consent: Consent,
    now: DateTime<Utc>,
) -> Result<Box<VolumeChange>> {
    let Journal { id, namespace, claim, .. } = journal;
    let Volume { name, .. } = kept.volume;
    let refused = |why: String| Error::new(Reason::PurgeRefused, format!("volume {name} is kept: {why}"));
    if !changes::is_pinned(journal, kept.volume) || kept.volume.phase != VolumePhase::Released {
        return Err(refused(format!("it is not as restore {id} left it"))
            .hint(format!("look at it: kubectl describe pv {name}")));
    }
    if let Some(twin) = kept.volumes.iter().find(|volume| shares_storage(volume, kept.volume)) {
        return Err(refused(format!(
            "volume {} leads to the same storage, which would be deleted",
            twin.name
        ))
        .hint(format!("see who uses that: kubectl describe pv {}", twin.name)));
    }
    let ended = journal.ended.map_or(now, |ended| ended.at);
    if !consent.early && now < ended + KEPT {
        let until = (ended + KEPT).format("%Y-%m-%d %H:%M UTC");
        return Err(refused(format!("undo may need it until {until}")).hint(format!(
            "if it is certain that it is not needed: kubectl gemini purge {id} -n {namespace} --now"
        )));
    }
    let handle = kept.current.and_then(Volume::handle);
    let is_backup = |snapshot: &&Snapshot| {
        snapshot.is_usable()
            && handle.is_some()
            && snapshot.source.as_ref().map(|source| source.handle.as_str()) == handle
    };
    if !kept.snapshots.iter().any(|snapshot| is_backup(&snapshot)) {
        return Err(refused(format!("what PVC {claim} holds now has no ready snapshot yet"))
            .hint(format!("take one first: kubectl gemini backup {} -n {namespace}", journal.group)));
    }
    let old = kept.volume.handle();
    let of_it = |content: &&Content| content.volume_handle.as_deref() == old;
    let names: Vec<_> = match kept.contents {
        Some(contents) => contents.iter().filter(of_it).map(|content| content.name.clone()).collect(),
        None => vec!["unknown: they may not be listed".to_owned()],
    };
    if !names.is_empty() && !consent.snapshots_may_be_lost {
        return Err(refused(format!("{} snapshots were cut from it ({})", names.len(), names.join(", ")))
            .hint("with some storage they go with it; where they do not, or may: add --old-snapshots=may-be-lost"));
    }
    if let Some(current) = kept.current.filter(|current| !kept.came_with_a_restore(journal, current)) {
        return Err(refused(format!(
            "PVC {claim} has volume {} now, which no restore gave it",
            current.name
        ))
        .hint(format!(
            "see what that holds; if the kept one is certainly not needed, let it go by hand: {}",
            ReclaimPolicy::Delete.command(name)
        )));
    }
    Ok(changes::unpin(kept.volume, ReclaimPolicy::Delete))
}
