//! One measured run of a program: what the kernel counted of it, and what the API server.
//! Must not know what is run, nor why.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::Result;
use crate::calls::{self, Calls};
use crate::child::{self, Usage};
use crate::server::Server;

/// What kind of thing is measured; what is wanted of it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// The bare lists.
    Raw,
    /// A pass with nothing to do.
    Idle,
    /// A pass with something to do.
    Due,
    /// A pass with nothing to do of whose list a page was too old.
    Expired,
    /// One of whose list a page was too old, and another failed for good.
    Broken,
    /// Another program.
    Other,
}

/// One measured run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// What the kernel counted.
    #[serde(flatten)]
    pub usage: Usage,
    /// What the API server counted.
    pub calls: Calls,
    /// The machine's load over the last minute, when it began.
    pub load: f64,
    /// How many snapshots it took.
    pub taken: usize,
}

/// All runs of one thing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// What was run, as people would write it.
    pub name: String,
    /// See [`Kind`].
    pub kind: Kind,
    /// In the order in which they were made.
    pub runs: Vec<Run>,
}

/// What is run.
#[derive(Clone)]
pub struct Subject {
    /// As people would write it.
    pub name: String,
    /// See [`Kind`].
    pub kind: Kind,
    program: PathBuf,
    words: Vec<String>,
}

impl Subject {
    /// The program with its words.
    pub fn new(kind: Kind, program: impl Into<PathBuf>, shown: &str, words: &[&str]) -> Self {
        let name = format!("{shown} {}", words.join(" "));
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self { name, kind, program: program.into(), words }
    }

    /// The same under a circumstance.
    pub fn when(&self, what: &str) -> Self {
        Self { name: format!("{} ({what})", self.name), ..self.clone() }
    }
}

/// `target/scale`, for what the measured programs say and for the result.
pub fn logs() -> Result<PathBuf> {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/scale");
    fs::create_dir_all(&logs)?;
    Ok(logs)
}

impl Sample {
    /// Of something that was not run yet.
    pub fn of(name: &str, kind: Kind) -> Self {
        Self { name: name.trim().to_owned(), kind, runs: vec![] }
    }
}

/// Where it is run.
pub struct Bench<'a> {
    /// The cluster as the administrator asks it.
    pub server: &'a Server,
    /// What the programs connect by.
    pub kubeconfig: &'a Path,
    /// See [`logs`].
    pub logs: PathBuf,
}

impl Bench<'_> {
    /// Runs it and counts.
    pub async fn run(&self, subject: &Subject) -> Result<Run> {
        let words: Vec<_> = subject.words.iter().map(String::as_str).collect();
        let file: String = subject.name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let log = self.logs.join(format!("{}.log", file.trim_matches('-')));
        let before = calls::count(self.server).await?;
        let load = load();
        let (program, kubeconfig) = (subject.program.clone(), self.kubeconfig.to_owned());
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        // Beside the runtime, in which the stand-in for the snapshot controller may be at work.
        let run = tokio::task::spawn_blocking(move || {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            child::run(&program, &words, &kubeconfig, &log).map_err(|error| error.to_string())
        });
        let usage = run.await??;
        let calls = calls::between(&before, &calls::count(self.server).await?);
        eprintln!("  {:<60} {:6.2} s   load {load:.1}", subject.name.trim(), usage.wall);
        Ok(Run { usage, calls, load, taken: 0 })
    }
}

/// How many processes wanted a processor in the last minute, on average.
fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}
