//! What cannot be stopped, or would be started again by somebody else, is refused before anything is touched, with the way out.
//! Autoscalers and deployment tools are there as objects; a loop stands for what they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use sandbox::testing::Cluster;
use serde_json::{Value, json};

use super::application::scene;
use super::{OLD, Scene};
use crate::support::{gemini, needs_sandbox};

const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  \
                   template: {metadata: {labels: {app: shop}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}], \
                   volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}}\n";

impl Scene {
    fn patch(&self, what: &str, patch: &Value) {
        self.namespace.kubectl(&["patch", what, "--type=merge", "-p", &patch.to_string()]);
    }

    /// The restore refuses, and nothing was changed.
    fn refuses(&self, reason: &str, texts: &[&str]) {
        self.restore(&[]).fails_with(1, reason, texts);
        gemini(&self.namespace, &["status"]).exits(0).says(&["No restores found"]);
        self.as_before();
    }
}

#[test]
fn what_would_be_started_again_or_take_its_claims_with_it_is_refused() {
    if needs_sandbox("what_would_be_started_again_or_take_its_claims_with_it_is_refused") {
        return;
    }
    let (scene, _node) = scene("rivals", SET);
    scene.runs("statefulset", 1);
    let set = "statefulset/shop";

    let when = |word: &str| json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": word, "whenDeleted": "Retain"}}});
    scene.patch(set, &when("Delete"));
    scene.refuses("ClaimsAtRisk", &["whenScaled: Delete", "kubectl patch statefulset/shop"]);
    // Whoever stops it, that is what would happen.
    for scale in ["--scale=manual", "--scale=never"] {
        let run = scene.restore(&[scale]).fails_with(1, "ClaimsAtRisk", &["kubectl patch statefulset/shop"]);
        assert!(!run.stderr.contains("kubectl scale"), "{}", run.stderr);
    }
    scene.patch(set, &when("Retain"));

    let flux = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}});
    scene.patch(set, &flux);
    scene.refuses("ControlledElsewhere", &["Flux (Kustomization apps)", "reconcile=disabled"]);
    scene.patch(
        set,
        &json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}}),
    );
    scene.restore(&["--dry-run"]).exits(0);
    scene.patch(set, &json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": null}}}));

    let argo = |id: Value| json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": id}}});
    scene.patch(set, &argo("shop:apps/StatefulSet:x/shop".into()));
    scene.refuses(
        "ControlledElsewhere",
        &["Argo CD (application shop)", "skip-reconcile=true", "--scale=manual"],
    );
    scene.patch(set, &argo(Value::Null));

    let uid = scene.namespace.get("serviceaccount", "default")["metadata"]["uid"].clone();
    let owner = json!([{"apiVersion": "postgres.example.com/v1", "kind": "Cluster", "name": "pg", "uid": uid, "controller": true}]);
    scene.patch(set, &json!({"metadata": {"ownerReferences": owner}}));
    scene.refuses("ControlledElsewhere", &["the operator of Cluster/pg", "--scale=manual"]);
}

#[test]
fn an_autoscaler_that_stands_still_is_told_and_one_that_does_not_is_refused() {
    if needs_sandbox("an_autoscaler_that_stands_still_is_told_and_one_that_does_not_is_refused") {
        return;
    }
    let (scene, _node) = scene("scalers", SET);
    scene.runs("statefulset", 1);
    scene.namespace.apply(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: shop}\nspec:\n  minReplicas: 1\n  maxReplicas: 4\n  \
         scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: shop}\n",
    );
    let plan = scene.restore(&["--dry-run"]).exits(0).stdout;
    assert!(plan.contains("HorizontalPodAutoscaler/shop also sets replicas; it stands still"), "{plan}");
    scene.namespace.apply(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: scaledobjects.keda.sh}\nspec:\n  group: keda.sh\n  \
         scope: Namespaced\n  names: {kind: ScaledObject, listKind: ScaledObjectList, plural: scaledobjects, singular: scaledobject}\n  \
         versions: [{name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n",
    );
    scene.namespace.kubectl(&[
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        "crd/scaledobjects.keda.sh",
    ]);
    let scaled = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: shop}\nspec: {scaleTargetRef: {kind: StatefulSet, name: shop}}\n";
    scene.namespace.wait("the new kind to be served", || {
        let args = ["-n", scene.namespace.name(), "apply", "-f", "-"];
        Cluster::shared().kubectl(args, scaled).ok().filter(|output| output.status.success())
    });
    scene.refuses("ControlledElsewhere", &["ScaledObject/shop", "autoscaling.keda.sh/paused=true"]);
    scene.patch(
        "scaledobject/shop",
        &json!({"metadata": {"annotations": {"autoscaling.keda.sh/paused": "true"}}}),
    );
    scene.restore(&["--dry-run"]).exits(0);
}

#[test]
fn pods_that_nothing_would_make_again_are_refused() {
    if needs_sandbox("pods_that_nothing_would_make_again_are_refused") {
        return;
    }
    let daemons = SET.replace("StatefulSet", "DaemonSet");
    let (scene, _node) = scene("bare", &daemons);
    crate::support::until("the daemon to have a pod", || !scene.namespace.list("pod").is_empty());
    scene.refuses("ClaimInUse", &["DaemonSet/shop", "--scale=manual"]);
    scene.namespace.kubectl(&["delete", "daemonset", "shop"]);
    crate::support::until("its pod to be gone", || scene.namespace.list("pod").is_empty());

    // One that has finished is deleted only where that is asked for.
    scene.namespace.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: migration}\nspec:\n  restartPolicy: Never\n  containers: [{name: c, image: none}]\n  \
         volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n",
    );
    scene.refuses("ClaimInUse", &["kubectl delete pod migration"]);
    let done = json!({"status": {"phase": "Succeeded"}}).to_string();
    scene.namespace.kubectl(&["patch", "pod", "migration", "--subresource=status", "-p", &done]);
    scene.refuses("ClaimInUse", &["it has finished", "--delete-pods"]);
    scene.restore(&["--delete-pods"]).exits(0);
    assert!(scene.namespace.list("pod").is_empty());
    assert_eq!(scene.read(), OLD);
    scene.settled();
}

/// Somebody who sets the replicas again and again, and whom no object gives away.
#[test]
fn whoever_starts_the_application_meanwhile_is_noticed_and_named() {
    if needs_sandbox("whoever_starts_the_application_meanwhile_is_noticed_and_named") {
        return;
    }
    let (scene, _node) = scene("rescaled", SET);
    scene.runs("statefulset", 1);
    let (is_over, name) = (Arc::new(AtomicBool::new(false)), scene.namespace.name().to_owned());
    let seen = is_over.clone();
    let rival = thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            let patch = r#"{"spec": {"replicas": 1}}"#;
            let args = [
                "patch",
                "statefulset",
                "shop",
                "-n",
                &name,
                "--type=merge",
                "-p",
                patch,
                "--field-manager=nightwatch",
            ];
            let _ = Cluster::shared().kubectl(args, "");
            thread::sleep(Duration::from_millis(100));
        }
    });
    let run = scene.restore(&["--timeout", "60s"]);
    is_over.store(true, Ordering::Relaxed);
    rival.join().unwrap();
    run.fails_with(6, "StartedElsewhere", &["StatefulSet/shop", "nightwatch", "--resume"]);
    scene.intact();
    let id = scene.id();
    gemini(&scene.namespace, &["restore", "--resume", &id]).exits(0);
    assert_eq!(scene.read(), OLD);
    scene.settled();
    scene.runs("statefulset", 1);
}
