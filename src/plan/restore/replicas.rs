//! Which groups a StatefulSet's replicas have, so that their claims go back together.
//! Must not leave a replica out: half of an application of an earlier time is none.

use std::collections::BTreeSet;

use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::workload::ReplicaClaims;

/// What a restore of all replicas is about.
#[derive(Clone, Debug)]
pub struct OfReplicas {
    /// The groups of their claims, by replica.
    pub groups: Vec<Group>,
    /// Claims that the set made for replicas that are not wanted now.
    pub left_out: Vec<String>,
}

/// Finds the groups of the claims of the replicas that are wanted; of a set that is stopped, of all that it left. `claims` and
/// `groups` are those of the namespace.
///
/// Fails with `FlagsUnfit` if the set makes no claims, with `ClaimMissing` if it has none, with `GroupNotFound` if no group covers
/// one of them, with `GroupNotNamed` if several do.
pub fn groups_of(set: &ReplicaClaims, claims: &[Claim], groups: Vec<Group>) -> Result<OfReplicas> {
    let ReplicaClaims { name, templates, first, replicas } = set;
    if templates.is_empty() {
        let message = format!("statefulset {name} makes no PVCs for its replicas");
        return Err(unfit(Reason::FlagsUnfit, message).hint("name the groups instead: --group"));
    }
    // Of a claim that is gone its group still tells.
    let names = claims.iter().map(|claim| &claim.name).chain(groups.iter().map(|group| &group.claim.name));
    let seen: BTreeSet<u64> = names.filter_map(|name| ordinal(set, name)).collect();
    let wanted: BTreeSet<u64> = match replicas {
        0 => seen.range(first..).copied().collect(),
        replicas => (*first..first.saturating_add(*replicas)).collect(),
    };
    if wanted.is_empty() {
        let message = format!("statefulset {name} has no replicas, and no PVC of any is left");
        return Err(Error::new(Reason::ClaimMissing, message));
    }
    let of =
        |ordinal: &u64| templates.iter().map(move |template| claim_of(template, name, *ordinal)).collect();
    let all = |ordinals: &BTreeSet<u64>| {
        ordinals.iter().flat_map(|ordinal| -> Vec<String> { of(ordinal) }).collect()
    };
    let covered: Vec<String> = all(&wanted);
    let is_there = |name: &String| claims.iter().any(|claim| claim.name == *name);
    let left_out: Vec<String> = all(&seen.difference(&wanted).copied().collect());
    Ok(OfReplicas {
        groups: covered.iter().map(|claim| group_of(set, claim, &groups)).collect::<Result<_>>()?,
        left_out: left_out.into_iter().filter(is_there).collect(),
    })
}

fn claim_of(template: &str, set: &str, ordinal: u64) -> String {
    format!("{template}-{set}-{ordinal}")
}

/// The number of the replica that a claim was made for.
fn ordinal(ReplicaClaims { name, templates, .. }: &ReplicaClaims, claim: &str) -> Option<u64> {
    let number = claim.rsplit_once('-')?.1.parse().ok()?;
    templates.iter().any(|template| claim_of(template, name, number) == claim).then_some(number)
}

/// What was asked for does not fit what the cluster holds; the command line alone does not tell.
fn unfit(reason: Reason, message: String) -> Error {
    Error::new(reason, message).exits(ExitCode::Failed)
}

fn group_of(set: &ReplicaClaims, claim: &str, groups: &[Group]) -> Result<Group> {
    let own: Vec<_> = groups.iter().filter(|group| group.claim.name == claim).collect();
    match own[..] {
        [group] => Ok(group.clone()),
        [] => {
            let message = format!("no group covers PVC {claim} of statefulset {}", set.name);
            Err(Error::new(Reason::GroupNotFound, message).hint(
                "to restore those that are covered, and leave that one as it is: --group, once for each",
            ))
        }
        [one, another, ..] => {
            let message = format!("groups {} and {} both cover PVC {claim}", one.name, another.name);
            Err(unfit(Reason::GroupNotNamed, message).hint("name one for each PVC: --group"))
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
        let found = groups_of(set, &claims, groups)?;
        Ok(found.groups.into_iter().map(|group| group.claim.name).collect())
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
        // One that is gone is named afterwards, and not passed over.
        assert_eq!(found(&set(&["data"], 0, 2), &["data-db-0"], &all).unwrap(), ["data-db-0", "data-db-1"]);
        assert_eq!(
            found(&set(&["data"], 0, 0), &["data-db-0"], &all[..2]).unwrap(),
            ["data-db-0", "data-db-1"]
        );
        let claims = all.map(samples::claim);
        let groups = || all.map(group).into();
        let left_out = |first, replicas| {
            groups_of(&set(&["data"], first, replicas), &claims, groups()).unwrap().left_out
        };
        assert_eq!(left_out(0, 1), ["data-db-1", "data-db-10"]);
        assert_eq!(left_out(1, 0), ["data-db-0"]);
    }

    #[test]
    fn no_replica_is_left_out() {
        let reason = |set, claims: &[&str], groups: &[&str]| found(&set, claims, groups).unwrap_err().reason;
        let all = ["data-db-0", "data-db-1"];
        assert_eq!(reason(set(&[], 0, 2), &all, &all), Reason::FlagsUnfit);
        assert_eq!(reason(set(&["data"], 0, 0), &["data-db-01"], &[]), Reason::ClaimMissing);
        assert_eq!(reason(set(&["data"], 0, 2), &all, &all[..1]), Reason::GroupNotFound);
        assert_eq!(
            reason(set(&["data"], 0, 2), &all, &["data-db-0", "data-db-1", "data-db-1"]),
            Reason::GroupNotNamed
        );
    }
}
