//! A server whose clock is moved: the `Date` of its answers, and in them the times at which objects came, were cut and went.
//! Must leave alone what programs wrote: that is in moved time already.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hyper::header::{DATE, HeaderMap, HeaderValue};
use serde_json::Value;

/// The times that the server or a driver writes, each in its own time.
const TIMES: [(&str, &str); 3] =
    [("metadata", "creationTimestamp"), ("metadata", "deletionTimestamp"), ("status", "creationTime")];

/// The clock of a proxy. It stands still with the server's until it is moved for the first time.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// `None` as long as nobody has moved it.
    ahead: Option<TimeDelta>,
    /// By the object and its field: the time as the server tells it, and how far ahead the clock was when that was first seen.
    seen: HashMap<(String, &'static str), (String, TimeDelta)>,
}

impl Clock {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So far ahead of the server's from now on; behind it if negative.
    pub(super) fn set(&self, ahead: TimeDelta) {
        self.lock().ahead = Some(ahead);
    }

    /// Answers have to be read.
    pub(super) fn is_moved(&self) -> bool {
        self.lock().ahead.is_some()
    }

    /// Moves the date of an answer.
    pub(super) fn head(&self, headers: &mut HeaderMap) {
        let Some(ahead) = self.lock().ahead else { return };
        let date = headers.get(DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
        let moved = date.map(|date| (date.to_utc() + ahead).format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        if let Some(value) = moved.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(DATE, value);
        }
    }

    /// Moves the times in a body; `None` if there is nothing to move.
    pub(super) fn body(&self, body: &[u8]) -> Option<String> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        self.lock().walk(&mut value);
        Some(value.to_string())
    }
}

impl State {
    /// Objects lie in lists, in rows of tables, or alone.
    fn walk(&mut self, value: &mut Value) {
        if let Some(uid) = value["metadata"]["uid"].as_str().map(str::to_owned) {
            for (part, field) in TIMES {
                // An index would make what is not there: a status says that a controller was here.
                if let Some(time) = value.get_mut(part).and_then(|part| part.get_mut(field)) {
                    self.shift(&uid, field, time);
                }
            }
            return;
        }
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.walk(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.walk(value)),
            _ => {}
        }
    }

    fn shift(&mut self, uid: &str, field: &'static str, value: &mut Value) {
        let Some(time) = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok()) else { return };
        let text = value.as_str().unwrap_or_default();
        let now = self.ahead.unwrap_or_default();
        let (was, ahead) = self.seen.entry((uid.to_owned(), field)).or_insert_with(|| (text.to_owned(), now));
        if was != text {
            (*was, *ahead) = (text.to_owned(), now);
        }
        *value = (time + *ahead).to_rfc3339_opts(SecondsFormat::Secs, true).into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(uid: &str) -> Value {
        json!({
            "metadata": {"uid": uid, "creationTimestamp": "2026-11-22T08:00:00Z", "annotations": {"at": "2026-11-22T08:00:00Z"}},
            "status": {"creationTime": "2026-11-22T08:00:01Z", "nextDue": "2026-11-22T08:00:00Z"},
        })
    }

    fn through(clock: &Clock, body: &Value) -> Value {
        serde_json::from_str(&clock.body(body.to_string().as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn an_object_keeps_the_time_at_which_it_was_first_seen() {
        let clock = Clock::default();
        clock.set(TimeDelta::hours(1));
        let first = through(&clock, &object("a"));
        assert_eq!(first["metadata"]["creationTimestamp"], "2026-11-22T09:00:00Z");
        assert_eq!(first["status"]["creationTime"], "2026-11-22T09:00:01Z");
        assert_eq!(first["metadata"]["annotations"]["at"], "2026-11-22T08:00:00Z");
        assert_eq!(first["status"]["nextDue"], "2026-11-22T08:00:00Z");
        let bare = json!({"metadata": {"uid": "bare", "name": "bare"}});
        assert_eq!(through(&clock, &bare), bare, "something was added");
        clock.set(TimeDelta::hours(3));
        let mut gone = object("a");
        gone["metadata"]["deletionTimestamp"] = "2026-11-22T08:00:02Z".into();
        for list in [
            json!({"items": [gone, object("b")]}),
            json!({"rows": [{"cells": ["a"], "object": gone}, {"object": object("b")}]}),
        ] {
            let list = through(&clock, &list).to_string();
            for (time, wanted) in
                [("2026-11-22T09:00:00Z", 1), ("2026-11-22T11:00:02Z", 1), ("2026-11-22T11:00:00Z", 1)]
            {
                assert_eq!(list.matches(time).count(), wanted, "{time} in {list}");
            }
        }
    }

    #[test]
    fn the_date_of_an_answer_is_moved_and_the_rest_is_not() {
        let clock = Clock::default();
        let mut headers =
            HeaderMap::from_iter([(DATE, HeaderValue::from_static("Sun, 22 Nov 2026 08:00:00 GMT"))]);
        clock.head(&mut headers);
        assert_eq!(headers[DATE], "Sun, 22 Nov 2026 08:00:00 GMT");
        clock.set(TimeDelta::days(-365));
        clock.head(&mut headers);
        assert_eq!(headers[DATE], "Sat, 22 Nov 2025 08:00:00 GMT");
        assert!(clock.body(b"Too many requests\n").is_none());
    }
}
