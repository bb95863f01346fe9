//! What the new claim is like: the spec to copy, and the size.
//! Must not copy labels and annotations: they would make the copy part of the release or application that tracks
//! the original, which may delete it as a stranger.

use serde_json::{Value, json};

use super::{Observed, Wish};
use crate::error::{Error, Reason, Result};
use crate::model::claim::VolumeMode;
use crate::model::size::Size;
use crate::model::snapshot::Content;

/// The spec to copy: the live claim's, or the one that the snapshot recorded, or the group's.
pub(super) fn known(observed: &Observed<'_>) -> Option<Value> {
    let live = observed.live.map(|claim| claim.manifest["spec"].clone());
    let of_group = || observed.group.claim.spec.clone();
    live.or_else(|| recorded(observed)).or_else(of_group).filter(Value::is_object)
}

fn recorded(observed: &Observed<'_>) -> Option<Value> {
    observed.snapshot.claim_manifest().map(|manifest| manifest["spec"].clone())
}

/// What a claim most often is, where nobody recorded what this one was.
pub(super) fn assumed(content: &Content) -> Value {
    let mode = VolumeMode::parse(content.volume_mode.as_deref());
    json!({"accessModes": ["ReadWriteOnce"], "volumeMode": mode.as_str()})
}

/// The largest that is known of the original, unless the user says otherwise. Each of the sizes may be too small
/// or unknown: a claim's request lies below what a grown volume has, and a driver may report a size of 0.
/// A request below the snapshot's size is refused by the provisioner for ever.
pub(super) fn size(observed: &Observed<'_>, wish: &Wish, spec: &Value) -> Result<Size> {
    let snapshot = observed.snapshot;
    let least = snapshot.restore_size().cloned();
    if let Some(wanted) = &wish.size {
        return match &least {
            Some(least) if wanted.bytes < least.bytes => Err(Error::new(
                Reason::SizeTooSmall,
                format!("volumesnapshot {} needs {}, not {}", snapshot.name, least.text, wanted.text),
            )),
            _ => Ok(wanted.clone()),
        };
    }
    let live = observed.live.and_then(|claim| claim.requested.clone());
    let of_source = snapshot.source.as_ref().and_then(|source| Size::parse(source.size.as_ref()?).ok());
    [live, requested(spec), recorded(observed).as_ref().and_then(requested), of_source, least]
        .into_iter()
        .flatten()
        .filter(|size| size.bytes > 0)
        .max_by_key(|size| size.bytes)
        .ok_or_else(|| {
            Error::new(Reason::SizeTooSmall, "the size of the new claim is not known")
                .hint("give one with --size")
        })
}

/// A quantity may be written as a number.
fn requested(spec: &Value) -> Option<Size> {
    match &spec["resources"]["requests"]["storage"] {
        Value::String(text) => Size::parse(text).ok(),
        Value::Number(number) => Size::parse(&number.to_string()).ok(),
        _ => None,
    }
}
