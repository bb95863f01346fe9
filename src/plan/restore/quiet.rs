//! Whether a claim may be deleted: nobody uses it, and nothing would keep it half-deleted for ever (check C3).
//! Must be asked of a fresh look, right before the deletion: a claim that is going cannot be called back.

use super::changes;
use super::prepare;
use super::workloads;
use super::world::{Traffic, World};
use super::{Action, Awaited, Next};
use crate::error::{Error, Reason};
use crate::model::claim::Claim;
use crate::model::pod::Pod;
use crate::model::restore::{Course, Journal, Step};
use crate::model::snapshot::{Readiness, Snapshot};
use crate::model::volume::Volume;
use crate::model::workload::{Stage, Stopped};

/// What Kubernetes itself puts on claims, and takes off again.
const KNOWN_FINALIZERS: [&str; 3] = [
    "kubernetes.io/pvc-protection",
    "snapshot.storage.kubernetes.io/pvc-as-source-protection",
    "provisioner.storage.kubernetes.io/cloning-protection",
];

/// Nobody writes to the claim any more; otherwise what has to happen first.
pub(super) fn unused(
    journal: &Journal,
    step: Step,
    claim: &Claim,
    volume: &Volume,
    traffic: &Traffic,
) -> Option<Next> {
    // Whoever uses it may write: of a copy that was asked for before, nobody knows any more that it holds all (reliability.md, F-R13).
    if !traffic.pods.is_empty() && journal.safety.iter().any(|copy| !copy.stale) {
        return Some(prepare::renewed(journal, step));
    }
    let finished = traffic.pods.iter().find(|pod| pod.has_finished() && !pod.terminating);
    if let Some(pod) = finished.filter(|_| journal.deletes_pods) {
        return Some(Next::Do(step, Action::DeletePod(Box::new(pod.clone()))));
    }
    // What makes them stands still, so that they go by themselves; whatever else may use the claim does not.
    let will_go = |pod: &&Pod| pod.terminating || is_of_stopped(journal, pod) && !pod.has_finished();
    let stay: Vec<_> = traffic.pods.iter().filter(|pod| !will_go(pod)).cloned().collect();
    if !stay.is_empty() {
        return Some(Next::Stop(step, in_use(claim, &stay)));
    }
    if !traffic.pods.is_empty() {
        return Some(Next::Wait(step, Awaited::PodsGone(claim.name.clone())));
    }
    let attached = traffic.attached.as_ref().is_some_and(|nodes| !nodes.is_empty());
    // What the last pod wrote may still lie in its node's memory (reliability.md, section 0, fact 9).
    attached.then(|| Next::Wait(step, Awaited::Volume(volume.name.clone())))
}

/// The claim that is being deleted is waited for. A pod that got a node between the last look and the deletion keeps it for as long
/// as it is there: whoever started it is named, and stopped once more when a person goes on, whichever way.
pub(super) fn gone(journal: &Journal, world: &World, step: Step, claim: &Claim) -> Next {
    // Whoever deletes it, its volume is kept before anything that holds the claim is stopped.
    if let Some(old) = world.old(journal).filter(|old| !changes::is_pinned(journal, old)) {
        let pin = changes::pin(journal, old, journal.old.policy, true);
        let step = if journal.course == Course::Back { Step::Keep } else { Step::Pin };
        return Next::Do(step, Action::ChangeVolume(pin));
    }
    let wait = || Next::Wait(step, Awaited::Gone(claim.name.clone()));
    if !journal.swapped {
        return wait();
    }
    let Some(seen) = world.workloads(journal) else { return Next::Look(step) };
    let Some(traffic) = &world.traffic else { return Next::Look(step) };
    let keeps = |pod: &&Pod| pod.is_scheduled && !pod.terminating;
    let pods: Vec<_> = traffic.pods.iter().filter(keeps).cloned().collect();
    let finished = pods.iter().find(|pod| pod.has_finished());
    if let Some(pod) = finished.filter(|_| journal.deletes_pods) {
        return Next::Do(step, Action::DeletePod(Box::new(pod.clone())));
    }
    if pods.is_empty() {
        return wait();
    }
    let kept = in_use(claim, &pods);
    match workloads::stop(journal, seen) {
        Some(Next::Stop(step, error)) => Next::Stop(step, error.cause(kept.message)),
        Some(next) => next,
        // What makes them stands still, so that they go by themselves.
        None if finished.is_none() && pods.iter().all(|pod| is_of_stopped(journal, pod)) => wait(),
        None => Next::Stop(step, kept),
    }
}

