//! How the rows of `list` are chosen, put in order and printed, and what exit code they give.
//! Must check the words of the flags before anything is read.

use std::marker::PhantomData;

use chrono::{DateTime, Utc};

use super::options::ListOptions;
use crate::cluster::observe::Unreadable;
use crate::error::{ExitCode, Result};
use crate::model::notice::Notice;
use crate::model::text;
use crate::ui::documents::Document;
use crate::ui::format::Format;
use crate::ui::listing::{Row, statuses};
use crate::ui::rows;
use crate::ui::table::Headers;
use crate::ui::terminal::Ui;

/// Which rows are shown, and which of them make the command fail.
pub(super) struct Listing<'a, R> {
    options: &'a ListOptions,
    wanted: Vec<&'static str>,
    alarming: Vec<&'static str>,
    row: PhantomData<R>,
}

impl<'a, R: Row> Listing<'a, R> {
    /// Fails if a status is named that these rows cannot have.
    pub fn new(options: &'a ListOptions) -> Result<Self> {
        Ok(Self {
            options,
            wanted: statuses::<R>(&options.status, "--status")?,
            alarming: statuses::<R>(&options.error_if, "--error-if")?,
            row: PhantomData,
        })
    }

    /// The row is one that `--status` asks for.
    pub fn is_wanted(&self, row: &R) -> bool {
        self.wanted.is_empty() || self.wanted.contains(&row.status())
    }

    /// Puts rows in the order that was asked for.
    pub fn sort(&self, rows: &mut Vec<R>) -> Result<()> {
        self.options.order.as_ref().map_or(Ok(()), |order| order.sort(rows))
    }

    /// Prints the rows in the format that was asked for.
    pub fn print(&self, mut rows: Vec<R>, now: DateTime<Utc>, ui: &Ui) -> Result<ExitCode> {
        rows.retain(|row| self.is_wanted(row));
        self.sort(&mut rows)?;
        let is_alarming = rows.iter().any(|row| self.alarming.contains(&row.status()));
        match &self.options.format {
            Format::Table | Format::Wide => {
                ui.coloured(&self.table(&rows, now, self.options.shape.headers))?;
            }
            Format::Name => {
                let name = |row: &R| format!("{}/{}\n", R::TYPE, text::escaped(row.name()));
                ui.data(&rows.iter().map(name).collect::<String>())?;
            }
            format => ui.data(&format.document(&Document::new(R::KIND, rows))?)?,
        }
        Ok(if is_alarming { ExitCode::Requested } else { ExitCode::Done })
    }

    /// The rows as a table.
    pub fn table(&self, rows: &[R], now: DateTime<Utc>, headers: Headers) -> String {
        rows::table(rows, now, rows::Shape { headers, ..self.options.shape }, &self.options.labels)
    }
}

/// Names the groups that could not be understood; the others have been shown.
pub(super) fn complain(unreadable: &[Unreadable], ui: &Ui) -> ExitCode {
    for group in unreadable {
        warn(ui, &format!("snapshotgroup {} in namespace {}: {}", group.name, group.namespace, group.why));
    }
    if unreadable.is_empty() { ExitCode::Done } else { ExitCode::Failed }
}

pub(super) fn warn(ui: &Ui, text: &str) {
    ui.notice(Notice::Warning(text.to_owned()));
}
