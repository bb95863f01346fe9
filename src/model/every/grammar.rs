//! The grammar of `every` (retention.md, section 4.2), and what is said about a text that is not in it (4.3).
//! Must not know where in a manifest the text stands; [`fault`] puts that before the message.

mod messages;
mod order;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod unit;
mod wall;

use self::messages::{instead, quoted};
use super::Every;
use crate::model::period::Period;

const EMPTY: &str = r#"is empty; write for example "10 minutes" or "day""#;
const CRON: &str =
    r#"cron expressions are not supported here; write "10 minutes", or "day at 02:00" for a time of day"#;
/// The same where no time of day is meant.
const CRON_PERIOD: &str = r#"cron expressions are not supported here; write for example "90 days""#;

/// Reads a text such as `10 minutes`, `@daily` or `week at 02:30 on thu in Europe/Berlin`.
///
/// The error is a message of one line, to be shown by [`fault`].
pub fn parse(text: &str) -> Result<Every, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    check_start(&words, CRON, |rest| parse(rest).is_ok())?;
    order::check(&words)?;
    let (period, rest) = order::cut(&words);
    let period = unit::read(&period)?;
    let wall = rest.split_first().map(|(_at, rest)| wall::read(rest, period)).transpose()?;
    Ok(Every { period, wall })
}

/// Reads a text such as `90 days`: the grammar of [`parse`] without a time of day. Errors as there.
pub fn parse_period(text: &str) -> Result<Period, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    check_start(&words, CRON_PERIOD, |rest| parse_period(rest).is_ok())?;
    match order::cut(&words) {
        (period, []) => unit::read(&period),
        (period, _) => Err(format!(
            "{}: no time of day is meant here; {}",
            quoted(&words.join(" ")),
            instead(&period, |period| unit::read(period).is_ok(), "90 days")
        )),
    }
}

/// Reads the label of a snapshot: an entry of its `intervals`, and the entry of its `walls` as written by
/// [`mark`](crate::model::wall::Wall::mark), or nothing. Errors as in [`parse`].
///
/// An interval may hold the time of day itself: Gemini's operator copies any text of the schedule there, and the rule
/// that has this text owns that snapshot.
pub fn parse_mark(interval: &str, wall: &str) -> Result<Every, String> {
    let words: Vec<_> = wall.split_whitespace().collect();
    let Some((zone, moment)) = words.split_last() else { return parse(interval) };
    let period = parse_period(interval)?;
    let wall = wall::read(&[moment, &["in", zone]].concat(), period)?;
    Ok(Every { period, wall: Some(wall) })
}

/// The whole message about the text at `place` (`schedule[2].every`), from what [`parse`] said of it.
pub fn fault(place: &str, message: &str) -> String {
    match message {
        EMPTY => format!("{place} {EMPTY}"),
        _ => format!("{place}: {message}"),
    }
}

/// Refuses what no part of the text can tell: nothing, an `every` within `every`, cron.
fn check_start(words: &[&str], cron: &str, reads: fn(&str) -> bool) -> Result<(), String> {
    let Some(first) = words.first() else { return Err(EMPTY.to_owned()) };
    if is(first, "every") {
        let rest: Vec<_> = words.iter().copied().skip_while(|word| is(word, "every")).collect();
        let fix = instead(&rest.join(" "), reads, "10 minutes");
        return Err(format!("{}: leave out \"every\"; {fix}", quoted(&words.join(" "))));
    }
    match unit::stray_sign(&order::cut(words).0) {
        Some(message) => Err(message),
        None if is_cron(words) => Err(cron.to_owned()),
        None => Ok(()),
    }
}

/// Whether the word is this keyword, in any case.
fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// Whether this was meant for cron. Its first two fields are numbers or signs; no text of this grammar starts so.
fn is_cron(words: &[&str]) -> bool {
    let field = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || "*/,-?".contains(c));
    let first = words.first().copied().unwrap_or_default().to_ascii_lowercase();
    let named = first.starts_with('@') && !unit::is_macro(&first);
    let prefixed = ["cron", "tz="].iter().any(|prefix| first.starts_with(prefix));
    let fields = words.len() >= 5 && words.iter().take(2).all(field);
    named || prefixed || fields || words.iter().any(|word| word.contains('*'))
}
