//! `list`: groups, or the snapshots of named groups.
//! Must not change anything, and must show what it can read even if some objects make no sense.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::Args;
use futures::{StreamExt as _, stream};

use crate::cli::{GlobalArgs, OutputArgs};
use crate::cluster::connect::Cluster;
use crate::cluster::observe::Unreadable;
use crate::error::{ExitCode, Reason, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::notice::Notice;
use crate::model::snapshot::{Content, Snapshot};
use crate::model::{moment, name};
use crate::plan::history::History;
use crate::plan::prune::GroupPlan;
use crate::plan::retention::Params;
use crate::ui::documents::Document;
use crate::ui::format::Format;
use crate::ui::plans::{PlanItem, VerdictItem};
use crate::ui::reports::{GroupItem, SnapshotItem};
use crate::ui::rows::{self, Shape};
use crate::ui::table::Headers;
use crate::ui::terminal::Ui;

/// How many contents are read at once.
const PARALLEL: usize = 8;

/// Show groups, or the snapshots of the named groups
///
/// Examples:
///   kubectl gemini list                      # the groups of the namespace
///   kubectl gemini list -A -o wide           # all groups, with class, driver and schedule
///   kubectl gemini list photos               # the snapshots of group photos, newest first
///   kubectl gemini list photos -o jsonpath='{.items[0].name}'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct ListArgs {
    /// Groups whose snapshots are shown
    #[arg(value_name = "GROUP", value_parser = name::object)]
    groups: Vec<String>,
    /// Show the groups of all namespaces
    #[arg(short = 'A', long, conflicts_with = "groups")]
    all_namespaces: bool,
    /// Show only groups with these labels, such as app=photos
    #[arg(short = 'l', long, value_name = "LABELS", conflicts_with = "groups")]
    selector: Option<String>,
    /// Show what this file holds instead of asking a cluster: what `kubectl get volumesnapshots -o json` wrote, groups
    /// included if they were saved with them; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "selector")]
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
    #[command(flatten)]
    output: OutputArgs,
}

struct ListOptions {
    groups: Vec<String>,
    selector: Option<String>,
    format: Format,
    shape: Shape,
}

impl ListArgs {
    fn options(self) -> ListOptions {
        let format = self.output.format();
        let shape = Shape {
            namespaces: self.all_namespaces,
            wide: format == Format::Wide,
            headers: if self.no_headers { Headers::Hidden } else { Headers::Shown },
        };
        ListOptions { groups: self.groups, selector: self.selector, format, shape }
    }
}

impl ListOptions {
    /// The format shows what only further requests tell: claims, contents.
    fn is_detailed(&self) -> bool {
        self.shape.wide || self.format.is_document()
    }
}

/// Runs the command.
pub async fn run(args: ListArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    if args.from_file.is_some() {
        return offline(args, global, ui);
    }
    let options = args.options();
    ui.begin();
    let cluster = global.connect(ui).await?;
    match options.groups.is_empty() {
        true => list_groups(&cluster, &options, ui).await,
        false => list_snapshots(&cluster, &options, ui).await,
    }
}

async fn list_groups(cluster: &Cluster, options: &ListOptions, ui: &Ui) -> Result<ExitCode> {
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    let namespace = (!options.shape.namespaces).then_some(cluster.namespace.as_str());
    let (groups, unreadable) = cluster.groups(&resource, namespace, options.selector.as_deref()).await?;
    let snapshots = if groups.is_empty() { vec![] } else { cluster.snapshots(namespace).await? };
    let claims = if options.is_detailed() { claims(cluster, namespace, ui).await? } else { vec![] };
    let claims: HashMap<_, _> = claims.iter().map(|claim| ((&claim.namespace, &claim.name), claim)).collect();
    let now = cluster.now();
    let items: Vec<_> = groups
        .iter()
        .map(|group| {
            let claim: Option<&Claim> = claims.get(&(&group.namespace, &group.claim.name)).copied();
            GroupItem::new(group, &History::of(group, &snapshots), claim, now)
        })
        .collect();
    if items.is_empty() && unreadable.is_empty() && !options.format.is_document() {
        ui.note(&nothing_found(namespace));
    }
    show_groups(items, now, options, ui)?;
    Ok(complain(&unreadable, ui))
}

fn show_groups(items: Vec<GroupItem>, now: DateTime<Utc>, options: &ListOptions, ui: &Ui) -> Result<()> {
    let text = match &options.format {
        Format::Table | Format::Wide => rows::groups(&items, now, options.shape),
        Format::Name => names("snapshotgroup.gemini.fairwinds.com", items.iter().map(|item| &item.name)),
        format => format.document(&Document::new("SnapshotGroupReport", items))?,
    };
    ui.data(&text)
}

