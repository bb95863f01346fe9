//! Tests of `plan::schedule`: what a manifest says, and what is made of it.
//! The grammar itself is tested in `model::every`.

use super::super::samples;
use super::*;

const HOUR: Period = Period::Seconds(3_600);

fn group(rules: &[(&str, Option<i64>)]) -> Group {
    let schedule =
        rules.iter().map(|(every, keep)| group::Rule { every: (*every).into(), keep: *keep }).collect();
    Group { schedule, ..samples::group() }
}

/// A group of one rule and an age limit.
fn aging(every: &str, keep: i64, max_age: &str) -> Group {
    Group { max_age: Some(max_age.into()), ..group(&[(every, Some(keep))]) }
}

fn rule(period: Period, keep: u32, text: &str) -> Rule {
    Rule { every: Every::plain(period), keep, text: text.into() }
}

fn warnings(group: &Group) -> Vec<String> {
    read(group).unwrap().1
}

fn of(rules: Vec<Rule>) -> Schedule {
    Schedule { rules, max_age: None }
}

#[test]
fn rules_stand_in_the_order_of_the_manifest() {
    let limited = Group {
        max_age: Some("90 days".into()),
        ..group(&[(" 10 minutes ", Some(3)), ("hour", Some(0)), ("day at 02:00", Some(100_000))])
    };
    let daily =
        Rule { every: every::parse("day at 02:00").unwrap(), keep: 100_000, text: "day at 02:00".into() };
    let (schedule, warnings) = read(&limited).unwrap();
    assert_eq!(schedule.rules, [rule(Period::Seconds(600), 3, "10 minutes"), rule(HOUR, 0, "hour"), daily]);
    assert_eq!(schedule.max_age, Some(Period::Seconds(90 * 86_400)));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
}

#[test]
fn no_rules_are_no_fault() {
    assert_eq!(read(&group(&[])), Ok((Schedule::default(), vec![])));
}

#[test]
fn all_faults_are_told_at_once() {
    let wrong = Group {
        max_age: Some("1 decade".into()),
        ..group(&[
            ("0 minutes", Some(1)),
            ("hour", Some(-1)),
            ("", Some(i64::MIN)),
            ("hour", Some(2)),
            ("5m", None),
        ])
    };
    assert_eq!(
        read(&wrong).unwrap_err(),
        [
            r#"schedule[0].every: "0 minutes": the amount must be at least 1"#,
            "schedule[1].keep: -1: must be 0 or more (0 keeps only the newest)",
            r#"schedule[2].every is empty; write for example "10 minutes" or "day""#,
            "schedule[2].keep: -9223372036854775808: must be 0 or more (0 keeps only the newest)",
            r#"schedule[4].every: "5m": "m" could mean minutes or months; write "5min" or "5 months""#,
            r#"maxAge: unknown unit "decade"; use second, minute, hour, day, week, month, quarter or year"#,
        ]
    );
    let timed = read(&aging("hour", 1, "90 days at 02:00"));
    assert_eq!(
        timed.unwrap_err(),
        [r#"maxAge: "90 days at 02:00": no time of day is meant here; write "90 days""#]
    );
}

#[test]
fn what_means_the_same_is_one_rule_with_the_larger_keep() {
    let doubled = group(&[
        ("hour", Some(2)),
        ("day", Some(1)),
        ("day at 02:00", Some(1)),
        ("60 minutes", Some(5)),
        ("3600s", Some(4)),
        ("24 hours at 02:00 in utc", Some(1)),
    ]);
    let (schedule, warnings) = read(&doubled).unwrap();
    let texts: Vec<_> = schedule.rules.iter().map(|rule| (rule.text.as_str(), rule.keep)).collect();
    assert_eq!(texts, [("hour", 5), ("day", 1), ("day at 02:00", 1)]);
    assert_eq!(
        warnings,
        [
            r#"schedule[0] "hour" and schedule[3] "60 minutes" are the same interval; keeping the larger keep (5)"#,
            r#"schedule[0] "hour" and schedule[4] "3600s" are the same interval; keeping the larger keep (5)"#,
            r#"schedule[2] "day at 02:00" and schedule[5] "24 hours at 02:00 in utc" are the same interval; keeping the larger keep (1)"#,
        ]
    );
}

#[test]
fn a_keep_that_gemini_takes_is_taken() {
    let (schedule, warnings) =
        read(&group(&[("hour", None), ("day", Some(100_001)), ("week", Some(i64::MAX))])).unwrap();
    assert_eq!(schedule.rules.iter().map(|rule| rule.keep).collect::<Vec<_>>(), [0, 100_000, 100_000]);
    assert_eq!(
        warnings,
        [
            "schedule[0].keep is missing; 0 is meant (keeps only the newest)",
            "schedule[1].keep: 100001: more than 100000 are not kept; 100000 is taken",
            "schedule[2].keep: 9223372036854775807: more than 100000 are not kept; 100000 is taken",
        ]
    );
}

#[test]
fn a_rule_that_reaches_beyond_the_age_limit_is_told() {
    assert_eq!(
        warnings(&aging("month", 12, "90 days")),
        [
            r#"schedule[0] "month" with keep 12 needs snapshots older than maxAge (90 days), which are not kept"#
        ]
    );
    // They go before the next one falls due.
    assert_eq!(
        warnings(&aging("year", 0, "90 days")),
        [r#"schedule[0] "year" with keep 0 needs snapshots older than maxAge (90 days), which are not kept"#]
    );
    for (every, keep, max_age) in [("month", 12, "year"), ("day", 90, "90 days"), ("day", 0, "day")] {
        assert_eq!(warnings(&aging(every, keep, max_age)), [""; 0], "{every} {keep} {max_age}");
    }
    // Nothing overflows.
    assert_eq!(warnings(&aging("100 years", i64::MAX, "1 second")).len(), 2);
}

#[test]
fn rules_that_the_runs_do_not_reach_are_told() {
    let said = |every: &str, run: i64| {
        let rule = Rule { every: every::parse(every).unwrap(), keep: 1, text: every.into() };
        warn_run_period(&of(vec![rule]), run).pop().unwrap_or_default()
    };
    assert_eq!(
        said("7 minutes", 300),
        r#""7 minutes" is no multiple of the 5m between two runs: snapshots will be 5m or 10m apart"#
    );
    assert_eq!(
        said("minute", 300),
        r#""minute" is shorter than the time between two runs: snapshots will be 5m apart"#
    );
    assert_eq!(
        said("day", 90_000),
        r#""day" is shorter than the time between two runs: snapshots will be 25h apart"#
    );
    assert_eq!(
        said("month", 14 * 3_600),
        r#""month" is no multiple of the 14h between two runs: snapshots will be up to 14h late"#
    );
    for (every, run) in [("5 minutes", 300), ("10 minutes", 300), ("month", 300), ("week at 02:02", 300)] {
        assert_eq!(said(every, run), "", "{every} {run}");
    }
    for run in [0, -300, i64::MIN] {
        assert_eq!(said("7 minutes", run), "");
    }
    assert!(!said("day", i64::MAX).is_empty());
}
