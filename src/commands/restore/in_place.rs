//! `restore --in-place`: the plan, the question, and then the restore.
//! Must change nothing before the plan was shown and agreed to, and everything that can be checked was checked.

use super::RestoreArgs;
use super::drive::{Drive, Limits};
use super::lock::lock;
use super::plan::plan;
use super::resume::report;
use crate::cluster::apply::{Persist, Sent};
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::restore::Journal;
use crate::plan::restore::Rehearsal;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// Plans, asks, and restores.
pub(super) async fn run(cluster: &Cluster, args: &RestoreArgs, limits: Limits, ui: &Ui) -> Result<ExitCode> {
    let (group, all) = args.group(cluster).await?;
    let (journal, warnings) = plan(cluster, &args.request(cluster.now()), &group, &all).await?;
    let shown = restoring::plan(&journal, &warnings, &cluster.place(), cluster.now());
    if args.dry_run.dry_run != DryRun::Client {
        rehearse(cluster, &journal).await?;
    }
    if args.dry_run.dry_run != DryRun::None {
        ui.data(&shown)?;
        ui.note("Nothing was changed.");
        return Ok(ExitCode::Done);
    }
    ui.note(&shown);
    let question = format!("Restore {} in {} on {}?", journal.claim, journal.namespace, cluster.place());
    args.confirm.agree(&question, &journal.claim, ui)?;
    let (stored, lock) = begin(cluster, &journal, ui).await?;
    let (journal, result) = Drive::new(cluster, ui, stored, Some(group), lock, limits).run().await;
    report(&journal, result, &args.output.format(), ui)
}

/// Takes the lock and writes the journal, if nothing has changed since the plan.
pub async fn begin(cluster: &Cluster, journal: &Journal, ui: &Ui) -> Result<(Stored, Held)> {
    let lock = lock(cluster, &journal.claim, ui).await?;
    let begun = match unchanged(cluster, journal).await {
        Ok(()) => cluster.create_journal(journal).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(stored) => Ok((stored, lock)),
        Err(error) => {
            lock.release().await;
            Err(error)
        }
    }
}

/// The question may have stood for hours, and another restore may have begun meanwhile.
async fn unchanged(cluster: &Cluster, journal: &Journal) -> Result<()> {
    let claim = cluster.claim(&journal.claim).await?;
    let volume = cluster.volume(&journal.old.volume).await?;
    let is_same = claim.is_some_and(|claim| claim.uid == journal.old.claim_uid)
        && volume.is_some_and(|volume| {
            volume.uid == journal.old.volume_uid
                && volume.policy == journal.old.policy
                && volume.mark.is_none()
        });
    match is_same {
        true => Ok(()),
        false => {
            let message = format!("PVC {} or its volume was changed since the plan was made", journal.claim);
            Err(Error::new(Reason::ChangedMeanwhile, message))
        }
    }
}

/// Has the server check what will be sent, while nothing is at stake: quotas, webhooks, policies.
pub async fn rehearse(cluster: &Cluster, journal: &Journal) -> Result<()> {
    cluster.rehearse_settings(&journal.workloads).await?;
    let Rehearsal { claim, target, original, probe, safety } = Rehearsal::new(journal);
    // They exist already, which the server says only of what it would have taken otherwise; and they take the place of another.
    for same in [target, original] {
        cluster.send_claim(&same, Persist::ServerDryRun).await?;
    }
    let mut all = vec![
        cluster.send_claim(&claim, Persist::ServerDryRun).await?,
        cluster.send_snapshot(&safety, Persist::ServerDryRun).await?,
    ];
    if let Some(probe) = probe {
        all.push(cluster.send_probe(&probe, Persist::ServerDryRun).await?);
    }
    for sent in all {
        if let Sent::Unsure(error, _) = sent {
            return Err(error);
        }
    }
    Ok(())
}
