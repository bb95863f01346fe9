//! The snapshots that a group would have: the planner's own, from a hundred days of passes in which nothing went wrong.
//! Moved in time so that nothing is due and nothing has to go for most of a day.

use kubectl_gemini::model::every;
use kubectl_gemini::model::snapshot::Interval;
use kubectl_gemini::plan::entry::Entry;
use kubectl_gemini::plan::retention::{Fate, Params, plan};
use kubectl_gemini::plan::schedule::{Rule, Schedule};
use kubectl_gemini::plan::simulate::{Observer, Trouble, World, simulate};

use crate::Result;

const HOUR: i64 = 3_600;
const DAYS: i64 = 100;
/// The newest snapshot is at least so old, in seconds: a rule of ten minutes that is added makes its group due.
const YOUNGEST: i64 = 1_200;
/// How many hours after the fill there is still nothing to do.
const QUIET_HOURS: i64 = 20;

/// One snapshot of a history.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The seconds in its name.
    pub slot: i64,
    /// When it was asked for.
    pub time: i64,
    /// What it was taken for.
    pub intervals: Vec<Interval>,
}

/// A schedule, and the snapshots it led to.
pub struct History {
    /// The rules: period and how many to keep.
    pub rules: Vec<(&'static str, u32)>,
    schedule: Schedule,
    entries: Vec<Entry>,
}

struct Nobody;

impl Observer for Nobody {}

impl History {
    /// A history of so many snapshots.
    pub fn of(count: usize) -> Result<Self> {
        let end = DAYS * 24 * HOUR;
        let world = World {
            start: 0,
            end: end + 1,
            every_run: HOUR,
            ready_after: 0,
            trouble: Trouble::default(),
            seed: 1,
        };
        for keep in 0..=u32::try_from(count)? {
            let rules = vec![("day", keep), ("week", 6)];
            let schedule = schedule(&rules)?;
            let entries = simulate(&schedule, "x", &world, &mut Nobody).entries;
            if entries.len() == count {
                return Ok(Self { rules, schedule, entries });
            }
        }
        Err(format!("no schedule of days and weeks leads to {count} snapshots").into())
    }

    /// The history of the group of this number, as it is at `now`: groups differ by minutes.
    pub fn at(&self, number: usize, now: i64) -> Result<Vec<Taken>> {
        let newest = self.entries.last().map(|entry| entry.time).unwrap_or_default();
        let age = YOUNGEST + i64::try_from(number % 60)? * 60;
        let shift = (now - age) / 60 * 60 - newest;
        let text = |every| self.schedule.rules.iter().find(|rule| rule.every == every);
        let taken = |entry: &Entry| {
            let slot: i64 = entry.name.rsplit('-').next()?.parse().ok()?;
            let interval = |label: &kubectl_gemini::plan::entry::Label| {
                let phase = label.phase.map(|phase| phase + shift);
                Some(Interval { text: text(label.every)?.text.clone(), wall: String::new(), phase })
            };
            Some(Taken {
                slot: slot + shift,
                time: entry.time + shift,
                intervals: entry.labels.iter().filter_map(interval).collect(),
            })
        };
        self.require_quiet(shift, now)?;
        self.entries.iter().map(|entry| taken(entry).ok_or_else(|| "a name without a time".into())).collect()
    }

    /// The planner itself must find nothing to do, or something else than a pass with nothing to do is measured.
    fn require_quiet(&self, shift: i64, now: i64) -> Result<()> {
        for hours in 0..=QUIET_HOURS {
            let then = now - shift + hours * HOUR;
            let plan = plan(&self.schedule, &self.entries, then, &Params::default());
            let deletes = plan.verdicts.iter().any(|verdict| verdict.fate == Fate::Delete);
            if plan.create.is_some() || deletes {
                return Err(format!("there is something to do after {hours} hours").into());
            }
        }
        Ok(())
    }
}

fn schedule(rules: &[(&str, u32)]) -> Result<Schedule> {
    let rule = |(text, keep): &(&str, u32)| -> Result<Rule> {
        Ok(Rule { every: every::parse(text)?, keep: *keep, text: (*text).to_owned() })
    };
    Ok(Schedule { rules: rules.iter().map(rule).collect::<Result<_>>()?, max_age: None })
}
