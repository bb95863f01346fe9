//! Going on with a restore that was stopped, giving it up, or undoing it; and what is said at the end of each.
//! Must never begin anything new: all of it follows from what is written down.

use futures::future::try_join_all;

use super::drive::{Drive, Limits, Member};
use super::lock::{lock_all, release_all};
use super::members::{find, members};
use super::plan::none_has_it;
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::group::Group;
use crate::model::restore::{Course, Journal};
use crate::model::workload::Stopped;
use crate::plan::restore::{
    Ending, all_settled, all_taken_up, as_wished, left_over, may_abort, may_undo, must_go_on, turned_on,
    went_back,
};
use crate::ui::documents::{Document, ErrorItem};
use crate::ui::format::Format;
use crate::ui::restores::RestoreStatusItem;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// How a restore is taken up, and all that go together with it.
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

/// Brings a restore to an end, and all that go together with it.
pub async fn end(
    cluster: &Cluster,
    take: Take<'_>,
    limits: Limits,
    format: &Format,
    ui: &Ui,
) -> Result<ExitCode> {
    let mut journals = members(cluster, take.id, take.ending, ui).await?;
    let taken = all_taken(cluster, &journals, take.ending).await?;
    let wanted: Vec<_> = taken.into_iter().flatten().map(|journal| journal.claim).collect();
    if wanted.is_empty() {
        return report(&journals, as_wished(&journals, take.ending), format, ui);
    }
    let claims: Vec<_> = wanted.iter().map(String::as_str).collect();
    let locks = lock_all(cluster, &claims, ui).await?;
    let stored = match take_up(cluster, &journals, &take, limits).await {
        Ok(stored) => stored,
        Err(error) => {
            release_all(locks).await;
            return Err(error);
        }
    };
    let mut driven = vec![];
    for (claim, lock) in wanted.iter().zip(locks) {
        match stored.iter().find(|stored| stored.journal.claim == *claim) {
            Some(stored) => {
                let group = group(cluster, &stored.journal.group).await;
                driven.push(Member::new(stored.clone(), group, lock));
            }
            None => lock.release().await,
        }
    }
    let (ended, result) = Drive::new(cluster, ui, driven, limits).run().await;
    for journal in &mut journals {
        if let Some(ended) = ended.iter().find(|ended| ended.id == journal.id) {
            journal.clone_from(ended);
        }
    }
    let result = result.and_then(|()| as_wished(&journals, take.ending));
    report(&journals, result, format, ui)
}

/// Writes down how they go on. Nothing of a way back is written before all of it was found possible.
async fn take_up(
    cluster: &Cluster,
    journals: &[Journal],
    take: &Take<'_>,
    limits: Limits,
) -> Result<Vec<Stored>> {
    // Whoever had the lock may have gone on.
    let mut stored = vec![];
    for journal in journals {
        stored.push(find(cluster, &journal.id).await?);
    }
    let now: Vec<_> = stored.iter().map(|stored| stored.journal.clone()).collect();
    let mut all_taken = all_taken(cluster, &now, take.ending).await?;
    for (before, taken) in now.iter().zip(&mut all_taken) {
        let Some(taken) = taken else { continue };
        taken.accepted |= take.accepts_unready;
        taken.deletes_pods |= take.deletes_pods;
        if before.is_open() && take.ending == Ending::Abort {
            may_abort(before, &cluster.restore_world(before, None, false).await?)?;
        }
        if before.can_be_undone() && taken.course == Course::Back {
            let is_news = !now.iter().any(Journal::is_open);
            if is_news {
                taken.workloads.clone_from(&take.stops);
            }
            let world = cluster.restore_world(taken, None, true).await?;
            if is_news {
                none_has_it(cluster, &taken.claim, world.claim.as_ref(), &taken.workloads).await?;
            }
            may_undo(taken, &world, limits.waits_for_pods)?;
        }
    }
    let mut begun = false;
    for (stored, taken) in stored.iter_mut().zip(all_taken) {
        let Some(taken) = taken else { continue };
        let ways = restoring::ways_on(&taken);
        cluster.store_journal(stored, taken).await.map_err(|error| match begun {
            true => ways.into_iter().fold(error.after_change(), Error::hint),
            false => error,
        })?;
        begun = true;
    }
    Ok(stored)
}

