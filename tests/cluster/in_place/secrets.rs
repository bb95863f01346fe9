//! Case 40. No token is ever written, however much is said, and whatever goes wrong.
//! The rest of that case is in `tests/cluster/list`, `tests/cluster/questions` and the unit tests of texts.

use std::fs;

use sandbox::testing::proxy::{Action, Rule, Told};
use serde_json::json;

use super::OLD;
use super::gap::Gap;
use crate::support::{Run, Running, command, needs_sandbox};

#[test]
fn no_token_is_in_what_is_said_at_the_highest_verbosity() {
    if needs_sandbox("no_token_is_in_what_is_said_at_the_highest_verbosity") {
        return;
    }
    let gap = Gap::new("secrets");
    let scene = &gap.scene;
    let name = scene.namespace.name().to_owned();
    let account = format!("--serviceaccount={name}:default");
    let binding = format!("all-{name}");
    scene.namespace.kubectl(&[
        "create",
        "clusterrolebinding",
        &binding,
        "--clusterrole=cluster-admin",
        &account,
    ]);
    let token = scene.namespace.kubectl(&["create", "token", "default"]);
    let token = token.trim();
    let in_file = gap.proxy.kubeconfig_as("token", json!({"token": token})).unwrap();
    let bare = gap.proxy.kubeconfig_as("bare", json!({})).unwrap();
    let program = in_file.with_file_name("login");
    let answer = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}});
    fs::write(&program, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
    let exec = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
        "args": [program.to_str().unwrap()], "interactiveMode": "Never"}, "token": null});
    let by_program = gap.proxy.kubeconfig_as("exec", exec).unwrap();

    let restore = ["restore", "db", "--snapshot", &scene.snapshot, "--in-place", "--yes"];
    let run = |kubeconfig: &std::path::Path, args: &[&str]| {
        let args = [args, &["-n", &name, "-v=9"]].concat();
        Running::spawn(command(kubeconfig, args)).wait()
    };
    // The last third is the signature; the middle names the account.
    let signature = token.rsplit('.').next().unwrap();
    let is_silent = |run: &Run| {
        for stream in [&run.stdout, &run.stderr] {
            assert!(!stream.contains(token) && !stream.contains(signature), "a token: {stream}");
            assert!(!stream.to_lowercase().contains("bearer ey"), "a token: {stream}");
        }
        assert!(run.stderr.len() > 1000, "nothing was said that could have held it: {}", run.stderr);
    };
    let done = run(&in_file, &restore);
    is_silent(&done);
    done.exits(0);
    assert_eq!(scene.read(), OLD);
    is_silent(&run(&bare, &["undo", &scene.id(), "--yes", "--token", token]).exits(0));
    is_silent(&run(&by_program, &["list"]));
    for code in [401, 403, 500] {
        let no = Action::Answer { told: Told::Status(code), forward: false };
        gap.proxy.rules(vec![Rule::on_all().does(no)]);
        let refused = run(&in_file, &["list", "--request-timeout", "2s"]);
        is_silent(&refused);
        assert_ne!(refused.code, 0);
        gap.proxy.rules(vec![]);
    }
    for kind in ["configmap", "lease", "event"] {
        let stored = scene.namespace.kubectl(&["get", kind, "-o", "yaml"]);
        assert!(!stored.contains(signature), "a token in a {kind}");
    }
    scene.namespace.kubectl(&["delete", "clusterrolebinding", &binding]);
}
