//! Gathers everything that one plan needs, in one look.
//! Must not ask for more than that: each request needs a right.

use kube::api::Api;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use crate::error::{Reason, Result};
use crate::model::claim::Claim;
use crate::model::group::{ClaimOrigin, Group};
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::Volume;
use crate::plan::backup;

/// What stands behind a group when one of its snapshots is to be restored.
#[derive(Clone, Debug)]
pub struct RestoreFacts {
    /// The group's claim, if it exists.
    pub live: Option<Claim>,
    /// That claim's volume.
    pub live_volume: Option<Volume>,
    /// The chosen snapshot's content.
    pub content: Option<Content>,
    /// The claim that the new one would meet.
    pub existing: Option<Claim>,
}

impl Cluster {
    /// For [`backup::next`]. `class` is the snapshot class that the user names.
    pub async fn backup_facts(&self, group: Group, class: Option<&str>) -> Result<backup::Observed> {
        let claim = self.claim(&group.claim.name).await?;
        let volume = self.volume_of(claim.as_ref()).await?;
        let named = class.or(group.snapshot_class.as_deref());
        // For a missing claim the classes matter only if it may be made.
        let spec = match (&claim, group.claim.origin) {
            (None, ClaimOrigin::Spec) => group.claim.spec.as_ref(),
            _ => None,
        };
        let classes = match volume.is_some() || spec.is_some() {
            true => self.snapshot_classes(named).await?,
            false => vec![],
        };
        let storage_class = match spec.and_then(|spec| spec["storageClassName"].as_str()) {
            Some(name) if !name.is_empty() => self.storage_class(name).await?,
            _ => None,
        };
        let snapshots = match claim {
            None => self.snapshots(Some(&group.namespace)).await?,
            Some(_) => vec![],
        };
        Ok(backup::Observed { group, claim, volume, classes, snapshots, storage_class })
    }

    /// UIDs of those owners in a claim's metadata that exist and are no pods. One that may not be read counts as gone: an owner that
    /// is missing on the new claim does less harm than one that does not exist.
    pub async fn existing_owners(&self, metadata: &Value) -> Result<Vec<String>> {
        let owners = self.owners(metadata).await?;
        Ok(owners.into_iter().filter_map(|(uid, exists)| (exists == Some(true)).then_some(uid)).collect())
    }

    /// UIDs of those owners that are certainly gone, or are pods.
    pub async fn gone_owners(&self, metadata: &Value) -> Result<Vec<String>> {
        let owners = self.owners(metadata).await?;
        Ok(owners.into_iter().filter_map(|(uid, exists)| (exists == Some(false)).then_some(uid)).collect())
    }

    /// Owners by UID, and whether they exist as far as that can be learned.
    async fn owners(&self, metadata: &Value) -> Result<Vec<(String, Option<bool>)>> {
        let mut owners = vec![];
        for owner in metadata["ownerReferences"].as_array().into_iter().flatten() {
            let text = |field: &str| owner[field].as_str().unwrap_or_default();
            let uid = text("uid").to_owned();
            if text("kind") == "Pod" {
                owners.push((uid, Some(false)));
                continue;
            }
            let (group, version) = text("apiVersion").rsplit_once('/').unwrap_or(("", text("apiVersion")));
            let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("kind")));
            let api: Api<DynamicObject> = Api::namespaced_with(self.client(), &self.namespace, &resource);
            let call = Call::one(Verb::Get, Kind::Owner, Some(&self.namespace), text("name"));
            let exists = match self.get(&api, &call).await {
                Ok(found) => Some(found.is_some_and(|found| found.metadata.uid.as_ref() == Some(&uid))),
                Err(error) if error.reason == Reason::Interrupted => return Err(error),
                Err(_) => None,
            };
            owners.push((uid, exists));
        }
        Ok(owners)
    }

    /// For a restore of `snapshot` into a claim called `target`.
    pub async fn restore_facts(
        &self,
        group: &Group,
        snapshot: &Snapshot,
        target: &str,
    ) -> Result<RestoreFacts> {
        let live = self.claim(&group.claim.name).await?;
        let live_volume = self.volume_of(live.as_ref()).await?;
        let content = match &snapshot.content {
            Some(name) => self.content(name).await?,
            None => None,
        };
        let existing = self.claim(target).await?;
        Ok(RestoreFacts { live, live_volume, content, existing })
    }
}
