//! What a user sees when something goes wrong: reason, message, causes, the way out, the exit code.
//! A leaf: it knows no other module, and it must never hold a type name or an unescaped server text.

mod reason;

pub use reason::{ExitCode, Reason};

/// A failure as it is shown to the user.
///
/// The message is a lower-case fragment without a full stop that names the object; texts of the server are
/// escaped by the printer, not here.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The stable word.
    pub reason: Reason,
    /// What failed, naming the object and its namespace.
    pub message: String,
    /// Why, from near to far.
    pub causes: Vec<String>,
    hints: Vec<String>,
    exit: ExitCode,
    root: Reason,
}

impl Error {
    /// A failure without causes, whose hint is the reason's general remedy.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            causes: vec![],
            hints: vec![],
            exit: reason.exit_code(),
            root: reason,
        }
    }

    /// Adds a cause, unless the text above it already says the same.
    #[must_use]
    pub fn cause(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        let said = self.causes.last().unwrap_or(&self.message);
        if !text.is_empty() && !said.ends_with(&text) {
            self.causes.push(text);
        }
        self
    }

    /// Adds another failure, from which this one follows; its own causes are left out.
    #[must_use]
    pub fn because(self, failure: &Self) -> Self {
        Self { root: failure.root, ..self.cause(&failure.message) }
    }

    /// Reason and message of the failure that this one follows from in the end; its own, if that is not known.
    pub fn root(&self) -> (Reason, &str) {
        let below = self.causes.last().filter(|_| self.root != self.reason);
        (self.root, below.unwrap_or(&self.message))
    }

    /// Adds a way out that is more exact than the reason's general one, which it replaces.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(text.into());
        self
    }

    /// Puts the name of what it is about before the message.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    /// Says that something had been changed before this failure, so that "nothing was changed" would be a lie.
    #[must_use]
    pub fn after_change(mut self) -> Self {
        self.exit = match self.exit {
            ExitCode::Failed | ExitCode::Usage | ExitCode::RolledBack => ExitCode::Partial,
            ExitCode::Cancelled => ExitCode::Interrupted,
            other => other,
        };
        self
    }

    /// Says that it ends the command otherwise than its reason does by itself.
    #[must_use]
    pub fn exits(self, exit: ExitCode) -> Self {
        Self { exit, ..self }
    }

    /// The ways out: at least one.
    pub fn hints(&self) -> Vec<&str> {
        match self.hints.is_empty() {
            true => vec![self.reason.remedy()],
            false => self.hints.iter().map(String::as_str).collect(),
        }
    }

    /// The exit code of a command that ends with this failure.
    pub fn exit_code(&self) -> ExitCode {
        self.exit
    }
}

/// A result that fails with what the user sees.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_way_out() {
        for reason in Reason::ALL {
            let error = Error::new(*reason, "it failed");
            assert!(error.hints().iter().all(|hint| hint.len() > 10), "{reason} has no remedy");
            assert_ne!(error.exit_code(), ExitCode::Done, "{reason} would look like success");
        }
    }

    #[test]
    fn a_cause_is_said_once() {
        let error = Error::new(Reason::ConnectFailed, "cannot connect: client error (Connect)")
            .cause("client error (Connect)")
            .cause("connection reset by peer")
            .cause("connection reset by peer");
        assert_eq!(error.causes, ["connection reset by peer"]);
    }

    #[test]
    fn a_failure_knows_the_one_that_it_follows_from() {
        let away = Error::new(Reason::ConnectFailed, "the connection to x failed");
        assert_eq!(away.root(), (Reason::ConnectFailed, "the connection to x failed"));
        let unknown = Error::new(Reason::OutcomeUnknown, "it is not known").cause("busy").because(&away);
        assert_eq!(unknown.root(), away.root());
        assert_eq!(unknown.causes, ["busy", "the connection to x failed"]);
    }

    #[test]
    fn a_failure_after_a_change_is_partial() {
        assert_eq!(Error::new(Reason::Forbidden, "x").after_change().exit_code(), ExitCode::Partial);
        assert_eq!(Error::new(Reason::JsonPathInvalid, "x").after_change().exit_code(), ExitCode::Partial);
        assert_eq!(Error::new(Reason::RequestAltered, "x").after_change().exit_code(), ExitCode::Partial);
        assert_eq!(Error::new(Reason::Cancelled, "x").after_change().exit_code(), ExitCode::Interrupted);
        assert_eq!(Error::new(Reason::WrongVolume, "x").after_change().exit_code(), ExitCode::NeedsPerson);
    }
}
