//! What the flags leave open is asked of a person: the group, the snapshot, and where the data goes.
//! Must end in flags: whatever can be answered here can be said on the command line.

use std::collections::BTreeSet;

use chrono::{DateTime, Local, Utc};

use super::{RestoreArgs, When};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::model::{duration, name};
use crate::plan::history::History;
use crate::plan::prune::GroupPlan;
use crate::plan::retention::Params;
use crate::plan::source::{self, Moment, Point, moments};
use crate::ui::choose::Choices;
use crate::ui::plans::PlanItem;
use crate::ui::prompt::Question;
use crate::ui::reports::{JudgedItem, SnapshotItem};
use crate::ui::rows::kept_for;
use crate::ui::table::{Headers, render};
use crate::ui::terminal::Ui;

/// The flags that would answer what is open, to follow "use". `None` if nothing is.
pub(super) fn open(args: &RestoreArgs) -> Option<String> {
    if args.resume.is_some() || args.abort.is_some() {
        return None;
    }
    let point = match args.are_several() {
        true => "--latest or --at WHEN",
        false => "--snapshot NAME, --latest or --at WHEN",
    };
    let open = [
        (args.names().next().is_none() && args.statefulset.is_none(), "the name of a GROUP"),
        (!has_point(args), point),
        (!has_place(args), "--to-pvc NAME or --in-place"),
    ];
    let open: Vec<_> = open.into_iter().filter(|(is_open, _)| *is_open).map(|(_, flags)| flags).collect();
    (!open.is_empty()).then(|| open.join(", and "))
}

fn has_point(args: &RestoreArgs) -> bool {
    args.snapshot.is_some() || args.latest || args.at.is_some()
}

fn has_place(args: &RestoreArgs) -> bool {
    args.to_pvc.is_some() || args.in_place
}

/// Asks for all that is open, one after the other; `instead` are the flags that would answer it.
pub(super) async fn complete(
    cluster: &Cluster,
    args: &mut RestoreArgs,
    instead: &str,
    ui: &Ui,
) -> Result<()> {
    if args.are_several() {
        let (groups, all) = args.groups(cluster).await?;
        args.at = Some(When::At(which_moment(&groups, &all, cluster.now(), instead, ui)?));
        return Ok(());
    }
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    let all = cluster.snapshots(Some(&cluster.namespace)).await?;
    let now = cluster.now();
    let group = match args.names().next() {
        Some(name) => cluster.group(&resource, name).await?,
        None => {
            let (groups, _) = cluster.groups(&resource, Some(&cluster.namespace), None).await?;
            which_group(groups, &all, cluster, now, instead, ui)?
        }
    };
    args.group = Some(group.name.clone());
    args.with.clear();
    if !has_point(args) {
        args.snapshot = Some(which_snapshot(&group, &all, now, instead, ui)?);
    }
    if !has_place(args) {
        let point = args.point(now);
        let snapshot = source::choose(&group, &all, &point)?;
        where_to(args, &group, snapshot, instead, ui)?;
    }
    Ok(())
}

fn which_group(
    mut groups: Vec<Group>,
    all: &[Snapshot],
    cluster: &Cluster,
    now: DateTime<Utc>,
    instead: &str,
    ui: &Ui,
) -> Result<Group> {
    let namespace = &cluster.namespace;
    match groups.len() {
        0 => Err(Error::new(
            Reason::GroupNotFound,
            format!("there are no SnapshotGroups in namespace {namespace}"),
        )
        .hint("choose another namespace with -n; those of all: kubectl gemini list -A")),
        1 => {
            ui.note(&format!("Group {}, the only one in namespace {namespace}.", groups[0].name));
            Ok(groups.remove(0))
        }
        _ => {
            let row = |group: &Group| {
                let snapshots = History::of(group, all).snapshots;
                let usable: Vec<_> = snapshots.iter().filter(|snapshot| snapshot.is_usable()).collect();
                let newest = usable.first().map_or("no snapshot to restore from".to_owned(), |snapshot| {
                    format!("{}, newest {} ago", counted(usable.len()), age(snapshot, now))
                });
                vec![group.name.clone(), format!("PVC {}", group.claim.name), newest]
            };
            let lines = lines(groups.iter().map(row).collect());
            let text = format!("Which group of {namespace}?");
            let choices = Choices { lines: &lines, footer: None };
            let place = ui.choose(Question { text: &text, instead }, choices)?;
            Ok(groups.swap_remove(place))
        }
    }
}

fn counted(snapshots: usize) -> String {
    format!("{snapshots} {}", if snapshots == 1 { "snapshot" } else { "snapshots" })
}

