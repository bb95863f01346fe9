//! The invariants of retention.md, section 3.12, by their numbers.
//! Each is stated on its own, without the planner's inner parts.

use kubectl_gemini::model::every::Every;
use kubectl_gemini::model::period::Period;
use kubectl_gemini::plan::calendar;
use kubectl_gemini::plan::entry::{Entry, Kind, Label, State};
use kubectl_gemini::plan::retention::{Create, Fate, Params, Plan, Reason, plan};
use kubectl_gemini::plan::schedule::{Rule, Schedule};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::states::{World, is_reached, periods, worlds, worlds_and_choices, worlds_with_age};
use crate::support::entry;

/// The names with a fate.
fn names(world: &World, plan: &Plan, fate: Fate) -> Vec<String> {
    let all = world.entries.iter().zip(&plan.verdicts);
    let mut names: Vec<_> =
        all.filter(|(_, verdict)| verdict.fate == fate).map(|(entry, _)| entry.name.clone()).collect();
    names.sort();
    names
}

fn is_deleted(world: &World, plan: &Plan, name: &str) -> bool {
    names(world, plan, Fate::Delete).iter().any(|deleted| deleted == name)
}

/// Periods whose length does not depend on a calendar.
fn fixed_periods() -> Vec<Every> {
    periods()
        .into_iter()
        .filter(|every| every.wall.is_none() && matches!(every.period, Period::Seconds(_)))
        .collect()
}

/// The world after the deletions of a plan that `carried_out` lets through.
fn after(world: &World, plan: &Plan, mut carried_out: impl FnMut(usize) -> bool) -> World {
    let mut deletions = 0;
    let mut entries = vec![];
    for (entry, verdict) in world.entries.iter().zip(&plan.verdicts) {
        let is_deletion = verdict.fate == Fate::Delete;
        deletions += usize::from(is_deletion);
        if !is_deletion || !carried_out(deletions - 1) {
            entries.push(entry.clone());
        }
    }
    World { entries, ..world.clone() }
}

/// The snapshot that a plan wants, as it is right after the create call.
fn taken(world: &World, create: &Create) -> Entry {
    let label = |due: &kubectl_gemini::plan::retention::DueLabel| Label {
        every: world.schedule.rules[due.rule].every,
        phase: Some(due.phase),
    };
    let labels = create.labels.iter().map(label).collect();
    Entry { labels, ..entry(format!("new-{}", create.slot), world.now, State::InProgress) }
}

