//! Proof that a snapshot is of the volume that it was asked for: looked at once, when it is ready, and noted.
//! Must not let a snapshot of another volume count, nor stop where contents may not be read.

use futures::{StreamExt as _, stream};

use super::outcome::Outcome;
use super::pass::{Pass, Proof};
use super::world::World;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::plan::origin::{self, Provenance};
use crate::plan::pass::View;

/// How many contents are read at once.
const PARALLEL: usize = 8;
/// The mark of a snapshot that is not of its volume.
const WRONG: &str = "wrong-volume";
/// So many are proven in one pass, those of the newest snapshots of each group first; the others in the next.
const MOST: usize = 200;

impl Pass<'_> {
    /// Proves what became ready after the pass that took it had ended, and takes what is not of its volume out of the
    /// plans to come.
    pub async fn prove_unproven(&self, world: &mut World, outcomes: &mut [Outcome]) -> Result<()> {
        let mut unproven: Vec<_> = world
            .views
            .iter()
            .enumerate()
            .flat_map(|(view, seen)| {
                let mine =
                    seen.snapshots.iter().enumerate().filter(|(_, snapshot)| origin::is_unproven(snapshot));
                mine.map(move |(place, snapshot)| (snapshot.taken, view, place))
            })
            .collect();
        if unproven.is_empty() {
            return Ok(());
        }
        unproven.sort_by_key(|(taken, ..)| std::cmp::Reverse(*taken));
        unproven.truncate(MOST);
        let proofs: Vec<_> = {
            let proof = |(_, view, place): &(_, usize, usize)| {
                let snapshot = &world.views[*view].snapshots[*place];
                let (view, place) = (*view, *place);
                async move {
                    (view, place, self.prove(&self.cluster.in_namespace(&snapshot.namespace), snapshot).await)
                }
            };
            stream::iter(&unproven).map(proof).buffer_unordered(PARALLEL).collect().await
        };
        for (view, place, proof) in proofs {
            if let Err(error) = &proof
                && error.reason == Reason::RunUnderWay
            {
                return Err(error.clone());
            }
            self.note(&mut world.views[view].snapshots[place], proof, &mut outcomes[view]);
        }
        Ok(())
    }

    /// Proves what is not proven of a group whose surplus is about to go. False if that failed for one of them: then nothing may go
    /// on its word.
    pub async fn prove_all(&self, view: &mut View, outcome: &mut Outcome) -> bool {
        let cluster = self.cluster.in_namespace(&view.group.namespace);
        let mut are_known = true;
        for snapshot in view.snapshots.iter_mut().filter(|snapshot| origin::is_unproven(snapshot)) {
            let seen = self.proofs.borrow().get(&snapshot.uid).copied();
            let proof = match seen {
                Some(Proof::Wrong) => {
                    snapshot.tainted = Some(WRONG.to_owned());
                    continue;
                }
                Some(_) => continue,
                None if self.budget.refuses("the proof").is_some() => return false,
                None => self.prove(&cluster, snapshot).await,
            };
            self.note(snapshot, proof, outcome);
            are_known &= self.proofs.borrow().contains_key(&snapshot.uid);
        }
        let is_blind = !self.may_prove.get() && view.snapshots.iter().any(origin::is_unproven);
        are_known && !(is_blind && origin::was_provable(&view.snapshots))
    }

    fn note(&self, snapshot: &mut Snapshot, proof: Result<bool>, outcome: &mut Outcome) {
        match proof {
            Ok(is_proven) => snapshot.verified = is_proven,
            Err(error) => {
                if self.proofs.borrow().get(&snapshot.uid) == Some(&Proof::Wrong) {
                    snapshot.tainted = Some(WRONG.to_owned());
                }
                outcome.fail(self.log, error);
            }
        }
    }

    /// Proves a ready snapshot. False if that cannot be done here, or for this one.
    ///
    /// Fails with `WrongVolume`, and marks the snapshot; with `SnapshotUntrusted`, if its content is gone; or with the error of
    /// the request.
    pub async fn prove(&self, cluster: &Cluster, snapshot: &Snapshot) -> Result<bool> {
        let proof = self.try_prove(cluster, snapshot).await;
        let seen = match &proof {
            Ok(true) => Proof::Right,
            Ok(false) => Proof::Unknowable,
            Err(error) if matches!(error.reason, Reason::WrongVolume | Reason::SnapshotUntrusted) => {
                Proof::Wrong
            }
            Err(_) => return proof,
        };
        self.proofs.borrow_mut().insert(snapshot.uid.clone(), seen);
        proof
    }

    async fn try_prove(&self, cluster: &Cluster, snapshot: &Snapshot) -> Result<bool> {
        if !self.may_prove.get() {
            return Ok(false);
        }
        let content = match &snapshot.content {
            Some(name) => cluster.content(name).await,
            None => Ok(None),
        };
        let content = match content {
            Err(error) if error.reason == Reason::Forbidden => {
                self.may_prove.set(false);
                let text = format!("{error}: which volumes snapshots were cut from is not proven");
                self.log.notice(Notice::Warning(text));
                return Ok(false);
            }
            content => content?,
        };
        let Some(content) = content else {
            let message = format!(
                "volumesnapshot {} in namespace {} has lost its content",
                snapshot.name, snapshot.namespace
            );
            return Err(Error::new(Reason::SnapshotUntrusted, message));
        };
        let provenance = origin::provenance(snapshot, Some(&content));
        if provenance == Provenance::Unverified {
            return Ok(false);
        }
        self.take_lock().await?;
        match provenance {
            Provenance::Verified => cluster.mark_verified(snapshot).await,
            _ => cluster.taint(snapshot, WRONG).await,
        }
        origin::prove_snapshot(snapshot, &content).map(|()| true)
    }
}
