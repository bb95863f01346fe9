//! What others do while a restore is under way: pods, run-once, controllers with an opinion, somebody who deletes the journal.
//! Must do only what a real cluster would allow.

use super::super::*;
use super::play::{CLAIM, Play};
use crate::model::claim::ClaimPhase;
use crate::model::snapshot::Readiness;
use crate::model::volume::{ReclaimPolicy, Volume};
use crate::model::workload::Setting;
use crate::plan::samples;

impl Play {
    /// The journal is gone. Before anything was done, it is as if nothing had begun.
    pub fn lose_journal(&mut self) {
        let all = |(volume, _): &(Volume, _)| volume.clone();
        let (volumes, claims): (Vec<_>, Vec<_>) =
            (self.small.volumes.values().map(all).collect(), self.small.claims.values().cloned().collect());
        let snapshots: Vec<_> =
            self.small.snapshots.values().map(|(snapshot, ..)| snapshot.clone()).collect();
        let (id, namespace) = (self.journal.id.clone(), self.journal.namespace.clone());
        let remains = Remains {
            id: &id,
            namespace: &namespace,
            volumes: &volumes,
            snapshots: &snapshots,
            claims: &claims,
        };
        match rebuild(&remains, "pause", samples::now()) {
            Ok(journal) => {
                self.tale.push(format!("-- made again: {journal:?}"));
                self.journal = journal;
            }
            Err(_) => {
                let is_untouched = self.small.volumes["pv-1"].0.mark.is_none();
                assert!(is_untouched, "no way back:\n{}", self.tale.join("\n"));
            }
        }
    }

    /// The pods go, after they have written.
    pub fn pods_go(&mut self) {
        if !std::mem::take(&mut self.small.pods).is_empty() {
            self.small.write(CLAIM);
            self.small.app.iter_mut().for_each(|app| app.ready = 0);
        }
    }

    /// A person clears away what stands in the way.
    pub fn is_seen_to(&mut self) {
        self.pods_go();
        self.small.snapshots.retain(|_, (snapshot, ..)| !matches!(snapshot.readiness, Readiness::Failing(_)));
    }

    fn has_old_volume(&self) -> bool {
        let claim = self.small.claims.get(CLAIM);
        let claim = claim.filter(|claim| claim.phase == ClaimPhase::Bound && !claim.terminating);
        claim.and_then(|claim| claim.volume.as_deref()) == Some("pv-1")
    }

    /// Another user, a controller, run-once.
    pub fn neighbour(&mut self) {
        let name = format!("photos-{}", self.rng.u32(2..99));
        let what = self.rng.u8(0..6);
        self.tale.push(format!("   neighbour {what}"));
        match what {
            // No pod gets a claim that is going.
            0 if self.small.claims.get(CLAIM).is_some_and(|claim| !claim.terminating) => {
                self.small.pods = vec![samples::pod()]
            }
            0 => {}
            1 => self.pods_go(),
            // As run-once takes one.
            2 => {
                let mut draft = Rehearsal::new(&self.journal).safety;
                draft.occasion = crate::model::draft::Occasion::Scheduled { name, intervals: vec![] };
                let name = draft.name();
                let _ = self.small.carry_out(&Action::TakeSnapshot(Box::new(draft)), "");
                let fails = self.rng.u8(0..3) == 0;
                let taken = self.small.snapshots.get_mut(&name).filter(|_| fails);
                taken
                    .into_iter()
                    .filter(|(snapshot, ..)| snapshot.readiness == Readiness::Creating)
                    .for_each(|(snapshot, ..)| snapshot.readiness = Readiness::Failing("no space".into()));
            }
            // Once its claim is gone, that would be the end of the volume at once.
            // Against that and a deletion on its way at once only an admission policy helps (reliability.md, F-R15).
            3 if self.has_old_volume() && self.late.is_empty() => {
                self.small.touch("pv-1", |volume| volume.policy = ReclaimPolicy::Delete)
            }
            3 => {}
            // An autoscaler that nobody paused.
            4 if self.small.app.is_some() => {
                let version = self.small.next();
                self.small.app.iter_mut().for_each(|app| {
                    (app.setting, app.resource_version) = (Setting::Replicas(1), Some(version.clone()));
                });
            }
            4 => {}
            // A StatefulSet makes its claim, without a volume.
            _ => {
                let (namespace, name) = ("media".to_owned(), CLAIM.to_owned());
                let _ = self.small.create_claim(&crate::model::draft::ClaimDraft {
                    namespace,
                    name,
                    ..Default::default()
                });
            }
        }
        self.check();
    }
}
