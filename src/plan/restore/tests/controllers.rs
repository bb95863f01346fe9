//! The controllers of a cluster in small: the binder, the provisioner, the protection of claims, the snapshotter, one move at a
//! time. Their rules are those of the real ones (reliability.md, section 0).

use chrono::TimeDelta;

use super::play::CLAIM;
use super::small::{Data, Small};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::pod::Pod;
use crate::model::snapshot::{Content, Readiness};
use crate::model::volume::{ReclaimPolicy, Reservation, Volume, VolumePhase};
use crate::plan::samples;

/// A move of a controller.
#[derive(Clone, Debug)]
pub enum Move {
    Provision(String),
    Bind(String, String),
    Free(String),
    Release(String),
    Reclaim(String),
    Finalize(String),
    Cut(String),
    EndProbe,
    EndCheck(bool),
    StartPod,
    StopPod,
    RunPod,
}

impl Small {
    /// All moves that some controller may make now.
    pub fn moves(&self) -> Vec<Move> {
        let mut moves = vec![];
        for claim in self.claims.values() {
            let name = || claim.name.clone();
            if claim.terminating {
                let is_probed = self.probe.as_ref().is_some_and(|probe| probe.name == claim.name);
                let is_used = claim.name == CLAIM && !self.pods.is_empty();
                let is_free = !is_probed && !is_used && self.unready(&claim.name).is_empty();
                moves.extend(is_free.then(|| Move::Finalize(name())));
                continue;
            }
            if claim.phase == ClaimPhase::Pending {
                let found = self.volumes.values().find(|(volume, _)| fits(volume, claim));
                moves.extend(found.map(|(volume, _)| Move::Bind(name(), volume.name.clone())));
                let is_source_there = claim.snapshot_source.as_ref().is_none_or(|source| {
                    self.snapshots.get(source).is_some_and(|(s, ..)| s.readiness == Readiness::Ready)
                });
                let has_pod = self.probe.as_ref().is_some_and(|probe| probe.name == claim.name);
                let is_wanted =
                    (has_pod || !self.waits) && claim.volume.is_none() && found.is_none() && is_source_there;
                moves.extend(is_wanted.then(|| Move::Provision(name())));
            }
        }
        for (volume, _) in self.volumes.values() {
            let name = volume.name.clone();
            match volume.claim.as_ref().map(|claim| claim.uid.as_ref()) {
                Some(Some(uid)) => {
                    let is_there = self.claims.values().any(|claim| claim.uid == *uid);
                    match (is_there, volume.phase, volume.policy) {
                        (false, VolumePhase::Released, ReclaimPolicy::Delete) => {
                            moves.push(Move::Reclaim(name))
                        }
                        (false, VolumePhase::Released, _) | (true, ..) => {}
                        (false, ..) => moves.push(Move::Release(name)),
                    }
                }
                _ if volume.phase != VolumePhase::Available => moves.push(Move::Free(name)),
                _ => {}
            }
        }
        let unready = self.snapshots.values().filter(|(s, ..)| s.readiness == Readiness::Creating);
        let bound = unready.filter(|(snapshot, ..)| {
            let claim = snapshot.claim.as_ref().and_then(|claim| self.claims.get(claim));
            claim.is_some_and(|claim| claim.phase == ClaimPhase::Bound)
        });
        moves.extend(bound.map(|(snapshot, ..)| Move::Cut(snapshot.name.clone())));
        let ends = self.probe.as_ref().filter(|probe| probe.terminating);
        moves.extend(ends.map(|_| Move::EndProbe));
        let looks = self.probe.as_ref().filter(|probe| probe.phase == "Running");
        let has_volume = self.claims.values().any(|claim| {
            looks.is_some_and(|probe| probe.name == claim.name) && claim.phase == ClaimPhase::Bound
        });
        moves.extend(self.check.filter(|_| has_volume).map(Move::EndCheck));
        if let Some(app) = &self.app {
            // No pod gets a claim that is going, and none runs before its claim has a volume.
            let claim = self.claims.get(CLAIM).filter(|claim| !claim.terminating);
            let is_bound = claim.is_some_and(|claim| claim.phase == ClaimPhase::Bound);
            moves.extend(match (app.setting.is_at_rest(), self.pods.first()) {
                (false, None) => claim.map(|_| Move::StartPod),
                (true, Some(pod)) if pod.owner.is_some() => Some(Move::StopPod),
                (false, Some(pod)) if pod.owner.is_some() && app.ready == 0 && is_bound => Some(Move::RunPod),
                _ => None,
            });
        }
        moves
    }

