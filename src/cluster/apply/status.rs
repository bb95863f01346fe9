//! Writes the status of groups.
//! Must not fail anything: Gemini's own CRD has no status, and the next pass writes what this one could not.

use kube::api::{Api, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;

use super::patch_params;
use crate::api::status as wire;
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::status::Status;

impl Cluster {
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
