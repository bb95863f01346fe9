//! `status`: the restores of a namespace, and how far each of them is.
//! Must only read.

use std::sync::Arc;

use clap::Args;

use super::restore::find;
use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{ExitCode, Result};
use crate::model::name;
use crate::ui::documents::Document;
use crate::ui::format::Format;
use crate::ui::restores::{self, RestoreStatusItem};
use crate::ui::terminal::Ui;

/// Show restores in place: how far they are, and what can be undone
///
/// Examples:
///   kubectl gemini status
///   kubectl gemini status 7f3ak
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct StatusArgs {
    /// Identifier of one restore
    #[arg(value_name = "RESTORE", value_parser = name::object)]
    restore: Option<String>,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Runs the command.
pub async fn run(args: StatusArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    ui.begin();
    let cluster = global.connect(ui).await?;
    let (mut journals, mut all, odd) = match &args.restore {
        Some(id) => {
            let journal = find(&cluster, id).await?.journal;
            // Whoever may read only this one is told of this one.
            let all = cluster.journals(Some(&cluster.namespace)).await.map(|(all, _)| all);
            (vec![journal], all.unwrap_or_default(), vec![])
        }
        None => {
            let (all, odd) = cluster.journals(Some(&cluster.namespace)).await?;
            (all, vec![], odd)
        }
    };
    journals.sort_by(|a, b| (b.started, &b.id).cmp(&(a.started, &a.id)));
    let format = args.output.format();
    match (&format, args.restore.is_some(), journals.as_slice()) {
        (Format::Table | Format::Wide, true, [journal]) => ui.data(&restores::description(journal))?,
        (Format::Table | Format::Wide, ..) => {
            ui.data(&restores::table(&journals, format == Format::Wide, cluster.now()))?
        }
        (Format::Name, ..) => {
            let name = |id: &str| format!("{}\n", crate::api::journal::name(id));
            ui.data(
                &journals
                    .iter()
                    .map(|journal| format!("configmap/{}", name(&journal.id)))
                    .collect::<String>(),
            )?;
        }
        _ => {
            all.extend(journals.iter().cloned());
            let items = journals.iter().map(|journal| RestoreStatusItem::among(journal, &all)).collect();
            ui.data(&format.document(&Document::new("RestoreStatus", items))?)?;
        }
    }
    if journals.is_empty() && odd.is_empty() {
        ui.note(&format!("No restores found in {} namespace.", cluster.namespace));
    }
    odd.iter().for_each(|error| ui.error(error));
    Ok(odd.first().map_or(ExitCode::Done, |error| error.exit_code()))
}
