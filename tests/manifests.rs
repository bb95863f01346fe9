//! What `cronjob/` holds is what the code says, and `kubectl gemini manifests` prints.
//! `SNAPSHOTS=overwrite cargo test --test manifests` writes it anew.

use std::fs;
use std::path::Path;
use std::process::Command;

use kubectl_gemini::api::manifests::{
    self, Choice, NAMESPACE, Reach, cron_job, image, in_namespace, job_rights, namespace, restore_rights,
    service_account, user_roles,
};
use kubectl_gemini::api::marks;
use sandbox::testing::skip;
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

fn choice(reach: Reach) -> Choice {
    Choice { namespace: NAMESPACE.to_owned(), reach, image: image(), restores: false }
}

fn documents(objects: Vec<Value>) -> String {
    let heading = "# Generated from src/api by tests/manifests.rs; do not edit.\n".to_owned();
    objects
        .into_iter()
        .fold(heading, |text, object| text + "---\n" + &serde_yaml::to_string(&object).unwrap())
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cronjob"))
}

#[test]
fn the_shipped_manifests_are_current() {
    for (path, objects) in [
        ("base/serviceaccount.yaml", vec![service_account()]),
        ("base/cronjob.yaml", vec![cron_job(&choice(Reach::Cluster))]),
        ("rbac/cluster/rbac.yaml", job_rights(Reach::Cluster, NAMESPACE)),
        ("rbac/namespaced/rbac.yaml", job_rights(Reach::Namespace, NAMESPACE)),
        ("components/restore-annotated/rbac.yaml", restore_rights(Reach::Cluster, NAMESPACE)),
        ("components/user-roles/roles.yaml", user_roles()),
        ("overlays/cluster/namespace.yaml", vec![namespace(NAMESPACE)]),
    ] {
        assert_data_eq!(documents(objects), Data::read_from(&root().join(path), None).raw());
    }
}

fn printed(args: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"))
        .arg("manifests")
        .args(args)
        .env("KUBECONFIG", "/nonexistent")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_yaml::from_multiple(&String::from_utf8_lossy(&output.stdout)).unwrap()
}

fn kinds(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| object["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_of_it_is_printed_or_a_part_for_any_namespace() {
    let all = printed(&[]);
    assert_eq!(
        kinds(&all),
        [
            "CustomResourceDefinition",
            "Namespace",
            "ServiceAccount",
            "ClusterRole",
            "ClusterRoleBinding",
            "Role",
            "RoleBinding",
            "CronJob"
        ]
    );
    let namespaced =
        printed(&["--namespaced", "-n", "shop", "--restore-annotated", "--image", "registry.example/g:1"]);
    assert!(!kinds(&namespaced).contains(&"Namespace".to_owned()));
    let placed = |object: &&Value| object["metadata"]["namespace"].is_string();
    assert!(namespaced.iter().filter(placed).all(|object| object["metadata"]["namespace"] == "shop"));
    let job = namespaced.last().unwrap();
    let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "registry.example/g:1");
    let args = container["args"].to_string();
    assert!(args.contains("--restore-annotated") && !args.contains("--all-namespaces"), "{args}");
    assert_eq!(kinds(&printed(&["--only", "crd"])), ["CustomResourceDefinition"]);
    assert_eq!(printed(&["--only", "user-roles"]).len(), 3);
    let here = in_namespace(cron_job(&choice(Reach::Cluster)), NAMESPACE);
    assert_eq!(printed(&["--only", "job"]), [here]);
}

#[test]
fn the_image_is_of_this_version() {
    assert_eq!(image(), format!("{}:v{}", manifests::IMAGE, env!("CARGO_PKG_VERSION")));
}

/// What stands before the program's own version in texts for people.
const BEFORE_VERSIONS: [&str; 5] =
    ["kubectl-gemini:v", "kubectl-gemini_v", "kubectl-gemini v", "Client: v", "\"version\":\""];

/// The text with this version wherever it names one of the program.
fn of_this_version(text: &str) -> String {
    let mut current = text.to_owned();
    for before in BEFORE_VERSIONS {
        let mut parts = current.split(before);
        let mut written = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            let is_version = part[..part.len() - rest.len()].matches('.').count() == 2;
            written += before;
            written +=
                &if is_version { env!("CARGO_PKG_VERSION").to_owned() + rest } else { part.to_owned() };
        }
        current = written;
    }
    current
}

#[test]
fn what_people_read_names_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (old, new) in [
        ("build -t r/kubectl-gemini:v0.0.9 -f", format!("build -t r/kubectl-gemini:v{version} -f")),
        ("{\"version\":\"0.0.9\"}", format!("{{\"version\":\"{version}\"}}")),
        ("kubectl-gemini v2 and etcd v1.2.3", "kubectl-gemini v2 and etcd v1.2.3".to_owned()),
    ] {
        assert_eq!(of_this_version(old), new);
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(project.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["README.md", "CONTRIBUTING.md", "plugin-manifest/README.md"].map(|name| project.join(name));
    for path in docs.chain(others).filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(&path).unwrap();
        assert_data_eq!(of_this_version(&text), Data::read_from(&path, None).raw());
    }
}

