//! The grammar of `every` (retention.md, section 4.2), and what is said about a text that is not in it (4.3).
//! Must not know where in a manifest the text stands; [`fault`] puts that before the message.

mod messages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod unit;
mod wall;

use self::messages::quoted;
use super::Every;
use crate::model::period::Period;

const EMPTY: &str = r#"is empty; write for example "10 minutes" or "day""#;
const CRON: &str =
    r#"cron expressions are not supported here; write "10 minutes", or "day at 02:00" for a time of day"#;

/// Reads a text such as `10 minutes`, `@daily` or `week at 02:30 on thu in Europe/Berlin`.
///
/// The error is a message of one line, to be shown by [`fault`].
pub fn parse(text: &str) -> Result<Every, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let (period, wall) = halves(&words)?;
    let period = unit::read(&period)?;
    let wall = wall.map(|words| wall::read(words, period)).transpose()?;
    Ok(Every { period, wall })
}

/// Reads a text such as `90 days`: the grammar of [`parse`] without a time of day. Errors as there.
pub fn parse_period(text: &str) -> Result<Period, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    match halves(&words)? {
        (period, None) => unit::read(&period),
        (period, Some(_)) => Err(format!(
            "{}: no time of day is meant here; write {}",
            quoted(&words.join(" ")),
            quoted(&period)
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

/// The period, and the words after `at` if there is one.
fn halves<'a>(words: &'a [&'a str]) -> Result<(String, Option<&'a [&'a str]>), String> {
    if words.is_empty() {
        return Err(EMPTY.to_owned());
    }
    if is_cron(words) {
        return Err(CRON.to_owned());
    }
    let Some(at) = words.iter().position(|word| is(word, "at")) else {
        return without_time(words).map_or_else(|| Ok((words.join(" "), None)), Err);
    };
    match at {
        0 => Err(format!(r#"{}: a period must come first, as in "day at 02:00""#, quoted(&words.join(" ")))),
        _ => Ok((words[..at].join(" "), Some(&words[at + 1..]))),
    }
}

/// Whether the word is this keyword, in any case.
fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// What to say if the text names a day or a zone but no time of day.
fn without_time(words: &[&str]) -> Option<String> {
    let examples = [("on", "week at 02:00 on thu"), ("in", "day at 02:00 in Europe/Berlin")];
    let (word, example) = examples.iter().find(|(keyword, _)| words.iter().any(|word| is(word, keyword)))?;
    Some(format!("\"{word}\" needs a time of day before it, as in \"{example}\""))
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
