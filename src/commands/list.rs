//! `list`: groups, the snapshots of named groups or of all, or the claims that no group covers.
//! Must not change anything, and must show what it can read even if some objects make no sense.

mod items;
mod look;
mod options;
mod seen;
mod show;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::Args;

use crate::cli::{GlobalArgs, OutputArgs};
use crate::cluster::connect::Cluster;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::{moment, name};
use crate::ui::listing::{Order, Row};
use crate::ui::reports::{ClaimItem, GroupItem, SnapshotItem};
use crate::ui::rows::RetainedItem;
use crate::ui::terminal::Ui;
use options::{ListOptions, View};
use seen::{Extras, Seen};
use show::Listing;

/// Show groups, snapshots, uncovered claims, or volumes that restores have kept
///
/// Examples:
///   kubectl gemini list              # the groups of the namespace
///   kubectl gemini list -A -o wide   # all, with class, driver and schedule
///   kubectl gemini list photos       # the snapshots of a group, newest first
///   kubectl gemini list -w           # the groups, and each again that changes
///   # for scripts: exit 3 if a group is not well
///   kubectl gemini list -A --error-if Unhealthy
///   kubectl gemini list photos -o jsonpath='{.items[0].name}'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct ListArgs {
    /// Groups whose snapshots are shown
    #[arg(value_name = "GROUP", value_parser = name::object)]
    groups: Vec<String>,
    /// Show those of all namespaces
    #[arg(short = 'A', long, conflicts_with = "groups")]
    all_namespaces: bool,
    /// Show only groups with these labels, such as app=photos
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "groups")]
    selector: Option<String>,
    /// Show only groups with these fields: metadata.name or metadata.namespace, such as metadata.name!=photos
    #[arg(long, value_name = "FIELDS", conflicts_with = "groups")]
    field_selector: Option<String>,
    /// Show the snapshots of all groups, also of groups that are gone
    #[arg(long, conflicts_with = "groups")]
    snapshots: bool,
    /// Show the PersistentVolumeClaims that no group covers
    #[arg(long, conflicts_with_all = ["groups", "snapshots", "selector", "field_selector"])]
    unprotected: bool,
    /// Show the volumes that restores in place have kept; they cost storage until `purge`
    #[arg(long, conflicts_with_all = ["groups", "snapshots", "unprotected", "selector", "field_selector"])]
    retained: bool,
    /// Show only rows with one of these statuses; Unhealthy means all the bad ones
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',')]
    status: Vec<String>,
    /// Exit with 3 if a row has one of these statuses; Unhealthy means all the bad ones
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',')]
    error_if: Vec<String>,
    /// Put the rows in order: name, age, newest, status (the worst first), or a JSONPath such as .size.bytes
    #[arg(long, value_name = "KEY")]
    sort_by: Option<Order>,
    /// Show each row again that changes, until Ctrl-C
    #[arg(short = 'w', long, conflicts_with_all = ["unprotected", "retained", "error_if", "from_file"])]
    watch: bool,
    /// Show what this file holds instead of asking a cluster: what `kubectl get volumesnapshots -o json` wrote, groups
    /// included if they were saved with them; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["selector", "field_selector", "unprotected", "retained"])]
    from_file: Option<PathBuf>,
    /// With --from-file: manifests of the groups, instead of or beside those in it
    #[arg(short = 'f', long = "filename", value_name = "FILE", requires = "from_file")]
    filenames: Vec<PathBuf>,
    /// With --from-file: the time to show it for, such as 2026-03-10T12:05:10Z; otherwise the present
    #[arg(long, value_name = "TIME", requires = "from_file", value_parser = moment::parse)]
    now: Option<DateTime<Utc>>,
    /// Leave out the line that names the columns
    #[arg(long)]
    no_headers: bool,
    /// Add a column with all labels
    #[arg(long)]
    show_labels: bool,
    /// Add a column for this label; may be repeated
    #[arg(short = 'L', long, value_name = "KEY", value_delimiter = ',')]
    label_columns: Vec<String>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Runs the command.
