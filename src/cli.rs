//! The command line that all commands share: kubectl's connection flags, and how much is said.
//! Must not contact a cluster; flags become the plain values that other modules take.

pub mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anstream::ColorChoice;
use clap::{ArgAction, Args, ValueEnum};

use crate::cluster::connect::Cluster;
use crate::cluster::notices::Notices;
use crate::cluster::options::ConnectOptions;
use crate::error::{Error, Reason, Result};
use crate::model::{dry_run::DryRun, duration, name};
use crate::ui::format::Format;
use crate::ui::terminal::{Loudness, Questions, Ui};

/// Flags that every command takes, before or behind its name, spelled as kubectl's
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The subcommand's name.
    #[arg(skip)]
    pub command: String,
    /// Namespace to work in
    #[arg(short, long = "namespace", global = true, value_name = "NAMESPACE", value_parser = name::namespace)]
    namespaces: Vec<String>,
    /// Context of the kubeconfig to use
    #[arg(long, global = true)]
    context: Option<String>,
    /// Path to the kubeconfig file
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Cluster of the kubeconfig to use
    #[arg(long, global = true, hide_short_help = true)]
    cluster: Option<String>,
    /// User of the kubeconfig to use
    #[arg(long, global = true, hide_short_help = true)]
    user: Option<String>,
    /// Address and port of the API server
    #[arg(short, long, global = true, hide_short_help = true)]
    server: Option<String>,
    /// Bearer token for the API server
    #[arg(long, global = true, hide = true)]
    token: Option<String>,
    /// Name to expect in the server's certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    tls_server_name: Option<String>,
    /// Do not check the server's certificate: anybody between you and it can read and change everything
    #[arg(long, global = true, hide_short_help = true)]
    insecure_skip_tls_verify: bool,
    /// Certificate of the authority that signed the server's
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    certificate_authority: Option<PathBuf>,
    /// Your client certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    client_certificate: Option<PathBuf>,
    /// The key of your client certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// Do not let the server compress its answers
    #[arg(long, global = true, hide_short_help = true)]
    disable_compression: bool,
    /// User to act as
    #[arg(long = "as", global = true, hide_short_help = true, value_name = "USER")]
    impersonate: Option<String>,
    /// UID to act as
    #[arg(long = "as-uid", global = true, hide_short_help = true, value_name = "UID")]
    impersonate_uid: Option<String>,
    /// Group to act as; may be repeated
    #[arg(long = "as-group", global = true, hide_short_help = true, value_name = "GROUP")]
    impersonate_groups: Vec<String>,
    /// Further property of the user to act as; may be repeated
    #[arg(long = "as-user-extra", global = true, hide_short_help = true, value_name = "KEY=VALUE", value_parser = pair)]
    impersonate_extra: Vec<(String, String)>,
    /// How long to wait for one answer of the API server; 0 waits for ever
    #[arg(long, global = true, hide_short_help = true, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    request_timeout: Duration,
    /// When to use colour
    #[arg(long, global = true, hide_short_help = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Ask nothing: where an answer would be needed, fail and name the flag to use
    #[arg(long, global = true, hide_short_help = true)]
    no_input: bool,
    /// Say more: 1 names the requests, 6 shows them, 8 shows everything but their content
    #[arg(short, long = "v", global = true, hide_short_help = true, value_name = "LEVEL", num_args = 0..=1,
          require_equals = true, default_missing_value = "1", action = ArgAction::Set)]
    v: Option<u8>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl GlobalArgs {
    /// The streams to write to.
    pub fn ui(&self) -> Ui {
        let colour = match self.color {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        let loudness = if self.quiet { Loudness::Quiet } else { Loudness::Normal };
        let questions = if self.no_input { Questions::Never } else { Questions::Allowed };
        Ui::new(loudness, colour, questions)
    }

    /// What `tracing` is to show, in its own language; `None` for nothing.
    pub fn log_filter(&self) -> Option<&'static str> {
        match self.v? {
            0 => None,
            1..6 => Some("kubectl_gemini=info"),
            6..8 => Some("kubectl_gemini=debug,kube_client=debug"),
            _ => Some("debug"),
        }
    }

    /// `--kubeconfig`.
    pub fn kubeconfig(&self) -> Option<&Path> {
        self.kubeconfig.as_deref()
    }

    /// `--namespace`, if it says something; of several the last, as in kubectl.
    pub fn namespace(&self) -> Option<&str> {
        self.namespaces().last().copied()
    }

    /// All of `--namespace`, for the command that takes several.
    pub fn namespaces(&self) -> Vec<&str> {
        self.namespaces.iter().map(String::as_str).filter(|namespace| !namespace.is_empty()).collect()
    }

    /// Connects to the cluster that the flags mean. Notices go to `ui`.
    pub async fn connect(&self, ui: &Arc<Ui>) -> Result<Cluster> {
        let ui = Arc::clone(ui);
        self.connect_with(Notices::new(move |notice| ui.notice(notice))).await
    }

    /// As [`Self::connect`], with notices going elsewhere.
    pub async fn connect_with(&self, notices: Notices) -> Result<Cluster> {
        Cluster::connect(&self.options(), notices).await
    }

    /// An empty text, such as a shell's variable that is not set, says nothing, as in kubectl.
    fn options(&self) -> ConnectOptions {
        let flags = self.clone();
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        ConnectOptions {
            command: flags.command,
            kubeconfig: flags.kubeconfig,
            context: said(flags.context),
            cluster: said(flags.cluster),
            user: said(flags.user),
            namespace: self.namespace().map(str::to_owned),
            server: said(flags.server),
            token: said(flags.token),
            tls_server_name: said(flags.tls_server_name),
            insecure_skip_tls_verify: flags.insecure_skip_tls_verify,
            certificate_authority: flags.certificate_authority,
            client_certificate: flags.client_certificate,
            client_key: flags.client_key,
            disable_compression: flags.disable_compression,
            impersonate: said(flags.impersonate),
            impersonate_uid: said(flags.impersonate_uid),
            impersonate_groups: flags.impersonate_groups,
            impersonate_extra: flags.impersonate_extra,
            request_timeout: Some(flags.request_timeout).filter(|timeout| !timeout.is_zero()),
        }
    }
}

