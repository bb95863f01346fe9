//! How restores among others must have ended, however many there were: the claim has one of the volumes that a journal tells of, with
//! the bytes that it always had; what was replaced is kept and copied; nothing is left over. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::swap::play::Play;
use crate::swap::scene::OLD;
use crate::swap::world::{Volume, World};

fn outcome(journal: &Value) -> &str {
    journal["ended"]["outcome"].as_str().unwrap_or("open")
}

/// The volume that the claim has by a journal's last word.
fn given(journal: &Value) -> Option<&str> {
    let field = if outcome(journal) == "restored" { "new" } else { "old" };
    journal[field]["volume"].as_str()
}

/// The volume that a journal keeps beside that.
fn kept(journal: &Value) -> Option<&str> {
    match outcome(journal) {
        "restored" => journal["old"]["volume"].as_str(),
        "undone" => journal["new"]["volume"].as_str(),
        _ => None,
    }
}

/// Every volume holds what it always has: nobody writes during a play.
pub fn bytes_are_right(start: &World, now: &World) -> Vec<String> {
    let before: BTreeMap<_, _> = start.volumes.iter().map(|volume| (&volume.name, &volume.bytes)).collect();
    let is_wrong = |volume: &&Volume| match before.get(&volume.name) {
        Some(bytes) => **bytes != volume.bytes,
        None => volume.bytes.as_deref() != Some(OLD),
    };
    let wrong = now.volumes.iter().filter(is_wrong);
    wrong.map(|volume| format!("a volume holds what it should not: {volume:?}")).collect()
}

/// There was a journal, and nothing is left from which it could be made again.
pub fn is_lost(start: &World, now: &World) -> bool {
    start.journal.is_some() && now.journals.is_empty()
}

/// What is wrong in the end.
pub fn violations(play: &Play, start: &World, now: &World) -> Vec<String> {
    let mut all = bytes_are_right(start, now);
    let mut check = |holds: bool, violation: String| {
        if !holds {
            all.push(violation);
        }
    };
    for journal in &now.journals {
        let blocked = &journal["blocked"];
        check(!journal["ended"].is_null(), format!("restore {} is open: {blocked}", journal["id"]));
    }
    let claim = now.claim(play).filter(|claim| claim.bound && !claim.deleting);
    let volume = claim.and_then(|claim| now.volume_of(claim));
    let name = volume.map(|volume| volume.name.as_str());
    // The last word counts; one that another restore overtook has none. Of an undo whose journal somebody deleted when all was done but
    // to say so, there is no word at all.
    let is_lost = is_lost(start, now);
    let given: Vec<_> = match &now.journals[..] {
        [] if is_lost => start.volumes.iter().map(|volume| volume.name.as_str()).collect(),
        [] => start.volumes.first().map(|volume| volume.name.as_str()).into_iter().collect(),
        all => all.iter().filter_map(given).collect(),
    };
    check(name.is_some_and(|name| given.contains(&name)), format!("the claim has {name:?}, not {given:?}"));
    check(
        volume.is_some_and(|volume| volume.policy == "Delete" && !volume.marked),
        format!("its volume is not as it was: {volume:?}"),
    );
    check(now.claims.len() == 1, format!("claims are left over: {:?}", now.claims));
    check(now.pods == 0, "a pod is left over".to_owned());
    check(!now.snapshots.iter().any(|snapshot| snapshot.held), "a hold is left over".to_owned());
    for other in now.volumes.iter().filter(|other| Some(other.name.as_str()) != name) {
        let is_known = now.journals.iter().any(|journal| kept(journal) == Some(other.name.as_str()));
        let was_there = is_lost && start.volumes.iter().any(|volume| volume.name == other.name);
        check(
            (is_known || was_there) && other.policy == "Retain",
            format!("a volume is left over: {other:?}"),
        );
    }
    for journal in now.journals.iter().filter(|journal| kept(journal).is_some()) {
        let replaced = now.volumes.iter().find(|volume| kept(journal) == Some(volume.name.as_str()));
        let copies = now.snapshots.iter().filter(|snapshot| snapshot.ready);
        let is_copied =
            replaced.is_some_and(|volume| copies.map(|copy| &copy.bytes).any(|bytes| *bytes == volume.bytes));
        check(is_copied, format!("no snapshot holds what restore {} replaced: {replaced:?}", journal["id"]));
    }
    all
}

/// The claims of a maker that no restore had anything to do with are not what the oracle is about. One that got the restored volume, as
/// is meant to be, is what its maker wanted it to be.
pub fn without(world: &World, start: &World, made: &[String]) -> World {
    let known = |volume: &str| {
        let of = |journal: &Value, field: &str| journal[field]["volume"].as_str() == Some(volume);
        world.journals.iter().any(|journal| of(journal, "old") || of(journal, "new"))
    };
    let mut world = world.clone();
    if let Some(first) = start.claims.first() {
        for claim in world.claims.iter_mut().filter(|claim| made.contains(&claim.uid)) {
            claim.identity = first.identity.clone();
        }
    }
    let strangers: Vec<_> = world
        .claims
        .iter()
        .filter(|claim| made.contains(&claim.uid) && !known(&claim.volume))
        .map(|claim| claim.uid.clone())
        .collect();
    let journals = world.journals.clone();
    world.claims.retain(|claim| !strangers.contains(&claim.uid));
    world.volumes.retain(|volume| {
        let is_of =
            |field: &str| journals.iter().any(|journal| journal[field]["volume"] == volume.name.as_str());
        !strangers.contains(&volume.claim) || is_of("old") || is_of("new")
    });
    world
}
