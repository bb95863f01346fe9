//! What became of the things that one command was asked to do: the document, the errors, the exit code.
//! Must not hide a failure behind a success, nor the other way round.

use serde::Serialize;

use crate::error::{Error, ExitCode, Result};
use crate::ui::documents::Document;
use crate::ui::format::Format;
use crate::ui::terminal::Ui;

/// What became of one of them.
pub(super) struct Outcome<T> {
    /// Its part of the document, in which the error stands, too.
    pub item: T,
    /// Something was changed for it.
    pub changed: bool,
    /// Why it is not done.
    pub error: Option<Error>,
}

/// Prints a document of `kind`, then the errors. A single thing that failed before anything was changed is a failure of
/// the command, which is returned; everything else is a result, with the failures in it.
pub(super) fn show<T: Serialize>(
    kind: &'static str,
    mut outcomes: Vec<Outcome<T>>,
    format: &Format,
    ui: &Ui,
) -> Result<ExitCode> {
    if let [only] = outcomes.as_mut_slice()
        && !only.changed
        && let Some(error) = only.error.take()
    {
        return Err(error);
    }
    let code = worst(outcomes.iter().map(|outcome| outcome.error.as_ref()));
    let changed = outcomes.iter().any(|outcome| outcome.changed);
    let (items, errors): (Vec<_>, Vec<_>) =
        outcomes.into_iter().map(|outcome| (outcome.item, outcome.error)).unzip();
    let written = format.document(&Document::new(kind, items)).and_then(|text| ui.data(&text));
    errors.iter().flatten().for_each(|error| ui.error(error));
    match written {
        Err(error) if code == ExitCode::Done => Err(if changed { error.after_change() } else { error }),
        Err(error) => {
            ui.error(&error);
            Ok(code)
        }
        Ok(()) => Ok(code),
    }
}

/// The worst outcome, except that some failures among successes are "partly done".
pub(super) fn worst<'a>(outcomes: impl Iterator<Item = Option<&'a Error>>) -> ExitCode {
    let codes: Vec<_> = outcomes.map(|error| error.map(Error::exit_code)).collect();
    let has = |code| codes.contains(&Some(code));
    match codes.iter().flatten().next() {
        None => ExitCode::Done,
        _ if has(ExitCode::NeedsPerson) => ExitCode::NeedsPerson,
        _ if has(ExitCode::Interrupted) => ExitCode::Interrupted,
        Some(first) if codes.iter().all(|code| code.as_ref() == Some(first)) => *first,
        Some(_) => ExitCode::Partial,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn a_failure_among_successes_is_partly_done_unless_it_is_graver() {
        let error = |reason| Some(Error::new(reason, "x"));
        let (failed, stopped) = (error(Reason::Forbidden), error(Reason::Interrupted));
        let (unclear, wrong) = (error(Reason::OutcomeUnknown), error(Reason::WrongVolume));
        for (outcomes, wanted) in [
            (vec![], ExitCode::Done),
            (vec![&None, &None], ExitCode::Done),
            (vec![&failed], ExitCode::Failed),
            (vec![&failed, &failed], ExitCode::Failed),
            (vec![&failed, &None], ExitCode::Partial),
            (vec![&failed, &unclear], ExitCode::Partial),
            (vec![&None, &failed, &stopped], ExitCode::Interrupted),
            (vec![&stopped, &wrong, &None], ExitCode::NeedsPerson),
        ] {
            assert_eq!(worst(outcomes.iter().map(|error| error.as_ref())), wanted, "{outcomes:?}");
        }
    }
}
