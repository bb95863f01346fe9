//! The look at everything that a restore in place is about, and what is written down from it.
//! Must check whatever can be checked, rights included, and change nothing.

use futures::future::try_join_all;

use super::application::{ScaleArgs, stops};
use crate::cluster::call::{Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::class::Binding;
use crate::model::group::Group;
use crate::model::restore::{Check, Journal, Mode};
use crate::model::snapshot::Snapshot;
use crate::model::workload::Stopped;
use crate::plan::history::History;
use crate::plan::restore::{self, Observed, Wish, class_name};
use crate::plan::source::{self, Point, UnknownSource};

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

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Which snapshot.
    pub point: Point<'a>,
    /// How; staged if nothing is said.
    pub mode: Option<Mode>,
    /// What a pod runs that makes the class make a volume.
    pub probe_image: &'a str,
    /// How the restored data is checked.
    pub check: Option<Check>,
    /// Whether the snapshot's volume must be known.
    pub unknown: UnknownSource,
    /// What is done about the application.
    pub scale: ScaleArgs,
    /// The value of the group's annotation, if that asked for it.
    pub asked_by: Option<&'a str>,
}

/// What is written down when it begins, and the warnings that belong to it.
pub async fn plan(
    cluster: &Cluster,
    request: &Request<'_>,
    group: &Group,
    all: &[Snapshot],
) -> Result<(Journal, Vec<String>)> {
    let snapshot = source::choose(group, all, &request.point)?;
    let facts = cluster.restore_facts(group, snapshot, &group.claim.name).await?;
    // First of all: while another restore has it, its name may be free.
    none_has_it(cluster, &group.claim.name, facts.live.as_ref(), &[]).await?;
    let (Some(claim), Some(volume)) = (&facts.live, &facts.live_volume) else {
        // Best effort: it is only to be told of.
        let volumes = cluster.volumes().await.unwrap_or_default();
        return Err(restore::nothing_to_replace(group, facts.live.as_ref(), snapshot, &volumes));
    };
    let handle = volume.handle();
    let content = source::check(group, snapshot, facts.content.as_ref(), all, handle, request.unknown)?;
    let class = match class_name(claim, volume) {
        Some(name) => cluster.storage_class(name).await?,
        None => None,
    };
    let stops = stops(cluster, claim, request.scale).await?;
    if !stops.workloads.is_empty() {
        none_has_it(cluster, &claim.name, Some(claim), &stops.workloads).await?;
    }
    let waits = class.as_ref().is_some_and(|class| class.binding == Binding::WaitForFirstConsumer);
    let mode = mode(cluster, request, waits).await?;
    let classes = cluster.snapshot_classes(group.snapshot_class.as_deref()).await?;
    let owners = cluster.existing_owners(&claim.manifest["metadata"]).await?;
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
        probe_image: request.probe_image.to_owned(),
        check: request.check.clone(),
        workloads: stops.workloads,
        deletes_pods: request.scale.delete_pods,
        unknown_source: request.unknown == UnknownSource::Accept,
        asked_by: request.asked_by.map(str::to_owned),
    };
    let journal = restore::begin(&observed, &wish, cluster.now())?;
    let mut warnings = stops.warnings;
    warnings.extend(restore::made_anew(claim, snapshot, &History::of(group, all)));
    warnings.extend(none_is_spare(cluster, &journal).await?);
    if matches!(cluster.may(Verb::List, Kind::VolumeAttachment).await, Ok(false)) {
        let warning =
            "whether the volume has left its node cannot be seen: you may not list volumeattachments";
        warnings.push(warning.to_owned());
    }
    warnings.extend(source::older(&request.point, snapshot));
    Ok((journal, warnings))
}

/// Fails with `RestoreOpen` if a restore of the claim has not ended, or one that stops what is to be stopped, whether anybody is at work
/// on it or not: it would start the application in the midst of this one. Marks on the volume do not tell it all: in direct mode the
/// new one has none.
pub async fn none_has_it(
    cluster: &Cluster,
    name: &str,
    claim: Option<&Claim>,
    stops: &[Stopped],
) -> Result<()> {
    let namespace = &cluster.namespace;
    let has_it = |journal: &Journal| {
        let is_its = |noted: &Stopped| stops.iter().any(|stopped| stopped.who.uid == noted.who.uid);
        journal.is_open() && (journal.claim == name || journal.workloads.iter().any(is_its))
    };
    let open = match cluster.journals_in_sight(Some(namespace)).await? {
        Some(journals) => journals.into_iter().find(has_it),
        None => match claim.and_then(|claim| claim.restore.as_ref()) {
            Some(id) => cluster.journal(id).await?.map(|stored| stored.journal).filter(Journal::is_open),
            None => None,
        },
    };
    match open {
        None => Ok(()),
        Some(journal) => Err(restore::in_hands(&journal.claim, namespace, &journal.id)),
    }
}

/// In direct mode the claim takes what the binder gives it; a warning if that cannot be seen.
async fn none_is_spare(cluster: &Cluster, journal: &Journal) -> Result<Option<String>> {
    if journal.mode == Mode::Staged {
        return Ok(None);
    }
    match cluster.volumes().await {
        Ok(volumes) => restore::none_is_spare(journal, &volumes).map(|()| None),
        Err(error) if error.reason == Reason::Forbidden => {
            let warning = "whether the PVC would get a volume that is free already cannot be seen: you may not list volumes";
            Ok(Some(warning.to_owned()))
        }
        Err(error) => Err(error),
    }
}

fn new_id() -> String {
    std::iter::repeat_with(|| char::from(LETTERS[fastrand::usize(..LETTERS.len())])).take(ID).collect()
}

/// Refuses whoever may not do all that a restore takes, the way back included.
pub async fn require_rights(cluster: &Cluster, uses_pods: bool) -> Result<()> {
    let probe = PROBE_RIGHTS.iter().filter(|_| uses_pods);
    let reviews = RIGHTS.iter().chain(probe).map(|&(verb, kind)| cluster.require(verb, kind));
    try_join_all(reviews).await.map(|_| ())
}

/// The mode, if everything may be done that it takes.
async fn mode(cluster: &Cluster, request: &Request<'_>, waits: bool) -> Result<Mode> {
    if waits && request.mode == Some(Mode::Direct) {
        // The claim would get its volume when its application starts, unproven.
        let message =
            "the StorageClass waits for a pod, so that the new volume can only be proven in mode staged";
        return Err(Error::new(Reason::StorageClassUnfit, message).hint("leave out --mode"));
    }
    let is_staged = request.mode != Some(Mode::Direct);
    if request.check.is_some() && !is_staged {
        let message = "the new volume can only be checked before the claim is touched in mode staged";
        return Err(Error::new(Reason::FlagsUnfit, message).hint("leave out --mode, or --verify-image"));
    }
    require_rights(cluster, waits || request.check.is_some() || request.scale.delete_pods).await?;
    Ok(request.mode.unwrap_or(Mode::Staged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::rights;

    /// Whoever has the shipped role is not refused.
    #[test]
    fn what_is_asked_for_is_in_the_role_for_people() {
        let all = [rights::RESTORE, rights::RESTORE_CLUSTER].concat();
        for (verb, kind) in RIGHTS.into_iter().chain(PROBE_RIGHTS) {
            let (group, resource, _) = kind.resource();
            let is_it = |right: &&rights::Right| right.group == group && right.resource == resource;
            let granted = all.iter().filter(is_it).any(|right| right.verbs.contains(&verb.as_str()));
            assert!(granted, "{} {resource}", verb.as_str());
        }
    }
}
