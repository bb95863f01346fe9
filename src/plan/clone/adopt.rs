//! Whether a claim of the wanted name is the one that this very command made before.
//! Must not trust the mark alone: it is copied with a manifest, and then stands on an empty claim.

use super::{Observed, Wish, origin};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;

/// The claim to go on with, if there is one of the wanted name; a refusal if it is anything else.
pub(super) fn adopted<'a>(observed: &Observed<'a>, wish: &Wish) -> Result<Option<&'a Claim>> {
    let Some(existing) = observed.existing else { return Ok(None) };
    let Claim { name, namespace, .. } = existing;
    let taken =
        Error::new(Reason::ClaimExists, format!("PVC {name} exists already in namespace {namespace}"));
    let another = "choose another name with --to-pvc; this command never replaces a claim";
    let snapshot = &observed.snapshot.name;
    if existing.restored_from.as_ref() != Some(&origin(observed.snapshot)) {
        return Err(taken.hint(another));
    }
    if existing.terminating {
        return Err(taken.cause("it is being deleted").hint("wait until it is gone, or choose another name"));
    }
    if existing.snapshot_source.as_ref() != Some(snapshot) {
        return Err(taken
            .cause(format!("it is marked as made from volumesnapshot {snapshot}, but that is not its data source: it may be empty"))
            .hint(another));
    }
    let text = |text: Option<&String>| text.cloned().unwrap_or_else(|| "unknown".to_owned());
    if wish.size.as_ref().is_some_and(|size| Some(size.bytes) != existing.requested.as_ref().map(|r| r.bytes))
    {
        let size = text(existing.requested.as_ref().map(|size| &size.text));
        return Err(taken
            .cause(format!("it was made from volumesnapshot {snapshot} with size {size}"))
            .hint(format!("leave --size out to go on with it, or {another}")));
    }
    if wish.class.is_some() && wish.class != existing.storage_class {
        let class = text(existing.storage_class.as_ref());
        return Err(taken
            .cause(format!("it was made from volumesnapshot {snapshot} with StorageClass {class}"))
            .hint(format!("leave --storage-class out to go on with it, or {another}")));
    }
    Ok(Some(existing))
}
