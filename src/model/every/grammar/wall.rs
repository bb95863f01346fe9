//! The second half of `every`: a time of day, on a day, in a time zone.
//! Must not convert to absolute time; that takes a calendar, which is in `plan`.

use chrono::Weekday;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::messages::{nearest, quoted};
use crate::model::period::Period;
use crate::model::wall::{Day, Wall};

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// Days of each month in a leap year.
const MONTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Reads the words after `at`: `02:30`, `02:30 on thu`, `02:30 on thu in Europe/Berlin`. What is left out is the first
/// day of the period, and UTC. Errors as in [`super::parse`].
pub fn read(words: &[&str], period: Period) -> Result<Wall, String> {
    let count = Count::of(period).ok_or(r#""at" needs day, week, month or year"#)?;
    let Some((time, rest)) = words.split_first() else {
        return Err(r#""at" needs a time of day, as in "day at 02:00""#.to_owned());
    };
    let (hour, minute) = clock(time)?;
    let (day, rest) = match rest {
        [on, ..] if super::is(on, "on") && rest.get(1).is_none_or(|day| super::is(day, "in")) => {
            return Err(r#"the day is missing after "on", as in "week at 02:00 on thu""#.to_owned());
        }
        [on, day, rest @ ..] if super::is(on, "on") => (count.day(day, period)?, rest),
        _ => (count.first(), rest),
    };
    let zone = match rest {
        [] => Tz::UTC,
        [word] if super::is(word, "in") => {
            let example = "day at 02:00 in Europe/Berlin";
            return Err(format!("the time zone is missing after \"in\", as in \"{example}\""));
        }
        [word, name @ ..] if super::is(word, "in") => zone(&name.join(" "))?,
        _ => return Err(out_of_order(rest)),
    };
    Ok(Wall { hour, minute, day, zone })
}

fn out_of_order(rest: &[&str]) -> String {
    format!(
        r#"{}: only a day and a time zone may follow, as in "week at 02:30 on thu in Europe/Berlin""#,
        quoted(&rest.join(" "))
    )
}

/// By what the days of a period are told apart. Its meaning decides: `7 days` counts like `week`.
enum Count {
    Days,
    Weeks,
    Months,
    Years,
}

impl Count {
    /// `None` for periods that are not made of days.
    fn of(period: Period) -> Option<Self> {
        match period {
            Period::Seconds(seconds) if seconds % WEEK == 0 => Some(Self::Weeks),
            Period::Seconds(seconds) if seconds % DAY == 0 => Some(Self::Days),
            Period::Seconds(_) => None,
            Period::Months(months) if months % 12 == 0 => Some(Self::Years),
            Period::Months(_) => Some(Self::Months),
        }
    }

    fn first(&self) -> Day {
        match self {
            Self::Days => Day::Each,
            Self::Weeks => Day::Weekday(Weekday::Mon),
            Self::Months => Day::OfMonth(1),
            Self::Years => Day::OfYear(1, 1),
        }
    }

    fn day(&self, text: &str, period: Period) -> Result<Day, String> {
        let (day, known) = match self {
            Self::Days => {
                let on = quoted(&format!("on {text}"));
                return Err(format!(
                    "{on} needs week, month or year; \"{period}\" has no days to choose from"
                ));
            }
            Self::Weeks => (of_week(text).map(Day::Weekday), "week (mon to sun)"),
            Self::Months => (of_month(text), "month (1 to 31, or last)"),
            Self::Years => (of_year(text), "year (month and day: 01-01 to 12-31)"),
        };
        day.ok_or_else(|| format!("{} is not a day of the {known}", quoted(text)))
    }
}

fn of_week(text: &str) -> Option<Weekday> {
    let short = [("tues", Weekday::Tue), ("thurs", Weekday::Thu)];
    let known = short.iter().find(|(name, _)| super::is(text, name)).map(|(_, day)| *day);
    known.or_else(|| text.parse().ok())
}

fn of_month(text: &str) -> Option<Day> {
    if super::is(text, "last") {
        return Some(Day::Last);
    }
    number(text).filter(|day| (1..=31).contains(day)).map(Day::OfMonth)
}

fn of_year(text: &str) -> Option<Day> {
    let (month, day) = pair(text, '-')?;
    let longest = MONTHS.get(usize::from(month.checked_sub(1)?))?;
    (1..=*longest).contains(&day).then_some(Day::OfYear(month, day))
}

/// Hour and minute of `hh:mm`.
fn clock(text: &str) -> Result<(u8, u8), String> {
    pair(text, ':')
        .filter(|(hour, minute)| *hour < 24 && *minute < 60)
        .ok_or_else(|| format!("{} is not a time of day (00:00 to 23:59)", quoted(text)))
}

/// Two numbers of two digits each.
fn pair(text: &str, separator: char) -> Option<(u8, u8)> {
    let (left, right) = text.split_once(separator)?;
    let two_digits = |text: &str| number(text).filter(|_| text.len() == 2);
    Some((two_digits(left)?, two_digits(right)?))
}

/// A number of one or two ASCII digits.
fn number(text: &str) -> Option<u8> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn zone(name: &str) -> Result<Tz, String> {
    Tz::from_str_insensitive(name).map_err(|_| match meant(name) {
        Some(zone) => format!("unknown time zone {}; did you mean \"{zone}\"?", quoted(name)),
        None => format!("unknown time zone {}", quoted(name)),
    })
}

/// The zone that was probably meant: `America/New York`, `Berlin`, or a slip of the pen.
fn meant(name: &str) -> Option<&'static str> {
    let name = name.replace(' ', "_");
    if let Ok(zone) = Tz::from_str_insensitive(&name) {
        return Some(zone.name());
    }
    // `Etc/GMT+2` is two hours *behind* UTC: nobody who writes `GMT+2` means it.
    let places = || {
        TZ_VARIANTS
            .iter()
            .map(|zone| zone.name())
            .filter(|zone| zone.contains('/') && !zone.starts_with("Etc/"))
    };
    let city = places().find(|zone| zone.rsplit('/').next().is_some_and(|city| super::is(city, &name)));
    city.or_else(|| nearest(&name, places()))
}
