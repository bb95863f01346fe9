//! A cluster in small: claims, volumes and snapshots, and the controllers that move them, one move at a time.
//! Its rules are those of the real one (reliability.md, section 0); the tests on a real cluster keep them honest.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::Value;

use super::super::{Action, Traffic, Whose, World, hold_reason};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::draft::{ClaimDraft, SnapshotDraft, VolumeChange};
use crate::model::pod::Pod;
use crate::model::restore::{Journal, Mode};
use crate::model::snapshot::{Content, Hold, Purpose, Readiness, Snapshot};
use crate::model::volume::{Backend, ReclaimPolicy, Reservation, Volume, VolumePhase};
use crate::plan::samples;

/// What lies on a volume or in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nothing.
    Empty,
    /// What the claim held when the restore began.
    Original,
    /// What the snapshot holds that is restored.
    Restored,
    /// What somebody else has.
    Foreign,
}

/// The cluster.
#[derive(Clone, Debug)]
pub struct Small {
    serial: u64,
    pub claims: BTreeMap<String, Claim>,
    pub volumes: BTreeMap<String, (Volume, Data)>,
    pub snapshots: BTreeMap<String, (Snapshot, Option<Content>, Data)>,
    pub pods: Vec<Pod>,
}

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
}

/// Another version of the object than the one that was seen, or another object.
#[derive(Debug)]
pub struct Conflict;

impl Small {
    /// Group `photos` of claim `photos-data` on volume `pv-1`, and snapshot `photos-1`.
    pub fn new() -> Self {
        let snapshot = samples::snapshot("photos-1");
        let content = samples::content(&snapshot);
        Self {
            serial: 1,
            claims: [("photos-data".to_owned(), samples::claim("photos-data"))].into(),
            volumes: [("pv-1".to_owned(), (samples::volume("vol-1"), Data::Original))].into(),
            snapshots: [("photos-1".to_owned(), (snapshot, Some(content), Data::Restored))].into(),
            pods: vec![],
        }
    }

    fn next(&mut self) -> String {
        self.serial += 1;
        self.serial.to_string()
    }

    /// What a restore sees (`cluster/restoring.rs`).
    pub fn world(&self, journal: &Journal, traffic: bool) -> World {
        let volume = |name: Option<&String>| Some(self.volumes.get(name?)?.0.clone());
        let snapshot = |name: &String| {
            let (snapshot, content, _) = self.snapshots.get(name)?;
            Some((snapshot.clone(), content.clone()))
        };
        let staging = (journal.mode == Mode::Staged).then(|| self.claims.get(&journal.staging)).flatten();
        let mut world = World {
            now: samples::now() + TimeDelta::seconds(i64::try_from(self.serial).unwrap()),
            group: Some(samples::group()),
            claim: self.claims.get(&journal.claim).cloned(),
            old: volume(Some(&journal.old.volume)),
            staging: staging.cloned(),
            new: None,
            source: snapshot(&journal.source.snapshot),
            safety: journal
                .safety
                .last()
                .filter(|copy| !copy.stale)
                .and_then(|copy| snapshot(&copy.snapshot)),
            traffic: None,
        };
        let staged = volume(staging.and_then(|claim| claim.volume.as_ref()));
        world.new = match (&journal.new, world.whose(journal)) {
            (Some(new), _) => volume(Some(&new.volume)),
            (None, Whose::New(claim)) if staged.is_none() => volume(claim.volume.as_ref()),
            (None, _) => staged,
        };
        world.traffic = world.claim.as_ref().filter(|_| traffic).map(|claim| self.traffic(claim));
        world
    }

    fn traffic(&self, claim: &Claim) -> Traffic {
        Traffic {
            pods: self.pods.clone(),
            attached: None,
            unready: self.unready(&claim.name).into_iter().cloned().collect(),
            copies: vec![],
        }
    }

    fn unready(&self, claim: &str) -> Vec<&Snapshot> {
        let all = self.snapshots.values().map(|(snapshot, ..)| snapshot);
        all.filter(|s| s.claim.as_deref() == Some(claim) && s.readiness != Readiness::Ready).collect()
    }

    /// Carries out what a restore asks for.
    pub fn carry_out(&mut self, action: &Action, id: &str) -> Result<(), Conflict> {
        match action {
            Action::CreateClaim(draft) => self.create_claim(draft),
            Action::DeleteClaim(seen) => {
                let version = self.next();
                let claim = self.claims.get_mut(&seen.name).ok_or(Conflict)?;
                if claim.uid != seen.uid || claim.resource_version != seen.resource_version {
                    return Err(Conflict);
                }
                claim.terminating = true;
                claim.resource_version = Some(version);
                Ok(())
            }
            Action::TakeSnapshot(draft) => self.take(draft),
            Action::Hold(seen) => {
                let (snapshot, ..) = self.snapshots.get_mut(&seen.name).ok_or(Conflict)?;
                snapshot.hold.get_or_insert(Hold { reason: hold_reason(id), until: None });
                Ok(())
            }
            Action::Release(seen) => {
                let (snapshot, ..) = self.snapshots.get_mut(&seen.name).ok_or(Conflict)?;
                snapshot.hold.take_if(|hold| hold.reason == hold_reason(id));
                Ok(())
            }
            Action::ChangeVolume(change) => self.change(change),
        }
    }

