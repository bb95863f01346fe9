//! Sets and removes marks of a snapshot that exists.
//! Must not write over what somebody else wrote meanwhile: whoever met another state looks and decides again.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use super::{ATTEMPTS, Attempts, Persist, patch_params};
use crate::api::marks;
use crate::api::snapshot::VolumeSnapshot;
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::failure::{Class, Failure};
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;

/// Annotations to set, and to remove (`None`).
pub type Marks = BTreeMap<&'static str, Option<String>>;

/// What became of the marks of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// They were written; with a dry run, the server would write them.
    Changed,
    /// Nothing had to be written.
    Unchanged,
}

impl Cluster {
    /// Writes the marks that `decide` wants on a snapshot as it was seen; none is fine as it is. If it was changed
    /// since, or an answer was lost, it is read and decided on again, a few times.
    ///
    /// Fails with `SnapshotNotFound` if it is gone, with the error of `decide`, or with that of the request.
    pub async fn mark_snapshot(
        &self,
        snapshot: &Snapshot,
        persist: Persist,
        decide: impl Fn(&Snapshot) -> Result<Marks>,
    ) -> Result<Marked> {
        let Snapshot { name, namespace, uid, .. } = snapshot;
        let call = Call::one(Verb::Patch, Kind::Snapshot, Some(namespace), name);
        let mut attempts = Attempts::new("volumesnapshot", persist);
        let mut seen = snapshot.clone();
        for _ in 0..ATTEMPTS {
            let marks = decide(&seen)?;
            if marks.is_empty() {
                return Ok(if attempts.lost { Marked::Changed } else { Marked::Unchanged });
            }
            if self.interrupt.is_requested() {
                return Err(attempts.stopped(&call));
            }
            match self.write_marks(&seen, &marks, persist).await {
                Ok(_) => return Ok(Marked::Changed),
                Err(failure) if failure.class == Class::NotFound => return Err(gone(snapshot)),
                Err(failure) => attempts.failed(failure, &call)?,
            }
            let look = self.snapshot_in(namespace, name);
            let found = self.look_again(&attempts, &call, look).await?;
            seen = found.filter(|found| found.uid == *uid).ok_or_else(|| gone(snapshot))?;
        }
        Err(attempts.end(&call))
    }

    /// Changes annotations of a snapshot, exactly as it was seen.
    pub(super) async fn write_marks(
        &self,
        snapshot: &Snapshot,
        marks: &Marks,
        persist: Persist,
    ) -> std::result::Result<(), Failure> {
        let Snapshot { name, namespace, uid, resource_version, .. } = snapshot;
        let api: Api<VolumeSnapshot> = Api::namespaced(self.client(), namespace);
        let call = Call::one(Verb::Patch, Kind::Snapshot, Some(namespace), name);
        let params = PatchParams { dry_run: persist == Persist::ServerDryRun, ..patch_params() };
        let metadata = json!({"uid": uid, "resourceVersion": resource_version, "annotations": marks});
        let patch = Patch::Merge(json!({"metadata": metadata}));
        self.write(&call, api.patch(name, &params, &patch)).await.map(|_| ())
    }

    /// Marks a snapshot as not to be used. Best effort: it is the user who is told why.
    pub async fn taint(&self, snapshot: &Snapshot, reason: &str) {
        let tainted = |_: &Snapshot| Ok(Marks::from([(marks::TAINTED, Some(reason.to_owned()))]));
        let Err(error) = self.mark_snapshot(snapshot, Persist::Yes, tainted).await else { return };
        let name = &snapshot.name;
        tracing::info!("{name} was not marked: {error}");
        self.notices.say(Notice::Warning(format!(
            "volumesnapshot {name} could not be marked as not to be used ({reason}); keep in mind not to use it"
        )));
    }

    /// Notes that a ready snapshot was proven to be of its volume, so that nobody has to look again. Best effort: whoever
    /// may not write it looks again next time.
    pub async fn mark_verified(&self, snapshot: &Snapshot) {
        let verified = |seen: &Snapshot| {
            Ok(match &seen.content {
                Some(content) if !seen.verified => Marks::from([(marks::VERIFIED, Some(content.clone()))]),
                _ => Marks::new(),
            })
        };
        if let Err(error) = self.mark_snapshot(snapshot, Persist::Yes, verified).await {
            tracing::info!("{} was not marked as verified: {error}", snapshot.name);
        }
    }
}

fn gone(snapshot: &Snapshot) -> Error {
    let Snapshot { name, namespace, .. } = snapshot;
    let message = format!("volumesnapshot {name} was deleted meanwhile from namespace {namespace}");
    Error::new(Reason::SnapshotNotFound, message)
        .hint(format!("see what is left: kubectl get volumesnapshots -n {namespace}"))
}
