//! What would be lost when those who use a claim go, whoever stops them: the claim itself, or others of the same application.
//! Must be asked before anybody is told to stop anything.

use serde_json::Value;

use super::application::{Maker, User};
use super::workloads::deletes_claims;
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::volume::{ReclaimPolicy, Volume};
use crate::model::workload::Named;

/// Refuses a claim that goes with its users, and with it the only copy of what was written since the last snapshot: one that is being
/// deleted and whose volume is not kept, or that belongs to a pod.
///
/// Fails with `ClaimTerminating` or `ClaimsAtRisk`.
pub fn outlives_its_pods(claim: &Claim, volume: Option<&Volume>) -> Result<()> {
    let Claim { name, namespace, .. } = claim;
    if claim.terminating && volume.is_some() && !is_kept(volume) {
        return Err(is_going(claim, volume));
    }
    match owners(claim).find(|owner| owner["kind"] == "Pod") {
        None => Ok(()),
        Some(pod) => {
            let pod = pod["name"].as_str().unwrap_or_default();
            let message =
                format!("PVC {name} in namespace {namespace} belongs to pod {pod} and is deleted with it");
            Err(Error::new(Reason::ClaimsAtRisk, message)
                .hint("if a StatefulSet has whenScaled: Delete, set that to Retain and wait until the PVC has no such owner")
                .hint("else restore into a new claim beside it with --to-pvc"))
        }
    }
}

fn is_kept(volume: Option<&Volume>) -> bool {
    volume.is_some_and(|volume| volume.policy == ReclaimPolicy::Retain)
}

/// The claim is being deleted: with the last pod that uses it goes the volume, unless that is kept.
pub(super) fn is_going(claim: &Claim, volume: Option<&Volume>) -> Error {
    let Claim { name, namespace, .. } = claim;
    let message = format!("PVC {name} in namespace {namespace} is being deleted");
    let error = Error::new(Reason::ClaimTerminating, message);
    let error = match claim.volume.as_ref().filter(|_| !is_kept(volume)) {
        Some(volume) => error.hint(format!(
            "stop nothing that uses it before its volume is kept: {}",
            ReclaimPolicy::Retain.command(volume)
        )),
        None => error,
    };
    error.hint(format!("see what holds it: kubectl describe pvc {name} -n {namespace}"))
}

/// Refuses if what makes the pods deletes claims when it is scaled down, whoever does that. Of what is somebody's own it is not known
/// what its controller does to claims that belong to it; `claims` are those of the namespace.
///
/// Fails with `ClaimsAtRisk`.
pub fn others_stay(users: &[User], claims: &[Claim], namespace: &str) -> Result<()> {
    for maker in users.iter().flat_map(|user| &user.makers) {
        let (who, above) = match maker {
            Maker::Workload(workload) if workload.setting.is_at_rest() => continue,
            Maker::Workload(workload) if workload.deletes_claims => {
                return Err(deletes_claims(workload, namespace));
            }
            Maker::Workload(workload) => (&workload.who, workload.owner.as_ref()),
            Maker::Other(who) => (who, None),
        };
        for who in [who].into_iter().chain(above).filter(|who| who.is_of_another_api()) {
            let is_its = |claim: &&Claim| owners(claim).any(|owner| owner["uid"] == who.uid.as_str());
            let its: Vec<_> = claims.iter().filter(is_its).map(|claim| claim.name.as_str()).collect();
            if !its.is_empty() {
                return Err(may_delete(who, &its, namespace));
            }
        }
    }
    Ok(())
}

/// OpenKruise's CloneSet, for one, deletes the claims of every pod that it takes away.
fn may_delete(who: &Named, claims: &[&str], namespace: &str) -> Error {
    let (what, them) = if claims.len() == 1 { ("PVC", "it") } else { ("PVCs", "them") };
    let message = format!(
        "{who} in namespace {namespace} has {what} {} and may delete {them} when it is scaled down",
        claims.join(", ")
    );
    Error::new(Reason::ClaimsAtRisk, message)
        .hint("restore into a new claim beside it with --to-pvc")
        .hint("or stop it in a way that keeps its PVCs, and run the same command again once it has no pods")
}

fn owners(claim: &Claim) -> impl Iterator<Item = &Value> {
    claim.manifest["metadata"]["ownerReferences"].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::workload::Workload;
    use crate::plan::samples;

    fn reason(result: Result<()>) -> Option<Reason> {
        result.err().map(|error| error.reason)
    }

    #[test]
    fn nobody_is_told_to_stop_what_a_claim_would_go_with() {
        let mut claim = samples::claim("data");
        let kept = Volume { policy: ReclaimPolicy::Retain, ..samples::volume("vol-1") };
        let volume = Volume { policy: ReclaimPolicy::Delete, ..kept.clone() };
        assert_eq!(reason(outlives_its_pods(&claim, Some(&volume))), None);
        claim.terminating = true;
        claim.volume = Some("vol-1".into());
        let error = outlives_its_pods(&claim, Some(&volume)).unwrap_err();
        assert_eq!(error.reason, Reason::ClaimTerminating);
        assert!(error.hints()[0].contains("kubectl patch pv vol-1"), "{error:?}");
        assert_eq!(reason(outlives_its_pods(&claim, None)), None);
        assert_eq!(reason(outlives_its_pods(&claim, Some(&kept))), None);
        claim.manifest["metadata"]["ownerReferences"] =
            json!([{"kind": "Pod", "name": "worker", "uid": "u"}]);
        assert_eq!(reason(outlives_its_pods(&claim, Some(&kept))), Some(Reason::ClaimsAtRisk));
    }

    #[test]
    fn what_deletes_the_claims_of_its_pods_is_not_scaled() {
        let mut own = samples::workload();
        own.who.api_version = "apps.kruise.io/v1alpha1".into();
        own.who.kind = "CloneSet".into();
        let set = samples::workload();
        let deleting = Workload { deletes_claims: true, ..set.clone() };
        let mut claim = samples::claim("data");
        claim.manifest["metadata"]["ownerReferences"] = json!([{"kind": "CloneSet", "uid": own.who.uid}]);
        let of = |maker: Maker, claims: &[Claim]| {
            reason(others_stay(&[User { pod: samples::pod(), makers: vec![maker] }], claims, "shop"))
        };
        let asked =
            |workload: &Workload, claims: &[Claim]| of(Maker::Workload(Box::new(workload.clone())), claims);
        assert_eq!(asked(&own, std::slice::from_ref(&claim)), Some(Reason::ClaimsAtRisk));
        assert_eq!(asked(&own, &[samples::claim("data")]), None);
        // As an operator that owns both the set and its claims, or makes its pods by itself.
        let operated = Workload { owner: Some(own.who.clone()), ..set.clone() };
        assert_eq!(asked(&operated, std::slice::from_ref(&claim)), Some(Reason::ClaimsAtRisk));
        assert_eq!(
            of(Maker::Other(own.who.clone()), std::slice::from_ref(&claim)),
            Some(Reason::ClaimsAtRisk)
        );
        // whenDeleted: Delete makes a StatefulSet the owner, too, which matters only when that is deleted.
        assert_eq!(asked(&set, &[claim]), None);
        assert_eq!(asked(&deleting, &[]), Some(Reason::ClaimsAtRisk));
    }
}
