//! One interleaving from beginning to end: the restore runs, others come when their moment has come, and then a person sees to what is
//! left. After each run the oracle looks.

use std::process::Command;
use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use sandbox::testing::proxy::{Call, Proxy, Verb};
use sandbox::testing::{Cluster, Namespace};
use serde_json::Value;

use super::Interleaving;
use super::actors::{MADE, Maker};
use super::ending;
use super::script::{Event, Script, Who};
use crate::run::{Going, Ran, run};
use crate::swap::oracle::Oracle;
use crate::swap::play::Play;
use crate::swap::scene::{CLAIMS, Scene};
use crate::swap::world::World;
use crate::swap::{Kind, Way};
use crate::trial::Verdict;

const LOOK: Duration = Duration::from_millis(20);
/// A claim that is deleted by a person is gone by then.
const PATIENCE: Duration = Duration::from_secs(20);
/// So often a person sees to it.
const ROUNDS: usize = 8;

/// Tries one.
pub fn attempt(interleaving: Interleaving, scene: &Scene) -> Verdict {
    let script = Script::of(interleaving.0);
    let (play, start) = scene.set(script.kind);
    let mut oracle = Oracle::new(&play, &start);
    let (victim, others, reached) = meet(scene, &play, &script);
    scene.age_leases();
    let mut now = World::observe(scene, &play);
    let seen = ending::without(&now, &start, &made(scene));
    let mut tale = format!("{script:#?}\nbefore: {start:#?}\n=== {}", victim.tell());
    oracle.violations.extend(ending::bytes_are_right(&start, &seen));
    let victim = script.without_probes(victim, &play.claim);
    judge(&mut oracle, &victim, script.kind == Kind::Undo, &seen);
    for mut other in others {
        other.ran = script.without_probes(other.ran, &play.claim);
        tale.push_str(&format!("=== {:?} {}", other.event, other.ran.tell()));
        match other.event.who {
            Who::Passes => oracle.violations.extend(pass(&other.ran)),
            Who::Restores(_) => judge(&mut oracle, &other.ran, false, &seen),
            _ => judge(&mut oracle, &other.ran, true, &seen),
        }
        oracle.violations.extend(other.woken(&victim));
    }
    tale.push_str(&format!("after: {now:#?}\n"));
    let mut last = vec![];
    for _ in 0..ROUNDS {
        make_way(scene, &play, &start, &now);
        let args = next_args(scene, &play, script.way, &World::observe(scene, &play));
        let is_again = args == last;
        let ran = scene.run(&args, vec![]);
        now = scene.settled(&play);
        tale.push_str(&format!("=== {args:?} {}after: {now:#?}\n", ran.tell()));
        oracle.has_journal = true;
        let ran = script.without_probes(ran, &play.claim);
        oracle.always(&ran, &ending::without(&now, &start, &made(scene)));
        if is_again && ran.code == Some(0) {
            let changes = ran.calls.iter().filter(|call| is_done(call)).map(Call::line);
            oracle.violations.extend(changes.map(|line| format!("there was nothing to do, and yet:{line}")));
            break;
        }
        last = args;
    }
    oracle.violations.extend(ending::violations(&play, &start, &now));
    if script.is_straight() && script.way == Way::On {
        let is_on =
            |journal: &Value| matches!(journal["ended"]["outcome"].as_str(), Some("restored" | "undone"));
        if !ending::is_lost(&start, &now) && !now.journals.iter().any(is_on) {
            oracle.violations.push(format!("nobody turned it back, and yet: {:#?}", now.journals));
        }
    }
    if oracle.violations.is_empty() {
        scene.clear(&play, &now);
        return Verdict { reached, ..Verdict::default() };
    }
    scene.space.collect_evidence();
    Verdict { reached, violations: oracle.violations, story: tale }
}

/// What somebody else did.
struct Other {
    event: Event,
    ran: Ran,
    /// The call at which the restore was stopped for it.
    held: Option<usize>,
}

