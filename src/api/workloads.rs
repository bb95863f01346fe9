//! Workloads, and what else sets them: from the wire to the model.
//! Must read any kind that can be scaled, also those that Kubernetes does not know.

use k8s_openapi::api::autoscaling::v1::Scale;
use k8s_openapi::api::batch::v1::CronJob;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::marks::KUBECTL_GEMINI;
use super::pods::names_claim;
use crate::model::workload::{Application, Autoscaler, Named, ReplicaClaims, Setting, Tool, Workload};

const ARGO_TRACKING: &str = "argocd.argoproj.io/tracking-id";
const ARGO_LABEL: &str = "argocd.argoproj.io/instance";
/// Argo CD's own label by default, which Helm and others set, too: then only the field manager tells.
const COMMON_LABEL: &str = "app.kubernetes.io/instance";
const ARGO_MANAGER: &str = "argocd-controller";
const ARGO_PAUSED: &str = "argocd.argoproj.io/skip-reconcile";
const FLUX: [(&str, Tool); 2] = [
    ("kustomize.toolkit.fluxcd.io", Tool::FluxKustomization),
    ("helm.toolkit.fluxcd.io", Tool::FluxHelmRelease),
];
const FLUX_RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
/// With the value that makes KEDA leave replicas alone, also where they are 0.
const KEDA_PAUSED: [(&str, &str); 2] =
    [("autoscaling.keda.sh/paused", "true"), ("autoscaling.keda.sh/paused-replicas", "0")];

/// What claims a StatefulSet makes.
pub fn replica_claims(set: &DynamicObject) -> ReplicaClaims {
    let spec = &set.data["spec"];
    let templates = spec["volumeClaimTemplates"].as_array().into_iter().flatten();
    let name = |template: &Value| template["metadata"]["name"].as_str().map(str::to_owned);
    ReplicaClaims {
        name: set.metadata.name.clone().unwrap_or_default(),
        templates: templates.filter_map(name).collect(),
        first: spec["ordinals"]["start"].as_u64().unwrap_or_default(),
        replicas: spec["replicas"].as_u64().unwrap_or_default(),
    }
}

/// A workload. `scale` is its scale, for a kind of which only that is known. `None` if it cannot be stopped.
pub fn workload(object: &DynamicObject, plural: &str, scale: Option<&Scale>) -> Option<Workload> {
    let (metadata, types) = (&object.metadata, object.types.clone()?);
    let (spec, status) = (&object.data["spec"], &object.data["status"]);
    let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok());
    let setting = match types.kind.as_str() {
        "CronJob" | "Job" => Setting::Suspended(spec["suspend"] == true),
        // The API server fills in the 1 of its own kinds.
        _ => Setting::Replicas(match scale {
            // Where it is left out it is 0.
            Some(scale) => positive(scale.spec.as_ref().and_then(|spec| spec.replicas)),
            None => count(&spec["replicas"])?,
        }),
    };
    // What the controller saw of an earlier setting says nothing of this one.
    let is_seen = match (metadata.generation, status["observedGeneration"].as_i64()) {
        (Some(set), Some(seen)) => seen >= set,
        _ => true,
    };
    let there = || scale.map(|scale| positive(scale.status.as_ref().map(|status| status.replicas)));
    let ready = count(&status["readyReplicas"]).or_else(there).filter(|_| is_seen);
    let owners = metadata.owner_references.iter().flatten();
    let owner = owners.into_iter().find(|owner| owner.controller == Some(true));
    let set_by = set_by(object);
    Some(Workload {
        who: Named {
            api_version: types.api_version,
            kind: types.kind,
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
        },
        plural: plural.to_owned(),
        resource_version: metadata.resource_version.clone(),
        setting,
        ready: ready.unwrap_or_default(),
        deletes_claims: spec["persistentVolumeClaimRetentionPolicy"]["whenScaled"] == "Delete",
        owner: owner.map(|owner| Named {
            api_version: owner.api_version.clone(),
            kind: owner.kind.clone(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
        }),
        may_be_set_by_us: set_by.as_deref().is_none_or(|by| by == KUBECTL_GEMINI),
        set_by,
        part_of: part_of(object),
    })
}

fn positive(count: Option<i32>) -> u32 {
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
}

