//! What retention decided, as documents: fates, reasons and rules. A contract with scripts; fields are added, never changed.
//! Must not decide anything; the words are the planner's.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{ErrorItem, rfc3339, rfc3339_seconds};
use crate::model::snapshot::{Purpose, Snapshot};
use crate::plan::calendar::{self, Moment};
use crate::plan::entry::Entry;
use crate::plan::prune::GroupPlan;
use crate::plan::retention::{Blocked, Fate, Plan, Reason, RuleStatus, Verdict};
use crate::plan::schedule::{Rule, Schedule};

/// `PrunePlan`, and `PruneResult` after a real run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanDocument {
    schema_version: u32,
    kind: &'static str,
    now: String,
    /// One for each group.
    pub items: Vec<PlanItem>,
}

impl PlanDocument {
    /// A document of the given kind.
    pub fn new(kind: &'static str, now: DateTime<Utc>, items: Vec<PlanItem>) -> Self {
        Self { schema_version: 1, kind, now: rfc3339(now), items }
    }
}

/// The plan for one group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanItem {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What a pass at this time would take; null for nothing.
    pub create: Option<CreateItem>,
    /// Why nothing is taken although something is due.
    pub blocked: Option<BlockedItem>,
    /// Much would be deleted: more than 10 ready snapshots and more than half of them.
    pub brake: bool,
    /// How each rule stands.
    pub rules: Vec<RuleStatusItem>,
    /// What becomes of each snapshot, newest first.
    pub snapshots: Vec<VerdictItem>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Why there is no plan, or why it was not carried out.
    pub error: Option<ErrorItem>,
}

/// A snapshot to take.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CreateItem {
    /// For which rules, as spelled in the schedule.
    pub intervals: Vec<String>,
    /// A moment of the grid of each.
    pub phases: Vec<String>,
}

/// Why nothing is taken.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BlockedItem {
    /// `in-flight`, `backoff` or `suspended`.
    pub code: &'static str,
    /// When that ends, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// How a rule stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleStatusItem {
    /// The period, as spelled in the schedule.
    pub every: String,
    /// How many are kept besides the newest.
    pub keep: u32,
    /// It wants a snapshot now.
    pub due: bool,
    /// `first`, `due`, `not-due`, or the code of what blocks it.
    pub due_reason: &'static str,
    /// The newest of its series, one in progress included.
    pub last: Option<String>,
    /// When the next falls due.
    pub next_due: String,
    /// How many ready snapshots its series has.
    pub members: usize,
    /// Age of the oldest of them.
    pub reaches_back_seconds: Option<i64>,
    /// How far back it is to reach.
    pub promised_seconds: i64,
}

/// What becomes of a snapshot.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictItem {
    /// Its name.
    pub name: String,
    /// The point in time that it stands for.
    pub time: String,
    /// How long ago that is.
    pub age_seconds: i64,
    /// `ready`, `in-progress`, `failed` or `terminating`.
    pub state: &'static str,
    /// The rules it was taken for, as spelled then.
    pub intervals: Vec<String>,
    /// `keep`, `delete` or `ignore`.
    pub fate: &'static str,
    /// Why; at least one.
    pub reasons: Vec<ReasonItem>,
    /// After a real run, for what was to be deleted: `deleted`, `gone`, `changed` or `failed`; absent if it was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
}

/// Why.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReasonItem {
    /// The stable word.
    pub code: &'static str,
    /// The rule that it is about, as spelled in the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Its place in that rule's series; 1 is the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// How many the rule keeps if all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// Until when it is needed at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl PlanItem {
    /// A group and its plan.
    pub fn new(group: &GroupPlan<'_>, now: DateTime<Utc>) -> Self {
        let GroupPlan { group, schedule, snapshots, entries, plan } = group;
        let judged = snapshots.iter().zip(entries).zip(&plan.verdicts);
        let snapshots = judged
            .map(|((snapshot, entry), verdict)| {
                VerdictItem::new(schedule, entry, intervals(snapshot), verdict, now.timestamp())
            })
            .collect();
        Self {
            create: create(plan, schedule),
            blocked: plan.blocked.map(BlockedItem::from),
            brake: plan.brake,
            rules: rules(plan, schedule, now.timestamp()),
            snapshots,
            warnings: plan.warnings.clone(),
            ..Self::without_plan(&group.namespace, &group.name)
        }
    }

    /// How many snapshots have a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.snapshots.iter().filter(|snapshot| snapshot.fate == fate.word()).count()
    }

    /// A group for which there is no plan.
    pub fn without_plan(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            create: None,
            blocked: None,
            brake: false,
            rules: vec![],
            snapshots: vec![],
            warnings: vec![],
            error: None,
        }
    }
}

