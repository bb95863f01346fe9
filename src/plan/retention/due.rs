//! What is due, and the one snapshot that is taken for all of it.
//! A slot is served by what is ready or in progress; lateness of one pass must not move the next.

use super::series::{Series, label_of};
use super::{BACKOFF, KEEP_FAILED, MAX_UNREADY, Params};
use crate::model::every::Every;
use crate::plan::calendar::{self, Grid, Moment};
use crate::plan::clocks::SKEW;
use crate::plan::schedule::Schedule;

/// How far back, in seconds, a CronJob's nominal time is believed.
const OLDEST_HINT: i64 = 86_400;

/// A snapshot to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// For which rules, in the order of the schedule.
    pub labels: Vec<DueLabel>,
    /// When the current interval of the shortest of them began: the name is made from it, so that two passes in one slot
    /// meet the same name (design.md, section 3).
    pub slot: Moment,
}

/// A rule that a snapshot is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueLabel {
    /// The rule, as an index into the schedule.
    pub rule: usize,
    /// A moment of its grid, to be stored.
    pub phase: Moment,
}

/// Why nothing is taken although something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Too many snapshots are still in progress.
    InFlight,
    /// The last attempts failed.
    Backoff {
        /// The next one is made then.
        until: Moment,
    },
    /// The schedule rests.
    Suspended,
}

impl Blocked {
    /// The word of tables and documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::InFlight => "in-flight",
            Self::Backoff { .. } => "backoff",
            Self::Suspended => "suspended",
        }
    }
}

/// Why a rule is due, or is not, or gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueReason {
    /// Its series has no snapshot yet.
    First,
    /// The current interval has none.
    Due,
    /// The current interval has one.
    NotDue,
    /// It is due, but …
    Blocked(Blocked),
}

impl DueReason {
    /// The word of tables and documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Due => "due",
            Self::NotDue => "not-due",
            Self::Blocked(blocked) => blocked.code(),
        }
    }
}

/// How a rule stands at a moment.
pub(super) struct RuleDue {
    pub due: bool,
    pub reason: DueReason,
    pub last: Option<Moment>,
    pub next: Moment,
    /// What a snapshot taken now would store.
    phase: Moment,
    /// When the current interval began.
    slot: Moment,
}

/// What is due.
pub(super) struct Due {
    pub rules: Vec<RuleDue>,
    pub create: Option<Create>,
    pub blocked: Option<Blocked>,
}

impl Due {
    pub fn new(
        schedule: &Schedule,
        series: &Series<'_>,
        members: &[Vec<usize>],
        now: Moment,
        params: &Params,
    ) -> Self {
        let mut rules: Vec<_> = members
            .iter()
            .enumerate()
            .map(|(rule, members)| stands(&schedule.rules[rule].every, series, members, now, params))
            .collect();
        let due: Vec<usize> = (0..rules.len()).filter(|rule| rules[*rule].due).collect();
        let period = |rule: &usize| schedule.rules[*rule].every.period;
        let Some(shortest) = due.iter().copied().min_by_key(|rule| period(rule).nominal_seconds()) else {
            return Self { rules, create: None, blocked: None };
        };
        let blocked = blocked(schedule, shortest, series, now, params);
        if let Some(blocked) = blocked {
            due.iter().for_each(|rule| rules[*rule].reason = DueReason::Blocked(blocked));
            return Self { rules, create: None, blocked: Some(blocked) };
        }
        let labels = due.iter().map(|rule| DueLabel { rule: *rule, phase: rules[*rule].phase }).collect();
        let create = Create { labels, slot: rules[shortest].slot };
        Self { rules, create: Some(create), blocked: None }
    }
}

fn stands(every: &Every, series: &Series<'_>, members: &[usize], now: Moment, params: &Params) -> RuleDue {
    let soon = now.saturating_add(calendar::grace(every));
    let label = |index: usize| label_of(&series.entries[index], every);
    let in_progress = series.in_progress.iter().copied().find(|index| label(*index).is_some());
    let last = [members.first().copied(), in_progress].into_iter().flatten();
    let last = last.max_by_key(|index| super::series::order(&series.entries[*index]));
    let phase_of_last = last.and_then(label).and_then(|label| label.phase);
    let grid = Grid::new(every, phase_of_last);

    let Some(last) = last.map(|index| series.time(index)) else {
        let believed = now.saturating_sub(OLDEST_HINT)..=now.saturating_add(SKEW);
        let start = calendar::minute(params.hint.filter(|hint| believed.contains(hint)).unwrap_or(now));
        let phase = grid.map_or(start, |grid| grid.boundary(grid.index(soon)));
        let slot = calendar::minute(now);
        return RuleDue { due: true, reason: DueReason::First, last: None, next: now, phase, slot };
    };
    let (next, due, slot) = match grid {
        Some(grid) => {
            let served = grid.index(last.saturating_add(calendar::grace(every)));
            let current = grid.index(soon);
            let apart = now.saturating_sub(last) >= calendar::spacing(every);
            (grid.boundary(served.saturating_add(1)), current > served && apart, grid.boundary(current))
        }
        None => {
            let next = calendar::add(last, every.period, 1);
            (next, soon >= next, calendar::minute(next))
        }
    };
    let phase = match grid {
        Some(grid @ Grid::Wall(_)) => grid.boundary(grid.index(soon)),
        _ => phase_of_last.unwrap_or_else(|| calendar::minute(last)),
    };
    let reason = if due { DueReason::Due } else { DueReason::NotDue };
    RuleDue { due, reason, last: Some(last), next, phase, slot }
}

/// Why nothing may be taken now. `shortest` is the shortest of the rules that are due.
///
/// Of the failures only a few are kept, so their number alone would never make the waits grow beyond 20 minutes, and would
/// shrink when older ones are deleted; the attempt in the newest one's name goes on counting.
fn blocked(
    schedule: &Schedule,
    shortest: usize,
    series: &Series<'_>,
    now: Moment,
    params: &Params,
) -> Option<Blocked> {
    if params.suspended {
        return Some(Blocked::Suspended);
    }
    if series.in_progress.len() >= MAX_UNREADY {
        return Some(Blocked::InFlight);
    }
    let newest_ready = series.ready.first().map(|index| series.time(*index));
    let since = |index: &&usize| newest_ready.is_none_or(|ready| series.time(**index) > ready);
    let last = *series.failed.first().filter(since)?;
    let seen = series.failed.iter().take(KEEP_FAILED).take_while(since).count();
    let failures = series.entries[last].attempt.max(u32::try_from(seen).unwrap_or(1));
    let doubled = 2i64.saturating_pow(failures - 1).saturating_mul(BACKOFF);
    let last = series.time(last);
    let one_period = calendar::add(last, schedule.rules[shortest].every.period, 1);
    let until = last.saturating_add(doubled).min(one_period);
    (now < until).then_some(Blocked::Backoff { until })
}
