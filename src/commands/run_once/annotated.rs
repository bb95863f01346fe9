//! Restores that the annotation of a group asks for, as Gemini's users do: armed, accepted, waited for, gone on with.
//! Must go the way of every other restore: what stands in the way of that stands in the way here, and is told on the group.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::restore::{
    Drive, Limits, PROBE_IMAGE, Request, Scale, ScaleArgs, begin, lock, plan, rehearse,
};
use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::api::marks;
use crate::cluster::apply::{GroupMarks, Happening};
use crate::cluster::connect::Cluster;
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::restore::{Journal, Outcome as Ending};
use crate::model::status::Restoring;
use crate::plan::restore::{self, taken_up};
use crate::plan::source::UnknownSource;
use crate::plan::trigger::{self, Refusal, Turn};
use crate::ui::terminal::Ui;

/// How long one thing is waited for; the next pass goes on.
const PATIENCE: Duration = Duration::from_secs(600);

/// One group that asks.
struct Asking<'a> {
    group: &'a Group,
    cluster: Cluster,
    ui: Ui,
}

impl Pass<'_> {
    /// Sees to what the annotations of all groups ask for, one after the other.
    pub async fn restore_annotated(&self, world: &World, outcomes: &mut [Outcome]) {
        for (view, outcome) in world.views.iter().zip(outcomes) {
            let (group, turn) = (&view.group, trigger::turn(&view.group.request));
            if turn == Turn::Rest(None) {
                continue;
            }
            let what = format!("the restore of group {} in namespace {}", group.name, group.namespace);
            if self.budget.refuses(&what).is_some() || self.take_lock().await.is_err() {
                return;
            }
            let asking =
                Asking { group, cluster: self.cluster.in_namespace(&group.namespace), ui: Ui::silent() };
            if let Err(error) = self.see_to(&asking, turn, outcome).await {
                outcome.fail(self.log, error);
            }
        }
    }

    async fn see_to(&self, asking: &Asking<'_>, turn: Turn<'_>, outcome: &mut Outcome) -> Result<()> {
        match turn {
            Turn::Rest(None) => Ok(()),
            Turn::Rest(Some(id)) => self.go_on(asking, id, outcome).await,
            Turn::Arm(old) => self.arm(asking, old, outcome).await,
            Turn::Asked(value, since) => self.answer(asking, value, since, outcome).await,
        }
    }

    /// From now on the annotation is listened to.
    async fn arm(&self, asking: &Asking<'_>, old: Option<&str>, outcome: &mut Outcome) -> Result<()> {
        let armed = (marks::RESTORE_ARMED, Some(self.cluster.now().to_rfc3339()));
        let mut group_marks = GroupMarks::from([armed]);
        if let Some(value) = old {
            group_marks.extend(settled(value, Refusal::Ignored.word()));
        }
        outcome.changed |= self.mark(asking, old, &group_marks).await?;
        if let Some(value) = old {
            let note = format!(
                "the annotation restore={value} was there before restores by annotation were turned on; nothing is restored. To restore, set it again"
            );
            outcome.happenings.push(told("RestoreIgnored", true, note, None));
        }
        Ok(())
    }

    async fn answer(
        &self,
        asking: &Asking<'_>,
        value: &str,
        since: Option<DateTime<Utc>>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let (journals, _) = asking.cluster.journals().await?;
        let is_its = |journal: &&Journal| {
            journal.is_open()
                && journal.group == asking.group.name
                && journal.asked_by.as_deref() == Some(value)
        };
        // Begun by a pass that was stopped before it could say so on the group.
        if let Some(journal) = journals.iter().find(is_its) {
            self.mark(asking, Some(value), &settled(value, &journal.id).into()).await?;
            return self.go_on(asking, &journal.id, outcome).await;
        }
        if self.was_asked_of_gemini(asking, value).await? {
            let note = format!(
                "restore={value} was done by Gemini; nothing is restored. To restore it again, name it in the command: kubectl gemini restore"
            );
            return self.refuse(asking, value, Refusal::Ignored, note, outcome).await;
        }
        match self.try_begin(asking, value, since).await {
            Ok((stored, lock)) => {
                self.mark(asking, Some(value), &settled(value, &stored.journal.id).into()).await?;
                let note = format!(
                    "restoring {} from snapshot {}",
                    stored.journal.claim, stored.journal.source.snapshot
                );
                outcome.happenings.push(told("RestoreStarted", false, note, Some(&stored.journal)));
                self.drive(asking, stored, lock, outcome).await;
                Ok(())
            }
            Err(error) if !trigger::may_pass(error.reason) => {
                let note = format!("restore={value} cannot be done: {}", error.message);
                self.refuse(asking, value, Refusal::Refused, note, outcome).await?;
                Err(error)
            }
            Err(error) => self.wait(asking, value, since, error, outcome).await,
        }
    }

    /// Gemini writes the value of a request on the claim that it makes, and on the snapshot that it takes before.
    async fn was_asked_of_gemini(&self, asking: &Asking<'_>, value: &str) -> Result<bool> {
        let Asking { group, cluster, .. } = asking;
        let claim = cluster.claim(&group.claim.name).await?;
        let snapshots = cluster.snapshots(Some(&group.namespace)).await?;
        let its = snapshots.iter().filter(|snapshot| snapshot.group.as_ref() == Some(&group.name));
        Ok(claim.is_some_and(|claim| claim.manifest["metadata"]["annotations"][marks::RESTORE] == value)
            || its
                .into_iter()
                .any(|snapshot| snapshot.annotations.get(marks::RESTORE).is_some_and(|of| of == value)))
    }

    /// Plans, has the server check it, and writes the journal.
    async fn try_begin(
        &self,
        asking: &Asking<'_>,
        value: &str,
        since: Option<DateTime<Utc>>,
    ) -> Result<(Stored, Held)> {
        let cluster = &asking.cluster;
        let all = cluster.snapshots(Some(&asking.group.namespace)).await?;
        let request = Request {
            point: trigger::point(value, since),
            mode: None,
            probe_image: PROBE_IMAGE,
            check: None,
            unknown: UnknownSource::Refuse,
            // Whoever asks by annotation stops and starts the application himself, as with Gemini.
            scale: ScaleArgs { scale: Scale::Never, delete_pods: false },
            asked_by: Some(value),
        };
        let (journal, _) = plan(cluster, &request, asking.group, &all).await?;
        rehearse(cluster, &journal).await?;
        begin(cluster, &journal, &asking.ui).await
    }

    /// Something stands in the way. The group says so, until it is gone or an hour is over.
    async fn wait(
        &self,
        asking: &Asking<'_>,
        value: &str,
        since: Option<DateTime<Utc>>,
        error: Error,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let now = self.cluster.now();
        let began = since.unwrap_or(now);
        if trigger::is_over(began, now) {
            let note = format!("restore={value} waited for an hour and is given up: {}", error.message);
            self.refuse(asking, value, Refusal::Expired, note, outcome).await?;
            return Err(error);
        }
        if since.is_none() {
            let waiting = (marks::RESTORE_HANDLED, Some(trigger::waiting(value, began)));
            outcome.changed |= self.mark(asking, Some(value), &[waiting].into()).await?;
        }
        let note = format!("restore={value} waits: {}. It is given up after an hour", error.message);
        self.log.warn(&note, outcome.facts());
        outcome.restoring =
            Some(Restoring { reason: "Waiting".to_owned(), message: note.clone(), since: None });
        outcome
            .happenings
            .push(Happening { occurrence: Some(now), ..told("RestoreWaiting", true, note, None) });
        Ok(())
    }

    async fn refuse(
        &self,
        asking: &Asking<'_>,
        value: &str,
        refusal: Refusal,
        note: String,
        outcome: &mut Outcome,
    ) -> Result<()> {
        self.mark(asking, Some(value), &settled(value, refusal.word()).into()).await?;
        let reason = if refusal == Refusal::Ignored { "RestoreIgnored" } else { "RestoreFailed" };
        outcome
            .happenings
            .push(Happening { occurrence: Some(self.cluster.now()), ..told(reason, true, note, None) });
        Ok(())
    }

    async fn mark(
        &self,
        asking: &Asking<'_>,
        wanted: Option<&str>,
        group_marks: &GroupMarks,
    ) -> Result<bool> {
        asking.cluster.mark_group(&self.resource, asking.group, wanted, group_marks).await
    }

    /// Goes on with a restore that an earlier pass began, unless it has ended or somebody else does.
    async fn go_on(&self, asking: &Asking<'_>, id: &str, outcome: &mut Outcome) -> Result<()> {
        let open = || async {
            let stored = asking.cluster.journal(id).await?;
            Ok::<_, Error>(stored.filter(|stored| stored.journal.is_open()))
        };
        let Some(seen) = open().await? else { return Ok(()) };
        let lock = match lock(&asking.cluster, &seen.journal.claim, &asking.ui).await {
            Err(error) if error.reason == Reason::RunUnderWay => return Ok(()),
            lock => lock?,
        };
        let taken = async {
            let Some(mut stored) = open().await? else { return Ok(None) };
            let journal = taken_up(&stored.journal, restore::Ending::Resume);
            asking.cluster.store_journal(&mut stored, journal).await.map(|()| Some(stored))
        };
        match taken.await {
            Ok(Some(stored)) => {
                self.drive(asking, stored, lock, outcome).await;
                Ok(())
            }
            other => {
                lock.release().await;
                other.map(|_| ())
            }
        }
    }

    async fn drive(&self, asking: &Asking<'_>, stored: Stored, lock: Held, outcome: &mut Outcome) {
        outcome.changed = true;
        // Some of the pass is left to tell how it went.
        let timeout = self.budget.patience(PATIENCE).timeout * 3 / 4;
        let limits = Limits { timeout, waits_for_pods: false };
        let group = Some(asking.group.clone());
        let (journal, result) =
            Drive::new(&asking.cluster, &asking.ui, stored, group, lock, limits).run().await;
        let Journal { id, namespace, claim, .. } = &journal;
        let (reason, is_warning, note) = match &result {
            Ok(Ending::Restored) => (
                "RestoreCompleted",
                false,
                format!(
                    "PVC {claim} holds the data of {}. Start the application now. To take it back: kubectl gemini undo {id} -n {namespace}",
                    journal.source.taken.to_rfc3339()
                ),
            ),
            Ok(_) => {
                ("RestoreFailed", true, format!("restore {id} was taken back; PVC {claim} is as it was"))
            }
            Err(error) if journal.is_open() => {
                let note = format!(
                    "restore {id} of PVC {claim} stands still: {}. The next run goes on; to give it up: kubectl gemini restore --abort {id} -n {namespace}",
                    error.message
                );
                outcome.restoring =
                    Some(Restoring { reason: "Blocked".to_owned(), message: note.clone(), since: None });
                ("RestoreBlocked", true, note)
            }
            Err(error) => ("RestoreFailed", true, error.message.clone()),
        };
        self.log.info(&note, outcome.facts());
        outcome.happenings.push(Happening {
            occurrence: Some(self.cluster.now()),
            ..told(reason, is_warning, note, Some(&journal))
        });
        if let Err(error) = result {
            outcome.fail(self.log, error);
        }
    }
}

/// The request is taken away, and what became of it is written in its place.
fn settled(value: &str, what: &str) -> [(&'static str, Option<String>); 2] {
    [(marks::RESTORE, None), (marks::RESTORE_HANDLED, Some(format!("{value} {what}")))]
}

fn told(reason: &'static str, is_warning: bool, note: String, journal: Option<&Journal>) -> Happening {
    let snapshot = journal.map(|journal| journal.source.snapshot.clone());
    Happening { reason, is_warning, note, snapshot, occurrence: None }
}
