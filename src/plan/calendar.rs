//! Calendar arithmetic: where a rule's grid lies, and when something is so many periods old.
//! Must not treat a month as seconds, and must be total: any time and any number give an answer.

mod wall;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

use crate::model::every::Every;
use crate::model::period::Period;
use wall::WallGrid;

/// A moment in Unix seconds. Anybody may write any number into a mark, so all of them must be bearable.
pub type Moment = i64;

/// Beyond about 200,000 years from 1970 no calendar reaches; moments are taken to lie within.
const LIMIT: Moment = 6_000_000_000_000;
/// Monday, 29 December 1969: weeks are counted from here.
const FIRST_MONDAY: i64 = -3 * DAY;
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// By how much slots open early: it covers the start of a pod and the skew of a node's clock (retention.md, 3.3).
pub fn grace(every: &Every) -> i64 {
    (every.period.nominal_seconds() / 10).min(30)
}

/// The least time between two snapshots of one series: a very late run and the next that is on time must not make twins
/// (retention.md, 3.5).
pub fn spacing(every: &Every) -> i64 {
    (every.period.nominal_seconds() / 2).min(3_600)
}

/// The minute that a moment lies in, for what is written down.
pub fn minute(moment: Moment) -> Moment {
    moment.div_euclid(60).saturating_mul(60)
}

/// The same time of day `count` periods later; a day that the month does not have becomes its last.
pub fn add(moment: Moment, period: Period, count: i64) -> Moment {
    match period {
        Period::Seconds(seconds) => moment.saturating_add(seconds.saturating_mul(count)),
        Period::Months(months) => {
            let shifted = shift(civil(moment), months.saturating_mul(count));
            shifted.map_or(limit(count), |(date, _)| date.and_utc().timestamp())
        }
    }
}

/// The first moment at which what was taken at `moment` is `count` periods old; `count` is 1 or more.
///
/// A day that the month does not have becomes the first of the next month: only so a snapshot that was a month old
/// yesterday still is today (retention.md, 3.3). Never decreases when `moment` grows; the guarantee rests on that.
pub fn reached(moment: Moment, every: &Every, count: i64) -> Moment {
    match (&every.wall, every.period) {
        (Some(wall), period) => wall::reached(moment, wall.zone, period, count),
        (None, Period::Seconds(_)) => add(moment, every.period, count),
        (None, Period::Months(months)) => {
            let later = later(civil(moment), months.saturating_mul(count));
            later.map_or(Moment::MAX, |date| date.and_utc().timestamp())
        }
    }
}

/// The calendar slot that a moment lies in, counted from anywhere. Only for adoption: it must be the same whoever asks,
/// whenever, whatever else exists.
pub fn slot(moment: Moment, every: &Every) -> i64 {
    match (&every.wall, every.period) {
        (Some(_), _) => Grid::new(every, None).map_or(0, |grid| grid.index(moment)),
        (None, Period::Seconds(seconds)) => {
            let origin = if seconds % WEEK == 0 { FIRST_MONDAY } else { 0 };
            moment.saturating_sub(origin).div_euclid(seconds.max(1))
        }
        (None, Period::Months(months)) => month_number(civil(moment).date()).div_euclid(months.max(1)),
    }
}

/// When the slots of a rule begin.
#[derive(Clone, Copy, Debug)]
pub enum Grid {
    /// Counted from a phase.
    Phase(Period, Moment),
    /// By the clock on the wall.
    Wall(WallGrid),
}

impl Grid {
    /// The grid of a rule; without a time of day it takes a phase to have one.
    pub fn new(every: &Every, phase: Option<Moment>) -> Option<Self> {
        match &every.wall {
            Some(wall) => Some(Self::Wall(WallGrid::new(every.period, *wall))),
            None => phase.map(|phase| Self::Phase(every.period, phase)),
        }
    }

    /// When slot `index` begins, always counted from the phase: 31 January, 29 February, 31 March.
    pub fn boundary(&self, index: i64) -> Moment {
        match self {
            Self::Phase(period, phase) => add(*phase, *period, index),
            Self::Wall(grid) => grid.boundary(index),
        }
    }

    /// The slot that a moment lies in.
    pub fn index(&self, moment: Moment) -> i64 {
        let moment = moment.clamp(-LIMIT, LIMIT);
        let near = match self {
            Self::Phase(Period::Seconds(seconds), phase) => {
                return moment.saturating_sub(*phase).div_euclid((*seconds).max(1));
            }
            Self::Phase(Period::Months(months), phase) => {
                let passed = month_number(civil(moment).date()) - month_number(civil(*phase).date());
                passed.div_euclid((*months).max(1))
            }
            Self::Wall(grid) => grid.near(moment),
        };
        // The estimate knows the day at best: an offset of up to a day and the time of day may be on the other side.
        let first = near.saturating_sub(2);
        (first..=near.saturating_add(2)).rev().find(|index| self.boundary(*index) <= moment).unwrap_or(first)
    }
}

/// A moment by the calendar in UTC.
fn civil(moment: Moment) -> NaiveDateTime {
    DateTime::from_timestamp(moment.clamp(-LIMIT, LIMIT), 0).unwrap_or_default().naive_utc()
}

/// Months since year 0.
fn month_number(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// The first day of a month by its number.
fn month_start(number: i64) -> Option<NaiveDate> {
    let year = i32::try_from(number.div_euclid(12)).ok()?;
    let month = u32::try_from(number.rem_euclid(12)).ok()?;
    NaiveDate::from_ymd_opt(year, month + 1, 1)
}

/// The day of a month that is number `day` from 1, or the month's last; and whether the month has it.
fn day_of(month: NaiveDate, day: u32) -> Option<(NaiveDate, bool)> {
    match month.with_day(day) {
        Some(date) => Some((date, true)),
        None => Some((month.checked_add_months(Months::new(1))?.pred_opt()?, false)),
    }
}

/// The same time of day so many months later, and whether that month has such a day.
fn shift(time: NaiveDateTime, months: i64) -> Option<(NaiveDateTime, bool)> {
    let month = month_start(month_number(time.date()).checked_add(months)?)?;
    let (date, exists) = day_of(month, time.day())?;
    Some((date.and_time(time.time()), exists))
}

/// As [`shift`], but a day that does not exist becomes the first of the following month, 00:00.
fn later(time: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    match shift(time, months)? {
        (time, true) => Some(time),
        (last, false) => Some(last.date().checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN)),
    }
}

/// What lies beyond every calendar, in the direction of `count`.
fn limit(count: i64) -> Moment {
    if count < 0 { Moment::MIN } else { Moment::MAX }
}

#[cfg(test)]
mod tests;
