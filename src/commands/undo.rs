//! `undo`: gives a claim that was restored in place its old volume back.
//! Must keep what was written since: the new volume stays, and is copied first.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::restore::{Limits, Scale, ScaleArgs, Take, end, find, stops};
use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::{duration, name};
use crate::plan::restore::{Ending, Stops};
use crate::ui::prompt::Question;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

const INSTEAD: &str = "--yes, or --confirm=PVC with the name of the PVC";

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
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// The name of the claim, instead of typing it when asked
    #[arg(long, value_name = "PVC", conflicts_with = "yes")]
    confirm: Option<String>,
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
    if !args.yes && args.confirm.is_none() {
        ui.require_answers(INSTEAD)?;
    }
    ui.begin();
    let cluster = global.connect(ui).await?;
    let journal = find(&cluster, &args.restore).await?.journal;
    let stops = match cluster.claim(&journal.claim).await? {
        Some(claim) if !journal.is_open() => stops(&cluster, &claim, args.scale).await?,
        _ => Stops::default(),
    };
    ui.note(&restoring::undo_plan(&journal, &stops, &cluster.place()));
    let claim = &journal.claim;
    let agreed = match &args.confirm {
        _ if args.yes => true,
        Some(typed) => typed == claim,
        None => {
            let text =
                format!("Undo the restore of {claim} in {} on {}?", journal.namespace, cluster.place());
            ui.confirm_by_typing(Question { text: &text, instead: INSTEAD }, claim)?
        }
    };
    if !agreed {
        let message = format!("the name of PVC {claim} was not given; nothing was changed");
        return Err(Error::new(Reason::Cancelled, message));
    }
    let limits = Limits { timeout: args.timeout, waits_for_pods: args.scale.scale == Scale::Manual };
    let take =
        Take { id: &args.restore, ending: Ending::Undo, stops: stops.workloads, accepts_unready: false };
    end(&cluster, take, limits, &args.output.format(), ui).await
}