fn age(snapshot: &Snapshot, now: DateTime<Utc>) -> String {
    duration::short((now - snapshot.taken).num_seconds())
}

fn which_snapshot(
    group: &Group,
    all: &[Snapshot],
    now: DateTime<Utc>,
    instead: &str,
    ui: &Ui,
) -> Result<String> {
    let history = History::of(group, all);
    let plan = GroupPlan::new(group, &history, &BTreeSet::new(), now, &Params::default()).ok();
    let judged: Vec<_> = plan
        .iter()
        .flat_map(|plan| {
            let verdicts = PlanItem::new(plan, now).snapshots;
            plan.snapshots
                .iter()
                .zip(verdicts)
                .map(|(snapshot, verdict)| (snapshot.uid.clone(), verdict))
                .collect::<Vec<_>>()
        })
        .collect();
    let usable: Vec<_> = history.snapshots.iter().filter(|snapshot| snapshot.is_usable()).collect();
    if usable.is_empty() {
        let message = format!("group {} in namespace {} has no ready snapshot", group.name, group.namespace);
        return Err(Error::new(Reason::SnapshotNotFound, message)
            .hint(format!("see why: kubectl gemini list {} -n {} -o wide", group.name, group.namespace)));
    }
    let row = |snapshot: &&&Snapshot| {
        let verdict = judged.iter().find(|(uid, _)| *uid == snapshot.uid);
        let judged = verdict.map(|(_, verdict)| JudgedItem { verdict: verdict.clone(), leaves: None });
        let item = SnapshotItem::new(&group.name, snapshot, judged, None, now);
        let size = snapshot.restore_size().map_or("", |size| size.text.as_str());
        let origin = if snapshot.verified { "verified" } else { "" };
        vec![
            format!("{} ago", age(snapshot, now)),
            local(snapshot.taken),
            size.to_owned(),
            kept_for(&item),
            origin.to_owned(),
            snapshot.name.clone(),
        ]
    };
    let lines = lines(usable.iter().map(row).collect());
    let missing = history.snapshots.len() - usable.len();
    let footer = format!("{missing} not offered, since they are not ready or not to be used");
    let text = format!("Which snapshot of {}?", group.name);
    let choices = Choices { lines: &lines, footer: (missing > 0).then_some(footer.as_str()) };
    let place = ui.choose(Question { text: &text, instead }, choices)?;
    Ok(usable[place].name.clone())
}

fn which_moment(
    groups: &[Group],
    all: &[Snapshot],
    now: DateTime<Utc>,
    instead: &str,
    ui: &Ui,
) -> Result<DateTime<Utc>> {
    let moments = moments(groups, all);
    if moments.is_empty() {
        // Of one of them there is none at all.
        for group in groups {
            source::choose(group, all, &Point::Latest)?;
        }
    }
    let row = |moment: &Moment| {
        let apart = duration::short(moment.apart().num_seconds());
        vec![
            format!("{} ago", duration::short((now - moment.at).num_seconds())),
            local(moment.at),
            format!("taken within {apart}"),
        ]
    };
    let lines = lines(moments.iter().map(row).collect());
    let question = Question { text: "To which time?", instead };
    let place = ui.choose(question, Choices { lines: &lines, footer: None })?;
    Ok(moments[place].at)
}

fn local(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&Local).format("%a %d %b %H:%M").to_string()
}

/// Beside the live claim is the first line: it can do no harm.
fn where_to(
    args: &mut RestoreArgs,
    group: &Group,
    snapshot: &Snapshot,
    instead: &str,
    ui: &Ui,
) -> Result<()> {
    let claim = &group.claim.name;
    let lines = [
        format!("Into a new PVC next to {claim} (nothing is stopped)"),
        format!("Replace {claim} (what uses it is stopped meanwhile)"),
    ];
    let question = Question { text: "Where to?", instead };
    if ui.choose(question, Choices { lines: &lines, footer: None })? == 1 {
        args.in_place = true;
        return Ok(());
    }
    let proposal = format!("{claim}-{}", snapshot.taken.format("%m%d-%H%M"));
    let question = Question { text: "Name of the new PVC?", instead };
    loop {
        match name::object(&ui.ask_for(question, &proposal)?) {
            Ok(name) => {
                args.to_pvc = Some(name);
                return Ok(());
            }
            Err(why) => ui.note(&why),
        }
    }
}

fn lines(rows: Vec<Vec<String>>) -> Vec<String> {
    render(&[], rows, Headers::Hidden).lines().map(str::to_owned).collect()
}
