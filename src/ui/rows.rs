//! The tables of `list`: which columns there are and how a value is shown in one.
//! Must not compute anything that is not in the document of the same command.

use super::documents::rfc3339;
use super::reports::{GroupItem, SnapshotItem};
use super::table::{Headers, render};
use super::text::{NONE, cell};
use crate::model::{duration, every};

/// Longest value of a free text in a table, in characters; names are never cut.
const LONGEST_TEXT: usize = 60;

/// How much a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// With a first column for the namespace.
    pub namespaces: bool,
    /// `-o wide`
    pub wide: bool,
    /// With a header.
    pub headers: Headers,
}

/// The table of groups.
pub fn groups(items: &[GroupItem], now: chrono::DateTime<chrono::Utc>, shape: Shape) -> String {
    let rows = items.iter().map(|item| {
        let newest = item.newest_ready.as_ref().map(|newest| duration::short(newest.age_seconds));
        let age = item.created_at.map(|created| duration::short((now - created).num_seconds()));
        let mut row = vec![
            name(&item.name),
            name(&item.pvc),
            format!("{}/{}", item.snapshots.ready, item.snapshots.total),
            optional(newest.as_deref()),
            age.unwrap_or_else(|| "<unknown>".to_owned()),
        ];
        if shape.wide {
            row.extend([
                optional(item.size.as_ref().map(|size| size.quantity.as_str())),
                optional(item.storage_class.as_deref()),
                item.snapshot_class.as_deref().map_or_else(|| "<default>".to_owned(), name),
                optional(item.driver.as_deref()),
                keeps(item),
            ]);
        }
        with_namespace(row, &item.namespace, shape)
    });
    let short = ["NAME", "PVC", "READY", "NEWEST", "AGE"];
    let wide = ["SIZE", "STORAGECLASS", "SNAPSHOTCLASS", "DRIVER", "KEEPS"];
    render(&headers(&short, &wide, shape), rows.collect(), shape.headers)
}

/// The table of snapshots.
pub fn snapshots(items: &[SnapshotItem], shape: Shape) -> String {
    let rows = items.iter().map(|item| {
        let mut row = vec![
            name(&item.name),
            item.ready.to_string(),
            optional(item.size.as_ref().map(|size| size.quantity.as_str())),
            kept_for(item),
            item.status.to_owned(),
            duration::short(item.age_seconds),
        ];
        if shape.wide {
            row.extend([
                rfc3339(item.taken_at),
                optional(item.content.as_deref()),
                optional(item.driver.as_deref()),
                item.source.to_owned(),
                item.error.as_deref().map_or_else(|| NONE.to_owned(), |text| cell(text, LONGEST_TEXT)),
            ]);
        }
        with_namespace(row, &item.namespace, shape)
    });
    let short = ["NAME", "READY", "SIZE", "KEPT-FOR", "STATUS", "AGE"];
    let wide = ["TAKEN-AT", "CONTENT", "DRIVER", "SOURCE", "ERROR"];
    render(&headers(&short, &wide, shape), rows.collect(), shape.headers)
}

fn headers(short: &[&'static str], wide: &[&'static str], shape: Shape) -> Vec<&'static str> {
    let namespace = if shape.namespaces { &["NAMESPACE"][..] } else { &[] };
    [namespace, short, if shape.wide { wide } else { &[] }].concat()
}

fn with_namespace(mut row: Vec<String>, namespace: &str, shape: Shape) -> Vec<String> {
    if shape.namespaces {
        row.insert(0, name(namespace));
    }
    row
}

fn name(text: &str) -> String {
    cell(text, usize::MAX)
}

fn optional(text: Option<&str>) -> String {
    name(text.unwrap_or_default())
}

fn keeps(item: &GroupItem) -> String {
    let rules: Vec<_> =
        item.schedule.iter().map(|rule| format!("{}*{}", every::short(&rule.every), rule.keep)).collect();
    name(&rules.join(","))
}

