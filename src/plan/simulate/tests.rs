//! The simulator itself: when passes take place, what chance may do, and that it may do it only once.
//! What the planner makes of it in the long run is in `tests/planner/simulations.rs`.

use super::*;
use crate::model::every::Every;
use crate::model::period::Period;
use crate::plan::schedule::Rule;
use std::time::Instant;

fn announcement() -> Schedule {
    let rule = |period, keep| {
        let every = Every::plain(period);
        Rule { every, keep, text: every.to_string() }
    };
    let rules = vec![
        rule(Period::Seconds(600), 3),
        rule(Period::Seconds(3600), 1),
        rule(Period::Seconds(86400), 1),
        rule(Period::Seconds(7 * 86400), 1),
        rule(Period::Months(1), 1),
        rule(Period::Months(12), 1),
    ];
    Schedule { rules, max_age: None }
}

#[test]
fn speed() {
    let schedule = announcement();
    let start = 1_706_695_620; // 2024-01-31T10:07:00Z
    let world = World {
        start,
        end: start + 1827 * 86400,
        every_run: 300,
        ready_after: 3,
        trouble: Trouble::default(),
        seed: 0,
    };
    let began = Instant::now();
    let mut meter = Meter::new(&schedule, &world, Some(Cost { size: 20 << 30, churn: 1 << 30 }));
    let outcome = simulate(&schedule, "db", &world, &mut meter);
    println!("{:?}", began.elapsed());
    println!("{} {} {} {}", outcome.runs, outcome.created, outcome.deleted, outcome.entries.len());
    println!("{:?} {:?}", meter.ready, meter.ready.mean());
    for r in &meter.rules {
        println!("{:?} {}", r, r.reach.mean());
    }
}
