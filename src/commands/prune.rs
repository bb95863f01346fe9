//! `prune`: deletes what the schedules no longer need, after saying what and why.
//! Must delete nothing that was not shown, nor anything that is not as it was when it was judged.

mod carry_out;
mod observed;
mod plans;
mod proof;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args};

use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::apply::Persist;
use crate::cluster::connect::Cluster;
use crate::commands::offline;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::notice::Notice;
use crate::model::{moment, name};
use crate::plan::clocks::{self, Clocks};
use crate::plan::prune::GroupPlan;
use crate::plan::retention::Params;
use crate::ui::fates;
use crate::ui::format::Format;
use crate::ui::plans::{PlanDocument, PlanItem};
use crate::ui::prompt::Question;
use crate::ui::rows::Shape;
use crate::ui::table::Headers;
use crate::ui::terminal::Ui;
use carry_out::Deletions;
use observed::{Observed, Which};
use plans::{Plans, explain, nothing, show, warn};

const INSTEAD: &str = "--yes to delete without being asked, or --dry-run to look first";

/// Delete the snapshots that the schedule no longer needs
///
/// Shows first what is kept and why, and asks. The newest ready snapshot of a
/// group is never deleted, nor what is held, in use, taken by hand or by a
/// restore.
///
/// Examples:
///   kubectl gemini prune photos --dry-run   # what would go, and why not the rest
///   kubectl gemini prune photos             # asks before it deletes
///   kubectl gemini prune --all --yes
///   kubectl gemini prune --from-file snapshots.json --now 2026-03-10T12:05:10Z
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, group = ArgGroup::new("which").required(true).multiple(true).args(["groups", "all", "selector", "from_file"]))]
pub struct PruneArgs {
    /// Groups to prune
    #[arg(value_name = "GROUP", value_parser = name::object)]
    groups: Vec<String>,
    /// Prune all groups of the namespace
    #[arg(long, conflicts_with = "groups")]
    all: bool,
    /// Prune the groups with these labels, such as app=photos
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "groups")]
    selector: Option<String>,
    /// With --all or -l: in all namespaces
    #[arg(short = 'A', long, conflicts_with_all = ["groups", "from_file"])]
    all_namespaces: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Keep so many of the newest ready snapshots, whatever the schedule says
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, hide_default_value = true)]
    keep_at_least: usize,
    /// Delete snapshots that were taken by hand, too, unless they are held
    #[arg(long)]
    manual: bool,
    /// Go on even if more than 10 ready snapshots of a group, and more than half of them, would be deleted
    #[arg(long)]
    allow_mass_delete: bool,
    /// Only show what would be deleted of the snapshots in this file, without a cluster: what `kubectl get
    /// volumesnapshots -o json` wrote, groups included if they were saved with them; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["selector", "yes"])]
    from_file: Option<PathBuf>,
    /// With --from-file: manifests of the groups, instead of or beside those in it
    #[arg(short = 'f', long = "filename", value_name = "FILE", requires = "from_file")]
    filenames: Vec<PathBuf>,
    /// With --from-file: the time to plan for, such as 2026-03-10T12:05:10Z; otherwise the present
    #[arg(long, value_name = "TIME", requires = "from_file", value_parser = moment::parse)]
    now: Option<DateTime<Utc>>,
    /// Exit with 3 if there was nothing to delete
    #[arg(long)]
    error_unchanged: bool,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

fn at_least_one(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// A group that is named twice is pruned once.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).collect()
}

struct PruneOptions {
    which: Which,
    params: Params,
    asks: bool,
    allow_mass_delete: bool,
    error_unchanged: bool,
    dry_run: DryRun,
    format: Format,
    shape: Shape,
}

impl PruneArgs {
    fn options(self) -> PruneOptions {
        let format = self.output.format();
        PruneOptions {
            params: Params { min_count: self.keep_at_least, prune_manual: self.manual, ..Params::default() },
            asks: self.dry_run.dry_run == DryRun::None && !self.yes,
            allow_mass_delete: self.allow_mass_delete,
            error_unchanged: self.error_unchanged,
            dry_run: self.dry_run.dry_run,
            shape: Shape {
                namespaces: self.all_namespaces,
                wide: format == Format::Wide,
                headers: Headers::Shown,
            },
            format,
            which: match self.groups.is_empty() {
                true => Which::All { selector: self.selector, everywhere: self.all_namespaces },
                false => Which::Named(distinct(self.groups)),
            },
        }
    }
}

/// Runs the command.
pub async fn run(args: PruneArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    if args.from_file.is_some() {
        return offline(args, global, ui);
    }
    let options = args.options();
    if options.asks {
        ui.require_answers(INSTEAD)?;
    }
    ui.begin();
    let cluster = global.connect(ui).await?;
    let mut observed = Observed::of(&cluster, &options.which, ui).await?;
    check_clock(&cluster, &options, ui)?;
    observed.prove(&cluster, &options.params, ui).await?;
    let plans = Plans::new(&observed, &options.params);
    warn(&plans, ui);
    plans.require_one()?;
    if options.dry_run == DryRun::Client {
        let code = show(&plans, &options, ui)?;
        return Ok(plans.complain(code, false, ui));
    }
    if plans.deletions() == 0 {
        let code = nothing(&plans, &options, ui)?;
        return Ok(plans.complain(code, false, ui));
    }
    match options.dry_run {
        DryRun::Client | DryRun::Server => {
            explain(&plans.items(), &plans, "would be", ui);
            let deletions = Deletions::new(&cluster, &options, &plans, Persist::ServerDryRun);
            deletions.carry_out(ui).await
        }
        DryRun::None => delete(&cluster, &options, &plans, ui).await,
    }
}

