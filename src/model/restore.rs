//! A restore as it is written down: which objects it is about, and how far it is.
//! Must hold all that is needed to go on with it, or to undo it, when the process that began it is gone (reliability.md, 3.7).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::volume::ReclaimPolicy;
use super::workload::Stopped;

mod pods;

pub use pods::{Check, Probe};

/// What this program writes. It refuses to touch what a newer one wrote.
pub const VERSION: u32 = 1;

/// One restore.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// [`VERSION`] of the program that wrote it.
    pub version: u32,
    /// Short, and unique among the restores that a person may see.
    pub id: String,
    /// Namespace of all objects that have one.
    pub namespace: String,
    /// The group.
    pub group: String,
    /// The claim that is replaced.
    pub claim: String,
    /// How.
    pub mode: Mode,
    /// When it began, by the server's clock.
    pub started: DateTime<Utc>,
    /// The value of the group's annotation, if that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The group says that this restore is the answer to that.
    #[serde(default)]
    pub acknowledged: bool,
    /// It went back and could not, and goes on since: that its claim be deleted may have been asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub turned_on: bool,
    /// Identifiers of all restores that go together with it, its own included, in their order; none if it goes alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<String>,
    /// What is restored.
    pub source: RestorePoint,
    /// What was there before.
    pub old: Original,
    /// The claim to be made, as JSON, without the volume and the data source.
    pub target: Value,
    /// Name of the claim that the new volume is made with, where it is not the real one.
    pub staging: String,
    /// How the class is made to make a volume, if it waits for a pod that uses the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// What a person wants the restored data to be checked with, before the claim is touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// What is stopped for it, and started again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<Stopped>,
    /// Pods that have finished may be deleted; others never are.
    #[serde(default)]
    pub deletes_pods: bool,
    /// A person ends it although what was started does not run.
    #[serde(default)]
    pub accepted: bool,
    /// The volume that holds the restored data, once that is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<ProvenVolume>,
    /// Snapshots of the state that is replaced; the last one counts.
    #[serde(default)]
    pub safety: Vec<SafetyCopy>,
    /// Where it goes.
    pub course: Course,
    /// How far it is.
    pub step: Step,
    /// The claim's deletion was about to be asked for: from now on its name may be free.
    #[serde(default)]
    pub swapped: bool,
    /// UIDs of empty claims of somebody else's that stood in the way, and were deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// The restored data has been under the claim's name: somebody may have written to it.
    #[serde(default)]
    pub used: bool,
    /// Why it stands still, as it was said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    /// Since when it stands still because pods use the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use: Option<DateTime<Utc>>,
    /// When it ended, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// How a claim is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The new volume is made and proven beside the old one, and only then gets the claim's name.
    Staged,
    /// The claim is deleted and made again from the snapshot.
    Direct,
}

/// The snapshot that is restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestorePoint {
    /// Name of the VolumeSnapshot.
    pub snapshot: String,
    /// Its UID.
    pub uid: String,
    /// The time that it stands for.
    pub taken: DateTime<Utc>,
    /// Its content.
    pub content: String,
    /// The CSI driver.
    pub driver: String,
    /// The least size of a volume made from it, as a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_size: Option<String>,
    /// A person accepted that nobody recorded which volume it was cut from.
    #[serde(default)]
    pub unknown_source: bool,
}

/// The claim and the volume that were there before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Original {
    /// UID of the claim.
    pub claim_uid: String,
    /// The claim as JSON, fit to be made again.
    pub manifest: Value,
    /// The PersistentVolume.
    pub volume: String,
    /// Its UID.
    pub volume_uid: String,
    /// The driver's identifier of it.
    pub handle: String,
    /// What became of it when its claim is deleted, before the restore.
    pub policy: ReclaimPolicy,
    /// The VolumeSnapshotClass for the safety snapshot.
    pub snapshot_class: String,
}

/// A volume that was proven to be made from the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvenVolume {
    /// The PersistentVolume.
    pub volume: String,
    /// Its UID.
    pub uid: String,
    /// The driver's identifier of it.
    pub handle: String,
    /// UID of the claim that it was made for.
    pub claim_uid: String,
    /// What its class made of it: what becomes of it when its claim is deleted.
    pub policy: ReclaimPolicy,
}

/// A snapshot of the state that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SafetyCopy {
    /// Name of the VolumeSnapshot.
    pub snapshot: String,
    /// The driver's identifier of the volume it must be cut from.
    pub handle: String,
    /// It was seen ready, and cut from that volume.
    #[serde(default)]
    pub proven: bool,
    /// The claim may have been written to since it was taken.
    #[serde(default)]
    pub stale: bool,
}

/// Where a restore goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Course {
    /// To the restored data.
    Forward,
    /// To what was there before.
    Back,
}

/// How far a restore is. The order is that of a staged restore, and then of the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Nothing but the journal exists.
    Planned,
    /// The old volume is set to Retain, the snapshot is held.
    Pin,
    /// The snapshot is copied to a new volume.
    Copy,
    /// A pod of the user's looks at the new volume.
    Check,
    /// The application is stopped.
    Stop,
    /// Nobody may use the claim any more.
    Quiet,
    /// The state that is replaced is snapshotted.
    Secure,
    /// The new volume is kept for the claim's name.
    Reserve,
    /// The name moves: the claim is deleted and made again.
    Swap,
    /// The claim has its new volume.
    Prove,
    /// The application is started again.
    Start,
    /// It runs.
    Run,
    /// Policies and holds are put back.
    Finish,
    /// The new volume is set to Retain, too.
    Keep,
    /// What was made is taken away again.
    Clear,
    /// The name moves back.
    SwapBack,
    /// Policies and holds are put back.
    FinishBack,
    /// All done.
    Done,
}

/// How a restore ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The claim holds the restored data.
    Restored,
    /// The claim was never touched.
    Aborted,
    /// The claim has its old volume again, after it was deleted.
    RolledBack,
    /// The claim has its old volume again, after the restored data had been in use.
    Undone,
    /// The old volume was given up for deletion.
    Purged,
}

/// When and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// By the server's clock.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: Outcome,
}

impl Journal {
    /// Whether this is the restore's own mark.
    pub fn is_ours(&self, mark: Option<&String>) -> bool {
        mark == Some(&self.id)
    }

    /// The copy of the present state of a volume, as far as it was asked for.
    pub fn safety_of(&self, handle: &str) -> Option<&SafetyCopy> {
        self.safety.iter().rev().find(|copy| copy.handle == handle && !copy.stale)
    }

    /// It is neither done nor undone.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// The restored data is under the claim's name, and the old volume is kept.
    pub fn can_be_undone(&self) -> bool {
        self.ended.is_some_and(|ended| ended.outcome == Outcome::Restored)
    }
}

#[cfg(test)]
pub mod tests;
