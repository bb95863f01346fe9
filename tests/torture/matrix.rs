//! Many combinations at once: which of them, in parallel, resumable, and what is said at the end.
//! It decides nothing about a single one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::field::{Field, Places};
use crate::reference::{References, everything};
use crate::state::{State, directory};

/// More than a small machine has cores: most of a combination is waiting.
const THREADS: usize = 8;

/// About `count` of them, by lot: each fault at least once, then what comes.
pub fn sample(all: &[Field], count: usize, seed: u64) -> Vec<Field> {
    let mut sorted: Vec<_> = all.iter().collect();
    sorted.sort_by_key(|combination| combination.lot(seed));
    let mut faults = BTreeSet::new();
    let (first, others): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|combination| faults.insert(combination.sort()));
    first.into_iter().chain(others).take(count).cloned().collect()
}

/// The part of them that shard `index` of `count` has to do; indices begin with 1.
pub fn shard(all: Vec<Field>, index: u64, count: u64) -> Vec<Field> {
    all.into_iter().filter(|combination| combination.lot(0) % count == index - 1).collect()
}

/// What became of a matrix.
#[derive(Debug, Default)]
pub struct Outcome {
    pub total: usize,
    pub unreached: usize,
    /// How many there are besides, which were not tried.
    pub missing: usize,
    /// Names of those that failed, with the first violation.
    pub failed: BTreeMap<String, String>,
}

/// Tries all of them, except those that `state` says were tried with this build.
pub fn run(combinations: &[Field], references: &References, state: Option<&State>) -> Outcome {
    let mut done = state.map(State::read).unwrap_or_default();
    // Those that failed are tried again.
    done.retain(|_, word| !word.starts_with("FAILED"));
    let mut todo: Vec<_> = combinations.iter().filter(|c| !done.contains_key(&c.to_string())).collect();
    // By lot: neighbours take equally long, and would all come at the end.
    todo.sort_by_key(|combination| combination.lot(1));
    eprintln!("{} combinations, {} of them to be tried", combinations.len(), todo.len());
    let (next, places, began) = (AtomicUsize::new(0), Places::default(), Instant::now());
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(combination) = todo.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = combination.to_string();
                    let verdict = combination.attempt(&places, references);
                    let word = match (verdict.violations.first(), verdict.reached) {
                        (Some(violation), _) => format!("FAILED {}", violation.replace('\n', " ")),
                        (None, true) => "ok".to_owned(),
                        (None, false) => "unreached".to_owned(),
                    };
                    if !verdict.violations.is_empty() {
                        let path = evidence(&name);
                        let text = format!("{name}\n{:#?}\n{}", verdict.violations, verdict.story);
                        fs::write(&path, text).unwrap();
                        eprintln!(
                            "{name}: {:#?}\n  seen: {}\n  again: {}",
                            verdict.violations,
                            path.display(),
                            again(&name)
                        );
                    }
                    let mut results = results.lock().unwrap();
                    if let Some(state) = state {
                        state.add(&name, &word);
                    }
                    results.insert(name, word);
                    let (tried, seconds) = (results.len(), began.elapsed().as_secs());
                    if tried % 20 == 0 {
                        eprintln!("{tried} of {} tried after {seconds} s", todo.len());
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    let ours: BTreeSet<_> = combinations.iter().map(ToString::to_string).collect();
    results.extend(done.into_iter().filter(|(name, _)| ours.contains(name)));
    Outcome::of(&results)
}

/// The command that repeats one combination.
fn again(name: &str) -> String {
    format!("make torture ONLY='{name}'")
}

impl Outcome {
    fn of(results: &BTreeMap<String, String>) -> Self {
        let failed = results
            .iter()
            .filter_map(|(name, word)| Some((name.clone(), word.strip_prefix("FAILED ")?.to_owned())));
        Outcome {
            total: results.len(),
            unreached: results.values().filter(|word| *word == "unreached").count(),
            missing: 0,
            failed: failed.collect(),
        }
    }

    /// The line that everything is for.
    pub fn line(&self) -> String {
        let Self { total, unreached, missing, failed } = self;
        let besides = |count: &usize, what: &str| match count {
            0 => String::new(),
            count => format!(" ({count} {what})"),
        };
        let unreached = besides(unreached, "did not come to pass");
        let missing = besides(missing, "more were not tried: run it again");
        format!("{total} combinations, {} violations{unreached}{missing}", failed.len())
    }

    /// Fails with all that failed.
    #[track_caller]
    pub fn verify(&self) {
        let lines: Vec<_> =
            self.failed.iter().map(|(name, why)| format!("{why}\n    {}", again(name))).collect();
        assert!(lines.is_empty(), "{}:\n  {}", self.line(), lines.join("\n  "));
        assert!(self.missing == 0, "{}", self.line());
    }
}

fn evidence(name: &str) -> PathBuf {
    directory().join(format!("{}.txt", name.replace(['/', ':'], "-")))
}

/// What all that was tried with this build came to. What was not tried at all is told as such.
pub fn total(state: &State) -> Outcome {
    let references = References::remembered(&everything(), state);
    let all = references.expect("nothing was tried with this build: run `make torture`").fields();
    let mut tried = state.read();
    let mut results = BTreeMap::new();
    let mut missing = 0;
    for name in all.iter().map(ToString::to_string) {
        match tried.remove(&name) {
            Some(word) => drop(results.insert(name, word)),
            None => missing += 1,
        }
    }
    Outcome { missing, ..Outcome::of(&results) }
}

#[test]
fn shards_share_nothing_and_leave_nothing_out() {
    use crate::combination::Combination;
    let calls =
        [("get", "/apis"), ("create", "volumesnapshots")].map(|(verb, what)| (verb.into(), what.into()));
    let passes = crate::workload::all().iter().flat_map(|workload| Combination::of(workload, &calls));
    let all: Vec<_> = passes.map(Field::Pass).collect();
    let mut parts: Vec<_> =
        (1..=4).flat_map(|index| shard(all.clone(), index, 4)).map(|one| one.to_string()).collect();
    let mut names: Vec<_> = all.iter().map(ToString::to_string).collect();
    parts.sort_unstable();
    names.sort_unstable();
    assert_eq!(parts, names);
}

#[test]
fn what_failed_or_was_not_tried_is_told() {
    let results = [("a", "ok"), ("b", "unreached"), ("c", "FAILED it is gone")];
    let outcome = Outcome::of(&results.map(|(name, word)| (name.to_owned(), word.to_owned())).into());
    assert_eq!(outcome.line(), "3 combinations, 1 violations (1 did not come to pass)");
    assert_eq!(outcome.failed["c"], "it is gone");
    let outcome = Outcome { total: 2, missing: 7, ..Outcome::default() };
    assert_eq!(outcome.line(), "2 combinations, 0 violations (7 more were not tried: run it again)");
    assert!(std::panic::catch_unwind(|| outcome.verify()).is_err());
}
