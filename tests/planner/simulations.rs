//! Years of run-once in worlds with and without trouble (retention.md, section 3.13); every pass is watched.
//! `SIMULATION_YEARS` says how long; `make properties` takes five years, two leap days among them.

use chrono::{DateTime, Datelike as _, NaiveDate};
use kubectl_gemini::model::period::Period;
use kubectl_gemini::plan::calendar::{self, Grid, Moment};
use kubectl_gemini::plan::schedule::Schedule;
use kubectl_gemini::plan::simulate::{Trouble, World, simulate};

use crate::support::{at, clock, schedule};
use crate::watch::Watch;

const ANNOUNCEMENT: &str = "10 minutes x3, hour x1, day x1, week x1, month x1, year x1";
/// The same without the rules that need many passes, for five years in seconds.
const SLOW: &str = "day x1, week x1, month x1, year x1";
/// The 31st of a month at an odd minute, four weeks before a leap day.
const START: &str = "2024-01-31 10:07";
const FIVE_YEARS: f64 = 5.0;
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// How long to simulate the announcement's schedule, in years: a week and a day if `SIMULATION_YEARS` is not set.
fn years() -> f64 {
    let years = std::env::var("SIMULATION_YEARS").ok().map(|text| text.parse().unwrap());
    years.unwrap_or(8.0 / 365.25)
}

fn world(years: f64, every_run: i64) -> World {
    let start = at(START);
    let end = start + (years * 365.25) as i64 * DAY;
    World { start, end, every_run, ready_after: 3, trouble: Trouble::default(), seed: 20_240_131 }
}

/// A world that was watched.
struct Watched {
    schedule: Schedule,
    world: World,
    watch: Watch,
}

fn watched(rules: &str, world: World) -> Watched {
    let schedule = schedule(rules);
    let mut watch = Watch::new(&schedule);
    simulate(&schedule, "db", &world, &mut watch);
    Watched { schedule, world, watch }
}

fn announcement(trouble: Trouble) -> Watched {
    watched(ANNOUNCEMENT, World { trouble, ..world(years(), 300) })
}

impl Watched {
    /// For each rule how many slots there were, by its own grid.
    fn slots(&self) -> Vec<i64> {
        let World { start, end, every_run, .. } = self.world;
        let last = start + (end - start - 1) / every_run * every_run;
        let slots = self.schedule.rules.iter().map(|rule| {
            let grid = Grid::new(&rule.every, Some(start)).unwrap();
            let first = grid.index(start + calendar::grace(&rule.every));
            grid.index(last + calendar::grace(&rule.every)) - first + 1
        });
        slots.collect()
    }

    fn created(&self) -> Vec<i64> {
        self.watch.rules.iter().map(|seen| seen.created).collect()
    }

    /// One snapshot for each slot of each rule.
    fn serves_every_slot(&self) -> &Self {
        assert_eq!(self.created(), self.slots());
        self
    }

    /// Almost all slots are served, and none twice.
    fn serves_almost_every_slot(&self) -> &Self {
        for (created, slots) in self.created().into_iter().zip(self.slots()) {
            assert!(created <= slots && created * 1_000 >= slots * 995, "{created} of {slots}");
        }
        self
    }

    /// Every rule keeps K+1. Only months are one more on the last day of a short one: what was taken on the 31st is a
    /// month old on the 1st.
    fn keeps_one_more_than_promised(&self) -> &Self {
        for (rule, seen) in self.schedule.rules.iter().zip(&self.watch.rules) {
            let is_allowed = |now: &Moment| rule.every.period == Period::Months(1) && is_clamped(*now);
            let odd: Vec<_> =
                seen.one_more.iter().filter(|now| !is_allowed(now)).map(|now| clock(*now)).collect();
            assert_eq!(odd, Vec::<String>::new(), "{}", rule.text);
        }
        self.keeps_hardly_more()
    }

    /// No rule keeps more than K+2 for more than a handful of passes.
    fn keeps_hardly_more(&self) -> &Self {
        for (rule, seen) in self.schedule.rules.iter().zip(&self.watch.rules) {
            let first = seen.too_many.first().map(|now| clock(*now));
            assert!(seen.too_many.len() <= 5, "{}: {} times from {first:?}", rule.text, seen.too_many.len());
        }
        self
    }

    /// Every rule whose span fits into the simulated time reaches as far back as it promised.
    fn reaches_as_promised(&self) -> &Self {
        for (rule, seen) in self.schedule.rules.iter().zip(&self.watch.rules) {
            let twice = calendar::add(self.world.start, rule.every.period, 2 * i64::from(rule.keep));
            assert!(seen.reaches || twice > self.world.end, "{}", rule.text);
        }
        self
    }
}

