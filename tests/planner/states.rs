//! Random states of a group: rules, snapshots of all kinds and conditions, and a time.
//! Times are drawn so that what happens at boundaries happens often.

use kubectl_gemini::model::every::Every;
use kubectl_gemini::model::period::Period;
use kubectl_gemini::model::wall::{Day, Wall};
use kubectl_gemini::plan::calendar::{self, Moment};
use kubectl_gemini::plan::entry::{Entry, Foreign, Kind, Label, State};
use kubectl_gemini::plan::retention::{Params, Plan, plan};
use kubectl_gemini::plan::schedule::{Rule, Schedule};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use crate::support::entry;

const DAY: i64 = 86_400;

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct World {
    pub schedule: Schedule,
    pub entries: Vec<Entry>,
    pub now: Moment,
    pub params: Params,
}

impl World {
    pub fn plan(&self) -> Plan {
        plan(&self.schedule, &self.entries, self.now, &self.params)
    }

    /// What counts: scheduled, ready, ours, and not dated in the future; newest first.
    pub fn ready(&self) -> Vec<&Entry> {
        let mut ready: Vec<_> = self.entries.iter().filter(|entry| self.counts(entry)).collect();
        ready.sort_by_key(|entry| std::cmp::Reverse((entry.time, &entry.name)));
        ready
    }

    fn counts(&self, entry: &Entry) -> bool {
        entry.kind == Kind::Scheduled
            && entry.state == State::Ready
            && entry.foreign.is_none()
            && !entry.tainted
            && entry.time <= self.now + 300
    }
}

fn wall(period: Period, hour: u8, minute: u8, day: Day, zone: chrono_tz::Tz) -> Every {
    Every { period, wall: Some(Wall { hour, minute, day, zone }) }
}

/// Periods of all kinds, from a minute to a year, with and without a time of day, in zones that are hard.
pub fn periods() -> Vec<Every> {
    use chrono_tz::{America, Australia, Europe, Pacific};
    let seconds = [60, 420, 600, 3_600, 6 * 3_600, DAY, 7 * DAY, 30 * DAY];
    let months = [1, 3, 12];
    let plain = seconds.map(Period::Seconds).into_iter().chain(months.map(Period::Months));
    let mut all: Vec<_> = plain.map(Every::plain).collect();
    all.extend([
        wall(Period::Seconds(DAY), 2, 30, Day::Each, Europe::Berlin),
        wall(Period::Seconds(DAY), 0, 0, Day::Each, Pacific::Apia),
        wall(Period::Seconds(7 * DAY), 1, 45, Day::Weekday(chrono::Weekday::Sun), Australia::Lord_Howe),
        wall(Period::Months(1), 2, 30, Day::Last, America::New_York),
        wall(Period::Months(1), 12, 0, Day::OfMonth(31), Europe::Berlin),
        wall(Period::Months(12), 2, 30, Day::OfYear(3, 29), Europe::Berlin),
    ]);
    all
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let rules = subsequence(periods(), 1..=5).prop_shuffle();
    (rules, prop::collection::vec(0u32..=5, 5)).prop_map(|(everys, keeps)| {
        let rule = |(every, keep): (Every, u32)| Rule { every, keep, text: every.to_string() };
        Schedule { rules: everys.into_iter().zip(keeps).map(rule).collect(), max_age: None }
    })
}

/// How old a snapshot is, in seconds; negative is in the future.
fn ages(everys: Vec<Every>) -> impl Strategy<Value = Moment> {
    prop_oneof![
        4 => (0u32..27, 0.0..1.0f64).prop_map(|(power, part)| ((1u64 << power) as f64 * (1.0 + part)) as i64),
        4 => (select(everys), 0i64..8, -40i64..40).prop_map(|(every, count, off)| {
            every.period.nominal_seconds() * count + off
        }),
        1 => -DAY..0i64,
        1 => select(vec![0, -299, -300, -301, 119, 120, DAY - 1, DAY]),
    ]
}

fn states() -> impl Strategy<Value = State> {
    prop_oneof![
        10 => Just(State::Ready),
        2 => Just(State::InProgress),
        2 => Just(State::Failed { timed_out: false }),
        1 => Just(State::Failed { timed_out: true }),
        1 => Just(State::Terminating),
    ]
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![10 => Just(Kind::Scheduled), 1 => Just(Kind::Manual), 1 => Just(Kind::Restore)]
}

