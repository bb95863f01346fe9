//! What a person sees of a restore in place: the plan, the steps as they are done, and how it ended.
//! Must name what to do next wherever it can stop.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{ErrorItem, rfc3339};
use super::table::{Headers, render};
use super::terminal::Ui;
use crate::error::Error;
use crate::model::duration;
use crate::model::restore::{Course, Journal, Mode, Outcome, Step};

const STAGED: &[Step] = &[
    Step::Pin,
    Step::Copy,
    Step::Check,
    Step::Quiet,
    Step::Secure,
    Step::Reserve,
    Step::Swap,
    Step::Prove,
    Step::Finish,
];
const DIRECT: &[Step] = &[Step::Pin, Step::Quiet, Step::Secure, Step::Swap, Step::Prove, Step::Finish];
/// Before the claim was touched.
const ABORT: &[Step] = &[Step::Clear, Step::FinishBack];
/// Before anybody may have used the restored data.
const ROLLBACK: &[Step] = &[Step::Keep, Step::Quiet, Step::SwapBack, Step::Clear, Step::FinishBack];
const UNDO: &[Step] = &[Step::Keep, Step::Quiet, Step::Secure, Step::SwapBack, Step::FinishBack];

fn steps(journal: &Journal) -> Vec<Step> {
    let all = match (journal.course, journal.mode) {
        (Course::Back, _) if journal.used => UNDO,
        (Course::Back, _) if journal.swapped => ROLLBACK,
        (Course::Back, _) => ABORT,
        (Course::Forward, Mode::Staged) => STAGED,
        (Course::Forward, Mode::Direct) => DIRECT,
    };
    all.iter().copied().filter(|step| *step != Step::Check || journal.check.is_some()).collect()
}

/// What a step does, in few words.
pub fn title(step: Step) -> &'static str {
    match step {
        Step::Planned => "plan",
        Step::Pin => "set the old volume to Retain",
        Step::Copy => "copy the snapshot to a new volume",
        Step::Check => "check the restored data",
        Step::Quiet => "see that nobody uses the PVC",
        Step::Secure => "take a safety snapshot",
        Step::Reserve => "reserve the new volume",
        Step::Swap => "move the name to the new volume",
        Step::Prove => "check what the PVC holds",
        Step::Finish | Step::FinishBack => "put policies back",
        Step::Keep => "set the new volume to Retain",
        Step::Clear => "take away what was made",
        Step::SwapBack => "move the name back to the old volume",
        Step::Done => "done",
    }
}

/// Shows the steps as they are done, one line each.
#[derive(Debug, Default)]
pub struct Progress(Option<(Step, Vec<Step>, Instant)>);

impl Progress {
    /// Another step begins, and the one before it is done.
    pub fn enter(&mut self, journal: &Journal, ui: &Ui) {
        self.end(ui);
        self.0 = Some((journal.step, steps(journal), Instant::now()));
    }

    /// The steps from here on lead back.
    pub fn turn_back(&mut self, error: &Error, ui: &Ui) {
        ui.done();
        ui.note(&format!("It cannot be done: {}. Going back.", error.message));
        self.0 = None;
    }

    /// The last step is done.
    pub fn end(&mut self, ui: &Ui) {
        let Some((step, steps, since)) = self.0.take() else { return };
        let Some(place) = steps.iter().position(|known| *known == step) else { return };
        ui.done();
        let took = duration::typed(Duration::from_secs(since.elapsed().as_secs()));
        ui.note(&format!("[{}/{}] {:38} done  {took:>4}", place + 1, steps.len(), title(step)));
    }
}

/// The plan, before anything is done.
pub fn plan(journal: &Journal, place: &str, now: DateTime<Utc>) -> String {
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
    for (number, step) in steps(journal).iter().enumerate() {
        let head = if number == 0 { "  Steps      " } else { "             " };
        text += &format!("{head} {}  {}\n", number + 1, title(*step));
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
pub fn undo_plan(journal: &Journal, place: &str) -> String {
    let Journal { id, namespace, claim, old, .. } = journal;
    let new = journal.new.as_ref().map_or("unknown", |new| new.volume.as_str());
    format!(
        "Undo of restore {id}\n\n  Cluster     {place}\n  Namespace   {namespace}\n  PVC         {claim}\n  Volume      {} again, instead of {new}\n\n  Changes made since the restore leave the PVC. They stay on volume {new}\n  and in a safety snapshot.\n",
        old.volume
    )
}

/// The restores, one line each.
pub fn table(journals: &[Journal], now: DateTime<Utc>) -> String {
    let row = |journal: &Journal| {
        let kept = journal.ended.is_none_or(|ended| ended.outcome == Outcome::Restored);
        let age = |time: DateTime<Utc>| duration::short(now.signed_duration_since(time).num_seconds());
        vec![
            journal.id.clone(),
            journal.claim.clone(),
            age(journal.source.taken),
            state(journal).to_owned(),
            title(journal.step).to_owned(),
            if kept { journal.old.volume.clone() } else { "<none>".to_owned() },
            if journal.can_be_undone() { "yes" } else { "no" }.to_owned(),
            age(journal.started),
        ]
    };
    let headers = ["RESTORE", "PVC", "TO", "STATE", "STEP", "OLD-VOLUME", "UNDO", "AGE"];
    render(&headers, journals.iter().map(row).collect(), Headers::Shown)
}

/// One restore, with all that is known of it.
pub fn description(journal: &Journal) -> String {
    let item = RestoreStatusItem::from(journal);
    let none = || "<none>".to_owned();
    let lines = [
        ("Restore", item.restore),
        ("Namespace", item.namespace),
        ("PVC", item.pvc),
        ("Snapshot", format!("{}, taken {}", item.snapshot, item.taken_at)),
        ("State", item.state.to_owned()),
        ("Step", item.step.to_owned()),
        ("Blocked", item.blocked.unwrap_or_else(none)),
        ("Old volume", item.old_volume),
        ("New volume", item.new_volume.unwrap_or_else(none)),
        ("Safety", if item.safety_snapshots.is_empty() { none() } else { item.safety_snapshots.join(", ") }),
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

/// One item of a `RestoreStatus`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestoreStatusItem {
    /// Its namespace.
    pub namespace: String,
    /// Its identifier.
    pub restore: String,
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
    /// `undo` can bring the old data back.
    pub undoable: bool,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Why it did not succeed.
    pub error: Option<ErrorItem>,
}

impl From<&Journal> for RestoreStatusItem {
    fn from(journal: &Journal) -> Self {
        let proven = journal.safety.iter().filter(|copy| copy.proven);
        Self {
            namespace: journal.namespace.clone(),
            restore: journal.id.clone(),
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
