//! One certificate authority per cluster, the certificates below it, and the kubeconfigs that use them.
//! Elliptic keys (P-256) throughout; everything is throw-away and lives in the state directory.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use serde_json::json;

use crate::layout::Layout;

/// The address that API server and kubelet announce. It need not exist on an interface, but must not be in 127/8.
pub const NODE_ADDRESS: &str = "10.111.0.1";
/// The first address of the Service network, by which pods reach the API server.
const SERVICE_ADDRESS: &str = "10.96.0.1";
/// The one node of a cluster that has one.
pub const NODE_NAME: &str = "n1";

const MASTERS: Option<&str> = Some("system:masters");

/// A client certificate with a kubeconfig of its own: (file, common name, organisation).
const CLIENTS: [(&str, &str, Option<&str>); 6] = [
    ("admin", "admin", MASTERS),
    ("csi", "csi", MASTERS),
    ("controller-manager", "system:kube-controller-manager", None),
    ("scheduler", "system:kube-scheduler", None),
    ("proxy", "system:kube-proxy", None),
    ("node", "system:node:n1", Some("system:nodes")),
];

/// Writes authority, certificates, the key for ServiceAccount tokens and the components' kubeconfigs, which point to
/// `server`; and the administrator's kubeconfig for people, which points to `public_server`.
pub fn write_all(layout: &Layout, server: &str, public_server: &str) -> Result<()> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("kubectl-gemini sandbox", None);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?;
    write(&layout.pki("ca.crt"), &authority.pem())?;
    write(&layout.pki("ca.key"), &key.serialize_pem())?;
    let issuer = Issuer::from_params(&params, &key);

    let api_names = [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "127.0.0.1",
        SERVICE_ADDRESS,
        NODE_ADDRESS,
    ];
    let server_use = ExtendedKeyUsagePurpose::ServerAuth;
    let client_use = ExtendedKeyUsagePurpose::ClientAuth;
    leaf(layout, &issuer, "apiserver", name("kube-apiserver", None), server_use.clone(), &api_names)?;
    leaf(
        layout,
        &issuer,
        "kubelet-server",
        name(NODE_NAME, None),
        server_use,
        &[NODE_NAME, "127.0.0.1", NODE_ADDRESS],
    )?;
    let to_kubelet = name("kube-apiserver-kubelet-client", MASTERS);
    leaf(layout, &issuer, "apiserver-kubelet", to_kubelet, client_use.clone(), &[])?;
    for (file, common_name, organisation) in CLIENTS {
        leaf(layout, &issuer, file, name(common_name, organisation), client_use.clone(), &[])?;
        kubeconfig(layout, file, server, &layout.pki(&format!("{file}.kubeconfig")))?;
    }
    kubeconfig(layout, "admin", public_server, &layout.kubeconfig())?;
    let tokens = KeyPair::generate()?;
    write(&layout.pki("service-account.key"), &tokens.serialize_pem())?;
    write(&layout.pki("service-account.pub"), &tokens.public_key_pem())
}

fn leaf(
    layout: &Layout,
    issuer: &Issuer<'_, &KeyPair>,
    file: &str,
    subject: DistinguishedName,
    usage: ExtendedKeyUsagePurpose,
    alternative_names: &[&str],
) -> Result<()> {
    let mut params =
        CertificateParams::new(alternative_names.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    params.distinguished_name = subject;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    write(&layout.pki(&format!("{file}.crt")), &certificate.pem())?;
    write(&layout.pki(&format!("{file}.key")), &key.serialize_pem())
}

fn name(common_name: &str, organisation: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(organisation) = organisation {
        name.push(DnType::OrganizationName, organisation);
    }
    name.push(DnType::CommonName, common_name);
    name
}

/// A kubeconfig with one context, named after the cluster. JSON, which is YAML too.
fn kubeconfig(layout: &Layout, client: &str, server: &str, path: &Path) -> Result<()> {
    let context = format!("sandbox-{}", layout.name());
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": {"server": server, "certificate-authority": layout.pki("ca.crt")}}],
        "users": [{"name": client, "user": {
            "client-certificate": layout.pki(&format!("{client}.crt")),
            "client-key": layout.pki(&format!("{client}.key")),
        }}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": client}}],
        "current-context": context,
    });
    write(path, &serde_json::to_string_pretty(&config)?)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    std::io::Write::write_all(
        &mut file.with_context(|| format!("cannot write {}", path.display()))?,
        text.as_bytes(),
    )?;
    Ok(())
}
