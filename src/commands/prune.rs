//! `prune`: deletes what the schedules no longer need, after saying what and why.
//! Must delete nothing that was not shown, nor anything that is not as it was when it was judged.

mod carry_out;
mod observed;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args};

use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::connect::Cluster;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::name;
use crate::model::notice::Notice;
use crate::plan::prune::GroupPlan;
use crate::plan::retention::Params;
use crate::ui::documents::ErrorItem;
use crate::ui::fates;
use crate::ui::format::Format;
use crate::ui::plans::{PlanDocument, PlanItem};
use crate::ui::prompt::Question;
use crate::ui::rows::Shape;
use crate::ui::table::Headers;
use crate::ui::terminal::Ui;
use carry_out::Deletions;
use observed::{Observed, Which};

const INSTEAD: &str = "--yes to delete without being asked, or --dry-run to look first";

/// Delete the snapshots that the schedule no longer needs
///
/// Shows first what is kept and why, and asks. The newest ready snapshot of a group is never deleted, nor what is held,
/// in use, taken by hand or by a restore.
///
/// Examples:
///   kubectl gemini prune photos --dry-run          # what would be deleted, and why not the rest
///   kubectl gemini prune photos                    # asks before it deletes
///   kubectl gemini prune --all --yes
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, group = ArgGroup::new("which").required(true).args(["groups", "all", "selector"]))]
pub struct PruneArgs {
    /// Groups to prune
    #[arg(value_name = "GROUP", value_parser = name::object)]
    groups: Vec<String>,
    /// Prune all groups of the namespace
    #[arg(long)]
    all: bool,
    /// Prune the groups with these labels, such as app=photos
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// With --all or -l: in all namespaces
    #[arg(short = 'A', long, conflicts_with = "groups")]
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
                false => Which::Named(self.groups),
            },
        }
    }
}

/// The plans of a run, and the groups for which there is none.
struct Plans<'a> {
    now: DateTime<Utc>,
    groups: Vec<GroupPlan<'a>>,
    refused: Vec<(PlanItem, Error)>,
}

impl<'a> Plans<'a> {
    fn new(observed: &'a Observed, params: &Params) -> Self {
        let mut plans = Self { now: observed.now, groups: vec![], refused: vec![] };
        for group in &observed.groups {
            match GroupPlan::new(group, &observed.snapshots, &observed.in_use(group), observed.now, params) {
                Ok(plan) => plans.groups.push(plan),
                Err(error) => {
                    let item = PlanItem::without_plan(&group.namespace, &group.name);
                    plans.refused.push((PlanItem { error: Some(ErrorItem::from(&error)), ..item }, error));
                }
            }
        }
        plans
    }

    fn deletions(&self) -> usize {
        self.groups.iter().map(|group| group.deletions().len()).sum()
    }

    fn ready_afterwards(&self) -> usize {
        self.groups.iter().map(GroupPlan::ready_afterwards).sum()
    }

    fn items(&self) -> Vec<PlanItem> {
        let planned = self.groups.iter().map(|group| PlanItem::new(group, self.now));
        planned.chain(self.refused.iter().map(|(item, _)| item.clone())).collect()
    }
}

/// Runs the command.
pub async fn run(args: PruneArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let options = args.options();
    if options.asks {
        ui.require_answers(INSTEAD)?;
    }
    ui.begin();
    let cluster = global.connect(ui).await?;
    let observed = Observed::of(&cluster, &options.which, ui).await?;
    let plans = Plans::new(&observed, &options.params);
    warn(&plans, ui);
    if let ([], [(_, error)]) = (plans.groups.as_slice(), plans.refused.as_slice()) {
        return Err(error.clone());
    }
    let code = match options.dry_run {
        DryRun::Client => show(&plans, &options, ui),
        DryRun::Server | DryRun::None if plans.deletions() == 0 => nothing(&plans, &options, ui),
        DryRun::Server => Deletions::new(&cluster, &options, &plans, None).carry_out(ui).await,
        DryRun::None => delete(&cluster, &options, &plans, ui).await,
    }?;
    plans.refused.iter().for_each(|(_, error)| ui.error(error));
    Ok(if code == ExitCode::Done && !plans.refused.is_empty() { ExitCode::Partial } else { code })
}