impl Other {
    /// Whoever was stopped, and has lost its restore to somebody else meanwhile, changes nothing when it wakes up. A request that was on
    /// its way already may still find its object as it was seen; not that for a deletion, and what it does is put right in the end.
    fn woken(&self, victim: &Ran) -> Vec<String> {
        let Some(held) = self.held.filter(|_| self.event.who != Who::Passes) else { return vec![] };
        if !self.ran.calls.iter().any(is_done) {
            return vec![];
        }
        let is_late = |call: &&Call| call.number > held || call.number == held && call.verb == Verb::Delete;
        // Another restore has a journal of its own: what the first one writes in its own is that it ends.
        let is_own_word =
            |call: &&Call| matches!(self.event.who, Who::Restores(_)) && call.target.resource == "configmaps";
        let late = victim.calls.iter().filter(|call| is_done(call)).filter(is_late);
        let late = late.filter(|call| !is_own_word(call));
        late.map(|call| format!("somebody else had it by then, and yet:{}", call.line())).collect()
    }
}

/// It asked for a change, and the server made it.
fn is_done(call: &Call) -> bool {
    call.is_change() && call.target.resource != "leases" && call.answered.is_some_and(|code| code < 300)
}

/// Runs the restore with all that come.
fn meet(scene: &Scene, play: &Play, script: &Script) -> (Ran, Vec<Other>, bool) {
    let (sender, moments) = mpsc::channel();
    let mut victim = Going::begin(&scene.proxy, &scene.space, &play.args(), vec![script.rule(sender)]);
    let (mut makers, mut reached) = (vec![], false);
    thread::scope(|scope| {
        let (mut going, mut others) = (vec![], vec![]);
        while !victim.has_ended() {
            let Ok((index, held, end)) = moments.recv_timeout(LOOK) else { continue };
            let event = script.events[index];
            reached = true;
            let came = Instant::now();
            if event.freezes {
                signal(&victim, "STOP");
                scene.age_leases();
            }
            if let Who::Makes { waits, most } = event.who {
                makers.push(Maker::start(scene.path(CLAIMS), play.claim.clone(), waits, most));
            } else if let Some(args) = args_of(scene, play, event.who) {
                let run = spawn(scope, &scene.space, args);
                // A pass is over before the restore goes on.
                match event.freezes || event.who == Who::Passes {
                    true => others.push((event, run.join().unwrap(), held)),
                    false => going.push((event, run)),
                }
            } else {
                delete_papers(scene, play, event.who);
            }
            if event.freezes {
                signal(&victim, "CONT");
            }
            victim.pardon(came.elapsed());
            drop(end);
        }
        drop(moments);
        let victim = victim.end();
        makers.into_iter().for_each(Maker::stop);
        let going =
            going.into_iter().map(|(event, run)| Other { event, ran: run.join().unwrap(), held: None });
        let others = others.into_iter().map(|(event, ran, held)| {
            let held = event.freezes.then_some(held);
            Other { event, ran, held }
        });
        (victim, others.chain(going).collect(), reached)
    })
}

/// The program, run by another user, behind a proxy of its own.
fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    space: &'scope Namespace,
    args: Vec<String>,
) -> ScopedJoinHandle<'scope, Ran> {
    scope.spawn(move || {
        let proxy = Proxy::of_cluster(Cluster::shared()).unwrap();
        let args: Vec<_> = args
            .into_iter()
            .chain(["--as=mallory", "--as-group=system:masters"].map(str::to_owned))
            .collect();
        run(&proxy, space, &args, vec![])
    })
}

fn args_of(scene: &Scene, play: &Play, who: Who) -> Option<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match who {
        Who::Restores(kind) => Some(play.restore(kind)),
        Who::TakesUp(way) => Some(take_up(World::observe(scene, play).id()?, way)),
        Who::Passes => Some(words(&["run-once", "--deadline", "20s"])),
        Who::Makes { .. } | Who::DeletesJournal | Who::DeletesLock => None,
    }
}

