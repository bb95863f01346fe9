//! Restores as they stand: a table, one with all that is known of it, and the same for scripts.
//! Must say the same in all three.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{ErrorItem, rfc3339};
use super::restoring::ways_on;
use super::steps::{steps, title};
use super::table::{Headers, render};
use crate::model::duration;
use crate::model::restore::{Journal, Outcome, Step};
use crate::model::text::cell;
use crate::model::workload::{Setting, Stage, Stopped};

/// The restores, one line each.
pub fn table(journals: &[Journal], wide: bool, now: DateTime<Utc>) -> String {
    let row = |journal: &Journal| {
        let age = |time: DateTime<Utc>| duration::short(now.signed_duration_since(time).num_seconds());
        let mut cells = vec![
            journal.id.clone(),
            journal.claim.clone(),
            age(journal.source.taken),
            state(journal).to_owned(),
            place(journal),
            kept(journal),
            if is_undoable(journal, journals) { "yes" } else { "no" }.to_owned(),
            age(journal.started),
        ];
        if wide {
            cells.extend([&journal.source.snapshot, &journal.old.volume].map(|name| cell(name, usize::MAX)));
        }
        cells
    };
    let more: &[_] = if wide { &["SNAPSHOT", "VOLUME"] } else { &[] };
    let headers = [&["RESTORE", "PVC", "TO", "STATE", "STEP", "OLD-VOLUME", "UNDO", "AGE"], more].concat();
    render(&headers, journals.iter().map(row).collect(), Headers::Shown)
}

/// `undo` can bring the old data back. Of several restores of a claim that is the newest: the others follow one after the other.
fn is_undoable(journal: &Journal, all: &[Journal]) -> bool {
    let stands_on_it = |other: &Journal| {
        (&other.namespace, &other.claim) == (&journal.namespace, &journal.claim)
            && other.started > journal.started
            && (other.is_open() || other.can_be_undone())
    };
    journal.can_be_undone() && !all.iter().any(stands_on_it)
}

/// How far it is: `5/8` is at the fifth of eight steps.
fn place(journal: &Journal) -> String {
    let steps = steps(journal);
    let at = match journal.step {
        Step::Done => steps.len(),
        step => steps.iter().position(|known| *known == step).map_or(0, |place| place + 1),
    };
    format!("{at}/{}", steps.len())
}

/// What has become of the volume that was there before, and what it costs.
fn kept(journal: &Journal) -> String {
    if journal.ended.is_some_and(|ended| ended.outcome != Outcome::Restored) {
        return "<none>".to_owned();
    }
    let size = journal.old.manifest["spec"]["resources"]["requests"]["storage"].as_str();
    size.map_or_else(|| "kept".to_owned(), |size| format!("kept,{}", cell(size, usize::MAX)))
}

/// One restore, with all that is known of it.
pub fn description(journal: &Journal) -> String {
    let item = RestoreStatusItem::from(journal);
    let none = || "<none>".to_owned();
    let workload = |workload: &WorkloadItem| match workload.replicas {
        Some(count) => format!("{} ({count} replicas) {}", workload.name, workload.stage),
        None => format!("{} {}", workload.name, workload.stage),
    };
    let workloads: Vec<_> = item.workloads.iter().map(workload).collect();
    let lines = [
        ("Restore", item.restore),
        ("Together", if item.together.is_empty() { none() } else { item.together.join(", ") }),
        ("Namespace", item.namespace),
        ("PVC", item.pvc),
        ("Snapshot", format!("{}, taken {}", item.snapshot, item.taken_at)),
        ("State", item.state.to_owned()),
        ("Step", item.step.to_owned()),
        ("Blocked", item.blocked.unwrap_or_else(none)),
        ("Old volume", item.old_volume),
        ("New volume", item.new_volume.unwrap_or_else(none)),
        ("Safety", if item.safety_snapshots.is_empty() { none() } else { item.safety_snapshots.join(", ") }),
        ("Workloads", if workloads.is_empty() { none() } else { workloads.join(", ") }),
        ("Started", item.started_at),
        ("Ended", item.ended_at.unwrap_or_else(none)),
    ];
    let mut text: String =
        lines.iter().map(|(name, value)| format!("{name}:{:1$}{value}\n", "", 13 - name.len())).collect();
    if journal.is_open() {
        ways_on(journal).iter().for_each(|way| text += &format!("\n{way}"));
        text.push('\n');
    }
    text
}

/// A workload that a restore stops.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadItem {
    /// Kind and name: `StatefulSet/db`.
    pub name: String,
    /// How many replicas it had; null for what is suspended instead.
    pub replicas: Option<u32>,
    /// `planned`, `stopping`, `stopped`, `started`, `left` (as somebody else has set it), `gone` or `unknown`.
    pub stage: &'static str,
}

