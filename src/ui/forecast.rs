//! What `simulate` tells a person who chooses a schedule: what each rule comes to, and what all of it costs.
//! Must not show anything that is not in the document of the same command.

use std::time::Duration;

use super::simulation::{SimulatedRuleItem, Simulation, StoredItem};
use super::table::{Headers, render};
use crate::model::duration;
use crate::model::every::{self, Every};
use crate::model::period::Period;
use crate::model::text::cell;

/// What stands where a rule cannot have all its snapshots in the time that was simulated.
const PENDING: &str = "<pending>";
const UNITS: [(i64, &str); 5] = [(31_536_000, "y"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The whole summary; `length` is how long was simulated.
pub fn summary(simulation: &Simulation, length: Period) -> String {
    let run = u64::try_from(simulation.every_run_seconds).unwrap_or_default();
    let runs = duration::typed(Duration::from_secs(run));
    let title = format!(
        "{}: {} from {}, a run every {runs}\n",
        cell(&simulation.group, usize::MAX),
        amount(length),
        simulation.start
    );
    [title, rules(simulation), totals(simulation)].join("\n")
}

/// `5 years`, but `1 year`.
fn amount(length: Period) -> String {
    let text = length.to_string();
    if text.starts_with(|c: char| c.is_ascii_digit()) { text } else { format!("1 {text}") }
}

fn rules(simulation: &Simulation) -> String {
    let row = |rule: &SimulatedRuleItem| {
        let reach = rule.reaches_back_seconds.filter(|_| rule.reachable);
        let shown = |seconds: Option<i64>| seconds.map_or_else(|| PENDING.to_owned(), span);
        vec![
            short(rule),
            rule.keep.to_string(),
            rule.created.to_string(),
            promise(rule),
            shown(reach.map(|reach| reach.min)),
            shown(reach.map(|reach| reach.mean as i64)),
        ]
    };
    let headers = ["EVERY", "KEEP", "CREATED", "PROMISED", "REACHES-AT-LEAST", "ON-AVERAGE"];
    render(&headers, simulation.rules.iter().map(row).collect(), Headers::Shown)
}

/// The name of a rule in tables and pictures.
pub(super) fn short(rule: &SimulatedRuleItem) -> String {
    cell(&every::short(&rule.every), usize::MAX)
}

/// `30m`, `2mo`: so many periods, in their own unit.
fn promise(rule: &SimulatedRuleItem) -> String {
    match every::parse(&rule.every) {
        Ok(Every { period: Period::Months(months), .. }) if rule.keep > 0 => {
            Period::Months(months.saturating_mul(rule.keep.into())).short()
        }
        _ => span(rule.promised_seconds),
    }
}

fn totals(simulation: &Simulation) -> String {
    let Simulation { created, deleted, failed, remaining, created_per_day, .. } = simulation;
    let mut lines = vec![];
    lines.push(match &simulation.ready {
        Some(ready) if ready.min == ready.max => format!("Ready     {} at any time", ready.min),
        Some(ready) => {
            format!("Ready     {} to {} at a time, {:.1} on average", ready.min, ready.max, ready.mean)
        }
        None => "Ready     the rules did not get all their snapshots in this time".to_owned(),
    });
    let busiest = created_per_day.max as f64 - created_per_day.mean;
    let most = if busiest >= 1.0 { format!(", {} at most", created_per_day.max) } else { String::new() };
    lines.push(format!("Created   {created}, {} a day{most}", rate(created_per_day.mean)));
    if *failed > 0 {
        lines.push(format!("Failed    {failed} of them"));
    }
    lines.push(format!("Deleted   {deleted}, so that {remaining} remain"));
    if simulation.braked_runs > 0 {
        let runs = simulation.braked_runs;
        lines.push(format!("Held      in {runs} runs too much was to be deleted, so nothing ready was"));
    }
    lines.extend(simulation.stored_bytes.map(|stored| format!("Stored    {}", storage(stored))));
    lines.join("\n") + "\n"
}

fn storage(stored: StoredItem) -> String {
    let end = format!("about {} at the end", bytes(stored.end));
    match (stored.mean, stored.max) {
        (Some(mean), Some(max)) => {
            format!("about {} on average, {} at most (a rough estimate)", bytes(mean), bytes(max))
        }
        _ => format!("{end} (a rough estimate)"),
    }
}

/// How many a day; for few of them more exactly.
fn rate(number: f64) -> String {
    if number < 1.0 { format!("{number:.2}") } else { decimal(number) }
}

/// A number without a fraction that says nothing.
fn decimal(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A length of time in its two largest units, to the nearest: `30m5s`, `1d11h`, `1y182d`. A year is 365 days.
fn span(seconds: i64) -> String {
    let largest =
        |seconds: i64| UNITS.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(UNITS.len() - 1);
    let smaller = |first: usize| UNITS.get(first + 1).map_or((1, ""), |(unit, letter)| (*unit, *letter));
    let (precision, _) = smaller(largest(seconds));
    let seconds = (seconds + precision / 2) / precision * precision;
    // What was rounded up may have come to a larger unit.
    let first = largest(seconds);
    let ((unit, letter), (small, small_letter)) = (UNITS[first], smaller(first));
    match seconds % unit / small {
        0 => format!("{}{letter}", seconds / unit),
        rest => format!("{}{letter}{rest}{small_letter}", seconds / unit),
    }
}

/// A size as a person would say it: `33.1Gi`.
fn bytes(bytes: i64) -> String {
    let mut value = bytes as f64;
    let mut units = BINARY.iter();
    let mut unit = units.next();
    while value >= 1_024.0 && units.len() > 0 {
        value /= 1_024.0;
        unit = units.next();
    }
    format!("{}{}", decimal(value), unit.unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, wanted) in [
            (0, "0s"),
            (59, "59s"),
            (1_805, "30m5s"),
            (3_605, "1h"),
            (3_580, "59m40s"),
            (86_380, "1d"),
            (129_452, "1d12h"),
            (604_780, "7d"),
            (2_469_300, "28d14h"),
            (47_336_259, "1y183d"),
        ] {
            assert_eq!(span(seconds), wanted, "{seconds}");
        }
    }

    #[test]
    fn sizes_are_rough() {
        for (size, wanted) in
            [(0, "0"), (1_023, "1023"), (20 << 30, "20Gi"), (35_540_000_000, "33.1Gi"), (i64::MAX, "8Ei")]
        {
            assert_eq!(bytes(size), wanted, "{size}");
        }
    }
}
