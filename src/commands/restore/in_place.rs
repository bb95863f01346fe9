//! `restore --in-place`: the plan, the question, and then the restore.
//! Must change nothing before the plan was shown and agreed to, and everything that can be checked was checked.

use futures::future::try_join_all;

use super::RestoreArgs;
use super::application::stops;
use super::drive::{Drive, Limits};
use super::lock::lock;
use super::resume::report;
use crate::cluster::apply::{Persist, Sent};
use crate::cluster::call::{Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::claim::Claim;
use crate::model::class::Binding;
use crate::model::dry_run::DryRun;
use crate::model::group::Group;
use crate::model::restore::{Check, Journal, Mode};
use crate::model::snapshot::Snapshot;
use crate::plan::restore::{self, Observed, Rehearsal, Wish, class_name};
use crate::plan::source;
use crate::ui::restoring;
use crate::ui::terminal::Ui;

/// What an identifier is made of: what is not easily mistaken for something else.
const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz2456789";
const ID: usize = 5;

/// What a restore does, the way back included. Whoever may not keep the old volume may not replace it.
const RIGHTS: [(Verb, Kind); 15] = [
    (Verb::Get, Kind::Volume),
    (Verb::Patch, Kind::Volume),
    (Verb::List, Kind::Claim),
    (Verb::Create, Kind::Claim),
    (Verb::Patch, Kind::Claim),
    (Verb::Delete, Kind::Claim),
    (Verb::Create, Kind::Snapshot),
    (Verb::Patch, Kind::Snapshot),
    (Verb::Get, Kind::ConfigMap),
    (Verb::Create, Kind::ConfigMap),
    (Verb::Patch, Kind::ConfigMap),
    (Verb::Get, Kind::Lease),
    (Verb::Create, Kind::Lease),
    (Verb::Patch, Kind::Lease),
    (Verb::List, Kind::Pod),
];
/// And where a class makes volumes only for pods, or a pod checks the new one.
const PROBE_RIGHTS: [(Verb, Kind); 3] =
    [(Verb::Get, Kind::Pod), (Verb::Create, Kind::Pod), (Verb::Delete, Kind::Pod)];

/// Plans, asks, and restores.
pub(super) async fn run(cluster: &Cluster, args: &RestoreArgs, limits: Limits, ui: &Ui) -> Result<ExitCode> {
    let (group, all) = args.group(cluster).await?;
    let (journal, warnings) = plan(cluster, args, &group, &all).await?;
    let shown = restoring::plan(&journal, &warnings, &cluster.place(), cluster.now());
    rehearse(cluster, args, &journal).await?;
    if args.dry_run.dry_run != DryRun::None {
        ui.data(&shown)?;
        ui.note("Nothing was changed.");
        return Ok(ExitCode::Done);
    }
    ui.note(&shown);
    let question = format!("Restore {} in {} on {}?", journal.claim, journal.namespace, cluster.place());
    args.confirm.agree(&question, &journal.claim, ui)?;
    let lock = lock(cluster, &journal.claim, ui).await?;
    let again = match unchanged(cluster, &journal).await {
        Ok(()) => cluster.create_journal(&journal).await,
        Err(error) => Err(error),
    };
    let stored = match again {
        Ok(stored) => stored,
        Err(error) => {
            lock.release().await;
            return Err(error);
        }
    };
    let (journal, result) = Drive::new(cluster, ui, stored, Some(group), lock, limits).run().await;
    report(&journal, result, &args.output.format(), ui)
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

/// What is written down when it begins, and the warnings that belong to it.
async fn plan(
    cluster: &Cluster,
    args: &RestoreArgs,
    group: &Group,
    all: &[Snapshot],
) -> Result<(Journal, Vec<String>)> {
    let snapshot = source::choose(group, all, &args.point(cluster.now()))?;
    let facts = cluster.restore_facts(group, snapshot, &group.claim.name).await?;
    let (Some(claim), Some(volume)) = (&facts.live, &facts.live_volume) else {
        return Err(missing(group, facts.live.as_ref(), snapshot));
    };
    let handle = volume.handle();
    let content = source::check(group, snapshot, facts.content.as_ref(), all, handle, args.unknown_source())?;
    let class = match class_name(claim, volume) {
        Some(name) => cluster.storage_class(name).await?,
        None => None,
    };
    let stops = stops(cluster, claim, args.scale).await?;
    let waits = class.as_ref().is_some_and(|class| class.binding == Binding::WaitForFirstConsumer);
    let mode = mode(cluster, args, waits).await?;
    let classes = cluster.snapshot_classes(group.snapshot_class.as_deref()).await?;
    let owners = cluster.existing_owners(claim).await?;
    let observed = Observed {
        group,
        snapshot,
        content,
        claim,
        volume,
        class: class.as_ref(),
        snapshot_classes: &classes,
        owners: &owners,
    };
    let wish = Wish {
        id: new_id(),
        mode,
        probe_image: args.probe_image.clone(),
        check: args.verify_image.clone().map(|image| Check {
            image,
            command: args.verify_command.clone(),
            passed: false,
        }),
        workloads: stops.workloads,
        deletes_pods: args.scale.delete_pods,
        unknown_source: args.accept_unknown_source,
    };
    Ok((restore::begin(&observed, &wish, cluster.now())?, stops.warnings))
}

fn new_id() -> String {
    std::iter::repeat_with(|| char::from(LETTERS[fastrand::usize(..LETTERS.len())])).take(ID).collect()
}

/// The mode, if everything may be done that it takes.
async fn mode(cluster: &Cluster, args: &RestoreArgs, waits: bool) -> Result<Mode> {
    if waits && args.mode.is_some_and(|mode| Mode::from(mode) == Mode::Direct) {
        // The claim would get its volume when its application starts, unproven.
        let message =
            "the StorageClass waits for a pod, so that the new volume can only be proven in mode staged";
        return Err(Error::new(Reason::StorageClassUnfit, message).hint("leave out --mode"));
    }
    let is_staged = args.mode.is_none_or(|mode| Mode::from(mode) == Mode::Staged);
    if args.verify_image.is_some() && !is_staged {
        let message = "the new volume can only be checked before the claim is touched in mode staged";
        return Err(Error::new(Reason::FlagsUnfit, message).hint("leave out --mode, or --verify-image"));
    }
    let probe = PROBE_RIGHTS.iter().filter(|_| waits || args.verify_image.is_some());
    let reviews = RIGHTS.iter().chain(probe).map(|&(verb, kind)| cluster.require(verb, kind));
    try_join_all(reviews).await?;
    Ok(args.mode.map_or(Mode::Staged, Into::into))
}

fn missing(group: &Group, claim: Option<&Claim>, snapshot: &Snapshot) -> Error {
    let Group { name, namespace, .. } = group;
    let pvc = &group.claim.name;
    let again =
        format!("kubectl gemini restore {name} -n {namespace} --snapshot {} --to-pvc {pvc}", snapshot.name);
    match claim {
        None => Error::new(Reason::ClaimMissing, format!("PVC {pvc} does not exist in namespace {namespace}"))
            .hint(format!("make it anew from the snapshot: {again}")),
        Some(_) => Error::new(Reason::ClaimLost, format!("PVC {pvc} in namespace {namespace} has no volume"))
            .hint(format!("delete it, then make it anew from the snapshot: kubectl delete pvc {pvc} -n {namespace}; {again}")),
    }
}

/// Has the server check what will be sent, while nothing is at stake: quotas, webhooks, policies.
async fn rehearse(cluster: &Cluster, args: &RestoreArgs, journal: &Journal) -> Result<()> {
    if args.dry_run.dry_run == DryRun::Client {
        return Ok(());
    }
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
