//! `doctor` and `version`: what the cluster can do, and what is missing.

use serde_json::Value;

use crate::support::{gemini, needs_sandbox, protected};

#[test]
fn a_healthy_cluster_passes_every_check() {
    if needs_sandbox("a_healthy_cluster_passes_every_check") {
        return;
    }
    let namespace = protected("doctor");
    let run = gemini(&namespace, &["doctor"]).exits(0);
    for text in ["snapshot.storage.k8s.io/v1", "csi.sandbox.test", "ok"] {
        assert!(run.stdout.contains(text), "{}", run.stdout);
    }
    assert!(!run.stdout.contains("FAIL"), "{}", run.stdout);
    let json = gemini(&namespace, &["doctor", "-o", "json"]).exits(0).json();
    assert_eq!(json["kind"], "DoctorReport");
}

#[test]
fn missing_rights_are_failed_checks() {
    let namespace = protected("doctor-as");
    let account = format!("system:serviceaccount:{}:default", namespace.name());
    let run = gemini(&namespace, &["doctor", "--as", &account]).exits(1);
    let failed = |line: &str| {
        line.trim_start().starts_with("FAIL") && line.contains("volumesnapshots.snapshot.storage.k8s.io")
    };
    assert!(run.stdout.lines().any(failed), "{}", run.stdout);
}

#[test]
fn version_tells_client_and_server() {
    let namespace = protected("version");
    let run = gemini(&namespace, &["version"]).exits(0);
    assert!(run.stdout.contains(env!("CARGO_PKG_VERSION")), "{}", run.stdout);
    let json = gemini(&namespace, &["version", "-o", "json"]).exits(0).json();
    let kubectl: Value = serde_json::from_str(&namespace.kubectl(&["version", "-o", "json"])).unwrap();
    assert!(kubectl["serverVersion"]["gitVersion"].is_string());
    assert_eq!(json["server"]["version"], kubectl["serverVersion"]["gitVersion"]);
}
