//! The restores that go together, found by the identifier of any of them, also where a journal is gone.
//! Must not leave one of them out because its journal cannot be found: its marks may still be there.

use super::PROBE_IMAGE;
use super::lock::lock;
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::restore::Journal;
use crate::plan::restore::{Ending, Remains, cut_short, rebuild};
use crate::ui::terminal::Ui;

/// The journal of a restore.
pub async fn find(cluster: &Cluster, id: &str) -> Result<Stored> {
    cluster.journal(id).await?.ok_or_else(|| {
        let message = format!("there is no restore {id} in namespace {}", cluster.namespace);
        Error::new(Reason::RestoreNotFound, message)
            .hint(format!("see those that are: kubectl gemini status -n {}", cluster.namespace))
    })
}

/// All that go together with a restore, in their order; itself alone if none do. Journals that are gone are made again.
///
/// Fails with `RestoreNotFound` if there is no trace of one of them; if they are to be given up only those count that there are.
pub async fn members_of(cluster: &Cluster, id: &str, ending: Ending, ui: &Ui) -> Result<Vec<Journal>> {
    let journal = match cluster.journal(id).await? {
        Some(stored) => stored.journal,
        None => rebuilt(cluster, id, ui).await?,
    };
    let mut all = vec![];
    for other in &journal.together {
        if *other == journal.id {
            all.push(journal.clone());
            continue;
        }
        match cluster.journal(other).await? {
            Some(stored) => all.push(stored.journal),
            None => match rebuilt(cluster, other, ui).await {
                Ok(journal) => all.push(journal),
                Err(error) if error.reason == Reason::RestoreNotFound && ending == Ending::Abort => {}
                Err(error) if error.reason == Reason::RestoreNotFound => {
                    return Err(error.causes.iter().fold(cut_short(other, &journal), Error::cause));
                }
                Err(error) => return Err(error),
            },
        }
    }
    Ok(if all.is_empty() { vec![journal] } else { all })
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
    // The others, if there are any, know that it goes together with them.
    let (journals, _) = cluster.journals().await?;
    let knows = |journal: &&Journal| journal.together.iter().any(|other| other == id);
    let together = journals.iter().find(knows).map(|journal| journal.together.clone()).unwrap_or_default();
    let lock = lock(cluster, claim, ui).await?;
    let journal =
        rebuild(&remains, PROBE_IMAGE, cluster.now()).map(|journal| Journal { together, ..journal });
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
