//! The commands, one file each.
//! Only the list and the dispatch.

use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::cli::{GlobalArgs, OutputArgs};
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
        let format = self.output().map(OutputArgs::format);
        let result = match self {
            Self::List(args) => list::run(args, global, ui).await,
            Self::Backup(args) => backup::run(args, global, ui).await,
            Self::Restore(args) => restore::run(args, global, ui).await,
            Self::Undo(args) => undo::run(args, global, ui).await,
            Self::Status(args) => status::run(args, global, ui).await,
            Self::Purge(args) => purge::run(args, global, ui).await,
            Self::Hold(args) => hold::hold(args, global, ui).await,
            Self::Release(args) => hold::release(args, global, ui).await,
            Self::Prune(args) => prune::run(args, global, ui).await,
            Self::Simulate(args) => simulate::run(args, global, ui),
            Self::RunOnce(args) => run_once::run(args, global, ui).await,
            Self::Doctor(args) => doctor::run(args, global, ui).await,
            Self::Manifests(args) => manifests::run(args, global, ui),
            Self::Completion(args) => completion::run(args, ui),
            Self::Version(args) => version::run(args, global, ui).await,
        };
        match format {
            Some(format) => told(result, &format, ui),
            None => result,
        }
    }

    /// How its document is printed; `None` for what has none, and for what tells a failure in its own way: `run-once` and `version`.
    fn output(&self) -> Option<&OutputArgs> {
        match self {
            Self::List(list::ListArgs { output, .. })
            | Self::Backup(backup::BackupArgs { output, .. })
            | Self::Restore(restore::RestoreArgs { output, .. })
            | Self::Undo(undo::UndoArgs { output, .. })
            | Self::Status(status::StatusArgs { output, .. })
            | Self::Purge(purge::PurgeArgs { output, .. })
            | Self::Hold(hold::HoldArgs { output, .. })
            | Self::Release(hold::ReleaseArgs { output, .. })
            | Self::Prune(prune::PruneArgs { output, .. })
            | Self::Simulate(simulate::SimulateArgs { output, .. })
            | Self::Doctor(doctor::DoctorArgs { output, .. }) => Some(output),
            Self::RunOnce(_) | Self::Version(_) | Self::Manifests(_) | Self::Completion(_) => None,
        }
    }
}

/// A script that asked for a document gets one in any case.
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
