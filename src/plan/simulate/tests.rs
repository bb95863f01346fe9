//! The simulator itself: when passes take place, what chance may do, and that it does the same each time.
//! What the planner makes of it in the long run is in `tests/planner/simulations.rs`.

mod meter;

use super::*;
use crate::model::every::Every;
use crate::model::period::Period;
use crate::plan::schedule::Rule;

/// Sunday, 1 March 2026, 00:00 UTC.
const START: Moment = 1_772_323_200;
const HOUR: i64 = 3_600;

fn schedule(rules: &[(i64, u32)]) -> Schedule {
    let rule = |(seconds, keep): &(i64, u32)| {
        let every = Every::plain(Period::Seconds(*seconds));
        Rule { every, keep: *keep, text: every.to_string() }
    };
    Schedule { rules: rules.iter().map(rule).collect(), max_age: None }
}

fn world(hours: i64, trouble: Trouble) -> World {
    World { start: START, end: START + hours * HOUR, every_run: 300, ready_after: 3, trouble, seed: 7 }
}

/// What happens, in words.
#[derive(Default)]
struct Diary {
    passes: Vec<Run>,
    ends: Vec<Moment>,
    lines: Vec<String>,
    phases: Vec<Option<Moment>>,
}

impl Observer for Diary {
    fn created(&mut self, entry: &Entry) {
        self.lines.push(format!("{} +{}", entry.time - START, entry.name));
        self.phases.extend(entry.labels.iter().map(|label| label.phase));
    }

    fn ended(&mut self, scene: &Scene<'_>, deleted: &[usize]) {
        self.passes.push(scene.run);
        self.ends.push(scene.now);
        for index in deleted {
            self.lines.push(format!("{} -{}", scene.now - START, scene.entries[*index].name));
        }
    }
}

fn diary(rules: &[(i64, u32)], world: &World) -> (Diary, Outcome) {
    let mut diary = Diary::default();
    let outcome = simulate(&schedule(rules), "db", world, &mut diary);
    (diary, outcome)
}

#[test]
fn a_pass_takes_waits_looks_again_and_deletes() {
    let (diary, outcome) = diary(&[(HOUR, 0)], &world(2, Trouble::default()));
    let (first, second) = (START, START + HOUR);
    let wanted = [format!("0 +db-{first}"), format!("3600 +db-{second}"), format!("3605 -db-{first}")];
    assert_eq!(diary.lines, wanted);
    assert_eq!((outcome.runs, outcome.created, outcome.deleted, outcome.entries.len()), (24, 2, 1, 1));
    assert_eq!(outcome.plan.verdicts.len(), 1);
}

#[test]
fn nothing_is_deleted_for_what_does_not_become_ready() {
    let failing = Trouble { failed: 1.0, ..Trouble::default() };
    let (_, outcome) = diary(&[(HOUR, 0)], &world(3, failing.clone()));
    assert_eq!((outcome.created, outcome.failed), (outcome.failed, outcome.created));
    assert!((3..=4).contains(&outcome.entries.len()), "{:?}", outcome.entries);

    let slow = World { ready_after: 90, ..world(2, Trouble::default()) };
    let (diary, _) = diary(&[(HOUR, 0)], &slow);
    // The wait of a minute is over before it is ready, so the next pass deletes.
    assert_eq!(diary.lines[2], format!("3900 -db-{START}"));
}

#[test]
fn a_slow_snapshot_is_waited_for_by_the_passes_that_follow() {
    let slow = Trouble { slow: 1.0, ..Trouble::default() };
    let (diary, _) = diary(&[(HOUR, 0)], &world(3, slow));
    let deletion = diary.lines.iter().find_map(|line| line.split_once(" -")).unwrap();
    assert!(deletion.0.parse::<i64>().unwrap() >= HOUR + SLOW.start, "{:?}", diary.lines);
}

/// A first pass that comes late does not move the series for ever.
#[test]
fn a_series_is_born_when_its_first_pass_was_meant_to_run() {
    let late = Trouble { late: 1.0, ..Trouble::default() };
    let (diary, _) = diary(&[(HOUR, 0)], &world(3, late));
    assert!(diary.passes[0].at - START > 60, "{:?}", diary.passes[0]);
    assert!(diary.phases.iter().all(|phase| *phase == Some(START)), "{:?}", diary.phases);
}

#[test]
fn passes_are_late_but_never_early_and_never_overlap() {
    let trouble = Trouble { jitter: 20, late: 0.3, missed: 0.2, ..Trouble::default() };
    let (diary, _) = diary(&[(600, 3)], &world(100, trouble));
    assert!(diary.passes.iter().all(|run| (0..=240).contains(&(run.at - run.nominal))));
    assert!(diary.passes.iter().any(|run| run.at - run.nominal > 20));
    assert!(diary.passes.is_sorted_by_key(|run| run.at));
    let missed = 1_200 - diary.passes.len();
    assert!((180..300).contains(&missed), "{missed}");
}

/// As a CronJob that forbids concurrency: what came meanwhile is made up for once.
#[test]
fn a_pass_that_takes_long_takes_the_place_of_those_after_it() {
    let world = World { every_run: 10, ready_after: 3_000, ..world(1, Trouble::default()) };
    let (diary, _) = diary(&[(600, 0)], &world);
    let offsets: Vec<_> =
        diary.passes.iter().take(3).map(|run| (run.nominal - START, run.at - START)).collect();
    assert_eq!(offsets, [(0, 0), (60, 62), (70, 70)]);
}

