//! The plan for one group as a command needs it: the schedule read, its snapshots seen by retention, and the verdicts.
//! Must refuse a group whose schedule makes no sense as a whole; it must not plan half of one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::entry::{self, Entry};
use super::history::History;
use super::retention::{self, Fate, Params, Plan};
use super::schedule::{self, Schedule};
use super::trigger;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;

/// What retention makes of one group, and what it was made from. `snapshots`, `entries` and the plan's verdicts belong
/// together by their places: newest first.
#[derive(Clone, Debug)]
pub struct GroupPlan<'a> {
    /// The group.
    pub group: &'a Group,
    /// Its rules.
    pub schedule: Schedule,
    /// Its snapshots.
    pub snapshots: Vec<&'a Snapshot>,
    /// The same as retention sees them.
    pub entries: Vec<Entry>,
    /// What to do.
    pub plan: Plan,
}

impl<'a> GroupPlan<'a> {
    /// Plans for a group with these snapshots. `in_use` names those of the group's namespace that claims are being filled
    /// from.
    ///
    /// Fails with `InvalidSchedule`, and all that is wrong as causes.
    pub fn new(
        group: &'a Group,
        history: &History<'a>,
        in_use: &BTreeSet<&str>,
        now: DateTime<Utc>,
        params: &Params,
    ) -> Result<Self> {
        let (schedule, mut warnings) = schedule_of(group)?;
        if let Some(ahead) = entry::cut_ahead(&history.snapshots, now) {
            warnings.push(format!(
                "snapshot {} was cut in the future, by the storage's clock; that clock is wrong, and is not believed",
                ahead.name
            ));
        }
        let mut entries = entry::entries(&history.snapshots, &group.claim.name, in_use, now);
        if let Some(name) = trigger::meant(group, history) {
            entries.iter_mut().for_each(|entry| entry.requested = entry.name == name);
        }
        let mut seen: Vec<_> = entries.into_iter().zip(history.snapshots.iter().copied()).collect();
        // By the time that each stands for, which may be later than its mark says.
        seen.sort_by(|(a, _), (b, _)| (b.time, &b.name).cmp(&(a.time, &a.name)));
        let (entries, snapshots): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
        let params = Params { suspended: group.suspended, ..params.clone() };
        let mut plan = retention::plan(&schedule, &entries, now.timestamp(), &params);
        warnings.append(&mut plan.warnings);
        plan.warnings = warnings;
        Ok(Self { group, schedule, snapshots, entries, plan })
    }

    /// The snapshots to delete, oldest first.
    pub fn deletions(&self) -> Vec<&'a Snapshot> {
        self.plan.deletions(&self.entries).into_iter().map(|index| self.snapshots[index]).collect()
    }

    /// How many can be restored from once the plan is carried out.
    pub fn ready_afterwards(&self) -> usize {
        let stays = |(snapshot, verdict): &(&&Snapshot, &retention::Verdict)| {
            snapshot.is_usable() && verdict.fate == Fate::Keep
        };
        self.snapshots.iter().zip(&self.plan.verdicts).filter(stays).count()
    }
}

/// The schedule of a group, and what is odd about it.
///
/// Fails with `InvalidSchedule`, and all that is wrong as causes.
pub fn schedule_of(group: &Group) -> Result<(Schedule, Vec<String>)> {
    schedule::read(group).map_err(|faults| invalid(group, faults))
}

