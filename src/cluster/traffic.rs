//! Looks who uses a claim, and what would keep it from being deleted.
//! Must look at the present state each time; what a decision to delete rests on is never remembered.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::storage::v1::VolumeAttachment;
use kube::api::{Api, ListParams};

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use crate::api::pods;
use crate::error::{Reason, Result};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::pod;
use crate::model::snapshot::Readiness;
use crate::plan::restore::Traffic;

impl Cluster {
    /// One pod.
    pub async fn pod(&self, name: &str) -> Result<Option<pod::Pod>> {
        let api: Api<Pod> = Api::namespaced(self.client(), &self.namespace);
        let call = Call::one(Verb::Get, Kind::Pod, Some(&self.namespace), name);
        Ok(self.get(&api, &call).await?.as_ref().map(pods::pod))
    }

    /// The pods of the namespace that name a claim, in whatever phase.
    pub async fn users_of(&self, claim: &str) -> Result<Vec<pod::Pod>> {
        let api: Api<Pod> = Api::namespaced(self.client(), &self.namespace);
        let pods =
            self.list(&api, ListParams::default(), &Call::list(Kind::Pod, Some(&self.namespace))).await?;
        Ok(pods.iter().filter_map(|object| pods::user_of(object, claim)).collect())
    }

    /// Who uses a claim and its volume, and what pins it.
    pub async fn traffic(&self, claim: &Claim) -> Result<Traffic> {
        let namespace = Some(self.namespace.as_str());
        let (pods, attached, snapshots, claims) = futures::try_join!(
            self.users_of(&claim.name),
            self.nodes_of(claim.volume.as_deref()),
            self.snapshots(namespace),
            self.claims(namespace),
        )?;
        let unready = snapshots.into_iter().filter(|snapshot| {
            snapshot.claim.as_ref() == Some(&claim.name) && snapshot.readiness != Readiness::Ready
        });
        let is_copied = |copy: &&Claim| {
            copy.phase == ClaimPhase::Pending && copy.claim_source.as_ref() == Some(&claim.name)
        };
        let copies = claims.iter().filter(is_copied);
        let copies = copies.map(|copy| copy.name.clone()).collect();
        Ok(Traffic { pods, attached, unready: unready.collect(), copies })
    }

    /// The nodes that a volume is attached to; `None` for whoever may not see attachments.
    async fn nodes_of(&self, volume: Option<&str>) -> Result<Option<Vec<String>>> {
        let Some(volume) = volume else { return Ok(Some(vec![])) };
        let api: Api<VolumeAttachment> = Api::all(self.client());
        match self.list(&api, ListParams::default(), &Call::list(Kind::VolumeAttachment, None)).await {
            Ok(all) => Ok(Some(all.iter().filter_map(|object| pods::attached_to(object, volume)).collect())),
            Err(error) if error.reason == Reason::Forbidden => Ok(None),
            Err(error) => Err(error),
        }
    }
}
