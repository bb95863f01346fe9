//! What is said when something was waited for long enough: what is known of why it does not come, and how it goes on from there.
//! Best effort: what may not be read is left out.

use std::time::Duration;

use crate::cluster::connect::Cluster;
use crate::cluster::events::Subject;
use crate::error::{Error, Reason};
use crate::model::restore::Journal;
use crate::model::snapshot::Readiness;
use crate::plan::restore::{Awaited, World};

/// Whoever uses the claim, and what makes them: that may be somebody else's, of a like name.
fn with_pods(error: Error, world: &World) -> Error {
    let pods = world.traffic.iter().flat_map(|traffic| &traffic.pods);
    pods.fold(error, |error, pod| {
        let of = pod.owner.as_ref().map(|owner| format!(" of {owner}")).unwrap_or_default();
        error.cause(format!("pod {}{of} is still there", pod.name))
    })
}

pub(super) async fn over(
    cluster: &Cluster,
    journal: &Journal,
    awaited: &Awaited,
    world: &World,
    timeout: Duration,
) -> Error {
    let seconds = timeout.as_secs();
    let error = Error::new(Reason::TimedOut, format!("waited {seconds}s for {awaited}"));
    let error = match (awaited, &world.claim) {
        (Awaited::Gone(name), Some(claim)) if claim.name == *name && !claim.finalizers.is_empty() => {
            with_pods(error.cause(format!("it is kept by {}", claim.finalizers.join(", "))), world)
        }
        (Awaited::Bound(claim), _) => {
            let words = world.probe.as_ref().and_then(|probe| probe.unscheduled.clone());
            let told = words.map(|words| format!("the pod that is to use it gets no node: {words}"));
            let told = told.or(last_warning(cluster, &journal.namespace, claim).await);
            told.into_iter().fold(error, Error::cause)
        }
        (Awaited::Ready(name), _) => match &world.safety {
            Some((snapshot, _)) if snapshot.name == *name => match &snapshot.readiness {
                Readiness::Failing(words) => error.cause(words),
                Readiness::Creating | Readiness::Ready => error,
            },
            _ => error,
        },
        (Awaited::Volume(_), _) => {
            let nodes = world.traffic.iter().flat_map(|traffic| traffic.attached.iter().flatten());
            nodes.fold(error, |error, node| error.cause(format!("it is still attached to node {node}")))
        }
        (Awaited::PodsGone(_), _) => with_pods(error, world),
        _ => error,
    };
    let Journal { id, namespace, claim, .. } = journal;
    let unready = || world.traffic.iter().flat_map(|traffic| &traffic.unready);
    let is_anothers = |name: &String| {
        unready().any(|snapshot| snapshot.name == *name && !journal.is_ours(snapshot.restore.as_ref()))
    };
    let go_on = format!("kubectl gemini restore --resume {id} -n {namespace}");
    match awaited {
        Awaited::Running(who) => error
            .hint(format!("see why: kubectl describe {} -n {namespace}; kubectl get pods -n {namespace}", who.for_kubectl()))
            .hint(format!("if it is not the data, end the restore all the same: {go_on} --accept-unready")),
        Awaited::PodsGone(_) => error
            .hint("a pod of a node that is gone stays until the node is back or is deleted; it may still write, so it is never removed by force here")
            .hint(format!("go on when they are gone: {go_on}")),
        Awaited::Ready(name) if is_anothers(name) => error
            .hint(format!("it keeps PVC {claim} from going; if it never will be ready: kubectl delete volumesnapshot {name} -n {namespace}"))
            .hint(format!("go on when it is ready, or gone: {go_on}")),
        _ => error.hint(format!("go on when it has happened: {go_on}")),
    }
}

/// What the controllers said last of a claim that is not bound.
async fn last_warning(cluster: &Cluster, namespace: &str, claim: &str) -> Option<String> {
    let (namespace, name) = (Some(namespace.to_owned()), claim.to_owned());
    let subject = Subject { kind: "PersistentVolumeClaim", namespace, name };
    cluster.warnings_about(&subject).await.ok()?.pop()
}
