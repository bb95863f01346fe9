//! A second claim beside the live one, filled from a snapshot (`restore --to-pvc`).
//! Must never touch the live claim, and must not take a claim for its own that is not filled from the snapshot.

mod adopt;
mod pattern;

use serde_json::{Map, Value, json};

use super::origin::ExpectedVolume;
use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, ClaimPhase, RestoredFrom, VolumeMode};
use crate::model::class::{Binding, StorageClass};
use crate::model::draft::ClaimDraft;
use crate::model::group::Group;
use crate::model::size::Size;
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::{Backend, Volume};

/// What a second claim is made from.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// The group.
    pub group: &'a Group,
    /// The chosen snapshot, already judged fit.
    pub snapshot: &'a Snapshot,
    /// Its content.
    pub content: &'a Content,
    /// The group's claim, if it exists.
    pub live: Option<&'a Claim>,
    /// The volume of the group's claim, if it exists.
    pub live_volume: Option<&'a Volume>,
    /// A claim of the wanted name, if there is one.
    pub existing: Option<&'a Claim>,
}

/// What the user wants of the new claim.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// Its size, if not that of the live claim.
    pub size: Option<Size>,
    /// Its StorageClass, if not that of the live claim.
    pub class: Option<String>,
}

/// What to do for a second claim.
#[derive(Clone, Debug)]
pub enum Step {
    /// Make it.
    Create(ClaimDraft),
    /// It was made from this very snapshot before: go on waiting for it.
    Adopt,
}

/// What is to be expected of a claim that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It gets its volume now.
    Now,
    /// It gets its volume when a pod uses it, and none does yet.
    WhenUsed,
}

/// Whether waiting for a claim makes sense. Once a node is chosen for its first pod, it is provisioned like any
/// other, and may fail like any other.
pub fn outlook(claim: &Claim, class: Option<&StorageClass>) -> Outlook {
    let waits = class.is_some_and(|class| class.binding == Binding::WaitForFirstConsumer);
    match claim.phase == ClaimPhase::Pending && waits && claim.selected_node.is_none() {
        true => Outlook::WhenUsed,
        false => Outlook::Now,
    }
}

/// The name of the StorageClass of the new claim: its own if it was made before, the wanted one, or else that of
/// the pattern. It is always named: a claim without one gets whatever is the default that day.
pub fn storage_class(observed: &Observed<'_>, wish: &Wish) -> Result<String> {
    let of_existing = adopt::adopted(observed, wish)?.and_then(|claim| claim.storage_class.clone());
    let of_pattern =
        || pattern::known(observed).and_then(|spec| spec["storageClassName"].as_str().map(str::to_owned));
    of_existing.or_else(|| wish.class.clone()).or_else(of_pattern).filter(|name| !name.is_empty()).ok_or_else(
        || {
            Error::new(
                Reason::StorageClassUnfit,
                format!("it is not known which StorageClass PVC {} had", observed.group.claim.name),
            )
            .hint(format!("name one of driver {} with --storage-class", observed.content.driver))
        },
    )
}

/// What nobody recorded about the original and is therefore assumed, as a sentence; `None` if all is known.
pub fn assumption(observed: &Observed<'_>) -> Option<String> {
    let unknown = observed.existing.is_none() && pattern::known(observed).is_none();
    unknown.then(|| {
        format!(
            "Nothing says what PVC {} was like: the new claim is ReadWriteOnce and of mode {}.",
            observed.group.claim.name,
            VolumeMode::parse(observed.content.volume_mode.as_deref()).as_str()
        )
    })
}

/// Decides what to do. `class` is the StorageClass of the name that [`storage_class`] gave, if it exists.
pub fn next(
    observed: &Observed<'_>,
    wish: &Wish,
    class_name: &str,
    class: Option<&StorageClass>,
) -> Result<Step> {
    let Observed { group, snapshot, content, .. } = observed;
    if adopt::adopted(observed, wish)?.is_some() {
        return Ok(Step::Adopt);
    }
    let class = class.ok_or_else(|| {
        Error::new(Reason::StorageClassUnfit, format!("StorageClass {class_name} does not exist"))
    })?;
    if class.provisioner != content.driver {
        return Err(Error::new(
            Reason::StorageClassUnfit,
            format!(
                "StorageClass {} is of {}, but volumesnapshot {} is of driver {}",
                class.name, class.provisioner, snapshot.name, content.driver
            ),
        ));
    }
    let spec = pattern::known(observed).unwrap_or_else(|| pattern::assumed(content));
    let mode = VolumeMode::parse(spec["volumeMode"].as_str());
    if content.volume_mode.as_deref().is_some_and(|of_snapshot| of_snapshot != mode.as_str()) {
        return Err(Error::new(
            Reason::SnapshotUntrusted,
            format!(
                "volumesnapshot {} is not of mode {} like PVC {}",
                snapshot.name,
                mode.as_str(),
                group.claim.name
            ),
        ));
    }
    let size = pattern::size(observed, wish, &spec)?;
    let fields = spec.as_object().cloned().unwrap_or_default();
    Ok(Step::Create(ClaimDraft {
        namespace: group.namespace.clone(),
        name: wish.name.clone(),
        spec: Value::Object(filled(fields, &size, class, snapshot)),
        restored_from: Some(origin(snapshot)),
        ..ClaimDraft::default()
    }))
}

fn origin(snapshot: &Snapshot) -> RestoredFrom {
    RestoredFrom { snapshot: snapshot.name.clone(), uid: snapshot.uid.clone() }
}

fn filled(
    mut spec: Map<String, Value>,
    size: &Size,
    class: &StorageClass,
    snapshot: &Snapshot,
) -> Map<String, Value> {
    for of_the_original in ["volumeName", "selector"] {
        spec.remove(of_the_original);
    }
    let source =
        json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": snapshot.name});
    spec.insert("storageClassName".to_owned(), json!(class.name));
    spec.insert("dataSource".to_owned(), source.clone());
    spec.insert("dataSourceRef".to_owned(), source);
    spec.insert("resources".to_owned(), json!({"requests": {"storage": size.text}}));
    spec
}

/// What the volume of the new claim must be, for [`super::origin::prove_claim`].
pub fn expected(observed: &Observed<'_>) -> ExpectedVolume {
    // A group's own claim that was brought back is live and existing at once: its volume is the new one.
    let is_the_new_one =
        observed.live.is_some_and(|live| observed.existing.is_some_and(|e| e.uid == live.uid));
    let live = observed.live_volume.filter(|_| !is_the_new_one).and_then(|volume| match &volume.backend {
        Backend::Csi { handle, .. } => Some(handle.clone()),
        Backend::Other(_) => None,
    });
    ExpectedVolume {
        snapshot: observed.snapshot.name.clone(),
        driver: observed.content.driver.clone(),
        old_handles: live.into_iter().chain(observed.content.volume_handle.clone()).collect(),
        least_size: observed.snapshot.restore_size().cloned(),
    }
}

#[cfg(test)]
mod tests;
