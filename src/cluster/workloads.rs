//! Looks at what makes the pods that use a claim, and at what else sets that; and sets it.
//! Must read what has to be put back from the cluster each time, and set it only as it was seen.

use k8s_openapi::api::autoscaling::v1::Scale;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
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
use crate::model::workload::{Application, Named, ReplicaClaims, Setting, Stopped, Tool, Workload};
use crate::plan::restore::{Maker, Rivals, User};

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
const KEDA: &str = "keda.sh/v1alpha1";

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
        if ["", "apps", "batch"].contains(&who.group()) {
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

    fn call_of(&self, verb: Verb, who: &Named, plural: &str, subresource: Option<&'static str>) -> Call {
        let (group, plural, kind) = (who.group().to_owned(), plural.to_owned(), who.kind.clone());
        Call::one(verb, Kind::Workload, Some(&self.namespace), &who.name).of(Resource {
            group,
            plural,
            subresource,
            kind,
        })
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

    /// What may start these again. What may not be seen is a warning: they are noticed when they do it.
    pub async fn rivals_of(&self, workloads: &[Workload]) -> Result<Rivals> {
        let mut rivals = Rivals::default();
        if workloads.is_empty() {
            return Ok(rivals);
        }
        let mut look = |what: &str, seen: Result<Vec<DynamicObject>>| match seen {
            Ok(objects) => {
                rivals.autoscalers.extend(objects.iter().filter_map(workloads::autoscaler));
                Ok(())
            }
            Err(error) if error.reason == Reason::Forbidden => {
                rivals
                    .unseen
                    .push(format!("whether {what} set their replicas is not known: you may not list them"));
                Ok(())
            }
            Err(error) => Err(error),
        };
        let own = ApiResource::erase::<HorizontalPodAutoscaler>(&());
        look(
            "HorizontalPodAutoscalers",
            self.all_of(&own, &Call::list(Kind::Autoscaler, Some(&self.namespace))).await,
        )?;
        if !self.resources(KEDA).await?.is_empty() {
            let kind = named(KEDA, "ScaledObject", "");
            let resource = Resource {
                group: "keda.sh".into(),
                plural: "scaledobjects".into(),
                subresource: None,
                kind: kind.kind.clone(),
            };
            let call = Call::list(Kind::Workload, Some(&self.namespace)).of(resource);
            look("ScaledObjects of KEDA", self.all_of(&api_resource(&kind, "scaledobjects"), &call).await)?;
        }
        for app in workloads.iter().filter_map(|workload| workload.part_of.as_ref()) {
            if !rivals.still.contains(app) && self.leaves_alone(app).await? {
                rivals.still.push(app.clone());
            }
        }
        Ok(rivals)
    }

    async fn all_of(&self, resource: &ApiResource, call: &Call) -> Result<Vec<DynamicObject>> {
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), &self.namespace, resource);
        let mut objects = self.list(&api, ListParams::default(), call).await?;
        // The items of a list do not say what they are.
        for object in &mut objects {
            object.types.get_or_insert_with(|| kube::core::TypeMeta {
                api_version: resource.api_version.clone(),
                kind: resource.kind.clone(),
            });
        }
        Ok(objects)
    }

    /// The deployment tool's object says that it does not put back what others change; one that cannot be seen says nothing.
    async fn leaves_alone(&self, app: &Application) -> Result<bool> {
        let (group, versions, kind, plural): (_, &[&str], _, _) = match app.tool {
            Tool::ArgoCd => ("argoproj.io", &["v1alpha1"], "Application", "applications"),
            Tool::FluxKustomization => {
                ("kustomize.toolkit.fluxcd.io", &["v1", "v1beta2"], "Kustomization", "kustomizations")
            }
            Tool::FluxHelmRelease => {
                ("helm.toolkit.fluxcd.io", &["v2", "v2beta2", "v2beta1"], "HelmRelease", "helmreleases")
            }
        };
        for version in versions {
            let version = format!("{group}/{version}");
            if !self.resources(&version).await?.iter().any(|resource| resource.name == plural) {
                continue;
            }
            let who = named(&version, kind, &app.name);
            let namespace = app.namespace.as_deref().unwrap_or(if app.tool == Tool::ArgoCd {
                "argocd"
            } else {
                &self.namespace
            });
            let api: Api<DynamicObject> =
                Api::namespaced_with(self.client(), namespace, &api_resource(&who, plural));
            let call =
                Call { namespace: Some(namespace.to_owned()), ..self.call_of(Verb::Get, &who, plural, None) };
            return match self.get(&api, &call).await {
                Ok(found) => Ok(found.is_some_and(|object| workloads::is_still(&object, app.tool))),
                Err(error) if error.reason == Reason::Forbidden => Ok(false),
                Err(error) => Err(error),
            };
        }
        Ok(false)
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
fn named(api_version: &str, kind: &str, name: &str) -> Named {
    Named { api_version: api_version.into(), kind: kind.into(), name: name.into(), uid: String::new() }
}

fn api_resource(who: &Named, plural: &str) -> ApiResource {
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
