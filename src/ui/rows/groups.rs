//! The table of groups.
//! Must not compute anything that is not in `SnapshotGroupReport`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{age, name, optional};
use crate::model::text::{NONE, cell};
use crate::model::{duration, every};
use crate::plan::health::Health;
use crate::ui::listing::Row;
use crate::ui::reports::GroupItem;

/// Longest sentence about a group, in characters.
const LONGEST_MESSAGE: usize = 200;

impl Row for GroupItem {
    const KIND: &'static str = "SnapshotGroupReport";
    const TYPE: &'static str = "snapshotgroup.gemini.fairwinds.com";

    fn statuses() -> Vec<(&'static str, bool)> {
        Health::ALL.iter().map(|health| (health.word(), health.is_trouble())).collect()
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
        self.created_at
    }
    fn newest(&self) -> Option<DateTime<Utc>> {
        self.newest_ready.as_ref().map(|newest| newest.taken_at)
    }
    fn deleted(self) -> Self {
        Self { status: "Deleted", due: "never", ..self }
    }

    fn headers(wide: bool) -> Vec<&'static str> {
        let short = ["NAME", "PVC", "READY", "NEWEST", "NEXT", "STATUS", "AGE"];
        let more: &[_] =
            if wide { &["SIZE", "STORAGECLASS", "SNAPSHOTCLASS", "DRIVER", "KEEPS", "MESSAGE"] } else { &[] };
        [&short, more].concat()
    }

    fn cells(&self, now: DateTime<Utc>, wide: bool) -> Vec<String> {
        let newest = self.newest_ready.as_ref().map(|newest| duration::short(newest.age_seconds));
        let mut cells = vec![
            name(&self.name),
            name(&self.pvc),
            format!("{}/{}", self.snapshots.ready, self.snapshots.total),
            optional(newest.as_deref()),
            next(self, now),
            self.status.to_owned(),
            age(self.created_at, now),
        ];
        if wide {
            cells.extend([
                optional(self.size.as_ref().map(|size| size.quantity.as_str())),
                optional(self.storage_class.as_deref()),
                self.snapshot_class.as_deref().map_or_else(|| "<default>".to_owned(), name),
                optional(self.driver.as_deref()),
                keeps(self),
                if self.status == Health::Healthy.word() {
                    NONE.to_owned()
                } else {
                    cell(&self.message, LONGEST_MESSAGE)
                },
            ]);
        }
        cells
    }
}

/// How long until the next snapshot falls due.
fn next(item: &GroupItem, now: DateTime<Utc>) -> String {
    match (item.due, item.next_due_at) {
        ("due", _) => "now".to_owned(),
        ("late", _) => "overdue".to_owned(),
        ("not-yet", Some(next)) => duration::short((next - now).num_seconds().max(0)),
        ("not-yet", None) => "<unknown>".to_owned(),
        _ => NONE.to_owned(),
    }
}

fn keeps(item: &GroupItem) -> String {
    let rules: Vec<_> =
        item.schedule.iter().map(|rule| format!("{}*{}", every::short(&rule.every), rule.keep)).collect();
    name(&rules.join(","))
}