/// `-o`, for commands whose result is a document.
#[derive(Clone, Debug, Args)]
pub struct OutputArgs {
    /// Output format: json, yaml, name, wide or jsonpath=TEMPLATE
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<Format>,
}

impl OutputArgs {
    /// The format; a table if nothing was said.
    pub fn format(&self) -> Format {
        self.output.clone().unwrap_or(Format::Table)
    }

    /// The format, for a command whose result holds no objects that could be named.
    pub fn format_without_names(&self, command: &str) -> Result<Format> {
        match self.format() {
            Format::Name => {
                let message =
                    format!("{command} prints no names of objects, so that -o name means nothing to it");
                Err(Error::new(Reason::FlagsUnfit, message).hint("leave -o out, or use -o json"))
            }
            format => Ok(format),
        }
    }
}

/// `--dry-run`, for commands that change something.
#[derive(Clone, Debug, Args)]
pub struct DryRunArgs {
    /// none, client (only say what would be sent) or server (have the server check it without storing it)
    #[arg(long, value_name = "STRATEGY", num_args = 0..=1, require_equals = true, default_value = "none",
          default_missing_value = "client", hide_default_value = true, value_parser = dry_run)]
    pub dry_run: DryRun,
}

fn dry_run(text: &str) -> std::result::Result<DryRun, String> {
    match text {
        "none" => Ok(DryRun::None),
        "client" => Ok(DryRun::Client),
        "server" => Ok(DryRun::Server),
        _ => Err("allowed are none, client, server".to_owned()),
    }
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}
