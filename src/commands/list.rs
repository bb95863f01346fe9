//! `list`: groups, or the snapshots of named groups.
//! Must not change anything, and must show what it can read even if some objects make no sense.

use std::collections::HashMap;
use std::sync::Arc;

use clap::Args;
use futures::{StreamExt as _, stream};

use crate::cli::{GlobalArgs, OutputArgs};
use crate::cluster::connect::Cluster;
use crate::cluster::observe::Unreadable;
use crate::error::{ExitCode, Reason, Result};
use crate::model::claim::Claim;
use crate::model::name;
use crate::model::notice::Notice;
use crate::model::snapshot::{Content, Snapshot};
use crate::plan::history::History;
use crate::ui::documents::{Document, GroupItem, SnapshotItem};
use crate::ui::format::Format;
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
    let empty = items.is_empty();
    let text = match &options.format {
        Format::Table | Format::Wide => rows::groups(&items, now, options.shape),
        Format::Name => names("snapshotgroup.gemini.fairwinds.com", items.iter().map(|item| &item.name)),
        format => format.document(&Document::new("SnapshotGroupReport", items))?,
    };
    ui.data(&text)?;
    if empty && unreadable.is_empty() && !options.format.is_document() {
        ui.note(&nothing_found(namespace));
    }
    Ok(complain(&unreadable, ui))
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
    let wanted: Vec<(&str, &Snapshot)> = groups
        .iter()
        .flat_map(|group| {
            let name = group.name.as_str();
            History::of(group, &all).snapshots.into_iter().map(move |snapshot| (name, snapshot))
        })
        .collect();
    let contents = if options.is_detailed() { contents(cluster, &wanted, ui).await? } else { HashMap::new() };
    let now = cluster.now();
    let items: Vec<_> = wanted
        .iter()
        .map(|(group, snapshot)| {
            let content = snapshot.content.as_ref().and_then(|name| contents.get(name));
            SnapshotItem::new(group, snapshot, content, now)
        })
        .collect();
    let empty = items.is_empty();
    let text = match &options.format {
        Format::Table | Format::Wide => rows::snapshots(&items, options.shape),
        Format::Name => names("volumesnapshot.snapshot.storage.k8s.io", items.iter().map(|item| &item.name)),
        format => format.document(&Document::new("SnapshotReport", items))?,
    };
    ui.data(&text)?;
    if empty && !options.format.is_document() {
        ui.note(&nothing_found(Some(&cluster.namespace)));
    }
    Ok(ExitCode::Done)
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
async fn contents(
    cluster: &Cluster,
    snapshots: &[(&str, &Snapshot)],
    ui: &Ui,
) -> Result<HashMap<String, Content>> {
    let names = snapshots.iter().filter_map(|(_, snapshot)| snapshot.content.as_deref());
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
