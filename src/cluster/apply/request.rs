//! Writes on a group what became of a restore that its annotation asked for.
//! Must not take away what was asked for since: it is written only while the group asks for the same.

use std::collections::BTreeMap;

use kube::api::{Api, Patch};
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;

use super::{ATTEMPTS, patch_params};
use crate::api::marks;
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::failure::Class;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;

/// Annotations of a group to set, and to remove (`None`).
pub type GroupMarks = BTreeMap<&'static str, Option<String>>;

impl Cluster {
    /// Writes marks on a group, as long as it asks for `wanted`. False if it does not any more.
    pub async fn mark_group(
        &self,
        resource: &ApiResource,
        group: &Group,
        wanted: Option<&str>,
        group_marks: &GroupMarks,
    ) -> Result<bool> {
        let Group { name, namespace, uid, .. } = group;
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), namespace, resource);
        let look = Call::one(Verb::Get, Kind::Group, Some(namespace), name);
        let call = Call::one(Verb::Patch, Kind::Group, Some(namespace), name);
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let Some(seen) = self.get(&api, &look).await? else { return Ok(false) };
            let annotations = seen.metadata.annotations.clone().unwrap_or_default();
            let is_same = seen.metadata.uid.as_ref() == Some(uid);
            // First: the answer to a patch that was carried out may have been lost.
            if is_same && group_marks.iter().all(|(key, value)| annotations.get(*key) == value.as_ref()) {
                return Ok(true);
            }
            let is_asked =
                annotations.get(marks::RESTORE).map(|value| value.trim()).filter(|value| !value.is_empty());
            if !is_same || is_asked != wanted {
                return Ok(false);
            }
            let patch = Patch::Merge(json!({
                "metadata": {"uid": uid, "resourceVersion": seen.metadata.resource_version, "annotations": group_marks},
            }));
            match self.write(&call, api.patch(name, &patch_params(), &patch)).await {
                Ok(_) => return Ok(true),
                Err(failure)
                    if matches!(failure.class, Class::Conflict | Class::Transient | Class::Unreachable) =>
                {
                    last = Some(failure.error);
                }
                Err(failure) => return Err(failure.error),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(Reason::ServerRefused, format!("cannot {call}"))))
    }
}
