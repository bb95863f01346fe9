//! A restore that the annotation of a group asks for, as Gemini's users do: armed, accepted, waited for, refused.
//! Must go the way of every other restore: what stands in the way of that stands in the way here, and is told on the group.

use super::super::restore::{PROBE_IMAGE, Request, Scale, ScaleArgs, begin, plan, rehearse};
use super::accepted::{Asking, UNASKED, settled, told};
use super::outcome::Outcome;
use super::pass::Pass;
use crate::api::marks;
use crate::cluster::apply::{GroupMarks, Happening};
use crate::cluster::journal::Stored;
use crate::cluster::lease::Held;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::snapshot::Snapshot;
use crate::model::status::Restoring;
use crate::plan::source::{self, Point, UnknownSource};
use crate::plan::trigger::{self, Refusal, Turn, Waiting};

impl Pass<'_> {
    pub(super) async fn see_to(
        &self,
        asking: &Asking<'_>,
        turn: Turn<'_>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        match turn {
            Turn::Rest(None) => Ok(()),
            Turn::Rest(Some(id)) => self.go_on(asking, id, outcome).await,
            Turn::Arm(old) => self.arm(asking, old, outcome).await,
            Turn::Asked(value, waiting) => self.answer(asking, value, waiting, outcome).await,
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
        waiting: Option<Waiting<'_>>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        // The look that this follows from may be minutes old.
        let now = asking.cluster.group(&self.resource, &asking.group.name).await?;
        if now.request != asking.group.request {
            return Ok(());
        }
        let (mut journals, _) = asking.cluster.journals(Some(&asking.cluster.namespace)).await?;
        let by_hand = trigger::overruled(asking.group, waiting, &journals).cloned();
        journals.retain(|journal| journal.group == asking.group.name && journal.asked_by.is_some());
        // One after the other; and it may have been begun by a pass that was stopped before it could say so on the group.
        if let Some(journal) = journals.iter().find(|journal| journal.is_open()) {
            let is_answer = journal.asked_by.as_deref() == Some(value);
            let is_old = trigger::is_over(journal.started, self.cluster.now());
            if (!is_answer || is_old) && trigger::is_unheard_of(&asking.group.request, journal) {
                return self.withdraw(asking, journal, UNASKED, outcome).await;
            }
            if is_answer && !self.mark(asking, Some(value), &settled(value, &journal.id).into()).await? {
                return Ok(());
            }
            return self.go_on(asking, &journal.id, outcome).await;
        }
        if let Some(journal) = trigger::answer(&asking.group.request, value, &journals) {
            let note = format!(
                "restore={value} has led to restore {}, which somebody has ended; nothing more is restored. To restore it again, set it again",
                journal.id
            );
            self.refuse(asking, value, Refusal::Ignored, note, outcome).await?;
            return self.acknowledge(asking, journal).await;
        }
        if let Some(journal) = by_hand {
            let note = format!(
                "restore {} of PVC {} was begun while restore={value} waited; nothing more is restored. To restore it again, set it again",
                journal.id, journal.claim
            );
            return self.refuse(asking, value, Refusal::Ignored, note, outcome).await;
        }
        let all = asking.cluster.snapshots(Some(&asking.group.namespace)).await?;
        if self.was_asked_of_gemini(asking, value, &all).await? {
            let note = format!(
                "restore={value} was done by Gemini; nothing is restored. To restore it again, name it in the command: kubectl gemini restore"
            );
            return self.refuse(asking, value, Refusal::Ignored, note, outcome).await;
        }
        let is_over = waiting.is_some_and(|waiting| trigger::is_over(waiting.since, self.cluster.now()));
        let begun = match source::choose(asking.group, &all, &trigger::point(value, waiting)) {
            // Whoever asked an hour ago and more may not mean it any more.
            Ok(_) if is_over => {
                let note = format!("restore={value} waited for an hour and is given up");
                self.refuse(asking, value, Refusal::Expired, note.clone(), outcome).await?;
                return Err(Error::new(Reason::TimedOut, note)
                    .hint("set the annotation again")
                    .exits(ExitCode::Failed));
            }
            Ok(snapshot) => match self.try_begin(asking, value, &snapshot.name, &all).await {
                Err(error) if trigger::may_pass(error.reason) => {
                    return self.wait(asking, value, waiting, &snapshot.name, error, outcome).await;
                }
                begun => begun,
            },
            Err(error) => Err(error),
        };
        match begun {
            Ok((stored, lock)) => self.accept(asking, value, stored, lock, outcome).await,
            Err(error) => {
                let note = format!("restore={value} cannot be done: {}", error.message);
                self.refuse(asking, value, Refusal::Refused, note, outcome).await?;
                Err(error)
            }
        }
    }

    /// Gemini writes the value of a request on the claim that it makes, and on the snapshot that it takes before.
    async fn was_asked_of_gemini(&self, asking: &Asking<'_>, value: &str, all: &[Snapshot]) -> Result<bool> {
        let Asking { group, cluster, .. } = asking;
        let claim = cluster.claim(&group.claim.name).await?;
        let its = all.iter().filter(|snapshot| snapshot.group.as_ref() == Some(&group.name));
        Ok(claim.is_some_and(|claim| claim.manifest["metadata"]["annotations"][marks::RESTORE] == value)
            || its.into_iter().any(|snapshot| snapshot.annotation(marks::RESTORE) == Some(value)))
    }

    /// Plans, has the server check it, and writes the journal.
    async fn try_begin(
        &self,
        asking: &Asking<'_>,
        value: &str,
        snapshot: &str,
        all: &[Snapshot],
    ) -> Result<(Stored, Held)> {
        let cluster = &asking.cluster;
        let request = Request {
            point: Point::Named(snapshot),
            mode: None,
            probe_image: PROBE_IMAGE,
            check: None,
            unknown: UnknownSource::Refuse,
            // Whoever asks by annotation stops and starts the application himself, as with Gemini.
            scale: ScaleArgs { scale: Scale::Never, delete_pods: false },
            asked_by: Some(value),
        };
        let (journal, _) = plan(cluster, &request, asking.group, all).await?;
        rehearse(cluster, &journal).await?;
        let mut begun = begin(cluster, &[journal], &asking.ui).await?;
        Ok(begun.swap_remove(0))
    }

    /// Something stands in the way. The group says so, until it is gone or an hour is over.
    pub(super) async fn wait(
        &self,
        asking: &Asking<'_>,
        value: &str,
        waiting: Option<Waiting<'_>>,
        snapshot: &str,
        error: Error,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let now = self.cluster.now();
        if waiting.is_none() {
            let waits = (marks::RESTORE_HANDLED, Some(trigger::waiting(value, now, snapshot)));
            if !self.mark(asking, Some(value), &[waits].into()).await? {
                return Ok(());
            }
            outcome.changed = true;
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
        if !self.mark(asking, Some(value), &settled(value, refusal.word()).into()).await? {
            return Ok(());
        }
        let reason = if refusal == Refusal::Ignored { "RestoreIgnored" } else { "RestoreFailed" };
        if refusal == Refusal::Ignored {
            self.log.warn(&note, outcome.facts());
        }
        let occurrence = Some(self.cluster.now());
        self.record(asking, &Happening { occurrence, ..told(reason, true, note, None) }).await;
        Ok(())
    }

    /// At once: the request is gone, so that no later pass would tell it, and the rest of this one may be cut short.
    pub(super) async fn record(&self, asking: &Asking<'_>, happening: &Happening) {
        self.cluster.record(asking.group, &self.resource.api_version, happening, &self.instance).await;
    }

    pub(super) async fn mark(
        &self,
        asking: &Asking<'_>,
        wanted: Option<&str>,
        group_marks: &GroupMarks,
    ) -> Result<bool> {
        asking.cluster.mark_group(&self.resource, asking.group, wanted, group_marks).await
    }
}
