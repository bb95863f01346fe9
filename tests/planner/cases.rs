//! The cases of retention.md, section 5, by their numbers.
//! Each says what is created (with its phase), what goes, and why something stays.

use kubectl_gemini::model::period::Period;
use kubectl_gemini::plan::entry::{Entry, Kind};
use kubectl_gemini::plan::retention::{Blocked, DueReason, Params, Reason, plan};
use kubectl_gemini::plan::schedule::Schedule;

use crate::support::{at, created, deleted, plan_at, schedule, snapshot, verdict};

const ANNOUNCEMENT: &str = "10 minutes x3, hour x1, day x1, week x1, month x1, year x1";

struct Case {
    number: &'static str,
    rules: &'static str,
    snapshots: &'static [&'static str],
    now: &'static str,
    create: &'static str,
    delete: &'static [&'static str],
}

const fn case(
    number: &'static str,
    rules: &'static str,
    snapshots: &'static [&'static str],
    now: &'static str,
    create: &'static str,
    delete: &'static [&'static str],
) -> Case {
    Case { number, rules, snapshots, now, create, delete }
}

const TEN: &str = "10 minutes x3";
const MINUTES: &[&str] =
    &["R 12:00 | minute", "R 12:01 | minute", "R 12:02 | minute", "R 12:03 | minute", "R 12:04 | minute"];
const MINUTES_LATER: &[&str] = &[
    "R 12:00 | minute",
    "R 12:01 | minute",
    "R 12:02 | minute",
    "R 12:03 | minute",
    "R 12:04 | minute",
    "R 12:05 | minute",
];
const TENS: &[&str] = &[
    "R 11:20:05 | 10 minutes ~12:00",
    "R 11:30:05 | 10 minutes ~12:00",
    "R 11:40:05 | 10 minutes ~12:00",
    "R 11:50:05 | 10 minutes ~12:00",
    "R 12:00:05 | 10 minutes ~12:00",
];
const LEAP: &str = "R 2024-01-31 10:00:04 | month ~2024-01-31 10:00";

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("1", ANNOUNCEMENT, &[], "12:00:07", "10 minutes, hour, day, week, month, year ~12:00", &[]),
    case("2", TEN, &["R 12:00:07 | 10 minutes ~12:00"], "12:05:04", "", &[]),
    case("3", TEN, &["R 12:00:07 | 10 minutes ~12:00"], "12:10:02", "10 minutes ~12:00", &[]),
    case("4", TEN, &["R 12:02:30 | 10 minutes ~12:00"], "12:10:04", "10 minutes ~12:00", &[]),
    case("5a", TEN, &["R 12:02:30 | 10 minutes"], "12:10:04", "", &[]),
    case("5b", TEN, &["R 12:02:30 | 10 minutes"], "12:12:05", "10 minutes ~12:02", &[]),
    case("6a", "minute x4", MINUTES, "12:05:00", "minute ~12:04", &[]),
    case("6b", "minute x4", MINUTES_LATER, "12:05:05", "", &["12:00"]),
    case("7", TEN, TENS, "12:00:12", "", &["11:20:05"]),
    case("8", TEN, &["R 11:20 | 10 minutes", "R 11:30 | 10 minutes", "R 11:40 | 10 minutes", "R 11:50 | 10 minutes",
        "P 12:00 | 10 minutes"], "12:05:03", "", &[]),
    case("10", TEN, &["R 09:00 | 10 minutes", "F 11:30 | 10 minutes", "F 11:40 | 10 minutes", "F 11:50 | 10 minutes",
        "F 12:00 | 10 minutes"], "12:10:05", "10 minutes ~09:00", &["11:30"]),
    case("11", "60 minutes x1", &["R 10:00 | 1 hour ~10:00", "R 11:00 | 1 hour ~10:00"], "11:30", "", &[]),
    case("12", "day x1", &["R 11:30 | 10 minutes", "R 11:40 | 10 minutes", "R 11:50 | 10 minutes", "R 12:00 | 10 minutes",
        "R 00:00 | 10 minutes, day", "R 03-09 00:00 | 10 minutes, day"], "12:05", "", &["11:30", "11:40", "11:50"]),
    case("14", "10 minutes x0", &["R 11:50 | fortnight", "R 12:00 | 10 minutes"], "12:05", "", &[]),
    case("15", "", &["R 11:50 | 10 minutes", "R 12:00 | 10 minutes"], "12:30", "", &[]),
    case("16a", "day x0", &["R 03-09 12:00:05 | day ~03-09 12:00", "P 12:00:05 | day ~03-09 12:00"], "12:00:15", "", &[]),
    case("16b", "day x0", &["R 03-09 12:00:05 | day ~03-09 12:00", "R 12:00:05 | day ~03-09 12:00"], "12:00:15", "",
        &["03-09 12:00:05"]),
    case("17a", "month x1", &[LEAP], "2024-02-29 09:58", "", &[]),
    case("17b", "month x1", &[LEAP], "2024-02-29 10:00:05", "month ~2024-01-31 10:00", &[]),
    case("17c", "month x1", &[LEAP, "R 2024-02-29 10:00:05 | month ~2024-01-31 10:00"], "2024-03-29 10:00:05", "", &[]),
    case("17d", "month x1", &[LEAP, "R 2024-02-29 10:00:05 | month ~2024-01-31 10:00"], "2024-03-31 10:00:05",
        "month ~2024-01-31 10:00", &[]),
    case("19a", "year x1", &["R 2024-02-29 10:00:04 | year ~2024-02-29 10:00"], "2025-02-28 09:50:06", "", &[]),
    case("19b", "year x1", &["R 2024-02-29 10:00:04 | year ~2024-02-29 10:00"], "2025-02-28 10:00:06",
        "year ~2024-02-29 10:00", &[]),
    case("20a", "year x1", &["R 2024-03-01 10:00:05 | year", "R 2025-03-01 10:00:05 | year", "R 2026-03-01 10:00:05 | year"],
        "2026-03-01 10:00:12", "", &["2024-03-01 10:00:05"]),
    case("20b", "year x1", &["R 2024-03-01 10:00:05 | year", "F 2025-03-01 10:00:05 | year", "R 2026-03-01 10:00:05 | year"],
        "2026-03-01 10:00:12", "", &["2025-03-01 10:00:05"]),
    case("22a", TEN, &["R 11:50:05 | 10 minutes ~11:50", "R 14:00:05 | 10 minutes ~11:50"], "12:00:07", "10 minutes ~11:50", &[]),
    case("22b", TEN, &["R 03-11 14:00 | 10 minutes"], "12:00:07", "10 minutes ~12:00", &[]),
    case("27", "10 minutes x0", &["R 11:30 | manual", "R 11:40 | restore", "R 11:50 | 10 minutes, hold", "R 12:00 | 10 minutes"],
        "12:05", "", &[]),
    case("29a", TEN, TENS, "12:00:40", "", &["11:20:05"]),
    case("29b", TEN, TENS, "2036-03-10 12:00:40", "10 minutes ~12:00", &["11:20:05"]),
    case("30a", "15 minutes x3", &["R 11:20 | 10 minutes", "R 11:30 | 10 minutes", "R 11:40 | 10 minutes",
        "R 11:50 | 10 minutes", "R 12:00 | 10 minutes"], "12:05", "", &["11:40"]),
    case("30b", "15 minutes x3", &["R 11:20 | 10 minutes", "R 11:30 | 10 minutes", "R 11:40 | 10 minutes",
        "R 11:50 | 10 minutes", "R 12:00 | 10 minutes"], "12:15:03", "15 minutes ~12:00", &["11:40"]),
];

