//! A server that has too much to do, and a pass that must not make it worse. Case 12.
//! Waits are as long as the server asks for, and repeats are few.

use std::time::Duration;

use sandbox::testing::proxy::{Action, Call, Rule, Told, Verb};

use super::Bench;
use crate::prune::{five, left, set};
use crate::run_once::{group, scheduled};
use crate::support::until;

const SCHEDULE: &str = "[{every: 2 seconds, keep: 1}]";

/// What was refused, and when the same was asked again.
fn pauses(calls: &[Call]) -> Vec<(String, Duration)> {
    // What is told to people, in the status and in Events, is not worth a repeat.
    let is_told = |call: &Call| matches!(call.target.resource.as_str(), "events" | "snapshotgroups/status");
    let is_refused = |call: &&Call| call.told == Some(429) && !is_told(call);
    let again = |refused: &Call| {
        let same = |call: &&Call| {
            (call.verb, &call.path, &call.query) == (refused.verb, &refused.path, &refused.query)
        };
        calls.iter().filter(|call| call.number > refused.number).find(same)
    };
    let pause = |refused: &Call| Some((refused.line(), again(refused)?.began - refused.began));
    calls.iter().filter(is_refused).filter_map(pause).collect()
}

#[test]
fn a_pass_waits_as_long_as_a_busy_server_asks() {
    let test = "a_pass_waits_as_long_as_a_busy_server_asks";
    // Each of them holds up all of the pass.
    const LATER: u32 = 2;
    let Some(bench) = Bench::new(test, || scheduled("run-later", SCHEDULE)) else { return };
    let names = five(&bench.namespace);
    let told = Told::Overloaded(LATER);
    let rule = Rule::on_all().every(3).does(Action::Answer { told, forward: false });
    let (run, calls) = bench.gemini(&["run-once"], vec![rule]);
    run.exits(0);
    until("the deletions", || left(&bench.namespace).is_disjoint(&set(&names[..3])));
    let pauses = pauses(&calls);
    assert!(pauses.len() >= 3, "{calls:#?}");
    for (what, pause) in pauses {
        assert!(pause >= Duration::from_secs(LATER.into()), "asked again after {pause:?}: {what}");
    }
}

#[test]
fn a_server_that_refuses_everything_is_not_stormed() {
    let test = "a_server_that_refuses_everything_is_not_stormed";
    for told in [Told::Overloaded(5), Told::Status(429)] {
        let Some(bench) = Bench::new(test, || scheduled("run-storm", SCHEDULE)) else { return };
        let names = five(&bench.namespace);
        for more in ["second", "third", "fourth"] {
            group(&bench.namespace, more, "data", "[{every: hour, keep: 1}]");
        }
        // Whatever lies in a namespace; that the server is there is known by then.
        let rule = Rule::on_path("/namespaces/").does(Action::Answer { told, forward: false });
        let (run, calls) = bench.gemini(&["run-once"], vec![rule]);
        assert_ne!(run.code, 0, "{told:?}");
        assert_eq!(left(&bench.namespace), set(&names), "{told:?}");
        let refused: Vec<_> = calls.iter().filter(|call| call.told == Some(429)).collect();
        let (first, last) = (refused.first().unwrap(), refused.last().unwrap());
        let seconds = (last.began - first.began).as_secs_f64();
        // Three lists at once, and the repeats of each.
        let repeats = refused.len().saturating_sub(3);
        assert!(repeats <= 15, "{told:?}: {repeats} repeats");
        let rate = repeats as f64 / seconds;
        assert!(seconds >= 8.0 && rate <= 2.0, "{told:?}: {repeats} repeats within {seconds} s");
    }
}

#[test]
fn what_one_request_is_told_holds_for_all_of_a_pass() {
    let test = "what_one_request_is_told_holds_for_all_of_a_pass";
    const LATER: Duration = Duration::from_secs(3);
    let Some(bench) = Bench::new(test, || scheduled("run-rest", "[{every: hour, keep: 1}]")) else { return };
    for number in 1..=5 {
        let claim = format!("data-{number}");
        bench.namespace.bound_claim(&claim, "16Mi");
        group(&bench.namespace, &claim, &claim, "[{every: hour, keep: 1}]");
    }
    // While several groups are prepared side by side, and while several snapshots are taken.
    let told = Told::Overloaded(3);
    let refuse =
        |verb, resource| Rule::on(verb, resource).nth(2).does(Action::Answer { told, forward: false });
    let rules = vec![refuse(Verb::Get, "persistentvolumeclaims"), refuse(Verb::Create, "volumesnapshots")];
    let (run, calls) = bench.gemini(&["run-once"], rules);
    run.exits(0);
    let refused: Vec<_> = calls.iter().filter(|call| call.told == Some(429)).collect();
    assert_eq!(refused.len(), 2, "{calls:#?}");
    for refused in refused {
        let answered = refused.began + refused.took.unwrap();
        // What was on its way at that moment cannot be called back.
        let on_its_way = Duration::from_millis(500);
        let soon =
            |call: &&Call| call.began > answered + on_its_way && call.began < answered + LATER - on_its_way;
        let soon: Vec<_> = calls.iter().filter(soon).map(Call::line).collect();
        assert!(soon.is_empty(), "while the server wanted to rest, after {}: {soon:#?}", refused.line());
        assert!(calls.iter().any(|call| call.began >= answered + LATER - on_its_way));
    }
}
