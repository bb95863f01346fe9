//! Tables as kubectl prints them: capitals, three spaces, no borders, no trailing blanks, never wrapped.
//! Must not know what the columns mean.

use anstyle::Style;
use comfy_table::{ContentArrangement, Table, presets};

/// Spaces between columns.
const GAP: u16 = 3;

/// Whether the first line names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// Yes.
    Shown,
    /// `--no-headers`
    Hidden,
}

/// Renders rows; without rows there is no header either. Ends with a line break unless empty.
pub fn render(headers: &[&str], rows: Vec<Vec<String>>, show: Headers) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if show == Headers::Shown {
        table.add_row(headers.to_vec());
    }
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table.trim_fmt() + "\n"
}

/// As [`render`], with the cells of one column in a style of their own.
pub fn render_painted(
    headers: &[&str],
    rows: Vec<Vec<String>>,
    show: Headers,
    column: usize,
    style: impl Fn(&str) -> Style,
) -> String {
    let longest = |at: usize| {
        let header = headers.get(at).filter(|_| show == Headers::Shown).map_or(0, |header| header.len());
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(header)
    };
    let start: usize = (0..column).map(|at| longest(at) + usize::from(GAP)).sum();
    let cells: Vec<_> = rows.iter().map(|row| row.get(column).cloned().unwrap_or_default()).collect();
    let plain = render(headers, rows, show);
    let before = usize::from(show == Headers::Shown);
    let paint = |(number, line): (usize, &str)| {
        let cell = number.checked_sub(before).and_then(|row| cells.get(row));
        // Where characters are wider than one place the cell lies elsewhere: then it stays plain.
        match (cell, line.get(..start), line.get(start..)) {
            (Some(cell), Some(left), Some(right)) if right.starts_with(cell.as_str()) => {
                let style = style(cell);
                format!("{left}{style}{cell}{style:#}{}\n", &right[cell.len()..])
            }
            _ => format!("{line}\n"),
        }
    };
    plain.lines().enumerate().map(paint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_like_kubectls() {
        let rows = vec![vec!["photos".into(), "8/9".into()], vec!["a-longer-name".into(), "<none>".into()]];
        let wanted = "NAME            READY\nphotos          8/9\na-longer-name   <none>\n";
        assert_eq!(render(&["NAME", "READY"], rows.clone(), Headers::Shown), wanted);
        let headless = "photos          8/9\na-longer-name   <none>\n";
        assert_eq!(render(&["NAME", "READY"], rows, Headers::Hidden), headless);
        assert_eq!(render(&["NAME"], vec![], Headers::Shown), "");
    }

    #[test]
    fn one_column_may_be_painted() {
        let rows = || {
            vec![
                vec!["db".into(), "Late".into(), "1".into()],
                vec!["photos".into(), "Fine".into(), "2".into()],
            ]
        };
        let headers = ["NAME", "STATUS", "AGE"];
        let style = |cell: &str| if cell == "Late" { Style::new().bold() } else { Style::new() };
        for show in [Headers::Shown, Headers::Hidden] {
            let painted = render_painted(&headers, rows(), show, 1, style);
            assert!(painted.contains("db       \u{1b}[1mLate\u{1b}[0m"), "{painted:?}");
            let plain = painted.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
            assert_eq!(plain, render(&headers, rows(), show));
        }
    }

    #[test]
    fn it_never_wraps() {
        let long = "x".repeat(500);
        let table = render(&["NAME"], vec![vec![long.clone()]], Headers::Shown);
        assert_eq!(table, format!("NAME\n{long}\n"));
    }
}
