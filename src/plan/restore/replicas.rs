//! Which groups a StatefulSet's replicas have, so that their claims go back together.
//! Must not leave a replica out: half of an application of an earlier time is none.

use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::workload::ReplicaClaims;

/// The groups of all claims of the replicas, by replica. `claims` and `groups` are those of the namespace.
///
/// Fails with `FlagsUnfit` if the set makes no claims, with `ClaimMissing` if it has none, with `GroupNotFound` if no group covers
/// one of them, with `GroupNotNamed` if several do.
pub fn groups_of(set: &ReplicaClaims, claims: &[Claim], groups: Vec<Group>) -> Result<Vec<Group>> {
    let ReplicaClaims { name, templates, .. } = set;
    if templates.is_empty() {
        let message = format!("statefulset {name} makes no PVCs for its replicas");
        return Err(Error::new(Reason::FlagsUnfit, message).hint("name the groups instead: --group"));
    }
    let names = names_of(set, claims);
    if names.is_empty() {
        let message = format!("statefulset {name} has no replicas, and no PVC of any is left");
        return Err(Error::new(Reason::ClaimMissing, message));
    }
    names.iter().map(|claim| group_of(set, claim, &groups)).collect()
}

/// The claims of the replicas that are wanted; of a set that was stopped, those that it left.
fn names_of(
    ReplicaClaims { name, templates, first, replicas }: &ReplicaClaims,
    claims: &[Claim],
) -> Vec<String> {
    let ordinals: Vec<u64> = match replicas {
        0 => {
            let ordinal = |claim: &Claim, template: &String| {
                let digits = claim.name.strip_prefix(&format!("{template}-{name}-"))?;
                digits.parse().ok().filter(|ordinal: &u64| ordinal.to_string() == digits)
            };
            let of = |claim| templates.iter().find_map(|template| ordinal(claim, template));
            let mut left: Vec<_> = claims.iter().filter_map(of).collect();
            left.sort_unstable();
            left.dedup();
            left
        }
        replicas => (*first..first.saturating_add(*replicas)).collect(),
    };
    let claim = |ordinal: u64| templates.iter().map(move |template| format!("{template}-{name}-{ordinal}"));
    ordinals.into_iter().flat_map(claim).collect()
}

fn group_of(set: &ReplicaClaims, claim: &str, groups: &[Group]) -> Result<Group> {
    let own: Vec<_> = groups.iter().filter(|group| group.claim.name == claim).collect();
    match own[..] {
        [group] => Ok(group.clone()),
        [] => {
            let message = format!("no group covers PVC {claim} of statefulset {}", set.name);
            Err(Error::new(Reason::GroupNotFound, message)
                .hint("restore those that are covered: --group, once for each"))
        }
        [one, another, ..] => {
            let message = format!("groups {} and {} both cover PVC {claim}", one.name, another.name);
            Err(Error::new(Reason::GroupNotNamed, message).hint("name one for each PVC: --group"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group::ClaimRef;
    use crate::plan::samples;

    fn set(templates: &[&str], first: u64, replicas: u64) -> ReplicaClaims {
        let templates = templates.iter().map(|template| (*template).to_owned()).collect();
        ReplicaClaims { name: "db".into(), templates, first, replicas }
    }

    fn group(claim: &str) -> Group {
        let name = format!("of-{claim}");
        Group { claim: ClaimRef::new(&name, Some(claim), None), name, ..samples::group() }
    }

    fn found(set: &ReplicaClaims, claims: &[&str], groups: &[&str]) -> Result<Vec<String>> {
        let claims: Vec<_> = claims.iter().map(|name| samples::claim(name)).collect();
        let groups = groups.iter().map(|claim| group(claim)).collect();
        groups_of(set, &claims, groups).map(|all| all.into_iter().map(|group| group.claim.name).collect())
    }

    #[test]
    fn every_replica_has_its_claims_and_no_other_does() {
        let all = [
            "data-db-0",
            "data-db-1",
            "data-db-10",
            "wal-db-0",
            "wal-db-1",
            "wal-db-10",
            "data-db-x",
            "data-dbx-0",
        ];
        for (set, wanted) in [
            (set(&["data"], 0, 2), &["data-db-0", "data-db-1"][..]),
            (set(&["data", "wal"], 0, 2), &["data-db-0", "wal-db-0", "data-db-1", "wal-db-1"]),
            (set(&["data"], 10, 1), &["data-db-10"]),
            (set(&["data"], 0, 0), &["data-db-0", "data-db-1", "data-db-10"]),
        ] {
            assert_eq!(found(&set, &all, &all).unwrap(), wanted);
        }
        // A claim that is gone is one to get back.
        assert_eq!(found(&set(&["data"], 0, 2), &["data-db-0"], &all).unwrap(), ["data-db-0", "data-db-1"]);
    }

    #[test]
    fn no_replica_is_left_out() {
        let reason = |set, claims: &[&str], groups: &[&str]| found(&set, claims, groups).unwrap_err().reason;
        let all = ["data-db-0", "data-db-1"];
        assert_eq!(reason(set(&[], 0, 2), &all, &all), Reason::FlagsUnfit);
        assert_eq!(reason(set(&["data"], 0, 0), &["data-db-01"], &all), Reason::ClaimMissing);
        assert_eq!(reason(set(&["data"], 0, 2), &all, &all[..1]), Reason::GroupNotFound);
        assert_eq!(
            reason(set(&["data"], 0, 2), &all, &["data-db-0", "data-db-1", "data-db-1"]),
            Reason::GroupNotNamed
        );
    }
}
