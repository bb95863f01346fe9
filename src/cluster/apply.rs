//! Carries out a step: creates snapshots and claims exactly as drafted; deletes and marks are in the modules below.
//! Must not trust "already exists", and must not send a write again before looking.

mod claim;
mod delete;
mod event;
mod mark;
mod once;
mod request;
mod snapshot;
mod status;

use std::time::Duration;

use kube::api::{PatchParams, PostParams};

pub use delete::Deletion;
pub use event::Happening;
pub use mark::{Marked, Marks};
pub use once::Sent;
pub use request::GroupMarks;

use super::call::{Call, Verb};
use super::connect::Cluster;
use super::failure::{Class, Failure};
use crate::api::marks;
use crate::error::{Error, Reason, Result};

/// How often a write is sent after a look, and how many foreign names are stepped over.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Whether the API server is to store what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persist {
    /// Yes.
    Yes,
    /// No: it checks the request as far as it can (`dryRun=All`).
    ServerDryRun,
}

impl Persist {
    fn params(self) -> PostParams {
        PostParams {
            dry_run: self == Self::ServerDryRun,
            field_manager: Some(marks::KUBECTL_GEMINI.to_owned()),
        }
    }
}

/// One write on its way: what may be said about it when it does not succeed.
struct Attempts {
    persist: Persist,
    /// What kubectl calls the kind.
    kind: &'static str,
    /// The last failure.
    last: Option<Failure>,
    /// An answer was lost: it may have been carried out, or may be later.
    lost: bool,
}

impl Attempts {
    fn new(kind: &'static str, persist: Persist) -> Self {
        Self { persist, kind, last: None, lost: false }
    }

    /// How it ends when the user has asked to stop.
    fn stopped(&self, call: &Call) -> Error {
        let was = if self.lost { "may have been" } else { "was not" };
        let message = format!("stopped: {} {was} {}{}", self.what(call), call.verb.done(), call.place());
        let error = Error::new(Reason::Interrupted, message);
        if self.lost { error.hint(self.look(call)) } else { error }
    }

    /// Takes a failure in; an error if sending it again cannot help.
    fn failed(&mut self, failure: Failure, call: &Call) -> Result<()> {
        let again = match call.verb {
            // What was never sent may be sent again; that the server is back is known by the look before.
            Verb::Create => {
                // A conflict is one of the namespace's quota, which several counted at once: nothing was stored.
                matches!(
                    failure.class,
                    Class::AlreadyExists | Class::Conflict | Class::Transient | Class::Unreachable
                )
            }
            // These carry preconditions: sent twice, they do what they do once.
            _ => matches!(failure.class, Class::Conflict | Class::Transient | Class::Unreachable),
        };
        // A webhook that fails is no doubt about the outcome, and a dry run has none.
        self.lost |= failure.class == Class::Transient
            && failure.error.reason != Reason::AdmissionDenied
            && self.persist == Persist::Yes;
        self.last = Some(failure);
        if again { Ok(()) } else { Err(self.end(call)) }
    }

    /// How it ends when it is not sent again. After a lost answer nobody knows: a request whose sender gave up may
    /// still be carried out.
    fn end(&self, call: &Call) -> Error {
        match &self.last {
            Some(failure) if self.lost => {
                let (what, done, place) = (self.what(call), call.verb.done(), call.place());
                let message = format!("it is not known whether {what} was {done}{place}");
                Error::new(Reason::OutcomeUnknown, message)
                    .cause(&failure.error.message)
                    .hint(self.look(call))
            }
            Some(failure) if failure.class != Class::AlreadyExists => failure.error.clone(),
            _ => {
                let message =
                    format!("{} and the names before it are taken{}", self.what(call), call.place());
                Error::new(Reason::NameTaken, message)
            }
        }
    }

    fn what(&self, call: &Call) -> String {
        format!("{} {}", self.kind, call.name.as_deref().unwrap_or_default())
    }

    fn look(&self, call: &Call) -> String {
        let namespace = call.namespace.as_deref().unwrap_or_default();
        format!("look for it before repeating the command: kubectl get {} -n {namespace}", self.what(call))
    }
}

