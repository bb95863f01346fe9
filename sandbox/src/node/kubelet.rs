//! kubelet and kube-proxy of the one node.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::containerd::{self, POD_NETWORK};
use crate::certs::{NODE_ADDRESS, NODE_NAME};
use crate::components::Components;
use crate::control_plane::kubectl;
use crate::process::Spec;
use crate::supervisor::Supervisor;

/// kubelet's own directory. Parts of it are compiled in, so it is the usual one, of the node's mount namespace.
pub const ROOT: &str = "/var/lib/kubelet";
const PATIENCE: Duration = Duration::from_secs(90);

/// Starts both and waits until the node is ready.
pub fn start(supervisor: &mut Supervisor, components: &Components) -> Result<()> {
    let layout = supervisor.layout().clone();
    supervisor.say("kubelet and kube-proxy");
    let config = layout.node().join("kubelet.json");
    fs::write(&config, serde_json::to_string_pretty(&configuration(supervisor))?)?;
    supervisor.start(
        Spec::new("kubelet", components.bin("kubelet"))
            .flag("config", &config)
            .flag("kubeconfig", layout.pki("node.kubeconfig"))
            .flag("hostname-override", NODE_NAME)
            .flag("node-ip", NODE_ADDRESS)
            .flag("root-dir", ROOT),
    )?;
    supervisor.start(
        Spec::new("kube-proxy", components.bin("kube-proxy"))
            .flag("kubeconfig", layout.pki("proxy.kubeconfig"))
            .flag("hostname-override", NODE_NAME)
            .flag("proxy-mode", "nftables")
            .flag("cluster-cidr", POD_NETWORK)
            .flag("healthz-bind-address", "127.0.0.1:10256")
            .flag("metrics-bind-address", "127.0.0.1:10249")
            .flag("conntrack-max-per-core", "0")
            .flag("conntrack-min", "0"),
    )?;
    let ready = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
    supervisor.wait("the node is ready", PATIENCE, &["kubelet", "containerd"], || {
        kubectl(components, &layout, &["get", "node", NODE_NAME, "-o", ready], "")
            .is_ok_and(|output| output.stdout == b"True")
    })
}

fn configuration(supervisor: &Supervisor) -> serde_json::Value {
    let layout = supervisor.layout();
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": false,
        "cgroupDriver": "cgroupfs",
        // Control groups are the host's: with a hierarchy of pods, two nodes side by side would clear away each other's.
        "cgroupsPerQOS": false,
        "enforceNodeAllocatable": [],
        "containerRuntimeEndpoint": format!("unix://{}", containerd::socket(layout).display()),
        "address": NODE_ADDRESS,
        "healthzBindAddress": "127.0.0.1",
        "tlsCertFile": layout.pki("kubelet-server.crt"),
        "tlsPrivateKeyFile": layout.pki("kubelet-server.key"),
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": layout.pki("ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "failSwapOn": false,
        "maxOpenFiles": 20000,
        "resolvConf": "",
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
    })
}
