//! `version`: what this program is, and what it talks to.
//! Must work without a cluster, and then still say what it can.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{ExitCode, Result};
use crate::ui::terminal::Ui;

/// Show client, server and API versions
///
/// Examples:
///   kubectl gemini version
///   kubectl gemini version --client -o json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct VersionArgs {
    /// Show only this program's version, without contacting a server
    #[arg(long)]
    client: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// The document of `-o json|yaml`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionDocument {
    schema_version: u32,
    kind: &'static str,
    client: Client,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Server>,
}

#[derive(Debug, Serialize)]
struct Client {
    version: &'static str,
    platform: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Server {
    version: String,
    snapshot_group_versions: Vec<String>,
    snapshot_versions: Vec<String>,
}

/// Runs the command.
pub async fn run(args: VersionArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let format = args.output.format_without_names("version")?;
    let server = if args.client { Ok(None) } else { server(global, ui).await.map(Some) };
    let (server, failure) = match server {
        Ok(server) => (server, None),
        Err(error) => (None, Some(error)),
    };
    let client = Client {
        version: concat!("v", env!("CARGO_PKG_VERSION")),
        platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    };
    let document = VersionDocument { schema_version: 1, kind: "Version", client, server };
    let text = match format.is_document() {
        false => table(&document),
        true => format.document(&document)?,
    };
    ui.data(&text)?;
    failure.map_or(Ok(ExitCode::Done), Err)
}

async fn server(global: &GlobalArgs, ui: &Arc<Ui>) -> Result<Server> {
    ui.begin();
    let cluster = global.connect(ui).await?;
    let version = cluster.version().await?;
    let served = cluster.served().await?;
    Ok(Server { version, snapshot_group_versions: served.groups, snapshot_versions: served.snapshots })
}

fn table(document: &VersionDocument) -> String {
    let mut text = format!("Client: {} ({})\n", document.client.version, document.client.platform);
    if let Some(server) = &document.server {
        let versions = |versions: &[String]| match versions.is_empty() {
            true => "not served".to_owned(),
            false => versions.join(", "),
        };
        text += &format!("Server: {}\n", server.version);
        text += &format!("SnapshotGroup API: {}\n", versions(&server.snapshot_group_versions));
        text += &format!("Snapshot API: {}\n", versions(&server.snapshot_versions));
    }
    text
}
