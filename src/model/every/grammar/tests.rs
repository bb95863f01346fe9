//! Tests of the grammar by example: the tables of retention.md, sections 4.1 to 4.3, line by line.
//! What holds for every text is in `properties`.

use chrono::Weekday;
use chrono_tz::Tz;

use super::*;
use crate::model::wall::{Day, Wall};

const DAY: i64 = 86_400;

fn seconds(seconds: i64) -> Every {
    Every::plain(Period::Seconds(seconds))
}

fn months(months: i64) -> Every {
    Every::plain(Period::Months(months))
}

/// At 02:00 in UTC.
fn on(every: Every, day: Day) -> Every {
    Every { wall: Some(Wall { hour: 2, minute: 0, day, zone: Tz::UTC }), ..every }
}

fn assert_equal(cases: &[(&str, Every)]) {
    for (text, every) in cases {
        assert_eq!(parse(text).as_ref(), Ok(every), "{text:?}");
    }
}

fn assert_refused(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        assert_eq!(parse(text), Err((*message).to_owned()), "{text:?}");
    }
}

#[test]
fn what_geminis_parser_accepts_is_accepted_if_it_makes_sense() {
    assert_equal(&[
        ("hour", seconds(3_600)),
        ("hours", seconds(3_600)),
        ("1 hour", seconds(3_600)),
        ("1 hours", seconds(3_600)),
        ("2 minute", seconds(120)),
        ("days", seconds(DAY)),
        ("+5 minutes", seconds(300)),
        ("007 days", seconds(7 * DAY)),
    ]);
    for text in ["0 minutes", "-5 minutes", "300 years", "600 years", "", "fortnight", "asdf"] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn more_is_accepted_than_geminis_parser_does() {
    assert_equal(&[
        ("hourly", seconds(3_600)),
        ("3  days", seconds(3 * DAY)),
        (" day", seconds(DAY)),
        ("\u{2003}3\tdays\n", seconds(3 * DAY)),
        ("Hour", seconds(3_600)),
        ("10min", seconds(600)),
        ("+10MIN", seconds(600)),
    ]);
}

#[test]
fn every_unit_has_its_spellings() {
    for (spellings, every) in [
        ("s sec secs second seconds", seconds(1)),
        ("min mins minute minutes", seconds(60)),
        ("h hr hrs hour hours hourly @hourly", seconds(3_600)),
        ("d day days daily @daily", seconds(DAY)),
        ("w wk wks week weeks weekly @weekly", seconds(7 * DAY)),
        ("mo mos month months monthly @monthly", months(1)),
        ("quarter quarters quarterly @quarterly", months(3)),
        ("y yr yrs year years yearly @yearly annually @Annually", months(12)),
    ] {
        for text in spellings.split(' ') {
            assert_eq!(parse(text), Ok(every), "{text}");
        }
    }
}

#[test]
fn meaning_decides_and_not_spelling() {
    assert_eq!(parse("24 hours"), parse("day"));
    assert_eq!(parse("168 hours"), parse("week"));
    assert_eq!(parse("12 months"), parse("year"));
    assert_eq!(parse("4 quarters"), parse("year"));
    assert_ne!(parse("30 days"), parse("month"));
    assert_eq!(parse("24 hours at 02:00"), parse("DAY AT 02:00 IN utc"));
    assert_eq!(parse("14 days at 02:00"), parse("2 weeks at 02:00 on Mon"));
    assert_eq!(parse("quarterly at 02:00"), parse("3 months at 02:00 on 01"));
    assert_eq!(parse("12 months at 02:00"), parse("year at 02:00 on 01-01"));
}

#[test]
fn the_longest_period_is_100_years() {
    assert_equal(&[
        ("100 years", months(1_200)),
        ("36525 days", seconds(36_525 * DAY)),
        ("999999 minutes", seconds(59_999_940)),
        ("0000000000000000000000000000001 day", seconds(DAY)),
    ]);
    assert_refused(&[
        ("101 years", r#""101 years" is longer than 100 years"#),
        ("1201 months", r#""1201 months" is longer than 100 years"#),
        ("36526 days", r#""36526 days" is longer than 100 years"#),
        ("99999999999999999999 years", r#""99999999999999999999 years" is longer than 100 years"#),
        ("1000000 s", r#""1000000 s": the amount must be at most 999999; use a larger unit"#),
    ]);
}

#[test]
fn a_day_is_one_that_the_period_has() {
    let (day, week, month, year) = (seconds(DAY), seconds(7 * DAY), months(1), months(12));
    assert_equal(&[
        ("day at 02:00", on(day, Day::Each)),
        ("3 days at 02:00", on(seconds(3 * DAY), Day::Each)),
        ("week at 02:00 on thu", on(week, Day::Weekday(Weekday::Thu))),
        ("week at 02:00 on Sunday", on(week, Day::Weekday(Weekday::Sun))),
        ("week at 02:00 on tues", on(week, Day::Weekday(Weekday::Tue))),
        ("week at 02:00 on Thurs", on(week, Day::Weekday(Weekday::Thu))),
        ("month at 02:00 on 31", on(month, Day::OfMonth(31))),
        ("month at 02:00 on Last", on(month, Day::Last)),
        ("year at 02:00 on 02-29", on(year, Day::OfYear(2, 29))),
    ]);
    let on_day = r#""on mon" needs week, month or year; "day" has no days to choose from"#;
    assert_refused(&[
        ("day at 02:00 on mon", on_day),
        ("week at 02:00 on 15", r#""15" is not a day of the week (mon to sun)"#),
        ("month at 02:00 on 0", r#""0" is not a day of the month (1 to 31, or last)"#),
        ("month at 02:00 on 32", r#""32" is not a day of the month (1 to 31, or last)"#),
        ("month at 02:00 on thu", r#""thu" is not a day of the month (1 to 31, or last)"#),
        ("12 months at 02:00 on 15", r#""15" is not a day of the year (month and day: 01-01 to 12-31)"#),
        ("year at 02:00 on 02-30", r#""02-30" is not a day of the year (month and day: 01-01 to 12-31)"#),
        ("year at 02:00 on 13-01", r#""13-01" is not a day of the year (month and day: 01-01 to 12-31)"#),
    ]);
    for text in ["04-31", "00-10", "01-00", "1-1", "+1-01", "\u{661}-01", "last"] {
        assert!(parse(&format!("year at 02:00 on {text}")).is_err(), "{text}");
    }
}

#[test]
fn a_zone_is_that_of_the_iana() {
    let berlin = parse("day at 02:30 in europe/BERLIN").unwrap().wall.unwrap();
    assert_eq!((berlin.hour, berlin.minute, berlin.zone), (2, 30, Tz::Europe__Berlin));
    for (zone, meant) in [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ] {
        let message = format!(r#"unknown time zone "{zone}"; did you mean "{meant}"?"#);
        assert_eq!(parse(&format!("day at 02:00 in {zone}")), Err(message));
    }
    // Near to zones that mean something else.
    for zone in ["GMT+2", "UTC+2", "+02:00", "PST", "CEST"] {
        let message = format!(r#"unknown time zone "{zone}""#);
        assert_eq!(parse(&format!("day at 02:00 in {zone}")), Err(message));
    }
}

#[test]
fn a_length_of_time_has_no_time_of_day() {
    assert_eq!(parse_period("90 days"), Ok(Period::Seconds(90 * DAY)));
    for (text, message) in [
        ("90  days at 02:00", r#""90 days at 02:00": no time of day is meant here; write "90 days""#),
        ("week on thu", r#""week on thu": no time of day is meant here; write "week""#),
        (
            "fortnight at 02:00",
            r#""fortnight at 02:00": no time of day is meant here; write for example "90 days""#,
        ),
        ("at 02:00", r#""at 02:00": no time of day is meant here; write for example "90 days""#),
        ("every day at 02:00", r#""every day at 02:00": leave out "every"; write for example "10 minutes""#),
        ("0 2 * * *", r#"cron expressions are not supported here; write for example "90 days""#),
    ] {
        assert_eq!(parse_period(text), Err(message.to_owned()), "{text}");
    }
    assert_eq!(parse_period(""), parse("").map(|every| every.period));
}

#[test]
fn labels_are_read_as_they_were_written() {
    assert_eq!(parse_mark("60 minutes", ""), Ok(seconds(3_600)));
    let berlin = |text: &str| parse(text);
    assert_eq!(parse_mark("day", "02:30 Europe/Berlin"), berlin("day at 02:30 in Europe/Berlin"));
    assert_eq!(
        parse_mark("week", "02:30 on thu Europe/Berlin"),
        berlin("week at 02:30 on thu in Europe/Berlin")
    );
    // Gemini's operator copied the text of the schedule.
    assert_eq!(parse_mark("day at 02:30", ""), parse("day at 02:30"));
    for (interval, wall) in [
        ("day", "02:30"),
        ("day", "02:30 on thu"),
        ("day", "02:30 on thu Europe/Berlin"),
        ("hour", "02:30 UTC"),
        ("day at 02:30", "02:30 UTC"),
        ("day", "02:30 in UTC"),
        ("fortnight", ""),
    ] {
        assert!(parse_mark(interval, wall).is_err(), "{interval} {wall}");
    }
}
