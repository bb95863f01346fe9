//! Months of all lengths, leap days, and clocks that are set.
//! What must hold for all inputs is in `tests/properties`.

use super::*;
use crate::model::wall::{Day, Wall};

fn at(text: &str) -> Moment {
    text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp()
}

fn text(moment: Moment) -> String {
    DateTime::from_timestamp(moment, 0).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

const MONTH: Every = Every { period: Period::Months(1), wall: None };

fn berlin(period: Period, day: Day) -> Every {
    let wall = Wall { hour: 2, minute: 30, day, zone: chrono_tz::Europe::Berlin };
    Every { period, wall: Some(wall) }
}

#[test]
fn boundaries_are_counted_from_the_phase() {
    let grid = Grid::new(&MONTH, Some(at("2024-01-31T10:00:00Z"))).unwrap();
    let days: Vec<_> = (-1..4).map(|index| text(grid.boundary(index))[..10].to_owned()).collect();
    assert_eq!(days, ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]);
    for index in -30..30 {
        assert_eq!(grid.index(grid.boundary(index)), index);
        assert_eq!(grid.index(grid.boundary(index) - 1), index - 1);
    }
}

#[test]
fn an_age_once_reached_stays_reached() {
    for (taken, months, wanted) in [
        ("2024-01-31T10:00:00Z", 1, "2024-03-01T00:00:00Z"),
        ("2023-01-29T10:00:00Z", 1, "2023-03-01T00:00:00Z"),
        ("2024-01-29T10:00:00Z", 1, "2024-02-29T10:00:00Z"),
        ("2024-02-29T10:00:00Z", 12, "2025-03-01T00:00:00Z"),
        ("2024-02-29T10:00:00Z", 48, "2028-02-29T10:00:00Z"),
    ] {
        assert_eq!(text(reached(at(taken), &MONTH, months)), wanted, "{taken}");
    }
}

#[test]
fn slots_are_calendar_months_and_weeks_from_monday() {
    let week = Every::plain(Period::Seconds(WEEK));
    assert_eq!(slot(at("2026-03-08T23:59:59Z"), &week) + 1, slot(at("2026-03-09T00:00:00Z"), &week));
    assert_eq!(slot(at("2026-03-31T23:59:59Z"), &MONTH) + 1, slot(at("2026-04-01T00:00:00Z"), &MONTH));
    let quarter = Every::plain(Period::Months(3));
    assert_eq!(slot(at("2026-03-31T00:00:00Z"), &quarter) + 1, slot(at("2026-04-01T00:00:00Z"), &quarter));
}

/// Case 24 of retention.md, section 5.
#[test]
fn a_wall_clock_grid_follows_the_clock() {
    let grid = Grid::new(&berlin(Period::Seconds(DAY), Day::Each), None).unwrap();
    let boundaries = |from: &str| {
        let first = grid.index(at(from));
        (first..first + 4).map(|index| text(grid.boundary(index))).collect::<Vec<_>>()
    };
    assert_eq!(
        boundaries("2026-03-28T12:00:00Z"),
        ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]
    );
    assert_eq!(
        boundaries("2026-10-24T12:00:00Z"),
        ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"]
    );
}

#[test]
fn wall_clock_rules_know_weekdays_month_ends_and_birthdays() {
    for (period, day, near, wanted) in [
        (
            Period::Seconds(WEEK),
            Day::Weekday(chrono::Weekday::Thu),
            "2026-03-10T12:00:00Z",
            "2026-03-05T01:30:00Z",
        ),
        (
            Period::Seconds(2 * WEEK),
            Day::Weekday(chrono::Weekday::Sun),
            "2026-03-15T12:00:00Z",
            "2026-03-15T01:30:00Z",
        ),
        (Period::Months(1), Day::OfMonth(31), "2026-03-10T12:00:00Z", "2026-02-28T01:30:00Z"),
        (Period::Months(1), Day::Last, "2026-05-30T12:00:00Z", "2026-04-30T00:30:00Z"),
        (Period::Months(12), Day::OfYear(2, 29), "2026-03-10T12:00:00Z", "2026-02-28T01:30:00Z"),
        (Period::Months(12), Day::OfYear(2, 29), "2028-03-10T12:00:00Z", "2028-02-29T01:30:00Z"),
        (Period::Months(12), Day::OfYear(12, 24), "2026-03-10T12:00:00Z", "2025-12-24T01:30:00Z"),
    ] {
        let grid = Grid::new(&berlin(period, day), None).unwrap();
        assert_eq!(text(grid.boundary(grid.index(at(near)))), wanted, "{period} {day}");
    }
}

#[test]
fn a_day_by_the_clock_is_23_to_25_hours() {
    let day = berlin(Period::Seconds(DAY), Day::Each);
    for (taken, wanted) in [
        // 02:30 does not exist on the 29th: the clock goes from 02:00 to 03:00 at 01:00Z.
        ("2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"),
        ("2026-03-28T02:30:00Z", "2026-03-29T01:30:00Z"),
        ("2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        // The second 02:30 counts as 03:00, at which the clock was set back.
        ("2026-10-25T01:30:00Z", "2026-10-26T02:00:00Z"),
        ("2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z"),
    ] {
        assert_eq!(text(reached(at(taken), &day, 1)), wanted, "{taken}");
    }
}

/// The numbers of retention.md, section 3.14.
#[test]
fn grace_and_spacing_are_parts_of_the_period_and_bounded() {
    for (text, early, apart) in [
        ("second", 0, 0),
        ("minute", 6, 30),
        ("5 minutes", 30, 150),
        ("10 minutes", 30, 300),
        ("hour", 30, 1_800),
        ("2 hours", 30, 3_600),
        ("day", 30, 3_600),
        ("month", 30, 3_600),
    ] {
        let every = crate::model::every::parse(text).unwrap();
        assert_eq!((grace(&every), spacing(&every)), (early, apart), "{text}");
    }
}

#[test]
fn no_number_is_too_large() {
    // What lies beyond every calendar lies on the right side of everything.
    assert_eq!(add(0, Period::Months(1), i64::MAX), Moment::MAX);
    assert_eq!(add(0, Period::Months(1), -i64::MAX), Moment::MIN);
    assert_eq!(
        Grid::new(&berlin(Period::Months(1), Day::Last), None).unwrap().boundary(-i64::MAX),
        Moment::MIN
    );
    assert_eq!(
        Grid::new(&berlin(Period::Months(1), Day::Last), None).unwrap().boundary(i64::MAX),
        Moment::MAX
    );
    let wild = [Moment::MIN, -LIMIT - 1, -1, 0, LIMIT + 1, Moment::MAX];
    for every in [MONTH, Every::plain(Period::Seconds(1)), berlin(Period::Seconds(WEEK), Day::Each)] {
        for moment in wild {
            for count in [1, 100_000, i64::MAX] {
                assert!(reached(moment, &every, count) >= reached(Moment::MIN, &every, 1));
                add(moment, every.period, -count);
            }
            slot(moment, &every);
            for phase in wild {
                let grid = Grid::new(&every, Some(phase)).unwrap();
                grid.boundary(grid.index(moment));
                grid.boundary(moment);
            }
        }
    }
}
