//! The claim of a group that brings its own along: made by the group's first backup.
//! Must not be reached for a claim that ever existed; the plan sees to that.

use super::{Backup, Run};
use crate::cluster::apply::Persist;
use crate::cluster::wait::End;
use crate::error::{Error, Reason, Result};
use crate::model::class::Binding;
use crate::model::draft::{ClaimDraft, SnapshotDraft};
use crate::model::dry_run::DryRun;
use crate::model::group::Group;
use crate::plan::backup::{self, Step};

impl Run<'_> {
    /// Makes the claim of a group whose claim never existed. With a dry run the story ends there: what would be
    /// snapshotted does not exist.
    pub(super) async fn create_claim(
        &self,
        group: &Group,
        draft: &ClaimDraft,
        backup: &mut Backup,
    ) -> Result<Option<Box<SnapshotDraft>>> {
        let persist = match self.args.dry_run.dry_run {
            DryRun::Client => None,
            DryRun::Server => Some(Persist::ServerDryRun),
            DryRun::None => Some(Persist::Yes),
        };
        let created = match persist {
            Some(persist) => Some(self.cluster.create_claim(draft, persist).await?),
            None => None,
        };
        self.created("persistentvolumeclaim", &draft.name, backup);
        let Some(claim) = created.filter(|_| persist == Some(Persist::Yes)) else {
            self.ui.note("The snapshot would be taken when the claim is bound.");
            return Ok(None);
        };
        self.cluster.note_claim(&self.resource, group, &claim).await;
        let pending = |reason, why: &str| {
            Error::new(reason, format!("PVC {} was created, but {why}", claim.name))
                .hint(format!("when it is bound: {}", self.again(&group.name)))
                .after_change()
        };
        if let Some(class) = &claim.storage_class
            && let Some(class) = self.cluster.storage_class(class).await.map_err(Error::after_change)?
            && class.binding == Binding::WaitForFirstConsumer
        {
            return Err(pending(Reason::ClaimPending, "it gets its volume only when a pod uses it"));
        }
        let waited = self.cluster.claim_bound(claim.clone(), &self.patience).await?;
        match waited.end {
            End::Reached => {}
            End::TimedOut => return Err(pending(Reason::TimedOut, "it was not bound in time")),
            End::Interrupted => return Err(pending(Reason::Interrupted, "it was not waited for")),
            End::Gone => return Err(pending(Reason::ClaimTerminating, "it was deleted meanwhile")),
        }
        let class = self.args.snapshot_class.as_deref();
        let facts = self.cluster.backup_facts(group.clone(), class).await.map_err(Error::after_change)?;
        match backup::next(&facts, class, self.cluster.now()).map_err(Error::after_change)? {
            Step::TakeSnapshot(draft) => Ok(Some(draft)),
            Step::CreateClaim(_) => Err(pending(Reason::ClaimTerminating, "it was deleted meanwhile")),
        }
    }
}
