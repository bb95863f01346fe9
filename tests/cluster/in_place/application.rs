//! Restores under a running application: it is stopped, started again as it was, and waited for.
//! The controllers are real; that pods run and go is played.

use std::sync::atomic::Ordering;

use serde_json::Value;

use super::kubelet::Node;
use super::{NEW, OLD, Scene};
use crate::support::{Running, gemini, needs_sandbox, protected, until};

const POD: &str = "{metadata: {labels: {app: shop}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}], \
                   volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}}";

/// A workload whose pods use the claim `data`.
pub fn workload(kind: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: shop}}\nspec:\n  selector: {{matchLabels: {{app: shop}}}}\n  \
         template: {POD}\n{more}\n---\n"
    )
}

/// A scene on which such workloads run.
pub fn scene(slug: &str, workloads: &str) -> (Scene, Node) {
    let namespace = protected(slug);
    let node = Node::new(&namespace);
    namespace.apply(workloads);
    (Scene::of(namespace), node)
}

impl Scene {
    pub fn runs(&self, kind: &str, count: u64) {
        until(&format!("{count} pods of {kind} to run"), || {
            self.namespace.get(kind, "shop")["status"]["readyReplicas"].as_u64().unwrap_or(0) == count
        });
    }

    pub fn setting(&self, kind: &str, path: &str) -> Value {
        self.namespace.get(kind, "shop").pointer(path).cloned().unwrap_or_default()
    }
}

#[test]
fn an_application_is_stopped_and_started_as_it_was() {
    if needs_sandbox("an_application_is_stopped_and_started_as_it_was") {
        return;
    }
    let cron = format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: shop}}\nspec:\n  schedule: '0 3 1 1 *'\n  jobTemplate: {{spec: {{template: {}}}}}\n",
        POD.replace("spec: {", "spec: {restartPolicy: Never, ")
    );
    let (scene, _node) = scene(
        "app",
        &(workload("StatefulSet", "  replicas: 3") + &workload("Deployment", "  replicas: 1") + &cron),
    );
    scene.runs("statefulset", 3);
    scene.runs("deployment", 1);
    let plan = scene.restore(&["--dry-run"]).exits(0).stdout;
    for line in [
        "StatefulSet/shop   3 -> 0 replicas, later 0 -> 3",
        "Deployment/shop   1 -> 0",
        "CronJob/shop   suspended",
    ] {
        assert!(plan.contains(line), "{plan}");
    }
    scene.runs("statefulset", 3);
    let run = scene.restore(&[]).exits(0);
    assert!(run.stderr.contains("see that the application runs"), "{}", run.stderr);
    let as_it_was = |scene: &Scene| {
        assert_eq!(scene.setting("statefulset", "/status/readyReplicas"), 3);
        assert_eq!(scene.setting("deployment", "/status/readyReplicas"), 1);
        assert_eq!(scene.setting("cronjob", "/spec/suspend"), false);
    };
    as_it_was(&scene);
    scene.intact();
    scene.settled();
    assert_eq!(scene.read(), OLD);
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0).says(&["3 -> 0 replicas"]);
    scene.as_before();
    scene.runs("statefulset", 3);
    assert_eq!(scene.setting("cronjob", "/spec/suspend"), false);
}

/// What makes pods without a Deployment or a StatefulSet above it.
#[test]
fn jobs_and_bare_sets_are_stopped_and_started_as_they_were() {
    if needs_sandbox("jobs_and_bare_sets_are_stopped_and_started_as_they_were") {
        return;
    }
    let job = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: shop}}\nspec: {{template: {}}}\n---\n",
        POD.replace("spec: {", "spec: {restartPolicy: Never, ")
    );
    let controller = format!(
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {{name: shop}}\nspec:\n  replicas: 1\n  selector: {{app: shop}}\n  template: {POD}\n"
    );
    let (scene, _node) = scene("bare", &(workload("ReplicaSet", "  replicas: 2") + &job + &controller));
    let run = |scene: &Scene| {
        scene.runs("replicaset", 2);
        scene.runs("replicationcontroller", 1);
        until("the job to run", || scene.setting("job", "/status/active") == 1);
    };
    run(&scene);
    let plan = scene.restore(&["--dry-run"]).exits(0).stdout;
    for line in ["ReplicaSet/shop   2 -> 0", "ReplicationController/shop   1 -> 0", "Job/shop   suspended"] {
        assert!(plan.contains(line), "{plan}");
    }
    scene.restore(&[]).exits(0);
    scene.intact();
    scene.settled();
    assert_eq!((scene.read().as_str(), scene.setting("job", "/spec/suspend")), (OLD, false.into()));
    run(&scene);
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0);
    scene.as_before();
    assert_eq!(scene.setting("job", "/spec/suspend"), false);
    run(&scene);
}

