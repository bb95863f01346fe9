//! The order in which a cluster comes up, with the flags of every component and the gate it must pass.
//! It starts daemons through the supervisor and decides nothing about their later life.

use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::certs::{self, NODE_ADDRESS};
use crate::components::Components;
use crate::kubectl;
use crate::layout::Layout;
use crate::process::Spec;
use crate::supervisor::Supervisor;

/// The name of the sandbox's CSI driver.
pub const DRIVER: &str = "csi.sandbox.test";

const STORAGE: &str = include_str!("manifests/storage.yaml");
const SELF_TEST: &str = include_str!("manifests/self-test.yaml");
const SELF_TEST_NAMESPACE: &str = "sandbox-self-test";
const PATIENCE: Duration = Duration::from_secs(90);

/// Where the servers of a cluster listen, and where its users find it.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The API server's own address.
    pub bind: String,
    /// The API server's own port.
    pub secure_port: u16,
    /// etcd's client and peer ports, on 127.0.0.1.
    pub etcd: [u16; 2],
    /// The port on 127.0.0.1 by which people and tests reach the API server.
    pub public_port: u16,
}

impl Addresses {
    /// Free ports on 127.0.0.1. One may be taken until it is used: then the whole start is tried again.
    pub fn on_loopback() -> Result<Self> {
        let [secure_port, client, peer] = free_ports()?;
        Ok(Self { bind: "127.0.0.1".into(), secure_port, etcd: [client, peer], public_port: secure_port })
    }

    fn etcd_url(&self, index: usize) -> String {
        format!("http://127.0.0.1:{}", self.etcd[index])
    }

    fn server(&self) -> String {
        format!("https://{}:{}", self.bind, self.secure_port)
    }

    fn public_server(&self) -> String {
        format!("https://127.0.0.1:{}", self.public_port)
    }
}

/// Ports that are free now. All are held until all are known, so that they differ.
pub fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0").context("no port is free on 127.0.0.1")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// etcd and the API server, up to its readiness.
pub fn start_api_server(
    supervisor: &mut Supervisor,
    components: &Components,
    addresses: &Addresses,
) -> Result<()> {
    let layout = supervisor.layout().clone();
    certs::write_all(&layout, &addresses.server(), &addresses.public_server())?;

    supervisor.say("etcd and API server");
    let peer = addresses.etcd_url(1);
    supervisor.start(
        Spec::new("etcd", components.bin("etcd"))
            .flag("data-dir", layout.etcd())
            .flag("listen-client-urls", addresses.etcd_url(0))
            .flag("advertise-client-urls", addresses.etcd_url(0))
            .flag("listen-peer-urls", &peer)
            .flag("initial-advertise-peer-urls", &peer)
            .flag("initial-cluster", format!("default={peer}"))
            .arg("--unsafe-no-fsync"),
    )?;
    supervisor.start(
        Spec::new("kube-apiserver", components.bin("kube-apiserver"))
            .flag("etcd-servers", addresses.etcd_url(0))
            .flag("bind-address", &addresses.bind)
            .flag("secure-port", addresses.secure_port.to_string())
            .flag("advertise-address", NODE_ADDRESS)
            .flag("tls-cert-file", layout.pki("apiserver.crt"))
            .flag("tls-private-key-file", layout.pki("apiserver.key"))
            .flag("client-ca-file", layout.pki("ca.crt"))
            .flag("service-account-issuer", "https://kubernetes.default.svc.cluster.local")
            .flag("service-account-key-file", layout.pki("service-account.pub"))
            .flag("service-account-signing-key-file", layout.pki("service-account.key"))
            .flag("service-cluster-ip-range", "10.96.0.0/16")
            .flag("authorization-mode", "Node,RBAC")
            .flag("enable-admission-plugins", "NodeRestriction")
            .flag("allow-privileged", "true")
            .flag("kubelet-client-certificate", layout.pki("apiserver-kubelet.crt"))
            .flag("kubelet-client-key", layout.pki("apiserver-kubelet.key"))
            .flag("kubelet-certificate-authority", layout.pki("ca.crt"))
            .flag("kubelet-preferred-address-types", "InternalIP"),
    )?;
    supervisor.wait("the API server is ready", PATIENCE, &["kube-apiserver", "etcd"], || {
        kubectl(components, &layout, &["get", "--raw", "/readyz"], "").is_ok()
    })
}