fn invalid(group: &Group, faults: Vec<String>) -> Error {
    let Group { namespace, name, .. } = group;
    let message = format!("the schedule of snapshotgroup {name} in namespace {namespace} makes no sense");
    let error = Error::new(Reason::InvalidSchedule, message)
        .hint(format!("correct it: kubectl edit snapshotgroup {name} -n {namespace}"));
    faults.into_iter().fold(error, Error::cause)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::samples;
    use super::*;
    use crate::model::group::{Request, Rule};
    use crate::model::snapshot::{Interval, Purpose, Readiness};

    fn group(every: &str) -> Group {
        Group { schedule: vec![Rule { every: every.into(), keep: Some(0) }], ..samples::group() }
    }

    fn scheduled(name: &str, hours: i64) -> Snapshot {
        let interval = Interval { text: "hour".into(), wall: String::new(), phase: None };
        let taken = samples::now() - TimeDelta::hours(hours);
        let purpose = Purpose::Scheduled(vec![interval]);
        Snapshot { taken, purpose, cut: None, ..samples::snapshot(name) }
    }

    /// With a storage whose clock is eight hours ahead.
    #[test]
    fn a_slot_is_served_whatever_the_storage_says_the_time_is() {
        let group = group("hour");
        let ahead = |name: &str, hours: i64| {
            let snapshot = scheduled(name, hours);
            Snapshot { cut: Some(snapshot.taken + TimeDelta::hours(8)), ..snapshot }
        };
        let all: Vec<_> = (0..12).map(|hours| ahead(&format!("photos-{hours:02}"), hours)).collect();
        let history = History::of(&group, &all);
        let plan =
            GroupPlan::new(&group, &history, &BTreeSet::new(), samples::now(), &Params::default()).unwrap();
        assert_eq!(plan.plan.create, None);
        assert!(plan.plan.warnings[0].contains("clock is wrong"), "{:?}", plan.plan.warnings);
        let kept = plan.snapshots.iter().zip(&plan.plan.verdicts).filter(|(_, v)| v.fate == Fate::Keep);
        assert_eq!(kept.map(|(snapshot, _)| snapshot.name.as_str()).collect::<Vec<_>>(), ["photos-00"]);
    }

    #[test]
    fn what_a_restore_is_asked_of_stays_as_long_as_that_waits() {
        let all: Vec<_> = (0..4).map(|hours| scheduled(&format!("photos-{hours}"), hours)).collect();
        let kept = |wanted: &str, armed: bool, handled: Option<&str>| {
            let request =
                Request { wanted: Some(wanted.to_owned()), armed, handled: handled.map(str::to_owned) };
            let group = Group { request, ..group("hour") };
            let history = History::of(&group, &all);
            let plan = GroupPlan::new(&group, &history, &BTreeSet::new(), samples::now(), &Params::default());
            let plan = plan.unwrap();
            let kept = plan.snapshots.iter().zip(&plan.plan.verdicts).filter(|(_, v)| v.fate == Fate::Keep);
            kept.map(|(snapshot, _)| snapshot.name.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(kept("photos-3", true, None), "photos-0 photos-3");
        // By its number; by what "latest" meant when it was asked for; and what nobody here was asked.
        assert_eq!(kept("2", true, None), "photos-0 photos-2");
        let waits = Some("latest waiting 2026-11-22T08:00:00Z photos-1");
        assert_eq!(kept("latest", true, waits), "photos-0 photos-1");
        for (wanted, armed, handled) in
            [("latest", true, None), ("photos-3", false, None), ("", true, Some("photos-3 7f3ak"))]
        {
            assert_eq!(kept(wanted, armed, handled), "photos-0", "{wanted} {handled:?}");
        }
    }

    #[test]
    fn clocks_may_be_five_minutes_apart() {
        let group = group("hour");
        for (ahead, is_served) in [(300, true), (301, false)] {
            let taken = samples::now() + TimeDelta::seconds(ahead);
            let all = [Snapshot { taken, ..scheduled("photos-1", 0) }];
            let history = History::of(&group, &all);
            let plan = GroupPlan::new(&group, &history, &[].into(), samples::now(), &Params::default());
            assert_eq!(plan.unwrap().plan.create.is_none(), is_served, "{ahead}");
        }
    }

    /// On the bad day it may be all there is.
    #[test]
    fn what_is_over_stays_while_nothing_newer_can_be_restored_from() {
        let (group, now) = (group("hour"), samples::now());
        let by_hand = Snapshot { expires: Some(now), ..samples::snapshot("by-hand") };
        let by_hand = Snapshot { taken: now - TimeDelta::minutes(5), cut: None, ..by_hand };
        let fate = |newer: Snapshot| {
            let all = [by_hand.clone(), newer];
            let history = History::of(&group, &all);
            let plan = GroupPlan::new(&group, &history, &[].into(), now, &Params::default()).unwrap();
            let place = plan.snapshots.iter().position(|snapshot| snapshot.name == "by-hand");
            plan.plan.verdicts[place.unwrap()].fate
        };
        let newer = scheduled("newer", 0);
        for useless in [
            Snapshot { readiness: Readiness::Creating, ..newer.clone() },
            Snapshot { tainted: Some("wrong-volume".into()), ..newer.clone() },
            Snapshot { claim: Some("other".into()), ..newer.clone() },
            Snapshot { taken: now + TimeDelta::hours(1), ..newer.clone() },
        ] {
            assert_eq!(fate(useless.clone()), Fate::Keep, "{useless:?}");
        }
        assert_eq!(fate(newer), Fate::Delete);
    }

    #[test]
    fn a_failure_is_kept_for_a_day_and_until_something_newer_is_ready() {
        let (group, day) = (group("hour"), 86_400);
        for (failed, ready, wanted) in [
            (day - 1, 60, Fate::Keep),
            (day, day + 60, Fate::Keep),
            (day, day, Fate::Keep),
            (day, day - 1, Fate::Delete),
        ] {
            let taken = |name: &str, ago: i64| {
                let taken = samples::now() - TimeDelta::seconds(ago);
                Snapshot { taken, ..scheduled(name, 0) }
            };
            let readiness = Readiness::Failing("no space".into());
            let all = [Snapshot { readiness, ..taken("failed", failed) }, taken("ready", ready)];
            let history = History::of(&group, &all);
            let plan = GroupPlan::new(&group, &history, &[].into(), samples::now(), &Params::default());
            let plan = plan.unwrap();
            let place = plan.snapshots.iter().position(|snapshot| snapshot.name == "failed");
            assert_eq!(plan.plan.verdicts[place.unwrap()].fate, wanted, "{failed} {ready}");
        }
    }

    #[test]
    fn snapshots_and_verdicts_stand_at_the_same_place() {
        let group = group("hour");
        let all = [scheduled("old", 2), scheduled("new", 0), scheduled("used", 1)];
        let used = BTreeSet::from(["used"]);
        let plan =
            GroupPlan::new(&group, &History::of(&group, &all), &used, samples::now(), &Params::default())
                .unwrap();
        let names: Vec<_> = plan.snapshots.iter().map(|snapshot| snapshot.name.as_str()).collect();
        assert_eq!(names, ["new", "used", "old"]);
        let gone: Vec<_> = plan.deletions().iter().map(|snapshot| snapshot.name.as_str()).collect();
        assert_eq!(gone, ["old"]);
        assert_eq!(plan.ready_afterwards(), 2);
    }

    #[test]
    fn a_mark_that_nobody_understands_and_an_empty_schedule_are_told() {
        let warnings = |group: &Group, all: &[Snapshot]| {
            let history = History::of(group, all);
            let plan = GroupPlan::new(group, &history, &[].into(), samples::now(), &Params::default());
            plan.unwrap().plan.warnings
        };
        let marked = |name: &str, texts: &[&str]| {
            let interval = |text: &&str| Interval { text: (*text).into(), wall: String::new(), phase: None };
            let purpose = Purpose::Scheduled(texts.iter().map(interval).collect());
            Snapshot { purpose, ..samples::snapshot(name) }
        };
        let going = Snapshot { terminating: true, ..marked("c", &["fortnight"]) };
        let all = [marked("a", &["fortnight"]), marked("b", &["hour", "fortnight"]), going];
        let wanted = [
            r#"snapshot b: interval "fortnight" not understood; its other intervals decide"#,
            r#"snapshot a: interval "fortnight" not understood; it will be kept"#,
        ];
        assert_eq!(warnings(&group("hour"), &all), wanted);
        assert_eq!(warnings(&group("hour"), &[scheduled("old", 2)]), [""; 0]);
        let wanted = ["the schedule is empty: nothing is taken by it, and nothing is deleted"];
        assert_eq!(warnings(&samples::group(), &[scheduled("old", 2)]), wanted);
    }

    #[test]
    fn a_schedule_that_makes_no_sense_is_refused_with_all_that_is_wrong() {
        let mut group = group("fortnight");
        group.schedule.push(Rule { every: "5m".into(), keep: Some(-1) });
        let refused =
            GroupPlan::new(&group, &History::default(), &BTreeSet::new(), samples::now(), &Params::default());
        let error = refused.unwrap_err();
        assert_eq!((error.reason, error.causes.len()), (Reason::InvalidSchedule, 3));
    }
}
