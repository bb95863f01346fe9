//! What a user may say about the connection, as plain values.
//! Must not know how it is said on the command line, nor what a kubeconfig says.

use std::path::PathBuf;
use std::time::Duration;

/// Which server, as whom, in which namespace: kubectl's connection flags, checked.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// The subcommand, as the server's audit log is to name it.
    pub command: String,
    /// `--kubeconfig`
    pub kubeconfig: Option<PathBuf>,
    /// `--context`
    pub context: Option<String>,
    /// `--cluster`
    pub cluster: Option<String>,
    /// `--user`
    pub user: Option<String>,
    /// `--namespace`
    pub namespace: Option<String>,
    /// `--server`
    pub server: Option<String>,
    /// `--token`
    pub token: Option<String>,
    /// `--tls-server-name`
    pub tls_server_name: Option<String>,
    /// `--insecure-skip-tls-verify`
    pub insecure_skip_tls_verify: bool,
    /// `--certificate-authority`
    pub certificate_authority: Option<PathBuf>,
    /// `--client-certificate`
    pub client_certificate: Option<PathBuf>,
    /// `--client-key`
    pub client_key: Option<PathBuf>,
    /// `--disable-compression`
    pub disable_compression: bool,
    /// `--as`
    pub impersonate: Option<String>,
    /// `--as-uid`
    pub impersonate_uid: Option<String>,
    /// `--as-group`
    pub impersonate_groups: Vec<String>,
    /// `--as-user-extra`, as pairs
    pub impersonate_extra: Vec<(String, String)>,
    /// `--request-timeout`; `None` waits for ever
    pub request_timeout: Option<Duration>,
}
