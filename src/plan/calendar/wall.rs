//! The grid of a wall-clock rule, and ages counted by a clock that jumps twice a year.
//! Must grow with time: where the clock is set back, local time stands still here until it has caught up.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::{GapInfo, Tz};

use super::{DAY, FIRST_MONDAY, LIMIT, Moment, civil, day_of, later, limit, month_number, month_start};
use crate::model::period::Period;
use crate::model::wall::{Day, Wall};

/// Slots that begin at a time of day. They are counted from 1970, so that everybody counts the same.
#[derive(Clone, Copy, Debug)]
pub struct WallGrid {
    period: Period,
    wall: Wall,
}

impl WallGrid {
    pub(super) fn new(period: Period, wall: Wall) -> Self {
        Self { period, wall }
    }

    /// When a slot begins. A time that the clock skips is as much later; of a time that it shows twice the first is meant
    /// (retention.md, section 4.2).
    pub(super) fn boundary(&self, index: i64) -> Moment {
        let time = self
            .date(index)
            .and_then(|date| date.and_hms_opt(u32::from(self.wall.hour), u32::from(self.wall.minute), 0));
        let Some(time) = time else { return limit(index) };
        match self.wall.zone.from_local_datetime(&time).earliest() {
            Some(moment) => moment.timestamp(),
            None => {
                let before = GapInfo::new(&time, &self.wall.zone).and_then(|gap| gap.begin);
                let offset = before.map_or(0, |(_, offset)| offset.fix().local_minus_utc());
                time.and_utc().timestamp() - i64::from(offset)
            }
        }
    }

    /// A slot near the one that a moment lies in: one too many or too few.
    pub(super) fn near(&self, moment: Moment) -> i64 {
        let date = local(moment, self.wall.zone).date();
        match self.period {
            Period::Seconds(seconds) => {
                let passed = date.signed_duration_since(self.first_day()).num_days();
                passed.div_euclid(whole_days(seconds))
            }
            Period::Months(months) => month_number(date).div_euclid(months.max(1)),
        }
    }

    /// The day of a slot.
    fn date(&self, index: i64) -> Option<NaiveDate> {
        match self.period {
            Period::Seconds(seconds) => {
                let days = TimeDelta::try_days(whole_days(seconds).checked_mul(index)?)?;
                self.first_day().checked_add_signed(days)
            }
            Period::Months(months) => {
                let first = month_start(months.checked_mul(index)?)?;
                match self.wall.day {
                    Day::OfMonth(day) => Some(day_of(first, day.into())?.0),
                    Day::Last => Some(day_of(first, 32)?.0),
                    Day::OfYear(month, day) => {
                        let month = month_start(month_number(first) + i64::from(month) - 1)?;
                        Some(day_of(month, day.into())?.0)
                    }
                    Day::Each | Day::Weekday(_) => Some(first),
                }
            }
        }
    }

    /// The day of slot 0 of a period of days.
    fn first_day(&self) -> NaiveDate {
        match self.wall.day {
            Day::Weekday(weekday) => {
                let monday = civil(FIRST_MONDAY).date();
                let days = u64::from(weekday.num_days_from_monday());
                monday.checked_add_days(Days::new(days)).unwrap_or(monday)
            }
            _ => civil(0).date(),
        }
    }
}

fn whole_days(seconds: i64) -> i64 {
    (seconds / DAY).max(1)
}

/// As [`super::reached`], by the calendar of a zone.
pub(super) fn reached(moment: Moment, zone: Tz, period: Period, count: i64) -> Moment {
    let time = local(moment, zone);
    let later = match period {
        Period::Seconds(seconds) => {
            TimeDelta::try_seconds(seconds.saturating_mul(count)).and_then(|age| time.checked_add_signed(age))
        }
        Period::Months(months) => later(time, months.saturating_mul(count)),
    };
    later.map_or(Moment::MAX, |time| first_moment(time, zone))
}

/// What the clock shows at a moment; from the moment on at which it is set back, what it showed then.
fn local(moment: Moment, zone: Tz) -> NaiveDateTime {
    let shown = |moment: Moment| zone.from_utc_datetime(&civil(moment)).naive_local();
    let (first, again) = match zone.from_local_datetime(&shown(moment)) {
        chrono::LocalResult::Ambiguous(first, again) => (first.timestamp(), again.timestamp()),
        _ => return shown(moment),
    };
    if moment < again {
        return shown(moment);
    }
    let offset = |moment: Moment| shown(moment).and_utc().timestamp() - moment;
    let (mut before, mut after) = (first, again);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if offset(middle) == offset(first) { before = middle } else { after = middle }
    }
    civil(after + offset(first))
}

/// The first moment at which a clock shows a time or, where it skips that, a later one.
fn first_moment(time: NaiveDateTime, zone: Tz) -> Moment {
    let utc = time.and_utc().timestamp();
    if !(-LIMIT..=LIMIT).contains(&utc) {
        return limit(utc);
    }
    let moment = zone.from_local_datetime(&time).earliest();
    let gap_end = || GapInfo::new(&time, &zone).and_then(|gap| gap.end);
    moment.or_else(gap_end).as_ref().map_or(utc, DateTime::timestamp)
}
