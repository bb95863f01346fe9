//! Pods and attachments, as far as they stand in the way of a claim.
//! Must see a claim in every form in which a pod may name it.

use k8s_openapi::api::core::v1::{Pod as WirePod, PodSpec, Volume};
use k8s_openapi::api::storage::v1::VolumeAttachment;
use serde_json::json;

use super::marks;
use crate::model::draft::ProbeDraft;
use crate::model::pod::Pod;
use crate::model::workload::Named;

/// The pod, if it names the claim: as a volume, or as one made for the pod alone.
pub fn user_of(object: &WirePod, claim: &str) -> Option<Pod> {
    let metadata = &object.metadata;
    let name = metadata.name.clone().unwrap_or_default();
    object.spec.as_ref().is_some_and(|spec| names_claim(spec, &name, claim)).then(|| pod(object))
}

/// A pod called `pod` that is made like this names the claim.
pub fn names_claim(spec: &PodSpec, pod: &str, claim: &str) -> bool {
    spec.volumes.iter().flatten().any(|volume| {
        let mounted = volume.persistent_volume_claim.as_ref().map(|source| source.claim_name.clone());
        mounted.or_else(|| own_claim(volume, pod)).as_deref() == Some(claim)
    })
}

/// The claim that is made for this volume of the pod alone: Kubernetes calls it after both.
fn own_claim(volume: &Volume, pod: &str) -> Option<String> {
    volume.ephemeral.as_ref().map(|_| format!("{pod}-{}", volume.name))
}

/// The pod.
pub fn pod(object: &WirePod) -> Pod {
    let metadata = &object.metadata;
    let owners = metadata.owner_references.clone().unwrap_or_default();
    let owner = owners.into_iter().find(|owner| owner.controller == Some(true));
    let node = object.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let conditions = object.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut unscheduled =
        conditions.filter(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    let name = metadata.name.clone().unwrap_or_default();
    let volumes = object.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let own_claims = volumes.filter_map(|volume| own_claim(volume, &name)).collect();
    Pod {
        name,
        uid: metadata.uid.clone().unwrap_or_default(),
        phase: object.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default(),
        is_scheduled: node.is_some_and(|node| !node.is_empty()),
        terminating: metadata.deletion_timestamp.is_some(),
        owner: owner.map(|owner| Named {
            api_version: owner.api_version,
            kind: owner.kind,
            name: owner.name,
            uid: owner.uid,
        }),
        own_claims,
        restore: metadata.annotations.as_ref().and_then(|all| all.get(marks::RESTORE_ID).cloned()),
        unscheduled: unscheduled.find_map(|condition| condition.message.clone()),
        last_words: last_words(object),
    }
}

/// How the first container ended that did.
fn last_words(object: &WirePod) -> Option<String> {
    let containers = object.status.as_ref()?.container_statuses.as_ref()?;
    let ended = containers.iter().find_map(|container| container.state.as_ref()?.terminated.as_ref())?;
    let text = ended.message.as_deref().map(str::trim).filter(|text| !text.is_empty());
    Some(text.map_or_else(
        || format!("exit code {}", ended.exit_code),
        |text| format!("exit code {}: {text}", ended.exit_code),
    ))
}

/// The node that a volume is attached to, if the attachment is of that volume.
pub fn attached_to(object: &VolumeAttachment, volume: &str) -> Option<String> {
    let is_of_it = object.spec.source.persistent_volume_name.as_deref() == Some(volume);
    is_of_it.then(|| object.spec.node_name.clone())
}

/// A pod that meets the strictest rules for pods that there are, and only keeps a claim in use.
pub fn probe(draft: &ProbeDraft) -> serde_json::Result<WirePod> {
    let (mounts, path) = match draft.is_block {
        true => ("volumeDevices", json!({"name": "restored", "devicePath": "/dev/restored"})),
        false => ("volumeMounts", json!({"name": "restored", "mountPath": "/restored", "readOnly": true})),
    };
    // To read files, somebody's check may have to be the user that it is made for.
    let (pod_rules, rules) = match draft.check {
        Some(_) => (json!({}), json!({"allowPrivilegeEscalation": false})),
        None => (
            json!({
                "runAsNonRoot": true, "runAsUser": 65534, "runAsGroup": 65534,
                "seccompProfile": {"type": "RuntimeDefault"},
            }),
            json!({
                "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            }),
        ),
    };
    let command = draft.check.clone().flatten().map(|command| json!(["sh", "-c", command]));
    let little = json!({"cpu": "10m", "memory": "16Mi"});
    let resources = draft.check.is_none().then(|| json!({"requests": little, "limits": little}));
    let affinity = draft
        .place
        .as_ref()
        .map(|place| json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": place}}));
    // Where the old volume can be reached from nowhere else, it must get in.
    let tolerations = affinity.as_ref().map(|_| json!([{"operator": "Exists", "effect": "NoSchedule"}]));
    serde_json::from_value(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": draft.name,
            "namespace": draft.namespace,
            "labels": {marks::MANAGED_BY: marks::KUBECTL_GEMINI},
            "annotations": {marks::RESTORE_ID: draft.restore},
        },
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": pod_rules,
            "affinity": affinity,
            "tolerations": tolerations,
            "containers": [{
                "name": "probe",
                "image": draft.image,
                "command": command,
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "resources": resources,
                "securityContext": rules,
                mounts: [path],
            }],
            "volumes": [{"name": "restored", "persistentVolumeClaim": {"claimName": draft.name}}],
        },
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(volume: Value) -> WirePod {
        let object = json!({
            "metadata": {"name": "db-0", "uid": "u", "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": "s", "controller": true}]},
            "spec": {"containers": [], "volumes": [volume]}, "status": {"phase": "Succeeded"},
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_claim_is_seen_in_every_form() {
        let mounted = pod(json!({"name": "data", "persistentVolumeClaim": {"claimName": "db-data"}}));
        let own = pod(json!({"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}));
        let user = user_of(&mounted, "db-data").unwrap();
        assert_eq!(
            (user.owner.unwrap().to_string(), user.is_scheduled),
            ("StatefulSet/db".to_owned(), false)
        );
        assert!(user_of(&mounted, "other").is_none());
        assert!(user_of(&own, "db-0-data").is_some() && user_of(&own, "data").is_none());
    }
}