/// What makes the pod was stopped, and not another one of the same name since. What a Deployment or a CronJob makes in between is called
/// after it.
fn is_of_stopped(journal: &Journal, pod: &Pod) -> bool {
    let Some(owner) = &pod.owner else { return false };
    let is_between = ["ReplicaSet", "Job"].contains(&owner.kind.as_str());
    journal.workloads.iter().any(|Stopped { who, .. }| {
        who.uid == owner.uid || is_between && owner.name.starts_with(&format!("{}-", who.name))
    })
}

/// A refusal that names the pods, and how they are stopped.
pub fn in_use(claim: &Claim, pods: &[Pod]) -> Error {
    let Claim { name, namespace, .. } = claim;
    let names: Vec<_> = pods.iter().map(|pod| pod.name.as_str()).collect();
    let (word, verb) = if names.len() == 1 { ("pod", "uses") } else { ("pods", "use") };
    let message = format!("{word} {} {verb} PVC {name} in namespace {namespace}", names.join(", "));
    let mut owners: Vec<_> = pods.iter().map(|pod| how_to_stop(pod, namespace)).collect();
    owners.sort();
    owners.dedup();
    let error = Error::new(Reason::ClaimInUse, message);
    let error = go_along(pods).into_iter().fold(error, Error::cause);
    let mut sets =
        pods.iter().filter_map(|pod| pod.owner.as_ref()).filter(|owner| owner.kind == "StatefulSet");
    let error = match sets.next() {
        // Whoever has set that loses all claims of the set when it is scaled down (reliability.md, F-R8).
        Some(set) => error.hint(format!(
            "see first that it keeps its PVCs; this must not say Delete: kubectl get {} -n {namespace} -o jsonpath='{{.spec.persistentVolumeClaimRetentionPolicy.whenScaled}}'",
            set.for_kubectl()
        )),
        None => error,
    };
    owners.into_iter().fold(error, Error::hint)
}

/// Claims that were made for the pods alone go with them, as they do each time: for a person to know.
pub fn go_along(pods: &[Pod]) -> Vec<String> {
    let each = pods.iter().flat_map(|pod| pod.own_claims.iter().map(move |claim| (pod, claim)));
    each.map(|(pod, claim)| format!("PVC {claim} was made for pod {} alone and goes with it", pod.name))
        .collect()
}

fn how_to_stop(pod: &Pod, namespace: &str) -> String {
    match &pod.owner {
        _ if pod.has_finished() => format!(
            "it has finished: delete it, or let the restore do that with --delete-pods: kubectl delete pod {} -n {namespace}",
            pod.name
        ),
        Some(owner) if owner.kind == "StatefulSet" => {
            format!("stop it: kubectl scale {} -n {namespace} --replicas=0", owner.for_kubectl())
        }
        // A Deployment would undo at once what is done to its ReplicaSet, which is called after it.
        Some(owner) if owner.kind == "ReplicaSet" => {
            let deployment = owner.name.rsplit_once('-').map_or(owner.name.as_str(), |(name, _)| name);
            format!(
                "stop it first, or whatever else controls {owner}: kubectl scale deployment/{deployment} -n {namespace} --replicas=0"
            )
        }
        Some(owner) => format!("stop {owner} first, which makes pod {} anew when it is deleted", pod.name),
        None => format!(
            "nothing makes it again: write it down, then delete it: kubectl get pod {0} -n {namespace} -o yaml > {0}.yaml; kubectl delete pod {0} -n {namespace}",
            pod.name
        ),
    }
}

