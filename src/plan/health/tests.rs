//! How a group stands, by a table; and that a group which is served as it should be never looks ill.
//! Times are minutes before `samples::now()`.

mod words;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use super::super::retention::Params;
use super::super::samples;
use super::*;
use crate::error::Reason;
use crate::model::claim::ClaimPhase;
use crate::model::group::{self, ClaimRef};
use crate::model::snapshot::{Interval, Purpose, Readiness};

fn group(rules: &[&str]) -> Group {
    let rule = |every: &&str| group::Rule { every: (*every).into(), keep: Some(3) };
    let created = Some(ago(60 * 24 * 40));
    Group { schedule: rules.iter().map(rule).collect(), created, ..samples::group() }
}

fn ago(minutes: i64) -> DateTime<Utc> {
    samples::now() - TimeDelta::minutes(minutes)
}

/// Taken so many minutes ago for a rule, and ready.
fn ready(name: &str, minutes: i64, every: &str) -> Snapshot {
    let taken = ago(minutes);
    let phase = Some(taken.timestamp().div_euclid(60) * 60);
    let purpose = Purpose::Scheduled(vec![Interval { text: every.into(), wall: String::new(), phase }]);
    Snapshot { created: taken, taken, cut: None, purpose, ..samples::snapshot(name) }
}

fn making(name: &str, minutes: i64, every: &str) -> Snapshot {
    Snapshot { readiness: Readiness::Creating, ..ready(name, minutes, every) }
}

fn failed(name: &str, minutes: i64, every: &str) -> Snapshot {
    Snapshot { readiness: Readiness::Failing("no space".into()), ..ready(name, minutes, every) }
}

fn planned<'a>(group: &'a Group, all: &'a [Snapshot], now: DateTime<Utc>) -> Result<GroupPlan<'a>> {
    GroupPlan::new(group, &History::of(group, all), &BTreeSet::new(), now, &Params::default())
}

fn told(
    group: &Group,
    all: &[Snapshot],
    seen: Surroundings<'_>,
    now: DateTime<Utc>,
) -> (Health, String, Timing) {
    let told = assess(group, &History::of(group, all), planned(group, all, now).as_ref(), seen, now);
    (told.health, told.message, told.timing)
}

#[test]
fn the_worst_that_holds_is_told() {
    use Health::{Failing, Healthy, InvalidSchedule, NotReady, Overdue, Pending, Suspended};
    let (ten, day) = ("10 minutes", "day");
    let rests = |group: Group| Group { suspended: true, ..group };
    let young = |minutes: i64| Group { created: Some(ago(minutes)), ..group(&[ten]) };
    let manual = || samples::snapshot("by-hand");
    let foreign = || Snapshot { claim: Some("other".into()), ..failed("x", 5, ten) };
    let tainted = || Snapshot { tainted: Some("wrong-volume".into()), ..failed("x", 5, ten) };
    for (what, group, all, wanted) in [
        ("just served", group(&[ten]), vec![ready("a", 3, ten)], Healthy),
        ("due", group(&[ten]), vec![ready("a", 12, ten)], Healthy),
        ("a job every 10 minutes, at its latest", group(&[ten]), vec![ready("a", 21, ten)], Healthy),
        ("one period late and more", group(&[ten]), vec![ready("a", 26, ten)], Overdue),
        ("in progress, so not late", group(&[ten]), vec![making("b", 5, ten), ready("a", 29, ten)], Healthy),
        ("a day's rule, a little late", group(&[day]), vec![ready("a", 25 * 60, day)], Healthy),
        ("a day's rule, two hours late", group(&[day]), vec![ready("a", 26 * 60, day)], Overdue),
        (
            "only the longer rule is late",
            group(&[ten, day]),
            vec![ready("b", 2, ten), ready("a", 27 * 60, day)],
            Overdue,
        ),
        ("copied slowly", group(&[ten]), vec![making("b", 29, ten), ready("a", 40, ten)], Overdue),
        (
            "copied for too long",
            group(&[ten]),
            vec![making("c", 5, ten), making("b", 31, ten), ready("a", 45, ten)],
            NotReady,
        ),
        (
            "a day's copy for five hours",
            group(&[day]),
            vec![making("b", 300, day), ready("a", 1740, day)],
            Healthy,
        ),
        (
            "a day's copy for seven hours",
            group(&[day]),
            vec![making("b", 420, day), ready("a", 1860, day)],
            NotReady,
        ),
        (
            "one hangs, but others are ready",
            group(&[ten]),
            vec![ready("b", 2, ten), making("a", 300, ten)],
            Healthy,
        ),
        ("the last one failed", group(&[ten]), vec![failed("b", 4, ten), ready("a", 14, ten)], Failing),
        (
            "an error of the first minutes",
            group(&[ten]),
            vec![failed("b", 1, ten), ready("a", 11, ten)],
            Healthy,
        ),
        ("a failure that is over", group(&[ten]), vec![ready("b", 4, ten), failed("a", 14, ten)], Healthy),
        (
            "failing is why it is late",
            group(&[ten]),
            vec![failed("c", 14, ten), making("b", 40, ten), ready("a", 90, ten)],
            Failing,
        ),
        ("another claim's failure", group(&[ten]), vec![foreign(), ready("a", 6, ten)], Healthy),
        ("a tainted one", group(&[ten]), vec![tainted(), ready("a", 6, ten)], Healthy),
        ("young", young(14), vec![], Pending),
        ("young, the first in progress", young(40), vec![making("a", 10, ten)], Pending),
        ("no longer young", young(16), vec![], Overdue),
        ("young, backed up by hand", young(14), vec![manual()], Pending),
        ("only ever backed up by hand", young(600), vec![manual()], Overdue),
        ("of unknown age", Group { created: None, ..group(&[ten]) }, vec![], Pending),
        ("no rules, nothing there", group(&[]), vec![], Pending),
        ("no rules, backed up by hand", group(&[]), vec![manual()], Healthy),
        ("no rules any more", group(&[]), vec![manual(), ready("a", 6, ten)], Pending),
        ("no rules any more, and said so", rests(group(&[])), vec![ready("a", 6, ten)], Suspended),
        ("suspended, late", rests(group(&[ten])), vec![failed("b", 4, ten), ready("a", 600, ten)], Suspended),
        ("unreadable", group(&["fortnight"]), vec![ready("a", 600, ten)], InvalidSchedule),
        ("unreadable, suspended", rests(group(&["fortnight"])), vec![], Suspended),
    ] {
        let (health, message, _) = told(&group, &all, Surroundings::unseen(), samples::now());
        assert_eq!(health, wanted, "{what}: {message}");
        assert!(!message.is_empty() && !message.ends_with('.'), "{what}: {message}");
    }
}

