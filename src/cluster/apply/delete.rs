//! Deletes one snapshot, and only as it was when its deletion was decided.
//! Must not delete another object of its name, nor one that was changed since: somebody may have put a hold on it.

#[cfg(test)]
mod tests;

use kube::api::{Api, DeleteParams, Preconditions};
use kube::core::{ApiResource, DynamicObject};

use super::{ATTEMPTS, Attempts, Persist};
use crate::api::snapshot::VolumeSnapshot;
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::failure::Class;
use crate::error::Result;
use crate::model::snapshot::Snapshot;

/// What became of the deletion of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The server accepted it; with a dry run, it would. Finalizers may still hold the object for a while.
    Deleted,
    /// There was nothing left to delete: it is gone or going by somebody else's word, or another object has its name.
    Gone,
    /// It is not as it was seen: nothing was deleted, and it has to be looked at anew.
    Changed,
}

impl Cluster {
    /// Deletes a snapshot exactly as it was seen: uid and resourceVersion are preconditions. After a lost answer it
    /// looks before it asks again, and asks a few times only.
    ///
    /// Fails with `OutcomeUnknown` if it cannot be learned what happened, with `Interrupted` if the user has asked
    /// to stop (before a request, never in the middle of one), or with the error of the request.
    pub async fn delete_snapshot(&self, snapshot: &Snapshot, persist: Persist) -> Result<Deletion> {
        let Snapshot { name, namespace, uid, resource_version, .. } = snapshot;
        if uid.is_empty() || resource_version.is_none() {
            // Without preconditions any object of that name would be deleted.
            return Ok(Deletion::Changed);
        }
        // What the server answers with is an object that may be odd: its fields must not matter.
        let resource = ApiResource::erase::<VolumeSnapshot>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), namespace, &resource);
        let call = Call::one(Verb::Delete, Kind::Snapshot, Some(namespace), name);
        let params = DeleteParams { dry_run: persist == Persist::ServerDryRun, ..DeleteParams::default() }
            .preconditions(Preconditions {
                uid: Some(uid.clone()),
                resource_version: resource_version.clone(),
            });
        let mut attempts = Attempts::new("volumesnapshot", persist);
        for _ in 0..ATTEMPTS {
            if self.interrupt.is_requested() {
                return Err(attempts.stopped(&call));
            }
            match self.write(&call, api.delete(name, &params)).await {
                Ok(_) => return Ok(Deletion::Deleted),
                Err(failure) if failure.class == Class::NotFound => return Ok(ended(None, uid, &attempts)),
                Err(failure) => attempts.failed(failure, &call)?,
            }
            let conflict = attempts.last.as_ref().is_some_and(|failure| failure.class == Class::Conflict);
            let found = match self.look_again(&attempts, &call, self.snapshot_in(namespace, name)).await {
                Ok(found) => found,
                // Nothing was deleted, whatever else cannot be learned.
                Err(_) if conflict && !attempts.lost => return Ok(Deletion::Changed),
                Err(error) => return Err(error),
            };
            let is_there = found.as_ref().is_some_and(|found| found.uid == *uid && !found.terminating);
            if !is_there || conflict {
                self.interrupt.writes(None);
                return Ok(ended(found.as_ref(), uid, &attempts));
            }
        }
        Err(attempts.end(&call))
    }
}

/// What is found there tells whose word it was. After a lost answer it was ours.
fn ended(found: Option<&Snapshot>, uid: &str, attempts: &Attempts) -> Deletion {
    match found {
        Some(found) if found.uid != uid => Deletion::Gone,
        Some(found) if !found.terminating => Deletion::Changed,
        _ if attempts.lost => Deletion::Deleted,
        _ => Deletion::Gone,
    }
}
