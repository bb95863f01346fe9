//! Proof that a snapshot is of the volume that it was asked for: looked at once, when it is ready, and noted.
//! Must not let a snapshot of another volume count, nor stop where contents may not be read.

use futures::{StreamExt as _, stream};

use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::plan::origin::{self, Provenance};

/// How many contents are read at once.
const PARALLEL: usize = 8;
/// So many are proven in one pass, those of the newest snapshots of each group first; the others in the next.
const MOST: usize = 200;

impl Pass<'_> {
    /// Proves what became ready after the pass that took it had ended, and takes what is not of its volume out of the
    /// plans to come.
    pub async fn prove_unproven(&self, world: &mut World, outcomes: &mut [Outcome]) -> Result<()> {
        let needs =
            |snapshot: &Snapshot| snapshot.is_usable() && snapshot.source.is_some() && !snapshot.verified;
        let mut unproven: Vec<_> = world
            .views
            .iter()
            .enumerate()
            .flat_map(|(view, seen)| {
                let mine = seen.snapshots.iter().enumerate().filter(|(_, snapshot)| needs(snapshot));
                mine.map(move |(place, snapshot)| (snapshot.taken, view, place))
            })
            .collect();
        if unproven.is_empty() {
            return Ok(());
        }
        unproven.sort_by_key(|(taken, ..)| std::cmp::Reverse(*taken));
        unproven.truncate(MOST);
        self.take_lock().await?;
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
            let snapshot = &mut world.views[view].snapshots[place];
            match proof {
                Ok(is_proven) => snapshot.verified = is_proven,
                Err(error) => {
                    if error.reason == Reason::WrongVolume {
                        snapshot.tainted = Some("wrong-volume".to_owned());
                    }
                    outcomes[view].fail(self.log, error);
                }
            }
        }
        Ok(())
    }

    /// Proves a ready snapshot. False if that cannot be done here.
    ///
    /// Fails with `WrongVolume`, and marks the snapshot, or with the error of the request.
    pub async fn prove(&self, cluster: &Cluster, snapshot: &Snapshot) -> Result<bool> {
        let Some(name) = snapshot.content.as_ref().filter(|_| self.may_prove.get()) else { return Ok(false) };
        let content = match cluster.content(name).await {
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
        match origin::provenance(snapshot, Some(&content)) {
            Provenance::Verified => cluster.mark_verified(snapshot).await,
            Provenance::Unverified => return Ok(false),
            Provenance::Foreign => cluster.taint(snapshot, "wrong-volume").await,
        }
        origin::prove_snapshot(snapshot, &content).map(|()| true)
    }
}