fn kept_for(item: &SnapshotItem) -> String {
    if item.fate.is_none() {
        let intervals = item.intervals.iter().map(|every| every::short(every));
        return name(&intervals.chain(item.purpose.clone()).collect::<Vec<_>>().join(","));
    }
    let reasons = item.reasons.iter().filter_map(|reason| match (reason.code, &reason.rule) {
        ("rule" | "span", Some(rule)) => Some(every::short(rule)),
        ("restore-point", _) => Some("safety".to_owned()),
        (code @ ("hold" | "manual" | "min-count" | "unknown-interval"), _) => Some(code.to_owned()),
        (code @ "newest-ready", _) if item.reasons.len() == 1 => Some(code.to_owned()),
        _ => None,
    });
    name(&reasons.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::super::documents::SizeItem;
    use super::super::plans::ReasonItem;
    use super::super::reports::{CountItem, NewestItem, RuleItem};
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn group() -> GroupItem {
        GroupItem {
            namespace: "shop".into(),
            name: "postgres-backups".into(),
            pvc: "postgres-data".into(),
            snapshots: CountItem { ready: 12, total: 13 },
            newest_ready: Some(NewestItem {
                name: "postgres-backups-1".into(),
                taken_at: now(),
                age_seconds: 192,
            }),
            schedule: vec![
                RuleItem { every: "10 minutes".into(), keep: 3 },
                RuleItem { every: "day".into(), keep: 14 },
            ],
            suspended: false,
            size: Some(SizeItem { quantity: "20Gi".into(), bytes: 20 << 30 }),
            storage_class: Some("gp3".into()),
            snapshot_class: None,
            driver: None,
            created_at: Some(now() - chrono::TimeDelta::days(41)),
        }
    }

    const SHORT: Shape = Shape { namespaces: false, wide: false, headers: Headers::Shown };

    #[test]
    fn groups_fit_eighty_columns() {
        insta::assert_snapshot!(groups(&[group()], now(), SHORT), @r"
        NAME               PVC             READY   NEWEST   AGE
        postgres-backups   postgres-data   12/13   3m12s    41d
        ");
        let shape = Shape { namespaces: true, wide: true, ..SHORT };
        insta::assert_snapshot!(groups(&[group()], now(), shape), @r"
        NAMESPACE   NAME               PVC             READY   NEWEST   AGE   SIZE   STORAGECLASS   SNAPSHOTCLASS   DRIVER   KEEPS
        shop        postgres-backups   postgres-data   12/13   3m12s    41d   20Gi   gp3            <default>       <none>   10m*3,1d*14
        ");
    }

    #[test]
    fn a_snapshot_says_what_it_is_kept_for() {
        let mut item = SnapshotItem {
            namespace: "shop".into(),
            name: "postgres-backups-1".into(),
            group: "postgres-backups".into(),
            pvc: Some("postgres-data".into()),
            ready: false,
            status: "Failing",
            size: None,
            intervals: vec!["10 minutes".into(), "hour".into()],
            purpose: None,
            fate: None,
            reasons: vec![],
            taken_at: now(),
            age_seconds: 780,
            snapshot_class: None,
            content: None,
            driver: None,
            volume_handle: None,
            source: "unverified",
            error: Some("disk\u{1b} on\nfire".into()),
        };
        insta::assert_snapshot!(snapshots(std::slice::from_ref(&item), Shape { wide: true, ..SHORT }), @r"
        NAME                 READY   SIZE     KEPT-FOR   STATUS    AGE   TAKEN-AT               CONTENT   DRIVER   SOURCE       ERROR
        postgres-backups-1   false   <none>   10m,1h     Failing   13m   2026-11-22T10:00:00Z   <none>    <none>   unverified   disk\u{1b}-on-fire
        ");
        item.fate = Some("keep");
        let reason = |code, rule: Option<&str>| ReasonItem {
            code,
            rule: rule.map(str::to_owned),
            rank: None,
            of: None,
            until: None,
        };
        item.reasons = vec![reason("span", Some("hour")), reason("newest-ready", None), reason("hold", None)];
        assert!(snapshots(std::slice::from_ref(&item), SHORT).contains(" 1h,hold "));
        item.reasons = vec![reason("restore-point", None)];
        assert!(snapshots(std::slice::from_ref(&item), SHORT).contains(" safety "));
        item.fate = Some("delete");
        item.reasons = vec![reason("surplus", Some("hour"))];
        assert!(snapshots(&[item], SHORT).contains(" <none>     Failing"));
    }
}
