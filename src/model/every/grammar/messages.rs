//! What the messages about a text are made of: quotations and suggestions.
//! Must not decide what is wrong with a text.

/// Characters of a text that are repeated at most.
const LONGEST_QUOTE: usize = 60;
/// Bytes of a text that is advised at most; it is never cut.
const LONGEST_ADVICE: usize = 100;
/// Bytes of a word that may be a slip of the pen; longer ones are no word of ours.
const LONGEST_WORD: usize = 48;

/// The text in double quotes on one line: what would move the cursor is escaped, what is long is cut.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// What to write instead: the text if it can be read, or else the example.
pub fn instead(text: &str, reads: impl Fn(&str) -> bool, example: &str) -> String {
    match text.len() <= LONGEST_ADVICE && reads(text) {
        true => format!("write {text:?}"),
        false => format!("write for example {example:?}"),
    }
}

/// The first of the known words that differ least from this one, in any case, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let near = known.into_iter().filter_map(|known| {
        let distance = strsim::osa_distance(&word, &known.to_ascii_lowercase());
        let most = (word.len().max(known.len()) / 3).clamp(1, 2);
        (distance <= most).then_some((distance, known))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::super::{CRON, fault, parse};

    fn assert_refused(cases: &[(&str, &str)]) {
        for (text, message) in cases {
            assert_eq!(parse(text), Err((*message).to_owned()), "{text:?}");
        }
    }

    /// Text and message, which is what follows the place of the text in the manifest.
    #[test]
    fn messages_name_the_fault_and_the_fix() {
        assert_refused(&[
            ("", r#"is empty; write for example "10 minutes" or "day""#),
            (" \t", r#"is empty; write for example "10 minutes" or "day""#),
            ("0 minutes", r#""0 minutes": the amount must be at least 1"#),
            ("-5 minutes", r#""-5 minutes": the amount cannot be negative"#),
            ("\u{2212}5 minutes", "\"\u{2212}5 minutes\": the amount cannot be negative"),
            ("5m", r#""5m": "m" could mean minutes or months; write "5min" or "5 months""#),
            ("1 M", r#""1 M": "M" could mean minutes or months; write "1min" or "1 month""#),
            ("m", r#""m": "m" could mean minutes or months; write "min" or "month""#),
            ("hoursss", r#"unknown unit "hoursss"; did you mean "hours"?"#),
            ("3 mintues", r#"unknown unit "mintues"; did you mean "minutes"?"#),
            ("hourley", r#"unknown unit "hourley"; did you mean "hourly"?"#),
            ("quater", r#"unknown unit "quater"; did you mean "quarter"?"#),
            // Two letters of four are no slip of the pen.
            ("3 dots", r#"unknown unit "dots"; use second, minute, hour, day, week, month, quarter or year"#),
            ("500 ms", r#"unknown unit "ms"; use second, minute, hour, day, week, month, quarter or year"#),
            ("1.5 hours", r#""1.5 hours": whole numbers only; write "90 minutes""#),
            (".5 years", r#"".5 years": whole numbers only; write "6 months""#),
            ("1.5 months", r#""1.5 months": whole numbers only"#),
            ("0.0 days", r#""0.0 days": whole numbers only"#),
            ("999999.5 minutes", r#""999999.5 minutes": whole numbers only"#),
            ("1.00000000000000000000 days", r#""1.00000000000000000000 days": whole numbers only"#),
            ("1,5 hours", r#""1,5 hours": "1,5" is not a whole number; only the digits 0 to 9 are allowed"#),
            (
                "1.2.3 days",
                r#""1.2.3 days": "1.2.3" is not a whole number; only the digits 0 to 9 are allowed"#,
            ),
            ("1_000 s", r#""1_000 s": "1_000" is not a whole number; only the digits 0 to 9 are allowed"#),
            (
                "\u{663} days",
                "\"\u{663} days\": \"\u{663}\" is not a whole number; only the digits 0 to 9 are allowed",
            ),
            ("fortnight", r#"unknown unit "fortnight"; write "2 weeks""#),
            ("3 fortnights", r#"unknown unit "fortnights"; write "6 weeks""#),
            ("300 years", r#""300 years" is longer than 100 years"#),
            ("10", r#""10": the unit is missing; write for example "10 minutes""#),
            ("1h30m", r#""1h30m": one amount and one unit only; write for example "90 minutes""#),
            ("PT10M", r#""PT10M": one amount and one unit only; write for example "90 minutes""#),
            ("hour at 02:00", r#""at" needs day, week, month or year"#),
            ("36 hours at 02:00", r#""at" needs day, week, month or year"#),
            ("day at 24:00", r#""24:00" is not a time of day (00:00 to 23:59)"#),
            ("day at 25:00", r#""25:00" is not a time of day (00:00 to 23:59)"#),
            ("day at 2:30", r#""2:30" is not a time of day (00:00 to 23:59)"#),
            ("day at 02:60", r#""02:60" is not a time of day (00:00 to 23:59)"#),
            ("month at 02:00 in Mars/Base", r#"unknown time zone "Mars/Base""#),
            ("day at", r#""at" needs a time of day, as in "day at 02:00""#),
            ("at 02:00", r#""at 02:00": a period must come first, as in "day at 02:00""#),
            ("week on thu", r#""on" needs a time of day before it, as in "week at 02:00 on thu""#),
            ("day in UTC", r#""in" needs a time of day before it, as in "day at 02:00 in Europe/Berlin""#),
            (
                "day at 02:00 pm",
                r#""pm": only a day and a time zone may follow, as in "week at 02:30 on thu in Europe/Berlin""#,
            ),
        ]);
    }

    #[test]
    fn words_for_other_lengths_are_translated_or_left_alone() {
        let any_unit = "use second, minute, hour, day, week, month, quarter or year";
        let unknown = |unit: &str, rest: &str| format!("unknown unit \"{unit}\"; {rest}");
        for text in ["biweekly", "bi-weekly", "Fortnightly"] {
            assert_eq!(parse(text), Err(unknown(text, r#"write "2 weeks""#)));
        }
        for text in ["weekday", "weekdays", "bimonthly", "bi-annually"] {
            assert_eq!(parse(text), Err(unknown(text, any_unit)));
        }
        for (text, unit, fix) in [
            ("1 hourly", "hourly", "hour"),
            ("2 daily", "daily", "2 days"),
            ("2 Weekly", "Weekly", "2 weeks"),
            ("3monthly", "monthly", "3 months"),
            ("5 yearly", "yearly", "5 years"),
            ("2 quarterly", "quarterly", "6 months"),
            ("999999 daily", "daily", "day"),
            ("1000001 hourly", "hourly", "hour"),
        ] {
            assert_eq!(parse(text), Err(unknown(unit, &format!("write \"{fix}\""))), "{text}");
        }
    }

    #[test]
    fn other_notations_are_told_apart() {
        assert_refused(&[
            ("0x10 minutes", r#""0x10 minutes": whole numbers only"#),
            // These only begin like one.
            ("2x4", r#""2x4": one amount and one unit only; write for example "90 minutes""#),
            ("0xyz", r#""0xyz": the amount must be at least 1"#),
            ("2b1", r#""2b1": one amount and one unit only; write for example "90 minutes""#),
            ("0box", r#""0box": the amount must be at least 1"#),
            ("5eggs", r#"unknown unit "eggs"; use second, minute, hour, day, week, month, quarter or year"#),
            ("+0B1 day", r#""+0B1 day": whole numbers only"#),
            ("1e3 minutes", r#""1e3 minutes": whole numbers only"#),
            ("9999999m", r#""9999999m": "m" could mean minutes or months; write "min" or "month""#),
            ("every 10 minutes", r#""every 10 minutes": leave out "every"; write "10 minutes""#),
            ("Every day at 02:00", r#""Every day at 02:00": leave out "every"; write "day at 02:00""#),
            ("every every day", r#""every every day": leave out "every"; write "day""#),
            ("every other day", r#""every other day": leave out "every"; write for example "10 minutes""#),
            ("every", r#""every": leave out "every"; write for example "10 minutes""#),
            ("@hour", r#""@hour": write "hourly""#),
            ("@ daily", r#""@ daily": write "daily""#),
            ("@@daily", r#""@@daily": write "daily""#),
            ("@day at 02:00", r#""@day": write "daily""#),
            ("@10min", r#""@10min": write "10 minutes""#),
        ]);
    }

    #[test]
    fn parts_of_a_text_have_an_order() {
        let long = format!("{}1 week on fri at 02:00", "0".repeat(100));
        let example = r#"write for example "week at 02:30 on thu in Europe/Berlin""#;
        assert_refused(&[
            ("week on fri at 02:00", r#""on" comes after the time; write "week at 02:00 on fri""#),
            (
                "month in UTC on 3 at 05:00",
                r#""on" comes after the time; write "month at 05:00 on 3 in UTC""#,
            ),
            ("day in UTC at 02:00", r#""in" comes after the time; write "day at 02:00 in UTC""#),
            (
                "week at 02:00 in Europe/Berlin on thu",
                r#""on" comes before "in"; write "week at 02:00 on thu in Europe/Berlin""#,
            ),
            ("hour on fri at 02:00", &format!(r#""on" comes after the time; {example}"#)),
            (&long, &format!(r#""on" comes after the time; {example}"#)),
            ("week at 02:00 on", r#"the day is missing after "on", as in "week at 02:00 on thu""#),
            ("week at 02:00 on in UTC", r#"the day is missing after "on", as in "week at 02:00 on thu""#),
            (
                "week at 02:00 in",
                r#"the time zone is missing after "in", as in "day at 02:00 in Europe/Berlin""#,
            ),
            (
                "week at 02:00 on thu in",
                r#"the time zone is missing after "in", as in "day at 02:00 in Europe/Berlin""#,
            ),
        ]);
    }

    #[test]
    fn cron_expressions_are_recognised() {
        for text in [
            "*/10 * * * *",
            "0 2 * * 1-5",
            "0 2 1 1 1",
            "30 0 2 * * ?",
            "* * * *",
            "@reboot",
            "@every 10m",
            "cron: \"0 2 * * *\"",
            "CRON_TZ=Europe/Berlin 0 2 * * *",
            "TZ=UTC 0 2 * * *",
        ] {
            assert_eq!(parse(text), Err(CRON.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_place_stands_before_the_message() {
        let whole = |place: &str, text: &str| fault(place, &parse(text).unwrap_err());
        assert_eq!(
            whole("schedule[2].every", ""),
            r#"schedule[2].every is empty; write for example "10 minutes" or "day""#
        );
        assert_eq!(
            whole("schedule[0].every", "fortnight"),
            r#"schedule[0].every: unknown unit "fortnight"; write "2 weeks""#
        );
    }

    #[test]
    fn a_message_is_one_short_line_whatever_the_text() {
        for text in [format!("day\u{1b}[2J{}", "x\u{7}y".repeat(100_000)), "\u{663}".repeat(100_000)] {
            let message = parse(&text).unwrap_err();
            assert!(message.len() < 600 && !message.contains(char::is_control), "{message}");
        }
    }
}
