//! Which snapshots claims are being filled from: deleting one of them would leave a claim without its data.
//! Must not ask whose claims they are: a restore by hand counts like one of ours.

use std::collections::BTreeSet;

use crate::model::claim::{Claim, ClaimPhase};

/// Names of the snapshots of `namespace` that a claim which is still Pending has as its data source (reliability.md
/// F-P1). Also one that is being deleted counts: its volume may be in the making. `claims` may be of many namespaces.
pub fn sources<'a>(claims: &'a [Claim], namespace: &str) -> BTreeSet<&'a str> {
    claims
        .iter()
        .filter(|claim| claim.namespace == namespace && claim.phase == ClaimPhase::Pending)
        .filter_map(|claim| claim.snapshot_source.as_deref())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn claim(name: &str, phase: ClaimPhase, snapshot: Option<&str>) -> Claim {
        Claim { phase, snapshot_source: snapshot.map(str::to_owned), ..samples::claim(name) }
    }

    #[test]
    fn only_a_claim_that_still_waits_for_its_data_spares_a_snapshot() {
        let claims = [
            claim("a", ClaimPhase::Pending, Some("photos-1")),
            Claim { terminating: true, ..claim("b", ClaimPhase::Pending, Some("photos-2")) },
            claim("c", ClaimPhase::Pending, Some("photos-1")),
            claim("d", ClaimPhase::Bound, Some("photos-3")),
            claim("e", ClaimPhase::Lost, Some("photos-4")),
            claim("f", ClaimPhase::Pending, None),
            Claim { namespace: "shop".into(), ..claim("g", ClaimPhase::Pending, Some("photos-5")) },
        ];
        assert_eq!(sources(&claims, "media").into_iter().collect::<Vec<_>>(), ["photos-1", "photos-2"]);
        assert_eq!(sources(&claims, "shop").into_iter().collect::<Vec<_>>(), ["photos-5"]);
        assert!(sources(&claims, "blog").is_empty());
    }
}
