//! Creates snapshots, by hand and for a slot of the schedule.
//! Must not make a twin: whether the object that is met is the one that was wanted is judged by its marks.

use kube::api::Api;

use super::{ATTEMPTS, Attempts, Persist};
use crate::api::snapshot::VolumeSnapshot;
use crate::api::{build, convert, marks};
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::draft::{Occasion, SnapshotDraft};
use crate::model::snapshot::{Purpose, Snapshot};

impl Cluster {
    /// Creates a snapshot. If the name of a manual one is taken, takes the next second, unless the object that is met was
    /// made by this very request, whose answer was lost. A scheduled one that is met is the one that was wanted:
    /// its name says group and slot.
    pub async fn create_snapshot(&self, draft: &SnapshotDraft, persist: Persist) -> Result<Snapshot> {
        let api: Api<VolumeSnapshot> = Api::namespaced(self.client(), &draft.namespace);
        let mut draft = draft.clone();
        let mut attempts = Attempts::new("volumesnapshot", persist);
        let request: String = std::iter::repeat_with(fastrand::alphanumeric).take(16).collect();
        for _ in 0..ATTEMPTS {
            let name = draft.name();
            let call = Call::one(Verb::Create, Kind::Snapshot, Some(&draft.namespace), &name);
            let mut object = build::snapshot(&draft);
            if matches!(draft.occasion, Occasion::Manual { .. }) {
                let annotations = object.metadata.annotations.get_or_insert_default();
                annotations.insert(marks::REQUEST.to_owned(), request.clone());
            }
            match self.write(&call, api.create(&persist.params(), &object)).await {
                Ok(created) => return Ok(convert::snapshot(created)),
                Err(failure) => attempts.failed(failure, &call)?,
            }
            match self.look_again(&attempts, &call, self.snapshot(&name)).await? {
                Some(found) if is_of(&found, &request) => return Ok(found),
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
}

/// The object that bears the name of a slot is the snapshot of that slot, whoever made it, if it is of the group's claim.
fn same_slot(found: Snapshot, draft: &SnapshotDraft) -> Result<Snapshot> {
    let is_scheduled = matches!(found.purpose, Purpose::Scheduled(_));
    let is_ours = is_scheduled
        && found.group.as_ref() == Some(&draft.group)
        && found.claim.as_ref() == Some(&draft.claim);
    let (name, namespace) = (&found.name, &found.namespace);
    if !is_ours {
        let message = format!(
            "volumesnapshot {name} in namespace {namespace} is not one of group {}, but has the name that its next one gets",
            draft.group
        );
        return Err(Error::new(Reason::NameTaken, message)
            .hint(format!("rename or delete it, or wait for the next slot: kubectl describe volumesnapshot {name} -n {namespace}")));
    }
    if found.terminating {
        let message = format!(
            "volumesnapshot {name} in namespace {namespace} is being deleted, and the next one would have its name"
        );
        return Err(Error::new(Reason::ChangedMeanwhile, message));
    }
    Ok(found)
}

/// The object that was met is the one that this very request made, though somebody on the way sent it twice or lost the
/// answer.
fn is_of(found: &Snapshot, request: &str) -> bool {
    !found.terminating && found.annotation(marks::REQUEST) == Some(request)
}
