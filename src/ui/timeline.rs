//! A picture of the snapshots that a simulation leaves: ages from left to right, a row for all and one for each rule.
//! Plain characters in 80 columns, whatever the terminal, and nothing that is not in the document.

use super::forecast::short;
use super::plans::VerdictItem;
use super::simulation::Simulation;

/// As wide as the picture may be.
const WIDTH: usize = 80;
const GAP: usize = 3;
/// Ages that the axis may name.
const TICKS: [(i64, &str); 18] = [
    (60, "1m"),
    (300, "5m"),
    (600, "10m"),
    (1_800, "30m"),
    (3_600, "1h"),
    (10_800, "3h"),
    (21_600, "6h"),
    (43_200, "12h"),
    (86_400, "1d"),
    (259_200, "3d"),
    (604_800, "1w"),
    (1_209_600, "2w"),
    (2_629_746, "1mo"),
    (7_889_238, "3mo"),
    (15_778_476, "6mo"),
    (31_556_952, "1y"),
    (94_670_856, "3y"),
    (315_569_520, "10y"),
];
const LEGEND: &str = "o ready (2-9, *: so many)   ~ in progress   x failed   --- promised by the rule";

/// Draws it; nothing if nothing is left.
pub fn picture(simulation: &Simulation) -> String {
    let snapshots = &simulation.snapshots;
    let rules = &simulation.rules;
    let labels: Vec<_> = rules.iter().map(|rule| format!("{}*{}", short(rule), rule.keep)).collect();
    let margin = labels.iter().map(String::len).chain(["all".len()]).max().unwrap_or_default() + GAP;
    let oldest = snapshots.iter().map(|snapshot| snapshot.age_seconds).max().unwrap_or_default();
    let furthest = rules.iter().map(|rule| rule.promised_seconds).chain([oldest]).max().unwrap_or_default();
    let shortest = rules.iter().map(|rule| rule.promised_seconds / i64::from(rule.keep.max(1)));
    let axis = Axis {
        unit: shortest.filter(|seconds| *seconds > 0).min().unwrap_or(600) as f64,
        furthest: furthest as f64,
        width: WIDTH.saturating_sub(margin).max(20),
    };
    let mut lines = vec![format!("{:margin$}{}", "", axis.ticks())];
    lines.push(format!("{:margin$}{}", "all", axis.row(0, snapshots.iter())));
    for (rule, label) in rules.iter().zip(labels) {
        let of_rule = |snapshot: &&VerdictItem| {
            let keeps = |code: &str| code == "rule" || code == "span";
            snapshot.fate == "keep"
                && snapshot
                    .reasons
                    .iter()
                    .any(|reason| keeps(reason.code) && reason.rule.as_ref() == Some(&rule.every))
        };
        let row = axis.row(rule.promised_seconds, snapshots.iter().filter(of_rule));
        lines.push(format!("{label:margin$}{row}"));
    }
    lines.push(String::new());
    lines.push(LEGEND.to_owned());
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Ages by columns: nearly even up to the shortest period, then by magnitude.
struct Axis {
    unit: f64,
    furthest: f64,
    width: usize,
}

impl Axis {
    fn column(&self, age: i64) -> usize {
        let scale = |age: f64| (1.0 + age.max(0.0) / self.unit).ln();
        let part = scale(age as f64) / scale(self.furthest).max(f64::MIN_POSITIVE);
        let last = self.width - 1;
        ((part * last as f64).round() as usize).min(last)
    }

    /// The names of as many ages as there is room for.
    fn ticks(&self) -> String {
        let mut line = "now".to_owned();
        for (age, name) in TICKS.into_iter().filter(|(age, _)| *age as f64 <= self.furthest) {
            let column = self.column(age).min(self.width - name.len());
            if column >= line.len() + 2 {
                line = format!("{line:column$}{name}");
            }
        }
        line
    }

    fn row<'a>(&self, promised: i64, snapshots: impl Iterator<Item = &'a VerdictItem>) -> String {
        let mut cells = vec![(' ', 0u32); self.width];
        if promised > 0 {
            cells.iter_mut().take(self.column(promised) + 1).for_each(|cell| cell.0 = '-');
        }
        for snapshot in snapshots {
            let (mark, count) = &mut cells[self.column(snapshot.age_seconds)];
            *count += 1;
            *mark = match (snapshot.state, *count) {
                ("ready", 1) => 'o',
                ("in-progress", 1) => '~',
                (_, 1) => 'x',
                (_, count) => char::from_digit(count, 10).unwrap_or('*'),
            };
        }
        cells.into_iter().map(|(mark, _)| mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(age_seconds: i64, state: &'static str) -> VerdictItem {
        VerdictItem {
            name: String::new(),
            time: String::new(),
            age_seconds,
            state,
            intervals: vec![],
            fate: "keep",
            reasons: vec![],
            outcome: None,
        }
    }

    #[test]
    fn a_cell_says_what_and_how_many() {
        let axis = Axis { unit: 600.0, furthest: 86_400.0, width: 30 };
        let row = |snapshots: &[(i64, &'static str)]| {
            let snapshots: Vec<_> = snapshots.iter().map(|(age, state)| snapshot(*age, state)).collect();
            axis.row(3_600, snapshots.iter())
        };
        assert_eq!(row(&[]), "------------                  ");
        assert_eq!(
            row(&[(0, "ready"), (600, "failed"), (1_200, "in-progress")]),
            "o---x-~-----                  "
        );
        assert_eq!(
            row(&[(86_400, "ready"), (86_400, "ready"), (3_600, "ready")]),
            "-----------o                 2"
        );
        assert_eq!(row(&[(0, "ready"); 12]), "*-----------                  ");
    }

    #[test]
    fn ages_stay_within_the_axis_and_names_apart() {
        let axis = Axis { unit: 600.0, furthest: 86_400.0, width: 30 };
        assert_eq!((axis.column(-5), axis.column(i64::MAX)), (0, 29));
        assert_eq!(axis.ticks(), "now     30m      3h  6h  12h");
        let empty = Axis { unit: 600.0, furthest: 0.0, width: 30 };
        assert_eq!((empty.column(0), empty.ticks().as_str()), (0, "now"));
    }
}
