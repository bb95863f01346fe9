//! Who does what, and when: all of it follows from a seed.
//! When is told in calls, not in seconds, so that a seed means the same on a slow machine.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};

use fastrand::Rng;
use sandbox::testing::proxy::{Call, Rule};

use crate::run::Ran;
use crate::swap::{Kind, Way};

/// Somebody else who works on the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Makes the claim whenever its name is free, until the restore ends; so often at most.
    Makes { waits: bool, most: u32 },
    /// Another user restores the same.
    Restores(Kind),
    /// Another user goes on with the restore that is under way, or gives it up.
    TakesUp(Way),
    /// The job makes a pass.
    Passes,
    /// Somebody deletes the journal.
    DeletesJournal,
    /// Somebody deletes the lock.
    DeletesLock,
}

/// What a sample must have one of each of.
pub const SORTS: [&str; 6] =
    ["somebody makes it", "another restore", "taken up elsewhere", "a pass", "frozen", "deleted papers"];

/// One of them at his moment: so many calls after the nth change that the restore asks for. Before that call goes on he is done,
/// or has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub change: u32,
    pub calls: u32,
    pub who: Who,
    /// The restore is stopped meanwhile, its lock runs out, and then it wakes up.
    pub freezes: bool,
}

/// A whole interleaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub kind: Kind,
    /// How a person ends what stands still.
    pub way: Way,
    pub events: Vec<Event>,
}

impl Script {
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let kind = match rng.u8(0..10) {
            0..5 => Kind::Staged,
            5..8 => Kind::Direct,
            _ => Kind::Undo,
        };
        let way = if rng.u8(0..3) == 0 { Way::Back } else { Way::On };
        let count = rng.usize(1..=3);
        let events = (0..count).map(|_| event(&mut rng, kind)).collect();
        Self { kind, way, events }
    }

    /// What it is an example of.
    pub fn sort(&self) -> &'static str {
        let Some(first) = self.events.first() else { return SORTS[0] };
        match first.who {
            _ if first.freezes => SORTS[4],
            Who::Makes { .. } => SORTS[0],
            Who::Restores(_) => SORTS[1],
            Who::TakesUp(_) => SORTS[2],
            Who::Passes => SORTS[3],
            Who::DeletesJournal | Who::DeletesLock => SORTS[5],
        }
    }

    /// A restore whose journal was deleted does not know any more whether its class waits for pods, and may bring one to be sure.
    /// That none is left over is seen in the end.
    pub fn without_probes(&self, mut ran: Ran, claim: &str) -> Ran {
        let staging = format!("{claim}-gr-");
        let is_probe = |call: &Call| {
            let name = call.target.name.as_deref().or(call.body["metadata"]["name"].as_str());
            call.target.resource == "pods" && name.is_some_and(|name| name.starts_with(&staging))
        };
        if self.events.iter().any(|event| event.who == Who::DeletesJournal) {
            ran.calls.retain(|call| !is_probe(call));
        }
        ran
    }

    /// Whether anybody does what makes another end than the one that was wanted.
    pub fn is_straight(&self) -> bool {
        let strays = |event: &Event| matches!(event.who, Who::Makes { .. } | Who::TakesUp(Way::Back));
        !self.events.iter().any(strays)
    }

    /// The rule that tells when an event's moment has come, and lets the call go on when it is over.
    pub fn rule(&self, moments: Sender<(usize, usize, Sender<()>)>) -> Rule {
        let clock = Mutex::new(Clock::default());
        let done: Vec<_> = self.events.iter().map(|_| AtomicBool::new(false)).collect();
        let events = self.events.clone();
        Rule::on_all().first(move |call| {
            let Ok(now) = clock.lock().map(|mut clock| clock.tick(call)) else { return };
            for (index, event) in events.iter().enumerate() {
                let is_time = now >= (event.change, event.calls);
                if is_time && !done[index].swap(true, Ordering::SeqCst) {
                    let (end, ended) = mpsc::channel();
                    if moments.send((index, call.number, end)).is_ok() {
                        // An error is the end, too.
                        let _ = ended.recv();
                    }
                }
            }
        })
    }
}

/// Counts the changes that a restore asks for, and the calls since the last.
#[derive(Default)]
struct Clock {
    changes: u32,
    calls: u32,
}

impl Clock {
    fn tick(&mut self, call: &Call) -> (u32, u32) {
        // Locks are renewed by the clock on the wall.
        if call.target.resource == "leases" {
            return (self.changes, self.calls);
        }
        (self.changes, self.calls) =
            if call.is_change() { (self.changes + 1, 0) } else { (self.changes, self.calls + 1) };
        (self.changes, self.calls)
    }
}

fn event(rng: &mut Rng, kind: Kind) -> Event {
    // As many as there are, about.
    let changes = match kind {
        Kind::Direct => 16,
        Kind::Undo | Kind::Purge => 14,
        _ => 21,
    };
    let who = match rng.u8(0..12) {
        0..3 => Who::Makes { waits: rng.bool(), most: rng.u32(1..=7) },
        3..5 => Who::Restores(if rng.bool() { Kind::Staged } else { Kind::Direct }),
        5..9 => Who::TakesUp(if rng.bool() { Way::On } else { Way::Back }),
        9..11 => Who::Passes,
        _ if rng.bool() => Who::DeletesJournal,
        _ => Who::DeletesLock,
    };
    let freezes = matches!(who, Who::Restores(_) | Who::TakesUp(_) | Who::Passes) && rng.bool();
    // Right before a change as often as in the look that leads to one.
    let calls = if rng.bool() { 0 } else { rng.u32(1..8) };
    // Whoever makes the claim is there before its name is free.
    let change = if matches!(who, Who::Makes { .. }) { 1 } else { rng.u32(1..=changes) };
    Event { change, calls, who, freezes }
}

#[test]
fn a_seed_says_all_and_every_sort_is_among_the_first() {
    let all: Vec<_> = (1..=60).map(Script::of).collect();
    assert_eq!(all, (1..=60).map(Script::of).collect::<Vec<_>>());
    for sort in SORTS {
        assert!(all.iter().any(|script| script.sort() == sort), "{sort}");
    }
    for kind in [Kind::Staged, Kind::Direct, Kind::Undo] {
        assert!(all.iter().any(|script| script.kind == kind), "{kind:?}");
    }
}
