//! How long the planner takes: one group with very many snapshots, and very many groups with a few.
//! Growth is to be near linear, and 10,000 snapshots well under 50 ms (retention.md, section 5, case 25).

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kubectl_gemini::model::every;
use kubectl_gemini::plan::entry::{Entry, Kind, Label, State};
use kubectl_gemini::plan::retention::{Params, plan};
use kubectl_gemini::plan::schedule::{Rule, Schedule};

const NOW: i64 = 1_773_144_015;

fn schedule(rules: &[(&str, u32)]) -> Schedule {
    let rule = |(text, keep): &(&str, u32)| {
        let every = every::parse(text).unwrap_or_else(|error| unreachable!("{text}: {error}"));
        Rule { every, keep: *keep, text: (*text).to_owned() }
    };
    Schedule { rules: rules.iter().map(rule).collect(), max_age: None }
}

/// A snapshot every ten minutes, labelled with each rule whose slot begins then.
fn history(schedule: &Schedule, count: i64) -> Vec<Entry> {
    let labels = |slot: i64| {
        let of = |rule: &&Rule| slot % rule.every.period.nominal_seconds() < 600;
        let label = |rule: &Rule| Label { every: rule.every, phase: Some(0) };
        schedule.rules.iter().filter(of).map(label).collect()
    };
    let entry = |number: i64| {
        let slot = NOW - 15 - number * 600;
        Entry {
            name: format!("db-{slot}"),
            time: slot + 5,
            state: State::Ready,
            kind: Kind::Scheduled,
            attempt: 1,
            labels: labels(slot),
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
    };
    // As a list from the API server comes: by name, which is by time, oldest first.
    (0..count).rev().map(entry).collect()
}

fn one_group(criterion: &mut Criterion) {
    let tiers = [("10 minutes", 3), ("hour", 24), ("day", 30), ("week", 8), ("month", 12), ("year", 5)];
    let clocks = [
        ("10 minutes", 3),
        ("day at 02:30 in Europe/Berlin", 30),
        ("month at 02:30 on last in Europe/Berlin", 12),
    ];
    for (name, rules) in [("six tiers", &tiers[..]), ("wall clock", &clocks[..])] {
        let schedule = schedule(rules);
        let mut group = criterion.benchmark_group(format!("one group, {name}"));
        group.sample_size(20);
        for count in [1_000, 10_000, 100_000] {
            let entries = history(&schedule, count);
            group.throughput(Throughput::Elements(entries.len() as u64));
            group.bench_with_input(BenchmarkId::from_parameter(count), &entries, |bencher, entries| {
                bencher.iter(|| plan(&schedule, black_box(entries), NOW, &Params::default()));
            });
        }
    }
}

fn many_groups(criterion: &mut Criterion) {
    let schedule = schedule(&[("10 minutes", 3), ("hour", 6), ("day", 6), ("month", 1)]);
    let entries = history(&schedule, 20);
    let mut group = criterion.benchmark_group("many groups");
    group.throughput(Throughput::Elements(2_000));
    group.bench_function("2000 groups x 20", |bencher| {
        bencher.iter(|| {
            for _ in 0..2_000 {
                black_box(plan(&schedule, black_box(&entries), NOW, &Params::default()));
            }
        });
    });
}

criterion_group!(benches, one_group, many_groups);
criterion_main!(benches);
