//! What a pass looks at: all groups, snapshots and claims, each listed once, the lists side by side.
//! Must hold of each object only what planning needs, and must not let one namespace stand in the way of the others.

use std::collections::BTreeSet;

use kube::Resource as _;
use kube::api::ListParams;
use kube::core::ApiResource;
use serde_json::Value;

use super::call::{Call, Kind};
use super::connect::Cluster;
use super::observe::Unreadable;
use crate::api::lean;
use crate::api::snapshot::VolumeSnapshot;
use crate::error::{Error, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::plan::in_use;

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

/// How a pass looks.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// For groups with these labels.
    pub selector: Option<&'a str>,
    /// For the snapshots of these groups only, by namespace and name; the others are not kept in memory.
    pub only: Option<&'a BTreeSet<(String, String)>>,
}

impl Look<'_> {
    fn wants(&self, snapshot: &Snapshot) -> bool {
        let group = || Some((snapshot.namespace.clone(), snapshot.group.clone()?));
        self.only.is_none_or(|only| group().is_some_and(|group| only.contains(&group)))
    }
}

impl Cluster {
    /// Looks once.
    ///
    /// Fails if it cannot look [`Scope::Everywhere`]; a namespace that is named and cannot be looked at is a part of the
    /// result.
    pub async fn survey(&self, resource: &ApiResource, look: Look<'_>) -> Result<Survey> {
        let namespaces = match look.scope {
            Scope::Everywhere => return self.survey_one(resource, None, look).await,
            Scope::Namespaces(namespaces) => namespaces,
        };
        let mut survey = Survey::default();
        for namespace in namespaces {
            match self.survey_one(resource, Some(namespace), look).await {
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
        look: Look<'_>,
    ) -> Result<Survey> {
        let ((groups, unreadable), snapshots, claims) = futures::try_join!(
            self.groups(resource, namespace, look.selector),
            self.slim_snapshots_of(namespace, |snapshot| look.wants(snapshot)),
            self.slim_claims(namespace)
        )?;
        Ok(Survey { groups, unreadable, snapshots, claims, refused: vec![] })
    }

    /// The snapshots of a namespace that claims are being filled from at this moment: the last look before deletions, for
    /// no precondition of a deletion notices a new claim.
    pub async fn in_use(&self, namespace: &str) -> Result<BTreeSet<String>> {
        let claims = self.slim_claims(Some(namespace)).await?;
        Ok(in_use::sources(&claims, namespace).into_iter().map(str::to_owned).collect())
    }

    /// All snapshots of a namespace or of the cluster, with what planning needs: not with their labels, the annotations of
    /// others, the class, the size, the manifest of the claim, nor what a proven one was taken of.
    pub async fn slim_snapshots(&self, namespace: Option<&str>) -> Result<Vec<Snapshot>> {
        self.slim_snapshots_of(namespace, |_| true).await
    }

    async fn slim_snapshots_of(
        &self,
        namespace: Option<&str>,
        is_wanted: impl Fn(&Snapshot) -> bool,
    ) -> Result<Vec<Snapshot>> {
        let path = VolumeSnapshot::url_path(&(), namespace);
        let wanted = |page: &[u8]| {
            let mut page = lean::snapshots(page)?;
            page.retain(&is_wanted);
            Ok(page)
        };
        self.pages(&path, ListParams::default(), &Call::list(Kind::Snapshot, namespace), wanted).await
    }

    /// All claims of a namespace or of the cluster, without their manifests.
    pub async fn slim_claims(&self, namespace: Option<&str>) -> Result<Vec<Claim>> {
        let slim = |claim| Claim { manifest: Value::Null, ..claim };
        self.claims_as(namespace, slim).await
    }
}
