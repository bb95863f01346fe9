//! The short form of a period for tables: `10 minutes` is shown as `10m`.
//! Must not decide anything: what is due is the schedule's business.

/// The short form of a period in Gemini's spelling (`10 minutes`, `hour`), or the text as written when it is
/// not one.
///
/// Units are second, minute, hour, day, week, month and year, with or without plural `s`; without a number
/// one is meant (FairwindsOps/gemini, `pkg/snapshots/scheduler.go`).
pub fn short(text: &str) -> String {
    let (count, unit) = match text.split_once(' ') {
        Some((count, unit)) => (count.parse().unwrap_or(0), unit),
        None => (1u32, text),
    };
    let letter = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => "s",
        "minute" => "m",
        "hour" => "h",
        "day" => "d",
        "week" => "w",
        "month" => "mo",
        "year" => "y",
        _ => return text.to_owned(),
    };
    if count == 0 {
        return text.to_owned();
    }
    format!("{count}{letter}")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn gemini_spellings_become_short_and_the_rest_stays() {
        for (text, wanted) in [
            ("10 minutes", "10m"),
            ("hour", "1h"),
            ("1 hour", "1h"),
            ("day", "1d"),
            ("2 weeks", "2w"),
            ("month", "1mo"),
            ("year", "1y"),
            ("30 seconds", "30s"),
            ("fortnight", "fortnight"),
            ("0 minutes", "0 minutes"),
            ("-1 days", "-1 days"),
            ("", ""),
        ] {
            assert_eq!(short(text), wanted);
        }
    }
}
