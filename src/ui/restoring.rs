//! What a person is told of a restore in place: the plan, and how it ended.
//! Must name what to do next wherever it can stop.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::documents::rfc3339;
use super::steps::{steps, title};
use crate::model::duration;
use crate::model::restore::{Course, Journal, Outcome, ProvenVolume};
use crate::model::volume::ReclaimPolicy;
use crate::model::workload::{Setting, Stage, Stopped};
use crate::plan::restore::Stops;

/// The plan of a restore, or of several that go together, before anything is done.
pub fn plan(journals: &[Journal], warnings: &[String], place: &str, now: DateTime<Utc>) -> String {
    let Some(Journal { id, namespace, workloads, .. }) = journals.first() else { return String::new() };
    let size = |manifest: &serde_json::Value| {
        manifest["spec"]["resources"]["requests"]["storage"].as_str().unwrap_or("unknown").to_owned()
    };
    let mut text = format!("Restore plan {id}\n\n  Cluster     {place}\n  Namespace   {namespace}\n");
    for Journal { claim, source, target, .. } in journals {
        let age = duration::short(now.signed_duration_since(source.taken).num_seconds());
        text += &format!(
            "  PVC         {claim}   {}\n  Snapshot    {}\n              taken {age} ago, {}\n",
            size(target),
            source.snapshot,
            rfc3339(source.taken)
        );
    }
    text += &apart(journals);
    let volumes: Vec<_> = journals.iter().map(|journal| journal.old.volume.as_str()).collect();
    let (what, leave, where_to, copies) = match volumes.len() {
        1 => {
            ("PVC", "leave the PVC. They stay on its old volume", volumes[0].to_owned(), "a safety snapshot")
        }
        _ => {
            ("PVCs", "leave the PVCs. They stay on their old volumes", volumes.join(", "), "safety snapshots")
        }
    };
    text += &format!(
        "\n  Changes made since then {leave}\n  {where_to} and in {copies};\n  \"{}\" brings them back.\n\n",
        undo(&journals[0])
    );
    if journals.len() > 1 {
        text += &format!(
            "  All {what} are restored, or none: what cannot be done for one is taken back for all.\n\n"
        );
    }
    text += &stops(workloads, warnings);
    for (number, step) in steps(&journals[0]).iter().enumerate() {
        let head = if number == 0 { "  Steps      " } else { "             " };
        text += &format!("{head} {:>2}  {}\n", number + 1, title(*step));
    }
    text
}

/// What brings the old data back.
pub(super) fn undo(Journal { id, namespace, .. }: &Journal) -> String {
    format!("kubectl gemini undo {id} -n {namespace}")
}

