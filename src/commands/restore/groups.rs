//! Which groups a restore is of: those that are named, or those of a StatefulSet's replicas.
//! Must say what of a set is left out; which that is `plan/restore/replicas.rs` knows.

use futures::future::try_join_all;
use kube::core::ApiResource;

use super::RestoreArgs;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Result};
use crate::model::group::Group;
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::plan::restore::groups_of;

impl RestoreArgs {
    /// The groups, and the snapshots of their namespace.
    pub(super) async fn groups(&self, cluster: &Cluster) -> Result<(Vec<Group>, Vec<Snapshot>)> {
        let served = cluster.served().await?;
        let resource = served.groups()?;
        served.require_snapshots()?;
        let groups = match &self.statefulset {
            Some(set) => of_replicas(cluster, &resource, set).await?,
            None => try_join_all(self.names().map(|name| cluster.group(&resource, name))).await?,
        };
        let all = cluster.snapshots(Some(&cluster.namespace)).await?;
        Ok((groups, all))
    }
}

async fn of_replicas(cluster: &Cluster, resource: &ApiResource, set: &str) -> Result<Vec<Group>> {
    let namespace = Some(cluster.namespace.as_str());
    let set = cluster.replica_claims(set).await?;
    let claims = cluster.claims(namespace).await?;
    let (groups, unreadable) = cluster.groups(resource, namespace, None).await?;
    let replicas = groups_of(&set, &claims, groups).map_err(|error| {
        let odd = unreadable.iter().map(|odd| format!("group {} makes no sense: {}", odd.name, odd.why));
        odd.fold(error, Error::cause)
    })?;
    for claim in replicas.left_out {
        let text = format!("PVC {claim} is of no replica that is wanted now: it stays as it is");
        cluster.notices.say(Notice::Warning(text));
    }
    Ok(replicas.groups)
}