/// Who reads no further than five minutes has seen what it does, how it is installed, and why it may be trusted.
#[test]
fn the_readme_answers_in_the_order_in_which_people_ask() {
    let readme = fs::read_to_string(root().join("../README.md")).unwrap();
    let headings: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        headings,
        [
            "Try it",
            "Install",
            "Is it safe?",
            "Take a backup before a migration",
            "Get one file back",
            "Go back two hours",
            "I restored the wrong one",
            "Run it every five minutes",
            "Commands",
            "Rights",
            "Beside others",
            "Limits",
            "Remove it",
            "License",
        ]
    );
    assert!(readme.lines().count() <= 300);
    let start = readme.split("\n## ").next().unwrap();
    for command in ["$ kubectl gemini list", "$ kubectl gemini restore"] {
        assert!(start.contains(command), "{command} is not shown at the start");
    }
}

fn monitoring(file: &str) -> String {
    fs::read_to_string(root().join("components/monitoring").join(file)).unwrap()
}

/// The names of the metrics that our configuration of kube-state-metrics makes, and the paths that they are read from.
fn own_metrics() -> Vec<(String, Vec<Vec<String>>)> {
    let config: Value = serde_yaml::from_str(&monitoring("kube-state-metrics.yaml")).unwrap();
    let path = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let mut found = vec![];
    for resource in config["spec"]["resources"].as_array().unwrap() {
        let labels: Vec<_> = resource["labelsFromPath"].as_object().unwrap().values().map(path).collect();
        for metric in resource["metrics"].as_array().unwrap() {
            let name = format!(
                "{}_{}",
                resource["metricNamePrefix"].as_str().unwrap(),
                metric["name"].as_str().unwrap()
            );
            found.push((name, [labels.clone(), vec![path(&metric["each"]["gauge"]["path"])]].concat()));
        }
    }
    found
}

/// Each alert leads somewhere, and is of a job, or of metrics, that there are.
#[test]
fn alerts_say_what_to_do() {
    let rules: Value = serde_yaml::from_str(&monitoring("prometheusrule.yaml")).unwrap();
    let groups = rules["spec"]["groups"].as_array().unwrap();
    let rules: Vec<_> = groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
    assert_eq!(rules.len(), 7);
    let (readme, own) = (fs::read_to_string(root().join("../README.md")).unwrap(), own_metrics());
    for rule in rules {
        for field in ["summary", "description"] {
            assert!(rule["annotations"][field].as_str().is_some_and(|text| text.len() > 20), "{rule}");
        }
        assert_eq!(rule["annotations"]["runbook_url"], "README.md#when-the-job-fails");
        let expression = rule["expr"].as_str().unwrap();
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let mut ours = words.filter(|word| word.starts_with("gemini_")).peekable();
        assert!(expression.contains(manifests::JOB) || ours.peek().is_some(), "{rule}");
        for metric in ours {
            assert!(own.iter().any(|(name, _)| name == metric), "{metric} is not made: {rule}");
        }
    }
    assert!(readme.contains("\n### When the job fails\n"));
}

/// What is read is what the objects have: fields of our CRD, and marks by the names that are written.
#[test]
fn metrics_are_read_from_what_there_is() {
    let crd: Value = serde_yaml::from_str(&fs::read_to_string(root().join("crd.yaml")).unwrap()).unwrap();
    let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    let marks = [marks::GROUP, marks::TIMESTAMP, "gemini.fairwinds.com/alert-after-seconds"];
    let of_snapshot = ["source", "persistentVolumeClaimName", "readyToUse", "restoreSize"];
    for (metric, paths) in own_metrics() {
        for path in paths {
            let path: Vec<_> = path.iter().map(String::as_str).collect();
            let is_there = match path.as_slice() {
                ["metadata", "annotations" | "labels", mark] => marks.contains(mark),
                ["metadata", field] => ["name", "namespace", "creationTimestamp"].contains(field),
                ["spec", field] if metric.starts_with("gemini_snapshotgroup_") => spec[field].is_object(),
                ["spec" | "status", fields @ ..] => fields.iter().all(|field| of_snapshot.contains(field)),
                _ => false,
            };
            assert!(is_there, "{metric}: {path:?}");
        }
    }
    let rule = &spec["schedule"]["items"]["properties"];
    assert!(rule["every"].is_object() && rule["keep"].is_object());
}

#[test]
fn alerts_come_when_they_should_and_not_before() {
    if Command::new("promtool").arg("--version").output().is_err() {
        skip(
            "alerts_come_when_they_should_and_not_before",
            "promtool is not here (Debian's package prometheus)",
        );
        return;
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alerts");
    fs::create_dir_all(&place).unwrap();
    let rules: Value = serde_yaml::from_str(&monitoring("prometheusrule.yaml")).unwrap();
    fs::write(place.join("rules.yaml"), serde_yaml::to_string(&rules["spec"]).unwrap()).unwrap();
    fs::write(place.join("tests.yaml"), monitoring("tests.yaml")).unwrap();
    let output =
        Command::new("promtool").args(["test", "rules", "tests.yaml"]).current_dir(&place).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
