//! `undo`: gives a claim that was restored in place its old volume back.
//! Must keep what was written since: the new volume stays, and is copied first.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::restore::{Limits, end, find};
use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::{duration, name};
use crate::plan::restore::Ending;
use crate::ui::prompt::Question;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

const INSTEAD: &str = "--yes, or --confirm=PVC with the name of the PVC";

/// Take a restore back: the claim gets its old volume again
///
/// The volume with the restored data is kept, with all that was written to it. Nothing may use the claim meanwhile.
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
    /// Wait for the pods that use the claim to go, instead of refusing
    #[arg(long)]
    wait: bool,
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
    ui.note(&restoring::undo_plan(&journal, &cluster.place()));
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
    let limits = Limits { timeout: args.timeout, waits_for_pods: args.wait };
    end(&cluster, &args.restore, Ending::Undo, limits, &args.output.format(), ui).await
}