#[test]
fn in_an_outage_nothing_runs() {
    let world = world(1_000, Trouble::default());
    let outages = world.outages(3);
    assert_eq!(outages.len(), 3);
    assert!(outages.iter().all(|outage| (HOUR..9 * 24 * HOUR).contains(&(outage.end - outage.start))));
    let world = World { trouble: Trouble { outages: outages.clone(), ..Trouble::default() }, ..world };
    let (diary, _) = diary(&[(600, 3)], &world);
    assert!(diary.passes.iter().all(|run| !outages.iter().any(|outage| outage.contains(&run.at))));
}

#[test]
fn doubles_make_no_twins_and_crashes_lose_nothing() {
    let doubled = Trouble { doubled: 1.0, ..Trouble::default() };
    let (_, outcome) = diary(&[(600, 3)], &world(24, doubled));
    assert_eq!((outcome.runs, outcome.created, outcome.deleted, outcome.entries.len()), (576, 144, 140, 4));

    let crashing = Trouble { crashed: 1.0, torn: 0.5, ..Trouble::default() };
    let (_, outcome) = diary(&[(600, 3)], &world(24, crashing));
    assert_eq!((outcome.created, outcome.entries.len() <= 6), (144, true));
}

#[test]
fn a_double_comes_after_its_pass_or_beside_it_and_two_at_once_look_twice() {
    let doubled = Trouble { doubled: 1.0, ..Trouble::default() };
    let (diary, _) = diary(&[(600, 3)], &world(24, doubled));
    // Nobody looks at what was before.
    assert!(diary.ends.is_sorted());
    let passes = diary.passes.iter().zip(&diary.ends);
    let took_nothing = passes.filter(|(run, _)| (run.nominal - START) % 600 != 0);
    let (alone, at_once): (Vec<_>, Vec<_>) = took_nothing.partition(|(run, end)| run.at == **end);
    assert!(!alone.is_empty() && at_once.iter().all(|(run, end)| **end - run.at == LOOK));
    assert!(at_once.iter().any(|(run, _)| run.at == run.nominal));
    assert!(at_once.iter().any(|(run, _)| run.at > run.nominal));
    // What is too many goes at once, and is not left to the pass that comes next.
    let mut deletions = diary.lines.iter().filter_map(|line| line.split_once(" -"));
    assert!(deletions.all(|(offset, _)| offset.parse::<i64>().unwrap() % 600 < 30));
}

#[test]
fn every_seed_has_outages_of_its_own_some_of_them_for_more_than_a_week() {
    let of = |seed| World { seed, ..world(1_000, Trouble::default()) }.outages(1).remove(0);
    let all: Vec<_> = (0..32).map(of).collect();
    assert_eq!(all.iter().map(|outage| outage.start).collect::<std::collections::BTreeSet<_>>().len(), 32);
    assert!(all.iter().any(|outage| outage.end - outage.start > 7 * 24 * HOUR));
}

#[test]
fn as_many_passes_are_meant_to_start_as_begin_before_the_end() {
    let passes = |end, every_run| World { end, every_run, ..world(0, Trouble::default()) }.passes();
    assert_eq!([passes(START, 300), passes(START + 300, 300), passes(START + 301, 300)], [0, 1, 2]);
    assert_eq!([passes(START + 24 * HOUR, 300), passes(START - 1, 300), passes(START + 5, 0)], [288, 0, 5]);
}

/// All that is left is too old at once after two days without a pass.
#[test]
fn what_the_brake_spares_stays_and_every_such_pass_is_counted() {
    let schedule = Schedule { max_age: Some(Period::Seconds(24 * HOUR)), ..schedule(&[(HOUR, 20)]) };
    let outage = START + 30 * HOUR..START + 80 * HOUR;
    let world = world(90, Trouble { outages: vec![outage], ..Trouble::default() });
    let outcome = simulate(&schedule, "db", &world, &mut Diary::default());
    assert_eq!((outcome.braked, outcome.deleted, outcome.entries.len()), (120, 9, 31));
}

#[test]
fn the_same_seed_takes_the_same_course() {
    let trouble =
        Trouble { jitter: 20, missed: 0.1, failed: 0.1, slow: 0.1, doubled: 0.1, ..Trouble::default() };
    let run = |seed| diary(&[(600, 3), (HOUR, 1)], &World { seed, ..world(100, trouble.clone()) }).0.lines;
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn numbers_are_taken_once_every_rule_that_can_has_all_its_snapshots() {
    let schedule = schedule(&[(600, 3), (HOUR, 1), (1_000 * HOUR, 1)]);
    let world = world(48, Trouble::default());
    let mut meter = Meter::new(&schedule, &world, Some(Cost { size: 1_000, churn: 14_400 }));
    let outcome = simulate(&schedule, "db", &world, &mut meter);
    // From the first hour on: then the hourly rule has two; the last of the rules cannot have more than one.
    assert_eq!(meter.rules.iter().map(|rule| rule.created).collect::<Vec<_>>(), [288, 48, 1]);
    assert_eq!(meter.rules[0].reach.range(), Some((1_805, 2_100)));
    assert_eq!(meter.rules[1].reach.range(), Some((3_605, 6_900)));
    assert_eq!(meter.rules[1].reach.mean(), 5_252.5);
    assert_eq!(meter.ready.range(), Some((5, 7)));
    assert_eq!(meter.busiest_day, 144);
    assert_eq!([0, 1, 2].map(|rule| meter.is_reachable(rule)), [true, true, false]);
    assert_eq!(meter.created_per_day(&outcome), 144.0);
    // A full copy, and 100 bytes for each ten minutes between two snapshots, but never more than a full one.
    assert_eq!(meter.stored_in(&outcome.entries), Some(1_000 + 1_000 + 600 + 200 + 3 * 100));
    let never = Meter::new(&schedule, &world, None);
    assert_eq!((never.ready.range(), never.ready.mean(), never.stored_in(&[])), (None, 0.0, None));
}
