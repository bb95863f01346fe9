//! Many combinations at once: which of them, in parallel, resumable, and what is said at the end.
//! The state file belongs to one build of the program: another build has to prove itself anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::combination::Combination;
use crate::trial::{attempt, reference_of};
use crate::workload;

const THREADS: usize = 4;

/// Every combination there is.
pub fn all() -> Vec<Combination> {
    let workloads = workload::all().iter();
    workloads.flat_map(|workload| Combination::of(workload, &reference_of(workload).calls)).collect()
}

/// About `count` of them, by lot: each fault at least once, then what comes.
pub fn sample(all: &[Combination], count: usize, seed: u64) -> Vec<Combination> {
    let mut sorted: Vec<_> = all.iter().collect();
    sorted.sort_by_key(|combination| combination.lot(seed));
    let mut faults = BTreeSet::new();
    let (first, others): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|combination| faults.insert(combination.fault()));
    first.into_iter().chain(others).take(count).cloned().collect()
}

/// The part of them that shard `index` of `count` has to do; indices begin with 1.
pub fn shard(all: Vec<Combination>, index: u64, count: u64) -> Vec<Combination> {
    all.into_iter().filter(|combination| combination.lot(0) % count == index - 1).collect()
}

/// What became of a matrix.
#[derive(Debug, Default)]
pub struct Outcome {
    pub total: usize,
    pub unreached: usize,
    /// Names of those that failed, with the first violation.
    pub failed: BTreeMap<String, String>,
}

/// Tries all of them, except those that `state` says were tried with this build.
pub fn run(combinations: &[Combination], state: Option<&State>) -> Outcome {
    let mut done = state.map(State::read).unwrap_or_default();
    // Those that failed are tried again.
    done.retain(|_, word| !word.starts_with("FAILED"));
    let mut todo: Vec<_> = combinations.iter().filter(|c| !done.contains_key(&c.to_string())).collect();
    // By lot: neighbours take equally long, and would all come at the end.
    todo.sort_by_key(|combination| combination.lot(1));
    eprintln!("{} combinations, {} of them to be tried", combinations.len(), todo.len());
    let (next, began) = (AtomicUsize::new(0), Instant::now());
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(combination) = todo.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = combination.to_string();
                    let verdict = attempt(combination);
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
            failed: failed.collect(),
        }
    }

    /// The line that everything is for.
    pub fn line(&self) -> String {
        let Self { total, unreached, failed } = self;
        let unreached = match unreached {
            0 => String::new(),
            count => format!(" ({count} did not come to pass)"),
        };
        format!("{total} combinations, {} violations{unreached}", failed.len())
    }

    /// Fails with all that failed.
    #[track_caller]
    pub fn verify(&self) {
        let lines: Vec<_> =
            self.failed.iter().map(|(name, why)| format!("{why}\n    {}", again(name))).collect();
        assert!(lines.is_empty(), "{}:\n  {}", self.line(), lines.join("\n  "));
    }
}

/// `target/torture`
fn directory() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
    let dir = program.ancestors().nth(2).unwrap().join("torture");
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn evidence(name: &str) -> PathBuf {
    directory().join(format!("{}.txt", name.replace(['/', ':'], "-")))
}

/// What was tried with this build: one line for each combination.
#[derive(Debug)]
pub struct State(PathBuf);

impl State {
    /// That of the program as it is built now.
    pub fn of_build() -> Self {
        let mut hasher = DefaultHasher::new();
        fs::read(env!("CARGO_BIN_EXE_kubectl-gemini")).unwrap().hash(&mut hasher);
        Self(directory().join(format!("state-{:016x}", hasher.finish())))
    }

    fn read(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        // A line without an end is that of a run which was stopped in the middle of writing it.
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let pairs = whole.filter_map(|line| line.split_once('\t'));
        // The last word on each counts.
        pairs.map(|(name, word)| (name.to_owned(), word.to_owned())).collect()
    }

    /// What all that was tried with this build came to.
    pub fn total(&self) -> Outcome {
        Outcome::of(&self.read())
    }

    fn add(&self, name: &str, word: &str) {
        let mut file = File::options().append(true).create(true).open(&self.0).unwrap();
        file.write_all(format!("{name}\t{word}\n").as_bytes()).unwrap();
    }
}