/// The field manager that wrote last how much of it runs.
fn set_by(object: &DynamicObject) -> Option<String> {
    let entries = object.metadata.managed_fields.iter().flatten();
    let writes = entries.filter(|entry| {
        let fields = entry.fields_v1.as_ref().map(|fields| &fields.0);
        let spec = fields.map(|fields| &fields["f:spec"]);
        spec.is_some_and(|spec| ["f:replicas", "f:suspend"].iter().any(|field| !spec[*field].is_null()))
    });
    writes.max_by(|a, b| a.time.cmp(&b.time))?.manager.clone()
}

fn part_of(object: &DynamicObject) -> Option<Application> {
    let (labels, annotations) = (
        object.metadata.labels.clone().unwrap_or_default(),
        object.metadata.annotations.clone().unwrap_or_default(),
    );
    let tracked = annotations.get(ARGO_TRACKING).and_then(|id| id.split(':').next());
    let is_applied_by_argo = object
        .metadata
        .managed_fields
        .iter()
        .flatten()
        .any(|entry| entry.manager.as_deref() == Some(ARGO_MANAGER));
    let common = labels.get(COMMON_LABEL).filter(|_| is_applied_by_argo);
    if let Some(name) = tracked.or(labels.get(ARGO_LABEL).or(common).map(String::as_str)) {
        // In other namespaces than Argo CD's own: `namespace_name`.
        let (namespace, name) =
            name.split_once('_').map_or((None, name), |(namespace, name)| (Some(namespace), name));
        return Some(Application {
            tool: Tool::ArgoCd,
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            spares_it: false,
        });
    }
    FLUX.into_iter().find_map(|(group, tool)| {
        Some(Application {
            tool,
            name: labels.get(&format!("{group}/name"))?.clone(),
            namespace: labels.get(&format!("{group}/namespace")).cloned(),
            spares_it: annotations.get(FLUX_RECONCILE).is_some_and(|value| value == "disabled"),
        })
    })
}

/// The object of a deployment tool leaves its parts alone for now.
pub fn is_still(object: &DynamicObject, tool: Tool) -> bool {
    let spec = &object.data["spec"];
    let marked = |key: &str| {
        object.metadata.annotations.as_ref().is_some_and(|all| all.get(key).is_some_and(|v| v == "true"))
    };
    match tool {
        Tool::ArgoCd => {
            let automated = &spec["syncPolicy"]["automated"];
            marked(ARGO_PAUSED) || automated["selfHeal"] != true || automated["enabled"] == false
        }
        Tool::FluxKustomization => spec["suspend"] == true,
        Tool::FluxHelmRelease => spec["suspend"] == true || spec["driftDetection"]["mode"] != "enabled",
    }
}

/// A HorizontalPodAutoscaler or a ScaledObject.
pub fn autoscaler(object: &DynamicObject) -> Option<Autoscaler> {
    let (types, spec) = (object.types.clone()?, &object.data["spec"]);
    let target = &spec["scaleTargetRef"];
    let is_still = match types.kind.as_str() {
        "HorizontalPodAutoscaler" => spec["minReplicas"] != 0,
        _ => object.metadata.annotations.as_ref().is_some_and(|all| {
            KEDA_PAUSED.iter().any(|(key, value)| all.get(*key).is_some_and(|v| v == value))
        }),
    };
    Some(Autoscaler {
        who: Named {
            api_version: types.api_version,
            kind: types.kind,
            name: object.metadata.name.clone()?,
            uid: object.metadata.uid.clone().unwrap_or_default(),
        },
        // KEDA leaves the kind out where it is a Deployment.
        target: (
            target["kind"].as_str().unwrap_or("Deployment").to_owned(),
            target["name"].as_str()?.to_owned(),
        ),
        is_still,
    })
}

/// The CronJob makes pods that use the claim.
pub fn would_use(object: &CronJob, claim: &str) -> bool {
    let job = object.spec.as_ref().and_then(|spec| spec.job_template.spec.as_ref());
    let pod = job.and_then(|job| job.template.spec.as_ref());
    pod.is_some_and(|pod| names_claim(pod, "", claim))
}

