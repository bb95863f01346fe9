//! Takes the snapshots that are due: most overdue first, so many of each driver at once, and waits until they are ready.
//! Must not make a second one of a slot, and must leave a driver alone that says it has too much to do.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt as _, future::join_all, stream};

use super::budget::Budget;
use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::cluster::apply::{Happening, Persist};
use crate::cluster::connect::Cluster;
use crate::cluster::wait::{End, Waited};
use crate::error::{Error, Reason, Result};
use crate::model::draft::SnapshotDraft;
use crate::model::group::Group;
use crate::model::snapshot::{Readiness, Snapshot};
use crate::plan::pass::{Errand, View};
use crate::plan::retention::Create;
use crate::ui::log::Facts;

/// How many groups are looked at, and how many snapshots are waited for, at once.
const PARALLEL: usize = 8;
/// How long a snapshot is waited for; should it take longer, a later pass sees it ready (retention.md, section 3.14).
const READY: Duration = Duration::from_secs(60);
/// What drivers and clouds say who are asked for too much at once, in small letters.
const TOO_MUCH: [&str; 7] = [
    "resourceexhausted",
    "limitexceeded",
    "ratelimit",
    "rate exceeded",
    "throttl",
    "too many requests",
    "too frequent",
];

/// One errand on its way.
pub(super) struct Trip<'a> {
    pub index: usize,
    pub view: &'a View,
    pub create: Create,
    pub cluster: Cluster,
    pub outcome: Outcome,
    snapshot: Option<Waited<Snapshot>>,
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
        let (mut done, mut by_driver) = (vec![], BTreeMap::<_, Vec<_>>::new());
        for (trip, draft) in prepared {
            match draft {
                Some(draft) => by_driver.entry(draft.source.driver.clone()).or_default().push((trip, draft)),
                None => done.push(trip),
            }
        }
        let queues = by_driver.into_values().map(|queue| {
            let taken = stream::iter(queue).map(|(trip, draft)| self.take(trip, draft));
            taken.buffer_unordered(self.options.max_parallel).collect::<Vec<_>>()
        });
        let taken = join_all(queues).await.into_iter().flatten();
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
    fn serving(&self) -> Budget {
        self.budget.quarters(3)
    }

    /// Creates one snapshot, and waits until it no longer takes up what its driver can do at once.
    async fn take<'a>(&self, mut trip: Trip<'a>, draft: Box<SnapshotDraft>) -> Trip<'a> {
        if let Err(error) = self.try_take(&mut trip, &draft).await {
            self.give_up(&mut trip, error);
        }
        trip
    }

    async fn try_take(&self, trip: &mut Trip<'_>, draft: &SnapshotDraft) -> Result<()> {
        self.may_begin(&trip.view.group)?;
        let driver = &draft.source.driver;
        if let Some(text) = self.busy.borrow().get(driver) {
            let message = format!(
                "the snapshot of group {} is left to the next run: driver {driver} has too much to do",
                draft.group
            );
            return Err(Error::new(Reason::DriverBusy, message).cause(text.clone()));
        }
        let Some(persist) = self.persist() else {
            trip.outcome.item.snapshot = Some(draft.name());
            return Ok(());
        };
        let snapshot = trip.cluster.create_snapshot(draft, persist).await?;
        trip.outcome.item.snapshot = Some(snapshot.name.clone());
        if persist == Persist::ServerDryRun {
            return Ok(());
        }
        trip.outcome.changed = true;
        // Another pass may have been here a moment ago.
        trip.outcome.created = snapshot.taken.timestamp() == draft.timestamp;
        let facts = Facts {
            pvc: Some(draft.claim.clone()),
            intervals: trip.outcome.item.intervals.clone(),
            ..about(&trip.outcome, &snapshot)
        };
        self.log.info(if trip.outcome.created { "snapshot created" } else { "snapshot found" }, facts);
        if trip.outcome.created {
            let note = format!("took snapshot {} of PVC {}", snapshot.name, draft.claim);
            trip.outcome.happenings.push(happening("SnapshotCreated", false, note, &snapshot));
        }
        let waited = trip.cluster.snapshot_cut(snapshot, &self.serving().patience(READY)).await?;
        if waited.end == End::TimedOut && waited.took >= READY && !waited.last.noticed {
            self.is_silent.set(true);
        }
        if let Readiness::Failing(text) = &waited.last.readiness
            && is_too_much(text)
        {
            self.busy.borrow_mut().insert(driver.clone(), text.clone());
        }
        trip.snapshot = Some(waited);
        Ok(())
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

fn about(outcome: &Outcome, snapshot: &Snapshot) -> Facts {
    Facts { snapshot: Some(snapshot.name.clone()), ..outcome.facts() }
}

fn happening(reason: &'static str, is_warning: bool, note: String, snapshot: &Snapshot) -> Happening {
    Happening { reason, is_warning, note, snapshot: Some(snapshot.name.clone()), occurrence: None }
}

fn is_too_much(text: &str) -> bool {
    let text = text.to_lowercase();
    TOO_MUCH.iter().any(|words| text.contains(words))
}
