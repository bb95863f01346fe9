//! When a snapshot that is kept now will be let go: what somebody asks who wonders how long it can be restored from.
//! A forecast for runs that are all on time; must not be taken for a decision.

use chrono::{DateTime, Utc};

use super::calendar::{self, Moment};
use super::prune::GroupPlan;
use super::retention::{Fate, Reason};
use crate::model::every::Every;
use crate::model::snapshot::Snapshot;

/// When the snapshot at this place of a plan goes, if every run from now on is on time; `None` if it stays, or if that
/// depends on more than time. What goes with the next run goes at `now`.
pub fn leaves(plan: &GroupPlan<'_>, place: usize, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (verdict, snapshot) = (plan.plan.verdicts.get(place)?, plan.snapshots.get(place)?);
    let moment = match verdict.fate {
        Fate::Ignore => return None,
        Fate::Delete => return Some(now),
        Fate::Keep => {
            let mut latest = None;
            for reason in &verdict.reasons {
                match ends(plan, *reason, snapshot, now.timestamp()) {
                    End::Never => return None,
                    End::WithOthers => {}
                    End::At(moment) => latest = latest.max(Some(moment)),
                }
            }
            latest?
        }
    };
    let by_age = plan.schedule.max_age.filter(|_| is_by_schedule(&verdict.reasons)).map(|age| {
        let taken = plan.entries.get(place).map_or(Moment::MAX, |entry| entry.time);
        calendar::reached(taken, &Every::plain(age), 1)
    });
    DateTime::from_timestamp(by_age.map_or(moment, |age| age.min(moment)), 0)
}

/// How long a reason holds.
enum End {
    Never,
    /// As long as the others: a newer snapshot is due before they end.
    WithOthers,
    At(Moment),
}

fn ends(plan: &GroupPlan<'_>, reason: Reason, snapshot: &Snapshot, now: Moment) -> End {
    let at = |time: Option<DateTime<Utc>>| time.map_or(End::Never, |time| End::At(time.timestamp()));
    match reason {
        Reason::Rule { rule, rank } => {
            let (Some(status), Some(rule)) = (plan.plan.rules.get(rule), plan.schedule.rules.get(rule))
            else {
                return End::Never;
            };
            // The next one makes it the one after: so many more until it is none of the newest `keep` + 1.
            let further = i64::from(rule.keep) + 1 - i64::try_from(rank).unwrap_or(i64::MAX);
            End::At(calendar::add(status.next_due.max(now), rule.every.period, further.max(0)))
        }
        Reason::Span { until, .. } => End::At(until),
        Reason::NewestReady | Reason::MinCount => End::WithOthers,
        Reason::LastOfVolume { until } => End::At(until),
        Reason::Manual => at(snapshot.expires),
        Reason::Hold => at(snapshot.hold.as_ref().and_then(|hold| hold.until)),
        _ => End::Never,
    }
}

