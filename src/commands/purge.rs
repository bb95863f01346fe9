//! `purge`: gives the volume that a restore kept up for deletion.
//! Must never be done by anything but this command, and must say what is lost.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::restore::{find, none_is_open, with_lock};
use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::apply::{Persist, Sent};
use crate::cluster::connect::Cluster;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::draft::VolumeChange;
use crate::model::dry_run::DryRun;
use crate::model::name;
use crate::model::restore::{Ended, Journal, Outcome};
use crate::model::volume::Volume;
use crate::plan::restore::purge::{Consent, Kept, is_given_up, kept_volume, purge};
use crate::ui::documents::Document;
use crate::ui::format::Format;
use crate::ui::prompt::Question;
use crate::ui::restores::RestoreStatusItem;
use crate::ui::terminal::Ui;

const INSTEAD: &str = "--yes";

/// Delete the volume that a restore in place kept
///
/// After that the restore cannot be undone. It is refused for 7 days (--now),
/// while the claim's present volume has no ready snapshot or was given to it by
/// no restore, while another volume leads to the same storage, and while there
/// are snapshots of the volume, its safety snapshot among them
/// (--old-snapshots=may-be-lost).
///
/// Examples:
///   kubectl gemini status
///   kubectl gemini purge 7f3ak --dry-run   # whether it would be refused
///   kubectl gemini purge 7f3ak
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct PurgeArgs {
    /// Identifier of the restore
    #[arg(value_name = "RESTORE", value_parser = name::object)]
    restore: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Do not wait until the volume was kept for 7 days
    #[arg(long)]
    now: bool,
    /// What may become of snapshots that were cut from the volume
    #[arg(long, value_name = "WORD")]
    old_snapshots: Option<OldSnapshots>,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OldSnapshots {
    MayBeLost,
}

/// Runs the command.
pub async fn run(args: PurgeArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let dry_run = args.dry_run.dry_run;
    let asks = !args.yes && dry_run == DryRun::None;
    if asks {
        ui.require_answers(INSTEAD)?;
    }
    ui.begin();
    let cluster = global.connect(ui).await?;
    let journal = find(&cluster, &args.restore).await?.journal;
    let volume = kept_volume(&journal)?.to_owned();
    if asks {
        let text = format!(
            "Delete volume {volume}, which PVC {} in {} had? It cannot be undone.",
            journal.claim, journal.namespace
        );
        if !ui.confirm_by_typing(Question { text: &text, instead: INSTEAD }, &volume)? {
            return Err(Error::new(
                Reason::NotConfirmed,
                "the name of the volume was not given; nothing was changed",
            ));
        }
    }
    let consent = Consent { early: args.now, snapshots_may_be_lost: args.old_snapshots.is_some() };
    let purged = match dry_run {
        DryRun::None => {
            with_lock(&cluster, &journal.claim, ui, give_up(&cluster, &args.restore, consent)).await?
        }
        dry_run => rehearse(&cluster, journal, consent, dry_run).await?,
    };
    match args.output.format() {
        Format::Table | Format::Wide => {
            ui.data(&format!("persistentvolume/{volume} given up for deletion{}\n", dry_run.suffix()))?
        }
        Format::Name => ui.data(&format!("persistentvolume/{volume}\n"))?,
        format => ui.data(
            &format.document(&Document::new("RestoreStatus", vec![RestoreStatusItem::from(&purged)]))?,
        )?,
    }
    Ok(ExitCode::Done)
}

/// All that could refuse it is asked, and nothing is changed.
async fn rehearse(cluster: &Cluster, journal: Journal, consent: Consent, dry_run: DryRun) -> Result<Journal> {
    if !is_purged(&journal)
        && let Some(change) = wanted(cluster, &journal, consent).await?
        && dry_run == DryRun::Server
        && let Sent::Unsure(error, _) = cluster.send_volume_change(&change, Persist::ServerDryRun).await?
    {
        return Err(error);
    }
    Ok(journal)
}

async fn give_up(cluster: &Cluster, id: &str, consent: Consent) -> Result<Journal> {
    let mut stored = find(cluster, id).await?;
    let journal = stored.journal.clone();
    if is_purged(&journal) {
        return Ok(journal);
    }
    if let Some(change) = wanted(cluster, &journal, consent).await?
        && let Sent::Unsure(error, _) = cluster.send_volume_change(&change, Persist::Yes).await?
    {
        let now = cluster.volume(kept_volume(&journal)?).await.map_err(Error::after_change)?;
        if !is_given_up(now.as_ref()) {
            return Err(error);
        }
    }
    let ended = Some(Ended { at: cluster.now(), outcome: Outcome::Purged });
    cluster.store_journal(&mut stored, Journal { ended, ..journal }).await.map_err(Error::after_change)?;
    Ok(stored.journal)
}

fn is_purged(journal: &Journal) -> bool {
    journal.ended.is_some_and(|ended| ended.outcome == Outcome::Purged)
}

/// What is to be done to the volume; nothing if it has been given up or is gone.
async fn wanted(cluster: &Cluster, journal: &Journal, consent: Consent) -> Result<Option<Box<VolumeChange>>> {
    none_is_open(cluster, journal).await?;
    match cluster.volume(kept_volume(journal)?).await? {
        Some(volume) if !is_given_up(Some(&volume)) => {
            decide(cluster, journal, &volume, consent).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn decide(
    cluster: &Cluster,
    journal: &Journal,
    volume: &Volume,
    consent: Consent,
) -> Result<Box<VolumeChange>> {
    let claim = cluster.claim(&journal.claim).await?;
    let current = cluster.volume_of(claim.as_ref()).await?;
    let snapshots = cluster.snapshots(Some(&journal.namespace)).await?;
    let contents = match cluster.contents().await {
        Err(error) if error.reason == Reason::Forbidden => None,
        contents => Some(contents?),
    };
    let journals = cluster.journals_in_sight(Some(&journal.namespace)).await?.unwrap_or_default();
    let volumes = cluster.volumes().await?;
    let kept = Kept {
        volume,
        claim: claim.as_ref(),
        current: current.as_ref(),
        journals: &journals,
        volumes: &volumes,
        snapshots: &snapshots,
        contents: contents.as_deref(),
    };
    purge(journal, kept, consent, cluster.now())
}
