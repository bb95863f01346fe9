//! Tables as kubectl prints them: capitals, three spaces, no borders, no trailing blanks, never wrapped.
//! Must not know what the columns mean.

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
    fn it_never_wraps() {
        let long = "x".repeat(500);
        let table = render(&["NAME"], vec![vec![long.clone()]], Headers::Shown);
        assert_eq!(table, format!("NAME\n{long}\n"));
    }
}