fn take_up(id: &str, way: Way) -> Vec<String> {
    let flag = if way == Way::On { "--resume" } else { "--abort" };
    ["restore", flag, id, "--timeout", "30s"].map(str::to_owned).into()
}

fn delete_papers(scene: &Scene, play: &Play, who: Who) {
    match who {
        Who::DeletesJournal => scene.delete_journals(play),
        Who::DeletesLock => scene.delete_lock(play),
        _ => {}
    }
}

fn signal(going: &Going<'_>, name: &str) {
    let pid = going.child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

/// UIDs of the claims that a maker made.
fn made(scene: &Scene) -> Vec<String> {
    let all = scene.list(CLAIMS);
    let made = all.iter().filter(|claim| claim["metadata"]["annotations"][MADE].is_string());
    made.filter_map(|claim| claim["metadata"]["uid"].as_str()).map(str::to_owned).collect()
}

/// A person deletes what a maker has left in the way.
fn make_way(scene: &Scene, play: &Play, start: &World, now: &World) {
    let made = made(scene);
    let seen = ending::without(now, start, &made);
    let is_stranger = |uid: &String| !seen.claims.iter().any(|claim| claim.uid == *uid);
    let deadline = Instant::now() + PATIENCE;
    for claim in now.claims.iter().filter(|claim| claim.name == play.claim && is_stranger(&claim.uid)) {
        scene.delete_claim(&claim.name);
        let is_there = || World::observe(scene, play).claims.iter().any(|found| found.uid == claim.uid);
        while is_there() && Instant::now() < deadline {
            thread::sleep(LOOK);
        }
    }
}

/// What a person would run next, who looks at what `status` says, and at the marks of the volumes.
fn next_args(scene: &Scene, play: &Play, way: Way, now: &World) -> Vec<String> {
    let open = now.journals.iter().find(|journal| journal["ended"].is_null());
    let id = |journal: &Value| journal["id"].as_str().unwrap_or_default().to_owned();
    if let Some(open) = open {
        return take_up(&id(open), way);
    }
    let is_lost = |mark: &String| !now.journals.iter().any(|journal| id(journal) == *mark);
    if let Some(lost) = scene.marks(play).into_iter().find(is_lost) {
        return take_up(&lost, way);
    }
    match now.journals.last() {
        None => play.args(),
        Some(last) if last["ended"]["outcome"] == "restored" => take_up(&id(last), Way::On),
        Some(last) => take_up(&id(last), Way::Back),
    }
}

/// What holds of any restore.
fn judge(oracle: &mut Oracle<'_>, ran: &Ran, has_journal: bool, now: &World) {
    oracle.has_journal = has_journal;
    oracle.always(ran, now);
    oracle.exits(ran);
    if ran.code == Some(1) {
        let changes = ran.calls.iter().filter(|call| is_done(call)).map(Call::line);
        oracle.violations.extend(changes.map(|line| format!("it said that nothing was changed:{line}")));
    }
}

/// A pass takes snapshots, and touches nothing of a restore's.
fn pass(ran: &Ran) -> Vec<String> {
    let is_odd = |call: &&Call| {
        let is_snapshot = call.target.resource == "volumesnapshots";
        let is_deletion = call.verb == Verb::Delete;
        let is_known = ["events", "snapshotgroups/status", "volumesnapshots", "leases"];
        let is_bare = is_deletion && !call.body["preconditions"]["uid"].is_string();
        call.is_change() && (!is_known.contains(&call.target.resource.as_str()) || is_snapshot && is_bare)
    };
    let odd = ran.calls.iter().filter(is_odd).map(|call| format!("a pass is not to do that:{}", call.line()));
    let hung = ran.hung.then(|| "a pass did not end".to_owned());
    odd.chain(hung).collect()
}
