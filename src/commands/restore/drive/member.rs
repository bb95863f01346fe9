//! One of the restores that are driven: its journal, its lock, and what is written for it.
//! Must write down a step before anything of it is done.

use chrono::{DateTime, Utc};

use crate::cluster::apply::{Persist, Sent};
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::restore::{Ended, Journal, Outcome, Step};
use crate::plan::restore::{Action, hold_reason, without_owners};
use crate::ui::steps::Progress;
use crate::ui::terminal::Ui;

/// A restore in the hands of this process.
pub struct Member {
    pub(super) stored: Stored,
    pub(super) group: Option<Group>,
    pub(super) lock: Held,
}

impl Member {
    /// One whose lock is held.
    pub fn new(stored: Stored, group: Option<Group>, lock: Held) -> Self {
        Self { stored, group, lock }
    }

    /// What is written down.
    pub(super) fn journal(&self) -> &Journal {
        &self.stored.journal
    }

    pub(super) async fn enter(
        &mut self,
        cluster: &Cluster,
        step: Step,
        progress: &mut Progress,
        ui: &Ui,
    ) -> Result<()> {
        let journal = self.journal();
        let blocked = journal.blocked.clone().filter(|_| journal.step == step);
        let journal = Journal { step, blocked, ..journal.clone() };
        progress.enter(&journal, ui);
        self.store(cluster, journal).await
    }

    /// Enters a step in which something is done, and says whether that was written. Nothing is done on the word of a journal that
    /// somebody else has changed since the look: either it is written now, or it is read.
    pub(super) async fn enter_to_act(
        &mut self,
        cluster: &Cluster,
        step: Step,
        progress: &mut Progress,
        ui: &Ui,
    ) -> Result<bool> {
        let before = self.journal().clone();
        self.enter(cluster, step, progress, ui).await?;
        match *self.journal() == before {
            true => cluster.confirm_journal(&mut self.stored).await.map(|()| false),
            false => Ok(true),
        }
    }

    pub(super) async fn store(&mut self, cluster: &Cluster, journal: Journal) -> Result<()> {
        match *self.journal() == journal {
            true => Ok(()),
            false => cluster.store_journal(&mut self.stored, journal).await,
        }
    }

    pub(super) async fn carry_out(&self, cluster: &Cluster, action: &Action) -> Result<Sent> {
        let reason = hold_reason(&self.journal().id);
        match action {
            Action::CreateClaim(draft) => {
                // What owned it when that was written down may have been made anew since.
                let mut draft = draft.as_ref().clone();
                let gone = cluster.gone_owners(&draft.metadata).await?;
                without_owners(&mut draft.metadata, &gone);
                cluster.send_claim(&draft, Persist::Yes).await
            }
            Action::MarkClaim(claim, mark) => cluster.send_claim_mark(claim, mark.as_deref()).await,
            Action::DeleteClaim(claim) => cluster.send_deletion(claim).await,
            Action::TakeSnapshot(draft) => cluster.send_snapshot(draft, Persist::Yes).await,
            Action::Hold(snapshot) => cluster.send_hold(snapshot, &reason).await,
            Action::Release(snapshot) => cluster.send_release(snapshot, &reason).await,
            Action::ChangeVolume(change) => cluster.send_volume_change(change, Persist::Yes).await,
            Action::CreateProbe(draft) => cluster.send_probe(draft, Persist::Yes).await,
            Action::DeletePod(pod) => cluster.send_pod_deletion(pod).await,
            Action::Set(workload, setting) => cluster.send_setting(workload, *setting, Persist::Yes).await,
        }
    }

    pub(super) async fn end(&mut self, cluster: &Cluster, outcome: Outcome, at: DateTime<Utc>) -> Result<()> {
        let ended = Some(Ended { at, outcome });
        let journal = Journal { ended, step: Step::Done, blocked: None, ..self.journal().clone() };
        self.store(cluster, journal).await
    }

    /// Why it stands still is for the next process to tell; best effort.
    pub(super) async fn note_block(&mut self, cluster: &Cluster, error: &Error) {
        if error.reason != Reason::LockLost && self.journal().is_open() {
            let journal = self.journal();
            let in_use =
                (error.reason == Reason::ClaimInUse).then(|| journal.in_use.unwrap_or(cluster.now()));
            let journal = Journal { blocked: Some(error.message.clone()), in_use, ..journal.clone() };
            if let Err(error) = self.store(cluster, journal).await {
                tracing::info!("the journal was not written: {error}");
            }
        }
    }
}
