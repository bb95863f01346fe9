//! Which rows are printed again.
//! Only the screen; that the cluster tells of changes is tested on a real one.

use anstream::adapter::strip_str;
use chrono::TimeDelta;

use super::*;
use crate::cli::OutputArgs;
use crate::commands::list::ListArgs;
use crate::ui::reports::ClaimItem;

fn now() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn claim(name: &str, status: &'static str) -> ClaimItem {
    ClaimItem {
        namespace: "shop".into(),
        name: name.into(),
        status,
        size: None,
        storage_class: None,
        driver: None,
        volume: None,
        labels: [].into(),
        created_at: Some(now()),
    }
}

fn options(status: &[&str]) -> ListOptions {
    let args = ListArgs {
        groups: vec![],
        all_namespaces: false,
        selector: None,
        field_selector: None,
        snapshots: false,
        unprotected: true,
        retained: false,
        status: status.iter().map(|status| (*status).to_owned()).collect(),
        error_if: vec![],
        sort_by: None,
        watch: true,
        from_file: None,
        filenames: vec![],
        now: None,
        no_headers: false,
        show_labels: false,
        label_columns: vec![],
        output: OutputArgs { output: None },
    };
    ListOptions::new(args).unwrap()
}

/// The first cells and the statuses of the lines that each look prints.
fn printed(options: &ListOptions, looks: Vec<Vec<ClaimItem>>) -> Vec<String> {
    let listing = Listing::new(options).unwrap();
    let headers = Headers::Shown;
    let mut screen =
        Screen { listing: &listing, shown: BTreeMap::new(), headers, wide: false, has_begun: false };
    let look = |(minutes, rows)| {
        let text = screen.update(rows, now() + TimeDelta::minutes(minutes)).unwrap();
        let line = |line: &str| {
            let cells: Vec<_> = line.split_whitespace().collect();
            format!("{} {}", cells[0], cells[3])
        };
        strip_str(&text).to_string().lines().map(line).collect::<Vec<_>>().join(", ")
    };
    (0..).zip(looks).map(look).collect()
}

#[test]
fn a_row_is_printed_again_when_it_changes_comes_or_goes() {
    let looks = vec![
        vec![],
        vec![claim("a", "Bound"), claim("b", "Pending")],
        vec![claim("a", "Bound"), claim("b", "Pending")],
        vec![claim("a", "Bound"), claim("b", "Bound"), claim("c", "Lost")],
        vec![claim("b", "Bound"), claim("c", "Lost")],
    ];
    let wanted = ["", "NAME STATUS, a Bound, b Pending", "", "b Bound, c Lost", "a Deleted"];
    assert_eq!(printed(&options(&[]), looks), wanted);
}

#[test]
fn what_is_not_wanted_is_neither_shown_nor_missed() {
    let looks = vec![
        vec![claim("a", "Bound"), claim("b", "Pending")],
        vec![claim("a", "Pending"), claim("b", "Bound")],
        vec![claim("a", "Pending")],
    ];
    assert_eq!(printed(&options(&["Bound"]), looks), ["NAME STATUS, a Bound", "b Bound", "b Deleted"]);
}

#[test]
fn columns_stay_where_they_are() {
    let options = options(&[]);
    let listing = Listing::new(&options).unwrap();
    let headers = Headers::Shown;
    let mut screen =
        Screen { listing: &listing, shown: BTreeMap::new(), headers, wide: false, has_begun: false };
    let mut update = |rows| strip_str(&screen.update(rows, now()).unwrap()).to_string();
    let first = update(vec![claim("a-long-name", "Bound"), claim("b", "Bound")]);
    let second = update(vec![claim("a-long-name", "Bound"), claim("b", "Lost")]);
    let header = first.lines().next().unwrap();
    assert_eq!(header.find("STATUS"), second.find("Lost"), "{first}{second}");
}