/// What is old enough to go is told by the server's clock. If that is wrong, nothing goes; a dry run says so.
///
/// Fails with `ClockWrong`.
fn check_clock(cluster: &Cluster, options: &PruneOptions, ui: &Ui) -> Result<()> {
    match clocks::compare(cluster.now(), Utc::now()) {
        Clocks::Agree => {}
        Clocks::Differ(text) => ui.notice(Notice::Warning(text)),
        Clocks::Wrong(error) if options.dry_run == DryRun::None => return Err(error),
        Clocks::Wrong(error) => ui.notice(Notice::Warning(error.message)),
    }
    Ok(())
}

/// The same planner over saved objects; nothing is contacted, so nothing can be deleted.
fn offline(mut args: PruneArgs, global: &GlobalArgs, ui: &Ui) -> Result<ExitCode> {
    let saved = offline::read(args.from_file.take().as_deref(), &args.filenames, global.namespace())?;
    let now = args.now.unwrap_or_else(Utc::now);
    let options = args.options();
    let observed = Observed::saved(saved, &options.which, now, ui)?;
    let plans = Plans::new(&observed, &options.params);
    warn(&plans, ui);
    plans.require_one()?;
    let code = show(&plans, &options, ui)?;
    Ok(plans.complain(code, false, ui))
}

async fn delete(
    cluster: &Cluster,
    options: &PruneOptions,
    plans: &Plans<'_>,
    ui: &Arc<Ui>,
) -> Result<ExitCode> {
    let braked: Vec<_> = plans.groups.iter().filter(|group| group.plan.brake).collect();
    if !options.asks {
        if !options.allow_mass_delete && !braked.is_empty() {
            return Err(mass_deletion(&braked));
        }
        return Deletions::new(cluster, options, plans, Persist::Yes).carry_out(ui).await;
    }
    if !ask(options, plans, &braked, ui)? {
        let document = PlanDocument::new("PruneResult", plans.now, plans.items());
        ui.data(&options.format.document(&document)?)?;
        ui.note("Nothing was deleted.");
        return Ok(ExitCode::Failed);
    }
    // The question may have stood for hours. Only what was shown goes, and only if it would still go now.
    let mut again = Observed::of(cluster, &options.which, ui).await?;
    check_clock(cluster, options, ui)?;
    again.prove(cluster, &options.params, ui).await?;
    let now = Plans::new(&again, &options.params);
    let shown = plans.groups.iter().flat_map(GroupPlan::deletions).cloned();
    Deletions::new(cluster, options, &now, Persist::Yes).agreed(shown.collect(), ui).carry_out(ui).await
}

/// Refuses all of it: whoever prunes many groups unattended must not learn later that one was left out.
fn mass_deletion(braked: &[&GroupPlan<'_>]) -> Error {
    let names: Vec<_> = braked.iter().map(|plan| plan.group.name.as_str()).collect();
    let count: usize = braked.iter().map(|plan| plan.deletions().len()).sum();
    let (groups, whose) = if names.len() == 1 { ("group", "its") } else { ("groups", "their") };
    let message = format!(
        "{count} snapshots of {groups} {} would be deleted, more than half of {whose} ready ones among them; nothing was deleted",
        names.join(", ")
    );
    Error::new(Reason::MassDeletion, message)
}

/// Shows all of it and asks, once.
fn ask(options: &PruneOptions, plans: &Plans<'_>, braked: &[&GroupPlan<'_>], ui: &Ui) -> Result<bool> {
    let items = plans.items();
    let table = fates::table(&items, options.shape_of(&items));
    match options.format {
        Format::Table | Format::Wide => ui.data(&table)?,
        // Standard output is for the document alone.
        _ => ui.note(table.trim_end()),
    }
    explain(&items, plans, "will be", ui);
    let count = plans.deletions();
    let what = if count == 1 { "1 snapshot" } else { &format!("{count} snapshots") };
    let text = format!("Delete {what}?");
    let question = Question { text: &text, instead: INSTEAD };
    match (options.allow_mass_delete, braked) {
        (true, _) | (_, []) => ui.confirm(question),
        (false, [group]) => ui.confirm_by_typing(question, &group.group.name),
        (false, _) => ui.confirm_by_typing(question, &format!("delete {count}")),
    }
}

impl PruneOptions {
    /// Rows of several namespaces must be told apart.
    fn shape_of(&self, items: &[PlanItem]) -> Shape {
        let several = items.windows(2).any(|pair| pair[0].namespace != pair[1].namespace);
        Shape { namespaces: self.shape.namespaces || several, ..self.shape }
    }

    fn unchanged_if(&self, unchanged: bool) -> ExitCode {
        if unchanged && self.error_unchanged { ExitCode::Requested } else { ExitCode::Done }
    }
}
