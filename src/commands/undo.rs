//! `undo`: gives a claim that was restored in place its old volume back.
//! Must keep what was written since: the new volume stays, and is copied first.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::restore::{ConfirmArgs, Limits, Scale, ScaleArgs, Take, end, find, require_rights, stops};
use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{ExitCode, Result};
use crate::model::restore::Journal;
use crate::model::{duration, name};
use crate::plan::restore::{Ending, Stops, settled};
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// Take a restore back: the claim gets its old volume again
///
/// The volume with the restored data is kept, with all that was written to it. What uses the claim is stopped
/// meanwhile, and started again.
///
/// Examples:
///   kubectl gemini status
///   kubectl gemini undo 7f3ak
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct UndoArgs {
    /// Identifier of the restore
    #[arg(value_name = "RESTORE", value_parser = name::object)]
    restore: String,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    scale: ScaleArgs,
    /// How long to wait for each thing that others have to do
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration::parse)]
    timeout: Duration,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Runs the command.
pub async fn run(args: UndoArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    args.confirm.require_answer(ui)?;
    ui.begin();
    let cluster = global.connect(ui).await?;
    let journal = find(&cluster, &args.restore).await?.journal;
    let stops = match cluster.claim(&journal.claim).await? {
        Some(claim) if !journal.is_open() && settled(&journal, Ending::Undo)?.is_none() => {
            require_rights(&cluster, args.scale.delete_pods).await?;
            stops(&cluster, &claim, args.scale).await?
        }
        _ => Stops::default(),
    };
    ui.note(&restoring::undo_plan(&journal, &stops, &cluster.place()));
    let Journal { claim, namespace, .. } = &journal;
    let question = format!("Undo the restore of {claim} in {namespace} on {}?", cluster.place());
    args.confirm.agree(&question, claim, ui)?;
    let limits = Limits { timeout: args.timeout, waits_for_pods: args.scale.scale == Scale::Manual };
    let take = Take {
        id: &args.restore,
        ending: Ending::Undo,
        stops: stops.workloads,
        accepts_unready: false,
        deletes_pods: args.scale.delete_pods,
    };
    end(&cluster, take, limits, &args.output.format(), ui).await
}
