//! Which members of its series a rule needs: the newest, and on until one is old enough.
//! The guarantee lies here: whatever the labels say, what reaches back far enough is kept (retention.md, 3.6 and P4).

use super::Reason;
use super::series::Series;
use crate::plan::calendar::{self, Moment};
use crate::plan::schedule::Rule;

/// What a rule keeps of its series.
pub(super) struct Kept {
    /// For each member, newest first, why it is kept, if it is; `rule` is not filled in.
    reasons: Vec<Option<Why>>,
    /// Some member is as old as promised.
    pub reaches: bool,
}

#[derive(Clone, Copy)]
enum Why {
    Newest,
    Span(Moment),
}

impl Kept {
    pub fn new(rule: &Rule, members: &[usize], series: &Series<'_>, now: Moment) -> Self {
        let keep = usize::try_from(rule.keep).unwrap_or(usize::MAX);
        let soon = now.saturating_add(calendar::grace(&rule.every));
        let reached = |member: &usize, count: usize| {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            calendar::reached(series.time(*member), &rule.every, count)
        };
        // The youngest member that is so many periods old: ages grow along the series.
        let witness = |count: usize| {
            match count {
                0 => Some(0),
                _ => Some(members.partition_point(|member| reached(member, count) > soon)),
            }
            .filter(|place| *place < members.len())
        };
        let oldest = members.len().saturating_sub(1);
        let full = witness(keep);
        let last = full.map_or(oldest, |full| full.max(keep)).min(2 * (keep + 1));
        let mut needed = vec![false; members.len()];
        needed.iter_mut().take(last + 1).for_each(|needed| *needed = true);
        // A series has no more witnesses than members, however many periods are asked for.
        let mut place = 0;
        for count in 1..=keep {
            match witness_from(&mut place, members, |member| reached(member, count) <= soon) {
                Some(place) => needed[place] = true,
                None => break,
            }
        }
        if full.is_none()
            && let Some(needed) = needed.last_mut()
        {
            *needed = true;
        }
        let why = |(place, needed): (usize, bool)| {
            let younger = place.checked_sub(1).and_then(|younger| members.get(younger));
            match (needed, younger) {
                (false, _) => None,
                (true, Some(younger)) if place > keep => Some(Why::Span(reached(younger, keep))),
                (true, _) => Some(Why::Newest),
            }
        };
        Self { reasons: needed.into_iter().enumerate().map(why).collect(), reaches: full.is_some() }
    }

    /// Why the member at `place` is kept by the rule with this index.
    pub fn reason(&self, place: usize, rule: usize) -> Option<Reason> {
        let rank = place + 1;
        match self.reasons.get(place).copied().flatten()? {
            Why::Newest => Some(Reason::Rule { rule, rank }),
            Why::Span(until) => Some(Reason::Span { rule, rank, until }),
        }
    }
}

/// Goes on along the series from `place` to the first member that is old enough.
fn witness_from(
    place: &mut usize,
    members: &[usize],
    is_old_enough: impl Fn(&usize) -> bool,
) -> Option<usize> {
    while !is_old_enough(members.get(*place)?) {
        *place += 1;
    }
    Some(*place)
}
