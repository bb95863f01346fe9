//! The tables of `list`: which columns there are and how a value is shown in one.
//! Must not compute anything that is not in the document of the same command.

mod claims;
mod groups;
mod retained;
mod snapshots;
#[cfg(test)]
mod tests;

pub use retained::RetainedItem;
pub use snapshots::kept_for;

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};

use super::listing::{Row, Tone, tone};
use super::table::{Headers, render_painted};
use crate::model::duration;
use crate::model::text::cell;

/// Longest value of a free text in a table, in characters; names are never cut.
const LONGEST_TEXT: usize = 60;

/// How much a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// With a first column for the namespace.
    pub namespaces: bool,
    /// `-o wide`
    pub wide: bool,
    /// With a header.
    pub headers: Headers,
}

/// Columns for labels.
#[derive(Clone, Debug, Default)]
pub struct LabelColumns {
    /// `-L`: one for each of these labels.
    pub keys: Vec<String>,
    /// `--show-labels`: one for all.
    pub all: bool,
}

/// The table of some rows. Only the status is coloured.
pub fn table<R: Row>(rows: &[R], now: DateTime<Utc>, shape: Shape, labels: &LabelColumns) -> String {
    let mut headers = R::headers(shape.wide);
    if shape.namespaces {
        headers.insert(0, "NAMESPACE");
    }
    // kubectl's titles: what follows the slash, in capitals.
    let title = |key: &String| key.rsplit('/').next().unwrap_or_default().to_uppercase();
    let titles: Vec<String> = labels.keys.iter().map(title).collect();
    headers.extend(titles.iter().map(String::as_str));
    if labels.all {
        headers.push("LABELS");
    }
    let row = |row: &R| {
        let mut cells = row.cells(now, shape.wide);
        if shape.namespaces {
            cells.insert(0, name(row.namespace()));
        }
        cells.extend(labels.keys.iter().map(|key| optional(row.labels().get(key).map(String::as_str))));
        if labels.all {
            let all: Vec<_> = row.labels().iter().map(|(key, value)| format!("{key}={value}")).collect();
            cells.push(name(&all.join(",")));
        }
        cells
    };
    let status = headers.iter().position(|header| *header == "STATUS").unwrap_or_default();
    render_painted(&headers, rows.iter().map(row).collect(), shape.headers, status, |word| {
        colour(tone::<R>(word))
    })
}

fn colour(tone: Tone) -> Style {
    let colour = match tone {
        Tone::Good => AnsiColor::Green,
        Tone::Between => AnsiColor::Yellow,
        Tone::Bad => AnsiColor::Red,
    };
    colour.on_default()
}

fn name(text: &str) -> String {
    cell(text, usize::MAX)
}

fn optional(text: Option<&str>) -> String {
    name(text.unwrap_or_default())
}

fn age(created: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let age = created.map(|created| duration::short((now - created).num_seconds()));
    age.unwrap_or_else(|| "<unknown>".to_owned())
}
