//! What every response of the API server tells besides its body: its time, its warnings, and when to ask again.
//! Must not change a response.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use http::header::{DATE, HeaderMap, RETRY_AFTER, WARNING};

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

tokio::task_local! {
    /// How long the server asked this request's sender to wait: an API server with too much to do says it in a header only.
    static ASKED_TO_WAIT: Cell<Option<Duration>>;
}

/// Sends a request, and notes how long its response asks to wait.
pub async fn with_retry_after<T>(request: impl Future<Output = T>) -> (T, Option<Duration>) {
    ASKED_TO_WAIT
        .scope(Cell::new(None), async {
            let answer = request.await;
            (answer, ASKED_TO_WAIT.with(Cell::get))
        })
        .await
}

/// Reads the headers of one response.
pub fn read(headers: &HeaderMap, clock: &ServerClock, notices: &Notices) {
    clock.set(headers);
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    // Nobody listens where nobody would send it again.
    let _ = ASKED_TO_WAIT.try_with(|asked| asked.set(seconds.map(Duration::from_secs)));
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

    #[tokio::test]
    async fn a_wait_that_is_asked_for_in_a_header_belongs_to_its_request() {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, "7".parse().unwrap())]);
        let (clock, notices) = (ServerClock::default(), Notices::new(|_| ()));
        read(&headers, &clock, &notices);
        let (_, asked) = with_retry_after(async { read(&headers, &clock, &notices) }).await;
        assert_eq!(asked, Some(Duration::from_secs(7)));
        let (_, asked) = with_retry_after(async { read(&HeaderMap::new(), &clock, &notices) }).await;
        assert_eq!(asked, None);
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