proptest! {
    #[test]
    fn p1_partition(world in worlds_with_age()) {
        let plan = world.plan();
        prop_assert_eq!(plan.verdicts.len(), world.entries.len());
        for (entry, verdict) in world.entries.iter().zip(&plan.verdicts) {
            prop_assert!(!verdict.reasons.is_empty(), "{} has no reason", entry.name);
            let is_ours = entry.state != State::Terminating && entry.foreign.is_none();
            prop_assert_eq!(verdict.fate == Fate::Ignore, !is_ours, "{:?}", entry);
        }
    }

    #[test]
    fn p2_untouchables(world in worlds_with_age()) {
        let plan = world.plan();
        for (entry, verdict) in world.entries.iter().zip(&plan.verdicts) {
            let is_untouchable = entry.kind == Kind::Restore
                || entry.kind == Kind::Manual && !entry.expired && !world.params.prune_manual
                || entry.held || entry.in_use || entry.tainted
                || entry.state == State::InProgress
                || entry.time > world.now + 300
                || entry.labels.is_empty() && !entry.unknown.is_empty();
            prop_assert!(!is_untouchable || verdict.fate != Fate::Delete, "{:?}: {:?}", entry, verdict);
        }
    }

    #[test]
    fn p3_last_good(world in worlds_with_age()) {
        let plan = world.plan();
        for entry in world.ready().into_iter().take(world.params.min_count) {
            prop_assert!(!is_deleted(&world, &plan, &entry.name), "{}", entry.name);
        }
        // Whatever is ready, something ready stays.
        let usable = |entry: &Entry| entry.state == State::Ready && entry.foreign.is_none() && !entry.tainted;
        let before = world.entries.iter().any(usable);
        let left = after(&world, &plan, |_| true);
        prop_assert_eq!(before, left.entries.iter().any(usable));
    }

    #[test]
    fn p4_coverage(world in worlds()) {
        let plan = world.plan();
        let ready = world.ready();
        let kept: Vec<_> = ready.iter().filter(|entry| !is_deleted(&world, &plan, &entry.name)).collect();
        for rule in &world.schedule.rules {
            for count in 1..=i64::from(rule.keep) {
                let covers = |entry: &Entry| is_reached(entry, &rule.every, count, world.now);
                let before = ready.iter().any(|entry| covers(entry));
                prop_assert!(!before || kept.iter().any(|entry| covers(entry)), "{} x{}", rule.text, count);
            }
        }
    }

    #[test]
    fn p5_bounds(world in worlds()) {
        let plan = world.plan();
        for (number, (rule, status)) in world.schedule.rules.iter().zip(&plan.rules).enumerate() {
            let by_rule = |reason: &Reason| match reason {
                Reason::Rule { rule, .. } | Reason::Span { rule, .. } => *rule == number,
                _ => false,
            };
            let kept = plan.verdicts.iter().filter(|verdict| verdict.reasons.iter().any(by_rule)).count();
            let keep = rule.keep as usize;
            prop_assert!(kept >= status.members.min(keep + 1), "{} keeps {kept}", rule.text);
            prop_assert!(kept <= 3 * keep + 4, "{} keeps {kept}", rule.text);
        }
    }

    /// With a regular past exactly K+1.
    #[test]
    fn p5_regular_series_keep_exactly_one_more(
        every in select(fixed_periods()),
        keep in 0u32..6,
        late in prop::collection::vec(0i64..31, 14),
    ) {
        let grid = calendar::Grid::new(&every, Some(1_700_000_000)).unwrap();
        let newest = grid.index(1_773_144_307);
        let grace = calendar::grace(&every);
        let label = Label { every, phase: Some(1_700_000_000) };
        let entries: Vec<_> = late.iter().enumerate().map(|(age, late)| {
            let time = grid.boundary(newest - age as i64) + late.min(&grace);
            Entry { labels: vec![label], ..entry(format!("s{age}"), time, State::Ready) }
        }).collect();
        let rule = Rule { every, keep, text: every.to_string() };
        let now = entries[0].time;
        let schedule = Schedule { rules: vec![rule], max_age: None };
        let plan = plan(&schedule, &entries, now, &Params::default());
        let kept = plan.verdicts.iter().filter(|verdict| verdict.fate == Fate::Keep).count();
        prop_assert_eq!(kept, keep as usize + 1);
    }

    #[test]
    fn p6_idempotence(world in worlds_with_age()) {
        let plan = world.plan();
        let mut next = after(&world, &plan, |_| true);
        next.entries.extend(plan.create.as_ref().map(|create| taken(&world, create)));
        let again = next.plan();
        prop_assert_eq!(&again.create, &None);
        prop_assert_eq!(names(&next, &again, Fate::Delete), Vec::<String>::new());
    }

    #[test]
    fn p7_crash_safety((world, choices) in worlds_and_choices()) {
        let plan = world.plan();
        let half = after(&world, &plan, |number| choices[number % choices.len()].index(2) == 0);
        let again = half.plan();
        prop_assert_eq!(names(&half, &again, Fate::Keep), names(&world, &plan, Fate::Keep));
        // Only maxAge deletes what a rule still needs to know when it is due.
        if world.schedule.max_age.is_none() {
            prop_assert_eq!(&again.create, &plan.create);
        }
    }

    #[test]
    fn p8_order((world, choices) in worlds_and_choices()) {
        let plan = world.plan();
        let mut other = world.clone();
        for (number, choice) in choices.iter().enumerate().take(other.entries.len()) {
            let with = choice.index(other.entries.len());
            other.entries.swap(number, with);
        }
        let again = other.plan();
        for (entry, verdict) in other.entries.iter().zip(&again.verdicts) {
            let index = world.entries.iter().position(|e| e.name == entry.name).unwrap();
            prop_assert_eq!(verdict, &plan.verdicts[index]);
        }
        prop_assert_eq!(again.create, plan.create);
        prop_assert_eq!(again.rules, plan.rules);
    }

    #[test]
    fn p9_failures_are_inert(world in worlds_with_age()) {
        let plan = world.plan();
        let is_ready = |entry: &&Entry| !matches!(entry.state, State::Failed { .. } | State::InProgress);
        let other = World { entries: world.entries.iter().filter(is_ready).cloned().collect(), ..world.clone() };
        let again = other.plan();
        for (entry, verdict) in other.entries.iter().zip(&again.verdicts) {
            let index = world.entries.iter().position(|e| e.name == entry.name).unwrap();
            prop_assert_eq!(verdict, &plan.verdicts[index]);
        }
    }

    #[test]
    fn p10_monotone_in_keep(world in worlds(), rule in any::<Index>(), more in 1u32..20) {
        let before = names(&world, &world.plan(), Fate::Keep);
        let mut other = world.clone();
        let rule = rule.index(other.schedule.rules.len());
        other.schedule.rules[rule].keep += more;
        let after = names(&other, &other.plan(), Fate::Keep);
        prop_assert!(before.iter().all(|name| after.contains(name)), "{:?} {:?}", before, after);
    }

    #[test]
    fn p11_monotone_in_rules(world in worlds(), another in any::<Index>(), keep in 0u32..6) {
        let mut others = periods();
        others.retain(|every| world.schedule.rules.iter().all(|rule| rule.every != *every));
        let every = others[another.index(others.len())];
        let before = names(&world, &world.plan(), Fate::Keep);
        let mut other = world.clone();
        other.schedule.rules.push(Rule { every, keep, text: every.to_string() });
        let after = names(&other, &other.plan(), Fate::Keep);
        prop_assert!(before.iter().all(|name| after.contains(name)), "{:?} {:?}", before, after);
    }

    #[test]
    fn p12_empty_schedule(mut world in worlds()) {
        world.schedule.rules.clear();
        let plan = world.plan();
        prop_assert_eq!(names(&world, &plan, Fate::Delete), Vec::<String>::new());
        prop_assert_eq!(plan.create, None);
        prop_assert!(!plan.brake);
    }

    #[test]
    fn p15_clock_forward(mut world in worlds(), ahead in 1i64..20 * 31_536_000) {
        world.entries.retain(|entry| entry.time <= world.now);
        let plan = world.plan();
        let later = World { now: world.now + ahead, ..world.clone() };
        let again = later.plan();
        for (entry, (before, after)) in world.entries.iter().zip(plan.verdicts.iter().zip(&again.verdicts)) {
            let among_newest = |reason: &Reason| matches!(reason, Reason::Rule { .. } | Reason::NewestReady);
            if before.reasons.iter().any(among_newest) {
                prop_assert_eq!(after.fate, Fate::Keep, "{}", entry.name);
            }
        }
    }

    #[test]
    fn p16_clock_back(world in worlds(), back in 0i64..31_536_000) {
        let earlier = World { now: world.now - back, ..world.clone() };
        let plan = earlier.plan();
        for (entry, verdict) in earlier.entries.iter().zip(&plan.verdicts) {
            prop_assert!(entry.time <= earlier.now + 300 || verdict.fate != Fate::Delete);
        }
        let mut without = earlier.clone();
        without.entries.retain(|entry| entry.time <= earlier.now + 300);
        let again = without.plan();
        prop_assert_eq!(again.create, plan.create);
        prop_assert_eq!(again.blocked, plan.blocked);
    }

    #[test]
    fn p17_one_creation(mut world in worlds_with_age(), suspended: bool) {
        world.params.suspended = suspended;
        let plan = world.plan();
        let due: Vec<usize> = (0..plan.rules.len()).filter(|rule| plan.rules[*rule].due).collect();
        let labelled = plan.create.as_ref().map(|create| create.labels.iter().map(|l| l.rule).collect::<Vec<_>>());
        match (due.is_empty(), plan.blocked) {
            (true, blocked) => prop_assert!(blocked.is_none() && labelled.is_none()),
            (false, Some(_)) => prop_assert_eq!(labelled, None),
            (false, None) => prop_assert_eq!(labelled, Some(due)),
        }
        prop_assert!(!suspended || plan.create.is_none());
    }

    #[test]
    fn p18_cadence(
        every in select(periods()),
        gaps in prop::collection::vec(0.0..1.0f64, 40),
        longest in 60i64..7_200,
        start in 1_700_000_000i64..1_800_000_000,
    ) {
        let longest = longest.min(every.period.nominal_seconds() / 2).max(2);
        let rule = Rule { every, keep: 2, text: every.to_string() };
        let mut world = World {
            schedule: Schedule { rules: vec![rule], max_age: None }, entries: vec![], now: start, params: Params::default(),
        };
        let mut previous: Option<i64> = None;
        let pass = |world: &mut World, previous: &mut Option<i64>| -> Result<(), TestCaseError> {
            let plan = world.plan();
            if let Some(create) = &plan.create {
                let mut new = taken(world, create);
                new.state = State::Ready;
                world.entries.push(new);
                if let Some(previous) = previous.replace(world.now) {
                    let period = calendar::reached(previous, &every, 1) - previous;
                    // An hour for a clock that is set, three days for a month that is short.
                    let slack = match (every.wall.is_some(), every.period) {
                        (false, Period::Seconds(_)) => 0,
                        (true, Period::Seconds(_)) => 86_400,
                        _ => 4 * 86_400,
                    };
                    let apart = world.now - previous;
                    prop_assert!(apart >= calendar::spacing(&every), "{apart} apart");
                    prop_assert!(apart <= period + longest + calendar::grace(&every) + slack, "{apart} apart");
                }
            }
            Ok(())
        };
        for gap in gaps {
            // Nothing happens in between: go near the next due time, then in passes.
            let next = world.plan().rules[0].next_due;
            world.now = world.now.max(next - longest * 2);
            for _ in 0..6 {
                pass(&mut world, &mut previous)?;
                world.now += 1 + (gap * (longest - 1) as f64) as i64;
            }
        }
    }

    #[test]
    fn p19_next_due_is_honest(mut world in worlds(), ahead in prop_oneof![-400i64..40_000_000, -2i64..3]) {
        world.entries.retain(|entry| entry.time <= world.now - 400);
        let before = world.plan();
        for (rule, status) in world.schedule.rules.iter().zip(&before.rules) {
            let Some(last) = status.last else {
                prop_assert!(status.due && status.next_due == world.now);
                continue;
            };
            let has_phase = rule.every.wall.is_some() || phase_of_last(&world, rule, last);
            let spacing = if has_phase { calendar::spacing(&rule.every) } else { i64::MIN / 2 };
            let from = (status.next_due - calendar::grace(&rule.every)).max(last.saturating_add(spacing));
            for now in [world.now, from - 1, from, from + ahead, status.next_due] {
                let then = World { now: now.max(world.now - 300), ..world.clone() };
                let number = world.schedule.rules.iter().position(|r| r == rule).unwrap();
                prop_assert_eq!(then.plan().rules[number].due, then.now >= from, "{} at {}", rule.text, then.now);
            }
        }
    }
}

/// The newest of a series has a phase stored. Without any that is labelled and ready, what was adopted is the series.
fn phase_of_last(world: &World, rule: &Rule, last: i64) -> bool {
    let label = |entry: &Entry| entry.labels.iter().find(|label| label.every == rule.every).copied();
    let ours = |entry: &Entry| entry.kind == Kind::Scheduled && entry.foreign.is_none() && !entry.tainted;
    let ready = |entry: &Entry| ours(entry) && entry.state == State::Ready;
    let adopts = !world.entries.iter().any(|entry| ready(entry) && label(entry).is_some());
    let labelled = |entry: &Entry| {
        ours(entry) && label(entry).is_some() && matches!(entry.state, State::Ready | State::InProgress)
    };
    let belongs = |entry: &&Entry| entry.time == last && (labelled(entry) || adopts && ready(entry));
    let newest = world.entries.iter().filter(belongs).max_by_key(|entry| &entry.name);
    newest.and_then(label).is_some_and(|label| label.phase.is_some())
}