#[test]
fn the_cases_of_the_specification() {
    for Case { number, rules, snapshots, now, create, delete } in CASES {
        let (plan, entries) = plan_at(rules, snapshots, now);
        assert_eq!(created(&plan, rules), *create, "case {number}: create");
        assert_eq!(deleted(&plan, &entries), *delete, "case {number}: delete");
    }
}

#[test]
fn what_stays_says_why() {
    for (number, name, wanted) in [
        ("8", "11:50", "keep rule,newest-ready"),
        ("8", "12:00", "keep in-progress"),
        ("10", "09:00", "keep rule,newest-ready"),
        ("10", "12:00", "keep failed-recent"),
        ("12", "12:00", "keep newest-ready"),
        ("14", "11:50", "keep unknown-interval"),
        ("15", "11:50", "keep no-schedule"),
        ("20b", "2024-03-01 10:00:05", "keep rule"),
        ("22a", "14:00:05", "keep future-dated"),
        ("22b", "03-11 14:00", "keep future-dated"),
        ("27", "11:30", "keep manual"),
        ("27", "11:40", "keep restore-point"),
        ("27", "11:50", "keep hold"),
        ("27", "12:00", "keep rule,newest-ready"),
        ("7", "11:20:05", "delete surplus"),
        ("20b", "2025-03-01 10:00:05", "delete failed-old"),
    ] {
        let case = CASES.iter().find(|case| case.number == number).unwrap();
        let (plan, entries) = plan_at(case.rules, case.snapshots, case.now);
        assert_eq!(verdict(&plan, &entries, name), wanted, "case {number}");
    }
}