/// Snapshots are cut one by one: between two of them the application may have written.
fn apart(journals: &[Journal]) -> String {
    let times = || journals.iter().map(|journal| journal.source.taken);
    match (times().min(), times().max()) {
        (Some(first), Some(last)) if journals.len() > 1 => {
            let apart = duration::short((last - first).num_seconds());
            format!("  Apart       the snapshots were taken {apart} apart, not at one moment\n")
        }
        _ => String::new(),
    }
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

/// How they ended, and what can be done now.
pub fn summary(journals: &[Journal]) -> String {
    let ended = |journal: &Journal| Some(summary_of(journal, journal.ended?.outcome));
    let mut text = journals.iter().filter_map(ended).collect::<Vec<_>>().join("\n");
    let stopped = journals.iter().flat_map(|journal| &journal.workloads);
    let gone = stopped.filter(|noted| noted.stage == Stage::Gone).map(|noted| noted.who.to_string());
    for who in gone.collect::<BTreeSet<_>>() {
        text += &format!(
            "\n{who} was deleted meanwhile, so it is not started again: see that what takes its place runs.\n"
        );
    }
    let left =
        journals.iter().flat_map(|journal| &journal.workloads).filter(|noted| noted.stage == Stage::Left);
    let left = left.map(|noted| match noted.was {
        Setting::Replicas(count) => format!(
            "\n{} was set to something else meanwhile, and is left so: it had {count} replicas.\n",
            noted.who
        ),
        Setting::Suspended(_) => {
            format!("\n{} was set to something else meanwhile, and is left so.\n", noted.who)
        }
    });
    left.collect::<BTreeSet<_>>().iter().for_each(|line| text += line);
    // Back to what it was the application may have been unfit to run before.
    let is_unseen = |journal: &Journal| {
        let was_stopped =
            journal.workloads.iter().any(|noted| matches!(noted.stage, Stage::Started | Stage::Running));
        let is_restored = journal.ended.is_some_and(|ended| ended.outcome == Outcome::Restored);
        was_stopped && (journal.accepted || !is_restored)
    };
    if journals.iter().any(is_unseen) {
        text += "\nIt was not waited for that the application runs: see that it does.\n";
    }
    if journals.len() > 1 && journals.iter().any(Journal::can_be_undone) {
        text += "\nThey were restored together: the undo of one is the undo of all.\n";
    }
    text
}

fn summary_of(journal: &Journal, outcome: Outcome) -> String {
    let Journal { id, namespace, claim, source, old, .. } = journal;
    let safety = journal.safety.iter().rev().find(|copy| copy.proven);
    let safety =
        safety.map(|copy| format!("  Safety       volumesnapshot/{}\n", copy.snapshot)).unwrap_or_default();
    match outcome {
        Outcome::Restored => format!(
            "{claim} now holds the data of {}.\n\n  Undo         kubectl gemini undo {id} -n {namespace}\n  Old volume   {} is kept and costs storage until\n               kubectl gemini purge {id} -n {namespace}\n               which tells what it waits for: 7 days, and a backup\n{safety}",
            rfc3339(source.taken),
            old.volume
        ),
        Outcome::Aborted => match journal.new.as_ref().filter(|_| journal.used) {
            // Its journal was lost: nobody knows whether an application has used it.
            Some(new) => format!(
                "{claim} was not touched.\n\n  New volume   {0} stays, since it may have been used. If nobody needs it:\n               {1}\n{safety}",
                new.volume,
                ReclaimPolicy::Delete.command(&new.volume)
            ),
            None => {
                format!("{claim} was not touched; what was made for the restore is taken away.\n{safety}")
            }
        },
        Outcome::RolledBack => format!("{claim} has its old volume {} again.\n{safety}", old.volume),
        Outcome::Undone => {
            let new = match &journal.new {
                Some(new) => format!(
                    "  New volume   {} is kept, with what was written to it, and costs storage until\n               kubectl gemini purge {id} -n {namespace}\n               which tells what it waits for: 7 days, and a backup\n",
                    new.volume
                ),
                None => "  New volume   is gone: it was deleted with the PVC, not by this\n".to_owned(),
            };
            format!("{claim} has its old volume {} again.\n\n{new}{safety}", old.volume)
        }
        Outcome::Purged => format!("The volume that restore {id} kept is given up.\n"),
    }
}

/// What stays although all was taken back, because of an error: the volume of one that had it already when another could not have its
/// own.
pub fn left_behind(journals: &[Journal]) -> Vec<String> {
    let is_undone = |journal: &&Journal| journal.ended.is_some_and(|ended| ended.outcome == Outcome::Undone);
    let volumes =
        journals.iter().filter(is_undone).filter_map(|journal| Some((journal, journal.new.as_ref()?)));
    let hint = |(journal, new): (&Journal, &ProvenVolume)| {
        let Journal { id, claim, namespace, .. } = journal;
        format!(
            "PVC {claim} had volume {} for a while, which is kept until: kubectl gemini purge {id} -n {namespace}",
            new.volume
        )
    };
    volumes.map(hint).collect()
}

/// What an undo will do.
pub fn undo_plan(journals: &[Journal], stops: &Stops, place: &str) -> String {
    let Some(Journal { id, namespace, .. }) = journals.first() else { return String::new() };
    let mut text = format!("Undo of restore {id}\n\n  Cluster     {place}\n  Namespace   {namespace}\n");
    let mut news = vec![];
    for Journal { claim, old, new, ended, .. } in journals {
        let new = new.as_ref().map_or("unknown", |new| new.volume.as_str());
        let is_purged = ended.is_some_and(|ended| ended.outcome == Outcome::Purged);
        text += &match is_purged {
            true => format!("  PVC         {claim}   stays as it is: its old volume was given up\n"),
            false => format!("  PVC         {claim}\n  Volume      {} again, instead of {new}\n", old.volume),
        };
        news.extend((!is_purged).then_some(new));
    }
    let (what, volume) = if journals.len() == 1 { ("PVC", "volume") } else { ("PVCs", "volumes") };
    let copies = if journals.len() == 1 { "a safety snapshot" } else { "safety snapshots" };
    text += &format!(
        "\n  Changes made since the restore leave the {what}. They stay on {volume} {}\n  and in {copies}.\n\n{}",
        news.join(", "),
        self::stops(&stops.workloads, &stops.warnings)
    );
    text.truncate(text.trim_end().len());
    text + "\n"
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

/// Where the data is, and what does not run, while a restore stands half-way.
pub fn where_it_stands(journals: &[Journal]) -> String {
    let open = journals.iter().filter(|journal| journal.is_open());
    let kept =
        open.map(|journal| format!("what PVC {} held is on volume {}", journal.claim, journal.old.volume));
    let kept = kept.collect::<Vec<_>>().join(", ");
    what_stands_still(journals).into_iter().fold(kept, |text, still| format!("{text}; {still}"))
}

/// What does not run meanwhile.
pub fn what_stands_still(journals: &[Journal]) -> Option<String> {
    let open = journals.iter().filter(|journal| journal.is_open());
    let down = |noted: &Stopped| match noted.was {
        Setting::Replicas(count) => format!("{} (of {count} replicas)", noted.who),
        Setting::Suspended(_) => noted.who.to_string(),
    };
    let stopped = open.flat_map(|journal| &journal.workloads).filter(|noted| noted.stage.may_be_down());
    let down: BTreeSet<_> = stopped.map(down).collect();
    (!down.is_empty())
        .then(|| format!("stopped until it ends: {}", down.into_iter().collect::<Vec<_>>().join(", ")))
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
