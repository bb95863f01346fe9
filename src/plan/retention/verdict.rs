//! What becomes of each snapshot, with every reason that speaks for it.
//! What no rule may touch comes first; a snapshot goes only if nothing at all speaks for it.

use super::keep::Kept;
use super::reason::{Fate, Reason, Verdict};
use super::series::{Series, is_future, order};
use super::{FAILED_TTL, FORMER_VOLUMES, KEEP_FAILED, LAST_OF_VOLUME, Params};
use crate::plan::calendar::Moment;
use crate::plan::entry::{Entry, Foreign, Kind, State};
use crate::plan::schedule::Schedule;

/// Judges all snapshots, in the order in which they came.
pub(super) fn verdicts(
    schedule: &Schedule,
    series: &Series<'_>,
    members: &[Vec<usize>],
    kept: &[Kept],
    now: Moment,
    params: &Params,
) -> Vec<Verdict> {
    let usable = usable(series, now);
    let court = Court {
        schedule,
        series,
        now,
        params,
        claims: claims(series, members, kept),
        last_of: last_of_volumes(series, &usable, now),
        usable,
    };
    let mut failures = vec![None; series.entries.len()];
    series.failed.iter().enumerate().for_each(|(rank, index)| failures[*index] = Some(rank));
    (0..series.entries.len()).map(|index| court.judge(index, failures[index])).collect()
}

/// For each snapshot what the rules say: why they keep it, or at which place they do not.
type Claims = Vec<(Vec<Reason>, Option<(usize, usize)>)>;

fn claims(series: &Series<'_>, members: &[Vec<usize>], kept: &[Kept]) -> Claims {
    let mut claims: Claims = vec![(vec![], None); series.entries.len()];
    for (rule, (members, kept)) in members.iter().zip(kept).enumerate() {
        for (place, index) in members.iter().enumerate() {
            let (reasons, beyond) = &mut claims[*index];
            match kept.reason(place, rule) {
                Some(reason) => reasons.push(reason),
                None => *beyond = beyond.or(Some((rule, place + 1))),
            }
        }
    }
    claims
}

/// The snapshots of the group that could be restored from, whoever made them; newest first.
pub(super) fn usable(series: &Series<'_>, now: Moment) -> Vec<usize> {
    let is_usable = |entry: &Entry| {
        entry.state == State::Ready && !entry.tainted && entry.foreign.is_none() && !is_future(entry, now)
    };
    let entries = series.entries;
    let mut usable: Vec<_> = (0..entries.len()).filter(|index| is_usable(&entries[*index])).collect();
    usable.sort_unstable_by(|a, b| order(&entries[*b]).cmp(&order(&entries[*a])));
    usable
}

/// A claim that was deleted and made again under its name is empty, and its snapshots would push out those of the data: the newest of
/// each volume that it had before stays a month, as a safety snapshot does. A `maxAge` is a promise that comes first.
fn last_of_volumes(series: &Series<'_>, usable: &[usize], now: Moment) -> Vec<usize> {
    let mut volumes = vec![];
    let mut last_of = vec![];
    for index in usable {
        let Some(volume) = series.entries[*index].volume else { continue };
        if volumes.contains(&volume) {
            continue;
        }
        if volumes.len() > FORMER_VOLUMES {
            break;
        }
        let until = series.time(*index).saturating_add(LAST_OF_VOLUME);
        let is_young = now < until && !series.is_aged(*index);
        if !volumes.is_empty() && is_young {
            last_of.push(*index);
        }
        volumes.push(volume);
    }
    last_of
}

struct Court<'a> {
    schedule: &'a Schedule,
    series: &'a Series<'a>,
    now: Moment,
    params: &'a Params,
    claims: Claims,
    /// Whatever could be restored from, whoever made it; newest first.
    usable: Vec<usize>,
    /// The newest of each volume that the claim had before.
    last_of: Vec<usize>,
}

