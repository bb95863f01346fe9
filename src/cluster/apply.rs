//! Carries out a step: creates snapshots and claims, exactly as drafted.
//! Must not trust "already exists", and must not send a create again before looking.

use std::time::Duration;

use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::{Class, Failure};
use crate::api::snapshot::VolumeSnapshot;
use crate::api::{build, convert, marks, storage};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::draft::{ClaimDraft, SnapshotDraft};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;

/// How often a create is sent again after a look, and how many foreign names are stepped over.
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

impl Cluster {
    /// Creates a snapshot. If its name is taken, takes the next second, unless an answer to this very create was
    /// lost and the object that is met is what was sent.
    pub async fn create_snapshot(&self, draft: &SnapshotDraft, persist: Persist) -> Result<Snapshot> {
        let api: Api<VolumeSnapshot> = Api::namespaced(self.client(), &draft.namespace);
        let mut draft = draft.clone();
        let (mut last, mut answer_lost) = (None, false);
        for _ in 0..ATTEMPTS {
            let name = draft.name();
            let call = Call::one(Verb::Create, Kind::Snapshot, Some(&draft.namespace), &name);
            let object = build::snapshot(&draft);
            let failure = match self.write(&call, api.create(&persist.params(), &object)).await {
                Ok(created) => return Ok(convert::snapshot(&created)),
                Err(failure) => failure,
            };
            answer_lost |= failure.class == Class::Transient;
            if !matches!(failure.class, Class::AlreadyExists | Class::Transient) {
                return Err(failure.error);
            }
            match self.look_again(&failure, &call, self.snapshot(&name)).await? {
                Some(found) if answer_lost && is_this(&found, &draft) => return Ok(found),
                Some(_) => {
                    draft.timestamp += 1;
                    answer_lost = false;
                }
                None => {}
            }
            last = Some(failure);
        }
        Err(given_up(last, &format!("volumesnapshot {}", draft.name())))
    }

    /// Creates a claim. A claim of that name is a refusal, unless it is the one that was sent before.
    pub async fn create_claim(&self, draft: &ClaimDraft, persist: Persist) -> Result<Claim> {
        let api = self.claim_api();
        let object = build::claim(draft);
        let call = Call::one(Verb::Create, Kind::Claim, Some(&draft.namespace), &draft.name);
        let mut last: Option<Failure> = None;
        for _ in 0..ATTEMPTS {
            let failure = match self.write(&call, api.create(&persist.params(), &object)).await {
                Ok(created) => return self.as_drafted(&created, draft, persist).await,
                Err(failure) => failure,
            };
            if !matches!(failure.class, Class::AlreadyExists | Class::Transient) {
                return Err(failure.error);
            }
            if let Some(found) = self.look_again(&failure, &call, self.claim(&draft.name)).await? {
                // Met at the first attempt it is somebody else's; after a lost answer it may be ours.
                let ours = last.is_some() || failure.class == Class::Transient;
                return match ours
                    && draft.restored_from.is_some()
                    && found.restored_from == draft.restored_from
                {
                    true => Ok(found),
                    false => Err(Error::new(
                        Reason::ClaimExists,
                        format!("PVC {} exists already in namespace {}", draft.name, draft.namespace),
                    )),
                };
            }
            last = Some(failure);
        }
        Err(given_up(last, &format!("PVC {}", draft.name)))
    }

    /// After a create whose outcome is unknown: is it there? If even that cannot be learned, says so.
    async fn look_again<T>(
        &self,
        failure: &Failure,
        call: &Call,
        look: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<T>> {
        if failure.class == Class::Transient {
            tokio::time::sleep(failure.retry_after.unwrap_or(PAUSE)).await;
        }
        look.await.map_err(|error| {
            let name = call.name.as_deref().unwrap_or_default();
            let message = format!("it is not known whether {name} was created{}", call.place());
            Error::new(Reason::OutcomeUnknown, message).cause(&failure.error.message).cause(error.message)
        })
    }

    /// The server may drop a data source that it does not accept, and would then make an empty volume.
    async fn as_drafted(
        &self,
        created: &DynamicObject,
        draft: &ClaimDraft,
        persist: Persist,
    ) -> Result<Claim> {
        let claim = storage::claim(created).ok_or_else(|| {
            Error::new(
                Reason::OutcomeUnknown,
                format!("the answer to creating PVC {} is not understood", draft.name),
            )
        })?;
        let wanted = draft.restored_from.as_ref().map(|origin| &origin.snapshot);
        if claim.snapshot_source.as_ref() == wanted || wanted.is_none() {
            return Ok(claim);
        }
        let error = Error::new(
            Reason::RequestAltered,
            format!("the API server dropped the data source of PVC {}", draft.name),
        );
        match persist {
            Persist::ServerDryRun => Err(error),
            Persist::Yes => self.delete_claim(&claim).await.and(Err(error)),
        }
    }

    async fn delete_claim(&self, claim: &Claim) -> Result<()> {
        let api = self.claim_api();
        let call = Call::one(Verb::Delete, Kind::Claim, Some(&claim.namespace), &claim.name);
        let params = DeleteParams::default().preconditions(Preconditions {
            uid: Some(claim.uid.clone()),
            resource_version: claim.resource_version.clone(),
        });
        match self.write(&call, api.delete(&claim.name, &params)).await {
            Err(failure) if failure.class != Class::NotFound => Err(failure.error.after_change()),
            _ => Ok(()),
        }
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
        let params =
            PatchParams { field_manager: Some(marks::KUBECTL_GEMINI.to_owned()), ..PatchParams::default() };
        if let Err(failure) = self.write(&call, api.patch_status(&group.name, &params, &patch)).await {
            tracing::info!("status.claim was not written: {}", failure.error);
        }
    }
}

/// The object that was met is the one that was sent: all our marks agree, down to the second and the volume.
fn is_this(found: &Snapshot, draft: &SnapshotDraft) -> bool {
    !found.terminating
        && found.claim.as_ref() == Some(&draft.claim)
        && build::snapshot_marks(draft).iter().all(|(key, value)| found.annotations.get(key) == Some(value))
}

fn given_up(last: Option<Failure>, what: &str) -> Error {
    match last {
        Some(failure) if failure.class == Class::AlreadyExists => {
            Error::new(Reason::NameTaken, format!("{what} and the names before it are taken"))
        }
        Some(failure) => failure.error,
        None => Error::new(Reason::NameTaken, format!("{what} could not be created")),
    }
}
