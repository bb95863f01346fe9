//! A length of time as a schedule means it: seconds, or calendar months.
//! Must not add itself to a time; that takes a calendar, which is in `plan`.

use std::fmt;

/// A length of time that does not depend on how it is spelled: `24 hours` is `day`, `12 months` is `year`, but
/// `30 days` is not `month` (retention.md, section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    /// Second to week: 1 second to 100 years.
    Seconds(i64),
    /// Month, quarter and year: 1 month to 100 years.
    Months(i64),
}

/// Length of a month on average in the Gregorian calendar: 30.436875 days. Only for what is allowed to be rough.
const NOMINAL_MONTH: i64 = 2_629_746;

/// Units of canonical text, largest first: seconds or months in one, name, short name.
const SECONDS: [(i64, &str, &str); 5] = [
    (604_800, "week", "w"),
    (86_400, "day", "d"),
    (3_600, "hour", "h"),
    (60, "minute", "m"),
    (1, "second", "s"),
];
const MONTHS: [(i64, &str, &str); 2] = [(12, "year", "y"), (1, "month", "mo")];

impl Period {
    /// Its length in seconds; that of months on average. Good for sums and comparisons that may be rough, never for
    /// what is due or kept.
    pub fn nominal_seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Months(months) => months.saturating_mul(NOMINAL_MONTH),
        }
    }

    /// The form of tables: `10m`, `2w`, `3mo`.
    pub fn short(self) -> String {
        let (count, _, letter) = self.parts();
        format!("{count}{letter}")
    }

    /// How many of which unit: the largest that divides exactly.
    fn parts(self) -> (i64, &'static str, &'static str) {
        let (amount, units) = match self {
            Self::Seconds(seconds) => (seconds, &SECONDS[..]),
            Self::Months(months) => (months, &MONTHS[..]),
        };
        let unit = units.iter().find(|(size, ..)| amount % size == 0);
        unit.map_or((amount, "second", "s"), |(size, name, letter)| (amount / size, *name, *letter))
    }
}

impl fmt::Display for Period {
    /// The canonical text, which Gemini's parser understands, too: `90 minutes`, `day`, `3 months`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (1, unit, _) => f.write_str(unit),
            (count, unit, _) => write!(f, "{count} {unit}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_largest_unit_that_divides_exactly() {
        for (period, text, short) in [
            (Period::Seconds(1), "second", "1s"),
            (Period::Seconds(600), "10 minutes", "10m"),
            (Period::Seconds(5_400), "90 minutes", "90m"),
            (Period::Seconds(86_400), "day", "1d"),
            (Period::Seconds(30 * 86_400), "30 days", "30d"),
            (Period::Seconds(1_209_600), "2 weeks", "2w"),
            (Period::Months(1), "month", "1mo"),
            (Period::Months(3), "3 months", "3mo"),
            (Period::Months(24), "2 years", "2y"),
        ] {
            assert_eq!((period.to_string().as_str(), period.short().as_str()), (text, short));
        }
    }
}