fn create(plan: &Plan, schedule: &Schedule) -> Option<CreateItem> {
    let labels = &plan.create.as_ref()?.labels;
    Some(CreateItem {
        intervals: labels.iter().map(|label| schedule.rules[label.rule].text.clone()).collect(),
        phases: labels.iter().map(|label| moment(label.phase)).collect(),
    })
}

impl From<Blocked> for BlockedItem {
    fn from(blocked: Blocked) -> Self {
        let until = match blocked {
            Blocked::Backoff { until } => Some(moment(until)),
            Blocked::InFlight | Blocked::Suspended => None,
        };
        Self { code: blocked.code(), until }
    }
}

fn rules(plan: &Plan, schedule: &Schedule, now: Moment) -> Vec<RuleStatusItem> {
    let item = |(status, rule): (&RuleStatus, &Rule)| RuleStatusItem {
        every: rule.text.clone(),
        keep: rule.keep,
        due: status.due,
        due_reason: status.due_reason.code(),
        last: status.last.map(moment),
        next_due: moment(status.next_due),
        members: status.members,
        reaches_back_seconds: status.oldest.map(|oldest| now.saturating_sub(oldest)),
        promised_seconds: now.saturating_sub(calendar::add(now, rule.every.period, -i64::from(rule.keep))),
    };
    plan.rules.iter().zip(&schedule.rules).map(item).collect()
}

impl VerdictItem {
    /// A snapshot and what becomes of it at `now`; `intervals` as spelled on it.
    pub fn new(
        schedule: &Schedule,
        entry: &Entry,
        intervals: Vec<String>,
        verdict: &Verdict,
        now: Moment,
    ) -> Self {
        Self {
            name: entry.name.clone(),
            time: moment(entry.time),
            age_seconds: now.saturating_sub(entry.time),
            state: entry.state.word(),
            intervals,
            fate: verdict.fate.word(),
            reasons: verdict.reasons.iter().map(|reason| ReasonItem::new(schedule, *reason)).collect(),
            outcome: None,
        }
    }
}

impl ReasonItem {
    fn new(schedule: &Schedule, reason: Reason) -> Self {
        let (place, until) = match reason {
            Reason::Rule { rule, rank } => (Some((rule, rank)), None),
            Reason::Span { rule, rank, until } => (Some((rule, rank)), Some(moment(until))),
            Reason::LastOfVolume { until } => (None, Some(moment(until))),
            Reason::Surplus(place) => (place, None),
            _ => (None, None),
        };
        let rule = place.and_then(|(rule, _)| schedule.rules.get(rule));
        Self {
            code: reason.code(),
            rule: rule.map(|rule| rule.text.clone()),
            rank: place.map(|(_, rank)| rank),
            of: rule.map(|rule| rule.keep.saturating_add(1)),
            until,
        }
    }
}

/// The rules that a snapshot was taken for, as spelled on it.
fn intervals(snapshot: &Snapshot) -> Vec<String> {
    match &snapshot.purpose {
        Purpose::Scheduled(intervals) => intervals.iter().map(|interval| interval.text.clone()).collect(),
        Purpose::Manual | Purpose::Safety | Purpose::Other(_) => vec![],
    }
}

/// RFC 3339, whatever the number.
fn moment(seconds: Moment) -> String {
    rfc3339_seconds(seconds)
}
