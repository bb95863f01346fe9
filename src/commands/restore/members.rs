//! The restores that go together, found by the identifier of any of them, also where a journal is gone.
//! Must not leave one of them out because its journal cannot be found: its marks may still be there.

use super::PROBE_IMAGE;
use super::lock::lock;
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::restore::{Course, Journal};
use crate::model::volume::Volume;
use crate::plan::restore::{Ending, Remains, cut_short, rebuild};
use crate::ui::terminal::Ui;

/// The journal of a restore.
pub async fn find(cluster: &Cluster, id: &str) -> Result<Stored> {
    cluster.journal(id).await?.ok_or_else(|| {
        let message = format!("there is no restore {id} in namespace {}", cluster.namespace);
        Error::new(Reason::RestoreNotFound, message)
            .hint(format!("see those that are: kubectl gemini status -n {}", cluster.namespace))
            .hint(format!(
                "looked for in {}; if it was made with other --context or --kubeconfig, give the same",
                cluster.place()
            ))
    })
}

/// All that go together with a restore and of which there is a journal, in their order; itself alone if none do.
///
/// Fails with `RestoreNotFound` if it has none itself.
pub async fn known_members(cluster: &Cluster, id: &str) -> Result<Vec<Journal>> {
    let journal = find(cluster, id).await?.journal;
    let mut all = vec![];
    for other in &journal.together {
        all.extend(match *other == journal.id {
            true => Some(journal.clone()),
            false => cluster.journal(other).await?.map(|stored| stored.journal),
        });
    }
    Ok(if all.is_empty() { vec![journal] } else { all })
}

/// As [`known_members`], but journals that are gone are made again. One that left no trace at all was never begun, or has ended
/// long ago.
///
/// Fails with `RestoreNotFound` if there is no trace of the one that was named, or of one without which it cannot go on.
pub(super) async fn members(cluster: &Cluster, id: &str, ending: Ending, ui: &Ui) -> Result<Vec<Journal>> {
    let journal = match cluster.journal(id).await? {
        Some(stored) => stored.journal,
        None => match rebuilt(cluster, id, ui).await? {
            Some(journal) => journal,
            None => find(cluster, id).await?.journal,
        },
    };
    let mut all = vec![];
    for other in &journal.together {
        let found = match cluster.journal(other).await? {
            _ if *other == journal.id => Some(journal.clone()),
            Some(stored) => Some(stored.journal),
            None => rebuilt(cluster, other, ui).await?,
        };
        match found {
            Some(found) => all.push(found),
            None if ending == Ending::Resume && journal.is_open() && journal.course == Course::Forward => {
                return Err(cut_short(other, &journal));
            }
            None => ui.notice(Notice::Warning(format!(
                "of restore {other}, which was to go together with {id}, there is no trace: it is left out"
            ))),
        }
    }
    Ok(if all.is_empty() { vec![journal] } else { all })
}

/// A journal that is gone, from the marks on volumes and snapshots. `None` if there is no mark.
async fn rebuilt(cluster: &Cluster, id: &str, ui: &Ui) -> Result<Option<Journal>> {
    let without_journal = |error: Error| {
        error.about(&format!("there is no journal of restore {id} in namespace {}", cluster.namespace))
    };
    let volumes = cluster.volumes().await.map_err(without_journal)?;
    let namespace = &cluster.namespace;
    let (snapshots, claims) =
        (cluster.snapshots(Some(namespace)).await?, cluster.claims(Some(namespace)).await?);
    let remains = Remains { id, namespace, volumes: &volumes, snapshots: &snapshots, claims: &claims };
    let Some((_, claim)) = remains.old() else { return Ok(None) };
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
    if remains.manifest().is_none() {
        ui.notice(Notice::Warning(format!(
            "labels, annotations and owners of PVC {claim} are recorded nowhere any more: it is made to fit its volume"
        )));
    }
    journal.map(Some)
}

/// Fails with `RestoreOpen` if one that goes together with a restore may still have to go back, and it with that.
pub async fn none_is_open(cluster: &Cluster, journal: &Journal) -> Result<()> {
    let Journal { id, namespace, together, .. } = journal;
    for other in together.iter().filter(|other| *other != id) {
        let is_open = match cluster.journal(other).await? {
            Some(stored) => stored.journal.is_open(),
            None => {
                let is_its =
                    |volume: &Volume| volume.mark.as_ref().is_some_and(|mark| mark.restore == *other);
                cluster.volumes().await?.iter().any(is_its)
            }
        };
        if is_open {
            let message = format!("restore {other}, which goes together with {id}, has not ended");
            return Err(Error::new(Reason::RestoreOpen, message)
                .hint(format!("end it first: kubectl gemini restore --resume {other} -n {namespace}")));
        }
    }
    Ok(())
}
