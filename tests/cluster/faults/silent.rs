//! A server that takes a call and never answers it, for each kind of call of a pass in turn. Case 13.
//! The torture does it with every single call of every command, and with calls that never arrive.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use sandbox::testing::proxy::{Action, Call, Rule, Verb};

use super::{Bench, of};
use crate::prune::{ready, take};
use crate::run_once::scheduled;
use crate::support::needs_sandbox;

const SNAPSHOTS: &str = "volumesnapshots";
/// The program's own is 30 s.
const TIMEOUT: Duration = Duration::from_secs(4);
const PASS: [&str; 2] = ["run-once", "--request-timeout=4s"];
/// What a loaded machine adds.
const SLACK: Duration = Duration::from_secs(8);
const PERIOD: Duration = Duration::from_millis(1100);

/// Each pass takes one and deletes one, if the period has passed since the last.
fn bench() -> Bench {
    let bench = Bench::before(scheduled("silent", "[{every: second, keep: 1}]"));
    let names = [9, 6, 3].map(|ago| take(&bench.namespace, ago, "second"));
    ready(&bench.namespace, &names.iter().collect::<Vec<_>>());
    bench
}

/// What a call is about, by verb and resource.
type Kind = (String, String);

fn kind(call: &Call) -> Kind {
    (call.verb.to_string(), call.target.resource.clone())
}

/// Writes of which it matters how they ended; Events and the status are told again by the next pass.
fn matters(call: &Call) -> bool {
    call.is_change() && !matches!(call.target.resource.as_str(), "events" | "snapshotgroups/status")
}

fn name(call: &Call) -> String {
    let sent = || call.body["metadata"]["name"].as_str().map(str::to_owned);
    call.target.name.clone().or_else(sent).unwrap_or_default()
}

/// After a write whose answer never came the object is looked at before anything is written to it again.
fn is_resolved(silent: &Call, calls: &[Call]) -> bool {
    let mut later = calls.iter().filter(|call| call.number > silent.number);
    let same = |call: &&Call| call.target.resource == silent.target.resource && name(call) == name(silent);
    later.find(same).is_none_or(|next| next.verb == Verb::Get)
}

fn try_one(bench: &Bench, (verb, resource): &Kind, forward: bool) {
    let verb = Verb::parse(verb).unwrap();
    if resource == "leases" {
        // Only the first pass of all creates it.
        bench.namespace.kubectl(&["delete", "leases", "--all"]);
    }
    let rule = Rule::on(verb, resource).nth(1).does(Action::NeverAnswer { forward });
    let (run, calls) = bench.gemini(&PASS, vec![rule]);
    let what = format!("{verb} {resource}, forwarded: {forward}");
    let silent = calls.iter().find(|call| call.action != Action::Pass);
    let silent = silent.unwrap_or_else(|| panic!("{what} did not come to pass: {calls:#?}"));
    let longest = calls.iter().filter_map(|call| call.took).max().unwrap();
    assert!(longest < TIMEOUT + SLACK, "{what}: a call hung for {longest:?}");
    assert!(matches!(run.code, 0 | 1 | 6), "{what}: {} {}", run.code, run.stderr);
    assert!(run.code == 0 || run.stderr.contains("error: "), "{what}: {}", run.stderr);
    if !matters(silent) {
        return;
    }
    assert!(is_resolved(silent, &calls), "{what}: {calls:#?}");
    let again = calls.iter().filter(|call| call.verb == verb && name(call) == name(silent)).count();
    match (verb, resource.as_str()) {
        (Verb::Create | Verb::Delete, SNAPSHOTS) => {
            assert_eq!((run.code, again), (0, if forward { 1 } else { 2 }), "{what}: {}", run.stderr);
        }
        (_, SNAPSHOTS) => assert_eq!(run.code, 0, "{what}: {}", run.stderr),
        _ => {}
    }
}

#[test]
fn no_call_of_a_pass_hangs_and_what_became_of_a_write_is_looked_up() {
    if needs_sandbox("no_call_of_a_pass_hangs_and_what_became_of_a_write_is_looked_up") {
        return;
    }
    let benches: Vec<_> =
        thread::scope(|scope| [(); 6].map(|()| scope.spawn(bench)).map(|made| made.join().unwrap()).into());
    let (run, calls) = benches[0].gemini(&["run-once"], vec![]);
    run.exits(0);
    // Questions about what is served are all alike.
    let kinds: BTreeSet<_> =
        calls.iter().filter(|call| !call.target.resource.starts_with("/apis/")).map(kind).collect();
    for wanted in [("list", "snapshotgroups"), ("get", "volumesnapshotcontents"), ("patch", "leases")] {
        assert!(kinds.contains(&(wanted.0.to_owned(), wanted.1.to_owned())), "{kinds:?}");
    }
    let mut cases: Vec<_> =
        kinds.iter().map(|kind| (kind, Verb::parse(&kind.0).unwrap().is_write())).collect();
    // Of these also what never arrived.
    let is_doubted = |kind: &&Kind| kind.1 == SNAPSHOTS && matches!(kind.0.as_str(), "create" | "delete");
    cases.extend(kinds.iter().filter(is_doubted).map(|kind| (kind, false)));
    thread::sleep(PERIOD);
    thread::scope(|scope| {
        for (place, bench) in benches.iter().enumerate() {
            let mine: Vec<_> = cases.iter().skip(place).step_by(benches.len()).collect();
            scope.spawn(move || {
                for (kind, forward) in mine {
                    try_one(bench, kind, *forward);
                    thread::sleep(PERIOD);
                }
                bench.gemini(&["run-once"], vec![]).0.exits(0);
            });
        }
    });
    assert!(
        of(&calls, Verb::Create, SNAPSHOTS).len() == 1 && !of(&calls, Verb::Delete, SNAPSHOTS).is_empty()
    );
}
