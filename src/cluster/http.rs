//! What every response of the API server tells besides its body: the server's time and its warnings.
//! Must not change a response.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use http::header::{DATE, HeaderMap, WARNING};

use super::notices::Notices;
use crate::model::notice::Notice;

/// The API server's clock, from the `Date` of its latest response: ages and names must not depend on the
/// clock of the machine that the command runs on.
#[derive(Clone, Debug, Default)]
pub struct ServerClock(Arc<Mutex<Option<Reading>>>);

#[derive(Clone, Copy, Debug)]
struct Reading {
    date: DateTime<Utc>,
    seen: Instant,
}

impl ServerClock {
    /// The server's time, to about a second; the local time before the first response.
    pub fn now(&self) -> DateTime<Utc> {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Reading { date, seen }) => date + seen.elapsed(),
            None => Utc::now(),
        }
    }

    fn set(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        if let Some(date) = date.and_then(|text| DateTime::parse_from_rfc2822(text).ok()) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Reading { date: date.to_utc(), seen: Instant::now() });
        }
    }
}

/// Reads the headers of one response.
pub fn read(headers: &HeaderMap, clock: &ServerClock, notices: &Notices) {
    clock.set(headers);
    for value in headers.get_all(WARNING) {
        if let Some(text) = value.to_str().ok().and_then(warning_text) {
            notices.say(Notice::Warning(text));
        }
    }
}

/// The text of a `Warning: 299 - "text"` header; other codes are not for people.
fn warning_text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 ")?.split_once(' ')?.1.strip_prefix('"')?;
    let mut text = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_warnings_for_people_are_read() {
        assert_eq!(warning_text(r#"299 - "v1beta1 is \"old\"""#).as_deref(), Some(r#"v1beta1 is "old""#));
        assert_eq!(warning_text(r#"110 - "stale""#), None);
        assert_eq!(warning_text(r#"299 - "unfinished"#), None);
    }

    #[test]
    fn the_clock_follows_the_servers_date() {
        let clock = ServerClock::default();
        let headers = HeaderMap::from_iter([(DATE, "Sun, 22 Nov 2020 08:00:00 GMT".parse().unwrap())]);
        clock.set(&headers);
        let seconds = clock.now().timestamp() - 1_606_032_000;
        assert!((0..5).contains(&seconds), "{seconds}");
    }
}
