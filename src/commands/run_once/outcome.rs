//! What became of one group in a pass, and of all of them together.
//! Must not hide a failure: the gravest one of each group counts.

use super::super::report::worst;
use crate::cluster::apply::Happening;
use crate::error::{Error, ExitCode};
use crate::model::status::Restoring;
use crate::ui::documents::ErrorItem;
use crate::ui::log::{Facts, Log, Totals};
use crate::ui::runs::{Action, RunItem};

/// What became of one group.
#[derive(Default)]
pub(super) struct Outcome {
    pub item: RunItem,
    /// A snapshot of this pass was created, and not only met.
    pub created: bool,
    /// Something was changed for the group.
    pub changed: bool,
    pub errors: Vec<Error>,
    /// A restore that was asked for by annotation and has not ended.
    pub restoring: Option<Restoring>,
    /// What is to be told in Events.
    pub happenings: Vec<Happening>,
}

impl Outcome {
    /// Nothing has been done yet.
    pub fn new(namespace: &str, group: &str) -> Self {
        let item = RunItem { namespace: namespace.to_owned(), group: group.to_owned(), ..RunItem::default() };
        Self { item, ..Self::default() }
    }

    /// Something cannot be done for the group, and is said so at once.
    pub fn fail(&mut self, log: &Log, error: Error) {
        log.error("not done", self.facts(), &error);
        if self.item.action == Action::None {
            self.item.action = Action::Skip;
        }
        self.errors.push(error);
    }

    /// A line about this group begins with this.
    pub fn facts(&self) -> Facts {
        let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Facts { namespace: said(&self.item.namespace), group: said(&self.item.group), ..Facts::default() }
    }

    /// The gravest error, as what it leaves behind.
    fn error(&self) -> Option<Error> {
        let grave = |error: &&Error| match error.exit_code() {
            ExitCode::NeedsPerson => 2,
            ExitCode::Interrupted => 1,
            _ => 0,
        };
        // The first of equals: it says what the others follow from.
        let error = self.errors.iter().rev().max_by_key(grave)?.clone();
        Some(if self.changed { error.after_change() } else { error })
    }

    /// Its part of the document.
    pub fn item(&self) -> RunItem {
        RunItem { error: self.error().as_ref().map(ErrorItem::from), ..self.item.clone() }
    }
}

/// The exit code of a pass.
pub(super) fn exit_code(outcomes: &[Outcome]) -> ExitCode {
    let errors: Vec<_> = outcomes.iter().map(Outcome::error).collect();
    worst(errors.iter().map(Option::as_ref))
}

/// What a pass has done, in numbers.
pub(super) fn totals(outcomes: &[Outcome]) -> Totals {
    let count = |of: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| of(outcome)).count();
    Totals {
        groups: count(|outcome| !outcome.item.group.is_empty()),
        due: count(|outcome| outcome.item.due),
        created: count(|outcome| outcome.created),
        ready: count(|outcome| outcome.item.ready),
        pruned: outcomes.iter().map(|outcome| outcome.item.pruned.len()).sum(),
        failed: count(|outcome| !outcome.errors.is_empty()),
    }
}
