//! `restore --in-place`: the plan, the question, and then the restore.
//! Must change nothing before the plan was shown and agreed to, and everything that can be checked was checked.

use super::RestoreArgs;
use super::application::Scale;
use super::drive::{Drive, Limits, Member};
use super::lock::{lock_all, release_all};
use super::plan::{none_has_it, plan};
use super::resume::{name, report};
use crate::cluster::apply::{Persist, Sent};
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::restore::{Ended, Journal, Outcome, Step};
use crate::model::text;
use crate::plan::restore::{self, Rehearsal};
use crate::ui::format::Format;
use crate::ui::restore_plan::RestorePlan;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// Plans, asks, and restores.
pub(super) async fn run(cluster: &Cluster, args: &RestoreArgs, limits: Limits, ui: &Ui) -> Result<ExitCode> {
    let (groups, all) = args.groups(cluster).await?;
    let request = args.request(cluster.now());
    let (mut journals, mut warnings) = (vec![], vec![]);
    for group in &groups {
        let (journal, told) = plan(cluster, &request, group, &all).await?;
        journals.push(journal);
        warnings.extend(told.into_iter().filter(|warning| !warnings.contains(warning)).collect::<Vec<_>>());
    }
    restore::join(&mut journals)?;
    let dry_run = args.dry_run.dry_run;
    if dry_run != DryRun::Client {
        for journal in &journals {
            rehearse(cluster, journal).await?;
        }
    }
    let shown = restoring::plan(&journals, &warnings, &cluster.place(), cluster.now());
    if dry_run != DryRun::None {
        let document = RestorePlan::new(&journals, &warnings, &cluster.place(), dry_run, cluster.now());
        let text = match args.output.format() {
            Format::Table | Format::Wide => text::escaped(&shown),
            Format::Name => journals.iter().map(|journal| format!("{}\n", name(journal))).collect(),
            format => format.document(&document)?,
        };
        ui.data(&text)?;
        ui.note("Nothing was changed.");
        return Ok(ExitCode::Done);
    }
    ui.note(&shown);
    let claims: Vec<_> = journals.iter().map(|journal| journal.claim.as_str()).collect();
    let question = format!("Restore {} in {} on {}?", claims.join(", "), cluster.namespace, cluster.place());
    args.confirm.agree(&question, &claims, ui)?;
    let members = begin(cluster, &journals, ui).await?;
    let members = members.into_iter().zip(groups);
    let members = members.map(|((stored, lock), group)| Member::new(stored, Some(group), lock)).collect();
    let (journals, result) = Drive::new(cluster, ui, members, limits).run().await;
    if result.is_ok() {
        remind(args.scale.scale, ui);
    }
    report(&journals, result, &args.output.format(), ui)
}

/// What a person has stopped for a restore only a person starts again.
pub fn remind(scale: Scale, ui: &Ui) {
    if scale == Scale::Manual {
        ui.note("What you stopped or paused for it is yours to start again.");
    }
}

/// Takes the locks and writes the journals, if nothing has changed since the plan. Nothing else is done before all are written.
pub async fn begin(cluster: &Cluster, journals: &[Journal], ui: &Ui) -> Result<Vec<(Stored, Held)>> {
    let claims: Vec<_> = journals.iter().map(|journal| journal.claim.as_str()).collect();
    let locks = lock_all(cluster, &claims, ui).await?;
    match write_all(cluster, journals).await {
        Ok(stored) => {
            tidy(cluster).await;
            Ok(stored.into_iter().zip(locks).collect())
        }
        Err(error) => {
            release_all(locks).await;
            Err(error)
        }
    }
}

async fn write_all(cluster: &Cluster, journals: &[Journal]) -> Result<Vec<Stored>> {
    for journal in journals {
        unchanged(cluster, journal).await?;
    }
    let mut written: Vec<Stored> = vec![];
    for journal in journals {
        match cluster.create_journal(journal).await {
            Ok(stored) => written.push(stored),
            Err(error) => return Err(take_back(cluster, written, error).await),
        }
    }
    Ok(written)
}

/// Journals that nobody needs any more go. Best effort: whoever may not do that leaves them.
async fn tidy(cluster: &Cluster) {
    let Ok((journals, _)) = cluster.journals(Some(&cluster.namespace)).await else { return };
    for journal in restore::outlived(&journals) {
        if let Err(error) = cluster.forget_journal(journal).await {
            tracing::info!("the journal of restore {} stays: {error}", journal.id);
            return;
        }
    }
}

/// Nothing was done for those that were written before one could not be. The error says where that must be said by hand.
async fn take_back(cluster: &Cluster, written: Vec<Stored>, mut error: Error) -> Error {
    for mut stored in written {
        let ended = Some(Ended { at: cluster.now(), outcome: Outcome::Aborted });
        let journal = Journal { ended, step: Step::Done, ..stored.journal.clone() };
        let Journal { id, namespace, .. } = &stored.journal;
        let give_up = format!("give it up: kubectl gemini restore --abort {id} -n {namespace}");
        if let Err(why) = cluster.store_journal(&mut stored, journal).await {
            tracing::info!("the journal was not ended: {why}");
            error = error.after_change().hint(give_up);
        }
    }
    error
}

/// The question may have stood for hours, and another restore may have begun meanwhile.
async fn unchanged(cluster: &Cluster, journal: &Journal) -> Result<()> {
    let claim = cluster.claim(&journal.claim).await?;
    none_has_it(cluster, &journal.claim, claim.as_ref(), &journal.workloads).await?;
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
    let Rehearsal { claim, fits, target, original, probe, safety } = Rehearsal::new(journal);
    // They exist already, which the server says only of what it would have taken otherwise; and they take the place of another.
    for same in [target, original] {
        cluster.send_claim(&same, Persist::ServerDryRun).await?;
    }
    let says = |error: &Error| format!("{} {}", error.message, error.causes.join(" "));
    let is_later =
        |error: &Error| fits && error.reason == Reason::QuotaExceeded && restore::will_fit(&says(error));
    match cluster.rehearse_claim(&claim).await? {
        // What the claim has of it is not free yet.
        Sent::Unsure(error, _) if !is_later(&error) => return Err(error),
        _ => {}
    }
    let mut all = vec![cluster.send_snapshot(&safety, Persist::ServerDryRun).await?];
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
