//! What the rows of `list` have in common, and how they are chosen and put in order.
//! Must not know what the rows are about.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::jsonpath::Template;
use crate::error::{Error, Reason, Result};

/// The word for all statuses that somebody should do something about.
pub const UNHEALTHY: &str = "Unhealthy";

/// A row of a table of `list`, which is also an item of its document.
pub trait Row: Serialize + Clone {
    /// Kind of the document.
    const KIND: &'static str;
    /// What `-o name` puts before the name.
    const TYPE: &'static str;

    /// What its status may be, best first, and which of them are [`UNHEALTHY`].
    fn statuses() -> Vec<(&'static str, bool)>;
    /// Its namespace.
    fn namespace(&self) -> &str;
    /// Its name.
    fn name(&self) -> &str;
    /// Its status.
    fn status(&self) -> &'static str;
    /// Its labels.
    fn labels(&self) -> &BTreeMap<String, String>;
    /// When it came to be.
    fn born(&self) -> Option<DateTime<Utc>>;
    /// When its newest snapshot was taken.
    fn newest(&self) -> Option<DateTime<Utc>>;
    /// The columns.
    fn headers(wide: bool) -> Vec<&'static str>;
    /// What stands in them.
    fn cells(&self, now: DateTime<Utc>, wide: bool) -> Vec<String>;
    /// The same once it is gone.
    #[must_use]
    fn deleted(self) -> Self;

    /// Where it is.
    fn key(&self) -> (String, String) {
        (self.namespace().to_owned(), self.name().to_owned())
    }
}

/// What a status is, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither.
    Between,
    /// Somebody should do something.
    Bad,
}

/// The tone of a row's status.
pub fn tone<R: Row>(status: &str) -> Tone {
    match R::statuses().iter().position(|(word, _)| *word == status) {
        Some(0) => Tone::Good,
        Some(place) if R::statuses()[place].1 => Tone::Bad,
        _ => Tone::Between,
    }
}

/// Statuses that a user named, as they are written; `flag` is the flag with which.
///
/// [`UNHEALTHY`] stands for all that are. Capitals do not matter.
pub fn statuses<R: Row>(named: &[String], flag: &str) -> Result<Vec<&'static str>> {
    let known = R::statuses();
    let mut found = vec![];
    for word in named {
        let before = found.len();
        let is_meant = |(status, bad): &&(&str, bool)| {
            status.eq_ignore_ascii_case(word) || *bad && word.eq_ignore_ascii_case(UNHEALTHY)
        };
        found.extend(known.iter().filter(is_meant).map(|(status, _)| *status));
        if found.len() == before {
            let all: Vec<_> = known.iter().map(|(status, _)| *status).collect();
            return Err(Error::new(
                Reason::FlagsUnfit,
                format!("{flag}: \"{word}\" is no status of these rows"),
            )
            .hint(format!("there are {}; {UNHEALTHY} means all the bad ones", all.join(", "))));
        }
    }
    Ok(found)
}

/// `--sort-by`
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// By name, then namespace.
    Name,
    /// The youngest first.
    Age,
    /// By the newest snapshot, the freshest first; rows without one last.
    Newest,
    /// The worst first.
    Status,
    /// By what a JSONPath finds in the item, numbers as numbers.
    Path(Template),
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "name" => Ok(Self::Name),
            "age" => Ok(Self::Age),
            "newest" => Ok(Self::Newest),
            "status" => Ok(Self::Status),
            _ if text.starts_with(['.', '{']) => {
                Template::parse(text).map(Self::Path).map_err(|error| error.message)
            }
            _ => Err("allowed are name, age, newest, status, or a JSONPath such as .size.bytes".to_owned()),
        }
    }
}

impl Order {
    /// Puts rows in order; those that are alike stay as they are.
    pub fn sort<R: Row>(&self, rows: &mut Vec<R>) -> Result<()> {
        match self {
            Self::Name => rows.sort_by(|a, b| (a.name(), a.namespace()).cmp(&(b.name(), b.namespace()))),
            Self::Age => rows.sort_by_key(|row| latest_first(row.born())),
            Self::Newest => rows.sort_by_key(|row| latest_first(row.newest())),
            Self::Status => {
                let statuses = R::statuses();
                let badness = |row: &R| statuses.iter().position(|(status, _)| *status == row.status());
                rows.sort_by_key(|row| std::cmp::Reverse(badness(row)));
            }
            Self::Path(template) => {
                let mut keyed = vec![];
                for row in rows.drain(..) {
                    let failed = |error: serde_json::Error| {
                        Error::new(Reason::OutputFailed, "the rows cannot be sorted").cause(error.to_string())
                    };
                    keyed.push((template.render(&serde_json::to_value(&row).map_err(failed)?)?, row));
                }
                keyed.sort_by(|(a, _), (b, _)| by_value(a, b));
                rows.extend(keyed.into_iter().map(|(_, row)| row));
            }
        }
        Ok(())
    }
}

/// A key by which later times come first, and unknown ones last.
fn latest_first(time: Option<DateTime<Utc>>) -> i64 {
    time.map_or(i64::MAX, |time| -time.timestamp())
}

fn by_value(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reports::ClaimItem;
    use super::*;

    fn row(name: &str, status: &'static str, minute: u32, volume: Option<&str>) -> ClaimItem {
        ClaimItem {
            namespace: "shop".into(),
            name: name.into(),
            status,
            size: None,
            storage_class: None,
            driver: None,
            volume: volume.map(str::to_owned),
            labels: [].into(),
            created_at: format!("2026-11-22T10:{minute:02}:00Z").parse().ok(),
        }
    }

    #[test]
    fn rows_are_sorted_by_what_was_asked_for() {
        let rows =
            [row("b", "Bound", 1, Some("10")), row("a", "Lost", 3, Some("9")), row("c", "Pending", 2, None)];
        for (order, wanted) in [
            ("name", "a b c"),
            ("age", "a c b"),
            ("newest", "b a c"),
            ("status", "a c b"),
            (".volume", "c a b"),
            ("{.createdAt}", "b c a"),
        ] {
            let mut sorted = rows.to_vec();
            order.parse::<Order>().unwrap().sort(&mut sorted).unwrap();
            let names: Vec<_> = sorted.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names.join(" "), wanted, "{order}");
        }
        assert!("size".parse::<Order>().unwrap_err().contains("newest"));
        assert!("{.a".parse::<Order>().is_err());
    }

    #[test]
    fn statuses_are_words_of_the_rows_or_the_one_for_all_bad_ones() {
        let named = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            statuses::<ClaimItem>(&words, "--status")
        };
        assert_eq!(named(&["bound", "Lost"]).unwrap(), ["Bound", "Lost"]);
        assert_eq!(named(&["unhealthy"]).unwrap(), ["Lost"]);
        let error = named(&["Bound", "Overdue"]).unwrap_err();
        assert!(error.message.contains("--status: \"Overdue\"") && error.hints()[0].contains("Pending"));
    }
}
