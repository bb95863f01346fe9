//! What is known about the backup of one group, and what became of it.
//! Must not lose a snapshot that was made because its creation could not be told.

use super::super::report::Outcome;
use crate::error::Error;
use crate::model::dry_run::DryRun;
use crate::model::snapshot::Snapshot;
use crate::ui::documents::ErrorItem;
use crate::ui::results::BackupItem;

/// One backup on its way: what is known, and what became of it.
pub(super) struct Backup {
    pub item: BackupItem,
    pub snapshot: Option<Snapshot>,
    pub error: Option<Error>,
    unsaid: Option<Error>,
}

impl Backup {
    /// A backup of which nothing has been done yet.
    pub fn new(namespace: &str, group: &str, dry_run: DryRun) -> Self {
        let item = BackupItem {
            namespace: namespace.to_owned(),
            group: group.to_owned(),
            pvc: None,
            snapshot: None,
            dry_run,
            ready: false,
            taken_at: None,
            took_seconds: None,
            size: None,
            snapshot_class: None,
            driver: None,
            reports: vec![],
            error: None,
        };
        Self { item, snapshot: None, error: None, unsaid: None }
    }

    /// Keeps for the end that the creation of `what` could not be told: it is waited for and proven all the same.
    pub fn unsaid(&mut self, error: Error, what: &str) {
        let error = match self.item.dry_run {
            DryRun::None => error.about(&format!("{what} was created")).after_change(),
            DryRun::Client | DryRun::Server => error,
        };
        self.unsaid.get_or_insert(error);
    }

    /// What became of it; if `named`, an error begins with the group.
    pub fn outcome(self, named: bool) -> Outcome<BackupItem> {
        let error = self.error.or(self.unsaid);
        let subject = format!("group {}", self.item.group);
        let error = error.map(|error| if named { error.about(&subject) } else { error });
        let changed = self.item.snapshot.is_some() && self.item.dry_run == DryRun::None;
        Outcome {
            item: BackupItem { error: error.as_ref().map(ErrorItem::from), ..self.item },
            changed,
            error,
        }
    }
}
