//! `undo`: gives a claim that was restored in place its old volume back.
//! Must keep what was written since: the new volume stays, and is copied first.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::restore::{
    ConfirmArgs, Limits, Scale, ScaleArgs, Take, end, known_members, none_has_it, remind, require_rights,
};
use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::connect::Cluster;
use crate::error::{ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::restore::Journal;
use crate::model::{duration, name, text};
use crate::plan::class;
use crate::plan::restore::{Ending, Stops, all_settled, all_taken_up};
use crate::ui::documents::Document;
use crate::ui::format::Format;
use crate::ui::restores::RestoreStatusItem;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// Take a restore back: the claim gets its old volume again
///
/// Restores that were made together are taken back together. The volume with the
/// restored data is kept, with all that was written to it. What uses the claim is
/// stopped meanwhile, and started again.
///
/// Examples:
///   kubectl gemini status
///   kubectl gemini undo 7f3ak --dry-run   # what would be done, and nothing else
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
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Runs the command.
pub async fn run(args: UndoArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let dry_run = args.dry_run.dry_run;
    if dry_run == DryRun::None {
        args.confirm.require_answer(ui)?;
    }
    ui.begin();
    let cluster = global.connect(ui).await?;
    let journals = known_members(&cluster, &args.restore).await?;
    let is_settled = all_settled(&journals, Ending::Undo)?;
    let taken = all_taken_up(&journals, Ending::Undo).into_iter().flatten();
    let claims: Vec<_> = taken.filter(|_| !is_settled).map(|journal| journal.claim).collect();
    let mut stops = Stops::default();
    if journals.iter().all(|journal| !journal.is_open()) && !is_settled {
        require_rights(&cluster, args.scale.delete_pods).await?;
        for journal in &journals {
            require_class(&cluster, &journal.old.snapshot_class).await?;
        }
        for name in &claims {
            let claim = cluster.claim(name).await?;
            if let Some(claim) = &claim {
                let again = format!("then: kubectl gemini undo {} -n {}", args.restore, cluster.namespace);
                let found = super::restore::stops(&cluster, claim, args.scale).await;
                stops.add(found.map_err(|error| match error.reason {
                    Reason::ClaimTerminating => error.hint(again),
                    _ => error,
                })?);
            }
            none_has_it(&cluster, name, claim.as_ref(), &stops.workloads).await?;
        }
    }
    let plan = restoring::undo_plan(&journals, &stops, &cluster.place());
    if dry_run != DryRun::None {
        if dry_run == DryRun::Server {
            cluster.rehearse_settings(&stops.workloads).await?;
        }
        return show(&journals, &plan, &args.output.format(), ui);
    }
    ui.note(&plan);
    let claims: Vec<_> = claims.iter().map(String::as_str).collect();
    let (names, namespace) = (claims.join(", "), &cluster.namespace);
    let question = format!("Undo the restore of {names} in {namespace} on {}?", cluster.place());
    args.confirm.agree(&question, &claims, ui)?;
    let limits = Limits { timeout: args.timeout, waits_for_pods: args.scale.scale == Scale::Manual };
    let take = Take {
        id: &args.restore,
        ending: Ending::Undo,
        stops: stops.workloads,
        accepts_unready: false,
        deletes_pods: args.scale.delete_pods,
    };
    let code = end(&cluster, take, limits, &args.output.format(), ui).await?;
    if code == ExitCode::Done {
        remind(args.scale.scale, ui);
    }
    Ok(code)
}

/// What was written since is copied before anything is undone, with the class that the restore took for its own copy.
async fn require_class(cluster: &Cluster, name: &str) -> Result<()> {
    match cluster.snapshot_classes(Some(name)).await {
        Err(error) if error.reason == Reason::Forbidden => Ok(()),
        classes => class::named(&classes?, name).map(|_| ()).map_err(|error| {
            error.hint("undo copies what was written since with the class that the restore used: make one of this name again")
        }),
    }
}

/// What would be done, on standard output.
fn show(journals: &[Journal], plan: &str, format: &Format, ui: &Ui) -> Result<ExitCode> {
    let text = match format {
        Format::Table | Format::Wide => text::escaped(plan),
        Format::Name => {
            journals.iter().map(|journal| format!("persistentvolumeclaim/{}\n", journal.claim)).collect()
        }
        format => {
            let items = journals.iter().map(RestoreStatusItem::from).collect();
            format.document(&Document::new("RestoreStatus", items))?
        }
    };
    ui.data(&text)?;
    ui.note("Nothing was changed.");
    Ok(ExitCode::Done)
}
