//! Clocks that are wrong: the machine's, and the server's.
//! Ages are told by the server's; as soon as the two disagree, nothing is deleted.

use chrono::{TimeDelta, Utc};
use sandbox::testing::proxy::{Call, Rule, Verb};

use super::{Bench, of};
use crate::prune::{five, left, ready, set, take};
use crate::run_once::{group, item, scheduled};
use crate::support::until;

const SNAPSHOTS: &str = "volumesnapshots";
const YEAR: TimeDelta = TimeDelta::days(365);

/// Case 4.
#[test]
fn a_machine_whose_clock_is_a_year_off_takes_by_the_servers_and_deletes_nothing() {
    let test = "a_machine_whose_clock_is_a_year_off_takes_by_the_servers_and_deletes_nothing";
    let Some(bench) = Bench::new(test, || scheduled("local-clock", "[{every: 2 seconds, keep: 1}]")) else {
        return;
    };
    let names = five(&bench.namespace);
    for local in [YEAR, -YEAR] {
        bench.clocks(TimeDelta::zero(), local);
        let run = bench.run_once(&[]).exits(6).says(&["(ClockWrong)", "nothing is deleted"]);
        let name = item(&run.json(), "db")["snapshot"].as_str().unwrap().to_owned();
        let marks = bench.namespace.get("volumesnapshot", &name)["metadata"]["annotations"].clone();
        let taken: i64 = marks["gemini.fairwinds.com/timestamp"].as_str().unwrap().parse().unwrap();
        assert!((Utc::now().timestamp() - taken).abs() < 300, "{taken}");
        // The slot of this one has to end, or nothing is due in the next round.
        until("the next to be due", || Utc::now().timestamp() > taken + 3);
        let (run, calls) = bench.gemini(&["prune", "db", "--yes"], vec![]);
        run.fails_with(1, "ClockWrong", &["nothing is deleted"]);
        assert!(!calls.iter().any(Call::is_change), "{calls:#?}");
        let (run, _) = bench.gemini(&["prune", "db", "--dry-run"], vec![]);
        run.exits(0).says(&["nothing is deleted"]);
        assert!(left(&bench.namespace).is_superset(&set(&names)));
    }
    // A few minutes are worth a word.
    bench.clocks(TimeDelta::zero(), TimeDelta::minutes(5));
    bench.gemini(&["prune", "db", "--dry-run"], vec![]).0.exits(0).says(&["the server's counts"]);
    bench.clocks(TimeDelta::zero(), TimeDelta::zero());
    bench.run_once(&[]).exits(0);
    until("the deletions", || left(&bench.namespace).is_disjoint(&set(&names[..3])));
}

/// Case 4: by a clock that goes a year ahead in the middle of a pass, every snapshot is old enough to go.
#[test]
fn a_server_whose_clock_jumps_during_a_pass_is_not_believed() {
    let test = "a_server_whose_clock_jumps_during_a_pass_is_not_believed";
    let Some(bench) = Bench::new(test, || scheduled("server-clock", "[]")) else { return };
    group(&bench.namespace, "db", "data", "[{every: day, keep: 1}, {every: 2 seconds, keep: 0}]");
    let names: Vec<_> = [40, 30, 20, 10, 5].map(|ago| take(&bench.namespace, ago, "day")).into();
    ready(&bench.namespace, &names.iter().collect::<Vec<_>>());
    bench.clocks(TimeDelta::zero(), TimeDelta::zero());
    let hand = bench.proxy.clock_hand();
    let jump = Rule::on(Verb::Create, SNAPSHOTS).nth(1).first(move |_| hand(YEAR));
    let (run, calls) = bench.gemini(&["run-once", "-o", "json"], vec![jump]);
    run.exits(6).says(&["(ClockWrong)", "nothing is deleted"]);
    assert!(of(&calls, Verb::Delete, SNAPSHOTS).is_empty(), "{calls:#?}");
    assert!(left(&bench.namespace).is_superset(&set(&names)));
    let last = Utc::now().timestamp();
    until("the next to be due", || Utc::now().timestamp() > last + 2);
    // The clock is put right: what is dated in the future neither counts nor stands in the way of the next.
    bench.clocks(TimeDelta::zero(), TimeDelta::zero());
    let next = bench.run_once(&[]).exits(0).json();
    assert_eq!(item(&next, "db")["ready"], true);
    assert!(left(&bench.namespace).is_superset(&set(&names)));
}
