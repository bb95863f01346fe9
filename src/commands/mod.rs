//! The commands, one file each.
//! Only the list and the dispatch.

use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::cli::GlobalArgs;
use crate::error::{Error, ExitCode, Result};
use crate::ui::documents::ErrorDocument;
use crate::ui::format::Format;
use crate::ui::terminal::Ui;

pub mod backup;
pub mod called;
pub mod complete;
pub mod completion;
pub mod doctor;
pub mod hold;
pub mod list;
pub mod manifests;
pub mod offline;
pub mod prune;
pub mod purge;
mod report;
pub mod restore;
pub mod run_once;
pub mod simulate;
pub mod status;
pub mod undo;
pub mod version;

/// Take snapshots of Kubernetes volumes, and get the data back
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-gemini",
    bin_name = "kubectl gemini",
    version = concat!("v", env!("CARGO_PKG_VERSION")),
    after_help = "Use \"kubectl gemini COMMAND --help\" for examples and all flags of a command",
)]
pub struct Cli {
    /// What to do; without it the help is shown.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a comment here would replace the one on the arguments, which is the help")]
pub enum Command {
    List(list::ListArgs),
    Prune(prune::PruneArgs),
    RunOnce(run_once::RunOnceArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Undo(undo::UndoArgs),
    Status(status::StatusArgs),
    Purge(purge::PurgeArgs),
    Hold(hold::HoldArgs),
    Release(hold::ReleaseArgs),
    Simulate(simulate::SimulateArgs),
    Doctor(doctor::DoctorArgs),
    Manifests(manifests::ManifestsArgs),
    Completion(completion::CompletionArgs),
    Version(version::VersionArgs),
}

impl Command {
    /// Does it. A failure that comes back has not been shown yet.
    pub async fn run(self, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
        match self {
            Self::List(args) => list::run(args, global, ui).await,
            Self::Backup(args) => {
                let format = args.output.format();
                told(backup::run(args, global, ui).await, &format, ui)
            }
            Self::Restore(args) => {
                let format = args.output.format();
                told(restore::run(args, global, ui).await, &format, ui)
            }
            Self::Undo(args) => {
                let format = args.output.format();
                told(undo::run(args, global, ui).await, &format, ui)
            }
            Self::Status(args) => {
                let format = args.output.format();
                told(status::run(args, global, ui).await, &format, ui)
            }
            Self::Purge(args) => {
                let format = args.output.format();
                told(purge::run(args, global, ui).await, &format, ui)
            }
            Self::Hold(args) => {
                let format = args.output.format();
                told(hold::hold(args, global, ui).await, &format, ui)
            }
            Self::Release(args) => {
                let format = args.output.format();
                told(hold::release(args, global, ui).await, &format, ui)
            }
            Self::Prune(args) => {
                let format = args.output.format();
                told(prune::run(args, global, ui).await, &format, ui)
            }
            Self::Simulate(args) => {
                let format = args.output.format();
                told(simulate::run(args, global, ui), &format, ui)
            }
            Self::RunOnce(args) => run_once::run(args, global, ui).await,
            Self::Doctor(args) => doctor::run(args, global, ui).await,
            Self::Manifests(args) => manifests::run(args, global, ui),
            Self::Completion(args) => completion::run(args, ui),
            Self::Version(args) => version::run(args, global, ui).await,
        }
    }
}

/// A script that asked a changing command for a document gets one in any case.
fn told(result: Result<ExitCode>, format: &Format, ui: &Ui) -> Result<ExitCode> {
    let document = |error: &Error| format.document(&ErrorDocument::from(error));
    if let Err(error) = &result
        && matches!(format, Format::Json | Format::Yaml)
    {
        // The failure itself matters more than that it cannot be written.
        let _ = document(error).and_then(|text| ui.data(&text));
    }
    result
}