/// Beyond the newest K+1, what is needed until a younger one is old enough, and from when on not any more.
#[test]
fn a_span_is_kept_until_a_younger_one_reaches_it() {
    let snapshots =
        ["R 10:30 | hour ~10:00", "R 11:30 | hour ~10:00", "R 11:40 | hour ~10:00", "R 12:00 | hour ~10:00"];
    for (now, wanted) in [
        ("12:05", ["keep span", "keep span", "keep rule", "keep rule,newest-ready"]),
        ("12:29:29", ["keep span", "keep span", "keep rule", "keep rule,newest-ready"]),
        ("12:29:30", ["delete surplus", "keep span", "keep rule", "keep rule,newest-ready"]),
        ("12:39:30", ["delete surplus", "delete surplus", "keep rule", "keep rule,newest-ready"]),
    ] {
        let (plan, entries) = plan_at("hour x1", &snapshots, now);
        let said = ["10:30", "11:30", "11:40", "12:00"].map(|name| verdict(&plan, &entries, name));
        assert_eq!(said, wanted, "at {now}");
    }
    let (plan, _) = plan_at("hour x1", &snapshots, "12:05");
    let until = |index: usize| match plan.verdicts[index].reasons[0] {
        Reason::Span { until, .. } => until,
        other => panic!("{other:?}"),
    };
    assert_eq!((until(0), until(1)), (at("12:30"), at("12:40")));
}

/// After a very late pass the next slot waits, so that the two are no twins; a stored phase is what it is measured by.
#[test]
fn a_very_late_snapshot_and_the_next_are_no_twins() {
    for (rules, last, early, due) in [
        ("10 minutes x3", "R 12:09:00 | 10 minutes ~12:00", "12:13:59", "12:14:00"),
        ("hour x1", "R 12:55:00 | hour ~12:00", "13:24:59", "13:25:00"),
        ("day x1", "R 11:30:00 | day ~03-09 12:00", "12:29:59", "12:30:00"),
        ("day at 12:00 x1", "R 11:30:00 | day at 12:00", "12:29:59", "12:30:00"),
    ] {
        assert!(plan_at(rules, &[last], early).0.create.is_none(), "{rules} at {early}");
        assert!(plan_at(rules, &[last], due).0.create.is_some(), "{rules} at {due}");
    }
}

/// Whoever took it: the newest that could be restored from is what is wanted on the bad day.
#[test]
fn the_newest_of_any_kind_stays() {
    let judge = |snapshots: &[&str], params: &Params, name: &str| {
        let mut entries: Vec<_> = snapshots.iter().map(|text| snapshot(text)).collect();
        entries
            .iter_mut()
            .for_each(|entry| entry.expired = entry.kind == Kind::Manual && !params.prune_manual);
        let plan = plan(&schedule(TEN), &entries, at("12:05"), params);
        verdict(&plan, &entries, name)
    };
    let manual = Params { prune_manual: true, ..Params::default() };
    let expired = Params::default();
    for params in [&manual, &expired] {
        let old = ["R 02-08 12:00 | 10 minutes", "R 12:00 | manual", "R 11:00 | manual"];
        assert_eq!(judge(&old, params, "12:00"), "keep newest-ready");
        assert_eq!(judge(&old, params, "02-08 12:00"), "keep rule,newest-ready");
        let code = if params.prune_manual { "delete manual" } else { "delete expired" };
        assert_eq!(judge(&old, params, "11:00"), code);
        let newer = ["R 12:01 | 10 minutes", "R 12:00 | manual"];
        assert_eq!(judge(&newer, params, "12:00"), code);
        let failing = ["P 12:01 | 10 minutes", "R 12:00 | manual", "R 12:02 | restore"];
        assert_eq!(judge(&failing, params, "12:00"), code, "a safety copy is newer");
    }
}

