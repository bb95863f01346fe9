//! Carries out a step: creates snapshots and claims exactly as drafted; deletes and marks are in the modules below.
//! Must not trust "already exists", and must not send a write again before looking.

mod claim;
mod delete;
mod event;
mod mark;

use std::time::Duration;

use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;

pub use delete::Deletion;
pub use event::Happening;
pub use mark::{Marked, Marks};

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::{Class, Failure};
use crate::api::snapshot::VolumeSnapshot;
use crate::api::{build, convert, marks, status as wire};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::draft::{Occasion, SnapshotDraft};
use crate::model::group::Group;
use crate::model::status::Status;
use crate::model::snapshot::{Purpose, Snapshot};

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
            Verb::Create => matches!(failure.class, Class::AlreadyExists | Class::Transient),
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
    /// Creates a snapshot. If the name of a manual one is taken, takes the next second, unless an answer to this very
    /// create was lost and the object that is met is what was sent. A scheduled one that is met is the one that was wanted:
    /// its name says group and slot.
    pub async fn create_snapshot(&self, draft: &SnapshotDraft, persist: Persist) -> Result<Snapshot> {
        let api: Api<VolumeSnapshot> = Api::namespaced(self.client(), &draft.namespace);
        let mut draft = draft.clone();
        let mut attempts = Attempts::new("volumesnapshot", persist);
        for _ in 0..ATTEMPTS {
            let name = draft.name();
            let call = Call::one(Verb::Create, Kind::Snapshot, Some(&draft.namespace), &name);
            let object = build::snapshot(&draft);
            match self.write(&call, api.create(&persist.params(), &object)).await {
                Ok(created) => return Ok(convert::snapshot(&created)),
                Err(failure) => attempts.failed(failure, &call)?,
            }
            match self.look_again(&attempts, &call, self.snapshot(&name)).await? {
                Some(found) if attempts.lost && is_this(&found, &draft) => return Ok(found),
                Some(found) if matches!(draft.occasion, Occasion::Scheduled { .. }) => {
                    return same_slot(found, &draft);
                }
                Some(_) => {
                    draft.timestamp += 1;
                    attempts.lost = false;
                }
                None => {}
            }
        }
        let call = Call::one(Verb::Create, Kind::Snapshot, Some(&draft.namespace), &draft.name());
        Err(attempts.end(&call))
    }

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
            true => attempts.end(call).cause(error.message),
            false => error,
        })
    }

    /// Writes the status of a group, whose only writer we are. Best effort: the group may be gone, and the user may not be
    /// allowed to write it. Whether it was written.
    pub async fn write_status(&self, resource: &ApiResource, group: &Group, status: &Status) -> bool {
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), &group.namespace, resource);
        let call = Call::one(Verb::Patch, Kind::GroupStatus, Some(&group.namespace), &group.name);
        let patch = Patch::Apply(json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {"uid": group.uid},
            "status": wire::write(status, group.status.as_ref(), self.now()),
        }));
        let params = PatchParams { force: true, ..patch_params() };
        let written = self.write(&call, api.patch_status(&group.name, &params, &patch)).await;
        if let Err(failure) = &written {
            tracing::info!("the status of {} was not written: {}", group.name, failure.error);
            // The next pass sees what it is and writes it again.
            self.interrupt.writes(None);
        }
        written.is_ok()
    }

    /// Notes on the group which claim it has, so that a later absence is not taken for a beginning. Best
    /// effort: Gemini's own CRD has no status, and the user may not be allowed to write it.
    pub async fn note_claim(&self, resource: &ApiResource, group: &Group, claim: &Claim) {
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), &group.namespace, resource);
        let call = Call::one(Verb::Patch, Kind::GroupStatus, Some(&group.namespace), &group.name);
        let patch = Patch::Merge(json!({
            "metadata": {"uid": group.uid},
            "status": {"claim": {"name": claim.name, "uid": claim.uid}},
        }));
        if let Err(failure) = self.write(&call, api.patch_status(&group.name, &patch_params(), &patch)).await
        {
            tracing::info!("status.claim was not written: {}", failure.error);
        }
    }
}

/// The object that bears the name of a slot is the snapshot of that slot, whoever made it, if it is of the group's claim.
fn same_slot(found: Snapshot, draft: &SnapshotDraft) -> Result<Snapshot> {
    let is_scheduled = matches!(found.purpose, Purpose::Scheduled(_));
    let is_ours = is_scheduled && found.group.as_ref() == Some(&draft.group) && found.claim.as_ref() == Some(&draft.claim);
    let (name, namespace) = (&found.name, &found.namespace);
    if !is_ours {
        let message = format!("volumesnapshot {name} in namespace {namespace} is not one of group {}, but has the name that its next one gets", draft.group);
        return Err(Error::new(Reason::NameTaken, message)
            .hint(format!("rename or delete it, or wait for the next slot: kubectl describe volumesnapshot {name} -n {namespace}")));
    }
    if found.terminating {
        let message = format!("volumesnapshot {name} in namespace {namespace} is being deleted, and the next one would have its name");
        return Err(Error::new(Reason::ChangedMeanwhile, message));
    }
    Ok(found)
}

/// The object that was met is the one that was sent: all our marks agree, down to the second and the volume.
fn is_this(found: &Snapshot, draft: &SnapshotDraft) -> bool {
    !found.terminating
        && found.claim.as_ref() == Some(&draft.claim)
        && build::snapshot_marks(draft).iter().all(|(key, value)| found.annotations.get(key) == Some(value))
}

pub(super) fn patch_params() -> PatchParams {
    PatchParams { field_manager: Some(marks::KUBECTL_GEMINI.to_owned()), ..PatchParams::default() }
}

#[cfg(test)]
mod tests {
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
