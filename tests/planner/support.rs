//! A short notation for schedules and snapshots, and what a plan says in the same notation.
//! Times are UTC; a time without a date is on 10 March 2026.

use chrono::NaiveDateTime;
use kubectl_gemini::model::every;
use kubectl_gemini::plan::calendar::Moment;
use kubectl_gemini::plan::entry::{Entry, Kind, Label, State};
use kubectl_gemini::plan::retention::{Params, Plan, plan};
use kubectl_gemini::plan::schedule::{Rule, Schedule};

/// `12:00`, `12:00:07`, `03-09 12:00` or `2024-01-31 10:00:04`.
pub fn at(text: &str) -> Moment {
    let (date, time) = text.split_once(' ').unwrap_or(("03-10", text));
    let date = if date.len() == 5 { format!("2026-{date}") } else { date.to_owned() };
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    let parsed = NaiveDateTime::parse_from_str(&format!("{date} {time}"), "%Y-%m-%d %H:%M:%S");
    parsed.unwrap_or_else(|error| panic!("{text}: {error}")).and_utc().timestamp()
}

/// `10 minutes x3, day x1`
pub fn schedule(text: &str) -> Schedule {
    let rule = |text: &str| {
        let (every, keep) = text.rsplit_once(" x").unwrap();
        Rule { every: every::parse(every).unwrap(), keep: keep.parse().unwrap(), text: every.to_owned() }
    };
    let rules = text.split(", ").filter(|text| !text.is_empty()).map(rule).collect();
    Schedule { rules, max_age: None }
}

/// A scheduled snapshot without labels.
pub fn entry(name: impl Into<String>, time: Moment, state: State) -> Entry {
    Entry {
        name: name.into(),
        time,
        state,
        kind: Kind::Scheduled,
        attempt: 1,
        labels: vec![],
        unknown: vec![],
        held: false,
        in_use: false,
        requested: false,
        was_ready: false,
        volume: None,
        tainted: false,
        expired: false,
        foreign: None,
    }
}

/// `R 11:50:05 | 10 minutes, hour ~12:00`: state (R, P in progress, F failed), time, labels, phase of all of them.
/// `manual`, `restore` and `hold` are written as labels. The name is the time.
pub fn snapshot(text: &str) -> Entry {
    let (head, labels) = text.split_once(" | ").unwrap_or((text, ""));
    let (labels, phase) = labels.split_once(" ~").map_or((labels, None), |(l, phase)| (l, Some(at(phase))));
    let (state, time) = head.split_once(' ').unwrap();
    let state = match state {
        "R" => State::Ready,
        "P" => State::InProgress,
        "F" => State::Failed { timed_out: false },
        _ => panic!("{text}"),
    };
    let mut entry = entry(time, at(time), state);
    for label in labels.split(", ").filter(|label| !label.is_empty()) {
        match label {
            "manual" => entry.kind = Kind::Manual,
            "restore" => entry.kind = Kind::Restore,
            "hold" => entry.held = true,
            _ => match every::parse(label) {
                Ok(every) => entry.labels.push(Label { every, phase }),
                Err(_) => entry.unknown.push(label.to_owned()),
            },
        }
    }
    entry
}

/// A plan for a time in the notation above.
pub fn plan_at(rules: &str, snapshots: &[&str], now: &str) -> (Plan, Vec<Entry>) {
    let entries: Vec<_> = snapshots.iter().map(|text| snapshot(text)).collect();
    (plan(&schedule(rules), &entries, at(now), &Params::default()), entries)
}

/// What is to be created: `10 minutes, hour ~12:00`, or nothing.
pub fn created(plan: &Plan, rules: &str) -> String {
    let Some(create) = &plan.create else { return String::new() };
    let schedule = schedule(rules);
    let texts: Vec<_> = create.labels.iter().map(|label| schedule.rules[label.rule].text.as_str()).collect();
    let phases: Vec<_> = create.labels.iter().map(|label| clock(label.phase)).collect();
    assert!(phases.iter().all(|phase| *phase == phases[0]), "{phases:?}");
    format!("{} ~{}", texts.join(", "), phases[0])
}

/// A moment in the notation above.
pub fn clock(moment: Moment) -> String {
    let time = chrono::DateTime::from_timestamp(moment, 0).unwrap().to_string();
    let short = time.trim_end_matches(" UTC").trim_end_matches(":00").to_owned();
    let short = if short.len() < 16 { format!("{short}:00") } else { short };
    short.trim_start_matches("2026-03-10 ").trim_start_matches("2026-").to_owned()
}

/// Names of what goes, oldest first.
pub fn deleted(plan: &Plan, entries: &[Entry]) -> Vec<String> {
    plan.deletions(entries).into_iter().map(|index| entries[index].name.clone()).collect()
}

/// `keep 10 minutes 1/4, newest-ready` for the snapshot of that name.
pub fn verdict(plan: &Plan, entries: &[Entry], name: &str) -> String {
    let index = entries.iter().position(|entry| entry.name == name).unwrap();
    let verdict = &plan.verdicts[index];
    let reasons: Vec<_> = verdict.reasons.iter().map(|reason| reason.code()).collect();
    format!("{} {}", verdict.fate.word(), reasons.join(","))
}
