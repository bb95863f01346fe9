//! Watches a simulation and fails at the first pass at which an invariant of retention.md, section 3.12, does not hold.
//! What depends on the world, such as how many snapshots a rule keeps, is counted and left to the test.

use kubectl_gemini::plan::calendar::Moment;
use kubectl_gemini::plan::entry::{Entry, Label, State};
use kubectl_gemini::plan::retention::{DueLabel, Fate, Params, Plan, Reason, Verdict, plan};
use kubectl_gemini::plan::schedule::Schedule;
use kubectl_gemini::plan::simulate::{Observer, Scene};

use crate::states::is_reached;
use crate::support::{clock, entry};

/// What was seen of a rule.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Snapshots asked for that carry its label.
    pub created: i64,
    /// What it keeps reaches as far back as promised, and from then on always must.
    pub reaches: bool,
    /// When a pass ended with K+2 of the rule.
    pub one_more: Vec<Moment>,
    /// When a pass ended with more than that.
    pub too_many: Vec<Moment>,
}

/// Watches a schedule.
pub struct Watch {
    schedule: Schedule,
    /// The rules, in the order of the schedule.
    pub rules: Vec<Seen>,
}

impl Watch {
    pub fn new(schedule: &Schedule) -> Self {
        Self { schedule: schedule.clone(), rules: vec![Seen::default(); schedule.rules.len()] }
    }

    /// The plan for other snapshots at the same time.
    fn plan(&self, scene: &Scene<'_>, entries: &[Entry]) -> Plan {
        let params = Params { hint: Some(scene.run.nominal), ..Params::default() };
        plan(&self.schedule, entries, scene.now, &params)
    }

    /// P1, P2, P3
    fn fates_make_sense(scene: &Scene<'_>) {
        assert_eq!(scene.plan.verdicts.len(), scene.entries.len());
        for (entry, verdict) in judged(scene) {
            assert!(!verdict.reasons.is_empty(), "{}", at(scene));
            assert_ne!(verdict.fate, Fate::Ignore, "{}", at(scene));
            assert!(entry.state != State::InProgress || verdict.fate == Fate::Keep, "{}", at(scene));
        }
        let newest = judged(scene).filter(|(entry, _)| is_ready(entry)).max_by_key(|(entry, _)| entry.time);
        assert!(newest.is_none_or(|(_, verdict)| verdict.fate == Fate::Keep), "{}", at(scene));
    }

    /// P4 and P5. Coverage is asked of what the rule itself keeps: what others keep must not hide a gap.
    fn rules_keep_enough(&mut self, scene: &Scene<'_>) {
        for (number, rule) in self.schedule.rules.iter().enumerate() {
            let kept: Vec<_> = judged(scene).filter(|(_, verdict)| is_kept_by(number, verdict)).collect();
            let keep = rule.keep as usize;
            let members = scene.plan.rules[number].members;
            assert!(
                kept.iter().all(|(_, verdict)| verdict.fate == Fate::Keep),
                "{} {}",
                rule.text,
                at(scene)
            );
            assert!(kept.len() >= members.min(keep + 1), "{} {}", rule.text, at(scene));
            assert!(kept.len() <= 3 * keep + 4, "{} {}", rule.text, at(scene));
            for count in 1..=i64::from(rule.keep) {
                let covers = |entry: &Entry| is_reached(entry, &rule.every, count, scene.now);
                let before = scene.entries.iter().any(|entry| is_ready(entry) && covers(entry));
                let after = kept.iter().any(|(entry, _)| covers(entry));
                assert!(!before || after, "{} x{count} {}", rule.text, at(scene));
            }
            let promised = |entry: &Entry| is_reached(entry, &rule.every, rule.keep.into(), scene.now);
            let reaches = kept.iter().any(|(entry, _)| promised(entry));
            assert!(reaches || !self.rules[number].reaches, "{} gives up its span {}", rule.text, at(scene));
            self.rules[number].reaches = reaches;
        }
    }