/// Controllers, the snapshot CRDs, the CSI driver with its sidecars and the storage classes.
pub fn start_controllers(supervisor: &mut Supervisor, components: &Components, driver: Spec) -> Result<()> {
    let layout = supervisor.layout().clone();
    supervisor.say("controllers");
    supervisor.start(
        Spec::new("kube-controller-manager", components.bin("kube-controller-manager"))
            .flag("kubeconfig", layout.pki("controller-manager.kubeconfig"))
            .flag("bind-address", "127.0.0.1")
            .flag("secure-port", "0")
            .flag("leader-elect", "false")
            .flag("use-service-account-credentials", "true")
            .flag("service-account-private-key-file", layout.pki("service-account.key"))
            .flag("root-ca-file", layout.pki("ca.crt"))
            .flag("cluster-signing-cert-file", layout.pki("ca.crt"))
            .flag("cluster-signing-key-file", layout.pki("ca.key"))
            .flag("pvclaimbinder-sync-period", "1s")
            // Tests make bare Node objects, for claims that wait for a consumer; no kubelet renews them.
            .flag("node-monitor-grace-period", "87600h"),
    )?;
    supervisor.start(
        Spec::new("kube-scheduler", components.bin("kube-scheduler"))
            .flag("kubeconfig", layout.pki("scheduler.kubeconfig"))
            .flag("bind-address", "127.0.0.1")
            .flag("secure-port", "0")
            .flag("leader-elect", "false"),
    )?;

    supervisor.say("snapshot CRDs and CSI driver");
    // Before the sidecars, which give up when the kinds are not served.
    let crds = components.snapshot_crds();
    let crds = crds.to_string_lossy();
    kubectl(components, &layout, &["apply", "-f", &crds], "")?;
    kubectl(components, &layout, &["wait", "--for=condition=Established", "--timeout=60s", "-f", &crds], "")?;
    supervisor.start(driver)?;
    let socket = layout.csi_socket();
    supervisor.wait("the CSI driver listens", PATIENCE, &["csi-driver"], || socket.exists())?;
    for sidecar in sidecars(components, &layout) {
        supervisor.start(sidecar)?;
    }
    kubectl(components, &layout, &["apply", "-f", "-"], STORAGE)?;
    supervisor.wait("a namespace gets its ServiceAccount", PATIENCE, &["kube-controller-manager"], || {
        kubectl(components, &layout, &["get", "serviceaccount", "default"], "").is_ok()
    })
}

/// The CSI driver on the socket that the sidecars use.
pub fn driver(components: &Components, layout: &Layout) -> Spec {
    Spec::new("csi-driver", components.own("csi-driver"))
        .flag("endpoint", layout.csi_socket())
        .flag("state-dir", layout.driver())
        .flag("driver-name", DRIVER)
        .flag("node-id", certs::NODE_NAME)
}

fn sidecars(components: &Components, layout: &Layout) -> [Spec; 3] {
    // By default they ask 5 times a second and wait up to minutes between tries: tests would wait with them.
    let impatient = |name| {
        Spec::new(name, components.bin(name))
            .flag("kubeconfig", layout.pki("csi.kubeconfig"))
            .flag("kube-api-qps", "50")
            .flag("kube-api-burst", "100")
            .flag("retry-interval-start", "100ms")
            .flag("retry-interval-max", "1s")
    };
    let beside_driver =
        |name| impatient(name).flag("csi-address", layout.csi_socket()).arg("--extra-create-metadata");
    [
        impatient("snapshot-controller"),
        // When its cache is older than what it has just written itself, it forgets what it was to try again; only the next
        // resync, a quarter of an hour later by default, reminds it.
        beside_driver("csi-snapshotter")
            .flag("timeout", "10s")
            .flag("worker-threads", "50")
            .flag("resync-period", "10s"),
        // The sweep frees a snapshot whose restore failed; five minutes by default.
        beside_driver("csi-provisioner").flag("snapshot-orphan-sweep-interval", "1s"),
    ]
}

/// The gate of `up`: a claim is bound and a snapshot of it becomes ready.
pub fn self_test(supervisor: &mut Supervisor, components: &Components) -> Result<()> {
    let layout = supervisor.layout().clone();
    supervisor.say("first claim and first snapshot");
    let run = |args: &[&str], input: &str| {
        let mut all = vec!["--namespace", SELF_TEST_NAMESPACE];
        all.extend(args);
        kubectl(components, &layout, &all, input)
    };
    run(&["create", "namespace", SELF_TEST_NAMESPACE], "")?;
    run(&["create", "-f", "-"], SELF_TEST)?;
    let field = |kind: &str, path: &str| {
        let path = format!("jsonpath={path}");
        run(&["get", kind, "self-test", "-o", &path], "")
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    supervisor.wait(
        "a claim is bound",
        PATIENCE,
        &["csi-provisioner", "csi-driver", "kube-controller-manager"],
        || field("persistentvolumeclaim", "{.status.phase}").is_ok_and(|phase| phase == "Bound"),
    )?;
    let blame = ["csi-snapshotter", "snapshot-controller", "csi-driver"];
    supervisor.wait("a snapshot becomes ready", PATIENCE, &blame, || {
        field("volumesnapshot", "{.status.readyToUse}").is_ok_and(|ready| ready == "true")
    })?;
    run(&["delete", "namespace", SELF_TEST_NAMESPACE, "--wait=false"], "")?;
    Ok(())
}

/// Runs kubectl as the components' administrator with `input` as its standard input.
///
/// # Errors
/// What kubectl wrote to standard error, when it fails.
pub fn kubectl(components: &Components, layout: &Layout, args: &[&str], input: &str) -> Result<Output> {
    let kubeconfig = layout.pki("admin.kubeconfig");
    let mut all = vec!["--request-timeout=20s"];
    all.extend(args);
    kubectl::run_well(&components.bin("kubectl"), &kubeconfig, &layout.home(), &all, input)
}