/// A claim that was deleted and made again is empty: its snapshots must not push out the last one of the data.
#[test]
fn the_newest_of_a_volume_that_the_claim_lost_stays_a_month() {
    const DATA: u64 = 100;
    const EMPTY: u64 = 101;
    let of = |text: &str, volume: Option<u64>| Entry { volume, ..snapshot(text) };
    let judge = |schedule: &Schedule, now: &str, entries: &[Entry], name: &str| {
        let plan = plan(schedule, entries, at(now), &Params::default());
        verdict(&plan, entries, name)
    };
    let before = |volume| {
        let times = ["03-01 11:40", "03-01 11:50", "03-01 12:00"];
        times.map(|time| of(&format!("R {time} | 10 minutes"), Some(volume)))
    };
    let after = ["11:00", "11:10", "11:20", "11:30", "11:40"];
    let after = after.map(|time| of(&format!("R {time} | 10 minutes"), Some(EMPTY)));
    let all = [&before(DATA)[..], &after].concat();
    let ten = schedule(TEN);
    assert_eq!(judge(&ten, "11:45", &all, "03-01 12:00"), "keep last-of-volume");
    assert_eq!(judge(&ten, "11:45", &all, "03-01 11:50"), "delete surplus");
    // For a month, and not against a wish to have nothing so old.
    let later = [&all[..], &[of("R 03-31 11:50 | 10 minutes", Some(EMPTY))]].concat();
    assert_eq!(judge(&ten, "03-31 11:59", &later, "03-01 12:00"), "keep last-of-volume");
    assert_eq!(judge(&ten, "03-31 12:00", &later, "03-01 12:00"), "delete surplus");
    let aged = Schedule { max_age: Some(Period::Seconds(86_400)), ..schedule(TEN) };
    assert_eq!(judge(&aged, "11:45", &all, "03-01 12:00"), "delete expired");
    // One volume, or none that is known, is no other one.
    for volume in [Some(EMPTY), None] {
        let mut same = all.clone();
        same.iter_mut().take(3).for_each(|entry| entry.volume = volume);
        assert_eq!(judge(&ten, "11:45", &same, "03-01 12:00"), "delete surplus");
    }
    // A claim that is made anew each day does not pile them up.
    let days: Vec<_> = (1..=9).map(|day| of(&format!("R 03-0{day} 12:00 | 10 minutes"), Some(day))).collect();
    let many = [&days[..], &after].concat();
    let kept = |day: u8| judge(&ten, "11:45", &many, &format!("03-0{day} 12:00"));
    assert_eq!((kept(7), kept(6)), ("keep last-of-volume".to_owned(), "delete surplus".to_owned()));
}

/// Its content may be on its way back; what was never ready is another matter.
#[test]
fn a_snapshot_that_was_ready_once_is_no_failure_of_old() {
    let mut entries =
        ["F 03-01 12:00 | 10 minutes", "R 11:50 | 10 minutes", "R 12:00 | 10 minutes"].map(snapshot);
    let judge = |entries: &[Entry]| {
        verdict(&plan(&schedule(TEN), entries, at("12:05"), &Params::default()), entries, "03-01 12:00")
    };
    assert_eq!(judge(&entries), "delete failed-old");
    entries[0].was_ready = true;
    assert_eq!(judge(&entries), "keep was-ready");
}

#[test]
fn a_floor_and_the_brake_count_what_was_taken_by_hand() {
    let entries: Vec<_> = (0..12).map(|minute| snapshot(&format!("R 11:{minute:02} | manual"))).collect();
    let params = Params { prune_manual: true, min_count: 5, ..Params::default() };
    let planned = plan(&schedule(TEN), &entries, at("12:05"), &params);
    assert_eq!(deleted(&planned, &entries).len(), 7);
    assert!(!planned.brake);
    let planned = plan(&schedule(TEN), &entries, at("12:05"), &Params { min_count: 1, ..params });
    assert!(planned.brake && deleted(&planned, &entries).len() == 11);
}

/// What is too old goes for that reason, what is beyond its place for that one; the ranks are counted from the newest.
#[test]
fn a_reason_names_the_age_or_the_place() {
    let rules = Schedule { max_age: Some(Period::Seconds(3_600)), ..schedule("10 minutes x1") };
    let entries = ["R 10:50", "R 11:00", "R 11:10", "R 11:40", "R 11:50", "R 12:00"];
    let entries = entries.map(|text| snapshot(&format!("{text} | 10 minutes ~10:50")));
    let plan = plan(&rules, &entries, at("12:05"), &Params::default());
    let reasons: Vec<_> = plan.verdicts.iter().map(|verdict| verdict.reasons[0]).collect();
    let wanted = [
        Reason::Expired,
        Reason::Expired,
        Reason::Surplus(Some((0, 4))),
        Reason::Surplus(Some((0, 3))),
        Reason::Rule { rule: 0, rank: 2 },
        Reason::Rule { rule: 0, rank: 1 },
    ];
    assert_eq!(reasons, wanted);
}

