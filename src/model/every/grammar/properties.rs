//! What holds for every text and every `every`. `PROPTEST_CASES` sets how many are tried.
//! Gemini's parser is modelled here after retention.md, section 4.1.

use chrono::{Datelike, NaiveDate, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::wall::{Day, Wall};

const DAY: i64 = 86_400;

/// Every unit in seconds or months, with all its spellings.
const UNITS: [(Period, &str); 8] = [
    (Period::Seconds(1), "s sec secs second seconds"),
    (Period::Seconds(60), "min mins minute minutes"),
    (Period::Seconds(3_600), "h hr hrs hour hours"),
    (Period::Seconds(DAY), "d day days"),
    (Period::Seconds(7 * DAY), "w wk wks week weeks"),
    (Period::Months(1), "mo mos month months"),
    (Period::Months(3), "quarter quarters"),
    (Period::Months(12), "y yr yrs year years"),
];

/// What belongs at each place of a text, and what does not; nothing of it holds a space.
const PLACES: [(&str, &str); 8] = [
    ("1 5 007 +3 999999", "0 -1 1000000 9223372036854775808 1.5 1,5 1e3 1_000 \u{bd} \u{663}"),
    (
        "s min hours day 7d weeks MONTH months quarter year years",
        "m fortnight weekday hoursss h30m daily @weekly @hour every \u{130}",
    ),
    ("at AT", "on in * ; @"),
    ("02:30 00:00 23:59", "24:00 2:3 : 02:30:00 \u{663}\u{663}:00"),
    ("on On", "at in"),
    ("mon sunday last 1 31 02-29 12-31", "0 32 02-30 - 1-1 \u{65e5}"),
    ("in In", "on at"),
    ("UTC utc Europe/Berlin america/new_york", "Europe/Berln Mars/Base GMT+2 , \0 \u{301}"),
];

/// A text that is in the grammar or near it: a word for each place, of which some are missing or belong elsewhere.
fn near_texts() -> impl Strategy<Value = String> {
    let one_of = |words: &'static str| select(words.split(' ').collect::<Vec<_>>());
    let elsewhere = select(PLACES.iter().flat_map(|(right, _)| right.split(' ')).collect::<Vec<_>>()).boxed();
    let word = |(right, wrong)| prop_oneof![20 => one_of(right), 2 => one_of(wrong), 1 => elsewhere.clone(), 1 => Just("")];
    // A text may end where a keyword would follow.
    let end = select(vec![2, 4, 6, 8, 8]);
    (PLACES.map(word), end, select(vec![" ", "\t "])).prop_map(|(words, end, space)| {
        let words: Vec<_> = words.into_iter().take(end).filter(|word| !word.is_empty()).collect();
        words.join(space)
    })
}

fn amount(size: i64, longest: i64) -> impl Strategy<Value = i64> {
    1..=(longest / size).min(999_999)
}

/// Any period that can be written.
fn periods() -> impl Strategy<Value = Period> {
    select(&UNITS[..]).prop_flat_map(|(unit, _)| match unit {
        Period::Seconds(size) => {
            amount(size, 36_525 * DAY).prop_map(move |n| Period::Seconds(n * size)).boxed()
        }
        Period::Months(size) => amount(size, 1_200).prop_map(move |n| Period::Months(n * size)).boxed(),
    })
}

/// Any day that the period has; none if no time of day fits it.
fn days(period: Period) -> BoxedStrategy<Option<Day>> {
    const WEEK: [Weekday; 7] = {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
    };
    match period {
        Period::Seconds(n) if n % (7 * DAY) == 0 => {
            select(&WEEK[..]).prop_map(|day| Some(Day::Weekday(day))).boxed()
        }
        Period::Seconds(n) if n % DAY == 0 => Just(Some(Day::Each)).boxed(),
        Period::Seconds(_) => Just(None).boxed(),
        Period::Months(n) if n % 12 == 0 => (1..=366_u32).prop_map(of_leap_year).boxed(),
        Period::Months(_) => {
            prop_oneof![(1..=31_u8).prop_map(|day| Some(Day::OfMonth(day))), Just(Some(Day::Last))].boxed()
        }
    }
}

fn of_leap_year(ordinal: u32) -> Option<Day> {
    let date = NaiveDate::from_yo_opt(2024, ordinal)?;
    Some(Day::OfYear(u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?))
}

/// Any `every` that can be written.
fn everys() -> impl Strategy<Value = Every> {
    // Half of them of days, weeks, months and years, which alone may have a time of day.
    let long = (1..=52_i64, select(vec![DAY, 7 * DAY])).prop_map(|(n, size)| Period::Seconds(n * size));
    let longer = (1..=36_i64).prop_map(Period::Months);
    let period = prop_oneof![2 => periods(), 1 => long, 1 => longer];
    period
        .prop_flat_map(|period| (Just(period), proptest::option::of(walls(period))))
        .prop_map(|(period, wall)| Every { period, wall: wall.flatten() })
}

fn walls(period: Period) -> impl Strategy<Value = Option<Wall>> {
    (0..24_u8, 0..60_u8, days(period), select(&TZ_VARIANTS[..]))
        .prop_map(|(hour, minute, day, zone): (_, _, _, Tz)| Some(Wall { hour, minute, day: day?, zone }))
}

/// All sorts of spellings of the period: any unit that divides it, any case, any space.
fn spellings(period: Period) -> impl Strategy<Value = String> {
    let amounts = UNITS.iter().filter_map(move |(unit, names)| match (period, *unit) {
        (Period::Seconds(n), Period::Seconds(size)) | (Period::Months(n), Period::Months(size)) => {
            (n % size == 0 && n / size <= 999_999).then_some((n / size, *names))
        }
        _ => None,
    });
    let named = amounts.flat_map(|(amount, names)| names.split(' ').map(move |name| (amount, name)));
    let space = || select(vec!["", " ", "  ", "\t", "\u{a0}\n"]);
    let amounts = (select(vec!["", "+"]), select(vec!["", "0", "000"]));
    (select(named.collect::<Vec<_>>()), amounts, [space(), space(), space()], any::<u32>(), any::<bool>())
        .prop_map(|((amount, name), (sign, zeros), [before, between, after], case, explicit)| {
            let upper =
                |(i, c): (usize, char)| if case >> (i % 32) & 1 == 1 { c.to_ascii_uppercase() } else { c };
            let name: String = name.chars().enumerate().map(upper).collect();
            match amount == 1 && !explicit {
                true => format!("{before}{name}{after}"),
                false => format!("{before}{sign}{zeros}{amount}{between}{name}{after}"),
            }
        })
}

/// What Gemini understands. The length of its months and years is another matter.
fn gemini(text: &str) -> Option<Period> {
    let (amount, unit) = match text.split(' ').collect::<Vec<_>>()[..] {
        [amount, unit] => (amount.parse::<i64>().ok()?, unit),
        _ => (1, text),
    };
    match unit.strip_suffix('s').unwrap_or(unit) {
        "second" => Some(Period::Seconds(amount)),
        "minute" => Some(Period::Seconds(60 * amount)),
        "hour" => Some(Period::Seconds(3_600 * amount)),
        "day" => Some(Period::Seconds(DAY * amount)),
        "week" => Some(Period::Seconds(7 * DAY * amount)),
        "month" => Some(Period::Months(amount)),
        "year" => Some(Period::Months(12 * amount)),
        _ => None,
    }
}

/// The texts that a message says to write instead.
fn advised(message: &str) -> impl Iterator<Item = &str> {
    let ends = message.split("write ").skip(1).map(|end| end.strip_prefix("for example ").unwrap_or(end));
    ends.filter_map(|end| end.strip_prefix('"')?.split('"').next())
}

/// Nothing panics, what is understood is understood again, and what is not is said on one line that advises nothing of the kind.
fn assert_total(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(every) => prop_assert_eq!(parse(&every.to_string()), Ok(every), "{:?}", text),
        Err(message) => {
            prop_assert!(!message.contains(char::is_control), "{:?}", message);
            prop_assert!(advised(&message).all(|text| parse(text).is_ok()), "{:?}", message);
        }
    }
    if let Err(message) = parse_period(text) {
        prop_assert!(advised(&message).all(|text| parse_period(text).is_ok()), "{:?}", message);
    }
    let _ = super::super::short(text);
    let (interval, wall) = text.split_once(';').unwrap_or((text, "02:30 on thu Europe/Berlin"));
    let _ = (parse_mark(interval, wall), parse_mark("week", text));
    Ok(())
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in any::<String>()) {
        assert_total(&text)?;
    }

    #[test]
    fn no_text_near_the_grammar_is_too_odd(text in near_texts()) {
        assert_total(&text)?;
    }

    #[test]
    fn a_text_with_one_slip_is_refused_or_understood(every in everys(), at: prop::sample::Index, slip: char) {
        let mut text: Vec<_> = every.to_string().chars().collect();
        let at = at.index(text.len());
        text[at] = slip;
        assert_total(&String::from_iter(text))?;
    }

    #[test]
    fn the_canonical_text_means_the_same(every in everys()) {
        prop_assert_eq!(parse(&every.to_string()), Ok(every));
        prop_assert_eq!(parse(&every.to_string().to_uppercase()), Ok(every));
    }

    #[test]
    fn the_marks_mean_the_same(every in everys()) {
        let wall = every.wall.map_or_else(String::new, |wall| wall.mark());
        prop_assert!(!wall.contains([';', ',']));
        prop_assert_eq!(parse_mark(&every.period.to_string(), &wall), Ok(every));
    }

    #[test]
    fn every_spelling_means_the_same(
        (period, text) in periods().prop_flat_map(|period| (Just(period), spellings(period))),
    ) {
        prop_assert_eq!(parse(&text), Ok(Every::plain(period)), "{:?}", text);
    }

    #[test]
    fn gemini_understands_the_canonical_text_of_a_period(period in periods()) {
        prop_assert_eq!(gemini(&period.to_string()), Some(period));
    }
}