impl From<&Stopped> for WorkloadItem {
    fn from(stopped: &Stopped) -> Self {
        let replicas = match stopped.was {
            Setting::Replicas(count) => Some(count),
            Setting::Suspended(_) => None,
        };
        let stage = match stopped.stage {
            Stage::Planned => "planned",
            Stage::Stopping => "stopping",
            Stage::Stopped => "stopped",
            Stage::Started => "started",
            Stage::Running => "running",
            Stage::Left => "left",
            Stage::Gone => "gone",
            Stage::Marked => "unknown",
        };
        Self { name: stopped.who.to_string(), replicas, stage }
    }
}

/// One item of a `RestoreStatus`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreStatusItem {
    /// Its namespace.
    pub namespace: String,
    /// Its identifier.
    pub restore: String,
    /// Identifiers of all restores that go together with it, itself included; none if it goes alone.
    pub together: Vec<String>,
    /// The group.
    pub group: String,
    /// The claim.
    pub pvc: String,
    /// The snapshot that is restored.
    pub snapshot: String,
    /// The time that the snapshot stands for.
    pub taken_at: String,
    /// `Open`, `Blocked`, `Restored`, `Aborted`, `RolledBack`, `Undone` or `Purged`.
    pub state: &'static str,
    /// What is done now, or was done last.
    pub step: &'static str,
    /// Why it stands still.
    pub blocked: Option<String>,
    /// The PersistentVolume that was there before.
    pub old_volume: String,
    /// The PersistentVolume with the restored data, once it is proven.
    pub new_volume: Option<String>,
    /// Snapshots of the state that was replaced, proven to be of it; newest last.
    pub safety_snapshots: Vec<String>,
    /// What is stopped for it, and started again.
    pub workloads: Vec<WorkloadItem>,
    /// `undo` can bring the old data back.
    pub undoable: bool,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Why it did not succeed.
    pub error: Option<ErrorItem>,
}

impl RestoreStatusItem {
    /// One of all restores of its namespace.
    pub fn among(journal: &Journal, all: &[Journal]) -> Self {
        Self { undoable: is_undoable(journal, all), ..Self::from(journal) }
    }
}

impl From<&Journal> for RestoreStatusItem {
    fn from(journal: &Journal) -> Self {
        let proven = journal.safety.iter().filter(|copy| copy.proven);
        Self {
            namespace: journal.namespace.clone(),
            restore: journal.id.clone(),
            together: journal.together.clone(),
            group: journal.group.clone(),
            pvc: journal.claim.clone(),
            snapshot: journal.source.snapshot.clone(),
            taken_at: rfc3339(journal.source.taken),
            state: state(journal),
            step: title(journal.step),
            blocked: journal.blocked.clone(),
            old_volume: journal.old.volume.clone(),
            new_volume: journal.new.as_ref().map(|new| new.volume.clone()),
            safety_snapshots: proven.map(|copy| copy.snapshot.clone()).collect(),
            workloads: journal.workloads.iter().map(WorkloadItem::from).collect(),
            undoable: journal.can_be_undone(),
            started_at: rfc3339(journal.started),
            ended_at: journal.ended.map(|ended| rfc3339(ended.at)),
            error: None,
        }
    }
}

fn state(journal: &Journal) -> &'static str {
    match (journal.ended.map(|ended| ended.outcome), &journal.blocked) {
        (None, None) => "Open",
        (None, Some(_)) => "Blocked",
        (Some(Outcome::Restored), _) => "Restored",
        (Some(Outcome::Aborted), _) => "Aborted",
        (Some(Outcome::RolledBack), _) => "RolledBack",
        (Some(Outcome::Undone), _) => "Undone",
        (Some(Outcome::Purged), _) => "Purged",
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::restore::tests::journal;

    #[test]
    fn of_several_restores_of_a_claim_only_the_newest_can_be_undone() {
        let first = journal(Some(Outcome::Restored));
        let later = |outcome, claim: &str| {
            let journal = journal(outcome);
            let started = journal.started + TimeDelta::hours(1);
            Journal { claim: claim.to_owned(), started, ..journal }
        };
        for (outcome, claim, wanted) in [
            (Some(Outcome::Restored), "photos-data", false),
            (None, "photos-data", false),
            (Some(Outcome::Undone), "photos-data", true),
            (Some(Outcome::Restored), "other", true),
        ] {
            let all = [first.clone(), later(outcome, claim)];
            assert_eq!(RestoreStatusItem::among(&first, &all).undoable, wanted, "{outcome:?} {claim}");
        }
    }
}