impl Cluster {
    /// After a write that failed and may be sent again: what is there? If even that cannot be learned, or the user
    /// has asked to stop, that is the end.
    async fn look_again<T>(
        &self,
        attempts: &Attempts,
        call: &Call,
        look: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<T>> {
        if let Some(failure) = attempts.last.as_ref().filter(|failure| failure.may_pass()) {
            tokio::select! {
                () = tokio::time::sleep(failure.retry_after.unwrap_or(PAUSE)) => {}
                () = self.interrupt.requested() => {}
            }
        }
        if self.interrupt.is_requested() {
            return Err(attempts.stopped(call));
        }
        look.await.map_err(|error| match attempts.lost {
            _ if error.reason == Reason::Interrupted => attempts.stopped(call),
            true => attempts.end(call).because(&error),
            false => error,
        })
    }
}

pub(super) fn patch_params() -> PatchParams {
    PatchParams { field_manager: Some(marks::KUBECTL_GEMINI.to_owned()), ..PatchParams::default() }
}

#[cfg(test)]
mod tests {
    use super::super::call::Kind;
    use super::*;
    use crate::error::ExitCode;

    fn failure(class: Class, reason: Reason) -> Failure {
        Failure { error: Error::new(reason, "the server hiccuped"), class, retry_after: None }
    }

    fn ended(persist: Persist, failures: &[(Class, Reason)]) -> Error {
        let call = Call::one(Verb::Create, Kind::Snapshot, Some("media"), "photos-1");
        let mut attempts = Attempts::new("volumesnapshot", persist);
        for (class, reason) in failures {
            if let Err(error) = attempts.failed(failure(*class, *reason), &call) {
                return error;
            }
        }
        attempts.end(&call)
    }

    #[test]
    fn after_a_lost_answer_nobody_knows_whatever_comes_next() {
        let lost = (Class::Transient, Reason::ServerRefused);
        for then in
            [lost, (Class::Final, Reason::QuotaExceeded), (Class::Unreachable, Reason::ConnectRefused)]
        {
            let error = ended(Persist::Yes, &[lost, then]);
            assert_eq!((error.reason, error.exit_code()), (Reason::OutcomeUnknown, ExitCode::Partial));
            assert!(error.message.contains("volumesnapshot photos-1"), "{error}");
            assert!(error.hints()[0].contains("kubectl get volumesnapshot photos-1 -n media"));
        }
    }

    #[test]
    fn whoever_stops_is_told_what_may_exist() {
        let call = Call::one(Verb::Create, Kind::Claim, Some("media"), "copy");
        let mut attempts = Attempts::new("pvc", Persist::Yes);
        attempts.failed(failure(Class::AlreadyExists, Reason::ServerRefused), &call).unwrap();
        assert_eq!(attempts.stopped(&call).message, "stopped: pvc copy was not created in namespace media");
        attempts.failed(failure(Class::Transient, Reason::ServerRefused), &call).unwrap();
        let error = attempts.stopped(&call);
        assert_eq!(error.message, "stopped: pvc copy may have been created in namespace media");
        assert!(error.hints()[0].contains("kubectl get pvc copy -n media"));
        assert_eq!(error.exit_code(), ExitCode::Interrupted);
    }

    #[test]
    fn where_nothing_can_have_happened_the_failure_is_said_as_it_is() {
        let refused = ended(Persist::Yes, &[(Class::Final, Reason::QuotaExceeded)]);
        assert_eq!((refused.reason, refused.exit_code()), (Reason::QuotaExceeded, ExitCode::Failed));
        let webhook = ended(Persist::Yes, &[(Class::Transient, Reason::AdmissionDenied)]);
        assert_eq!(webhook.reason, Reason::AdmissionDenied);
        let dry = ended(Persist::ServerDryRun, &[(Class::Transient, Reason::ServerRefused)]);
        assert_eq!(dry.reason, Reason::ServerRefused);
        assert_eq!(
            ended(Persist::Yes, &[(Class::AlreadyExists, Reason::ServerRefused)]).reason,
            Reason::NameTaken
        );
    }
}
