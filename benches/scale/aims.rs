//! What a pass with nothing to do may cost, and whether it does.
//! The bare lists of the same round-up are the measure of time, so that a slow machine changes nothing.

use crate::bench::{Kind, Run, Sample};
use crate::calls::with_verbs;
use crate::fill::Size;
use crate::pages::{EXPIRED, FAILED};
use crate::raw::PAGE;

/// A pass takes at most so many times as long as the bare lists.
const TIMES_RAW: f64 = 1.0;
/// It needs at most so much memory, in MiB …
const PEAK: f64 = 64.0;
/// … and at most so much where a list is begun again.
const PEAK_AGAIN: f64 = 200.0;
/// So long may that take, in seconds (reliability.md 5.2, case 14).
const WALL_AGAIN: f64 = 60.0;
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

/// The aims of every pass with nothing to do, if the bare lists were measured, and of those whose lists were disturbed.
pub fn judge(samples: &[Sample], size: Size) -> Vec<Aim> {
    let raw = samples.iter().find(|sample| sample.kind == Kind::Raw);
    let mut aims = vec![];
    for sample in samples {
        match (sample.kind, raw) {
            (Kind::Idle, Some(raw)) => aims.extend(of(sample, raw, size)),
            (Kind::Expired, _) => aims.extend(of_disturbed(sample, 0, size)),
            (Kind::Broken, _) => aims.extend(of_disturbed(sample, 1, size)),
            _ => {}
        }
    }
    aims
}

/// The server sees that a list was begun again: it is asked for more than one whole list has, and does not see the pages that
/// the proxy answers.
fn of_disturbed(sample: &Sample, code: i32, size: Size) -> [Aim; 5] {
    let snapshots = pages(size.groups * size.snapshots);
    let again = match code {
        0 => snapshots + u64::from(EXPIRED) - 1,
        _ => u64::from(EXPIRED + FAILED) - 2,
    };
    let wanted = again + 2 * pages(size.groups);
    let lists = most(sample, &["LIST"]);
    let wall = median(&sample.runs, |run| run.usage.wall);
    let codes: Vec<_> = sample.runs.iter().map(|run| run.usage.code).collect();
    let all = codes.iter().all(|seen| *seen == code);
    let seen = codes.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    [
        aim(sample, "exit code", seen, code.to_string(), all),
        aim(sample, "list calls", lists.to_string(), format!("exactly {wanted}"), lists == wanted),
        aim(sample, "time", format!("{wall:.0} s"), format!("{WALL_AGAIN:.0} s"), wall <= WALL_AGAIN),
        memory(sample, PEAK_AGAIN),
        writes(sample),
    ]
}

fn pages(objects: usize) -> u64 {
    objects.div_ceil(PAGE) as u64
}

fn memory(sample: &Sample, most: f64) -> Aim {
    let peak = sample.runs.iter().map(|run| run.usage.peak).fold(0.0, f64::max);
    aim(sample, "memory", format!("{peak:.0} MiB"), format!("{most:.0} MiB"), peak <= most)
}

fn writes(sample: &Sample) -> Aim {
    let writes = most(sample, &WRITES);
    aim(sample, "writes", writes.to_string(), "0".to_owned(), writes == 0)
}

fn most(sample: &Sample, verbs: &[&str]) -> u64 {
    sample.runs.iter().map(|run| with_verbs(&run.calls, verbs)).max().unwrap_or_default()
}

fn aim(sample: &Sample, what: &str, measured: String, allowed: String, reached: bool) -> Aim {
    Aim { what: format!("{}: {what}", sample.name), measured, allowed, reached }
}

fn of(sample: &Sample, raw: &Sample, size: Size) -> [Aim; 4] {
    let wall = |run: &Run| run.usage.wall;
    let ratio = median(&sample.runs, wall) / median(&raw.runs, wall);
    let lists = most(sample, &["LIST"]);
    let objects = size.groups * size.snapshots + 2 * size.groups;
    let allowed = objects.div_ceil(PAGE) as u64 + MORE_LISTS;
    let limit = format!("{TIMES_RAW:.1} x raw");
    [
        aim(sample, "time", format!("{ratio:.2} x raw"), limit, ratio <= TIMES_RAW),
        memory(sample, PEAK),
        aim(sample, "list calls", lists.to_string(), allowed.to_string(), lists <= allowed),
        writes(sample),
    ]
}

/// The middle one of some numbers, or the smaller of the two in the middle.
pub fn median(runs: &[Run], number: impl Fn(&Run) -> f64) -> f64 {
    let mut numbers: Vec<_> = runs.iter().map(number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}
