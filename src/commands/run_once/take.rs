//! The way of snapshots to their drivers: so many at once, no two in the same instant, those of one volume one after the other
//! (reliability.md, F-O6). Must not make a second one of a slot, and must leave a driver alone that says it has too much to do.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, sleep_until};

use super::pass::Pass;
use super::serve::{READY, Trip, about, happening};
use crate::cluster::apply::Persist;
use crate::cluster::wait::End;
use crate::error::{Error, Reason, Result};
use crate::model::draft::SnapshotDraft;
use crate::model::snapshot::Readiness;
use crate::plan::pacing::{Lately, Pace, Recent};
use crate::ui::log::Facts;

/// How long a driver's limit is waited for within a pass.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two creations for one driver: at least, and at most. What a cloud's limits count comes evenly, and not at the same
/// moment from all the clusters of an account, whose clocks agree.
const GAP: std::ops::RangeInclusive<u64> = 20..=80;

/// The entrance to one driver.
struct Door {
    places: Semaphore,
    last: Mutex<Option<Instant>>,
}

impl Door {
    fn new(places: usize) -> Self {
        Self { places: Semaphore::new(places), last: Mutex::default() }
    }

    /// Waits for a place, in the order of asking; it is free again when what is returned is dropped.
    async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let place = self.places.acquire().await.ok();
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            sleep_until(last + Duration::from_millis(fastrand::u64(GAP))).await;
        }
        *last = Some(Instant::now());
        place
    }
}

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

/// What is to be taken of one volume, most overdue first.
type Lane<'a> = Vec<(Trip<'a>, Box<SnapshotDraft>)>;

impl Pass<'_> {
    /// Takes all of them, most overdue first; of several of one volume the next one comes after all that are waiting then.
    pub async fn take_all<'a>(&self, all: Lane<'a>, lately: &Lately) -> Vec<Trip<'a>> {
        let (mut lanes, mut places, mut doors) = (Vec::<Lane<'a>>::new(), HashMap::new(), BTreeMap::new());
        for (trip, draft) in all {
            let (driver, handle) = (draft.source.driver.clone(), draft.source.handle.clone());
            doors.entry(driver.clone()).or_insert_with(|| Door::new(self.options.max_parallel));
            let place = *places.entry((driver, handle)).or_insert(lanes.len());
            if place == lanes.len() {
                lanes.push(vec![]);
            }
            lanes[place].push((trip, draft));
        }
        let doors = &doors;
        let taken = lanes.into_iter().map(|lane| async move {
            let mut taken = vec![];
            let mut volume = Recent::default();
            for (trip, draft) in lane {
                if taken.is_empty() {
                    volume = lately.of(&draft.namespace, &draft.claim, &draft.source);
                }
                if let Some(door) = doors.get(&draft.source.driver) {
                    taken.push(self.take(trip, draft, &mut volume, door).await);
                }
            }
            taken
        });
        join_all(taken).await.into_iter().flatten().collect()
    }

    /// Creates one snapshot, and waits until it no longer takes up what its driver can do at once.
    async fn take<'a>(
        &self,
        mut trip: Trip<'a>,
        mut draft: Box<SnapshotDraft>,
        volume: &mut Recent,
        door: &Door,
    ) -> Trip<'a> {
        if let Err(error) = self.try_take(&mut trip, &mut draft, volume, door).await {
            self.give_up(&mut trip, error);
        }
        trip
    }

    async fn try_take(
        &self,
        trip: &mut Trip<'_>,
        draft: &mut SnapshotDraft,
        volume: &mut Recent,
        door: &Door,
    ) -> Result<()> {
        self.wait_for_volume(trip, draft, volume).await?;
        let _place = door.enter().await;
        self.may_begin(&trip.view.group)?;
        // It may have waited long; its name stays that of the slot.
        draft.timestamp = self.cluster.now().timestamp();
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
        let snapshot = match trip.cluster.create_snapshot(draft, persist).await {
            Err(error) if error.reason == Reason::OutcomeUnknown => {
                volume.begins(&draft.name(), self.cluster.now());
                return Err(error);
            }
            created => created?,
        };
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
        // Also if nothing more can be seen of it.
        volume.begins(&snapshot.name, snapshot.created);
        let waited = trip.cluster.snapshot_cut(snapshot, &self.serving().patience(READY)).await?;
        volume.ends();
        volume.see(&waited.last, self.cluster.now());
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

    /// Waits until the volume may be cut again.
    ///
    /// Fails with `VolumeBusy` if that is too long for a pass.
    async fn wait_for_volume(&self, trip: &Trip<'_>, draft: &SnapshotDraft, volume: &Recent) -> Result<()> {
        let patience = self.serving().patience(PATIENCE).timeout;
        match volume.pace(&draft.source.driver, patience, self.cluster.now()) {
            Pace::In(wait) if self.writes() => {
                let millis = u64::try_from(wait.as_millis()).ok();
                let facts = Facts { duration_ms: millis, ..trip.outcome.facts() };
                self.log.info("its driver does not cut the volume again yet, which is waited for", facts);
                tokio::select! {
                    () = self.cluster.interrupt.requested() => {}
                    () = sleep(wait) => {}
                }
                Ok(())
            }
            Pace::Now | Pace::In(_) => Ok(()),
            Pace::Later(why) => {
                let message = format!("the snapshot of group {} is left to a later run: {why}", draft.group);
                Err(Error::new(Reason::VolumeBusy, message))
            }
        }
    }
}

fn is_too_much(text: &str) -> bool {
    let text = text.to_lowercase();
    TOO_MUCH.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_come_in_one_after_the_other_and_the_next_when_one_leaves() {
        let door = Door::new(2);
        let came: Vec<_> = join_all((0..2).map(|_| async { (door.enter().await, Instant::now()) })).await;
        let gap = came[1].1 - came[0].1;
        assert!(gap >= Duration::from_millis(*GAP.start()), "{gap:?}");
        let next = tokio::time::timeout(Duration::from_millis(200), door.enter());
        assert!(next.await.is_err(), "a third one got in");
        drop(came);
        assert!(door.enter().await.is_some());
    }
}
