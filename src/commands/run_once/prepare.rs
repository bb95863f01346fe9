//! What the snapshot of a group is to be like, and whether it can be taken: from its claim, volume and class as they are now.
//! Must not make a claim a second time: where one existed, its absence is for a person to mend.

use std::time::Duration;

use super::pass::Pass;
use super::publish::ANOTHER_CLAIM;
use super::serve::Trip;
use crate::cluster::apply::Persist;
use crate::cluster::lease;
use crate::cluster::wait::End;
use crate::error::{Error, Reason, Result};
use crate::model::class::{Binding, SnapshotClass};
use crate::model::draft::{ClaimDraft, SnapshotDraft};
use crate::model::group::{ClaimOrigin, Group};
use crate::plan::backup::{self, Step};
use crate::plan::scheduled;
use crate::ui::log::Facts;
use crate::ui::runs::Action;

/// How long a claim that was just made is waited for.
const BOUND: Duration = Duration::from_secs(30);

impl Pass<'_> {
    /// Finds out what the snapshot is to be like; `None` if there will be none, for the reasons in the outcome.
    pub async fn prepare<'a>(&self, mut trip: Trip<'a>) -> (Trip<'a>, Option<Box<SnapshotDraft>>) {
        // Its claim may be away for a moment, and a snapshot of it would stand in the way.
        if self.is_being_restored(&trip.view.group).await {
            self.leave(&mut trip, Reason::RestoreOpen, "a restore works on the claim");
            return (trip, None);
        }
        match self.draft(&mut trip).await {
            Ok(draft) => (trip, draft),
            Err(error) => {
                self.give_up(&mut trip, error);
                (trip, None)
            }
        }
    }

    /// Whether somebody restores the claim of a group in place at this moment (reliability.md, F-O10).
    pub(super) async fn is_being_restored(&self, group: &Group) -> bool {
        let lease = lease::of_restores(&group.claim.name);
        let holder = self.cluster.in_namespace(&group.namespace).lease_holder(&lease).await;
        holder.is_ok_and(|holder| holder.is_some())
    }

    /// Notes why there is no snapshot. Not everything that is in the way is a failure.
    pub fn give_up(&self, trip: &mut Trip<'_>, error: Error) {
        let is_new = trip.view.snapshots.is_empty();
        match error.reason {
            // Its groups go with it.
            Reason::NamespaceNotFound => {}
            // An application that has not begun yet. Should that last, the group is overdue, and that is a failure.
            Reason::ClaimPending if is_new => {}
            // It is taken as soon as its driver can do it.
            Reason::VolumeBusy => {}
            _ => return trip.outcome.fail(self.log, error),
        }
        self.leave(trip, error.reason, &error.message);
    }

    /// Nothing is wrong; a later pass sees whether it can be done.
    fn leave(&self, trip: &mut Trip<'_>, reason: Reason, why: &str) {
        let facts = Facts { reason: Some(reason.word().to_owned()), ..trip.outcome.facts() };
        self.log.info(why, facts);
        trip.outcome.item.action = Action::Skip;
        trip.outcome.item.left = Some(reason.word());
    }

    async fn draft(&self, trip: &mut Trip<'_>) -> Result<Option<Box<SnapshotDraft>>> {
        self.may_begin(&trip.view.group)?;
        let draft = match self.next(trip).await? {
            Step::TakeSnapshot(draft) => draft,
            Step::CreateClaim(claim) => match self.make_claim(trip, &claim).await? {
                Some(draft) => draft,
                None => return Ok(None),
            },
        };
        self.mention_another_claim(trip, &draft).await;
        Ok(Some(draft))
    }

    async fn next(&self, trip: &Trip<'_>) -> Result<Step> {
        let (cluster, group) = (&trip.cluster, &trip.view.group);
        let claim = cluster.claim(&group.claim.name).await?;
        let volume = cluster.volume_of(claim.as_ref()).await?;
        let named =
            group.claim.spec.as_ref().filter(|_| claim.is_none() && group.claim.origin == ClaimOrigin::Spec);
        let storage_class = match named.and_then(|spec| spec["storageClassName"].as_str()) {
            Some(name) if !name.is_empty() => cluster.storage_class(name).await?,
            _ => None,
        };
        let observed = backup::Observed {
            group: group.clone(),
            claim,
            volume,
            classes: self.classes(group.snapshot_class.as_deref()).await?,
            snapshots: trip.view.snapshots.clone(),
            storage_class,
        };
        let plan = trip.view.plan(&[].into(), cluster.now(), &self.params())?;
        scheduled::next(&plan, &trip.create, &observed, cluster.now())
    }

    /// All classes, asked for once; where they may not be listed, the one that is named.
    async fn classes(&self, named: Option<&str>) -> Result<Vec<SnapshotClass>> {
        match self.classes.get_or_try_init(|| self.cluster.snapshot_classes(None)).await {
            Ok(classes) => Ok(classes.clone()),
            Err(error) if error.reason == Reason::Forbidden && named.is_some() => {
                self.cluster.snapshot_classes(named).await
            }
            Err(error) => Err(error),
        }
    }

    /// Makes the claim of a group that brings it along, and waits for its volume.
    async fn make_claim(
        &self,
        trip: &mut Trip<'_>,
        draft: &ClaimDraft,
    ) -> Result<Option<Box<SnapshotDraft>>> {
        trip.outcome.item.action = Action::Claim;
        let Some(persist) = self.persist() else { return Ok(None) };
        let claim = trip.cluster.create_claim(draft, persist).await?;
        if persist == Persist::ServerDryRun {
            return Ok(None);
        }
        trip.outcome.changed = true;
        self.log.info("claim created", Facts { pvc: Some(claim.name.clone()), ..trip.outcome.facts() });
        if self.has_status {
            trip.cluster.note_claim(&self.resource, &trip.view.group, &claim).await;
        }
        if let Some(class) = &claim.storage_class
            && let Some(class) = trip.cluster.storage_class(class).await?
            && class.binding == Binding::WaitForFirstConsumer
        {
            let facts = Facts { pvc: Some(claim.name.clone()), ..trip.outcome.facts() };
            self.log.info("the claim gets its volume only when a pod uses it", facts);
            return Ok(None);
        }
        let waited = trip.cluster.claim_bound(claim, &self.budget.patience(BOUND)).await?;
        if waited.end != End::Reached {
            let message = format!("PVC {} was created, but is not bound yet", waited.last.name);
            return Err(Error::new(Reason::ClaimPending, message));
        }
        match self.next(trip).await? {
            Step::TakeSnapshot(draft) => {
                trip.outcome.item.action = Action::Create;
                Ok(Some(draft))
            }
            Step::CreateClaim(claim) => {
                let message = format!("PVC {} was deleted as soon as it had been created", claim.name);
                Err(Error::new(Reason::ClaimTerminating, message))
            }
        }
    }

    /// As `publish` does, where no status remembers the claim.
    async fn mention_another_claim(&self, trip: &Trip<'_>, draft: &SnapshotDraft) {
        let newest = trip.view.snapshots.iter().max_by_key(|snapshot| snapshot.taken);
        let Some(newest) = newest.filter(|_| !self.has_status) else { return };
        if let Ok(Some(newest)) = trip.cluster.snapshot(&newest.name).await
            && newest.source.is_some_and(|source| source.claim_uid != draft.source.claim_uid)
        {
            let facts = Facts { pvc: Some(draft.claim.clone()), ..trip.outcome.facts() };
            self.log.warn(ANOTHER_CLAIM, facts);
        }
    }
}