fn labels(rules: Vec<Every>) -> impl Strategy<Value = Vec<Label>> {
    let own = subsequence(rules.clone(), 0..=rules.len());
    let foreign = prop::option::weighted(0.15, select(periods()));
    // A phase may be anywhere, and anything.
    let phase = prop_oneof![
        3 => Just(None),
        4 => (-3 * DAY..3 * DAY).prop_map(|off| Some(1_773_100_800 + off)),
        1 => any::<i64>().prop_map(Some),
    ];
    (own, foreign, prop::collection::vec(phase, 6)).prop_map(|(own, foreign, phases)| {
        own.into_iter().chain(foreign).zip(phases).map(|(every, phase)| Label { every, phase }).collect()
    })
}

fn entries(schedule: &Schedule, now: Moment) -> impl Strategy<Value = Vec<Entry>> + use<> {
    let everys: Vec<_> = schedule.rules.iter().map(|rule| rule.every).collect();
    let rare = || prop::bool::weighted(0.06);
    let flags = (rare(), rare(), rare(), rare(), prop::bool::weighted(0.1));
    let foreign = prop_oneof![
        18 => Just(None),
        1 => Just(Some(Foreign::OtherClaim)),
        1 => Just(Some(Foreign::GroupSnapshot)),
    ];
    let one = (ages(everys.clone()), states(), kinds(), labels(everys), flags, foreign, 1u32..12);
    prop::collection::vec(one, 0..=40).prop_map(move |all| {
        let named = all.into_iter().enumerate();
        named
            .map(|(number, (age, state, kind, labels, flags, foreign, attempt))| {
                let (held, in_use, tainted, expired, is_unknown) = flags;
                let unknown = if is_unknown { vec!["fortnight".to_owned()] } else { vec![] };
                let is_scheduled = kind == Kind::Scheduled;
                let labels = if is_scheduled { labels } else { vec![] };
                let name = format!("s{:02}", number * 37 % 41);
                let plain = entry(name, now - age, state);
                let unknown = if is_scheduled { unknown } else { vec![] };
                Entry { kind, attempt, labels, unknown, held, in_use, tainted, expired, foreign, ..plain }
            })
            .collect()
    })
}

fn params() -> impl Strategy<Value = Params> {
    (1usize..4, prop::bool::weighted(0.2), prop::option::of(-DAY..DAY)).prop_map(|(min, manual, hint)| {
        Params {
            hint: hint.map(|off| 1_773_144_000 + off),
            min_count: min,
            prune_manual: manual,
            suspended: false,
        }
    })
}

/// Any state, without `maxAge`.
pub fn worlds() -> impl Strategy<Value = World> {
    let now = prop_oneof![
        3 => Just(1_773_144_307i64),
        1 => 1_577_836_800i64..1_893_456_000,
        // Round the hours at which European clocks are set.
        1 => 1_774_742_400i64..1_774_756_800,
        1 => 1_792_882_800i64..1_792_897_200,
    ];
    (schedules(), now, params()).prop_flat_map(|(schedule, now, params)| {
        entries(&schedule, now).prop_map(move |entries| World {
            schedule: schedule.clone(),
            entries,
            now,
            params: params.clone(),
        })
    })
}

/// Any state, some with `maxAge`.
pub fn worlds_with_age() -> impl Strategy<Value = World> {
    let ages =
        prop::option::of(select(vec![Period::Seconds(3_600), Period::Seconds(30 * DAY), Period::Months(6)]));
    (worlds(), ages).prop_map(|(mut world, max_age)| {
        world.schedule.max_age = max_age;
        world
    })
}

/// A world and a part of it, by which properties choose.
pub fn worlds_and_choices() -> impl Strategy<Value = (World, Vec<Index>)> {
    (worlds_with_age(), prop::collection::vec(any::<Index>(), 40))
}

/// The rule has something at least `count` periods old, within its grace.
pub fn is_reached(entry: &Entry, every: &Every, count: i64, now: Moment) -> bool {
    calendar::reached(entry.time, every, count) <= now + calendar::grace(every)
}