fn is_by_schedule(reasons: &[Reason]) -> bool {
    let by_schedule = |reason: &Reason| {
        matches!(
            reason,
            Reason::Rule { .. } | Reason::Span { .. } | Reason::NewestReady | Reason::LastOfVolume { .. }
        )
    };
    reasons.iter().all(by_schedule)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::TimeDelta;

    use super::super::history::History;
    use super::super::retention::Params;
    use super::super::samples;
    use super::*;
    use crate::model::group::{Group, Rule};
    use crate::model::snapshot::{Hold, Interval, Purpose};

    fn group(rules: &[(&str, i64)]) -> Group {
        let rule = |(every, keep): &(&str, i64)| Rule { every: (*every).into(), keep: Some(*keep) };
        Group { schedule: rules.iter().map(rule).collect(), ..samples::group() }
    }

    fn plan<'a>(group: &'a Group, all: &'a [Snapshot], now: DateTime<Utc>) -> GroupPlan<'a> {
        GroupPlan::new(group, &History::of(group, all), &BTreeSet::new(), now, &Params::default()).unwrap()
    }

    /// Takes what is due, and lets go what goes, every ten minutes; returns what there was at the end of each run.
    fn runs(
        group: &Group,
        all: &mut Vec<Snapshot>,
        from: DateTime<Utc>,
        runs: i32,
    ) -> Vec<(DateTime<Utc>, Vec<String>)> {
        (0..runs)
            .map(|run| {
                let now = from + TimeDelta::minutes(10) * run;
                if let Some(create) = plan(group, all, now).plan.create {
                    let interval = |label: &super::super::retention::DueLabel| Interval {
                        text: group.schedule[label.rule].every.clone(),
                        wall: String::new(),
                        phase: Some(label.phase),
                    };
                    let purpose = Purpose::Scheduled(create.labels.iter().map(interval).collect());
                    let snapshot = samples::snapshot(&format!("s-{}", now.timestamp()));
                    all.push(Snapshot { created: now, taken: now, cut: None, purpose, ..snapshot });
                }
                let gone: Vec<_> = plan(group, all, now).deletions().iter().map(|s| s.name.clone()).collect();
                all.retain(|snapshot| !gone.contains(&snapshot.name));
                (now, all.iter().map(|snapshot| snapshot.name.clone()).collect())
            })
            .collect()
    }

    #[test]
    fn what_is_forecast_happens_if_every_run_is_on_time() {
        let group = group(&[("10 minutes", 3), ("hour", 2), ("2 hours", 1)]);
        let mut all = vec![];
        runs(&group, &mut all, samples::now(), 60);
        let now = samples::now() + TimeDelta::minutes(10 * 60 - 5);
        let before = all.clone();
        let plan = plan(&group, &before, now);
        let course = runs(&group, &mut all, now + TimeDelta::minutes(5), 60);
        assert!(before.len() > 5);
        for (place, snapshot) in plan.snapshots.iter().enumerate() {
            let gone =
                course.iter().find(|(_, names)| !names.contains(&snapshot.name)).map(|(time, _)| *time);
            let forecast = leaves(&plan, place, now);
            let apart = (forecast.unwrap() - gone.unwrap()).num_minutes().abs();
            assert!(apart <= 10, "{}: {forecast:?}, in fact {gone:?}", snapshot.name);
        }
    }

    #[test]
    fn what_is_not_the_schedules_business_has_the_end_that_was_given_to_it() {
        let group = group(&[("hour", 3)]);
        let now = samples::now();
        let later = Some(now + TimeDelta::days(3));
        let manual = samples::snapshot("manual");
        let hold = |until| Some(Hold { reason: "audit".into(), until });
        let all = [
            Snapshot { expires: later, ..samples::snapshot("expires") },
            Snapshot { expires: later, hold: hold(None), ..samples::snapshot("held") },
            Snapshot { hold: hold(later), ..samples::snapshot("manual-held") },
            Snapshot {
                expires: Some(now),
                taken: now - TimeDelta::hours(1),
                cut: None,
                ..samples::snapshot("over")
            },
            manual,
        ];
        let plan = plan(&group, &all, now);
        let end = |name: &str| {
            let place = plan.snapshots.iter().position(|snapshot| snapshot.name == name).unwrap();
            leaves(&plan, place, now)
        };
        assert_eq!((end("expires"), end("held"), end("manual-held")), (later, None, None));
        assert_eq!((end("manual"), end("over")), (None, Some(now)));
    }

    #[test]
    fn of_two_ends_the_later_counts() {
        let group = group(&[("hour", 3)]);
        let now = samples::now();
        let (sooner, later) = (Some(now + TimeDelta::days(1)), Some(now + TimeDelta::days(3)));
        let both = |expires, until| Snapshot {
            expires,
            hold: Some(Hold { reason: "audit".into(), until }),
            ..samples::snapshot("both")
        };
        for snapshot in [both(sooner, later), both(later, sooner)] {
            let all = [snapshot];
            assert_eq!(leaves(&plan(&group, &all, now), 0, now), later);
        }
    }

    #[test]
    fn what_lies_beyond_the_number_goes_once_a_younger_one_is_as_old_as_promised() {
        let group = group(&[("hour", 1)]);
        let now = samples::now();
        let taken = |name: &str, minutes| {
            let interval = Interval { text: "hour".into(), wall: String::new(), phase: None };
            let taken = now - TimeDelta::minutes(minutes);
            Snapshot {
                taken,
                cut: None,
                purpose: Purpose::Scheduled(vec![interval]),
                ..samples::snapshot(name)
            }
        };
        let all = [taken("a", 90), taken("b", 30), taken("c", 10)];
        let plan = plan(&group, &all, now);
        let place = plan.snapshots.iter().position(|snapshot| snapshot.name == "a").unwrap();
        assert_eq!(leaves(&plan, place, now), Some(now + TimeDelta::minutes(30)));
    }

    #[test]
    fn an_age_ends_what_the_schedule_keeps_and_nothing_else() {
        let group = Group { max_age: Some("2 days".into()), ..group(&[("day", 3)]) };
        let now = samples::now();
        let interval = Interval { text: "day".into(), wall: String::new(), phase: None };
        let scheduled = Snapshot {
            taken: now - TimeDelta::hours(1),
            cut: None,
            purpose: Purpose::Scheduled(vec![interval]),
            ..samples::snapshot("scheduled")
        };
        let later = Some(now + TimeDelta::days(5));
        let all = [scheduled, Snapshot { expires: later, ..samples::snapshot("by-hand") }];
        let plan = plan(&group, &all, now);
        let end = |name: &str| {
            let place = plan.snapshots.iter().position(|snapshot| snapshot.name == name).unwrap();
            leaves(&plan, place, now)
        };
        assert_eq!(end("scheduled"), Some(now + TimeDelta::hours(47)));
        assert_eq!(end("by-hand"), later);
    }
}
