//! The first half of `every`: how many of which unit, or a word such as `daily`.
//! Must not read a time of day.

use super::messages::{nearest, quoted};
use crate::model::period::Period;

/// Every unit: its spellings, the full names last, and its length.
const UNITS: [(&[&str], Period); 8] = [
    (&["s", "sec", "secs", "second", "seconds"], Period::Seconds(1)),
    (&["min", "mins", "minute", "minutes"], Period::Seconds(60)),
    (&["h", "hr", "hrs", "hour", "hours"], Period::Seconds(3_600)),
    (&["d", "day", "days"], Period::Seconds(DAY)),
    (&["w", "wk", "wks", "week", "weeks"], Period::Seconds(7 * DAY)),
    (&["mo", "mos", "month", "months"], Period::Months(1)),
    (&["quarter", "quarters"], Period::Months(3)),
    (&["y", "yr", "yrs", "year", "years"], Period::Months(12)),
];

/// The words that are a whole period; an `@` may stand before them.
const MACROS: [(&str, Period); 7] = [
    ("hourly", Period::Seconds(3_600)),
    ("daily", Period::Seconds(DAY)),
    ("weekly", Period::Seconds(7 * DAY)),
    ("monthly", Period::Months(1)),
    ("quarterly", Period::Months(3)),
    ("yearly", Period::Months(12)),
    ("annually", Period::Months(12)),
];

const DAY: i64 = 86_400;
/// Not in the grammar, but known well enough to be translated.
const FORTNIGHTS: [&str; 5] = ["fortnight", "fortnights", "fortnightly", "biweekly", "bi-weekly"];
const LARGEST_AMOUNT: i64 = 999_999;
/// 100 years: 36,525 days or 1,200 months.
const LONGEST: (i64, i64) = (36_525 * DAY, 1_200);

/// Reads a period whose words stand one space apart. Errors as in [`super::parse`].
pub fn read(text: &str) -> Result<Period, String> {
    if let Some(period) = by_macro(text) {
        return Ok(period);
    }
    let (amount, unit) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let written = Written { text, amount: amount.trim_end(), unit };
    let amount = written.amount()?;
    let size = by_name(unit).ok_or_else(|| written.unknown_unit(amount))?;
    written.total(size, amount)
}

/// Whether the word is one of the macros, in any case.
pub fn is_macro(word: &str) -> bool {
    by_macro(word).is_some()
}

/// What to say of a period after an `@`, which belongs before a macro only, and only once.
pub fn stray_sign(text: &str) -> Option<String> {
    let bare = text.strip_prefix('@')?.trim_start_matches(['@', ' ']);
    let period = read(bare).ok().filter(|_| !is_macro(text))?;
    let word = MACROS.iter().find(|(_, length)| *length == period);
    let word = word.map_or_else(|| period.to_string(), |(name, _)| (*name).to_owned());
    Some(format!("{}: write \"{word}\"", quoted(text)))
}

fn by_macro(word: &str) -> Option<Period> {
    let word = word.strip_prefix('@').unwrap_or(word);
    MACROS.iter().find(|(name, _)| super::is(word, name)).map(|(_, period)| *period)
}

fn by_name(unit: &str) -> Option<Period> {
    UNITS.iter().find(|(names, _)| names.iter().any(|name| super::is(unit, name))).map(|(_, size)| *size)
}

/// A period as written, cut where its first letter is.
struct Written<'a> {
    text: &'a str,
    amount: &'a str,
    unit: &'a str,
}

