//! What `prune` shows to a person: a row for each snapshot with its fate and why, and a line for each rule.
//! Must not show anything that is not in the document of the same command.

use super::plans::{PlanItem, ReasonItem, RuleStatusItem, VerdictItem};
use super::rows::Shape;
use super::table::render;
use crate::model::text::{NONE, cell};
use crate::model::{duration, every};
use crate::plan::retention::Fate;

/// The table of snapshots, group after group.
pub fn table(items: &[PlanItem], shape: Shape) -> String {
    let all = items.iter().flat_map(|item| item.snapshots.iter().map(move |snapshot| (item, snapshot)));
    let rows = all.map(|(item, snapshot)| {
        let mut row = vec![
            cell(&snapshot.name, usize::MAX),
            (snapshot.state == "ready").to_string(),
            snapshot.fate.to_owned(),
            why(snapshot),
            duration::short(snapshot.age_seconds),
        ];
        if shape.wide {
            row.extend([
                snapshot.time.clone(),
                snapshot.state.to_owned(),
                intervals(snapshot),
                until(snapshot),
            ]);
        }
        if shape.namespaces {
            row.insert(0, cell(&item.namespace, usize::MAX));
        }
        row
    });
    let namespace: &[&str] = if shape.namespaces { &["NAMESPACE"] } else { &[] };
    let wide: &[&str] = if shape.wide { &["TIME", "STATE", "INTERVALS", "UNTIL"] } else { &[] };
    let headers = [namespace, &["NAME", "READY", "FATE", "WHY", "AGE"], wide].concat();
    render(&headers, rows.collect(), shape.headers)
}

/// One line for each rule of a group: how far back it reaches, and when it is due.
pub fn rules(item: &PlanItem) -> String {
    item.rules.iter().map(|status| format!("{}\n", rule(item, status))).collect()
}

fn rule(item: &PlanItem, status: &RuleStatusItem) -> String {
    let RuleStatusItem { every, keep, members, .. } = status;
    let reach = match status.reaches_back_seconds {
        Some(seconds) => format!("reaches back {}", duration::short(seconds)),
        None => "reaches back nowhere yet".to_owned(),
    };
    let promised = match keep {
        0 => String::new(),
        _ => format!(" (promised {})", duration::short(status.promised_seconds)),
    };
    let snapshots = if *members == 1 { "1 ready snapshot" } else { &format!("{members} ready snapshots") };
    let due = match (status.due, &item.blocked) {
        (true, Some(blocked)) => format!("due, but {}", blocked.code),
        (true, None) => "due now".to_owned(),
        (false, _) => format!("next due {}", status.next_due),
    };
    format!("{}/{}: {every}, keep {keep}: {snapshots}, {reach}{promised}; {due}", item.namespace, item.name)
}

/// There is nothing to delete: `Nothing to delete: 5 kept, 1 not touched.`
pub fn nothing(items: &[PlanItem]) -> String {
    let (_, kept, untouched) = counts(items);
    format!("Nothing to delete: {kept} kept{untouched}.")
}

/// What all of it comes to: `1 of 6 would be deleted, 4 kept, 1 not touched.`
pub fn summary(items: &[PlanItem], would: &str, ready_afterwards: usize) -> String {
    let (deleted, kept, untouched) = counts(items);
    let all: usize = items.iter().map(|item| item.snapshots.len()).sum();
    format!(
        "{deleted} of {all} {would} deleted, {kept} kept{untouched}. Ready afterwards: {ready_afterwards}."
    )
}

/// How many go, how many stay, and what is said of the others.
fn counts(items: &[PlanItem]) -> (usize, usize, String) {
    let count = |fate| items.iter().map(|item| item.count(fate)).sum::<usize>();
    let untouched = match count(Fate::Ignore) {
        0 => String::new(),
        ignored => format!(", {ignored} not touched"),
    };
    (count(Fate::Delete), count(Fate::Keep), untouched)
}

fn why(snapshot: &VerdictItem) -> String {
    let reasons: Vec<_> = snapshot.reasons.iter().map(reason).collect();
    cell(&reasons.join(","), usize::MAX)
}

