//! Points in time as people type them.
//! Must not read a clock: what is relative is resolved by whoever knows the time.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::duration;

/// The end of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// A point in time.
    Moment(DateTime<Utc>),
    /// So long from now.
    After(Duration),
}

impl Until {
    /// The point in time that is meant, in whole seconds.
    pub fn at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let end = match self {
            Self::Moment(end) => end,
            Self::After(span) => now + TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX),
        };
        DateTime::from_timestamp(end.timestamp(), 0).unwrap_or(end)
    }
}

/// Parses RFC 3339 (`2026-12-31T18:00:00Z`), which names its time zone.
///
/// The error is a sentence for the user.
pub fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| time.to_utc()).map_err(|_| {
        format!("\"{text}\" is not a time; write it like 2026-12-31T18:00:00Z or 2026-12-31T18:00:00+01:00")
    })
}

/// Parses an end: RFC 3339; a date, which means the last second of that day in UTC; or a span from now such as `30d`. A
/// number without a unit is refused: it looks too much like a year.
///
/// The error is a sentence for the user.
pub fn parse_until(text: &str) -> Result<Until, String> {
    if let Ok(time) = parse(text) {
        return Ok(Until::Moment(time));
    }
    // Five digits of a year have no spelling in RFC 3339.
    if text.len() == "2026-12-31".len()
        && let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        && let Some(end) = day.and_hms_opt(23, 59, 59)
    {
        return Ok(Until::Moment(end.and_utc()));
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match duration::parse(text) {
        Ok(span) if !is_number => Ok(Until::After(span)),
        Err(too_long) if too_long.contains("longer than") => Err(too_long),
        _ => Err(format!(
            "\"{text}\" is not a time; write it like 2026-12-31, 2026-12-31T18:00:00Z, or 30d for 30 days from now"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Result<String, String> {
        let now = parse("2026-11-22T10:00:00.75Z").unwrap();
        parse_until(text).map(|until| until.at(now).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn an_end_is_a_time_a_day_or_a_span() {
        for (text, wanted) in [
            ("2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"),
            ("2026-12-31T18:00:00.9+01:00", "2026-12-31T17:00:00Z"),
            ("2026-12-31", "2026-12-31T23:59:59Z"),
            ("9999-12-31", "9999-12-31T23:59:59Z"),
            ("30d", "2026-12-22T10:00:00Z"),
            ("1h30m", "2026-11-22T11:30:00Z"),
            ("100y", "2126-10-29T10:00:00Z"),
        ] {
            assert_eq!(end(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_may_mean_anything_is_refused() {
        for text in
            ["", "2026", "20261231", "30", "soon", "2026-12-31T18:00:00", "2026-02-30", "-30d", "31.12.2026"]
        {
            assert!(end(text).unwrap_err().contains("write it like 2026-12-31"), "{text}");
        }
        assert!(end("101y").unwrap_err().contains("100 years"));
        assert!(parse("2026-12-31").unwrap_err().contains("T18:00:00Z"));
        assert!(end("10000-01-01").is_err());
    }
}
