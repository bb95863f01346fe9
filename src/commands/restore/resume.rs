//! Going on with a restore that was stopped, giving it up, or undoing it; and what is said at the end of each.
//! Must never begin anything new: all of it follows from what is written down.

use super::PROBE_IMAGE;
use super::drive::{Drive, Limits};
use super::lock::lock;
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::group::Group;
use crate::model::notice::Notice;
use crate::model::restore::{Journal, Outcome};
use crate::model::workload::Stopped;
use crate::plan::restore::{Ending, Remains, may_undo, rebuild, settled, taken_up};
use crate::ui::documents::{Document, ErrorItem};
use crate::ui::format::Format;
use crate::ui::restores::RestoreStatusItem;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// How a restore is taken up.
#[derive(Clone, Debug)]
pub struct Take<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// How it is to end.
    pub ending: Ending,
    /// What is to be stopped for an undo; of what is open it is written down already.
    pub stops: Vec<Stopped>,
    /// It may end although what was started does not run.
    pub accepts_unready: bool,
    /// Pods that have finished may be deleted.
    pub deletes_pods: bool,
}

/// Brings a restore to an end.
pub async fn end(
    cluster: &Cluster,
    take: Take<'_>,
    limits: Limits,
    format: &Format,
    ui: &Ui,
) -> Result<ExitCode> {
    let Take { id, ending, stops, accepts_unready, deletes_pods } = take;
    let journal = match cluster.journal(id).await? {
        Some(stored) => stored.journal,
        None => rebuilt(cluster, id, ui).await?,
    };
    if let Some(outcome) = settled(&journal, ending)? {
        return report(&journal, Ok(outcome), format, ui);
    }
    let lock = lock(cluster, &journal.claim, ui).await?;
    let begun = async {
        // Whoever had the lock may have gone on.
        let mut stored = find(cluster, id).await?;
        let journal = stored.journal.clone();
        if settled(&journal, ending)?.is_none() {
            let mut taken = taken_up(&journal, ending);
            taken.accepted |= accepts_unready;
            taken.deletes_pods |= deletes_pods;
            if ending == Ending::Undo && !journal.is_open() {
                taken.workloads = stops;
                let world = cluster.restore_world(&taken, None, true).await?;
                may_undo(&taken, &world, limits.waits_for_pods)?;
            }
            cluster.store_journal(&mut stored, taken).await?;
        }
        Ok(stored)
    };
    let stored = match begun.await {
        Ok(stored) => stored,
        Err(error) => {
            lock.release().await;
            return Err(error);
        }
    };
    let group = group(cluster, &journal.group).await;
    let (journal, result) = Drive::new(cluster, ui, stored, group, lock, limits).run().await;
    report(&journal, result, format, ui)
}

/// The journal of a restore.
pub async fn find(cluster: &Cluster, id: &str) -> Result<Stored> {
    cluster.journal(id).await?.ok_or_else(|| {
        let message = format!("there is no restore {id} in namespace {}", cluster.namespace);
        Error::new(Reason::RestoreNotFound, message)
            .hint(format!("see those that are: kubectl gemini status -n {}", cluster.namespace))
    })
}

/// A journal that is gone, from the marks on volumes and snapshots.
async fn rebuilt(cluster: &Cluster, id: &str, ui: &Ui) -> Result<Journal> {
    // Whoever may not look for marks is told that there is no journal.
    let Ok(volumes) = cluster.volumes().await else { return Ok(find(cluster, id).await?.journal) };
    let namespace = &cluster.namespace;
    let (snapshots, claims) =
        (cluster.snapshots(Some(namespace)).await?, cluster.claims(Some(namespace)).await?);
    let remains = Remains { id, namespace, volumes: &volumes, snapshots: &snapshots, claims: &claims };
    let Some((_, claim)) = remains.old() else { return Ok(find(cluster, id).await?.journal) };
    let lock = lock(cluster, claim, ui).await?;
    let journal = rebuild(&remains, PROBE_IMAGE, cluster.now());
    let written = match &journal {
        Ok(journal) => cluster.create_journal(journal).await.map(|_| ()),
        Err(error) => Err(error.clone()),
    };
    lock.release().await;
    written?;
    ui.notice(Notice::Warning(format!(
        "the journal of restore {id} was gone; it was made again from the marks on the volumes. What --verify-image asked for is not known any more"
    )));
    journal
}

/// Only for its labels and annotations: without it the restore goes on as well.
async fn group(cluster: &Cluster, name: &str) -> Option<Group> {
    let resource = cluster.served().await.ok()?.groups().ok()?;
    cluster.group(&resource, name).await.ok()
}

/// What is said at the end.
pub(super) fn report(
    journal: &Journal,
    result: Result<Outcome>,
    format: &Format,
    ui: &Ui,
) -> Result<ExitCode> {
    let error = result.as_ref().err().map(|error| match journal.is_open() {
        true => restoring::ways_on(journal).into_iter().fold(error.clone(), Error::hint),
        false => error.clone(),
    });
    let item =
        RestoreStatusItem { error: error.as_ref().map(ErrorItem::from), ..RestoreStatusItem::from(journal) };
    let name = format!("persistentvolumeclaim/{}", journal.claim);
    let printed = match (format, &result) {
        (Format::Table | Format::Wide, Ok(outcome)) => {
            ui.note(&restoring::summary(journal, *outcome));
            ui.data(&format!("{name} {}\n", restoring::word(*outcome)))
        }
        (Format::Table | Format::Wide | Format::Name, Err(_)) => Ok(()),
        (Format::Name, Ok(_)) => ui.data(&format!("{name}\n")),
        _ => format.document(&Document::new("RestoreStatus", vec![item])).and_then(|text| ui.data(&text)),
    };
    match error {
        Some(error) => {
            ui.error(&error);
            Ok(error.exit_code())
        }
        None => printed.map(|()| ExitCode::Done).map_err(Error::after_change),
    }
}
