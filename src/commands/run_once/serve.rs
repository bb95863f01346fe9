//! Takes the snapshots that are due, most overdue first, and waits until they are ready.
//! Must not call a snapshot ready that is not proven, nor wait for ever.

use std::time::Duration;

use futures::{StreamExt as _, stream};

use super::budget::Budget;
use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::cluster::apply::Happening;
use crate::cluster::connect::Cluster;
use crate::cluster::wait::{End, Waited};
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::{Readiness, Snapshot};
use crate::plan::pass::{Errand, View};
use crate::plan::retention::Create;
use crate::ui::log::Facts;

/// How many groups are looked at, and how many snapshots are waited for, at once.
const PARALLEL: usize = 8;
/// How long a snapshot is waited for; should it take longer, a later pass sees it ready (retention.md, section 3.14).
pub(super) const READY: Duration = Duration::from_secs(60);

/// One errand on its way.
pub(super) struct Trip<'a> {
    pub index: usize,
    pub view: &'a View,
    pub create: Create,
    pub cluster: Cluster,
    pub outcome: Outcome,
    pub snapshot: Option<Waited<Snapshot>>,
}

impl Pass<'_> {
    /// Takes all that is due. What became of it is in `outcomes`.
    pub async fn serve(&self, world: &World, errands: Vec<Errand>, outcomes: &mut [Outcome]) {
        let trips = errands.into_iter().map(|Errand { index, create }| {
            let view = &world.views[index];
            let cluster = self.cluster.in_namespace(&view.group.namespace);
            Trip {
                index,
                view,
                create,
                cluster,
                outcome: std::mem::take(&mut outcomes[index]),
                snapshot: None,
            }
        });
        let prepared: Vec<_> =
            stream::iter(trips).map(|trip| self.prepare(trip)).buffered(PARALLEL).collect().await;
        let (mut done, mut wanted) = (vec![], vec![]);
        for (trip, draft) in prepared {
            match draft {
                Some(draft) => wanted.push((trip, draft)),
                None => done.push(trip),
            }
        }
        let taken = self.take_all(wanted, &world.lately).await;
        let waited = stream::iter(taken).map(|trip| self.finish(trip)).buffer_unordered(PARALLEL);
        done.extend(waited.collect::<Vec<_>>().await);
        for trip in done {
            outcomes[trip.index] = trip.outcome;
        }
    }

    pub fn may_begin(&self, group: &Group) -> Result<()> {
        let what = format!("the snapshot of group {} in namespace {}", group.name, group.namespace);
        if self.is_silent.get() {
            let message =
                format!("{what} is not taken: nothing is done about snapshots that were created minutes ago");
            return Err(Error::new(Reason::ControllerSilent, message));
        }
        self.serving().refuses(&what).map_or(Ok(()), Err)
    }

    /// A driver that takes its time must not keep anything from being deleted or told.
    pub(super) fn serving(&self) -> Budget {
        self.budget.quarters(3)
    }

    /// Waits until a snapshot is ready, and proves what it is of.
    async fn finish<'a>(&self, mut trip: Trip<'a>) -> Trip<'a> {
        if let Some(waited) = trip.snapshot.take()
            && let Err(error) = self.try_finish(&mut trip, waited).await
        {
            trip.outcome.fail(self.log, error);
        }
        trip
    }

    async fn try_finish(&self, trip: &mut Trip<'_>, cut: Waited<Snapshot>) -> Result<()> {
        let patience = self.serving().patience(READY.saturating_sub(cut.took));
        let waited = match cut.end {
            End::Reached if !cut.last.is_usable() => trip.cluster.snapshot_ready(cut.last, &patience).await?,
            _ => cut,
        };
        let (snapshot, end) = (&waited.last, waited.end);
        let Snapshot { name, namespace, .. } = snapshot;
        match (end, &snapshot.readiness) {
            (End::Gone, _) => {
                let message =
                    format!("volumesnapshot {name} in namespace {namespace} was deleted before it was ready");
                Err(Error::new(Reason::SnapshotNotFound, message))
            }
            (_, Readiness::Failing(text)) => {
                let message = format!("volumesnapshot {name} in namespace {namespace} is not ready");
                trip.outcome.happenings.push(happening(
                    "SnapshotFailed",
                    true,
                    format!("snapshot {name}: {text}"),
                    snapshot,
                ));
                Err(Error::new(Reason::SnapshotFailing, message).cause(text.clone()))
            }
            (End::Interrupted, _) => {
                let message = format!("stopped waiting for volumesnapshot {name} in namespace {namespace}");
                Err(Error::new(Reason::Interrupted, message))
            }
            (End::TimedOut, _) if self.is_silent.get() => {
                let message = format!("nothing is done about volumesnapshot {name} in namespace {namespace}");
                Err(Error::new(Reason::ControllerSilent, message))
            }
            (End::TimedOut, _) => {
                self.log.info("snapshot is still being made", about(&trip.outcome, snapshot));
                Ok(())
            }
            (End::Reached, _) => {
                self.prove(&trip.cluster, snapshot).await?;
                trip.outcome.item.ready = true;
                let millis = u64::try_from(waited.took.as_millis()).ok();
                self.log
                    .info("snapshot ready", Facts { duration_ms: millis, ..about(&trip.outcome, snapshot) });
                let note = format!("snapshot {name} is ready");
                trip.outcome.happenings.push(happening("SnapshotReady", false, note, snapshot));
                Ok(())
            }
        }
    }
}

pub(super) fn about(outcome: &Outcome, snapshot: &Snapshot) -> Facts {
    Facts { snapshot: Some(snapshot.name.clone()), ..outcome.facts() }
}

pub(super) fn happening(
    reason: &'static str,
    is_warning: bool,
    note: String,
    snapshot: &Snapshot,
) -> Happening {
    Happening { reason, is_warning, note, snapshot: Some(snapshot.name.clone()), occurrence: None }
}
