//! A cluster in small: claims, volumes and snapshots, and an API server that takes what was seen for a condition.
//! Its rules are those of the real one (reliability.md, section 0); the tests on a real cluster keep them honest.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::Value;

use super::super::{Action, Traffic, Whose, World, hold_reason, spare_for};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::draft::{ClaimDraft, SnapshotDraft, VolumeChange};
use crate::model::pod::Pod;
use crate::model::restore::{Journal, Mode};
use crate::model::snapshot::{Content, Hold, Purpose, Readiness, Snapshot};
use crate::model::volume::{Volume, VolumePhase};
use crate::model::workload::Workload;
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
    /// What makes a pod that uses the claim.
    pub app: Option<Workload>,
    /// The pod that a restore makes.
    pub probe: Option<Pod>,
    /// How often a volume was written to, and that of the volume when a snapshot was cut, by name.
    pub writes: BTreeMap<String, u32>,
    /// The class of all claims waits for a pod.
    pub waits: bool,
    /// What a pod that checks will say.
    pub check: Option<bool>,
}

/// Another version of the object than the one that was seen, or another object.
#[derive(Debug)]
pub struct Conflict;

impl Small {
    /// Group `photos` of claim `photos-data` on volume `pv-1`, and snapshot `photos-1`.
    pub fn new(waits: bool, check: Option<bool>) -> Self {
        let snapshot = samples::snapshot("photos-1");
        let content = samples::content(&snapshot);
        Self {
            serial: 1,
            claims: [("photos-data".to_owned(), samples::claim("photos-data"))].into(),
            volumes: [("pv-1".to_owned(), (samples::volume("vol-1"), Data::Original))].into(),
            snapshots: [("photos-1".to_owned(), (snapshot, Some(content), Data::Restored))].into(),
            pods: vec![],
            app: None,
            probe: None,
            writes: [].into(),
            waits,
            check,
        }
    }

    pub fn next(&mut self) -> String {
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
            probe: self.probe.clone().filter(|_| journal.probe.is_some() || journal.check.is_some()),
            new: None,
            source: snapshot(&journal.source.snapshot),
            safety: journal
                .safety
                .last()
                .filter(|copy| !copy.stale)
                .and_then(|copy| snapshot(&copy.snapshot)),
            traffic: None,
            spare: None,
            workloads: None,
        };
        let staged = volume(staging.and_then(|claim| claim.volume.as_ref()));
        world.new = match (&journal.new, world.whose(journal)) {
            (Some(new), _) => volume(Some(&new.volume)),
            (None, Whose::New(claim)) if staged.is_none() => volume(claim.volume.as_ref()),
            (None, _) => staged,
        };
        world.traffic = world.claim_to_go(journal).filter(|_| traffic).map(|claim| self.traffic(claim));
        let foreign =
            world.claim_to_go(journal).filter(|_| matches!(world.whose(journal), Whose::Foreign(_)));
        let volumes: Vec<_> = self.volumes.values().map(|(volume, _)| volume.clone()).collect();
        world.spare = foreign.filter(|_| traffic).map(|claim| spare_for(claim, &volumes));
        world.workloads = (traffic && world.claim.is_some()).then(|| self.app.iter().cloned().collect());
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

    pub fn unready(&self, claim: &str) -> Vec<&Snapshot> {
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
            Action::MarkClaim(seen, mark) => {
                let version = self.next();
                let claim = self.claims.get_mut(&seen.name).ok_or(Conflict)?;
                if claim.uid != seen.uid || claim.resource_version != seen.resource_version {
                    return Err(Conflict);
                }
                claim.restore.clone_from(mark);
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
            Action::CreateProbe(draft) => match self.probe {
                Some(_) => Err(Conflict),
                None => {
                    let uid = format!("pod-{}", self.next());
                    let restore = Some(draft.restore.clone());
                    self.probe = Some(Pod { name: draft.name.clone(), uid, restore, ..samples::pod() });
                    Ok(())
                }
            },
            Action::Set(seen, setting) => {
                let version = self.next();
                let app = self.app.as_mut().filter(|app| app.resource_version == seen.resource_version);
                let app = app.ok_or(Conflict)?;
                (app.setting, app.resource_version, app.may_be_set_by_us) = (*setting, Some(version), true);
                Ok(())
            }
            Action::DeletePod(seen) => {
                let pod = self.probe.as_mut().filter(|pod| pod.uid == seen.uid).ok_or(Conflict)?;
                pod.terminating = true;
                Ok(())
            }
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

    /// Somebody writes to the volume of a claim.
    pub fn write(&mut self, claim: &str) {
        // No pod runs on a claim that is not bound, whatever volume it asks for.
        let claim = self.claims.get(claim).filter(|claim| claim.phase == ClaimPhase::Bound);
        let volume = claim.and_then(|claim| claim.volume.clone());
        volume.into_iter().for_each(|volume| *self.writes.entry(volume).or_default() += 1);
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
}
