//! Whether Gemini's own operator works on a group, too: both would take snapshots, and each would delete by its own rules.
//! Must forget an operator that has gone: its old snapshots are history to take over, not a rival.

use chrono::{DateTime, TimeDelta, Utc};

use super::schedule::Schedule;
use crate::model::snapshot::{Purpose, Snapshot};

/// An operator that is there takes a snapshot in every shortest period; one that misses this many is gone.
const MISSED: i32 = 2;
/// It looks at its groups now and then only.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// The newest scheduled snapshot of the group, if Gemini's operator took it after one of ours, and not so long ago that it
/// must have gone since (design.md, section 6). `snapshots` are the group's, in any order.
pub fn operators<'a>(
    snapshots: &[&'a Snapshot],
    schedule: &Schedule,
    now: DateTime<Utc>,
) -> Option<&'a Snapshot> {
    let scheduled = || snapshots.iter().copied().filter(|s| matches!(s.purpose, Purpose::Scheduled(_)));
    let newest = scheduled().max_by_key(|snapshot| (snapshot.created, &snapshot.name))?;
    let seconds = schedule.rules.iter().map(|rule| rule.every.period.nominal_seconds()).min()?;
    let patience = TimeDelta::try_seconds(seconds)?.checked_mul(MISSED)?.checked_add(&LATE)?;
    let is_present = now - newest.created <= patience;
    let is_rival =
        is_geminis(newest) && scheduled().any(|other| !is_geminis(other) && other.created < newest.created);
    (is_present && is_rival).then_some(newest)
}

/// Ours carry phases, or what they were taken of, or that it was proven; Gemini knows none of these.
fn is_geminis(snapshot: &Snapshot) -> bool {
    let Purpose::Scheduled(intervals) = &snapshot.purpose else { return false };
    snapshot.source.is_none()
        && !snapshot.verified
        && intervals.iter().all(|interval| interval.phase.is_none())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::every;
    use crate::model::snapshot::Interval;
    use crate::plan::schedule::Rule;

    fn schedule(every: &str) -> Schedule {
        let rule = Rule { every: every::parse(every).unwrap(), keep: 1, text: every.to_owned() };
        Schedule { rules: vec![rule], max_age: None }
    }

    fn taken(name: &str, minutes_ago: i64, ours: bool) -> Snapshot {
        let interval = Interval { text: "hour".into(), wall: String::new(), phase: ours.then_some(60) };
        let sample = samples::snapshot(name);
        Snapshot {
            created: samples::now() - TimeDelta::minutes(minutes_ago),
            purpose: Purpose::Scheduled(vec![interval]),
            source: sample.source.clone().filter(|_| ours),
            ..sample
        }
    }

    fn rival(every: &str, snapshots: &[Snapshot]) -> Option<String> {
        let snapshots: Vec<_> = snapshots.iter().collect();
        operators(&snapshots, &schedule(every), samples::now()).map(|snapshot| snapshot.name.clone())
    }

    #[test]
    fn a_snapshot_that_gemini_took_after_one_of_ours_tells_that_its_operator_is_there() {
        let (ours, theirs) = (taken("ours", 60, true), taken("theirs", 5, false));
        assert_eq!(rival("hour", &[ours.clone(), theirs.clone()]).as_deref(), Some("theirs"));
        // Its history, which we take over.
        assert_eq!(rival("hour", &[theirs.clone(), taken("older", 65, false)]), None);
        assert_eq!(rival("hour", &[taken("ours", 1, true), theirs.clone()]), None);
        // By hand is not by an operator.
        let manual = Snapshot { purpose: Purpose::Manual, ..taken("manual", 1, false) };
        assert_eq!(rival("hour", &[ours.clone(), manual]), None);
        assert_eq!(rival("hour", &[]), None);
    }

    #[test]
    fn a_single_mark_of_ours_is_enough() {
        let theirs = taken("last", 5, false);
        let phase =
            Purpose::Scheduled(vec![Interval { text: "hour".into(), wall: String::new(), phase: Some(60) }]);
        for ours in [
            Snapshot { verified: true, ..theirs.clone() },
            Snapshot { source: samples::snapshot("last").source, ..theirs.clone() },
            Snapshot { purpose: phase, ..theirs.clone() },
        ] {
            assert_eq!(rival("hour", &[taken("ours", 60, true), ours]), None);
        }
        // In the same second nobody can say who was later.
        assert_eq!(rival("hour", &[taken("a", 5, true), theirs]), None);
    }

    #[test]
    fn an_operator_that_has_gone_is_forgotten() {
        let ours = taken("ours", 600, true);
        assert!(rival("hour", &[ours.clone(), taken("theirs", 130, false)]).is_some());
        assert_eq!(rival("hour", &[ours.clone(), taken("theirs", 131, false)]), None);
        assert!(rival("day", &[ours, taken("theirs", 131, false)]).is_some());
    }
}
