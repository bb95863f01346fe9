//! Tests of `plan::pass`: what is decided for one group.
//! Its group keeps one snapshot of an hour.

use chrono::TimeDelta;

use super::super::samples;
use super::*;
use crate::model::group::Rule;
use crate::model::snapshot::{Interval, Purpose};

fn group(every: &str) -> Group {
    Group { schedule: vec![Rule { every: every.into(), keep: Some(0) }], ..samples::group() }
}

/// A scheduled snapshot of ours for every hour.
fn scheduled(name: &str, hours_ago: i64) -> Snapshot {
    let interval =
        Interval { text: "hour".into(), wall: String::new(), phase: Some(samples::now().timestamp()) };
    let taken = samples::now() - TimeDelta::hours(hours_ago);
    let purpose = Purpose::Scheduled(vec![interval]);
    Snapshot { taken, created: taken, cut: None, purpose, ..samples::snapshot(name) }
}

fn turn(view: &View, coexist: bool) -> Result<Turn> {
    let plan = view.plan(&BTreeSet::new(), samples::now(), &Params::default())?;
    Turn::new(&plan, samples::now(), coexist)
}

fn names(turn: &Turn) -> Vec<&str> {
    turn.deletions.iter().map(|snapshot| snapshot.name.as_str()).collect()
}

#[test]
fn what_is_due_for_longest_is_told_in_seconds() {
    let empty = View { group: group("hour"), snapshots: vec![] };
    let created = Some(samples::now() - TimeDelta::minutes(7));
    let new = View { group: Group { created, ..group("hour") }, ..empty };
    let turn_of_new = turn(&new, false).unwrap();
    assert!(turn_of_new.create.is_some());
    assert_eq!(turn_of_new.overdue, 420);
    let late = View { group: group("hour"), snapshots: vec![scheduled("a", 3)] };
    assert_eq!(turn(&late, false).unwrap().overdue, 2 * 3600);
    let served = View { group: group("hour"), snapshots: vec![scheduled("a", 0)] };
    assert_eq!(turn(&served, false).unwrap().overdue, 0);
}

#[test]
fn a_schedule_that_rests_deletes_nothing() {
    let snapshots = vec![scheduled("a", 0), scheduled("b", 1), scheduled("c", 2)];
    let view = View { group: group("hour"), snapshots };
    assert_eq!(names(&turn(&view, false).unwrap()), ["c", "b"]);
    let rests = View { group: Group { suspended: true, ..group("hour") }, ..view };
    let turn = turn(&rests, false).unwrap();
    assert!(turn.deletions.is_empty() && turn.create.is_none());
}

#[test]
fn the_brake_holds_ready_ones_back_and_only_those() {
    let mut snapshots: Vec<_> = (0..13).map(|hours| scheduled(&format!("s{hours}"), hours)).collect();
    snapshots
        .push(Snapshot { readiness: Readiness::Failing("disk on fire".into()), ..scheduled("failed", 40) });
    let turn = turn(&View { group: group("hour"), snapshots }, false).unwrap();
    assert_eq!((turn.held_back, names(&turn)), (12, vec!["failed"]));
}

#[test]
fn ten_are_not_yet_a_mass_and_neither_is_half() {
    for (keep, count, deleted, held_back) in
        [(0, 11, 10, 0), (0, 12, 0, 11), (10, 22, 11, 0), (10, 23, 0, 12)]
    {
        let schedule = vec![Rule { every: "hour".into(), keep: Some(keep) }];
        let snapshots = (0..count).map(|hours| scheduled(&format!("s{hours}"), hours)).collect();
        let view = View { group: Group { schedule, ..samples::group() }, snapshots };
        let turn = turn(&view, false).unwrap();
        assert_eq!((turn.deletions.len(), turn.held_back), (deleted, held_back));
    }
}

#[test]
fn a_group_that_geminis_operator_works_on_is_refused_unless_that_is_wanted() {
    let interval = Interval { text: "hour".into(), wall: String::new(), phase: None };
    let theirs =
        Snapshot { purpose: Purpose::Scheduled(vec![interval]), source: None, ..scheduled("theirs", 0) };
    let view = View { group: group("hour"), snapshots: vec![scheduled("ours", 1), theirs] };
    assert_eq!(turn(&view, false).unwrap_err().reason, Reason::GeminiActive);
    assert!(turn(&view, true).is_ok());
}

#[test]
fn snapshots_go_to_their_groups_and_all_of_them_tell_of_the_controller() {
    let foreign = Snapshot { namespace: "shop".into(), ..scheduled("other-namespace", 0) };
    let stray = Snapshot { group: None, noticed: false, ..scheduled("stray", 1) };
    let (views, canary, _) =
        views(vec![group("hour")], vec![scheduled("mine", 3), foreign, stray], samples::now());
    assert_eq!(views[0].snapshots.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["mine"]);
    assert!(!canary.is_silent());
    assert_eq!(views[0].without(&BTreeSet::from(["mine".to_owned()])).snapshots.len(), 0);
}

#[test]
fn each_snapshot_goes_to_its_own_group_in_whatever_order_they_come() {
    let of = |namespace: &str, name: &str| Group {
        namespace: namespace.into(),
        name: name.into(),
        ..group("hour")
    };
    let groups = ["a", "b"].map(|namespace| ["x", "y", "z"].map(|name| of(namespace, name))).concat();
    let snapshot = |number: usize| {
        let Group { namespace, name, .. } = &groups[number * 7 % 5];
        let taken = scheduled(&format!("s{number}"), 0);
        Snapshot { namespace: namespace.clone(), group: Some(name.clone()), ..taken }
    };
    let (views, ..) = views(groups.clone(), (0..50).map(snapshot).collect(), samples::now());
    let counts: Vec<_> = views.iter().map(|view| view.snapshots.len()).collect();
    assert_eq!(counts, [10, 10, 10, 10, 10, 0]);
    for View { group, snapshots } in &views {
        let is_own = |s: &Snapshot| s.namespace == group.namespace && s.group.as_ref() == Some(&group.name);
        assert!(snapshots.iter().all(is_own), "{group:?}");
    }
}

#[test]
fn who_has_waited_longest_comes_first() {
    let aged =
        |hours| turn(&View { group: group("hour"), snapshots: vec![scheduled("a", hours)] }, false).ok();
    let errands = errands(&[aged(0), aged(2), None, aged(5), aged(3)]);
    assert_eq!(errands.iter().map(|errand| errand.index).collect::<Vec<_>>(), [3, 4, 1]);
}
