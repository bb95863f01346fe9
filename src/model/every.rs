//! The `every` of a rule in full: how long, and at which time of day if it says so.
//! Two of them are equal if they mean the same, however they are spelled.

mod grammar;

use std::fmt;

pub use grammar::{fault, parse, parse_mark, parse_period};

use super::period::Period;
use super::wall::Wall;

/// The short form of an `every` for tables (`10m`, `1d@02:30`, `1w@thu/02:30`), or the text as written if it makes no
/// sense. Which zone is meant is left out.
pub fn short(text: &str) -> String {
    match parse(text) {
        Ok(Every { period, wall: None }) => period.short(),
        Ok(Every { period, wall: Some(wall) }) => format!("{}@{}", period.short(), wall.short()),
        Err(_) => text.to_owned(),
    }
}

/// The period of a rule as the `intervals` mark carries it: the rule's own text where Gemini's parser reads it, because its
/// operator compares texts; else the canonical one, which it reads, too (retention.md, sections 3.9 and 4.1).
pub fn interval_mark(text: &str, every: &Every) -> String {
    if every.wall.is_none() && is_geminis(text) { text.to_owned() } else { every.period.to_string() }
}

/// Gemini splits at single spaces: an integer and a unit, or a unit alone, from which it takes one `s`. Of a text that
/// [`parse`] has read, what stands before a unit in full is an integer.
fn is_geminis(text: &str) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    let ([_, unit] | [unit]) = words.as_slice() else { return false };
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    ["second", "minute", "hour", "day", "week", "month", "year"].contains(&singular)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_show_a_rule_in_a_few_letters() {
        for (text, wanted) in [
            ("10 minutes", "10m"),
            ("60 minutes", "1h"),
            ("hour", "1h"),
            ("2 weeks", "2w"),
            ("@quarterly", "3mo"),
            ("day at 02:30 in Europe/Berlin", "1d@02:30"),
            ("week at 02:30 on mon", "1w@02:30"),
            ("7 days at 02:30 on thu", "1w@thu/02:30"),
            ("month at 00:00 on last", "1mo@last/00:00"),
            ("year at 02:30 on 02-29", "1y@02-29/02:30"),
        ] {
            assert_eq!(short(text), wanted, "{text}");
        }
    }

    #[test]
    fn marks_are_spelled_so_that_gemini_reads_them() {
        for (text, wanted) in [
            ("60 minutes", "60 minutes"),
            ("hours", "hours"),
            ("+5 minutes", "+5 minutes"),
            ("Hour", "hour"),
            ("10min", "10 minutes"),
            ("3  days", "3 days"),
            ("@daily", "day"),
            ("quarter", "3 months"),
            ("day at 02:30", "day"),
        ] {
            assert_eq!(interval_mark(text, &parse(text).unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_shown_as_it_is() {
        for text in ["fortnight", "0 minutes", "-5 minutes", "5m", "hour at 02:00", " ", ""] {
            assert_eq!(short(text), text);
        }
    }
}
