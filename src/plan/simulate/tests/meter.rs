//! What a simulation measures, at the bounds of when it can and from when on it does.
//! A whole reading is in `tests`.

use super::*;
use crate::model::every;

/// Whether the only rule has all its snapshots within so many seconds.
fn is_reachable(rule: (i64, u32), seconds: i64, max_age: Option<i64>) -> bool {
    let schedule = Schedule { max_age: max_age.map(Period::Seconds), ..schedule(&[rule]) };
    let world = World { end: START + seconds, ..world(0, Trouble::default()) };
    Meter::new(&schedule, &world, None).is_reachable(0)
}

#[test]
fn a_rule_is_reachable_if_a_pass_comes_at_which_it_has_all() {
    // Three periods of ten minutes, and a pass after them.
    assert!(is_reachable((600, 3), 2_100, None) && !is_reachable((600, 3), 2_099, None));
    // Every minute, but served by every fifth only.
    assert!(is_reachable((60, 3), 1_200, None) && !is_reachable((60, 3), 1_199, None));
    assert!(is_reachable((600, 3), 7_200, Some(1_801)) && !is_reachable((600, 3), 7_200, Some(1_800)));
    let schedule = schedule(&[(600, 3)]);
    assert!(!Meter::new(&schedule, &world(48, Trouble::default()), None).is_reachable(1));
}

/// The first of them is taken in the middle of a day by that clock, so that two reach back for less than a day at first. A rule
/// that never gets so far is not waited for.
#[test]
fn a_rule_by_the_clock_is_measured_once_it_reaches_as_far_back_as_it_promises() {
    let rule = |text: &str| Rule { every: every::parse(text).unwrap(), keep: 1, text: text.to_owned() };
    for rules in [vec![rule("day at 12:00")], vec![rule("day at 12:00"), rule("year at 12:00")]] {
        let schedule = Schedule { rules, max_age: None };
        let world = world(5 * 24, Trouble::default());
        let mut meter = Meter::new(&schedule, &world, None);
        simulate(&schedule, "db", &world, &mut meter);
        assert_eq!(meter.rules[0].reach.range(), Some((24 * HOUR, 48 * HOUR - 300)));
    }
}

/// Days begin with the simulation, at whatever time that is.
#[test]
fn the_busiest_day_is_the_one_with_the_first_snapshots() {
    let schedule = schedule(&[(HOUR, 1)]);
    let outage = START + 13 * HOUR..START + 24 * HOUR;
    let late = Trouble { outages: vec![outage], ..Trouble::default() };
    let world = World { start: START + 12 * HOUR + 1_800, ..world(12 + 48, late) };
    let mut meter = Meter::new(&schedule, &world, None);
    simulate(&schedule, "db", &world, &mut meter);
    assert_eq!(meter.busiest_day, 24);
}

#[test]
fn what_changed_between_two_snapshots_is_stored_and_never_more_than_all() {
    let cost = Cost { size: 1_000, churn: 100 };
    let day = 86_400;
    for (times, wanted) in [
        (&[][..], 0),
        (&[START], 1_000),
        (&[START, START + day], 1_100),
        (&[START, START + day, START + 3 * day], 1_300),
        (&[START, START + 20 * day], 2_000),
    ] {
        assert_eq!(cost.stored(times.iter().copied()), wanted, "{times:?}");
    }
}
