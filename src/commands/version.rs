//! `version`: what this program is, and what it talks to.
//! Must work without a cluster, and then still say what it can.

use std::sync::Arc;

use clap::Args;

use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{ExitCode, Result};
use crate::ui::terminal::Ui;
use crate::ui::versions::{Server, VersionDocument, table};

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

/// Runs the command.
pub async fn run(args: VersionArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let format = args.output.format_without_names("version")?;
    let server = if args.client { Ok(None) } else { server(global, ui).await.map(Some) };
    let (server, failure) = match server {
        Ok(server) => (server, None),
        Err(error) => (None, Some(error)),
    };
    let document = VersionDocument::new(server);
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
