//! The marks that tell for which rules a scheduled snapshot was taken: `intervals`, `phases`, `walls`.
//! Must not judge whether a text is a period: one odd mark must not hide a snapshot.

use std::collections::BTreeMap;

use super::marks;
use crate::model::snapshot::Interval;

/// Reads the marks; empty if there is no interval in them. Phases or walls whose number is not that of the intervals
/// cannot be told apart and count as absent.
pub fn read(annotations: &BTreeMap<String, String>) -> Vec<Interval> {
    let split = |key: &str, separator: char| -> Vec<&str> {
        let text = annotations.get(key).map(String::as_str).unwrap_or_default();
        text.split(separator).map(str::trim).collect()
    };
    let texts = split(marks::INTERVALS, ',');
    let aligned = |values: Vec<&str>| -> Vec<String> {
        match values.len() == texts.len() {
            true => values.into_iter().map(str::to_owned).collect(),
            false => vec![String::new(); texts.len()],
        }
    };
    let phases = aligned(split(marks::PHASES, ','));
    let walls = aligned(split(marks::WALLS, ';'));
    let all = texts.iter().zip(phases).zip(walls).filter(|((text, _), _)| !text.is_empty());
    let interval = |((text, phase), wall): ((&&str, String), String)| Interval {
        text: (*text).to_owned(),
        wall,
        phase: phase.parse().ok(),
    };
    let mut intervals: Vec<_> = all.map(interval).collect();
    // There is one per snapshot as a rule, and the vector's first guess is four.
    intervals.shrink_to_fit();
    intervals
}

/// The marks of a snapshot that is taken for these intervals, as Gemini writes them and, beside them, ours.
pub fn marks(intervals: &[Interval]) -> Vec<(&'static str, String)> {
    let joined = |separator: &str, part: fn(&Interval) -> String| {
        intervals.iter().map(part).collect::<Vec<_>>().join(separator)
    };
    let phase = |interval: &Interval| interval.phase.map(|phase| phase.to_string()).unwrap_or_default();
    let mut written = vec![
        (marks::MANAGED_BY, marks::GEMINI.to_owned()),
        (marks::INTERVALS, joined(", ", |interval| interval.text.clone())),
        (marks::PHASES, joined(",", phase)),
    ];
    if intervals.iter().any(|interval| !interval.wall.is_empty()) {
        written.push((marks::WALLS, joined(";", |interval| interval.wall.clone())));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(marks: &[(&str, &str)]) -> Vec<Interval> {
        read(&marks.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn written(intervals: &[Interval]) -> BTreeMap<String, String> {
        super::marks(intervals).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn interval(text: &str, wall: &str, phase: Option<i64>) -> Interval {
        Interval { text: text.into(), wall: wall.into(), phase }
    }

    #[test]
    fn phases_and_walls_belong_to_the_interval_at_their_place() {
        assert_eq!(marked(&[]), []);
        assert_eq!(marked(&[(marks::INTERVALS, " ,")]), []);
        let intervals = (marks::INTERVALS, "10 minutes, day");
        assert_eq!(marked(&[intervals]), [interval("10 minutes", "", None), interval("day", "", None)]);
        let full = [intervals, (marks::PHASES, "60,x"), (marks::WALLS, ";02:30 Europe/Berlin")];
        let wanted = [interval("10 minutes", "", Some(60)), interval("day", "02:30 Europe/Berlin", None)];
        assert_eq!(marked(&full), wanted);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for intervals in [
            vec![interval("10 minutes", "", Some(60))],
            vec![interval("10 minutes", "", Some(60)), interval("day", "02:30 Europe/Berlin", Some(-60))],
            vec![interval("week", "02:30 on thu Etc/UTC", Some(0)), interval("hour", "", None)],
        ] {
            assert_eq!(read(&written(&intervals)), intervals);
        }
    }

    #[test]
    fn marks_that_do_not_line_up_count_as_absent() {
        let marks = [(marks::INTERVALS, "10 minutes, day"), (marks::PHASES, "60"), (marks::WALLS, "a;b;c")];
        assert_eq!(marked(&marks), [interval("10 minutes", "", None), interval("day", "", None)]);
    }
}
