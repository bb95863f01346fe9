//! No cluster, a wrong kubeconfig, a server that does not answer: a clear sentence each, and the way out.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sandbox::testing::Cluster;
use serde_json::{Value, json};

use crate::support::{command, gemini_with, protected};

/// The cluster's kubeconfig with a change, in a file that goes with the value.
struct Changed(PathBuf);

impl Changed {
    fn new(slug: &str, change: impl FnOnce(&mut Value)) -> Self {
        let output = Cluster::shared().kubectl(["config", "view", "--raw", "-o", "json"], "").unwrap();
        let mut config: Value = serde_json::from_slice(&output.stdout).unwrap();
        change(&mut config);
        let path = std::env::temp_dir().join(format!("kubeconfig-{slug}-{}", std::process::id()));
        fs::write(&path, config.to_string()).unwrap();
        Self(path)
    }

    fn server(slug: &str, server: &str) -> Self {
        Self::new(slug, |config| config["clusters"][0]["cluster"]["server"] = json!(server))
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let config = Changed::server("refused", &format!("https://{address}"));
    gemini_with(&config.0, &["list"]).fails_with(1, "ConnectRefused", &[&address]);
    gemini_with(&config.0, &["backup", "db"]).fails_with(1, "ConnectRefused", &[&address]);
}

#[test]
fn a_server_that_never_answers_ends_with_the_request_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            thread::spawn(move || connection.read_to_end(&mut Vec::new()));
        }
    });
    let config = Changed::server("silent", &format!("https://{address}"));
    let start = Instant::now();
    gemini_with(&config.0, &["list", "--request-timeout", "1s"]).fails_with(1, "ConnectTimeout", &[&address]);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn ctrl_c_ends_a_read_that_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let child =
        command(&PathBuf::from("/dev/null"), ["list", "-s", &format!("http://{address}")]).spawn().unwrap();
    // The request has arrived: the program listens for signals by then.
    let mut connection = listener.accept().unwrap().0;
    assert!(connection.read(&mut [0; 4]).unwrap() > 0);
    let start = Instant::now();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{stderr}");
    assert!(stderr.contains("(Interrupted)"), "{stderr}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_s_address_may_lack_its_scheme() {
    let namespace = protected("scheme");
    let good: Value = {
        let output = namespace.cluster().kubectl(["config", "view", "--minify", "-o", "json"], "").unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let server = good["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let bare = server.strip_prefix("https://").unwrap();
    let list = ["list", "-n", namespace.name(), "-s", bare, "--context", "", "--user", ""];
    assert!(gemini_with(namespace.cluster().kubeconfig(), &list).exits(0).stdout.contains("db"));
    let config = Changed::server("scheme", bare);
    assert!(gemini_with(&config.0, &["list", "-n", namespace.name()]).exits(0).stdout.contains("db"));
    let config = Changed::server("senseless", "https://10.0.0.1:port");
    gemini_with(&config.0, &["list"]).fails_with(1, "KubeconfigInvalid", &["10.0.0.1:port"]);
}

#[test]
fn an_unknown_name_and_an_untrusted_certificate_are_told_apart() {
    let config = Changed::server("dns", "https://no-such-host.invalid:6443");
    gemini_with(&config.0, &["list"]).fails_with(1, "ConnectDns", &["no-such-host.invalid"]);
    let config = Changed::new("tls", |config| {
        let cluster = config["clusters"][0]["cluster"].as_object_mut().unwrap();
        cluster.remove("certificate-authority");
        cluster.remove("certificate-authority-data");
    });
    gemini_with(&config.0, &["list"]).fails_with(1, "ConnectTls", &["--certificate-authority"]);
}

#[test]
fn a_login_that_the_server_does_not_know_is_told() {
    let config = Changed::new("login", |config| config["users"][0]["user"] = json!({"token": "expired"}));
    gemini_with(&config.0, &["list"]).fails_with(1, "Unauthorized", &["log in"]);
}

#[test]
fn kubeconfigs_that_cannot_serve_are_named() {
    let missing = PathBuf::from("/nonexistent/kubeconfig");
    gemini_with(&missing, &["list"]).fails_with(1, "NoKubeconfig", &["--kubeconfig"]);
    let good = Cluster::shared().kubeconfig();
    gemini_with(good, &["list", "--kubeconfig", "/nonexistent/kubeconfig"]).fails_with(
        1,
        "NoKubeconfig",
        &["/nonexistent/kubeconfig"],
    );
    let run = gemini_with(good, &["list", "--context", "nope"]);
    run.fails_with(1, "ContextNotFound", &["nope", "kubectl config get-contexts"]);
    let garbage = std::env::temp_dir().join(format!("kubeconfig-garbage-{}", std::process::id()));
    fs::write(&garbage, "clusters: [").unwrap();
    gemini_with(&garbage, &["list"]).fails_with(1, "KubeconfigInvalid", &["kubeconfig-garbage"]);
    fs::remove_file(garbage).unwrap();
}

#[test]
fn a_list_of_kubeconfigs_may_name_missing_files_as_kubectl_s_may() {
    let namespace = protected("kubeconfigs");
    let good = namespace.cluster().kubeconfig().display();
    let list = PathBuf::from(format!("/nonexistent/one:{good}:/nonexistent/two"));
    let run = gemini_with(&list, &["list", "-n", namespace.name()]).exits(0);
    assert!(run.stdout.contains("db"), "{}", run.stdout);
}
