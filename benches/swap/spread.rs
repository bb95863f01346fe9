//! Median and p99 of what was measured.

use std::time::Duration;

/// `median 0.15 s, p99 0.21 s`
pub fn spread(taken: impl IntoIterator<Item = Duration>) -> String {
    let mut all: Vec<_> = taken.into_iter().collect();
    all.sort_unstable();
    let at = |share: usize| all.get((all.len() * share / 100).min(all.len().saturating_sub(1)));
    let seconds = |duration: Option<&Duration>| duration.map_or(0.0, Duration::as_secs_f64);
    format!("median {:.2} s, p99 {:.2} s", seconds(at(50)), seconds(at(99)))
}