/// Groups or snapshots as files hold them. What else a cluster knows, claims and contents, is missing.
fn offline(mut args: ListArgs, global: &GlobalArgs, ui: &Ui) -> Result<ExitCode> {
    let saved = super::offline::read(args.from_file.take().as_deref(), &args.filenames, global.namespace())?;
    let now = args.now.unwrap_or_else(Utc::now);
    let options = args.options();
    saved.warnings.iter().for_each(|warning| warn(ui, warning));
    if options.groups.is_empty() {
        let item = |group| GroupItem::new(group, &History::of(group, &saved.snapshots), None, now);
        show_groups(saved.groups.iter().map(item).collect(), now, &options, ui)?;
        return Ok(ExitCode::Done);
    }
    let groups = super::offline::named(saved.groups, &options.groups)?;
    let judged = groups.iter().flat_map(|group| judged(group, &saved.snapshots, now));
    let item =
        |(group, snapshot, verdict): Judged<'_>| SnapshotItem::new(group, snapshot, verdict, None, now);
    show_snapshots(judged.map(item).collect(), &options, ui)?;
    Ok(ExitCode::Done)
}

/// A snapshot, its group, and what the schedule makes of it.
type Judged<'a> = (&'a str, &'a Snapshot, Option<VerdictItem>);

/// The snapshots of a group, newest first. A schedule that makes no sense judges none.
fn judged<'a>(group: &'a Group, all: &'a [Snapshot], now: DateTime<Utc>) -> Vec<Judged<'a>> {
    let plan = GroupPlan::new(group, all, &BTreeSet::new(), now, &Params::default());
    let verdicts = plan.map(|plan| PlanItem::new(&plan, now).snapshots).unwrap_or_default();
    let verdicts = verdicts.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
    let snapshots = History::of(group, all).snapshots.into_iter();
    snapshots.zip(verdicts).map(|(snapshot, verdict)| (group.name.as_str(), snapshot, verdict)).collect()
}

async fn list_snapshots(cluster: &Cluster, options: &ListOptions, ui: &Ui) -> Result<ExitCode> {
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    let mut groups = vec![];
    for name in &options.groups {
        groups.push(cluster.group(&resource, name).await?);
    }
    let all = cluster.snapshots(Some(&cluster.namespace)).await?;
    let now = cluster.now();
    let judged: Vec<_> = groups.iter().flat_map(|group| judged(group, &all, now)).collect();
    let contents = if options.is_detailed() { contents(cluster, &judged, ui).await? } else { HashMap::new() };
    let item = |(group, snapshot, verdict): Judged<'_>| {
        let content = snapshot.content.as_ref().and_then(|name| contents.get(name));
        SnapshotItem::new(group, snapshot, verdict, content, now)
    };
    let items: Vec<_> = judged.into_iter().map(item).collect();
    if items.is_empty() && !options.format.is_document() {
        ui.note(&nothing_found(Some(&cluster.namespace)));
    }
    show_snapshots(items, options, ui)?;
    Ok(ExitCode::Done)
}

fn show_snapshots(items: Vec<SnapshotItem>, options: &ListOptions, ui: &Ui) -> Result<()> {
    let text = match &options.format {
        Format::Table | Format::Wide => rows::snapshots(&items, options.shape),
        Format::Name => names("volumesnapshot.snapshot.storage.k8s.io", items.iter().map(|item| &item.name)),
        format => format.document(&Document::new("SnapshotReport", items))?,
    };
    ui.data(&text)
}

/// The claims of the groups. Whoever may not see them gets the rest, and is told why columns stay empty.
async fn claims(cluster: &Cluster, namespace: Option<&str>, ui: &Ui) -> Result<Vec<Claim>> {
    match cluster.claims(namespace).await {
        Err(error) if error.reason == Reason::Forbidden => {
            warn(ui, &format!("{error}: size, storage class and driver are not shown"));
            Ok(vec![])
        }
        read => read,
    }
}

/// The contents of snapshots, by name. They lie outside namespaces, so a user may be allowed to see none:
/// then the columns stay empty, and it is said why.
async fn contents(cluster: &Cluster, snapshots: &[Judged<'_>], ui: &Ui) -> Result<HashMap<String, Content>> {
    let names = snapshots.iter().filter_map(|(_, snapshot, _)| snapshot.content.as_deref());
    let read: Vec<Result<Option<Content>>> =
        stream::iter(names).map(|name| cluster.content(name)).buffered(PARALLEL).collect().await;
    let mut contents = HashMap::new();
    for content in read {
        match content {
            Ok(Some(content)) => {
                contents.insert(content.name.clone(), content);
            }
            Ok(None) => {}
            Err(error) if error.reason == Reason::Forbidden => {
                warn(ui, &format!("{error}: where the snapshots come from is not verified"));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(contents)
}

fn names<'a>(kind: &str, names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("{kind}/{name}\n")).collect()
}

fn nothing_found(namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("No resources found in {namespace} namespace."),
        None => "No resources found".to_owned(),
    }
}

/// Names the groups that could not be understood; the others have been shown.
fn complain(unreadable: &[Unreadable], ui: &Ui) -> ExitCode {
    for group in unreadable {
        warn(ui, &format!("snapshotgroup {} in namespace {}: {}", group.name, group.namespace, group.why));
    }
    if unreadable.is_empty() { ExitCode::Done } else { ExitCode::Failed }
}

fn warn(ui: &Ui, text: &str) {
    ui.notice(Notice::Warning(text.to_owned()));
}