    /// Makes a move.
    pub fn make(&mut self, made: &Move) {
        let version = Some(self.next());
        match made {
            Move::Provision(claim) => self.provision(claim),
            Move::Bind(claim, volume) => {
                let claim = self.claims.get_mut(claim).unwrap();
                let (volume, _) = self.volumes.get_mut(volume).unwrap();
                volume.found_by_binder |= volume.claim_uid().is_none() && claim.volume.is_none();
                let reservation = samples::reservation(&claim.name, Some(&claim.uid));
                volume.claim = Some(reservation);
                volume.phase = VolumePhase::Bound;
                claim.volume = Some(volume.name.clone());
                claim.phase = ClaimPhase::Bound;
                (volume.resource_version, claim.resource_version) = (version.clone(), version);
            }
            Move::Free(name) => self.touch(name, |volume| volume.phase = VolumePhase::Available),
            Move::Release(name) => self.touch(name, |volume| volume.phase = VolumePhase::Released),
            Move::Reclaim(name) => drop(self.volumes.remove(name)),
            Move::Finalize(name) => drop(self.claims.remove(name)),
            Move::Cut(name) => self.cut(name),
            Move::EndProbe => self.probe = None,
            Move::StartPod => {
                let owner = self.app.as_ref().map(|app| app.who.clone());
                self.pods = vec![Pod { owner, ..samples::pod() }];
            }
            Move::StopPod => {
                if self.app.as_ref().is_some_and(|app| app.ready > 0) {
                    self.write(CLAIM);
                }
                self.pods.clear();
                self.app.iter_mut().for_each(|app| (app.ready, app.resource_version) = (0, version.clone()));
            }
            Move::RunPod => {
                self.app.iter_mut().for_each(|app| (app.ready, app.resource_version) = (1, version.clone()));
            }
            Move::EndCheck(is_good) => {
                let phase = if *is_good { "Succeeded" } else { "Failed" };
                self.probe.iter_mut().for_each(|probe| probe.phase = phase.into());
            }
        }
    }

    fn provision(&mut self, claim: &str) {
        let claim = self.claims[claim].clone();
        let data = match &claim.snapshot_source {
            Some(source) => self.snapshots[source].2,
            None => Data::Empty,
        };
        let number = self.next();
        let volume = Volume {
            name: format!("pv-{number}"),
            uid: format!("pv-{number}-uid"),
            resource_version: Some(number.clone()),
            created: claim.created.map(|created| created + TimeDelta::seconds(1)),
            phase: VolumePhase::Other,
            claim: Some(Reservation {
                uid: Some(claim.uid.clone()),
                ..samples::reservation(&claim.name, None)
            }),
            ..samples::volume(&format!("vol-{number}"))
        };
        self.volumes.insert(volume.name.clone(), (volume, data));
    }

    fn cut(&mut self, name: &str) {
        let claim = self.snapshots[name].0.claim.clone().unwrap();
        let (volume, data) = self.volumes[self.claims[&claim].volume.as_ref().unwrap()].clone();
        let (snapshot, content, copy) = self.snapshots.get_mut(name).unwrap();
        let writes = self.writes.get(&volume.name).copied().unwrap_or_default();
        self.writes.insert(name.to_owned(), writes);
        snapshot.readiness = Readiness::Ready;
        snapshot.content = Some(format!("snapcontent-{}", snapshot.uid));
        *content =
            Some(Content { volume_handle: volume.handle().map(str::to_owned), ..samples::content(snapshot) });
        *copy = data;
    }
}

/// The binder's rules: a volume that is kept for the claim, the one that the claim names, or any that nobody has.
fn fits(volume: &Volume, claim: &Claim) -> bool {
    if claim.volume.as_ref().is_some_and(|wanted| *wanted != volume.name) {
        return false;
    }
    match &volume.claim {
        Some(kept) => match &kept.uid {
            Some(uid) => *uid == claim.uid,
            None => {
                let is_named = claim.volume.as_ref() == Some(&volume.name);
                kept.name == claim.name && (is_named || volume.phase == VolumePhase::Available)
            }
        },
        None => volume.phase == VolumePhase::Available,
    }
}