/// The patch that sets how much of a workload runs, as it was seen.
pub fn setting(workload: &Workload, setting: Setting) -> Value {
    let metadata = json!({"resourceVersion": workload.resource_version});
    match setting {
        Setting::Replicas(replicas) => json!({"metadata": metadata, "spec": {"replicas": replicas}}),
        Setting::Suspended(suspend) => {
            json!({"metadata": {"uid": workload.who.uid, "resourceVersion": workload.resource_version}, "spec": {"suspend": suspend}})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn keda_stands_still_only_if_it_is_paused_at_nothing() {
        for (annotations, is_still) in [
            (json!({}), false),
            (json!({"autoscaling.keda.sh/paused": "true"}), true),
            (json!({"autoscaling.keda.sh/paused": "false"}), false),
            (json!({"autoscaling.keda.sh/paused-replicas": "0"}), true),
            (json!({"autoscaling.keda.sh/paused-replicas": "3"}), false),
        ] {
            let scaler = object(json!({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
                "metadata": {"name": "shop", "annotations": annotations}, "spec": {"scaleTargetRef": {"name": "shop"}}}));
            assert_eq!(autoscaler(&scaler).unwrap().is_still, is_still, "{annotations}");
        }
        for (least, is_still) in [(json!(null), true), (json!(1), true), (json!(0), false)] {
            let scaler = object(json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": "shop"}, "spec": {"minReplicas": least, "scaleTargetRef": {"kind": "StatefulSet", "name": "shop"}}}));
            assert_eq!(autoscaler(&scaler).unwrap().is_still, is_still, "{least}");
        }
    }

    #[test]
    fn a_tool_leaves_its_parts_alone_only_while_it_is_paused_or_told_to() {
        let heals = |more: Value| {
            let mut automated = json!({"selfHeal": true});
            automated.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"syncPolicy": {"automated": automated}})
        };
        let paused = json!({"argocd.argoproj.io/skip-reconcile": "true"});
        let none = json!({});
        for (tool, annotations, spec, is_still_now) in [
            (Tool::ArgoCd, &none, heals(json!({})), false),
            (Tool::ArgoCd, &none, heals(json!({"enabled": true})), false),
            (Tool::ArgoCd, &none, heals(json!({"enabled": false})), true),
            (Tool::ArgoCd, &none, heals(json!({"selfHeal": false})), true),
            (Tool::ArgoCd, &none, json!({}), true),
            (Tool::ArgoCd, &paused, heals(json!({})), true),
            (Tool::FluxKustomization, &none, json!({}), false),
            (Tool::FluxKustomization, &none, json!({"suspend": true}), true),
            (Tool::FluxHelmRelease, &none, json!({"driftDetection": {"mode": "enabled"}}), false),
            (
                Tool::FluxHelmRelease,
                &none,
                json!({"driftDetection": {"mode": "enabled"}, "suspend": true}),
                true,
            ),
            (Tool::FluxHelmRelease, &none, json!({"driftDetection": {"mode": "warn"}}), true),
        ] {
            let text = format!("{tool:?} {annotations} {spec}");
            let owner = object(json!({"apiVersion": "example.com/v1", "kind": "Tool",
                "metadata": {"name": "shop", "annotations": annotations}, "spec": spec}));
            assert_eq!(is_still(&owner, tool), is_still_now, "{text}");
        }
    }

    /// Helm sets the same label.
    #[test]
    fn the_common_label_means_argo_only_where_argo_writes() {
        for (manager, wanted) in [("argocd-controller", Some("shop")), ("helm", None)] {
            let part =
                object(json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db",
                "labels": {"app.kubernetes.io/instance": "shop"}, "managedFields": [{"manager": manager}]}}));
            let found = part_of(&part);
            assert_eq!(found.as_ref().map(|app| app.name.as_str()), wanted, "{manager}");
            assert!(found.is_none_or(|app| app.tool == Tool::ArgoCd));
        }
    }

    /// Seen on the real cluster: of a scale to 0 nothing is recorded.
    #[test]
    fn what_nobody_is_recorded_to_have_set_may_have_been_set_by_us() {
        for (manager, field, wanted) in [
            ("kubectl-gemini", "f:suspend", true),
            ("kubectl-patch", "f:suspend", false),
            ("kubectl-patch", "f:template", true),
        ] {
            let fields = json!({"f:spec": {field: {}}});
            let job = object(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "shop",
                "managedFields": [{"manager": manager, "fieldsV1": fields}]}, "spec": {"suspend": true}}));
            assert_eq!(workload(&job, "jobs", None).unwrap().may_be_set_by_us, wanted, "{manager} {field}");
        }
    }
}
