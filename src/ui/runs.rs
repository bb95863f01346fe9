//! What a pass did for each group: the table, and the document `RunResult`. A contract with scripts; fields are added, never
//! changed. Must not say that something was done which was not observed.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{ErrorItem, rfc3339, rfc3339_seconds};
use super::log::Totals;
use super::table::{Headers, render};
use crate::error::ExitCode;
use crate::model::dry_run::DryRun;
use crate::model::duration;
use crate::model::text::cell;

/// Longest note of a table.
const LONGEST: usize = 60;

/// `RunResult`
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDocument {
    schema_version: u32,
    kind: &'static str,
    /// The word in all lines of the log.
    run: String,
    now: String,
    dry_run: DryRun,
    totals: Totals,
    /// The exit code.
    exit: u8,
    /// One for each group.
    pub items: Vec<RunItem>,
}

impl RunDocument {
    /// The document of one pass.
    pub fn new(
        run: &str,
        now: DateTime<Utc>,
        dry_run: DryRun,
        totals: Totals,
        exit: ExitCode,
        items: Vec<RunItem>,
    ) -> Self {
        let (run, now) = (run.to_owned(), rfc3339(now));
        Self { schema_version: 1, kind: "RunResult", run, now, dry_run, totals, exit: exit.code(), items }
    }
}

/// What a pass did for a group.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunItem {
    /// Its namespace.
    pub namespace: String,
    /// Its name; empty if its namespace could not even be looked at.
    pub group: String,
    /// Its claim.
    pub pvc: Option<String>,
    /// A snapshot was due.
    pub due: bool,
    /// What the pass does for it.
    pub action: Action,
    /// The rules that the snapshot is for.
    pub intervals: Vec<String>,
    /// The snapshot that was taken, or would be.
    pub snapshot: Option<String>,
    /// The snapshot was seen ready.
    pub ready: bool,
    /// The snapshots that were deleted, or would be.
    pub pruned: Vec<String>,
    /// So many were not deleted because they are too many at once.
    pub held_back: usize,
    // In Unix seconds; `seconds` writes the time.
    /// When the next one falls due.
    #[serde(serialize_with = "seconds")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    pub next_due: Option<i64>,
    /// How the group stands, as in `list`.
    pub status: Option<&'static str>,
    /// Why what is due is left to a later run, if nothing is wrong: a word as in errors.
    pub left: Option<&'static str>,
    /// Why something was not done.
    pub error: Option<ErrorItem>,
}

fn seconds<S: serde::Serializer>(time: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(rfc3339_seconds).serialize(serializer)
}

/// What a pass does for a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It takes a snapshot.
    Create,
    /// It makes the claim, which never existed.
    Claim,
    /// Nothing is due.
    #[default]
    None,
    /// Something stands in the way.
    Skip,
}

impl RunItem {
    fn action(&self) -> String {
        let short = |text: &String| crate::model::every::short(text);
        match self.action {
            Action::Create => {
                format!("create:{}", self.intervals.iter().map(short).collect::<Vec<_>>().join(","))
            }
            Action::Claim => "claim".to_owned(),
            Action::None => "none".to_owned(),
            Action::Skip => "skip".to_owned(),
        }
    }

    fn note(&self, now: DateTime<Utc>) -> String {
        if let Some(error) = &self.error {
            return error.reason.to_owned();
        }
        if let Some(left) = self.left {
            return left.to_owned();
        }
        if self.held_back > 0 {
            return format!("{} held back", self.held_back);
        }
        let wait = self.next_due.map(|due| due.saturating_sub(now.timestamp()));
        match wait.filter(|seconds| *seconds > 0 && !self.due) {
            Some(seconds) => format!("next in {}", duration::short(seconds)),
            None => String::new(),
        }
    }
}

/// The table of a pass. Rows of several namespaces are told apart.
pub fn table(items: &[RunItem], now: DateTime<Utc>) -> String {
    let several = items.windows(2).any(|pair| pair[0].namespace != pair[1].namespace);
    let mut columns = vec!["GROUP", "DUE", "ACTION", "PRUNE", "NOTE"];
    if several {
        columns.insert(0, "NAMESPACE");
    }
    let rows = items.iter().map(|item| {
        let due = match item.action {
            Action::Skip if !item.due => "-",
            _ if item.due => "yes",
            _ => "no",
        };
        let mut row = vec![
            cell(&item.group, usize::MAX),
            due.to_owned(),
            cell(&item.action(), LONGEST),
            item.pruned.len().to_string(),
            cell(&item.note(now), LONGEST),
        ];
        if several {
            row.insert(0, cell(&item.namespace, usize::MAX));
        }
        row
    });
    render(&columns, rows.collect(), Headers::Shown)
}

/// The names of the snapshots that were taken, or would be, as kubectl writes names.
pub fn names(items: &[RunItem]) -> String {
    let taken = items.iter().filter_map(|item| item.snapshot.as_ref());
    taken.map(|name| format!("volumesnapshot.snapshot.storage.k8s.io/{name}\n")).collect()
}