/// `10m:1of4`, `1mo:span`, or the code.
fn reason(reason: &ReasonItem) -> String {
    let rule = reason.rule.as_deref().map(every::short);
    match (reason.code, rule, reason.rank, reason.of) {
        ("rule", Some(rule), Some(rank), Some(of)) => format!("{rule}:{rank}of{of}"),
        ("span", Some(rule), ..) => format!("{rule}:span"),
        (code, ..) => code.to_owned(),
    }
}

fn intervals(snapshot: &VerdictItem) -> String {
    let short: Vec<_> = snapshot.intervals.iter().map(|interval| every::short(interval)).collect();
    cell(&short.join(","), usize::MAX)
}

/// The last moment at which a rule may still need it, where that is known.
fn until(snapshot: &VerdictItem) -> String {
    let moments = snapshot.reasons.iter().filter_map(|reason| reason.until.clone());
    moments.max().unwrap_or_else(|| NONE.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::table::Headers;

    fn reason(code: &'static str, rule: Option<(&str, usize, u32)>) -> ReasonItem {
        let (rule, rank, of) = match rule {
            Some((rule, rank, of)) => (Some(rule.to_owned()), Some(rank), Some(of)),
            None => (None, None, None),
        };
        let until = (code == "span").then(|| "2026-12-01T00:00:00Z".to_owned());
        ReasonItem { code, rule, rank, of, until }
    }

    fn snapshot(name: &str, fate: &'static str, reasons: Vec<ReasonItem>) -> VerdictItem {
        VerdictItem {
            name: name.into(),
            time: "2026-11-22T07:48:00Z".into(),
            age_seconds: 192,
            state: "ready",
            intervals: vec!["10 minutes".into(), "month".into()],
            fate,
            reasons,
            outcome: None,
        }
    }

    fn group() -> PlanItem {
        let rules = vec![RuleStatusItem {
            every: "10 minutes".into(),
            keep: 3,
            due: false,
            due_reason: "not-due",
            last: None,
            next_due: "2026-11-22T08:00:00Z".into(),
            members: 4,
            reaches_back_seconds: Some(2_705),
            promised_seconds: 1_800,
        }];
        let snapshots = vec![
            snapshot(
                "db-4",
                "keep",
                vec![reason("rule", Some(("10 minutes", 1, 4))), reason("newest-ready", None)],
            ),
            snapshot("db-3", "keep", vec![reason("span", Some(("month", 3, 2)))]),
            snapshot("db-2", "delete", vec![reason("surplus", Some(("10 minutes", 5, 4)))]),
            snapshot("db-1", "ignore", vec![reason("terminating", None)]),
        ];
        PlanItem { rules, snapshots, ..PlanItem::without_plan("shop", "db") }
    }

    #[test]
    fn every_snapshot_says_why() {
        let shape = Shape { namespaces: false, wide: false, headers: Headers::Shown };
        let wide = Shape { namespaces: true, wide: true, ..shape };
        let all = [group()];
        let told = [table(&all, shape), table(&all, wide), rules(&all[0]), summary(&all, "would be", 2)];
        insta::assert_snapshot!(told.join("\n"), @r"
        NAME   READY   FATE     WHY                     AGE
        db-4   true    keep     10m:1of4,newest-ready   3m12s
        db-3   true    keep     1mo:span                3m12s
        db-2   true    delete   surplus                 3m12s
        db-1   true    ignore   terminating             3m12s

        NAMESPACE   NAME   READY   FATE     WHY                     AGE     TIME                   STATE   INTERVALS   UNTIL
        shop        db-4   true    keep     10m:1of4,newest-ready   3m12s   2026-11-22T07:48:00Z   ready   10m,1mo     <none>
        shop        db-3   true    keep     1mo:span                3m12s   2026-11-22T07:48:00Z   ready   10m,1mo     2026-12-01T00:00:00Z
        shop        db-2   true    delete   surplus                 3m12s   2026-11-22T07:48:00Z   ready   10m,1mo     <none>
        shop        db-1   true    ignore   terminating             3m12s   2026-11-22T07:48:00Z   ready   10m,1mo     <none>

        shop/db: 10 minutes, keep 3: 4 ready snapshots, reaches back 45m (promised 30m); next due 2026-11-22T08:00:00Z

        1 of 4 would be deleted, 2 kept, 1 not touched. Ready afterwards: 2.
        ");
    }
}
