//! The values that `simulate` takes: lengths of time, shares, and how much of a volume changes.
//! Must refuse what has two meanings.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::model::every;
use crate::model::period::Period;
use crate::model::size::Size;
use crate::model::{duration, moment};

/// A length of time: `5y`, `18 months`, `90d`, `36h`. Years and months are those of the calendar.
///
/// The error is a sentence for the user.
pub(super) fn length(text: &str) -> Result<Period, String> {
    if let Ok(period) = every::parse_period(text) {
        return Ok(period);
    }
    seconds(text, 1).map(Period::Seconds)
}

/// Whole seconds, at least one.
pub(super) fn at_least_a_second(text: &str) -> Result<i64, String> {
    seconds(text, 1)
}

/// Whole seconds.
pub(super) fn whole_seconds(text: &str) -> Result<i64, String> {
    seconds(text, 0)
}

fn seconds(text: &str, least: i64) -> Result<i64, String> {
    let seconds = duration::parse(text)?.as_secs();
    let seconds = i64::try_from(seconds).map_err(|_| format!("\"{text}\" is too long"))?;
    if seconds < least { Err(format!("\"{text}\": write at least {least}s")) } else { Ok(seconds) }
}

/// A time, or a date, which means 00:00 of that day in UTC.
pub(super) fn start(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    moment::parse(text)
        .map_err(|_| format!("\"{text}\" is not a time; write it like 2026-01-31 or 2026-01-31T10:07:00Z"))
}

/// A share from 0 to 1, written as `2%`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').or((text == "0").then_some("0"));
    let percent = number.and_then(|number| number.trim().parse::<f64>().ok());
    match percent {
        Some(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(format!("\"{text}\" is not a share; write it like 2% (0% to 100%)")),
    }
}

/// How much of a volume changes in a day.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Churn {
    Bytes(u64),
    Share(f64),
}

impl Churn {
    /// In bytes, of a volume that holds so many.
    pub fn bytes(&self, size: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => *bytes,
            Self::Share(share) => (size as f64 * share) as u64,
        }
    }
}

/// `1Gi` or `2%`, in a day.
pub(super) fn churn(text: &str) -> Result<Churn, String> {
    let wrong =
        || format!("\"{text}\" is neither a size nor a share; write it like 1Gi or 2% (of --size, a day)");
    match text.ends_with('%') {
        true => share(text).map(Churn::Share).map_err(|_| wrong()),
        false => Size::parse(text).map(|size| Churn::Bytes(size.bytes)).map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_periods_or_durations() {
        for (text, wanted) in [
            ("5y", Period::Months(60)),
            ("18 months", Period::Months(18)),
            ("90d", Period::Seconds(90 * 86_400)),
            ("30m", Period::Seconds(1_800)),
            ("1h30m", Period::Seconds(5_400)),
        ] {
            assert_eq!(length(text), Ok(wanted), "{text}");
        }
        for text in ["0", "0s", "500ms", "-1d", "", "101y", "soon"] {
            assert!(length(text).is_err(), "{text}");
        }
        assert_eq!(at_least_a_second("0").unwrap_err(), "\"0\": write at least 1s");
        assert_eq!((whole_seconds("0"), whole_seconds("3s")), (Ok(0), Ok(3)));
    }

    #[test]
    fn a_start_is_a_day_or_a_time() {
        for (text, wanted) in [("2026-01-31", 1_769_817_600), ("2026-01-31T10:07:00+01:00", 1_769_850_420)] {
            assert_eq!(start(text).map(|start| start.timestamp()), Ok(wanted), "{text}");
        }
        for text in ["", "2026", "31.1.2026", "2026-02-30", "now"] {
            assert!(start(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_say_that_they_are() {
        assert_eq!(
            (share("2%"), share("0"), share("0.5 %"), share("100%")),
            (Ok(0.02), Ok(0.0), Ok(0.005), Ok(1.0))
        );
        for text in ["2", "0.02", "101%", "-1%", "%", "NaN%", ""] {
            assert!(share(text).is_err(), "{text}");
        }
        assert_eq!(churn("1Gi"), Ok(Churn::Bytes(1 << 30)));
        assert_eq!(churn("50%").map(|churn| churn.bytes(1_000)), Ok(500));
        assert!(churn("lots").is_err() && churn("2 %/day").is_err());
    }
}
