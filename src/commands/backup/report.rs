//! What became of the backups of one command: the document, the errors, the exit code.
//! Must not hide a failure behind a success, nor the other way round.

use crate::error::{Error, ExitCode, Result};
use crate::model::dry_run::DryRun;
use crate::model::snapshot::Snapshot;
use crate::ui::documents::{Document, ErrorItem};
use crate::ui::format::Format;
use crate::ui::results::BackupItem;
use crate::ui::terminal::Ui;

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

    /// What it failed with, if it did; `named` puts the group before it.
    fn outcome(mut self, named: bool) -> Self {
        let error = self.error.take().or(self.unsaid.take());
        let subject = format!("group {}", self.item.group);
        self.error = error.map(|error| if named { error.about(&subject) } else { error });
        self
    }
}

/// A single backup that failed before it made anything is a failure of the command; everything else is a
/// result, with the failures in it.
pub(super) fn show(backups: Vec<Backup>, format: &Format, ui: &Ui) -> Result<ExitCode> {
    let several = backups.len() > 1;
    let mut backups: Vec<_> = backups.into_iter().map(|backup| backup.outcome(several)).collect();
    if let [only] = backups.as_mut_slice()
        && only.item.snapshot.is_none()
        && let Some(error) = only.error.take()
    {
        return Err(error);
    }
    let code = worst(&backups);
    let created = backups.iter().any(|b| b.item.snapshot.is_some() && b.item.dry_run == DryRun::None);
    let (items, errors): (Vec<_>, Vec<_>) = backups
        .into_iter()
        .map(|backup| {
            let error = backup.error.as_ref().map(ErrorItem::from);
            (BackupItem { error, ..backup.item }, backup.error)
        })
        .unzip();
    let written = format.document(&Document::new("BackupResult", items)).and_then(|text| ui.data(&text));
    errors.iter().flatten().for_each(|error| ui.error(error));
    match written {
        Err(error) if code == ExitCode::Done => Err(if created { error.after_change() } else { error }),
        Err(error) => {
            ui.error(&error);
            Ok(code)
        }
        Ok(()) => Ok(code),
    }
}

/// The worst outcome, except that some failures among successes are "partly done".
fn worst(backups: &[Backup]) -> ExitCode {
    let codes: Vec<_> = backups.iter().filter_map(|b| b.error.as_ref()).map(Error::exit_code).collect();
    let has = |code| codes.contains(&code);
    match codes.first() {
        None => ExitCode::Done,
        _ if has(ExitCode::NeedsPerson) => ExitCode::NeedsPerson,
        _ if has(ExitCode::Interrupted) => ExitCode::Interrupted,
        Some(first) if codes.len() == backups.len() && codes.iter().all(|code| code == first) => *first,
        Some(_) => ExitCode::Partial,
    }
}
