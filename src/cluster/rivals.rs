//! Looks at what else sets the replicas of what was stopped: autoscalers, and the tools that deploy it.
//! Must not fail where it may not look: what that could be is said, and noticed when it acts.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::api::{Api, ListParams};
use kube::core::{ApiResource, DynamicObject};

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::workloads::{api_resource, named, resource};
use crate::api::workloads;
use crate::error::{Reason, Result};
use crate::model::workload::{Application, Tool, Workload};
use crate::plan::restore::Rivals;

const KEDA: &str = "keda.sh/v1alpha1";

impl Cluster {
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
            let call =
                Call::list(Kind::Workload, Some(&self.namespace)).of(resource(&kind, "scaledobjects", None));
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
}