/// What is written down of each, as it is taken up; `None` where nothing is left to do.
async fn all_taken(cluster: &Cluster, journals: &[Journal], ending: Ending) -> Result<Vec<Option<Journal>>> {
    let mut all = match all_settled(journals, ending)? {
        true => vec![None; journals.len()],
        false => all_taken_up(journals, ending),
    };
    for (journal, taken) in journals.iter().zip(&mut all) {
        if taken.is_none() && (went_back(journal) || journal.can_be_undone()) {
            let others = cluster.journals_in_sight(Some(&journal.namespace)).await?;
            let looks = others.is_some() && !journal.workloads.is_empty();
            let world = match cluster.restore_world(journal, None, looks).await {
                Err(error) if looks && error.reason == Reason::Forbidden => {
                    cluster.restore_world(journal, None, false).await
                }
                world => world,
            }?;
            *taken = left_over(journal, &world, &others.unwrap_or_default());
        }
    }
    if ending == Ending::Resume && all.iter().flatten().any(|taken| taken.course == Course::Back) {
        let looks = journals.iter().map(|journal| cluster.restore_world(journal, None, false));
        let worlds = try_join_all(looks).await?;
        if must_go_on(&journals.iter().zip(&worlds).collect::<Vec<_>>()) {
            for (journal, taken) in journals.iter().zip(&mut all) {
                *taken = taken.as_ref().filter(|_| journal.is_open()).map(turned_on);
            }
        }
    }
    Ok(all)
}

/// Only for its labels and annotations: without it the restore goes on as well.
async fn group(cluster: &Cluster, name: &str) -> Option<Group> {
    let resource = cluster.served().await.ok()?.groups().ok()?;
    cluster.group(&resource, name).await.ok()
}

/// What is said at the end.
pub(super) fn report(journals: &[Journal], result: Result<()>, format: &Format, ui: &Ui) -> Result<ExitCode> {
    let open = journals.iter().find(|journal| journal.is_open());
    let error = result.err().map(|error| match open {
        Some(open) => {
            let stands = match error.reason {
                Reason::VolumeGone => restoring::what_stands_still(journals),
                _ => Some(restoring::where_it_stands(journals)),
            };
            stands.into_iter().chain(restoring::ways_on(open)).fold(error, Error::hint)
        }
        None => restoring::left_behind(journals).into_iter().fold(error, Error::hint),
    });
    let item = |journal: &Journal| RestoreStatusItem {
        error: error.as_ref().map(ErrorItem::from),
        ..RestoreStatusItem::from(journal)
    };
    let names = |line: &dyn Fn(&Journal) -> String| journals.iter().map(line).collect::<String>();
    let printed = match (format, &error) {
        (Format::Table | Format::Wide, None) => {
            ui.note(&restoring::summary(journals));
            let word =
                |journal: &Journal| journal.ended.map_or("open", |ended| restoring::word(ended.outcome));
            ui.data(&names(&|journal| format!("{} {}\n", name(journal), word(journal))))
        }
        (Format::Table | Format::Wide | Format::Name, Some(_)) => Ok(()),
        (Format::Name, None) => ui.data(&names(&|journal| format!("{}\n", name(journal)))),
        _ => {
            let items = journals.iter().map(item).collect();
            format.document(&Document::new("RestoreStatus", items)).and_then(|text| ui.data(&text))
        }
    };
    match error {
        Some(error) => {
            ui.error(&error);
            Ok(error.exit_code())
        }
        None => printed.map(|()| ExitCode::Done).map_err(Error::after_change),
    }
}

/// What a restore is about, as `-o name` prints it.
pub(super) fn name(journal: &Journal) -> String {
    format!("persistentvolumeclaim/{}", journal.claim)
}
