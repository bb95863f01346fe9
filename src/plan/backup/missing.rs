//! What a backup does when the group's claim does not exist.
//! Must not replace a claim that existed by an empty one: the schedule would fill the history with it.

use serde_json::Value;

use super::super::class;
use super::super::history::History;
use super::{Observed, Step};
use crate::error::{Error, Reason, Result};
use crate::model::draft::ClaimDraft;
use crate::model::group::{ClaimOrigin, Group};

/// A claim that never existed is made from the group's spec; of any other it is said how to get it back.
pub(super) fn step(observed: &Observed, class: Option<&str>) -> Result<Step> {
    let group = &observed.group;
    let history = History::of(group, &observed.snapshots);
    match &group.claim.spec {
        Some(spec) if makes_claim(group, &history) => {
            classes_fit(observed, spec, class)?;
            Ok(Step::CreateClaim(ClaimDraft {
                namespace: group.namespace.clone(),
                name: group.claim.name.clone(),
                spec: from_group(spec),
                ..ClaimDraft::default()
            }))
        }
        _ => Err(refusal(group, &history)),
    }
}

/// The group's claim, if it does not exist, is made from the group's claim spec: it never existed.
pub fn makes_claim(group: &Group, history: &History<'_>) -> bool {
    let never_existed = history.snapshots.is_empty() && group.known_claim_uid.is_none();
    never_existed && group.claim.origin == ClaimOrigin::Spec && group.claim.spec.is_some()
}

fn refusal(group: &Group, history: &History<'_>) -> Error {
    let Group { namespace, name, claim, .. } = group;
    let pvc = &claim.name;
    let message = match claim.origin {
        ClaimOrigin::Spec => format!("PVC {pvc} of group {name} is gone from namespace {namespace}"),
        ClaimOrigin::Named => format!("PVC {pvc} of group {name} does not exist in namespace {namespace}"),
        ClaimOrigin::Implied => {
            format!("group {name} names no claim, and there is no PVC {pvc} in namespace {namespace} either")
        }
    };
    let error = Error::new(Reason::ClaimMissing, message);
    let error = match claim.origin {
        ClaimOrigin::Spec => error.cause("it existed before, so an empty one is not made in its place"),
        ClaimOrigin::Named | ClaimOrigin::Implied => error,
    };
    let has_data = history.snapshots.iter().any(|s| s.claim.as_ref() == Some(pvc) && s.is_usable());
    correction(group, has_data, way_back(group, history, error))
}

/// How the data comes back, where there is any.
fn way_back(group: &Group, history: &History<'_>, error: Error) -> Error {
    let Group { namespace, name, claim, .. } = group;
    let pvc = &claim.name;
    let of_claim = || history.snapshots.iter().filter(|snapshot| snapshot.claim.as_ref() == Some(pvc));
    match of_claim().find(|snapshot| snapshot.is_usable()) {
        Some(newest) => {
            let restore = |snapshot: &str| {
                format!("kubectl gemini restore {name} -n {namespace} --snapshot {snapshot} --to-pvc {pvc}")
            };
            let error =
                error.hint(format!("bring it back from its newest snapshot: {}", restore(&newest.name)));
            match history.of_volume_before(newest) {
                None => error,
                Some(before) => error.hint(format!(
                    "or, if it had been made anew and was empty, from the newest of the volume before: {}",
                    restore(&before.name)
                )),
            }
        }
        None if of_claim().next().is_some() => error
            .cause(format!("no snapshot of PVC {pvc} is ready to restore it from"))
            .hint(format!("see whether one becomes ready: kubectl gemini list {name} -n {namespace}")),
        None => {
            error.cause(format!("group {name} has no snapshot of it, so there is nothing to restore it from"))
        }
    }
}

/// What else the user may have meant.
fn correction(group: &Group, has_data: bool, error: Error) -> Error {
    let Group { namespace, name, claim, .. } = group;
    let edit = format!("kubectl edit snapshotgroup {name} -n {namespace}");
    match claim.origin {
        ClaimOrigin::Named if !has_data => error.hint(format!(
            "create PVC {} by hand, or correct spec.persistentVolumeClaim.claimName: {edit}",
            claim.name
        )),
        ClaimOrigin::Spec | ClaimOrigin::Named => error.hint(format!(
            "if its data is to be left behind, create PVC {} by hand, or name another in spec.persistentVolumeClaim.claimName: {edit}",
            claim.name
        )),
        ClaimOrigin::Implied => error
            .hint(format!("name the claim in spec.persistentVolumeClaim.claimName, or describe it in spec.persistentVolumeClaim.spec: {edit}"))
            .hint("Gemini's oldest examples write spec.claim, a field that the API server drops"),
    }
}

/// A claim that could not be snapshotted afterwards is better not made.
fn classes_fit(observed: &Observed, spec: &Value, class: Option<&str>) -> Result<()> {
    let named = class.or(observed.group.snapshot_class.as_deref());
    let wanted = spec["storageClassName"].as_str().filter(|name| !name.is_empty());
    match (wanted, &observed.storage_class) {
        (Some(name), None) => {
            Err(Error::new(Reason::StorageClassUnfit, format!("StorageClass {name} does not exist"))
                .hint("correct spec.persistentVolumeClaim.spec.storageClassName of the group"))
        }
        (_, Some(storage)) => class::choose(&observed.classes, &storage.provisioner, named).map(|_| ()),
        (None, None) => match named {
            Some(name) => class::named(&observed.classes, name).map(|_| ()),
            None => Ok(()),
        },
    }
}

/// The group's claim spec, fit for a new claim. A `volumeName` is one that Gemini's operator copied from a
/// live claim: it would tie the new claim to a volume that has an owner.
fn from_group(spec: &Value) -> Value {
    let mut spec = spec.clone();
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("volumeName");
    }
    spec
}