    /// Makes a claim, whoever wants it.
    pub fn create_claim(&mut self, draft: &ClaimDraft) -> Result<(), Conflict> {
        if self.claims.contains_key(&draft.name) {
            return Err(Conflict);
        }
        let (uid, version) = (format!("claim-{}", self.next()), self.next());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let claim = Claim {
            uid,
            resource_version: Some(version),
            created: Some(samples::now() + TimeDelta::seconds(i64::try_from(self.serial).unwrap())),
            phase: ClaimPhase::Pending,
            volume: text(&draft.spec["volumeName"]),
            snapshot_source: text(&draft.spec["dataSource"]["name"]),
            restored_from: draft.restored_from.clone(),
            restore: draft.restore.clone(),
            ..samples::claim(&draft.name)
        };
        self.claims.insert(draft.name.clone(), claim);
        Ok(())
    }

    fn take(&mut self, draft: &SnapshotDraft) -> Result<(), Conflict> {
        let name = draft.name();
        if self.snapshots.contains_key(&name) {
            return Err(Conflict);
        }
        let restore = match &draft.occasion {
            crate::model::draft::Occasion::Safety { restore, .. } => Some(restore.clone()),
            _ => None,
        };
        let snapshot = Snapshot {
            uid: format!("snapshot-{}", self.next()),
            readiness: Readiness::Creating,
            content: None,
            claim: Some(draft.claim.clone()),
            source: Some(Box::new(draft.source.clone())),
            purpose: if restore.is_some() { Purpose::Safety } else { Purpose::Manual },
            restore,
            ..samples::snapshot(&name)
        };
        self.snapshots.insert(name, (snapshot, None, Data::Empty));
        Ok(())
    }

    fn change(&mut self, change: &VolumeChange) -> Result<(), Conflict> {
        let version = self.next();
        let (volume, _) = self.volumes.get_mut(&change.volume).ok_or(Conflict)?;
        if volume.uid != change.uid || volume.resource_version != change.resource_version {
            return Err(Conflict);
        }
        volume.resource_version = Some(version);
        volume.policy = change.policy.unwrap_or(volume.policy);
        if let Some(claim) = &change.claim {
            volume.claim = Some(claim.clone());
            volume.found_by_binder = false;
        }
        if let Some(mark) = &change.mark {
            volume.mark = mark.clone();
        }
        Ok(())
    }

    /// Adds a volume of somebody else's that no claim has: the binder gives it to whatever claim fits.
    pub fn add_stray(&mut self) {
        let stray = Volume {
            name: "pv-stray".into(),
            uid: "pv-stray-uid".into(),
            phase: VolumePhase::Available,
            claim: None,
            ..samples::volume("vol-stray")
        };
        self.volumes.insert(stray.name.clone(), (stray, Data::Foreign));
    }

    /// Somebody touches a volume by hand.
    pub fn touch(&mut self, volume: &str, touch: impl FnOnce(&mut Volume)) {
        let version = self.next();
        if let Some((volume, _)) = self.volumes.get_mut(volume) {
            touch(volume);
            volume.resource_version = Some(version);
        }
    }

    /// All moves that some controller may make now.
    pub fn moves(&self) -> Vec<Move> {
        let mut moves = vec![];
        for claim in self.claims.values() {
            let name = || claim.name.clone();
            if claim.terminating {
                let is_free = self.pods.is_empty() && self.unready(&claim.name).is_empty();
                moves.extend(is_free.then(|| Move::Finalize(name())));
                continue;
            }
            if claim.phase == ClaimPhase::Pending {
                let found = self.volumes.values().find(|(volume, _)| fits(volume, claim));
                moves.extend(found.map(|(volume, _)| Move::Bind(name(), volume.name.clone())));
                let is_source_there = claim.snapshot_source.as_ref().is_none_or(|source| {
                    self.snapshots.get(source).is_some_and(|(s, ..)| s.readiness == Readiness::Ready)
                });
                let is_wanted = claim.volume.is_none() && found.is_none() && is_source_there;
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
            Some(uid) => *uid == claim.uid && matches!(volume.backend, Backend::Csi { .. }),
            None => {
                let is_named = claim.volume.as_ref() == Some(&volume.name);
                kept.name == claim.name && (is_named || volume.phase == VolumePhase::Available)
            }
        },
        None => volume.phase == VolumePhase::Available,
    }
}
