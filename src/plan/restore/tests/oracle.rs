//! What must hold of a restore after every single move, and at its end (reliability.md, section 2).
//! Must look at the cluster in small alone: what the journal says is not believed.

use super::play::{CLAIM, Play};
use super::small::Data;
use crate::model::claim::ClaimPhase;
use crate::model::restore::Outcome;
use crate::model::snapshot::Readiness;
use crate::model::volume::ReclaimPolicy;
use crate::model::workload::{Setting, Workload};

impl Play {
    /// I1 to I3 of reliability.md, section 2.
    pub fn check(&self) {
        let tale = || self.tale.join("\n");
        let (small, journal) = (&self.small, &self.journal);
        let original = small.volumes.values().find(|(_, data)| *data == Data::Original);
        let (volume, _) = original.unwrap_or_else(|| panic!("the original data is gone:\n{}", tale()));
        let is_kept = volume.policy == ReclaimPolicy::Retain;
        let claim = small.claims.values().find(|claim| Some(claim.uid.as_str()) == volume.claim_uid());
        let has_claim = claim.is_some_and(|claim| !claim.terminating);
        assert!(is_kept || has_claim, "the original data is about to go:\n{}", tale());
        let has_stray = small.volumes.values().any(|(_, data)| *data == Data::Foreign);
        assert_eq!(has_stray, self.has_stray, "somebody else's volume is gone:\n{}", tale());
        let written = small.writes.keys().filter(|name| name.starts_with("pv-"));
        let is_lost = |name: &&String| !small.volumes.contains_key(*name);
        assert_eq!(written.clone().find(is_lost), None, "what was written to is gone:\n{}", tale());
        assert!(volume.claim.is_some(), "the old volume is anybody's:\n{}", tale());
        let (source, content, _) = &small.snapshots[&journal.source.snapshot];
        assert!(source.readiness == Readiness::Ready && content.is_some());
        if let Some(claim) = small.claims.get(CLAIM).filter(|claim| claim.phase == ClaimPhase::Bound) {
            let data = small.volumes.get(claim.volume.as_ref().unwrap()).map(|(_, data)| *data);
            let is_ours = journal.is_ours(claim.restore.as_ref()) || claim.uid == journal.old.claim_uid;
            assert!(!is_ours || data.is_some_and(|data| data != Data::Empty), "{data:?}:\n{}", tale());
        }
    }

    pub fn holds(&self, wanted: Data) {
        let volume = self.small.claims[CLAIM].volume.as_ref();
        let data = volume.and_then(|volume| self.small.volumes.get(volume)).map(|(_, data)| *data);
        assert_eq!(data, Some(wanted), "{}", self.tale.join("\n"));
    }

    /// The application is set as it was (I4).
    pub fn app_runs(&self) {
        let is_set = |app: &Workload| app.setting == Setting::Replicas(1);
        assert!(self.small.app.iter().all(is_set), "the application stands still:\n{}", self.tale.join("\n"));
    }

    /// How a restore leaves the cluster: I4 to I6.
    pub fn ended(&mut self, outcome: Outcome) {
        while !self.small.moves().is_empty() {
            self.controllers();
        }
        let tale = || self.tale.join("\n");
        let small = &self.small;
        let claim = &small.claims[CLAIM];
        let (volume, data) = &small.volumes[claim.volume.as_ref().unwrap()];
        let (wanted, others) = match outcome {
            Outcome::Restored => (Data::Restored, [Data::Original].as_slice()),
            Outcome::Undone => (Data::Original, [Data::Restored].as_slice()),
            _ => (Data::Original, [].as_slice()),
        };
        assert_eq!(*data, wanted, "{outcome:?}:\n{}", tale());
        assert_eq!((volume.policy, volume.mark.is_none()), (ReclaimPolicy::Delete, true), "{}", tale());
        assert_eq!(small.snapshots["photos-1"].0.hold, None, "{}", tale());
        assert!(small.probe.is_none(), "{}", tale());
        assert!(small.app.iter().all(Workload::is_ready), "the application does not run:\n{}", tale());
        self.app_runs();
        assert_eq!(small.claims.keys().collect::<Vec<_>>(), [CLAIM], "{}", tale());
        let kept = small.volumes.values().filter(|(kept, _)| kept.name != volume.name);
        assert_eq!(kept.map(|(_, data)| *data).collect::<Vec<_>>(), others, "{outcome:?}:\n{}", tale());
        if let [replaced] = others {
            self.is_copied(*replaced);
        }
    }

    /// What was replaced was copied, with the last that was written to it.
    pub fn is_copied(&self, replaced: Data) {
        let small = &self.small;
        let (volume, _) = small.volumes.values().find(|(_, data)| *data == replaced).unwrap();
        let copies = small.snapshots.values().filter(|(copy, _, data)| {
            let is_safety = copy.restore.is_some() && copy.readiness == Readiness::Ready && *data == replaced;
            is_safety && small.writes.get(&copy.name) == small.writes.get(&volume.name).or(Some(&0))
        });
        assert!(copies.count() > 0, "no safety snapshot of the last state:\n{}", self.tale.join("\n"));
    }
}