    /// P6: once carried out, there is nothing left to do.
    fn is_done_at_once(&self, scene: &Scene<'_>) {
        let is_idle = scene.plan.verdicts.iter().all(|verdict| verdict.fate != Fate::Delete);
        if is_idle && scene.plan.create.is_none() {
            return;
        }
        let mut next = left(scene, scene.plan);
        next.extend(scene.plan.create.as_ref().map(|create| {
            let label =
                |due: &DueLabel| Label { every: self.schedule.rules[due.rule].every, phase: Some(due.phase) };
            let labels = create.labels.iter().map(label).collect();
            Entry { labels, ..entry("new", scene.now, State::InProgress) }
        }));
        let again = self.plan(scene, &next);
        assert_eq!(again.create, None, "{}", at(scene));
        assert!(again.verdicts.iter().all(|verdict| verdict.fate != Fate::Delete), "{}", at(scene));
    }

    /// P7: a crash between deletions changes nothing of what is left in the end.
    fn survives_a_crash(&self, scene: &Scene<'_>) {
        let doomed = scene.plan.deletions(scene.entries);
        for gone in doomed.iter().take(doomed.len().saturating_sub(1)) {
            let others = scene.entries.iter().enumerate().filter(|(index, _)| index != gone);
            let half: Vec<_> = others.map(|(_, entry)| entry.clone()).collect();
            let again = self.plan(scene, &half);
            let half = Scene { run: scene.run, now: scene.now, entries: &half, plan: &again };
            assert_eq!(names(&left(&half, &again)), names(&left(scene, scene.plan)), "{}", at(scene));
            assert_eq!(again.create, scene.plan.create, "{}", at(scene));
        }
    }

    /// P8
    fn order_does_not_matter(&self, scene: &Scene<'_>) {
        let reversed: Vec<_> = scene.entries.iter().rev().cloned().collect();
        let again = self.plan(scene, &reversed);
        assert!(again.verdicts.iter().rev().eq(&scene.plan.verdicts), "{}", at(scene));
        assert_eq!((&again.create, &again.rules), (&scene.plan.create, &scene.plan.rules), "{}", at(scene));
    }

    /// P9
    fn failures_are_inert(&self, scene: &Scene<'_>) {
        if scene.entries.iter().all(is_ready) {
            return;
        }
        let ready: Vec<_> = scene.entries.iter().filter(|entry| is_ready(entry)).cloned().collect();
        let again = self.plan(scene, &ready);
        let before = judged(scene).filter(|(entry, _)| is_ready(entry)).map(|(_, verdict)| verdict);
        assert!(again.verdicts.iter().eq(before), "{}", at(scene));
    }
}

impl Observer for Watch {
    fn planned(&mut self, scene: &Scene<'_>) {
        Self::fates_make_sense(scene);
        self.rules_keep_enough(scene);
        self.is_done_at_once(scene);
        self.survives_a_crash(scene);
        self.order_does_not_matter(scene);
        self.failures_are_inert(scene);
    }

    fn created(&mut self, entry: &Entry) {
        for (seen, rule) in self.rules.iter_mut().zip(&self.schedule.rules) {
            seen.created += i64::from(entry.labels.iter().any(|label| label.every == rule.every));
        }
    }

    fn ended(&mut self, scene: &Scene<'_>, _deleted: &[usize]) {
        for (number, rule) in self.schedule.rules.iter().enumerate() {
            let kept = scene.plan.verdicts.iter().filter(|verdict| is_kept_by(number, verdict)).count();
            match kept.saturating_sub(rule.keep as usize + 1) {
                0 => {}
                1 => self.rules[number].one_more.push(scene.now),
                _ => self.rules[number].too_many.push(scene.now),
            }
        }
    }
}

fn judged<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a Entry, &'a Verdict)> + use<'a> {
    scene.entries.iter().zip(&scene.plan.verdicts)
}

fn is_ready(entry: &Entry) -> bool {
    entry.state == State::Ready
}

fn is_kept_by(number: usize, verdict: &Verdict) -> bool {
    verdict.reasons.iter().any(|reason| match reason {
        Reason::Rule { rule, .. } | Reason::Span { rule, .. } => *rule == number,
        _ => false,
    })
}

/// What a plan leaves.
fn left(scene: &Scene<'_>, plan: &Plan) -> Vec<Entry> {
    let judged = scene.entries.iter().zip(&plan.verdicts);
    judged.filter(|(_, verdict)| verdict.fate != Fate::Delete).map(|(entry, _)| entry.clone()).collect()
}

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.name.as_str()).collect()
}

fn at(scene: &Scene<'_>) -> String {
    format!("at {}", clock(scene.now))
}
