//! The program as a plugin of a real kubectl: found without a warning, helpful without a network, and asked for words.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::CommandFactory as _;
use kubectl_gemini::commands::Cli;
use sandbox::testing::{Cluster, skip};

use crate::support::{backup, gemini, protected};

/// A directory with the program and its helper, as krew and `completion install` leave them.
fn plugins(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    symlink(env!("CARGO_BIN_EXE_kubectl-gemini"), place.join("kubectl-gemini")).unwrap();
    symlink("kubectl-gemini", place.join("kubectl_complete-gemini")).unwrap();
    place
}

/// kubectl, which finds no other plugins; `before` is what it is started with.
fn kubectl(before: &[&str], plugins: &Path, kubeconfig: &Path, args: &[&str]) -> Output {
    let kubectl = Cluster::shared().kubectl_path();
    let mut words = before.iter().map(PathBuf::from).chain([kubectl.to_owned()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(args).env("PATH", plugins).env("KUBECONFIG", kubeconfig).env("KUBERC", "off");
    command.env("HOME", plugins).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn kubectl_finds_it_and_it_helps_without_a_network() {
    let plugins = plugins("found");
    let nowhere = Path::new("/nonexistent");
    let listed = kubectl(&[], &plugins, nowhere, &["plugin", "list"]);
    let said = text(&listed.stdout) + &text(&listed.stderr);
    assert!(listed.status.success() && said.contains("kubectl-gemini"), "{said}");
    assert!(!said.to_lowercase().contains("warning"), "{said}");
    // With no interface but a loopback that is down.
    let unshare = ["/usr/bin/unshare", "--net"];
    let isolated = Command::new(unshare[0]).args([unshare[1], "true"]).output();
    let before: &[&str] = match isolated.is_ok_and(|output| output.status.success()) {
        true => &unshare,
        false => {
            skip(
                "kubectl_finds_it_and_it_helps_without_a_network",
                "no network namespace can be made: looked at with a network",
            );
            &[]
        }
    };
    for args in
        [&["gemini"][..], &["gemini", "-h"], &["gemini", "help", "restore"], &["gemini", "restore", "--help"]]
    {
        let output = kubectl(before, &plugins, nowhere, args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains("Usage: kubectl gemini"), "{args:?}: {}", text(&output.stdout));
        assert!(output.stderr.is_empty(), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn flags_that_kubectl_has_are_spelled_like_its() {
    let options = text(&kubectl(&[], &plugins("options"), Path::new("/nonexistent"), &["options"]).stdout);
    let command = Cli::command();
    for flag in [
        "kubeconfig",
        "context",
        "cluster",
        "user",
        "namespace",
        "server",
        "token",
        "tls-server-name",
        "insecure-skip-tls-verify",
        "certificate-authority",
        "client-certificate",
        "client-key",
        "disable-compression",
        "as",
        "as-uid",
        "as-group",
        "as-user-extra",
        "request-timeout",
    ] {
        assert!(options.contains(&format!("--{flag}=")), "kubectl has no --{flag}: {options}");
        let ours = command.get_arguments().find(|arg| arg.get_long() == Some(flag));
        let ours = ours.unwrap_or_else(|| panic!("--{flag} is missing"));
        assert!(ours.is_global_set(), "--{flag} is not for every command");
        if let Some(short) = ours.get_short() {
            assert!(options.contains(&format!("-{short}, --{flag}=")), "-{short} is not kubectl's --{flag}");
        }
    }
}

#[test]
fn kubectl_offers_what_there_is_in_the_cluster() {
    let namespace = protected("words");
    let older = backup(&namespace, "db");
    // The name of a snapshot is its second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let newer = backup(&namespace, "db");
    gemini(&namespace, &["list"]).exits(0);
    let (plugins, name) = (plugins("words"), namespace.name());
    let asked = |args: &[&str]| {
        let output = kubectl(
            &[],
            &plugins,
            namespace.cluster().kubeconfig(),
            &[&["__complete", "gemini"], args].concat(),
        );
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let groups = asked(&["-n", name, "restore", ""]);
    assert!(groups.iter().any(|line| line == "db\tPVC data"), "{groups:?}");
    let snapshots = asked(&["restore", "-n", name, "db", "--snapshot", ""]);
    let place = |name: &str| snapshots.iter().position(|line| line.starts_with(name)).unwrap();
    assert!(place(&newer) < place(&older), "{snapshots:?}");
    assert!(snapshots[place(&newer)].contains("ago, "), "{snapshots:?}");
    namespace.apply(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: shop}\nspec: {replicas: 0, selector: {matchLabels: {app: shop}}, \
         template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: c, image: none}]}}}\n",
    );
    let sets = asked(&["restore", "-n", name, "--statefulset", ""]);
    assert!(sets.iter().any(|line| line == "shop"), "{sets:?}");
    assert!(asked(&["list", "-n", &name[..name.len() - 1]]).iter().any(|line| line.starts_with(name)));
    for answer in [groups, snapshots, sets, asked(&["nonsense", ""]), asked(&["restore", "--mo"])] {
        assert!(answer.iter().any(|line| line == ":36" || line == ":4"), "no directive: {answer:?}");
    }
    // Whoever may not look is told so, and not left without an answer.
    let account = format!("system:serviceaccount:{name}:default");
    let refused = asked(&["-n", name, "--as", &account, "list", ""]);
    assert!(!refused.iter().any(|line| line.starts_with("db")), "{refused:?}");
}
