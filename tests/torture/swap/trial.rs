//! One restore from beginning to end: set the scene, run the command under the fault, take it up again, and once more.
//! After each run the oracle looks.

use sandbox::testing::proxy::{Action, Rule};

use super::oracle::Oracle;
use super::play::Play;
use super::scene::Scene;
use super::world::World;
use super::{Case, Kind, Way};
use crate::combination::signature;
use crate::trial::Verdict;

/// Tries one.
pub fn attempt(case: &Case, scene: &Scene) -> Verdict {
    let cast = scene.cast(case.kind);
    let mut oracles: Vec<_> = cast.iter().map(|(play, start)| Oracle::new(play, start)).collect();
    let mut args = cast[0].0.args();
    if case.fault.is_silent() {
        args.extend(["--request-timeout", "2s"].map(str::to_owned));
    }
    let rule = Rule::on(case.verb, &case.resource).nth(case.nth).does(case.fault.action.clone());
    let ran = scene.run(&args, vec![rule]);
    let reached = ran.calls.iter().any(|call| call.action != Action::Pass);
    let mut now: Vec<_> = cast.iter().map(|(play, _)| World::observe(scene, play)).collect();
    for (oracle, now) in oracles.iter_mut().zip(&now) {
        oracle.after_fault(case, &ran, now);
    }
    // A process that was killed has not given its lock back; the time after which it is free passes here.
    scene.age_leases();
    let mut acts = vec![(ran, now.clone())];
    // Until what would be run next is what was run last: that must have found nothing to do.
    // A pass still has to prove the copy that a restore has made after it looked.
    let least = if case.kind == Kind::Annotated { 2 } else { 1 };
    let (mut last, mut same) = (vec![], 0);
    for _ in 0..6 {
        let args = next_args(&cast[0].0, case.way, &now);
        same = if args == last { same + 1 } else { 0 };
        let is_again = same == least;
        let ran = scene.run(&args, vec![]);
        now = cast.iter().map(|(play, _)| scene.settled(play)).collect();
        let is_cut = is_cut_short(&now);
        for (oracle, now) in oracles.iter_mut().zip(&now) {
            oracle.after_rest(is_cut, is_again, &ran, now);
        }
        acts.push((ran, now.clone()));
        let has_journal = |world: &World| world.journal.is_some();
        if !now.iter().any(has_journal) {
            oracles[0].violations.push("nothing of it is written down".to_owned());
        }
        if is_again {
            break;
        }
        last = args;
    }
    let is_cut = is_cut_short(&now);
    for (oracle, now) in oracles.iter_mut().zip(&now) {
        oracle.at_the_end(case.way, Some(&case.fault), is_cut, now);
    }
    let mut violations: Vec<_> = oracles.into_iter().flat_map(|oracle| oracle.violations).collect();
    let is_restored = |world: &World| world.outcome() == Some("restored");
    if now.iter().any(is_restored) && !now.iter().all(is_restored) {
        violations.push("some were restored, and others not".to_owned());
    }
    if violations.is_empty() {
        cast.iter().zip(&now).for_each(|((play, _), now)| scene.clear(play, now));
        return Verdict { reached, ..Verdict::default() };
    }
    scene.space.collect_evidence();
    let acts = acts.iter().map(|(ran, after)| format!("=== {}after: {after:#?}\n", ran.tell()));
    let before: Vec<_> = cast.iter().map(|(_, start)| start).collect();
    let story = format!("before: {before:#?}\n{}", acts.collect::<String>());
    Verdict { reached, violations, story }
}

/// Of one of several nothing was written down yet, of another it was.
fn is_cut_short(now: &[World]) -> bool {
    let has_journal = |world: &World| world.journal.is_some();
    now.iter().any(has_journal) && !now.iter().all(has_journal)
}

/// What a person would run next, who looks at what `status` says of all that belong together.
fn next_args(play: &Play, way: Way, now: &[World]) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let Some(id) = now.iter().find_map(World::id) else { return play.args() };
    let is_open = now.iter().any(|world| world.journal.is_some() && world.outcome().is_none());
    let outcome = now.iter().find_map(World::outcome).filter(|_| !is_open);
    let patience = ["--timeout", "30s"];
    // It is not gone on with: the refusal says so.
    let way = if is_open && is_cut_short(now) { Way::Back } else { way };
    match (play.kind, way, outcome) {
        (Kind::Purge, ..) => play.args(),
        (kind, _, Some("restored")) | (kind, Way::On, _) if kind.undoes() => play.args(),
        (_, Way::Back, Some("restored")) => words(&["undo", id, "--yes", "--timeout", "30s"]),
        // What was taken back stays so.
        (Kind::Annotated, Way::On, _) | (Kind::Annotated, _, Some(_)) => play.args(),
        (_, Way::Back, Some("undone")) => words(&["undo", id, "--yes", "--timeout", "30s"]),
        (_, Way::Back, _) if play.kind.restores() => {
            words(&[&["restore", "--abort", id], &patience[..]].concat())
        }
        (_, _, _) => words(&[&["restore", "--resume", id], &patience[..]].concat()),
    }
}

/// The calls of an undisturbed run, after which everything must be as after a disturbed one.
pub fn observed(kind: Kind) -> Vec<(String, String)> {
    let scene = Scene::new();
    let cast = scene.cast(kind);
    let ran = scene.run(&cast[0].0.args(), vec![]);
    for (play, start) in &cast {
        let now = scene.settled(play);
        let mut oracle = Oracle::new(play, start);
        oracle.after_rest(false, false, &ran, &now);
        oracle.at_the_end(Way::On, None, false, &now);
        let violations = &oracle.violations;
        assert!(
            violations.is_empty(),
            "{} undisturbed: {violations:#?}\n{}{now:#?}",
            kind.name(),
            ran.tell()
        );
    }
    ran.calls.iter().map(signature).collect()
}