/// The label of a rule with a time of day says when its slot began, not when the one before was taken.
#[test]
fn a_snapshot_by_the_clock_is_labelled_with_its_own_slot() {
    let rule = "day at 12:00 x1";
    let last = "R 03-09 12:00:07 | day at 12:00 ~03-09 12:00";
    assert_eq!(created(&plan_at(rule, &[last], "12:00:05").0, rule), "day at 12:00 ~12:00");
}

#[test]
fn case_2_says_when_the_next_is_due() {
    let (plan, _) = plan_at(TEN, &["R 12:00:07 | 10 minutes ~12:00"], "12:05:04");
    assert_eq!(plan.rules[0].next_due, at("12:10"));
    assert_eq!((plan.rules[0].due, plan.rules[0].due_reason), (false, DueReason::NotDue));
}

/// Case 24, through the planner: the rule is due once at each boundary, and a rule without a clock does not care.
#[test]
fn case_24_clocks_that_are_set() {
    let rule = "day at 02:30 in Europe/Berlin x2";
    for (last, early, due) in [
        ("03-28 01:30:05", "03-29 01:29:29", "03-29 01:29:30"),
        ("03-29 01:30:05", "03-30 00:29:29", "03-30 00:29:30"),
        ("10-24 00:30:05", "10-25 00:29:29", "10-25 00:29:30"),
        ("10-25 00:30:05", "10-26 01:29:29", "10-26 01:29:30"),
    ] {
        let last = format!("R {last} | day at 02:30 in Europe/Berlin");
        assert!(plan_at(rule, &[&last], early).0.create.is_none(), "{early}");
        assert!(plan_at(rule, &[&last], due).0.create.is_some(), "{due}");
    }
    let again = "R 10-25 00:30:05 | day at 02:30 in Europe/Berlin";
    assert!(plan_at(rule, &[again], "10-25 01:30:05").0.create.is_none(), "the second 02:30");
    let day = "R 03-28 01:30:05 | day ~03-28 01:30";
    assert!(plan_at("day x2", &[day], "03-29 01:29:29").0.create.is_none());
    assert!(plan_at("day x2", &[day], "03-29 01:29:30").0.create.is_some());
}

#[test]
fn case_25_ten_thousand_snapshots() {
    let schedule = schedule("10 minutes x3, hour x24, day x30");
    let newest = at("12:00:05");
    let mut entries = vec![];
    for number in 0..10_000 {
        let time = newest - 600 * number;
        let slot = time - 5;
        let mut labels = vec!["10 minutes"];
        if slot % 3_600 == 0 {
            labels.push("hour")
        }
        if slot % 86_400 == 0 {
            labels.push("day")
        }
        let mut entry = snapshot(&format!("R 12:00 | {} ~2026-01-01 00:00", labels.join(", ")));
        entry.time = time;
        entry.name = format!("db-{slot}");
        entries.push(entry);
    }
    let plan = plan(&schedule, &entries, at("12:00:15"), &Params::default());
    assert_eq!(plan.create, None);
    assert_eq!(deleted(&plan, &entries).len(), 9_942);
    assert!(plan.brake);
    assert_eq!(deleted(&plan, &entries)[0], entries[9_999].name, "oldest first");
}

#[test]
fn what_is_due_but_blocked_says_so() {
    let pending = ["P 11:30 | hour", "P 11:40 | hour", "P 11:50 | hour"];
    let (plan, _) = plan_at(TEN, &pending, "12:00");
    assert_eq!((plan.create, plan.blocked), (None, Some(Blocked::InFlight)));
    assert_eq!(plan.rules[0].due_reason.code(), "in-flight");

    for (failures, until) in [
        (&["F 12:00 | day"][..], "12:05"),
        (&["F 12:00 | day", "F 11:50 | day"], "12:10"),
        (&["F 12:00 | day", "F 11:50 | day", "F 11:40 | day"], "12:20"),
    ] {
        let snapshots = [failures, &["R 03-09 11:00 | day"]].concat();
        let (plan, _) = plan_at("day x1", &snapshots, "12:03");
        assert_eq!(plan.blocked, Some(Blocked::Backoff { until: at(until) }));
        assert_eq!(plan_at("day x1", &snapshots, until).0.blocked, None);
    }
    // What failed in the second in which another became ready says nothing of the next.
    let at_once = ["F 12:00 | minute", "R 12:00 | minute"];
    assert_eq!(plan_at("minute x1", &at_once, "12:00:55").0.blocked, None);
    // Never longer than the shortest rule that is due.
    let failures = ["F 12:00 | minute", "F 11:59 | minute", "R 11:00 | minute"];
    assert!(plan_at("minute x1", &failures, "12:01").0.create.is_some());
}
