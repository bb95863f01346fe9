//! Looks at what makes the pods that use a claim, and sets it.
//! Must read what has to be put back from the cluster each time, and set it only as it was seen.

use k8s_openapi::api::autoscaling::v1::Scale;
use k8s_openapi::api::batch::v1::CronJob;
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::Value;

use super::apply::{Persist, Sent, patch_params};
use super::call::{Call, Kind, Resource, Verb};
use super::connect::Cluster;
use crate::api::workloads;
use crate::error::{Error, Reason, Result};
use crate::model::pod::Pod;
use crate::model::workload::{Named, ReplicaClaims, Setting, Stopped, Workload};
use crate::plan::restore::{Maker, User};

/// Kinds of which the one that controls them is what is set.
const CLIMBED: [&str; 2] = ["ReplicaSet", "Job"];
/// The kinds of Kubernetes itself that can be stopped.
const OWN: [(&str, &str); 6] = [
    ("Deployment", "deployments"),
    ("StatefulSet", "statefulsets"),
    ("ReplicaSet", "replicasets"),
    ("ReplicationController", "replicationcontrollers"),
    ("CronJob", "cronjobs"),
    ("Job", "jobs"),
];

impl Cluster {
    /// Workloads as they are now, without those that do not exist any more.
    pub async fn workloads(&self, wanted: &[Stopped]) -> Result<Vec<Workload>> {
        let looks = wanted.iter().map(|stopped| self.workload(&stopped.who, &stopped.plural));
        let found = futures::future::try_join_all(looks).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The claims of a StatefulSet's replicas.
    ///
    /// Fails with `WorkloadNotFound`.
    pub async fn replica_claims(&self, set: &str) -> Result<ReplicaClaims> {
        let who = named("apps/v1", "StatefulSet", set);
        let call = self.call_of(Verb::Get, &who, "statefulsets", None);
        let object = self.get(&self.api_of(&who, "statefulsets"), &call).await?;
        object.as_ref().map(workloads::replica_claims).ok_or_else(|| {
            let message = format!("statefulset \"{set}\" does not exist in namespace {}", self.namespace);
            Error::new(Reason::WorkloadNotFound, message)
        })
    }

    /// Names of the StatefulSets of the namespace.
    pub async fn stateful_set_names(&self) -> Result<Vec<String>> {
        let who = named("apps/v1", "StatefulSet", "");
        let call = Call::list(Kind::Workload, Some(&self.namespace)).of(resource(&who, "statefulsets", None));
        let api = self.api_of(&who, "statefulsets");
        self.list_as(&api, ListParams::default(), &call, |object| object.metadata.name).await
    }

    /// Who makes the pods, from near to far.
    pub async fn makers_of(&self, pods: Vec<Pod>) -> Result<Vec<User>> {
        let mut users = vec![];
        for pod in pods {
            let (mut makers, mut owner) = (vec![], pod.owner.clone());
            while let Some(who) = owner.take() {
                let maker = self.maker(&who).await?;
                owner = match &maker {
                    Maker::Workload(workload) if CLIMBED.contains(&who.kind.as_str()) => {
                        workload.owner.clone()
                    }
                    _ => None,
                };
                makers.push(maker);
            }
            users.push(User { pod, makers });
        }
        Ok(users)
    }

    async fn maker(&self, who: &Named) -> Result<Maker> {
        let found = match self.plural_to_stop(who).await? {
            Some(plural) => self.workload(who, &plural).await?,
            None => None,
        };
        Ok(found.map_or_else(|| Maker::Other(who.clone()), |workload| Maker::Workload(Box::new(workload))))
    }

    /// How a kind that can be stopped is called in addresses; `None` for one that cannot.
    async fn plural_to_stop(&self, who: &Named) -> Result<Option<String>> {
        if !who.is_of_another_api() {
            return Ok(OWN
                .iter()
                .find(|(kind, _)| *kind == who.kind)
                .map(|(_, plural)| (*plural).to_owned()));
        }
        let served = self.resources(&who.api_version).await?;
        let of_kind =
            served.iter().find(|resource| resource.kind == who.kind && !resource.name.contains('/'));
        let is_scaled = |plural: &&String| served.iter().any(|part| part.name == format!("{plural}/scale"));
        Ok(of_kind.map(|resource| &resource.name).filter(is_scaled).cloned())
    }

    fn api_of(&self, who: &Named, plural: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client(), &self.namespace, &api_resource(who, plural))
    }

