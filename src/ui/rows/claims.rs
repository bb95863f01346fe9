//! The table of claims that no group covers.
//! Must not compute anything that is not in `UnprotectedClaimReport`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{age, name, optional};
use crate::ui::listing::Row;
use crate::ui::reports::ClaimItem;

impl Row for ClaimItem {
    const KIND: &'static str = "UnprotectedClaimReport";
    const TYPE: &'static str = "persistentvolumeclaim";

    fn statuses() -> Vec<(&'static str, bool)> {
        vec![("Bound", false), ("Pending", false), ("Terminating", false), ("Lost", true)]
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
        None
    }
    fn deleted(self) -> Self {
        Self { status: "Deleted", ..self }
    }

    fn headers(wide: bool) -> Vec<&'static str> {
        let more: &[_] = if wide { &["VOLUME", "DRIVER"] } else { &[] };
        [&["NAME", "SIZE", "STORAGECLASS", "STATUS", "AGE"], more].concat()
    }

    fn cells(&self, now: DateTime<Utc>, wide: bool) -> Vec<String> {
        let mut cells = vec![
            name(&self.name),
            optional(self.size.as_ref().map(|size| size.quantity.as_str())),
            optional(self.storage_class.as_deref()),
            self.status.to_owned(),
            age(self.created_at, now),
        ];
        if wide {
            cells.extend([optional(self.volume.as_deref()), optional(self.driver.as_deref())]);
        }
        cells
    }
}