/// A pod that hangs keeps the restore waiting; whoever gives it up has the application as it was.
#[test]
fn a_restore_that_stands_still_with_the_application_stopped_is_gone_on_with_or_given_up() {
    if needs_sandbox("a_restore_that_stands_still_with_the_application_stopped_is_gone_on_with_or_given_up") {
        return;
    }
    for (signal, ending) in [("KILL", "--abort"), ("TERM", "--resume")] {
        let (scene, _node) = scene(&format!("hang{ending}"), &workload("StatefulSet", "  replicas: 2"));
        scene.runs("statefulset", 2);
        let finalizer = |finalizers: &str| {
            let patch = format!(r#"{{"metadata": {{"finalizers": {finalizers}}}}}"#);
            scene.namespace.kubectl(&["patch", "pod", "shop-1", "--type=merge", "-p", &patch]);
        };
        finalizer(r#"["example.com/hangs"]"#);
        let snapshot = scene.snapshot.clone();
        let running = Running::start(
            &scene.namespace,
            &["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes"],
        );
        until("the application to be stopped", || scene.setting("statefulset", "/spec/replicas") == 0);
        until("the pod to hang", || {
            scene.namespace.get("pod", "shop-1")["metadata"]["deletionTimestamp"].is_string()
        });
        let run = running.signal(signal);
        if signal == "TERM" {
            run.fails_with(75, "Interrupted", &["--resume", "--abort"]);
        }
        scene.intact();
        assert_eq!(scene.read(), NEW);
        let id = scene.id();
        if ending == "--resume" {
            let args = ["restore", "--resume", &id, "--timeout", "3s"];
            gemini(&scene.namespace, &args).fails_with(6, "TimedOut", &["to be gone", "--abort"]);
            finalizer("null");
        }
        gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
        assert_eq!(scene.setting("statefulset", "/spec/replicas"), 2);
        if ending == "--abort" {
            finalizer("null");
            scene.as_before();
        } else {
            assert_eq!(scene.read(), OLD);
            scene.settled();
        }
        scene.runs("statefulset", 2);
    }
}

/// The restored data may be what it does not start with: that is for a person to judge.
#[test]
fn an_application_that_does_not_run_on_the_restored_data_is_a_persons_decision() {
    if needs_sandbox("an_application_that_does_not_run_on_the_restored_data_is_a_persons_decision") {
        return;
    }
    for is_accepted in [true, false] {
        let (scene, node) = scene("unready", &workload("Deployment", "  replicas: 1"));
        scene.runs("deployment", 1);
        node.runs_pods.store(false, Ordering::Relaxed);
        scene.times_out(10, &[], &["Deployment/shop to run", "--accept-unready", "--abort"]);
        scene.intact();
        assert_eq!((scene.read().as_str(), scene.setting("deployment", "/spec/replicas")), (OLD, 1.into()));
        let id = scene.id();
        if is_accepted {
            let run = gemini(&scene.namespace, &["restore", "--resume", &id, "--accept-unready"]).exits(0);
            assert!(!run.stderr.contains("see that the application runs"), "{}", run.stderr);
            assert!(run.stderr.contains("not waited for that the application runs"), "{}", run.stderr);
            assert_eq!(scene.status()["state"], "Restored");
            scene.settled();
        } else {
            gemini(&scene.namespace, &["restore", "--abort", &id]).exits(0);
            assert_eq!(
                (scene.read().as_str(), scene.setting("deployment", "/spec/replicas")),
                (NEW, 1.into())
            );
            scene.as_before();
        }
    }
}
