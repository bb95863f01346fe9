//! A restore in place, decided step by step: from what is written down and what is seen follows what to do next.
//! Going on after an interruption is the same as going on at all. Must never decide on an object that it has not seen
//! (reliability.md, section 3).

mod answer;
mod application;
mod at_risk;
mod back;
mod begin;
mod changes;
mod ending;
mod foreign;
mod forward;
mod history;
mod kept;
mod prepare;
mod probe;
mod proof;
pub mod purge;
mod quiet;
mod rebuild;
mod replicas;
mod room;
mod spare;
mod swap;
mod together;
mod workloads;
mod world;

use std::fmt;

pub use answer::is_as_asked;
pub use application::{Maker, Rivals, Stops, User, makers, stops};
pub use at_risk::{others_stay, outlives_its_pods};
pub use begin::{Observed, Wish, begin, class_name, in_hands, made_anew, nothing_to_replace, without_owners};
pub use ending::{
    Ending, as_wished, exit_of, left_over, may_abort, may_undo, must_go_on, taken_up, turned_back, turned_on,
    went_back,
};
use ending::{must_turn_back, settled};
pub use history::outlived;
pub use quiet::{go_along, in_use};
pub use rebuild::{Remains, rebuild};
pub use replicas::{OfReplicas, groups_of};
pub use room::{makes_room, will_fit};
pub use spare::{none_is_free, none_is_spare, spare_for};
pub use together::{all_settled, all_taken_up, cut_short, join, must_all_turn_back, next_of};
pub use world::{Traffic, Whose, World};

use crate::error::Error;
use crate::model::claim::{Claim, VolumeMode};
use crate::model::draft::{ClaimDraft, ProbeDraft, SnapshotDraft, VolumeChange};
use crate::model::pod::Pod;
use crate::model::restore::{Course, Journal, Outcome, Step};
use crate::model::snapshot::Snapshot;
use crate::model::workload::{Named, Setting, Workload};

/// What is to happen next.
#[derive(Clone, Debug)]
pub enum Next {
    /// This is to be done, once the journal says that the step has begun.
    Do(Step, Action),
    /// The journal is to say this, as a part of the step, before anything else happens.
    Note(Step, Box<Journal>),
    /// Somebody else has to do something first.
    Wait(Step, Awaited),
    /// Whether the claim is used has to be looked at.
    Look(Step),
    /// A person has to do something first; then the restore goes on.
    Stop(Step, Error),
    /// It cannot succeed: what was done is to be undone.
    TurnBack(Error),
    /// Nothing is left to do.
    End(Outcome),
}

/// One write.
#[derive(Clone, Debug)]
pub enum Action {
    /// Make a claim.
    CreateClaim(Box<ClaimDraft>),
    /// Delete a claim, as it was seen.
    DeleteClaim(Box<Claim>),
    /// Write the mark of a restore on a claim, as it was seen, or remove it.
    MarkClaim(Box<Claim>, Option<String>),
    /// Take a snapshot.
    TakeSnapshot(Box<SnapshotDraft>),
    /// Hold the snapshot that is restored, so that nobody deletes it meanwhile.
    Hold(Box<Snapshot>),
    /// Take that hold back.
    Release(Box<Snapshot>),
    /// Change a volume, as it was seen.
    ChangeVolume(Box<VolumeChange>),
    /// Make a pod that uses a claim.
    CreateProbe(Box<ProbeDraft>),
    /// Delete such a pod, or one that has finished.
    DeletePod(Box<Pod>),
    /// Set how much of a workload is to run, as it was seen.
    Set(Box<Workload>, Setting),
}

impl Action {
    /// What it is done to, so that what is done again and again can be told from progress.
    pub fn target(&self) -> String {
        match self {
            Self::CreateClaim(draft) => format!("create PVC {}", draft.name),
            Self::DeleteClaim(claim) => format!("delete PVC {}", claim.name),
            Self::MarkClaim(claim, _) => format!("mark PVC {}", claim.name),
            Self::TakeSnapshot(draft) => format!("create volumesnapshot {}", draft.name()),
            Self::Hold(snapshot) | Self::Release(snapshot) => {
                format!("mark volumesnapshot {}", snapshot.name)
            }
            Self::ChangeVolume(change) => format!("change volume {}", change.volume),
            Self::CreateProbe(draft) => format!("create pod {}", draft.name),
            Self::DeletePod(pod) => format!("delete pod {}", pod.name),
            Self::Set(workload, _) => format!("set {}", workload.who),
        }
    }
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A claim to be bound.
    Bound(String),
    /// A claim that was deleted to be gone.
    Gone(String),
    /// A snapshot to be ready.
    Ready(String),
    /// A volume to be noticed by the volume controller as what it was made to be.
    Volume(String),
    /// A pod that was deleted to be gone.
    PodGone(String),
    /// The pods that use the claim to be gone, whose makers were stopped.
    PodsGone(String),
    /// What was started to run.
    Running(Named),
    /// A pod that looks at the restored data to say whether it is good.
    Checked(String),
    /// A quota to have room for a claim that takes the place of another.
    Room(String),
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bound(claim) => write!(f, "PVC {claim} to be bound"),
            Self::Gone(claim) => write!(f, "PVC {claim} to be gone"),
            Self::Ready(snapshot) => write!(f, "volumesnapshot {snapshot} to be ready"),
            Self::Volume(volume) => write!(f, "volume {volume} to be free"),
            Self::PodGone(pod) => write!(f, "pod {pod} to be gone"),
            Self::PodsGone(claim) => write!(f, "the pods that use PVC {claim} to be gone"),
            Self::Running(who) => write!(f, "{who} to run"),
            Self::Room(claim) => write!(f, "the quota to have room for PVC {claim}"),
            Self::Checked(pod) => write!(f, "pod {pod} to have checked the restored data"),
        }
    }
}

/// Why the hold that a restore puts on its snapshot is there. Nobody else's hold is taken for ours.
pub fn hold_reason(id: &str) -> String {
    format!("restore {id}")
}

/// What will be sent, for the server to check while nothing is at stake.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The claim that is filled from the snapshot.
    pub claim: ClaimDraft,
    /// It gets no more of a quota than what the claim gives back that goes before it is made.
    pub fits: bool,
    /// The claim of the real name, as it is made in the end.
    pub target: ClaimDraft,
    /// And as it is made on the way back.
    pub original: ClaimDraft,
    /// The pod that uses it, if its class waits for one.
    pub probe: Option<ProbeDraft>,
    /// The snapshot of the present state.
    pub safety: SnapshotDraft,
}

impl Rehearsal {
    /// That of a restore that has not begun.
    pub fn new(journal: &Journal) -> Self {
        let mode = VolumeMode::parse(journal.target["spec"]["volumeMode"].as_str());
        Self {
            claim: changes::staging(journal),
            fits: room::takes_no_more(journal),
            target: changes::target(journal),
            original: changes::original(journal),
            probe: changes::probe(journal, mode),
            safety: changes::rehearsed_safety(journal),
        }
    }
}

/// What to do next, by what is written down and what is seen.
pub fn next(journal: &Journal, world: &World) -> Next {
    if let Some(ended) = journal.ended {
        return Next::End(ended.outcome);
    }
    match journal.course {
        Course::Forward => forward::next(journal, world),
        Course::Back => back::next(journal, world),
    }
}

#[cfg(test)]
mod tests;
