//! What a pass with nothing to do may cost, and whether it does.
//! The bare lists of the same round-up are the measure of time, so that a slow machine changes nothing.

use crate::calls::with_verbs;
use crate::fill::Size;
use crate::passes::{Kind, Run, Sample};
use crate::raw::PAGE;

/// A pass takes at most so many times as long as the bare lists.
const TIMES_RAW: f64 = 1.0;
/// It needs at most so much memory, in MiB.
const PEAK: f64 = 64.0;
/// It makes at most so many list calls besides one for each page.
const MORE_LISTS: u64 = 5;
const WRITES: [&str; 6] = ["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"];

/// One aim, and what was reached.
#[derive(Debug, serde::Serialize)]
pub struct Aim {
    /// Such as `list -A: memory`.
    pub what: String,
    /// What was measured.
    pub measured: String,
    /// What is allowed.
    pub allowed: String,
    /// It is within.
    pub reached: bool,
}

/// The aims of every pass with nothing to do; none if the bare lists were not measured.
pub fn judge(samples: &[Sample], size: Size) -> Vec<Aim> {
    let Some(raw) = samples.iter().find(|sample| sample.kind == Kind::Raw) else { return vec![] };
    let idle = samples.iter().filter(|sample| sample.kind == Kind::Idle);
    idle.flat_map(|sample| of(sample, raw, size)).collect()
}

fn of(sample: &Sample, raw: &Sample, size: Size) -> [Aim; 4] {
    let wall = |run: &Run| run.usage.wall;
    let (ours, theirs) = (median(&sample.runs, wall), median(&raw.runs, wall));
    let peak = sample.runs.iter().map(|run| run.usage.peak).fold(0.0, f64::max);
    let most = |verbs: &[&str]| sample.runs.iter().map(|run| with_verbs(&run.calls, verbs)).max();
    let (lists, writes) = (most(&["LIST"]).unwrap_or_default(), most(&WRITES).unwrap_or_default());
    let objects = size.groups * size.snapshots + 2 * size.groups;
    let allowed = objects.div_ceil(PAGE) as u64 + MORE_LISTS;
    let aim = |what: &str, measured: String, allowed: String, reached| Aim {
        what: format!("{}: {what}", sample.name),
        measured,
        allowed,
        reached,
    };
    let ratio = ours / theirs;
    [
        aim("time", format!("{ratio:.2} x raw"), format!("{TIMES_RAW:.1} x raw"), ratio <= TIMES_RAW),
        aim("memory", format!("{peak:.0} MiB"), format!("{PEAK:.0} MiB"), peak <= PEAK),
        aim("list calls", lists.to_string(), allowed.to_string(), lists <= allowed),
        aim("writes", writes.to_string(), "0".to_owned(), writes == 0),
    ]
}

/// The middle one of some numbers, or the smaller of the two in the middle.
pub fn median(runs: &[Run], number: impl Fn(&Run) -> f64) -> f64 {
    let mut numbers: Vec<_> = runs.iter().map(number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}