#[test]
fn claims_and_classes_come_before_snapshots() {
    let group = group(&["10 minutes"]);
    let late = [ready("a", 600, "10 minutes")];
    let sound = samples::claim("photos-data");
    let going = Claim { terminating: true, ..sound.clone() };
    let lost = Claim { phase: ClaimPhase::Lost, ..sound.clone() };
    let class = Error::new(Reason::NoSnapshotClass, "no VolumeSnapshotClass is for driver csi.example");
    for (claim, class, wanted, word) in [
        (SeenClaim::Found(&sound), None, Health::Overdue, "10 minutes"),
        (SeenClaim::Found(&sound), Some(&class), Health::ClassMissing, "csi.example"),
        (SeenClaim::Missing, Some(&class), Health::ClaimMissing, "photos-data does not exist"),
        (SeenClaim::Found(&going), None, Health::ClaimMissing, "is being deleted"),
        (SeenClaim::Found(&lost), None, Health::ClaimMissing, "has lost its volume"),
    ] {
        let seen = Surroundings { claim, class, restore: None };
        let (health, message, _) = told(&group, &late, seen, samples::now());
        assert_eq!(health, wanted);
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn a_claim_that_the_first_run_makes_is_not_missing() {
    let spec = json!({"accessModes": ["ReadWriteOnce"]});
    let claim = ClaimRef::new("photos", None, Some(&spec));
    let new = Group { claim, created: Some(ago(2)), ..group(&["hour"]) };
    let missing = Surroundings { claim: SeenClaim::Missing, ..Surroundings::unseen() };
    let (health, message, _) = told(&new, &[], missing, samples::now());
    assert_eq!((health, message.contains("made by the first run")), (Health::Pending, true), "{message}");
    let had_one = Group { known_claim_uid: Some("uid".into()), ..new };
    assert_eq!(told(&had_one, &[], missing, samples::now()).0, Health::ClaimMissing);
}

#[test]
fn a_class_is_only_missing_where_that_is_certain() {
    let group = group(&["hour"]);
    let named = Group { snapshot_class: Some("snapshots".into()), ..group.clone() };
    let claim = samples::claim("photos-data");
    let unknown_driver = Claim { provisioner: None, ..claim.clone() };
    let classes = [samples::snapshot_class("snapshots")];
    assert!(class_fault(&group, Some(&claim), &classes).is_none());
    assert!(class_fault(&group, Some(&claim), &[]).is_some());
    assert!(class_fault(&group, Some(&unknown_driver), &[]).is_none());
    assert!(class_fault(&group, None, &[]).is_none());
    assert!(class_fault(&named, None, &[]).is_some());
    assert!(class_fault(&named, Some(&claim), &classes).is_none());
}

#[test]
fn a_sentence_stays_the_same_while_nothing_changes() {
    let spoilt = [
        (group(&["10 minutes"]), vec![ready("a", 600, "10 minutes")]),
        (group(&["10 minutes"]), vec![]),
        (group(&["10 minutes"]), vec![making("a", 300, "10 minutes")]),
        (group(&["10 minutes"]), vec![failed("a", 300, "10 minutes"), ready("b", 400, "10 minutes")]),
        (group(&["fortnight"]), vec![]),
        (group(&["year"]), vec![ready("a", 600, "year")]),
    ];
    for (group, all) in spoilt {
        let now = samples::now();
        let told = |now| {
            let plan = planned(&group, &all, now);
            let told = assess(&group, &History::of(&group, &all), plan.as_ref(), Surroundings::unseen(), now);
            (told.health, told.message, told.next_due, told.newest_ready.map(|s| s.name.clone()), told.counts)
        };
        assert_eq!(told(now), told(now + TimeDelta::minutes(7)));
    }
}

#[test]
fn next_due_and_counts_are_told() {
    let group = group(&["hour", "10 minutes"]);
    let all = [
        making("c", 3, "10 minutes"),
        ready("b", 13, "10 minutes"),
        ready("a", 33, "hour"),
        failed("z", 43, "hour"),
    ];
    let plan = planned(&group, &all, samples::now());
    let told =
        assess(&group, &History::of(&group, &all), plan.as_ref(), Surroundings::unseen(), samples::now());
    assert_eq!(told.counts, Counts { ready: 2, in_progress: 1, failed: 1 });
    assert_eq!((told.timing, told.next_due), (Timing::NotYet, Some(ago(-7))));
    assert_eq!(told.newest_ready.map(|newest| newest.name.as_str()), Some("b"));
}

#[test]
fn a_deletion_that_does_not_end_is_told_after_an_hour_unless_a_claim_wants_the_data() {
    let group = group(&["day"]);
    let going =
        |minutes| Snapshot { terminating: true, deleted: Some(ago(minutes)), ..ready("b", 90, "day") };
    for (minutes, in_use, wanted) in
        [(60, None, Health::Healthy), (61, None, Health::DeletionStuck), (61, Some("b"), Health::Healthy)]
    {
        let all = [going(minutes), ready("a", 10, "day")];
        let in_use = in_use.into_iter().collect();
        let history = History::of(&group, &all);
        let plan = GroupPlan::new(&group, &history, &in_use, samples::now(), &Params::default());
        let told = assess(&group, &history, plan.as_ref(), Surroundings::unseen(), samples::now());
        assert_eq!(told.health, wanted, "{}", told.message);
    }
}

/// Every period and every job that serves it, minute by minute: runs at moments that jitter, snapshots that take their time.
#[test]
fn a_group_that_is_served_never_looks_ill() {
    for (every, run, jitter, takes) in [
        ("10 minutes", 10, 1, 1),
        ("10 minutes", 10, 4, 14),
        ("10 minutes", 5, 3, 20),
        ("7 minutes", 10, 1, 2),
        ("minute", 5, 1, 1),
        ("minute", 10, 4, 1),
        ("hour", 10, 5, 50),
        ("day at 02:30", 10, 5, 200),
    ] {
        let group = Group { created: Some(ago(0)), ..group(&[every]) };
        let wall = if every.contains("at") { "02:30 UTC" } else { "" };
        let mut all: Vec<Snapshot> = vec![];
        let (mut runs, mut next_run) = (0, 3);
        for minute in 0..60 * 30 {
            let now = samples::now() + TimeDelta::minutes(minute);
            let is_ready = |snapshot: &&mut Snapshot| snapshot.taken + TimeDelta::minutes(takes) <= now;
            all.iter_mut().filter(is_ready).for_each(|snapshot| snapshot.readiness = Readiness::Ready);
            all.drain(..all.len().saturating_sub(8));
            if minute >= next_run {
                runs += 1;
                // Late by a number of minutes that looks like chance.
                next_run = 3 + runs * run + (runs * 7919) % (jitter + 1);
                if let Some(create) = planned(&group, &all, now).unwrap().plan.create {
                    let interval = Interval {
                        text: every.split(" at").next().unwrap_or_default().into(),
                        wall: wall.into(),
                        phase: Some(create.labels[0].phase),
                    };
                    let purpose = Purpose::Scheduled(vec![interval]);
                    let snapshot = samples::snapshot(&format!("photos-{minute}"));
                    let readiness = Readiness::Creating;
                    all.push(Snapshot {
                        created: now,
                        taken: now,
                        cut: None,
                        purpose,
                        readiness,
                        ..snapshot
                    });
                }
            }
            let (health, message, _) = told(&group, &all, Surroundings::unseen(), now);
            assert!(health <= Health::Pending, "{every}, minute {minute}: {message}");
        }
    }
}
