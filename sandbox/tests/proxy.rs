//! The fault proxy before a real API server: kubectl works through it, sees what it is made to see, and is recorded.
//! It needs a cluster: `make test` starts one.

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::testing::proxy::{Action, Proxy, Rule, Told, Verb};
use sandbox::testing::{Cluster, Namespace};
use serde_json::json;

/// kubectl with a kubeconfig of the proxy's.
fn kubectl(kubeconfig: &std::path::Path, args: &[&str]) -> Command {
    let layout = Cluster::shared().sandbox().unwrap();
    let mut command = Command::new(sandbox::owner::info(layout).unwrap().bin.join("kubectl"));
    command.arg("--kubeconfig").arg(kubeconfig).args(args).env("HOME", std::env::temp_dir());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

/// Makes a ConfigMap from a file: from its own flags kubectl would make one in protobuf, which nobody reads here.
fn create(namespace: &Namespace, proxy: &Proxy, name: &str) -> String {
    let file = std::env::temp_dir().join(format!("{}-{name}.json", namespace.name()));
    let object =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"k": "v"}});
    std::fs::write(&file, object.to_string()).unwrap();
    let args = ["-n", namespace.name(), "create", "--validate=false", "-f", &file.to_string_lossy()];
    let output = kubectl(&proxy.kubeconfig(), &args).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    said(&output)
}

fn proxied(slug: &str) -> Option<(Namespace, Proxy)> {
    let cluster = Cluster::shared();
    if cluster.sandbox().is_none() {
        sandbox::testing::skip(slug, "only a sandbox has a key that the proxy may use");
        return None;
    }
    Some((cluster.namespace(slug), Proxy::of_cluster(cluster).unwrap()))
}

#[test]
fn kubectl_works_through_it_and_every_call_is_written_down() {
    let Some((namespace, proxy)) = proxied("proxy") else { return };
    let run = |args: &[&str]| kubectl(&proxy.kubeconfig(), args).output().unwrap();
    let output = create(&namespace, &proxy, "a");
    assert!(output.ends_with(" created\n"), "{output}");
    assert_eq!(namespace.get("configmap", "a")["data"]["k"], "v");
    let calls = proxy.take_calls();
    let create = calls.iter().find(|call| call.verb == Verb::Create).unwrap();
    assert_eq!(create.target.resource, "configmaps");
    assert_eq!(create.target.namespace.as_deref(), Some(namespace.name()));
    assert_eq!(create.body["data"]["k"], "v");
    assert_eq!((create.answered, create.told), (Some(201), Some(201)));

    // A long answer, which the server compresses for who asks so.
    let output = run(&["get", "--raw", "/openapi/v2"]);
    assert!(output.status.success() && output.stdout.len() > 100_000, "{}", output.stdout.len());

    // Whom the kubeconfig names is who the server sees.
    let kubeconfig = proxy.kubeconfig_as("jane", json!({"as": "jane"})).unwrap();
    let output = kubectl(&kubeconfig, &["-n", namespace.name(), "get", "configmaps"]).output().unwrap();
    assert!(said(&output).contains("\"jane\" cannot list"), "{}", said(&output));
    let token = namespace.kubectl(&["create", "token", "default"]);
    let kubeconfig = proxy.kubeconfig_as("token", json!({"token": token.trim()})).unwrap();
    let output = kubectl(&kubeconfig, &["auth", "whoami"]).output().unwrap();
    let who = format!("system:serviceaccount:{}:default", namespace.name());
    assert!(said(&output).contains(&who), "{}", said(&output));
}

#[test]
fn faults_are_seen_as_the_servers_own() {
    let Some((namespace, proxy)) = proxied("proxy-faults") else { return };
    let create = |name: &str| create(&namespace, &proxy, name);
    let rule = |action| proxy.rules(vec![Rule::on(Verb::Create, "configmaps").does(action)]);
    rule(Action::Answer { told: Told::Status(409), forward: false });
    let output = create("a");
    assert!(
        output.contains("(AlreadyExists)") && output.contains("configmaps \"a\" already exists"),
        "{output}"
    );
    assert!(namespace.find("configmap", "a").is_none());
    rule(Action::LoseAnswer);
    assert!(create("a").contains("EOF"));
    assert!(namespace.find("configmap", "a").is_some());
    rule(Action::Twice);
    assert!(create("b").contains("already exists"));
    rule(Action::Drop);
    assert!(create("c").contains("EOF"));
    assert!(namespace.find("configmap", "c").is_none());
}

#[test]
fn a_watch_is_passed_on_as_it_happens() {
    let Some((namespace, proxy)) = proxied("proxy-watch") else { return };
    let args = ["-n", namespace.name(), "get", "configmaps", "--watch-only", "-o", "name"];
    let mut watch = kubectl(&proxy.kubeconfig(), &args).stdout(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !proxy.calls().iter().any(|call| call.verb == Verb::Watch && call.told == Some(200)) {
        assert!(Instant::now() < deadline, "no watch arrived");
        thread::sleep(Duration::from_millis(50));
    }
    namespace.kubectl(&["create", "configmap", "seen"]);
    let mut line = String::new();
    let stdout = watch.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(line.trim(), "configmap/seen");
}
