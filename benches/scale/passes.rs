//! What is measured, in which order, and how the cluster is put back in between.
//! Everything is measured once per round, so that a busy minute of the machine meets all of it alike.

use sandbox::owner;
use sandbox::testing::Cluster;
use serde_json::json;

use crate::bench::{Bench, Kind, Run, Sample, Subject, logs};
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

impl Bench<'_> {
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
