//! P14: where nothing goes wrong, the planner does what Gemini does, tick by tick.
//! The model of Gemini is written from its rules G1 to G8 (retention.md, section 1.2), not from the planner.

use std::collections::BTreeMap;

use kubectl_gemini::model::every::Every;
use kubectl_gemini::model::period::Period;
use kubectl_gemini::plan::entry::{Entry, Label, State};
use kubectl_gemini::plan::retention::{Fate, Params, plan};
use kubectl_gemini::plan::schedule::{Rule, Schedule};
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::support::entry;

/// Snapshots by time, with the periods in seconds that they carry.
type Store = BTreeMap<i64, Vec<i64>>;

/// One pass of Gemini's controller. Its `now` has a fraction of a second, so that "strictly before" includes the second
/// itself.
fn gemini(rules: &[(i64, u32)], store: &mut Store, now: i64) {
    let mut count: BTreeMap<i64, i64> = BTreeMap::new();
    let mut fresh = vec![];
    let mut deleted = vec![];
    for (time, labels) in store.iter().rev() {
        let mut keep = false;
        for label in labels {
            let quota =
                rules.iter().find(|(every, _)| every == label).map_or(0, |(_, keep)| i64::from(*keep) + 1);
            let seen = count.entry(*label).or_insert_with(|| {
                let stale = time + label <= now;
                if !stale {
                    fresh.push(*label);
                }
                i64::from(stale)
            });
            *seen += 1;
            keep |= *seen <= quota;
        }
        if !keep {
            deleted.push(*time);
        }
    }
    deleted.iter().for_each(|time| {
        store.remove(time);
    });
    let due: Vec<i64> =
        rules.iter().map(|(every, _)| *every).filter(|every| !fresh.contains(every)).collect();
    if !due.is_empty() {
        store.insert(now, due);
    }
}

/// One pass of run-once: create, ready at once, plan again, delete.
fn ours(schedule: &Schedule, entries: &mut Vec<Entry>, now: i64, with_phases: bool) {
    let params = Params::default();
    if let Some(create) = plan(schedule, entries, now, &params).create {
        let label = |due: &kubectl_gemini::plan::retention::DueLabel| Label {
            every: schedule.rules[due.rule].every,
            phase: with_phases.then_some(due.phase),
        };
        let labels = create.labels.iter().map(label).collect();
        entries.push(Entry { labels, ..entry(format!("s-{now}"), now, State::Ready) });
    }
    let again = plan(schedule, entries, now, &params);
    let mut stays = again.verdicts.iter().map(|verdict| verdict.fate != Fate::Delete);
    entries.retain(|_| stays.next().unwrap_or(true));
}

fn as_store(entries: &[Entry]) -> Store {
    let seconds = |label: &Label| match label.every.period {
        Period::Seconds(seconds) => seconds,
        Period::Months(_) => unreachable!("only fixed units"),
    };
    entries.iter().map(|entry| (entry.time, entry.labels.iter().map(seconds).collect())).collect()
}

fn compare(rules: &[(i64, u32)], step: i64, missed: &[bool], with_phases: bool) -> Result<(), TestCaseError> {
    let rule = |(every, keep): &(i64, u32)| {
        let every = Every::plain(Period::Seconds(*every));
        Rule { every, keep: *keep, text: every.to_string() }
    };
    let schedule = Schedule { rules: rules.iter().map(rule).collect(), max_age: None };
    let (mut theirs, mut mine) = (Store::new(), vec![]);
    for (tick, missed) in (0i64..).zip(missed) {
        let now = 1_773_144_000 + tick * step;
        if *missed {
            continue;
        }
        gemini(rules, &mut theirs, now);
        ours(&schedule, &mut mine, now, with_phases);
        prop_assert_eq!(&as_store(&mine), &theirs, "tick {}", tick);
    }
    Ok(())
}

/// Rules whose periods are multiples of the time between two passes, so that a grid and a rolling rule agree.
fn rules(step: i64) -> impl Strategy<Value = Vec<(i64, u32)>> {
    let periods: Vec<i64> = [1, 2, 3, 5, 6, 12, 24, 30, 60].iter().map(|count| count * step).collect();
    (subsequence(periods, 1..=4).prop_shuffle(), prop::collection::vec(0u32..6, 4))
        .prop_map(|(periods, keeps)| periods.into_iter().zip(keeps).collect())
}

/// Mostly short: what two rules do to each other shows within a few periods. Some long ones, for what adds up.
fn ticks() -> impl Strategy<Value = usize> {
    prop_oneof![15 => 1usize..40, 1 => 1usize..400]
}

proptest! {
    #[test]
    fn p14_gemini_on_the_ordinary_domain(
        (step, rules) in (1i64..180).prop_flat_map(|minutes| (Just(minutes * 60), rules(minutes * 60))),
        ticks in ticks(),
    ) {
        compare(&rules, step, &vec![false; ticks], true)?;
    }

    /// Without phases, as Gemini's own snapshots have none, any time between passes and missed passes will do.
    #[test]
    fn p14_gemini_with_missed_passes(
        minutes in prop::collection::vec((1i64..3_000, 0u32..6), 1..5),
        step in 1i64..120,
        missed in ticks().prop_flat_map(|ticks| prop::collection::vec(prop::bool::weighted(0.1), ticks)),
    ) {
        let mut rules: Vec<(i64, u32)> = minutes.iter().map(|(every, keep)| (every * 60, *keep)).collect();
        rules.sort_unstable();
        rules.dedup_by_key(|rule| rule.0);
        compare(&rules, step * 60, &missed, false)?;
    }
}
