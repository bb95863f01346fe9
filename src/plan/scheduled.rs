//! The snapshot that a pass takes for a group: the draft of a backup, made into one for the rules that are due.
//! Must give every pass in the same slot the same name; only the clock decides between two of them.

use super::backup::{self, Step};
use super::naming;
use super::prune::GroupPlan;
use super::retention::Create;
use crate::error::{Error, Reason, Result};
use crate::model::draft::{Occasion, SnapshotDraft};
use crate::model::every;
use crate::model::snapshot::Interval;

/// Kubernetes' names end here.
const LONGEST_NAME: usize = 253;

/// The intervals that a snapshot for `create` is marked with, in the order of the schedule.
pub fn intervals(plan: &GroupPlan<'_>, create: &Create) -> Vec<Interval> {
    let interval = |label: &super::retention::DueLabel| {
        let rule = plan.schedule.rules.get(label.rule)?;
        Some(Interval {
            text: every::interval_mark(&rule.text, &rule.every),
            wall: rule.every.wall.map(|wall| wall.mark()).unwrap_or_default(),
            phase: Some(label.phase),
        })
    };
    create.labels.iter().filter_map(interval).collect()
}

/// Makes the draft of a backup the snapshot of a slot.
///
/// Fails with `GroupInvalid` if the snapshot would have no valid name.
pub fn draft(plan: &GroupPlan<'_>, create: &Create, backup: SnapshotDraft) -> Result<SnapshotDraft> {
    let name = naming::scheduled(&plan.group.name, create.slot, &plan.entries);
    if name.len() > LONGEST_NAME {
        let message = format!(
            "the name of group {} in namespace {} is too long: its snapshot would be called {name}",
            plan.group.name, plan.group.namespace
        );
        return Err(Error::new(Reason::GroupInvalid, message)
            .hint(format!("make a group of a shorter name for PVC {}", plan.group.claim.name)));
    }
    Ok(SnapshotDraft { occasion: Occasion::Scheduled { name, intervals: intervals(plan, create) }, ..backup })
}

/// As [`backup::next`], for what the schedule of `plan` wants now.
pub fn next(
    plan: &GroupPlan<'_>,
    create: &Create,
    observed: &backup::Observed,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Step> {
    Ok(match backup::next(observed, None, now)? {
        Step::TakeSnapshot(backup) => Step::TakeSnapshot(Box::new(draft(plan, create, *backup)?)),
        claim @ Step::CreateClaim(_) => claim,
    })
}
