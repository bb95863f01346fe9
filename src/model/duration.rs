//! Durations: how they are typed on the command line and how kubectl prints them.
//! Must not read a clock.

use std::time::Duration;

/// The longest duration that is accepted: no clock is asked for a time that it cannot tell.
const LONGEST: Duration = Duration::from_secs(100 * 31_536_000);

/// Parses a duration as Go writes it (`90s`, `1h30m`, `1.5h`), extended by `d`, `w`, `mo` (30 days) and `y`
/// (365 days). A number without a unit is seconds, as in kubectl's `--request-timeout`.
///
/// More than 100 years are refused. The error is a sentence for the user.
pub fn parse(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        duration if duration <= LONGEST => Ok(duration),
        _ => Err(too_long(text)),
    }
}

fn too_long(text: &str) -> String {
    format!("\"{text}\" is longer than 100 years")
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a duration; write it like 90s, 10m, 1h30m or 2d");
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let number_ends = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(number_ends);
        let unit_ends = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_ends);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            "mo" => 2_592_000.0,
            "y" => 31_536_000.0,
            _ => return Err(wrong()),
        };
        total += number.parse::<f64>().map_err(|_| wrong())? * seconds;
        rest = tail;
    }
    if text.is_empty() {
        Err(wrong())
    } else {
        Duration::try_from_secs_f64(total).map_err(|_| too_long(text))
    }
}

/// kubectl's short form of an age or a time span; `seconds` may be negative, which is `<invalid>` beyond a
/// second of skew (kubernetes/apimachinery, `pkg/util/duration/duration.go`, `HumanDuration`).
pub fn short(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let pair = |big: i64, big_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{big}{big_unit}"),
        _ => format!("{big}{big_unit}{small}{small_unit}"),
    };
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..0 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => pair(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => pair(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
}

/// A whole number of seconds as a person would type it (`10m`, `1h30m`), for messages that repeat a flag.
pub fn typed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let text: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("10m", 600),
            ("1h30m", 5_400),
            ("1.5h", 5_400),
            ("0", 0),
            ("30", 30),
            ("2d", 172_800),
            ("2w", 1_209_600),
            ("2mo", 5_184_000),
            ("2y", 63_072_000),
        ] {
            assert_eq!(parse(text).map(|d| d.as_secs()), Ok(seconds), "{text}");
        }
        for (text, nanoseconds) in [("250ms", 250_000_000), ("7us", 7_000), ("7µs", 7_000), ("7ns", 7)] {
            assert_eq!(parse(text).map(|d| d.as_nanos()), Ok(nanoseconds), "{text}");
        }
        for text in ["", "m", "10 m", "-5s", "5x", "1h30", "..s", "99999999999999999999999y"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("100y").is_ok());
        for text in ["101y", "300000000000y", "99999999999999999999999y", "4294967295"] {
            assert!(parse(text).unwrap_err().ends_with("is longer than 100 years"), "{text}");
        }
    }

    #[test]
    fn ages_are_kubectls() {
        let (minute, hour, day, year) = (60, 3_600, 86_400, 365 * 86_400);
        for (seconds, wanted) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (5 * minute + 12, "5m12s"),
            (10 * minute + 1, "10m"),
            (179 * minute + 59, "179m"),
            (3 * hour, "3h"),
            (7 * hour + 59 * minute, "7h59m"),
            (8 * hour + 59 * minute, "8h"),
            (47 * hour, "47h"),
            (48 * hour, "2d"),
            (7 * day + 23 * hour, "7d23h"),
            (8 * day + 23 * hour, "8d"),
            (2 * year - 1, "729d"),
            (2 * year, "2y"),
            (2 * year + 30 * day, "2y30d"),
            (8 * year + 5 * day, "8y"),
        ] {
            assert_eq!(short(seconds), wanted, "{seconds}");
        }
    }

    #[test]
    fn a_duration_is_repeated_as_typed() {
        for (text, wanted) in [("600s", "10m"), ("90m", "1h30m"), ("0", "0s"), ("61s", "1m1s")] {
            assert_eq!(typed(parse(text).unwrap()), wanted);
        }
    }
}
