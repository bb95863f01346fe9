//! One restore from beginning to end: set the scene, run the command under the fault, take it up again, and once more.
//! After each run the oracle looks.

use sandbox::testing::proxy::{Action, Rule};

use super::oracle::Oracle;
use super::scene::{Play, Scene};
use super::world::World;
use super::{Case, Kind, Way};
use crate::combination::signature;
use crate::trial::Verdict;

/// Tries one.
pub fn attempt(case: &Case, scene: &Scene) -> Verdict {
    let (play, start) = scene.set(case.kind);
    let mut oracle = Oracle::new(&play, &start);
    let mut args = play.args();
    if case.fault.is_silent() {
        args.extend(["--request-timeout", "2s"].map(str::to_owned));
    }
    let rule = Rule::on(case.verb, &case.resource).nth(case.nth).does(case.fault.action.clone());
    let ran = scene.run(&args, vec![rule]);
    let reached = ran.calls.iter().any(|call| call.action != Action::Pass);
    let mut now = World::observe(scene, &play);
    oracle.after_fault(case, &ran, &now);
    // A process that was killed has not given its lock back; the time after which it is free passes here.
    scene.age_leases();
    let mut acts = vec![(ran, now.clone())];
    // Until what would be run next is what was run last: that must have found nothing to do.
    let mut last = vec![];
    for _ in 0..4 {
        let args = next_args(&play, case.way, &now);
        let is_again = args == last;
        let ran = scene.run(&args, vec![]);
        now = scene.settled(&play);
        oracle.after_rest(is_again, &ran, &now);
        acts.push((ran, now.clone()));
        if is_again {
            break;
        }
        last = args;
    }
    oracle.at_the_end(case.way, Some(&case.fault), &now);
    if oracle.violations.is_empty() {
        scene.clear(&play, &now);
        return Verdict { reached, ..Verdict::default() };
    }
    scene.space.collect_evidence();
    let acts = acts.iter().map(|(ran, after)| format!("=== {}after: {after:#?}\n", ran.tell()));
    let story = format!("before: {start:#?}\n{}", acts.collect::<String>());
    Verdict { reached, violations: oracle.violations, story }
}

/// What a person would run next, who looks at what `status` says.
fn next_args(play: &Play, way: Way, now: &World) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let Some(id) = now.id() else { return play.args() };
    let patience = ["--timeout", "30s"];
    match (play.kind, way, now.outcome()) {
        (Kind::Purge, ..) => play.args(),
        (Kind::Undo, _, Some("restored")) | (Kind::Undo, Way::On, _) => play.args(),
        (_, Way::Back, Some("restored" | "undone")) => words(&["undo", id, "--yes", "--timeout", "30s"]),
        (Kind::Staged | Kind::Direct, Way::Back, _) => {
            words(&[&["restore", "--abort", id], &patience[..]].concat())
        }
        (_, _, _) => words(&[&["restore", "--resume", id], &patience[..]].concat()),
    }
}

/// The calls of an undisturbed run, after which everything must be as after a disturbed one.
pub fn observed(kind: Kind) -> Vec<(String, String)> {
    let scene = Scene::new();
    let (play, start) = scene.set(kind);
    let mut oracle = Oracle::new(&play, &start);
    let ran = scene.run(&play.args(), vec![]);
    let now = scene.settled(&play);
    oracle.after_rest(false, &ran, &now);
    oracle.at_the_end(Way::On, None, &now);
    let violations = &oracle.violations;
    assert!(violations.is_empty(), "{} undisturbed: {violations:#?}\n{}{now:#?}", kind.name(), ran.tell());
    ran.calls.iter().map(signature).collect()
}