/// The last day of a month that is shorter than 31 days.
fn is_clamped(now: Moment) -> bool {
    let date = DateTime::from_timestamp(now, 0).unwrap().date_naive();
    let tomorrow = date.succ_opt().unwrap();
    tomorrow.day() == 1 && date.day() < 31
}

#[test]
fn clean() {
    announcement(Trouble::default()).serves_every_slot().keeps_one_more_than_promised().reaches_as_promised();
}

#[test]
fn starts_delayed_by_up_to_20_seconds() {
    let watched = announcement(Trouble { jitter: 20, ..Trouble::default() });
    watched.serves_every_slot().keeps_one_more_than_promised().reaches_as_promised();
}

#[test]
fn two_percent_up_to_four_minutes_late() {
    let watched = announcement(Trouble { late: 0.02, ..Trouble::default() });
    watched.serves_every_slot().keeps_hardly_more().reaches_as_promised();
}

#[test]
fn two_percent_missed() {
    let watched = announcement(Trouble { missed: 0.02, ..Trouble::default() });
    watched.serves_almost_every_slot().keeps_hardly_more().reaches_as_promised();
}

#[test]
fn twenty_outages_of_up_to_nine_days() {
    let count = (20.0 * years() / FIVE_YEARS).ceil() as usize;
    let outages = world(years(), 300).outages(count);
    announcement(Trouble { outages, ..Trouble::default() }).keeps_hardly_more().reaches_as_promised();
}

#[test]
fn one_percent_failed_and_one_percent_slow() {
    let watched = announcement(Trouble { failed: 0.01, slow: 0.01, ..Trouble::default() });
    watched.keeps_hardly_more().reaches_as_promised();
}

#[test]
fn crashes_after_create_and_in_mid_delete() {
    let watched = announcement(Trouble { crashed: 0.05, torn: 0.05, ..Trouble::default() });
    watched.serves_every_slot().keeps_one_more_than_promised().reaches_as_promised();
}

#[test]
fn double_runs() {
    let watched = announcement(Trouble { doubled: 0.1, ..Trouble::default() });
    watched.serves_every_slot().keeps_one_more_than_promised().reaches_as_promised();
}

const WORST: Trouble = Trouble {
    jitter: 0,
    late: 0.0,
    missed: 0.3,
    outages: vec![],
    failed: 0.4,
    slow: 0.2,
    crashed: 0.0,
    torn: 0.0,
    doubled: 0.0,
};

#[test]
fn forty_percent_failed_twenty_slow_thirty_missed() {
    announcement(WORST).keeps_hardly_more().reaches_as_promised();
}

/// Everything at once, with the doubles and crashes, too.
#[test]
fn all_that_can_go_wrong() {
    let trouble = Trouble { jitter: 20, late: 0.02, crashed: 0.1, torn: 0.1, doubled: 0.1, ..WORST };
    announcement(trouble).keeps_hardly_more().reaches_as_promised();
}

#[test]
fn five_years_of_slow_rules() {
    let clean = world(FIVE_YEARS, 6 * HOUR);
    watched(SLOW, clean.clone()).serves_every_slot().keeps_one_more_than_promised().reaches_as_promised();
    watched(SLOW, World { trouble: WORST, ..clean }).keeps_hardly_more().reaches_as_promised();
}

/// What a yearly rule keeps cannot hide a gap here, and buckets would have one: the first of a month may come late.
#[test]
fn a_month_with_a_hole_each_february() {
    let holes = (2024..=2029).map(|year| {
        let begin = NaiveDate::from_ymd_opt(year, 2, 3).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let begin = begin.and_utc().timestamp();
        begin..begin + 21 * DAY
    });
    let trouble = Trouble { failed: 0.2, outages: holes.collect(), ..Trouble::default() };
    let every_run = if years() < FIVE_YEARS { 6 * HOUR } else { 300 };
    let world = World { trouble, ..world(FIVE_YEARS, every_run) };
    watched("month x1", world).keeps_hardly_more().reaches_as_promised();
}

/// Days by a clock that is set twice a year: one snapshot for each date, and no promise is broken.
#[test]
fn by_the_clock_on_the_wall() {
    let rules = "day at 02:30 in Europe/Berlin x2, week at 01:45 on sun in Australia/Lord_Howe x1, \
                 month at 02:30 on last in America/New_York x1, 12 hours x2";
    let clean = world(years().max(1.0), 6 * HOUR);
    watched(rules, clean.clone()).serves_every_slot().keeps_hardly_more().reaches_as_promised();
    watched(rules, World { trouble: WORST, ..clean }).keeps_hardly_more().reaches_as_promised();
}
