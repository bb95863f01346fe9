//! The table of snapshots.
//! Must not compute anything that is not in `SnapshotReport`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{LONGEST_TEXT, name, optional};
use crate::model::text::{NONE, cell};
use crate::model::{duration, every};
use crate::ui::documents::rfc3339;
use crate::ui::listing::Row;
use crate::ui::reports::SnapshotItem;

impl Row for SnapshotItem {
    const KIND: &'static str = "SnapshotReport";
    const TYPE: &'static str = "volumesnapshot.snapshot.storage.k8s.io";

    fn statuses() -> Vec<(&'static str, bool)> {
        vec![
            ("Ready", false),
            ("Creating", false),
            ("Terminating", false),
            ("Failing", true),
            ("Tainted", true),
        ]
    }
    fn namespace(&self) -> &str {
        &self.namespace
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn status(&self) -> &'static str {
        self.status
    }
    fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }
    fn born(&self) -> Option<DateTime<Utc>> {
        Some(self.taken_at)
    }
    fn newest(&self) -> Option<DateTime<Utc>> {
        Some(self.taken_at)
    }
    fn deleted(self) -> Self {
        Self { status: "Deleted", ready: false, ..self }
    }

    fn headers(wide: bool) -> Vec<&'static str> {
        let short = ["NAME", "READY", "SIZE", "KEPT-FOR", "STATUS", "AGE"];
        let more: &[_] = if wide {
            &["GROUP", "TAKEN-AT", "EXPIRES", "CONTENT", "DRIVER", "SOURCE", "ERROR"]
        } else {
            &[]
        };
        [&short, more].concat()
    }

    fn cells(&self, _now: DateTime<Utc>, wide: bool) -> Vec<String> {
        let mut cells = vec![
            name(&self.name),
            self.ready.to_string(),
            optional(self.size.as_ref().map(|size| size.quantity.as_str())),
            kept_for(self),
            self.status.to_owned(),
            duration::short(self.age_seconds),
        ];
        if wide {
            cells.extend([
                name(&self.group),
                rfc3339(self.taken_at),
                expires(self),
                optional(self.content.as_deref()),
                optional(self.driver.as_deref()),
                self.source.to_owned(),
                self.error.as_deref().map_or_else(|| NONE.to_owned(), |text| cell(text, LONGEST_TEXT)),
            ]);
        }
        cells
    }
}

fn expires(item: &SnapshotItem) -> String {
    match (item.fate, item.expires_at) {
        (Some("delete"), _) => "now".to_owned(),
        (_, Some(time)) => rfc3339(time),
        (_, None) => NONE.to_owned(),
    }
}

/// For what the schedule keeps it.
pub fn kept_for(item: &SnapshotItem) -> String {
    if item.fate.is_none() {
        let intervals = item.intervals.iter().map(|every| every::short(every));
        return name(&intervals.chain(item.purpose.clone()).collect::<Vec<_>>().join(","));
    }
    let reasons = item.reasons.iter().filter_map(|reason| match (reason.code, &reason.rule) {
        ("rule" | "span", Some(rule)) => Some(every::short(rule)),
        ("restore-point", _) => Some("safety".to_owned()),
        (code @ ("hold" | "manual" | "min-count" | "requested" | "unknown-interval"), _) => {
            Some(code.to_owned())
        }
        (code @ ("newest-ready" | "last-of-volume" | "was-ready"), _) if item.reasons.len() == 1 => {
            Some(code.to_owned())
        }
        _ => None,
    });
    name(&reasons.collect::<Vec<_>>().join(","))
}
