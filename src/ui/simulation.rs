//! What `simulate` found out, as a document. A contract with scripts; fields are added, never changed.
//! Must not measure anything; the numbers are the simulation's.

use schemars::JsonSchema;
use serde::Serialize;

use super::documents::rfc3339_seconds;
use super::plans::VerdictItem;
use crate::plan::entry::Entry;
use crate::plan::schedule::Schedule;
use crate::plan::simulate::{Meter, Outcome, Spread, World};

/// What a schedule comes to over time.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    schema_version: u32,
    kind: &'static str,
    /// The group whose schedule it is.
    pub group: String,
    /// When the first pass was meant to start.
    pub start: String,
    /// No pass was meant to start then or later.
    pub end: String,
    /// How far apart the passes were meant to start.
    pub every_run_seconds: i64,
    /// What chance was drawn from; the same seed gives the same document.
    pub seed: u64,
    /// How many passes took place.
    pub runs: u64,
    /// How many snapshots were asked for.
    pub created: u64,
    /// The same by day.
    pub created_per_day: PerDayItem,
    /// How many of them failed.
    pub failed: u64,
    /// How many were deleted.
    pub deleted: u64,
    /// In how many passes the brake held deletions back: a pass deletes no more than 10 ready snapshots if they are more
    /// than half of all.
    pub braked_runs: u64,
    /// How many there are at the end.
    pub remaining: usize,
    /// How many were ready at the end of each pass, from the first on at which every rule that is reachable had `keep` + 1,
    /// and those by the clock on the wall reached back as far as promised; null if that was never.
    pub ready: Option<SpreadItem>,
    /// What they took up at the same times; null if no size was given.
    pub stored_bytes: Option<StoredItem>,
    /// The rules, in the order of the schedule.
    pub rules: Vec<SimulatedRuleItem>,
    /// What exists at the end of the last pass, and why, newest first.
    pub snapshots: Vec<VerdictItem>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Numbers of a count that changes.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SpreadItem {
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
    /// The mean.
    pub mean: f64,
}

/// How many snapshots were asked for in a day.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct PerDayItem {
    /// On average.
    pub mean: f64,
    /// The most.
    pub max: u64,
}

/// Roughly how many bytes snapshots take up: one full copy, and for each further one what changed since the one before.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct StoredItem {
    /// On average; null if `ready` is.
    pub mean: Option<i64>,
    /// At most; null if `ready` is.
    pub max: Option<i64>,
    /// At the end.
    pub end: i64,
}

/// What a rule did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedRuleItem {
    /// The period, as spelled in the schedule.
    pub every: String,
    /// How many are kept besides the newest.
    pub keep: u32,
    /// How many snapshots were asked for that carry its label.
    pub created: u64,
    /// How far back it is to reach: `keep` periods, a month taken as 30.436875 days.
    pub promised_seconds: i64,
    /// The time that was simulated is long enough for it to get all its snapshots.
    pub reachable: bool,
    /// How old the oldest was of the snapshots that the rule itself keeps, at the same times as `ready`; null if never.
    pub reaches_back_seconds: Option<ReachItem>,
}

/// How far back a rule reaches.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct ReachItem {
    /// At least.
    pub min: i64,
    /// On average.
    pub mean: f64,
}

impl Simulation {
    /// What came of a simulation.
    pub fn new(
        group: &str,
        schedule: &Schedule,
        world: &World,
        outcome: &Outcome,
        meter: &Meter<'_>,
        warnings: Vec<String>,
    ) -> Self {
        let rules = schedule.rules.iter().zip(&meter.rules).enumerate();
        let stored = meter.stored.range().map(|(_, max)| (whole(meter.stored.mean()), max));
        Self {
            schema_version: 1,
            kind: "Simulation",
            group: group.to_owned(),
            start: rfc3339_seconds(world.start),
            end: rfc3339_seconds(world.end),
            every_run_seconds: world.every_run,
            seed: world.seed,
            runs: outcome.runs,
            created: outcome.created,
            created_per_day: PerDayItem {
                mean: rounded(meter.created_per_day(outcome)),
                max: meter.busiest_day,
            },
            failed: outcome.failed,
            deleted: outcome.deleted,
            braked_runs: outcome.braked,
            remaining: outcome.entries.len(),
            ready: spread(&meter.ready),
            stored_bytes: meter.stored_in(&outcome.entries).map(|end| StoredItem {
                mean: stored.map(|(mean, _)| mean),
                max: stored.map(|(_, max)| max),
                end,
            }),
            rules: rules
                .map(|(number, (rule, measured))| SimulatedRuleItem {
                    every: rule.text.clone(),
                    keep: rule.keep,
                    created: measured.created,
                    promised_seconds: rule
                        .every
                        .period
                        .nominal_seconds()
                        .saturating_mul(i64::from(rule.keep)),
                    reachable: meter.is_reachable(number),
                    reaches_back_seconds: spread(&measured.reach)
                        .map(|SpreadItem { min, mean, .. }| ReachItem { min, mean }),
                })
                .collect(),
            snapshots: snapshots(schedule, outcome),
            warnings,
        }
    }
}

/// The end state, newest first.
fn snapshots(schedule: &Schedule, outcome: &Outcome) -> Vec<VerdictItem> {
    let intervals = |entry: &Entry| {
        let rules = schedule.rules.iter();
        let carried = rules.filter(|rule| entry.labels.iter().any(|label| label.every == rule.every));
        carried.map(|rule| rule.text.clone()).collect()
    };
    let judged = outcome.entries.iter().zip(&outcome.plan.verdicts).rev();
    judged
        .map(|(entry, verdict)| VerdictItem::new(schedule, entry, intervals(entry), verdict, outcome.now))
        .collect()
}

fn spread(spread: &Spread) -> Option<SpreadItem> {
    let (min, max) = spread.range()?;
    Some(SpreadItem { min, max, mean: rounded(spread.mean()) })
}

/// To three digits: more would only look exact.
fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

fn whole(number: f64) -> i64 {
    number as i64
}