fn warn(plans: &Plans<'_>, ui: &Ui) {
    for plan in &plans.groups {
        if plan.group.suspended {
            let text =
                format!("group {} is suspended: its schedule rests, this prune does not", plan.group.name);
            ui.notice(Notice::Warning(text));
        }
        for warning in &plan.plan.warnings {
            ui.notice(Notice::Warning(format!("group {}: {warning}", plan.group.name)));
        }
    }
}

/// What would be done, and why.
fn show(plans: &Plans<'_>, options: &PruneOptions, ui: &Ui) -> Result<ExitCode> {
    let items = plans.items();
    let text = match &options.format {
        Format::Table | Format::Wide => fates::table(&items, options.shape),
        Format::Name => doomed_names(plans),
        format => format.document(&PlanDocument::new("PrunePlan", plans.now, items.clone()))?,
    };
    ui.data(&text)?;
    explain(&items, plans, "would be", ui);
    Ok(options.unchanged_if(plans.deletions() == 0))
}

fn doomed_names(plans: &Plans<'_>) -> String {
    let doomed = plans.groups.iter().flat_map(GroupPlan::deletions);
    doomed.map(|snapshot| format!("volumesnapshot.snapshot.storage.k8s.io/{}\n", snapshot.name)).collect()
}

fn explain(items: &[PlanItem], plans: &Plans<'_>, would: &str, ui: &Ui) {
    let rules: String = items.iter().map(fates::rules).collect();
    let summary = fates::summary(items, would, plans.ready_afterwards());
    ui.note(&format!("{rules}{summary}"));
    for item in items.iter().filter(|item| item.brake) {
        ui.note(&format!(
            "group {}: more than 10 ready snapshots, and more than half of them, {would} deleted; that needs --allow-mass-delete, or an answer at the terminal",
            item.name
        ));
    }
}

fn nothing(plans: &Plans<'_>, options: &PruneOptions, ui: &Ui) -> Result<ExitCode> {
    let document = PlanDocument::new("PruneResult", plans.now, plans.items());
    ui.data(&options.format.document(&document)?)?;
    ui.note(&fates::nothing(&document.items));
    Ok(options.unchanged_if(true))
}

async fn delete(
    cluster: &Cluster,
    options: &PruneOptions,
    plans: &Plans<'_>,
    ui: &Arc<Ui>,
) -> Result<ExitCode> {
    let braked: Vec<_> = plans.groups.iter().filter(|group| group.plan.brake).collect();
    if !options.asks {
        if let (false, Some(group)) = (options.allow_mass_delete, braked.first()) {
            return Err(mass_deletion(group));
        }
        return Deletions::new(cluster, options, plans, None).carry_out(ui).await;
    }
    if !ask(options, plans, &braked, ui)? {
        ui.note("Nothing was deleted.");
        return Ok(ExitCode::Failed);
    }
    // The question may have stood for hours. Only what was shown goes, and only if it would still go now.
    let again = Observed::of(cluster, &options.which, ui).await?;
    let now = Plans::new(&again, &options.params);
    let shown = plans.groups.iter().flat_map(GroupPlan::deletions).map(|snapshot| snapshot.uid.clone());
    Deletions::new(cluster, options, &now, Some(shown.collect())).carry_out(ui).await
}

fn mass_deletion(group: &GroupPlan<'_>) -> Error {
    let message = format!(
        "{} snapshots of group {} in namespace {} would be deleted: more than half of those that are ready",
        group.deletions().len(),
        group.group.name,
        group.group.namespace
    );
    Error::new(Reason::MassDeletion, message)
}

/// Shows all of it and asks, once.
fn ask(options: &PruneOptions, plans: &Plans<'_>, braked: &[&GroupPlan<'_>], ui: &Ui) -> Result<bool> {
    let items = plans.items();
    let table = fates::table(&items, options.shape);
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
    fn unchanged_if(&self, unchanged: bool) -> ExitCode {
        if unchanged && self.error_unchanged { ExitCode::Requested } else { ExitCode::Done }
    }
}
