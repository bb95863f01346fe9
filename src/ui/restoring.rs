//! What a person is told of a restore in place: the plan, and how it ended.
//! Must name what to do next wherever it can stop.

use chrono::{DateTime, Utc};

use super::documents::rfc3339;
use super::steps::{steps, title};
use crate::model::duration;
use crate::model::restore::{Course, Journal, Outcome};
use crate::model::workload::{Setting, Stopped};
use crate::plan::restore::Stops;

/// The plan, before anything is done.
pub fn plan(journal: &Journal, warnings: &[String], place: &str, now: DateTime<Utc>) -> String {
    let Journal { id, namespace, claim, source, old, .. } = journal;
    let size = |manifest: &serde_json::Value| {
        manifest["spec"]["resources"]["requests"]["storage"].as_str().unwrap_or("unknown").to_owned()
    };
    let age = duration::short(now.signed_duration_since(source.taken).num_seconds());
    let mut text = format!(
        "Restore plan {id}\n\n  Cluster     {place}\n  Namespace   {namespace}\n  PVC         {claim}   {}\n  Snapshot    {}\n              taken {age} ago, {}\n\n",
        size(&journal.target),
        source.snapshot,
        rfc3339(source.taken)
    );
    text += &format!(
        "  Changes made since then leave the PVC. They stay on its old volume\n  {} and in a safety snapshot;\n  \"kubectl gemini undo {id} -n {namespace}\" brings them back.\n\n",
        old.volume
    );
    text += &stops(&journal.workloads, warnings);
    for (number, step) in steps(journal).iter().enumerate() {
        let head = if number == 0 { "  Steps      " } else { "             " };
        text += &format!("{head} {:>2}  {}\n", number + 1, title(*step));
    }
    text
}

/// What is stopped meanwhile, and what a person should know of it.
fn stops(workloads: &[Stopped], warnings: &[String]) -> String {
    let mut text = String::new();
    for (number, stopped) in workloads.iter().enumerate() {
        let head = if number == 0 { "Stops" } else { "" };
        let how = match stopped.was {
            Setting::Replicas(count) => format!("{count} -> 0 replicas, later 0 -> {count}"),
            Setting::Suspended(_) => "suspended, later resumed".to_owned(),
        };
        text += &format!("  {head:<11} {}   {how}\n", stopped.who);
    }
    for (number, warning) in warnings.iter().enumerate() {
        let head = if number == 0 { "Warning" } else { "" };
        text += &format!("  {head:<11} {warning}\n");
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// How it ended, and what can be done now.
pub fn summary(journal: &Journal, outcome: Outcome) -> String {
    let Journal { id, namespace, claim, source, old, .. } = journal;
    let safety = journal.safety.iter().rev().find(|copy| copy.proven);
    let safety =
        safety.map(|copy| format!("  Safety       volumesnapshot/{}\n", copy.snapshot)).unwrap_or_default();
    match outcome {
        Outcome::Restored => format!(
            "{claim} now holds the data of {}.\n\n  Undo         kubectl gemini undo {id} -n {namespace}\n  Old volume   {} is kept and costs storage until\n               kubectl gemini purge {id} -n {namespace}\n{safety}",
            rfc3339(source.taken),
            old.volume
        ),
        Outcome::Aborted => {
            format!("{claim} was not touched; what was made for the restore is taken away.\n{safety}")
        }
        Outcome::RolledBack => format!("{claim} has its old volume {} again.\n{safety}", old.volume),
        Outcome::Undone => {
            let new = journal.new.as_ref().map_or("unknown", |new| new.volume.as_str());
            format!(
                "{claim} has its old volume {} again.\n\n  New volume   {new} is kept, with what was written to it, and costs storage until\n               kubectl gemini purge {id} -n {namespace}\n{safety}",
                old.volume
            )
        }
        Outcome::Purged => format!("The volume that restore {id} kept is given up.\n"),
    }
}

/// What an undo will do.
pub fn undo_plan(journal: &Journal, stops: &Stops, place: &str) -> String {
    let Journal { id, namespace, claim, old, .. } = journal;
    let new = journal.new.as_ref().map_or("unknown", |new| new.volume.as_str());
    format!(
        "Undo of restore {id}\n\n  Cluster     {place}\n  Namespace   {namespace}\n  PVC         {claim}\n  Volume      {} again, instead of {new}\n\n  Changes made since the restore leave the PVC. They stay on volume {new}\n  and in a safety snapshot.\n\n{}",
        old.volume,
        self::stops(&stops.workloads, &stops.warnings)
    )
}

/// How it ended, in one word.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Restored => "restored",
        Outcome::Aborted => "unchanged",
        Outcome::RolledBack => "rolled back",
        Outcome::Undone => "undone",
        Outcome::Purged => "purged",
    }
}

/// What to do about a restore that stopped half-way.
pub fn ways_on(journal: &Journal) -> Vec<String> {
    let Journal { id, namespace, course, swapped, .. } = journal;
    let mut ways = vec![format!("go on: kubectl gemini restore --resume {id} -n {namespace}")];
    if *course == Course::Forward {
        let what = if *swapped { "or go back" } else { "or give it up" };
        ways.push(format!("{what}: kubectl gemini restore --abort {id} -n {namespace}"));
    }
    ways
}
