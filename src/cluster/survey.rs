//! What a pass looks at: all groups, snapshots and claims, each listed once, the lists side by side.
//! Must hold of each object only what planning needs, and must not let one namespace stand in the way of the others.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use kube::api::{Api, ListParams};
use kube::core::{ApiResource, DynamicObject};

use super::call::{Call, Kind};
use super::connect::Cluster;
use super::observe::Unreadable;
use crate::api::snapshot::VolumeSnapshot;
use crate::api::{convert, storage};
use crate::error::{Error, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;

/// Where a pass looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In all namespaces at once, which needs the right to.
    Everywhere,
    /// In each of these.
    Namespaces(Vec<String>),
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The groups that were asked for.
    pub groups: Vec<Group>,
    /// Groups that exist but cannot be understood.
    pub unreadable: Vec<Unreadable>,
    /// All snapshots, without what only a restore needs: annotations and the manifest of the claim.
    pub snapshots: Vec<Snapshot>,
    /// All claims, without their manifests.
    pub claims: Vec<Claim>,
    /// Namespaces that could not be looked at.
    pub refused: Vec<(String, Error)>,
}

impl Cluster {
    /// Looks once. `selector` chooses groups by their labels.
    ///
    /// Fails if it cannot look [`Scope::Everywhere`]; a namespace that is named and cannot be looked at is a part of the
    /// result.
    pub async fn survey(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selector: Option<&str>,
    ) -> Result<Survey> {
        let namespaces = match scope {
            Scope::Everywhere => return self.survey_one(resource, None, selector).await,
            Scope::Namespaces(namespaces) => namespaces,
        };
        let mut survey = Survey::default();
        for namespace in namespaces {
            match self.survey_one(resource, Some(namespace), selector).await {
                Ok(mut one) => {
                    survey.groups.append(&mut one.groups);
                    survey.unreadable.append(&mut one.unreadable);
                    survey.snapshots.append(&mut one.snapshots);
                    survey.claims.append(&mut one.claims);
                }
                Err(error) => survey.refused.push((namespace.clone(), error)),
            }
        }
        Ok(survey)
    }

    async fn survey_one(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Survey> {
        let ((groups, unreadable), snapshots, claims) = futures::try_join!(
            self.groups(resource, namespace, selector),
            self.slim_snapshots(namespace),
            self.slim_claims(namespace)
        )?;
        Ok(Survey { groups, unreadable, snapshots, claims, refused: vec![] })
    }

    async fn slim_snapshots(&self, namespace: Option<&str>) -> Result<Vec<Snapshot>> {
        let api: Api<VolumeSnapshot> = match namespace {
            Some(namespace) => Api::namespaced(self.client(), namespace),
            None => Api::all(self.client()),
        };
        let call = Call::list(Kind::Snapshot, namespace);
        self.list_as(&api, ListParams::default(), &call, |object| Some(convert::slim_snapshot(object))).await
    }

    async fn slim_claims(&self, namespace: Option<&str>) -> Result<Vec<Claim>> {
        let resource = ApiResource::erase::<PersistentVolumeClaim>(&());
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client(), namespace, &resource),
            None => Api::all_with(self.client(), &resource),
        };
        let slim = |object: DynamicObject| {
            let claim = storage::claim(&object)?;
            Some(Claim { manifest: serde_json::Value::Null, ..claim })
        };
        self.list_as(&api, ListParams::default(), &Call::list(Kind::Claim, namespace), slim).await
    }
}
