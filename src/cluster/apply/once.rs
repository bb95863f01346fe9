//! Sends a write of a restore once. What became of it is seen by the next look, so that none is repeated blindly.
//! Must carry preconditions wherever something that exists is changed.

use std::time::Duration;

use k8s_openapi::api::core::v1::{PersistentVolume, Pod as WirePod};
use kube::api::{Api, DeleteParams, Patch, PatchParams, Preconditions};

use super::{Marks, Persist, patch_params};
use crate::api::snapshot::VolumeSnapshot;
use crate::api::{build, pods, storage};
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::failure::{Class, Failure};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::draft::{ClaimDraft, ProbeDraft, SnapshotDraft, VolumeChange};
use crate::model::pod::Pod;
use crate::model::snapshot::{Hold, Snapshot};
use crate::plan::restore::is_as_asked;

/// What is known of a write that was sent.
#[derive(Clone, Debug)]
pub enum Sent {
    /// It was carried out.
    Done,
    /// It may not have been: the next look tells, after a pause if the server wishes one.
    Unsure(Error, Option<Duration>),
}

impl Cluster {
    /// Creates a claim.
    pub async fn send_claim(&self, draft: &ClaimDraft, persist: Persist) -> Result<Sent> {
        let call = Call::one(Verb::Create, Kind::Claim, Some(&draft.namespace), &draft.name);
        let (api, params, object) = (self.claim_api(), persist.params(), build::claim(draft));
        self.sent(self.write(&call, api.create(&params, &object)).await)
    }

    /// Has the server check a claim. Fails with `RequestAltered` if it would make another one.
    pub async fn rehearse_claim(&self, draft: &ClaimDraft) -> Result<Sent> {
        let call = Call::one(Verb::Create, Kind::Claim, Some(&draft.namespace), &draft.name);
        let (api, params, object) = (self.claim_api(), Persist::ServerDryRun.params(), build::claim(draft));
        let answer = self.write(&call, api.create(&params, &object)).await;
        if let Some(claim) = answer.as_ref().ok().and_then(storage::claim) {
            is_as_asked(draft, &claim)?;
        }
        self.sent(answer)
    }

    /// Deletes a claim, exactly as it was seen.
    pub async fn send_deletion(&self, claim: &Claim) -> Result<Sent> {
        let call = Call::one(Verb::Delete, Kind::Claim, Some(&claim.namespace), &claim.name);
        let params = DeleteParams::default().preconditions(Preconditions {
            uid: Some(claim.uid.clone()),
            resource_version: claim.resource_version.clone(),
        });
        self.sent(self.write(&call, self.claim_api().delete(&claim.name, &params)).await)
    }

    /// Writes the mark of a restore on a claim, exactly as it was seen, or removes it.
    pub async fn send_claim_mark(&self, claim: &Claim, mark: Option<&str>) -> Result<Sent> {
        let call = Call::one(Verb::Patch, Kind::Claim, Some(&claim.namespace), &claim.name);
        let patch = Patch::Merge(build::claim_mark(claim, mark));
        self.sent(self.write(&call, self.claim_api().patch(&claim.name, &patch_params(), &patch)).await)
    }

    /// Creates a pod that uses a claim.
    pub async fn send_probe(&self, draft: &ProbeDraft, persist: Persist) -> Result<Sent> {
        let api: Api<WirePod> = Api::namespaced(self.client(), &draft.namespace);
        let call = Call::one(Verb::Create, Kind::Pod, Some(&draft.namespace), &draft.name);
        let object = pods::probe(draft).map_err(|error| {
            Error::new(Reason::ServerRefused, format!("cannot {call}")).cause(error.to_string())
        })?;
        self.sent(self.write(&call, api.create(&persist.params(), &object)).await)
    }

    /// Deletes a pod, and no other of its name.
    pub async fn send_pod_deletion(&self, pod: &Pod) -> Result<Sent> {
        let api: Api<WirePod> = Api::namespaced(self.client(), &self.namespace);
        let call = Call::one(Verb::Delete, Kind::Pod, Some(&self.namespace), &pod.name);
        let params = DeleteParams::default()
            .preconditions(Preconditions { uid: Some(pod.uid.clone()), resource_version: None });
        self.sent(self.write(&call, api.delete(&pod.name, &params)).await)
    }

    /// Creates a snapshot.
    pub async fn send_snapshot(&self, draft: &SnapshotDraft, persist: Persist) -> Result<Sent> {
        let api: Api<VolumeSnapshot> = Api::namespaced(self.client(), &draft.namespace);
        let call = Call::one(Verb::Create, Kind::Snapshot, Some(&draft.namespace), &draft.name());
        let (params, object) = (persist.params(), build::snapshot(draft));
        self.sent(self.write(&call, api.create(&params, &object)).await)
    }

    /// Changes a volume, exactly as it was seen.
    pub async fn send_volume_change(&self, change: &VolumeChange, persist: Persist) -> Result<Sent> {
        let api: Api<PersistentVolume> = Api::all(self.client());
        let call = Call::one(Verb::Patch, Kind::Volume, None, &change.volume);
        let patch = Patch::Merge(build::volume_patch(change));
        let params = PatchParams { dry_run: persist == Persist::ServerDryRun, ..patch_params() };
        self.sent(self.write(&call, api.patch(&change.volume, &params, &patch)).await)
    }

    /// Holds a snapshot for this reason, unless somebody else does.
    pub async fn send_hold(&self, snapshot: &Snapshot, reason: &str) -> Result<Sent> {
        let hold = Hold { reason: reason.to_owned(), until: None };
        match &snapshot.hold {
            Some(hold) if hold.holds(self.now()) => Ok(Sent::Done),
            _ => self.send_marks(snapshot, &build::hold_marks(Some(&hold))).await,
        }
    }

    /// Takes back a hold that has this reason.
    pub async fn send_release(&self, snapshot: &Snapshot, reason: &str) -> Result<Sent> {
        match &snapshot.hold {
            Some(hold) if hold.reason == reason => self.send_marks(snapshot, &build::hold_marks(None)).await,
            _ => Ok(Sent::Done),
        }
    }

    async fn send_marks(&self, snapshot: &Snapshot, marks: &Marks) -> Result<Sent> {
        self.sent(self.write_marks(snapshot, marks, Persist::Yes).await)
    }

    pub(in crate::cluster) fn sent<T>(&self, result: std::result::Result<T, Failure>) -> Result<Sent> {
        let failure = match result {
            Ok(_) => return Ok(Sent::Done),
            Err(failure) => failure,
        };
        // What was deleted is credited to a quota some time later.
        let is_final = failure.class == Class::Final && failure.error.reason != Reason::QuotaExceeded
            || failure.error.reason == Reason::AdmissionDenied;
        if is_final {
            return Err(failure.error);
        }
        let mut error = failure.error;
        if failure.class == Class::Conflict {
            error.reason = Reason::ChangedMeanwhile;
        }
        Ok(Sent::Unsure(error, failure.retry_after))
    }
}
