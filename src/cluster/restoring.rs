//! Looks at the objects of a restore, all at once.
//! Must not leave one out because another is missing.

use super::connect::Cluster;
use crate::error::{Reason, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::pod::Pod;
use crate::model::restore::{Journal, Mode};
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::Volume;
use crate::plan::restore::{self, Whose, World};

impl Cluster {
    /// The objects of a restore as they are now; with `looks` also who uses the claim, and what is stopped for it.
    pub async fn restore_world(
        &self,
        journal: &Journal,
        group: Option<&Group>,
        looks: bool,
    ) -> Result<World> {
        let safety = journal.safety.last().filter(|copy| !copy.stale).map(|copy| copy.snapshot.as_str());
        let staging = (journal.mode == Mode::Staged).then_some(journal.staging.as_str());
        let probe = staging.filter(|_| journal.probe.is_some() || journal.check.is_some());
        let (claim, old, staging, probe, source, safety) = futures::try_join!(
            self.claim(&journal.claim),
            self.volume(&journal.old.volume),
            self.claim_if(staging),
            self.pod_if(probe),
            self.snapshot_with_content(Some(&journal.source.snapshot)),
            self.snapshot_with_content(safety),
        )?;
        let mut world = World {
            now: self.now(),
            group: group.cloned(),
            claim,
            old,
            staging,
            probe,
            new: None,
            source,
            safety,
            traffic: None,
            spare: None,
            workloads: None,
        };
        world.new = self.new_volume(journal, &world).await?;
        // While the name is free, every request counts.
        if looks && world.claim.is_some() {
            let claim = world.claim_to_go(journal);
            let (traffic, workloads) = futures::try_join!(
                async {
                    match claim {
                        Some(claim) => self.traffic(claim).await.map(Some),
                        None => Ok(None),
                    }
                },
                self.workloads(&journal.workloads),
            )?;
            // Of the volumes only where they decide whether a claim may be deleted that somebody else made.
            if let (Whose::Foreign(_), Some(claim)) = (world.whose(journal), claim) {
                world.spare = self.spare_for(claim).await?;
            }
            (world.traffic, world.workloads) = (traffic, Some(workloads));
        }
        Ok(world)
    }

    async fn spare_for(&self, claim: &Claim) -> Result<Option<Vec<String>>> {
        match self.volumes().await {
            Ok(volumes) => Ok(Some(restore::spare_for(claim, &volumes))),
            Err(error) if error.reason == Reason::Forbidden => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn claim_if(&self, name: Option<&str>) -> Result<Option<Claim>> {
        match name {
            Some(name) => self.claim(name).await,
            None => Ok(None),
        }
    }

    async fn pod_if(&self, name: Option<&str>) -> Result<Option<Pod>> {
        match name {
            Some(name) => self.pod(name).await,
            None => Ok(None),
        }
    }

    async fn snapshot_with_content(&self, name: Option<&str>) -> Result<Option<(Snapshot, Option<Content>)>> {
        let Some(name) = name else { return Ok(None) };
        let Some(snapshot) = self.snapshot(name).await? else { return Ok(None) };
        let content = match &snapshot.content {
            Some(content) => self.content(content).await?,
            None => None,
        };
        Ok(Some((snapshot, content)))
    }

    /// The volume with the restored data: the one that was proven, or else the one of the claim it is made with.
    async fn new_volume(&self, journal: &Journal, world: &World) -> Result<Option<Volume>> {
        if let Some(new) = &journal.new {
            return self.volume(&new.volume).await;
        }
        let staged = self.volume_of(world.staging.as_ref()).await?;
        match world.whose(journal) {
            Whose::New(claim) if staged.is_none() => self.volume_of(Some(claim)).await,
            _ => Ok(staged),
        }
    }
}
