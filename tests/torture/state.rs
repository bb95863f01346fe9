//! What is known of one build of the program, on disk: what its workloads do when nothing disturbs them, and what became of each
//! combination. Another build has to prove itself anew.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The files of one build.
#[derive(Debug)]
pub struct State {
    results: PathBuf,
}

impl State {
    /// That of the program as it is built now.
    pub fn of_build() -> Self {
        let mut hasher = DefaultHasher::new();
        fs::read(env!("CARGO_BIN_EXE_kubectl-gemini")).unwrap().hash(&mut hasher);
        Self { results: directory().join(format!("state-{:016x}", hasher.finish())) }
    }

    /// The last word on each combination that was tried.
    pub fn read(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(&self.results).unwrap_or_default();
        // A line without an end is that of a run which was stopped in the middle of writing it.
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let pairs = whole.filter_map(|line| line.split_once('\t'));
        pairs.map(|(name, word)| (name.to_owned(), word.to_owned())).collect()
    }

    /// Adds a word on a combination.
    pub fn add(&self, name: &str, word: &str) {
        let mut file = File::options().append(true).create(true).open(&self.results).unwrap();
        file.write_all(format!("{name}\t{word}\n").as_bytes()).unwrap();
    }

    fn side_file(&self, name: &str) -> PathBuf {
        self.results.with_extension(format!("{name}.json"))
    }

    /// What was kept under a name.
    pub fn recall<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.side_file(name)).ok()?).ok()
    }

    /// Keeps a value under a name. All shards have to agree on it, so that the first one stays.
    pub fn keep<T: Serialize>(&self, name: &str, value: &T) {
        let (path, partial) =
            (self.side_file(name), self.side_file(&format!("{name}-{}", std::process::id())));
        fs::write(&partial, serde_json::to_vec(value).unwrap()).unwrap();
        if fs::hard_link(&partial, &path).is_err() {
            assert!(path.exists(), "cannot write {}", path.display());
        }
        fs::remove_file(&partial).unwrap();
    }
}

/// `target/torture`
pub fn directory() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
    let dir = program.ancestors().nth(2).unwrap().join("torture");
    fs::create_dir_all(&dir).unwrap();
    dir
}
