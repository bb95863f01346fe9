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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::history::History;
    use super::super::retention::Params;
    use super::super::samples;
    use super::*;
    use crate::model::group::{Group, Rule};
    use crate::model::snapshot::{Purpose, Readiness, Snapshot};

    /// 09:50 UTC, by which all of them fall due for the first time.
    const SLOT: i64 = 1_795_341_000;

    fn group(name: &str) -> Group {
        let rule = |every: &str| Rule { every: every.into(), keep: Some(1) };
        let schedule = vec![rule("60 min"), rule("2 days"), rule("day at 02:30 in Europe/Berlin")];
        Group { name: name.into(), schedule, ..samples::group() }
    }

    fn step(group: &Group, all: &[Snapshot]) -> Result<Step> {
        let (history, now) = (History::of(group, all), samples::now());
        let plan = GroupPlan::new(group, &history, &BTreeSet::new(), now, &Params::default())?;
        let create = plan.plan.create.clone().expect("something is due");
        let observed = backup::Observed {
            group: group.clone(),
            claim: Some(samples::claim("photos-data")),
            volume: Some(samples::volume("vol-1")),
            classes: vec![samples::snapshot_class("snapshots")],
            snapshots: all.to_vec(),
            storage_class: None,
        };
        next(&plan, &create, &observed, now)
    }

    #[test]
    fn it_is_called_by_its_slot_and_marked_with_all_rules_that_are_due() {
        let Step::TakeSnapshot(draft) = step(&group("photos"), &[]).unwrap() else { panic!("no snapshot") };
        let Occasion::Scheduled { name, intervals } = draft.occasion else { panic!("not by the schedule") };
        assert_eq!(name, format!("photos-{SLOT}"));
        let interval = |text: &str, wall: &str, phase| Interval {
            text: text.into(),
            wall: wall.into(),
            phase: Some(phase),
        };
        let wanted = [
            // As Gemini's parser reads it.
            interval("hour", "", SLOT),
            interval("2 days", "", SLOT),
            interval("day", "02:30 Europe/Berlin", SLOT - 8 * 3_600 - 20 * 60),
        ];
        assert_eq!(intervals, wanted);
        assert_eq!((draft.claim.as_str(), draft.source.handle.as_str()), ("photos-data", "vol-1"));
    }

    /// The longest name of a group leaves room for a slot, but not for the number of an attempt.
    #[test]
    fn a_name_that_kubernetes_would_not_take_is_refused() {
        let group = group(&"g".repeat(242));
        let Step::TakeSnapshot(draft) = step(&group, &[]).unwrap() else { panic!("no snapshot") };
        assert_eq!(draft.name().len(), 253);
        let failed = Snapshot {
            name: draft.name().to_owned(),
            group: Some(group.name.clone()),
            taken: samples::now() - chrono::TimeDelta::hours(12),
            purpose: Purpose::Scheduled(vec![]),
            readiness: Readiness::Failing("no space".into()),
            ..samples::snapshot("x")
        };
        let error = step(&group, &[failed]).unwrap_err();
        assert_eq!(error.reason, Reason::GroupInvalid);
        assert!(error.message.ends_with("-r1") && error.hints()[0].contains("shorter name"), "{error}");
    }
}
