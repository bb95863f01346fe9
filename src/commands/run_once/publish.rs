//! Tells how each group stands: in its status, in Events, and in the outcome of the pass.
//! Must write only what has changed; what cannot be told this way fails nothing.

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};

use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::cluster::apply::Happening;
use crate::error::{Error, Reason};
use crate::model::group::Group;
use crate::model::status::Status;
use crate::plan::health::{Health, SeenClaim, Surroundings, assess};
use crate::plan::history::History;
use crate::plan::pass::View;
use crate::plan::status::status;

/// How many groups are told about at once.
const PARALLEL: usize = 8;

impl Pass<'_> {
    /// Tells it for all groups.
    pub async fn publish(&self, world: &World, outcomes: &mut [Outcome]) {
        let now = self.cluster.now();
        let mut told = vec![];
        for (view, outcome) in world.views.iter().zip(outcomes) {
            let status = self.assess(world, view, outcome, now);
            let happenings = self.happenings(&view.group, &status, outcome, now);
            let was = view.group.status.as_ref();
            let is_new = self.has_status && !was.is_some_and(|was| was.says_the_same(&status));
            if self.writes() && (is_new || !happenings.is_empty()) {
                told.push((&view.group, is_new.then_some(status), happenings));
            }
        }
        if told.is_empty() || self.take_lock().await.is_err() {
            return;
        }
        let tell = |(group, status, happenings)| self.tell(group, status, happenings);
        stream::iter(told).for_each_concurrent(PARALLEL, tell).await;
    }

    async fn tell(&self, group: &Group, status: Option<Status>, happenings: Vec<Happening>) {
        // What is not told now is told by the next pass, or can be read from the snapshots.
        let stops = || self.budget.refuses("telling").is_some();
        if let Some(status) = status.filter(|_| !stops()) {
            self.cluster.write_status(&self.resource, group, &status).await;
        }
        for happening in happenings {
            if !stops() {
                self.cluster.record(group, &self.resource.api_version, &happening, &self.instance).await;
            }
        }
    }

    /// How a group stands now. A group in trouble that the pass said nothing about is a failure, too.
    fn assess(&self, world: &World, view: &View, outcome: &mut Outcome, now: DateTime<Utc>) -> Status {
        let group = &view.group;
        let history = History::of(group, &view.snapshots);
        let plan = view.plan(&world.in_use(&group.namespace), now, &self.params());
        let claim = world.claim(group);
        let is_class = |error: &&Error| {
            matches!(
                error.reason,
                Reason::NoSnapshotClass
                    | Reason::TwoDefaultClasses
                    | Reason::SnapshotClassNotFound
                    | Reason::SnapshotClassOtherDriver
            )
        };
        let seen = Surroundings {
            claim: claim.map_or(SeenClaim::Missing, SeenClaim::Found),
            class: outcome.errors.iter().find(is_class),
            restore: None,
        };
        let assessment = assess(group, &history, plan.as_ref(), seen, now);
        outcome.item.status = Some(assessment.health.word());
        if assessment.health.is_trouble() && outcome.errors.is_empty() {
            let Group { name, namespace, .. } = group;
            let message = format!("group {name} in namespace {namespace}: {}", assessment.message);
            outcome.fail(self.log, Error::new(reason(assessment.health), message));
        }
        let schedule = plan.as_ref().ok().map(|plan| &plan.schedule);
        let status = status(group, &history, schedule, &assessment, claim, outcome.errors.first());
        Status { restoring: outcome.restoring.clone(), ..status }
    }

    /// What is to be told in Events: what was done, and a state that somebody should know of, once.
    fn happenings(
        &self,
        group: &Group,
        status: &Status,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Vec<Happening> {
        let mut happenings = outcome.happenings.clone();
        let was = group.status.as_ref().map(|status| status.ready.reason.as_str());
        if let Some(reason) = warning(&status.ready.reason).filter(|_| was != Some(&status.ready.reason)) {
            // Without a status nobody remembers what has been said already: the name of the Event does, for an hour.
            let occurrence = self.has_status.then_some(now);
            let note = status.message.clone();
            happenings.push(Happening { reason, is_warning: true, note, snapshot: None, occurrence });
        }
        happenings
    }
}

fn reason(health: Health) -> Reason {
    match health {
        Health::InvalidSchedule => Reason::InvalidSchedule,
        Health::ClaimMissing => Reason::ClaimMissing,
        Health::ClassMissing => Reason::NoSnapshotClass,
        Health::Overdue => Reason::Overdue,
        Health::DeletionStuck => Reason::DeletionStuck,
        _ => Reason::SnapshotFailing,
    }
}

/// The word of the Event about a state that somebody should know of.
fn warning(reason: &str) -> Option<&'static str> {
    match reason {
        "InvalidSchedule" => Some("ScheduleInvalid"),
        "ClaimMissing" => Some("ClaimMissing"),
        "ClassMissing" => Some("NoSnapshotClass"),
        "Failing" | "NotReady" => Some("SnapshotFailed"),
        "Overdue" => Some("Overdue"),
        "DeletionStuck" => Some("DeletionStuck"),
        _ => None,
    }
}