impl Written<'_> {
    /// Always positive; what no `i64` can hold is the largest one, which [`Self::total`] refuses.
    fn amount(&self) -> Result<i64, String> {
        let text = quoted(self.text);
        let digits = self.amount.strip_prefix('+').unwrap_or(self.amount);
        match self.amount {
            "" => Ok(1),
            // Word processors turn a hyphen into U+2212.
            amount if amount.starts_with(['-', '\u{2212}']) => {
                Err(format!("{text}: the amount cannot be negative"))
            }
            _ if self.is_notation(digits) => Err(format!("{text}: whole numbers only")),
            _ if is_number(digits) => match digits.parse().unwrap_or(i64::MAX) {
                0 => Err(format!("{text}: the amount must be at least 1")),
                amount => Ok(amount),
            },
            _ if is_decimal(digits) => Err(self.fraction(digits)),
            amount => Err(format!(
                "{text}: {} is not a whole number; only the digits 0 to 9 are allowed",
                quoted(amount)
            )),
        }
    }

    /// Whether the unit is the rest of a number like `0x10` or `1e3`.
    fn is_notation(&self, digits: &str) -> bool {
        let adjoined = self.amount.len() + self.unit.len() == self.text.len();
        let mut chars = self.unit.chars().map(|c| c.to_ascii_lowercase());
        adjoined
            && match (chars.next(), chars.next()) {
                (Some('x'), Some(next)) => digits == "0" && next.is_ascii_hexdigit(),
                (Some('b' | 'o'), Some(next)) => digits == "0" && next.is_ascii_digit(),
                (Some('e'), Some(next)) => {
                    is_number(digits) && (next.is_ascii_digit() || "+-".contains(next))
                }
                _ => false,
            }
    }

    /// What to say of an amount like `1.5`: the same period in whole numbers, if there is one.
    fn fraction(&self, amount: &str) -> String {
        let whole = by_name(self.unit).and_then(|size| scaled(size, |size| times(size, amount)));
        match whole.map(|period| period.to_string()).filter(|text| read(text).is_ok()) {
            Some(whole) => format!("{}: whole numbers only; write \"{whole}\"", quoted(self.text)),
            None => format!("{}: whole numbers only", quoted(self.text)),
        }
    }

    fn unknown_unit(&self, amount: i64) -> String {
        let (text, unit) = (quoted(self.text), quoted(self.unit));
        let lower = self.unit.to_ascii_lowercase();
        if let Some(size) = translated(&lower) {
            return format!("unknown unit {unit}; write \"{}\"", so_many(amount, size));
        }
        match lower.as_str() {
            "" => format!("{text}: the unit is missing; write for example \"10 minutes\""),
            "m" => format!(
                "{text}: {unit} could mean minutes or months; write {}",
                self.minutes_or_months(amount)
            ),
            // `1h30m`, `1 day 12 hours`, `PT10M`.
            _ if lower.contains(|c: char| c.is_ascii_digit()) => {
                format!("{text}: one amount and one unit only; write for example \"90 minutes\"")
            }
            _ => match nearest(&lower, self.candidates()).filter(|_| !is_other(&lower)) {
                Some(known) => format!("unknown unit {unit}; did you mean \"{known}\"?"),
                None => format!(
                    "unknown unit {unit}; use second, minute, hour, day, week, month, quarter or year"
                ),
            },
        }
    }

    fn minutes_or_months(&self, amount: i64) -> String {
        let (minutes, months) = (format!("{amount}min"), format!("{amount} months"));
        match amount {
            _ if self.amount.is_empty() => r#""min" or "month""#.to_owned(),
            1 => r#""1min" or "1 month""#.to_owned(),
            _ if [&minutes, &months].iter().all(|text| read(text).is_ok()) => {
                format!("\"{minutes}\" or \"{months}\"")
            }
            _ => r#""min" or "month""#.to_owned(),
        }
    }

    /// The words that may have been meant: full names, and macros where no amount precedes.
    fn candidates(&self) -> impl Iterator<Item = &'static str> {
        let names = UNITS.iter().flat_map(|(names, _)| &names[names.len() - 2..]).copied();
        let macros = if self.amount.is_empty() { &MACROS[..] } else { &[] };
        names.chain(macros.iter().map(|(name, _)| *name))
    }

    fn total(&self, size: Period, amount: i64) -> Result<Period, String> {
        let text = quoted(self.text);
        match scaled(size, |size| size.checked_mul(amount)).filter(|period| is_allowed(*period)) {
            None => Err(format!("{text} is longer than 100 years")),
            Some(_) if amount > LARGEST_AMOUNT => {
                Err(format!("{text}: the amount must be at most {LARGEST_AMOUNT}; use a larger unit"))
            }
            Some(period) => Ok(period),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    text.contains('.') && is_number(&text.replacen('.', "", 1))
}

/// `size` times a decimal number, if that is whole and the digits are few enough to tell.
fn times(size: i64, decimal: &str) -> Option<i64> {
    let (_, part) = decimal.split_once('.')?;
    let digits: i64 = decimal.replacen('.', "", 1).parse().ok()?;
    let (product, parts) = (size.checked_mul(digits)?, 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?);
    (product % parts == 0).then_some(product / parts)
}

fn scaled(size: Period, scale: impl Fn(i64) -> Option<i64>) -> Option<Period> {
    match size {
        Period::Seconds(seconds) => scale(seconds).map(Period::Seconds),
        Period::Months(months) => scale(months).map(Period::Months),
    }
}

fn is_allowed(period: Period) -> bool {
    match period {
        Period::Seconds(seconds) => (1..=LONGEST.0).contains(&seconds),
        Period::Months(months) => (1..=LONGEST.1).contains(&months),
    }
}

/// The length of a word that is no unit but means one.
fn translated(word: &str) -> Option<Period> {
    by_macro(word).or_else(|| FORTNIGHTS.contains(&word).then_some(Period::Seconds(14 * DAY)))
}

/// Whether the word looks like one of ours and means something else: some days of a week, twice a month.
fn is_other(word: &str) -> bool {
    word.starts_with("weekday") || word.starts_with("bi")
}

/// So many times this size; the size itself if that is not in the grammar.
fn so_many(amount: i64, size: Period) -> Period {
    let period = scaled(size, |size| size.checked_mul(amount));
    period.filter(|period| read(&period.to_string()).is_ok()).unwrap_or(size)
}
