//! Tells how each group stands: in its status, in Events, and in the outcome of the pass.
//! Must write only what has changed; what cannot be told this way fails nothing.

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};

use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::cluster::apply::Happening;
use crate::error::{Error, Reason};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::model::status::{Status, Truth};
use crate::plan::health::{Health, SeenClaim, Surroundings, assess};
use crate::plan::history::History;
use crate::plan::pass::View;
use crate::plan::status::status;
use crate::ui::log::Facts;

/// How many groups are told about at once.
const PARALLEL: usize = 8;

/// What is said of a claim that bears the name of the one before.
pub(super) const ANOTHER_CLAIM: &str =
    "this is another claim than the last snapshot was taken of; the name is the same";

/// What is to be told of one group.
struct News<'a> {
    group: &'a Group,
    status: Option<Status>,
    /// A state that somebody should know of.
    state: Option<Happening>,
    /// What was done.
    happenings: Vec<Happening>,
}

impl Pass<'_> {
    /// Tells it for all groups.
    pub async fn publish(&self, world: &World, outcomes: &mut [Outcome]) {
        let now = self.cluster.now();
        let mut told = vec![];
        for (view, outcome) in world.views.iter().zip(outcomes) {
            let group = &view.group;
            let mut news = News { group, status: None, state: None, happenings: vec![] };
            if self.is_swapping(world, group).await {
                outcome.item.status = Some(Health::Restoring.word());
            } else {
                self.note_another_claim(world, view, outcome).await;
                let status = self.assess(world, view, outcome, now);
                let was = group.status.as_ref();
                news.state = state(group, &status);
                news.status = Some(status)
                    .filter(|status| self.has_status && !was.is_some_and(|was| was.says_the_same(status)));
            }
            news.happenings.clone_from(&outcome.happenings);
            if self.writes() && (news.status.is_some() || news.state.is_some() || !news.happenings.is_empty())
            {
                told.push(news);
            }
        }
        if told.is_empty() || self.take_lock().await.is_err() {
            return;
        }
        stream::iter(told).for_each_concurrent(PARALLEL, |news| self.tell(news)).await;
    }

    async fn tell(&self, News { group, status, state, mut happenings }: News<'_>) {
        // What is not told now is told by the next pass, or can be read from the snapshots.
        let stops = || self.budget.refuses("telling").is_some();
        let is_written = match status.filter(|_| !stops()) {
            Some(status) => self.cluster.write_status(&self.resource, group, &status).await,
            None => false,
        };
        // Where no status remembers what has been said already, the name of the Event does, for an hour.
        let occurrence = is_written.then(|| self.cluster.now());
        happenings.extend(state.map(|state| Happening { occurrence, ..state }));
        for happening in happenings {
            if !stops() {
                self.cluster.record(group, &self.resource.api_version, &happening, &self.instance).await;
            }
        }
    }

    /// A restore moves the claim's name at this moment: that it is not there is nobody's fault (reliability.md, F-O10). Asked only of
    /// a group that was well: of thousands without a claim nobody is.
    async fn is_swapping(&self, world: &World, group: &Group) -> bool {
        let is_whole = |claim: &Claim| claim.phase == ClaimPhase::Bound && !claim.terminating;
        let was_well = group.status.as_ref().is_none_or(|status| status.ready.truth == Truth::True);
        was_well
            && !world.claim(group).is_some_and(is_whole)
            && self.budget.refuses("a look").is_none()
            && self.is_being_restored(group).await
    }

    /// A claim of the same name that is not the same holds other data, unless it has the same volume, as after a restore that was
    /// taken back: whoever did that on purpose knows it.
    async fn note_another_claim(
        &self,
        world: &World,
        View { group, snapshots }: &View,
        outcome: &mut Outcome,
    ) {
        let Some(claim) = world.claim(group) else { return };
        let known = group.status.as_ref().and_then(|status| status.claim.as_ref());
        let is_another = known.is_some_and(|known| known.name == claim.name && known.uid != claim.uid);
        if !is_another || claim.restore.is_some() || claim.restored_from.is_some() {
            return;
        }
        // The last one of the claim before; what was read of all of them does not tell what it is of.
        let is_older = |snapshot: &&Snapshot| claim.created.is_none_or(|created| snapshot.taken < created);
        let last = snapshots.iter().filter(is_older).max_by_key(|snapshot| snapshot.taken);
        if let Some(last) = last
            && let Ok(Some(last)) = self.cluster.in_namespace(&group.namespace).snapshot(&last.name).await
            && last.source.is_some_and(|source| Some(source.volume) == claim.volume)
        {
            return;
        }
        let facts = Facts { pvc: Some(claim.name.clone()), ..outcome.facts() };
        self.log.warn(ANOTHER_CLAIM, facts);
        let note = format!(
            "PVC {}: {ANOTHER_CLAIM}. The snapshots of the one before go as the schedule says: to keep one, kubectl gemini hold",
            claim.name
        );
        outcome.happenings.push(Happening {
            reason: "ClaimReplaced",
            is_warning: true,
            note,
            snapshot: None,
            occurrence: None,
        });
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
}

/// A state that somebody should know of, once.
fn state(group: &Group, status: &Status) -> Option<Happening> {
    let was = group.status.as_ref().map(|status| status.ready.reason.as_str());
    let reason = warning(&status.ready.reason).filter(|_| was != Some(&status.ready.reason))?;
    let note = status.message.clone();
    Some(Happening { reason, is_warning: true, note, snapshot: None, occurrence: None })
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
