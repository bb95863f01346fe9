//! The order of what a text is made of: period, time of day, day, time zone.
//! Must not read any of them.

use super::is;
use super::messages::{instead, quoted};

/// What begins each part after the period, in order.
const KEYWORDS: [&str; 3] = ["at", "on", "in"];
const EXAMPLE: &str = "week at 02:30 on thu in Europe/Berlin";

/// The period, its words one space apart, and the words from the first keyword on.
pub fn cut<'a>(words: &'a [&'a str]) -> (String, &'a [&'a str]) {
    let keyword = words.iter().position(|word| rank(word) > 0);
    let (period, rest) = words.split_at(keyword.unwrap_or(words.len()));
    (period.join(" "), rest)
}

/// Whether what is there stands in its place. Errors as in [`super::parse`].
pub fn check(words: &[&str]) -> Result<(), String> {
    let place = |keyword: &str| words.iter().position(|word| is(word, keyword));
    let (on, zone) = (place("on"), place("in"));
    let Some(at) = place("at") else { return without_time(on, zone).map_or(Ok(()), Err) };
    let early = |place: Option<usize>| place.is_some_and(|place| place < at);
    let fault = match (on, zone) {
        _ if at == 0 => {
            let text = quoted(&words.join(" "));
            return Err(format!(r#"{text}: a period must come first, as in "day at 02:00""#));
        }
        _ if early(on) => r#""on" comes after the time"#,
        _ if early(zone) => r#""in" comes after the time"#,
        (Some(on), Some(zone)) if zone < on => r#""on" comes before "in""#,
        _ => return Ok(()),
    };
    Err(format!("{fault}; {}", instead(&sorted(words), |text| super::parse(text).is_ok(), EXAMPLE)))
}

/// What to say if the text names a day or a zone but no time of day.
fn without_time(on: Option<usize>, zone: Option<usize>) -> Option<String> {
    let (word, example) = match (on, zone) {
        (Some(_), _) => ("on", "week at 02:00 on thu"),
        (None, Some(_)) => ("in", "day at 02:00 in Europe/Berlin"),
        (None, None) => return None,
    };
    Some(format!("\"{word}\" needs a time of day before it, as in \"{example}\""))
}

/// The same words, each keyword with those that follow it in its place.
fn sorted(words: &[&str]) -> String {
    let mut parts: Vec<_> = words.chunk_by(|_, next| rank(next) == 0).collect();
    parts.sort_by_key(|part| part.first().map_or(0, |word| rank(word)));
    parts.concat().join(" ")
}

/// Which keyword the word is, from 1; 0 if it is none.
fn rank(word: &str) -> usize {
    KEYWORDS.iter().position(|keyword| is(word, keyword)).map_or(0, |index| index + 1)
}
