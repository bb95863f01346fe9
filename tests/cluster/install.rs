//! What `cronjob/` holds is taken by a real API server, in a namespace with the strictest rules for pods.
//! That the job works with the rights in it is seen by every test of `run_once`.

use std::fs;
use std::path::Path;

use sandbox::testing::Cluster;
use serde_json::Value;

use crate::support::{namespace, needs_sandbox};

fn kubectl(args: &[&str], input: &str) -> String {
    let output = Cluster::shared().kubectl(args, input).unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {stderr}");
    // What does not meet the rules of the namespace is only warned of.
    assert!(!stderr.contains("violate"), "{stderr}");
    stdout.into_owned()
}

#[test]
fn every_overlay_is_taken_with_every_component() {
    if needs_sandbox("every_overlay_is_taken_with_every_component") {
        return;
    }
    // For the CRD.
    let _namespace = namespace("install");
    let strict = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: gemini\n  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted}\n";
    kubectl(&["apply", "-f", "-"], strict);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/cronjob");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("install");
    fs::create_dir_all(&place).unwrap();
    let above = "../".repeat(place.components().count() - 1);
    for overlay in ["cluster", "namespaced"] {
        let parts = ["restore-annotated", "network", "user-roles"]
            .map(|part| format!("- {above}{root}/components/{part}\n"));
        let text = format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- {above}{root}/overlays/{overlay}\ncomponents:\n{}",
            parts.concat()
        );
        fs::write(place.join("kustomization.yaml"), text.replace("//", "/")).unwrap();
        for source in [Path::new(root).join("overlays").join(overlay), place.clone()] {
            let rendered = kubectl(&["kustomize", &source.to_string_lossy()], "");
            let taken = kubectl(&["apply", "--dry-run=server", "-f", "-"], &rendered);
            assert!(taken.contains("cronjob.batch/gemini-run-once created (server dry run)"), "{taken}");
            let job = rendered.split("---\n").find(|document| document.contains("kind: CronJob")).unwrap();
            let job: Value = serde_yaml::from_str(job).unwrap();
            let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
            let args = pod["containers"][0]["args"].to_string();
            assert_eq!(args.contains("--all-namespaces"), overlay == "cluster", "{args}");
            assert_eq!(args.contains("--restore-annotated"), source == place, "{args}");
            let template = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: job, namespace: gemini}}\nspec: {pod}\n"
            );
            let account =
                rendered.split("---\n").find(|document| document.contains("kind: ServiceAccount\n")).unwrap();
            kubectl(&["apply", "-f", "-"], account);
            kubectl(&["create", "--dry-run=server", "-f", "-"], &template);
        }
    }
    // Its kind is the Prometheus operator's, which is not here.
    kubectl(&["kustomize", &format!("{root}/components/monitoring")], "");
    kubectl(&["delete", "namespace", "gemini", "--wait=false"], "");
}