pub async fn run(args: ListArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    if args.from_file.is_some() {
        return offline(args, global, ui);
    }
    let options = ListOptions::new(args)?;
    match options.view {
        View::Groups => online::<GroupItem>(&options, global, ui).await,
        View::Snapshots => online::<SnapshotItem>(&options, global, ui).await,
        View::Unprotected => online::<ClaimItem>(&options, global, ui).await,
        View::Retained => online::<RetainedItem>(&options, global, ui).await,
    }
}

/// A row that this command knows how to get from a look at the cluster.
trait Listed: Row + schemars::JsonSchema {
    /// All rows, by namespace and name, or newest first. `extras` are what only further requests tell.
    fn rows(seen: &Seen, extras: &Extras, options: &ListOptions, now: DateTime<Utc>) -> Vec<Self>;
}

async fn online<R: Listed>(options: &ListOptions, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let listing = Listing::<R>::new(options)?;
    ui.begin();
    let cluster = global.connect(ui).await?;
    let result = match options.watch {
        true => watch::run::<R>(&cluster, options, &listing, ui).await,
        false => once::<R>(&cluster, options, &listing, ui).await,
    };
    result.map_err(|error| lead_on(error, options))
}

async fn once<R: Listed>(
    cluster: &Cluster,
    options: &ListOptions,
    listing: &Listing<'_, R>,
    ui: &Ui,
) -> Result<ExitCode> {
    let seen = look::look(cluster, options).await?;
    let mut extras = Extras::default();
    extras.read(cluster, options, &seen, ui).await?;
    let now = cluster.now();
    let rows = R::rows(&seen, &extras, options, now);
    if rows.is_empty() && seen.unreadable.is_empty() && !options.format.is_document() {
        ui.note(&nothing_found(options.namespace(cluster)));
    }
    let matched = listing.print(rows, now, ui)?;
    let complete = show::complain(&seen.unreadable, ui);
    Ok(if complete == ExitCode::Done { matched } else { complete })
}

/// Groups or snapshots as files hold them. What else a cluster knows, claims and contents, is missing.
fn offline(mut args: ListArgs, global: &GlobalArgs, ui: &Ui) -> Result<ExitCode> {
    let (file, now) = (args.from_file.take(), args.now.unwrap_or_else(Utc::now));
    let filenames = std::mem::take(&mut args.filenames);
    let mut options = ListOptions::new(args)?;
    let saved = super::offline::read(file.as_deref(), &filenames, global.namespace())?;
    saved.warnings.iter().for_each(|warning| show::warn(ui, warning));
    let groups = match options.groups.is_empty() {
        true => saved.groups,
        false => super::offline::named(saved.groups, &options.groups)?,
    };
    // A file that holds several namespaces is shown as it is.
    options.shape.namespaces |= groups.iter().any(|group| group.namespace != groups[0].namespace);
    let seen = Seen { groups, snapshots: saved.snapshots, ..Seen::default() };
    let extras = Extras::default();
    match options.view {
        View::Snapshots => {
            let rows = SnapshotItem::rows(&seen, &extras, &options, now);
            Listing::new(&options)?.print(rows, now, ui)
        }
        View::Groups | View::Unprotected | View::Retained => {
            let rows = GroupItem::rows(&seen, &extras, &options, now);
            Listing::new(&options)?.print(rows, now, ui)
        }
    }
}

/// Whoever may not look everywhere may look somewhere.
fn lead_on(error: Error, options: &ListOptions) -> Error {
    match error.reason {
        Reason::Forbidden if options.shape.namespaces => {
            error.hint("or look at a namespace that you may read: kubectl gemini list -n NAMESPACE")
        }
        _ => error,
    }
}

fn nothing_found(namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("No resources found in {namespace} namespace."),
        None => "No resources found".to_owned(),
    }
}