/// An application is not stopped for a claim that could not be deleted afterwards, or that somebody else uses; nor is it copied for that
/// again and again.
pub(super) fn hopeless(journal: &Journal, claim: &Claim, traffic: &Traffic) -> Option<Next> {
    let (step, is_too_late) = match journal.workloads.as_slice() {
        [] => (Step::Quiet, journal.safety.iter().any(|copy| !copy.stale)),
        all => (Step::Stop, all.iter().all(|noted| noted.stage == Stage::Stopped)),
    };
    if is_too_late {
        return None;
    }
    // Whoever is not stopped for it stays.
    let stays = |pod: &&Pod| match pod.has_finished() {
        true => !pod.terminating && !journal.deletes_pods,
        false => !pod.terminating && !is_of_stopped(journal, pod),
    };
    let stay: Vec<_> = traffic.pods.iter().filter(stays).cloned().collect();
    if !stay.is_empty() && !journal.workloads.is_empty() {
        return Some(Next::Stop(step, in_use(claim, &stay)));
    }
    let is_ours = |snapshot: &Snapshot| journal.is_ours(snapshot.restore.as_ref());
    let others = traffic.unready.iter().filter(|snapshot| !is_ours(snapshot)).cloned().collect();
    deletable(journal, step, claim, &Traffic { unready: others, ..traffic.clone() })
}

/// Nothing would keep the claim from going; otherwise what has to happen first.
pub(super) fn deletable(journal: &Journal, step: Step, claim: &Claim, traffic: &Traffic) -> Option<Next> {
    // A backup that is just being taken will be ready by itself. So may be one of ours that was given up for another: the claim would
    // hang on it all the same.
    let (coming, stuck): (Vec<_>, Vec<_>) = traffic.unready.iter().cloned().partition(|snapshot| {
        snapshot.readiness == Readiness::Creating || journal.is_ours(snapshot.restore.as_ref())
    });
    if let Some(error) = pinned(journal, claim, &Traffic { unready: stuck, ..traffic.clone() }) {
        return Some(Next::Stop(step, error));
    }
    coming.first().map(|snapshot| Next::Wait(step, Awaited::Ready(snapshot.name.clone())))
}

/// What somebody else has to do before the claim can go.
pub(super) fn pinned(journal: &Journal, claim: &Claim, traffic: &Traffic) -> Option<Error> {
    let Claim { name, namespace, .. } = claim;
    let stuck = |message: String, hint: String| Some(Error::new(Reason::ClaimPinned, message).hint(hint));
    let foreign = claim.finalizers.iter().find(|finalizer| !KNOWN_FINALIZERS.contains(&finalizer.as_str()));
    if let Some(finalizer) = foreign {
        return stuck(
            format!(
                "PVC {name} in namespace {namespace} has the finalizer {finalizer}, which would keep it half-deleted"
            ),
            "find out whose it is and have it removed by its owner; it is never removed here".to_owned(),
        );
    }
    let is_ours = |snapshot: &&Snapshot| journal.is_ours(snapshot.restore.as_ref());
    if let Some(snapshot) = traffic.unready.iter().find(|snapshot| !is_ours(snapshot)) {
        return stuck(
            format!(
                "volumesnapshot {} in namespace {namespace} is not ready and keeps PVC {name} from going",
                snapshot.name
            ),
            format!(
                "wait until it is ready, or delete it: kubectl delete volumesnapshot {} -n {namespace}",
                snapshot.name
            ),
        );
    }
    if let Some(copy) = traffic.copies.first() {
        return stuck(
            format!("PVC {copy} in namespace {namespace} is being copied from PVC {name}"),
            format!("wait until it is bound: kubectl get pvc {copy} -n {namespace} -w"),
        );
    }
    None
}
