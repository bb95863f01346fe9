//! The end of a restore: the wait for the new claim, the proof of its volume, and what is said about both.
//! Must not say "restored" before the new volume's origin is proven, nor for what was not observed.

use super::Plan;
use crate::cluster::connect::Cluster;
use crate::cluster::wait::{End, Patience, Waited};
use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::duration;
use crate::plan::clone::{self, Outlook, Step};
use crate::plan::origin;
use crate::ui::documents::rfc3339;
use crate::ui::terminal::Ui;

/// Waits until the claim is bound, and proves its volume. A claim that waits for a pod is done as it is.
pub(super) async fn finish(
    cluster: &Cluster,
    claim: Claim,
    plan: &mut Plan,
    patience: &Patience,
    ui: &Ui,
) -> Result<()> {
    plan.item.size = claim.requested.as_ref().map(Into::into);
    if clone::outlook(&claim, plan.class.as_ref()) == Outlook::WhenUsed {
        plan.item.phase = Some("Pending");
        ui.note(&format!(
            "PVC {} is Pending until a pod uses it; it is filled then. Its data is not proven yet: the same command proves it when it is bound: {}",
            claim.name, plan.again
        ));
        return Ok(());
    }
    let was_bound = matches!(plan.step, Step::Adopt) && claim.phase == ClaimPhase::Bound;
    let waited = cluster.claim_bound(claim, patience).await?;
    plan.item.reports.clone_from(&waited.reports);
    plan.item.phase = phase(&waited);
    let claim = bound(&waited, &plan.again, patience)?;
    let volume = cluster.volume_of(Some(claim)).await.map_err(Error::after_change)?.ok_or_else(|| {
        Error::new(Reason::ClaimLost, format!("the volume of PVC {} is gone", claim.name)).after_change()
    })?;
    plan.item.volume = Some(volume.name.clone());
    plan.item.size = claim.capacity.as_ref().map(Into::into);
    origin::prove_claim(claim, &volume, &plan.expected)?;
    plan.item.verified = true;
    let snapshot = &plan.item.snapshot;
    ui.note(&match was_bound {
        false => format!(
            "PVC {} is bound after {} and holds the data of snapshot {snapshot}, taken {}.",
            claim.name,
            duration::typed(waited.took),
            rfc3339(plan.taken)
        ),
        // It may have been written to since.
        true => format!("PVC {} is bound already and was made from snapshot {snapshot}.", claim.name),
    });
    Ok(())
}

fn phase(waited: &Waited<Claim>) -> Option<&'static str> {
    match (waited.end, &waited.last.phase) {
        (End::Reached, _) => Some("Bound"),
        (_, ClaimPhase::Lost) => Some("Lost"),
        (End::Gone, _) => None,
        _ => Some("Pending"),
    }
}

fn bound<'a>(waited: &'a Waited<Claim>, again: &str, patience: &Patience) -> Result<&'a Claim> {
    let Claim { name, namespace, .. } = &waited.last;
    let error = match waited.end {
        End::Reached => return Ok(&waited.last),
        End::TimedOut => {
            let limit = duration::typed(patience.timeout);
            Error::new(
                Reason::TimedOut,
                format!("PVC {name} is not bound after {limit}; it stays and may still be filled"),
            )
            .hint(format!("wait on: {again}"))
            .hint(format!("or give it up: kubectl delete pvc {name} -n {namespace}"))
        }
        End::Interrupted => Error::new(
            Reason::Interrupted,
            format!("stopped waiting for PVC {name}; it stays and may still be filled"),
        )
        .hint(format!("wait on: {again}")),
        End::Gone => gone(&waited.last, again),
    };
    Err(match waited.reports.last() {
        Some(text) => error.cause(format!("reported last: {text}")),
        None => error,
    })
}

/// Deleted, or there but without its volume.
fn gone(claim: &Claim, again: &str) -> Error {
    let Claim { name, namespace, .. } = claim;
    let error = match (&claim.phase, &claim.volume) {
        (ClaimPhase::Lost, volume) if !claim.terminating => {
            let volume = volume.as_deref().unwrap_or("unknown");
            Error::new(
                Reason::ClaimLost,
                format!("PVC {name} in namespace {namespace} has lost its volume {volume}"),
            )
            .hint(format!("delete it, then restore again: kubectl delete pvc {name} -n {namespace}; {again}"))
        }
        _ => Error::new(
            Reason::ClaimTerminating,
            format!("PVC {name} in namespace {namespace} was deleted before it was bound"),
        )
        .hint(format!("when it is gone, restore again: {again}")),
    };
    error.after_change()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::storage;
    use crate::error::ExitCode;

    const AGAIN: &str = "kubectl gemini restore db -n media --snapshot db-1 --to-pvc copy";

    fn claim(phase: &str) -> Claim {
        let object = serde_json::json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "copy", "namespace": "media", "uid": "1"},
            "spec": {"volumeName": "pv-1"}, "status": {"phase": phase},
        });
        storage::claim(&serde_json::from_value(object).unwrap()).unwrap()
    }

    #[test]
    fn a_claim_that_was_deleted_is_told_from_one_that_lost_its_volume() {
        for (state, reason) in [("Pending", Reason::ClaimTerminating), ("Lost", Reason::ClaimLost)] {
            let waited = Waited { last: claim(state), end: End::Gone, reports: vec![], took: Duration::ZERO };
            let error = gone(&waited.last, AGAIN);
            assert_eq!((error.reason, error.exit_code()), (reason, ExitCode::Partial));
            assert!(error.hints()[0].ends_with(AGAIN), "{error:?}");
            assert_eq!(phase(&waited), (state == "Lost").then_some("Lost"));
        }
    }
}
