//! Flags that win over what the kubeconfig, or the service account of a pod, says.
//! Must not ignore a flag: what makes no sense where it is given is refused.

use std::collections::HashMap;

use kube::Config;
use kube::config::{AuthInfo, Cluster};

use super::options::ConnectOptions;
use crate::error::{Error, Reason, Result};

/// The server's side. Its address is made whole.
pub(super) fn cluster(cluster: &mut Cluster, options: &ConnectOptions) -> Result<()> {
    if let Some(server) = &options.server {
        cluster.server = Some(server.clone());
    }
    if let Some(name) = &options.tls_server_name {
        cluster.tls_server_name = Some(name.clone());
    }
    if let Some(file) = &options.certificate_authority {
        cluster.certificate_authority = Some(file.display().to_string());
        cluster.certificate_authority_data = None;
    }
    if options.insecure_skip_tls_verify {
        cluster.insecure_skip_tls_verify = Some(true);
    }
    if options.disable_compression {
        cluster.disable_compression = Some(true);
    }
    cluster.server = cluster.server.as_deref().map(server_url).transpose()?;
    Ok(())
}

/// An address as kubectl reads it: https unless it says otherwise. What is no address is refused here; the
/// client would panic.
fn server_url(text: &str) -> Result<String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let parsed: Option<http::Uri> = url.parse().ok();
    let usable = parsed.filter(|url| {
        let has_place = url.authority().is_some_and(|authority| {
            let host = authority.host();
            !host.is_empty() && (authority.port_u16().is_some() || authority.as_str().ends_with(host))
        });
        matches!(url.scheme_str(), Some("http" | "https")) && has_place
    });
    usable.map(|_| url).ok_or_else(|| {
        let message =
            format!("the server address \"{text}\" is not one: write it like https://10.0.0.1:6443");
        Error::new(Reason::KubeconfigInvalid, message)
    })
}

/// The user's side.
pub(super) fn user(user: &mut AuthInfo, options: &ConnectOptions) {
    if let Some(token) = &options.token {
        user.token = Some(token.clone().into());
        user.token_file = None;
        user.exec = None;
        user.auth_provider = None;
    }
    if let Some(file) = &options.client_certificate {
        user.client_certificate = Some(file.display().to_string());
        user.client_certificate_data = None;
    }
    if let Some(file) = &options.client_key {
        user.client_key = Some(file.display().to_string());
        user.client_key_data = None;
    }
    impersonate(user, options);
}

fn impersonate(user: &mut AuthInfo, options: &ConnectOptions) {
    if let Some(name) = &options.impersonate {
        user.impersonate = Some(name.clone());
    }
    if let Some(uid) = &options.impersonate_uid {
        user.impersonate_uid = Some(uid.clone());
    }
    if !options.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(options.impersonate_groups.clone());
    }
    if !options.impersonate_extra.is_empty() {
        let mut extra: HashMap<String, Vec<String>> = HashMap::new();
        for (key, value) in &options.impersonate_extra {
            extra.entry(key.clone()).or_default().push(value.clone());
        }
        user.impersonate_user_extra = Some(extra);
    }
}

/// The flags that make sense for a pod: all but a client certificate, which no service account has.
pub(super) fn pod(config: &mut Config, options: &ConnectOptions) -> Result<()> {
    if options.client_certificate.is_some() || options.client_key.is_some() {
        let message = "--client-certificate and --client-key need a kubeconfig or --server";
        return Err(Error::new(Reason::KubeconfigInvalid, message));
    }
    if let Some(token) = &options.token {
        config.auth_info.token = Some(token.clone().into());
        config.auth_info.token_file = None;
    }
    if let Some(file) = &options.certificate_authority {
        config.root_cert_file = Some(file.clone());
    }
    if let Some(name) = &options.tls_server_name {
        config.tls_server_name = Some(name.clone());
    }
    config.accept_invalid_certs |= options.insecure_skip_tls_verify;
    config.disable_compression |= options.disable_compression;
    impersonate(&mut config.auth_info, options);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_https() {
        for (text, wanted) in [
            ("127.0.0.1:39783", "https://127.0.0.1:39783"),
            ("api.example.com", "https://api.example.com"),
            ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
            ("https://10.0.0.1:6443/k8s/clusters/c-1", "https://10.0.0.1:6443/k8s/clusters/c-1"),
        ] {
            assert_eq!(server_url(text).unwrap(), wanted);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "https://", "ftp://10.0.0.1", "10.0.0.1:port", "a b", "https://:6443", "/var/run/x"]
        {
            assert_eq!(server_url(text).unwrap_err().reason, Reason::KubeconfigInvalid, "{text}");
        }
    }

    #[test]
    fn a_pod_s_service_account_gives_way_to_flags() {
        let mut config = Config::new("https://10.0.0.1".parse().unwrap());
        let options = ConnectOptions {
            token: Some("abc".into()),
            certificate_authority: Some("/ca.crt".into()),
            insecure_skip_tls_verify: true,
            ..ConnectOptions::default()
        };
        pod(&mut config, &options).unwrap();
        assert!(config.auth_info.token.is_some() && config.accept_invalid_certs);
        assert_eq!(config.root_cert_file.as_deref(), Some(std::path::Path::new("/ca.crt")));
        let options = ConnectOptions { client_key: Some("/key".into()), ..options };
        assert_eq!(pod(&mut config, &options).unwrap_err().reason, Reason::KubeconfigInvalid);
    }
}
