//! What the snapshot of a group is to be like, and whether it can be taken: from its claim, volume and class as they are now.
//! Must not make a claim a second time: where one existed, its absence is for a person to mend.

use std::time::Duration;

use super::pass::Pass;
use super::serve::Trip;
use crate::cluster::apply::Persist;
use crate::cluster::lease;
use crate::cluster::wait::End;
use crate::error::{Error, Reason, Result};
use crate::model::class::{Binding, SnapshotClass};
use crate::model::draft::{ClaimDraft, SnapshotDraft};
use crate::model::group::ClaimOrigin;
use crate::plan::backup::{self, Step};
use crate::plan::scheduled;
use crate::ui::log::Facts;
use crate::ui::runs::Action;

/// How long a claim that was just made is waited for.
const BOUND: Duration = Duration::from_secs(30);

impl Pass<'_> {
    /// Finds out what the snapshot is to be like; `None` if there will be none, for the reasons in the outcome.
    pub async fn prepare<'a>(&self, mut trip: Trip<'a>) -> (Trip<'a>, Option<Box<SnapshotDraft>>) {
        match self.draft(&mut trip).await {
            Ok(draft) => (trip, draft),
            Err(error) if self.is_being_restored(&trip, &error).await => {
                self.log.info("a restore works on the claim", trip.outcome.facts());
                trip.outcome.item.action = Action::Skip;
                (trip, None)
            }
            Err(error) => {
                self.give_up(&mut trip, error);
                (trip, None)
            }
        }
    }

    /// A claim that is not there for a moment comes back.
    async fn is_being_restored(&self, trip: &Trip<'_>, error: &Error) -> bool {
        let is_away = matches!(
            error.reason,
            Reason::ClaimMissing | Reason::ClaimTerminating | Reason::ClaimPending | Reason::ClaimLost
        );
        let lease = lease::of_restores(&trip.view.group.claim.name);
        is_away && trip.cluster.lease_holder(&lease).await.is_ok_and(|holder| holder.is_some())
    }

    /// Notes why there is no snapshot. Not everything that is in the way is a failure.
    pub fn give_up(&self, trip: &mut Trip<'_>, error: Error) {
        let is_new = trip.view.snapshots.is_empty();
        match error.reason {
            // Its groups go with it.
            Reason::NamespaceNotFound => {}
            // An application that has not begun yet. Should that last, the group is overdue, and that is a failure.
            Reason::ClaimPending if is_new => {}
            _ => return trip.outcome.fail(self.log, error),
        }
        self.log.info(&error.message, trip.outcome.facts());
        trip.outcome.item.action = Action::Skip;
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
        self.mention_another_claim(trip, &draft);
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

    /// A claim of the same name that is not the same holds other data: whoever did that on purpose knows it.
    fn mention_another_claim(&self, trip: &Trip<'_>, draft: &SnapshotDraft) {
        let recorded = trip.view.snapshots.iter().filter_map(|s| Some((s.taken, s.source.as_ref()?)));
        let last = recorded.max_by_key(|(taken, _)| *taken).map(|(_, source)| &source.claim_uid);
        let known = trip.view.group.known_claim_uid.as_ref().or(last);
        if known.is_some_and(|uid| *uid != draft.source.claim_uid) {
            let facts = Facts { pvc: Some(draft.claim.clone()), ..trip.outcome.facts() };
            self.log.warn(
                "this is another claim than the last snapshot was taken of; the name is the same",
                facts,
            );
        }
    }
}
