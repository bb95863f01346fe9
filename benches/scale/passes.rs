//! What is measured, in which order, and how the cluster is put back in between.
//! Everything is measured once per round, so that a busy minute of the machine meets all of it alike.

use std::fs;
use std::path::{Path, PathBuf};

use sandbox::owner;
use sandbox::testing::Cluster;
use serde::Serialize;
use serde_json::json;

use crate::calls::{self, Calls};
use crate::child::{self, Usage};
use crate::fill::{GROUPS, Size};
use crate::history::History;
use crate::objects::{self, Place};
use crate::server::Server;
use crate::stand_in::StandIn;
use crate::{Args, Result, pages, raw};

/// The program under measure.
const GEMINI: &str = env!("CARGO_BIN_EXE_kubectl-gemini");

/// Passes that find nothing to do, by their command lines.
const IDLE: [&[&str]; 3] = [&["run-once", "-A"], &["list", "-A"], &["prune", "--all", "-A", "--dry-run"]];
/// The pass that finds something to do.
const DUE: &[&str] = &["run-once", "-A", "--deadline", "4m"];
/// The pass after which there is nothing to do.
const FIRST: &[&str] = &["run-once", "-A", "--deadline", "20m"];
/// The rule that makes a group due: the newest snapshot of each is older than that.
const ADDED: (&str, u32) = ("10 minutes", 3);

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
    kind: Kind,
    program: PathBuf,
    words: Vec<String>,
}

impl Subject {
    fn new(kind: Kind, program: impl Into<PathBuf>, shown: &str, words: &[&str]) -> Self {
        let name = format!("{shown} {}", words.join(" "));
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self { name, kind, program: program.into(), words }
    }

    /// The same under a circumstance.
    pub fn when(&self, what: &str) -> Self {
        Self { name: format!("{} ({what})", self.name), ..self.clone() }
    }
}

/// Measures everything.
pub async fn measure(cluster: &Cluster, server: &Server, args: &Args, size: Size) -> Result<Vec<Sample>> {
    let bench = Bench { server, kubeconfig: cluster.kubeconfig(), logs: logs()? };
    let mut subjects = subjects(cluster)?;
    let wanted =
        |subject: &Subject| args.only.as_ref().is_none_or(|word| subject.name.contains(word.as_str()));
    subjects.retain(wanted);
    let mut samples = vec![];
    // The first pass tells every group its status. It happens once, and is no pass with nothing to do.
    let first = Subject::new(Kind::Other, GEMINI, "kubectl-gemini", FIRST);
    if !args.filled && wanted(&first) {
        let mut sample = Sample::of(&format!("{} (the first one)", first.name), first.kind);
        sample.runs.push(bench.run(&first).await?);
        samples.push(sample);
    }
    let before = samples.len();
    samples.extend(subjects.iter().map(|subject| Sample::of(&subject.name, subject.kind)));
    for round in 1..=args.repeat {
        eprintln!("round {round} of {}", args.repeat);
        for (subject, sample) in subjects.iter().zip(&mut samples[before..]) {
            sample.runs.push(bench.run(subject).await?);
        }
    }
    // Before anything is due: what a pass wrote afterwards would be another's doing.
    let subject = Subject::new(Kind::Other, GEMINI, "kubectl-gemini", IDLE[0]);
    if wanted(&subject) {
        samples.extend(pages::measure(&bench, cluster, &subject).await?);
    }
    let subject = Subject::new(Kind::Due, GEMINI, "kubectl-gemini", DUE);
    if wanted(&subject) {
        let mut sample = Sample::of(&format!("{} ({} due)", subject.name, args.due), Kind::Due);
        for round in 0..args.repeat {
            let due = (round * args.due..(round + 1) * args.due).map(|number| number % size.groups);
            sample.runs.push(bench.run_due(&subject, &due.collect::<Vec<_>>(), size).await?);
        }
        samples.push(sample);
    }
    Ok(samples)
}

fn subjects(cluster: &Cluster) -> Result<Vec<Subject>> {
    let this = std::env::current_exe()?;
    let layout = cluster.sandbox().ok_or("not a sandbox")?;
    let kubectl = owner::info(layout)?.bin.join("kubectl");
    let mut subjects = vec![
        Subject::new(Kind::Raw, &this, "", &[raw::WORD, raw::PLAIN]),
        Subject::new(Kind::Other, &this, "", &[raw::WORD, raw::GZIP]),
    ];
    subjects.extend(IDLE.map(|words| Subject::new(Kind::Idle, GEMINI, "kubectl-gemini", words)));
    subjects.push(Subject::new(Kind::Other, kubectl, "kubectl", &["get", "volumesnapshots", "-A"]));
    Ok(subjects)
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

    /// Makes groups due, measures, and puts everything back.
    async fn run_due(&self, subject: &Subject, due: &[usize], size: Size) -> Result<Run> {
        let rules = History::of(size.snapshots)?.rules;
        let more = [&rules[..], &[ADDED]].concat();
        self.set_rules(due, size, &more).await?;
        let stand_in = StandIn::begin(self.server).await?;
        let run = self.run(subject).await;
        // In this order: a snapshot whose rule is gone would be pruned by whoever looks first.
        let taken = stand_in.end(self.server).await?;
        self.set_rules(due, size, &rules).await?;
        Ok(Run { taken, ..run? })
    }

    async fn set_rules(&self, groups: &[usize], size: Size, rules: &[(&str, u32)]) -> Result<()> {
        for number in groups {
            let place = Place::of(*number, size.namespaces);
            let path = format!("{}/{}", place.path(GROUPS, "snapshotgroups"), place.group);
            let patch = json!({"spec": {"schedule": objects::schedule(rules)}});
            self.server.merge(&path, &patch).await?;
        }
        Ok(())
    }
}

/// How many processes wanted a processor in the last minute, on average.
fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}