    pub(super) fn call_of(
        &self,
        verb: Verb,
        who: &Named,
        plural: &str,
        subresource: Option<&'static str>,
    ) -> Call {
        let call = Call::one(verb, Kind::Workload, Some(&self.namespace), &who.name);
        call.of(resource(who, plural, subresource))
    }

    async fn workload(&self, who: &Named, plural: &str) -> Result<Option<Workload>> {
        let api = self.api_of(who, plural);
        let Some(object) = self.get(&api, &self.call_of(Verb::Get, who, plural, None)).await? else {
            return Ok(None);
        };
        if object.metadata.uid.as_ref() != Some(&who.uid) {
            return Ok(None);
        }
        let is_own = OWN.iter().any(|(_, own)| *own == plural);
        let scale = if is_own { None } else { Some(self.scale(&api, who, plural).await?) };
        Ok(workloads::workload(&object, plural, scale.as_ref()))
    }

    /// What the scale of an object says, wherever its own kind keeps that.
    async fn scale(&self, api: &Api<DynamicObject>, who: &Named, plural: &str) -> Result<Scale> {
        let call = self.call_of(Verb::Get, who, plural, Some("scale"));
        self.read(&call, || api.get_scale(&who.name)).await.map_err(|failure| failure.error)
    }

    /// CronJobs that make pods with the claim, and are not suspended.
    pub async fn cron_jobs_of(&self, claim: &str) -> Result<Vec<Workload>> {
        let api: Api<CronJob> = Api::namespaced(self.client(), &self.namespace);
        let all =
            self.list(&api, ListParams::default(), &Call::list(Kind::CronJob, Some(&self.namespace))).await?;
        let names = all.iter().filter(|object| workloads::would_use(object, claim));
        let mut found = vec![];
        for object in names {
            let metadata = &object.metadata;
            let who = Named {
                api_version: "batch/v1".into(),
                kind: "CronJob".into(),
                name: metadata.name.clone().unwrap_or_default(),
                uid: metadata.uid.clone().unwrap_or_default(),
            };
            found.extend(self.workload(&who, "cronjobs").await?);
        }
        Ok(found)
    }

    /// Refuses if a workload may not be stopped and started again.
    pub async fn require_setting(&self, stopped: &Stopped) -> Result<()> {
        for (verb, part) in [(Verb::Get, None), (Verb::Patch, subresource(stopped.was))] {
            self.require_call(&self.call_of(verb, &stopped.who, &stopped.plural, part)).await?;
        }
        Ok(())
    }

    /// Has the server check the stopping of these, while they run.
    pub async fn rehearse_settings(&self, wanted: &[Stopped]) -> Result<()> {
        for workload in self.workloads(wanted).await? {
            let rest = workload.setting.at_rest();
            // What may pass will have passed; only a refusal counts.
            self.send_setting(&workload, rest, Persist::ServerDryRun).await?;
        }
        Ok(())
    }

    /// Sets how much of a workload runs, exactly as it was seen.
    pub async fn send_setting(
        &self,
        workload: &Workload,
        setting: Setting,
        persist: Persist,
    ) -> Result<Sent> {
        let Workload { who, plural, .. } = workload;
        let (api, part) = (self.api_of(who, plural), subresource(setting));
        let call = self.call_of(Verb::Patch, who, plural, part);
        let patch: Patch<Value> = Patch::Merge(workloads::setting(workload, setting));
        let params = PatchParams { dry_run: persist == Persist::ServerDryRun, ..patch_params() };
        let name = &who.name;
        match part {
            Some(_) => self.sent(self.write(&call, api.patch_scale(name, &params, &patch)).await),
            None => self.sent(self.write(&call, api.patch(name, &params, &patch)).await),
        }
    }
}

/// An object of which more is not known.
pub(super) fn named(api_version: &str, kind: &str, name: &str) -> Named {
    Named { api_version: api_version.into(), kind: kind.into(), name: name.into(), uid: String::new() }
}

pub(super) fn resource(who: &Named, plural: &str, subresource: Option<&'static str>) -> Resource {
    Resource { group: who.group().to_owned(), plural: plural.to_owned(), subresource, kind: who.kind.clone() }
}

pub(super) fn api_resource(who: &Named, plural: &str) -> ApiResource {
    ApiResource {
        group: who.group().to_owned(),
        version: who.version().to_owned(),
        api_version: who.api_version.clone(),
        kind: who.kind.clone(),
        plural: plural.to_owned(),
    }
}

fn subresource(setting: Setting) -> Option<&'static str> {
    matches!(setting, Setting::Replicas(_)).then_some("scale")
}
