//! The `every` of a rule in full: how long, and at which time of day if it says so.
//! Two of them are equal if they mean the same, however they are spelled.

mod grammar;

use std::fmt;

pub use grammar::{parse, parse_mark, parse_period};

use super::period::Period;
use super::wall::Wall;

/// The short form of an `every` for tables (`10m`, `1d@02:30`), or the text as written if it makes no sense.
pub fn short(text: &str) -> String {
    match parse(text) {
        Ok(Every { period, wall: None }) => period.short(),
        Ok(Every { period, wall: Some(wall) }) => {
            format!("{}@{:02}:{:02}", period.short(), wall.hour, wall.minute)
        }
        Err(_) => text.to_owned(),
    }
}

/// What `every` means. It identifies the series of a rule (retention.md, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Every {
    /// How long.
    pub period: Period,
    /// When by the clock on the wall; without it the grid starts with the first snapshot.
    pub wall: Option<Wall>,
}

impl Every {
    /// A period without a time of day.
    pub fn plain(period: Period) -> Self {
        Self { period, wall: None }
    }
}

impl fmt::Display for Every {
    /// Canonical text, which [`parse`] reads as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.period)?;
        self.wall.map_or(Ok(()), |wall| write!(f, " {wall}"))
    }
}