impl Court<'_> {
    fn judge(&self, index: usize, failure: Option<usize>) -> Verdict {
        let entry = &self.series.entries[index];
        if let Some(reason) = not_ours(entry) {
            return Verdict::new(Fate::Ignore, reason);
        }
        let mut reasons = self.claims[index].0.clone();
        reasons.extend(self.untouchable(entry));
        let until = self.series.time(index).saturating_add(LAST_OF_VOLUME);
        reasons.extend(self.last_of.contains(&index).then_some(Reason::LastOfVolume { until }));
        let (by_place, otherwise) = match (entry.kind, entry.state) {
            (Kind::Scheduled, State::Failed { timed_out }) => self.failure(index, failure, timed_out),
            (Kind::Scheduled, _) => (self.among_newest(&self.series.ready, index), self.surplus(index)),
            (Kind::Manual, _) if entry.expired => (self.among_newest(&self.usable, index), Reason::Expired),
            (Kind::Manual, _) if self.params.prune_manual => {
                (self.among_newest(&self.usable, index), Reason::Manual)
            }
            (Kind::Manual, _) => (Some(Reason::Manual), Reason::Manual),
            (Kind::Restore, _) => (Some(Reason::RestorePoint), Reason::RestorePoint),
        };
        reasons.extend(by_place);
        match reasons.is_empty() {
            true => Verdict::new(Fate::Delete, otherwise),
            false => Verdict { fate: Fate::Keep, reasons },
        }
    }

    /// What speaks for a snapshot, whatever the rules say.
    fn untouchable(&self, entry: &Entry) -> Vec<Reason> {
        let all = [
            (entry.state == State::InProgress, Reason::InProgress),
            (is_future(entry, self.now), Reason::FutureDated),
            (entry.held, Reason::Hold),
            (entry.in_use, Reason::InUse),
            (entry.requested, Reason::Requested),
            (entry.tainted, Reason::Tainted),
            (entry.was_ready && matches!(entry.state, State::Failed { .. }), Reason::WasReady),
            (entry.is_unknown_only(), Reason::UnknownInterval),
            (self.schedule.rules.is_empty(), Reason::NoSchedule),
        ];
        all.into_iter().filter(|(speaks, _)| *speaks).map(|(_, reason)| reason).collect()
    }

    /// It is among the newest that stay in any case. Of what the schedule made they are counted apart, so that a snapshot
    /// that was taken by hand never takes a place there.
    fn among_newest(&self, newest_first: &[usize], index: usize) -> Option<Reason> {
        let floor = self.params.min_count.max(1);
        let place = newest_first.iter().take(floor).position(|newest| *newest == index)?;
        Some(if place == 0 { Reason::NewestReady } else { Reason::MinCount })
    }

    fn surplus(&self, index: usize) -> Reason {
        if self.series.is_aged(index) { Reason::Expired } else { Reason::Surplus(self.claims[index].1) }
    }

    /// Failures stay to be looked at, a few and not for ever (retention.md, section 3.7). One without an error may still be
    /// uploading.
    fn failure(&self, index: usize, rank: Option<usize>, timed_out: bool) -> (Option<Reason>, Reason) {
        let time = self.series.time(index);
        let is_succeeded = self.series.ready.first().is_some_and(|newest| self.series.time(*newest) > time);
        let is_old = self.now.saturating_sub(time) >= FAILED_TTL && is_succeeded;
        let is_beyond = !timed_out && rank.is_some_and(|rank| rank >= KEEP_FAILED);
        ((!is_old && !is_beyond).then_some(Reason::FailedRecent), Reason::FailedOld)
    }
}

fn not_ours(entry: &Entry) -> Option<Reason> {
    match (entry.state, entry.foreign) {
        (State::Terminating, _) => Some(Reason::Terminating),
        (_, Some(Foreign::OtherClaim)) => Some(Reason::NotOurs),
        (_, Some(Foreign::GroupSnapshot)) => Some(Reason::GroupSnapshot),
        (_, None) => None,
    }
}
