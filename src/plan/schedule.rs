//! The rules of a group as they are meant, or what is wrong with them.
//! Must not be lenient: a schedule that is half understood would delete what the other half keeps.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::model::duration;
use crate::model::every::{self, Every};
use crate::model::group::{self, Group};
use crate::model::period::Period;

/// The largest `keep` that is taken; Gemini knows no limit.
const LARGEST_KEEP: u32 = 100_000;

/// What a group's schedule means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// In the order of the manifest, no two with the same `every`.
    pub rules: Vec<Rule>,
    /// How long a scheduled snapshot is kept at most.
    pub max_age: Option<Period>,
}

/// One rule: how often, and how many besides the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// How often, and when.
    pub every: Every,
    /// 0 to 100,000; the rule promises a snapshot that is this many periods old.
    pub keep: u32,
    /// Its spelling in the manifest, without white space around it.
    pub text: String,
}

/// Reads the schedule of a group: the schedule and its warnings, or all of its faults (retention.md, section 4.3). No
/// rules at all are no fault. Every message is one line that names the place in the manifest.
pub fn read(group: &Group) -> Result<(Schedule, Vec<String>), Vec<String>> {
    let mut notes = Notes::default();
    let entries = group.schedule.iter().enumerate().filter_map(|(index, rule)| notes.entry(index, rule));
    let entries: Vec<_> = entries.collect();
    let max_age = notes.max_age(group.max_age.as_deref());
    let entries = notes.merged(entries);
    notes.beyond(&entries, max_age);
    match notes.faults.is_empty() {
        true => {
            let rules = entries.into_iter().map(|entry| entry.rule).collect();
            Ok((Schedule { rules, max_age }, notes.warnings))
        }
        false => Err(notes.faults),
    }
}

/// Warnings about rules that runs so many seconds apart cannot serve on time.
pub fn warn_run_period(schedule: &Schedule, every_run_seconds: i64) -> Vec<String> {
    let Ok(run) = u64::try_from(every_run_seconds) else { return vec![] };
    schedule.rules.iter().filter_map(|rule| unreached(rule, run)).collect()
}

/// What to say of a rule whose moments lie between two runs.
fn unreached(rule: &Rule, run: u64) -> Option<String> {
    const DAY: u64 = 86_400;
    let (text, period) = (&rule.text, u64::try_from(rule.every.period.nominal_seconds()).ok()?);
    let apart = |runs: u64| duration::typed(Duration::from_secs(runs.saturating_mul(run)));
    match (rule.every.period, period.checked_div(run)?) {
        (_, 0) => Some(format!(
            "{text:?} is shorter than the time between two runs: snapshots will be {} apart",
            apart(1)
        )),
        (Period::Seconds(_), runs) if !period.is_multiple_of(run) => Some(format!(
            "{text:?} is no multiple of the {} between two runs: snapshots will be {} or {} apart",
            apart(1),
            apart(runs),
            apart(runs + 1)
        )),
        // Months are whole days, but not always as many.
        (Period::Months(_), _) if !DAY.is_multiple_of(run) => Some(format!(
            "{text:?} is no multiple of the {0} between two runs: snapshots will be up to {0} late",
            apart(1)
        )),
        _ => None,
    }
}

/// A rule, and which entry of the manifest it is.
struct Entry {
    index: usize,
    rule: Rule,
}

/// What has been found out about a schedule while it is read.
#[derive(Default)]
struct Notes {
    faults: Vec<String>,
    warnings: Vec<String>,
}

impl Notes {
    /// Checks both fields, so that the user hears of both at once.
    fn entry(&mut self, index: usize, rule: &group::Rule) -> Option<Entry> {
        let every = self.period_at(&format!("schedule[{index}].every"), &rule.every, every::parse);
        let keep = self.keep(&format!("schedule[{index}].keep"), rule.keep);
        let text = rule.every.trim().to_owned();
        Some(Entry { index, rule: Rule { every: every?, keep: keep?, text } })
    }

    fn period_at<T>(&mut self, place: &str, text: &str, read: fn(&str) -> Result<T, String>) -> Option<T> {
        read(text).map_err(|message| self.faults.push(every::fault(place, &message))).ok()
    }

    fn max_age(&mut self, text: Option<&str>) -> Option<Period> {
        self.period_at("maxAge", text?, every::parse_period)
    }

    fn keep(&mut self, place: &str, keep: Option<i64>) -> Option<u32> {
        let Some(written) = keep else {
            self.warnings.push(format!("{place} is missing; 0 is meant (keeps only the newest)"));
            return Some(0);
        };
        let Ok(keep) = u32::try_from(written.min(i64::from(u32::MAX))) else {
            self.faults.push(format!("{place}: {written}: must be 0 or more (0 keeps only the newest)"));
            return None;
        };
        if keep > LARGEST_KEEP {
            self.warnings.push(format!(
                "{place}: {written}: more than {LARGEST_KEEP} are not kept; {LARGEST_KEEP} is taken"
            ));
        }
        Some(keep.min(LARGEST_KEEP))
    }

    /// Entries that mean the same become one, at the first place with the first text.
    fn merged(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut merged: Vec<Entry> = vec![];
        for entry in entries {
            match merged.iter_mut().find(|first| first.rule.every == entry.rule.every) {
                None => merged.push(entry),
                Some(first) => {
                    first.rule.keep = first.rule.keep.max(entry.rule.keep);
                    self.warnings.push(format!(
                        "{first} and {entry} are the same interval; keeping the larger keep ({})",
                        first.rule.keep
                    ));
                }
            }
        }
        merged
    }

    /// Warns of rules that promise more than the age limit leaves: as many periods as they keep, and at least the one
    /// until the next snapshot falls due.
    fn beyond(&mut self, entries: &[Entry], max_age: Option<Period>) {
        let Some(max_age) = max_age else { return };
        let reach = |rule: &Rule| rule.every.period.nominal_seconds().saturating_mul(rule.keep.max(1).into());
        for entry in entries.iter().filter(|entry| reach(&entry.rule) > max_age.nominal_seconds()) {
            self.warnings.push(format!(
                "{entry} with keep {} needs snapshots older than maxAge ({max_age}), which are not kept",
                entry.rule.keep
            ));
        }
    }
}

impl std::fmt::Display for Entry {
    /// As messages name it: `schedule[3] "60 minutes"`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "schedule[{}] {:?}", self.index, self.rule.text)
    }
}
