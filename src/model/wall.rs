//! A time of day, on a day, in a time zone: when by the clock on the wall a rule falls due.
//! Must not convert to absolute time; that takes a calendar, which is in `plan`.

use std::fmt;

use chrono::Weekday;
use chrono_tz::Tz;

/// The wall-clock part of a rule: `at 02:30 on mon in Europe/Berlin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wall {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// On which day of the period.
    pub day: Day,
    /// Whose clock.
    pub zone: Tz,
}

/// On which day of its period a wall-clock rule falls due. What the text leaves out is the period's first day, and
/// has already been filled in here, so that `week at 02:00` equals `week at 02:00 on mon`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Day {
    /// Every day that the period counts: for periods of days.
    Each,
    /// For periods of weeks.
    Weekday(Weekday),
    /// 1 to 31, for periods of months; in a shorter month its last day.
    OfMonth(u8),
    /// The last day of the month, for periods of months.
    Last,
    /// Month 1 to 12 and day 1 to 31, for periods of years; 29 February is the 28th in other years.
    OfYear(u8, u8),
}

impl Day {
    /// It is the first day of its period, which need not be said.
    fn is_default(self) -> bool {
        matches!(self, Self::Each | Self::Weekday(Weekday::Mon) | Self::OfMonth(1) | Self::OfYear(1, 1))
    }
}

impl fmt::Display for Day {
    /// As the grammar reads it; nothing for [`Day::Each`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Each => Ok(()),
            Self::Weekday(day) => f.write_str(&day.to_string().to_lowercase()),
            Self::OfMonth(day) => write!(f, "{day}"),
            Self::Last => f.write_str("last"),
            Self::OfYear(month, day) => write!(f, "{month:02}-{day:02}"),
        }
    }
}

impl Wall {
    /// The form of the `walls` mark, which [`parse_mark`](super::every::parse_mark) reads: `02:30 on thu
    /// Europe/Berlin`.
    pub fn mark(&self) -> String {
        format!("{} {}", self.moment(), self.zone.name())
    }

    /// The form of tables: `02:30`, `thu/02:30`.
    pub fn short(&self) -> String {
        let day = if self.day.is_default() { String::new() } else { format!("{}/", self.day) };
        format!("{day}{:02}:{:02}", self.hour, self.minute)
    }

    /// `02:30`, and the day if it is not the first one.
    fn moment(&self) -> String {
        let day = if self.day.is_default() { String::new() } else { format!(" on {}", self.day) };
        format!("{:02}:{:02}{day}", self.hour, self.minute)
    }
}

impl fmt::Display for Wall {
    /// Canonical text, as the grammar reads it after the period: `at 02:30 on thu in Europe/Berlin`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} in {}", self.moment(), self.zone.name())
    }
}
