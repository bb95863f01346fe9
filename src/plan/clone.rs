//! A second claim beside the live one, filled from a snapshot (`restore --to-pvc`).
//! Must never touch the live claim.

use serde_json::{Map, Value, json};

use super::origin::ExpectedVolume;
use crate::error::{Error, Reason, Result};
use crate::model::claim::{Claim, RestoredFrom, VolumeMode};
use crate::model::class::StorageClass;
use crate::model::draft::ClaimDraft;
use crate::model::group::{ClaimOrigin, Group};
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
}

/// What to do for a second claim.
#[derive(Clone, Debug)]
pub enum Step {
    /// Make it.
    Create(ClaimDraft),
    /// It was made from this very snapshot before: go on waiting for it.
    Adopt,
}

/// The name of the StorageClass of the new claim: the wanted one, or else that of the live claim, of the claim
/// as it was when the snapshot was taken, or of the group's claim spec. It is always named: a claim
/// without one gets whatever is the default that day.
pub fn storage_class(observed: &Observed<'_>, wanted: Option<&str>) -> Result<String> {
    let from_pattern =
        pattern(observed).and_then(|spec| spec["storageClassName"].as_str().map(str::to_owned));
    wanted.map(str::to_owned).or(from_pattern).filter(|name| !name.is_empty()).ok_or_else(|| {
        Error::new(
            Reason::StorageClassUnfit,
            format!("it is not known which StorageClass PVC {} had", observed.group.claim.name),
        )
        .hint(format!("name one of driver {} with --storage-class", observed.content.driver))
    })
}

/// Decides what to do. `class` is the StorageClass that [`storage_class`] named.
pub fn next(observed: &Observed<'_>, wish: &Wish, class: &StorageClass) -> Result<Step> {
    let Observed { group, snapshot, content, .. } = observed;
    let origin = RestoredFrom { snapshot: snapshot.name.clone(), uid: snapshot.uid.clone() };
    if let Some(existing) = observed.existing {
        return match existing.restored_from.as_ref() == Some(&origin) && !existing.terminating {
            true => Ok(Step::Adopt),
            false => Err(Error::new(
                Reason::ClaimExists,
                format!("PVC {} exists already in namespace {}", existing.name, group.namespace),
            )
            .hint("choose another name with --to-pvc; this command never replaces a claim")),
        };
    }
    if class.provisioner != content.driver {
        return Err(Error::new(
            Reason::StorageClassUnfit,
            format!(
                "StorageClass {} is of {}, but volumesnapshot {} is of driver {}",
                class.name, class.provisioner, snapshot.name, content.driver
            ),
        ));
    }
    let Some(Value::Object(spec)) = pattern(observed) else {
        return Err(Error::new(
            Reason::ClaimMissing,
            format!("it is not known what PVC {} of group {} was like", group.claim.name, group.name),
        )
        .hint("describe it in spec.persistentVolumeClaim.spec of the group"));
    };
    let mode = VolumeMode::parse(spec.get("volumeMode").and_then(Value::as_str));
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
    let size = size(observed, wish, &spec)?;
    Ok(Step::Create(ClaimDraft {
        namespace: group.namespace.clone(),
        name: wish.name.clone(),
        spec: Value::Object(filled(spec, &size, class, snapshot)),
        restored_from: Some(origin),
    }))
}

/// The spec to copy: the live claim's, or the one that the snapshot recorded, or the group's.
///
/// Labels and annotations are left behind: they would make the copy part of the release or application that
/// tracks the original, which may delete it as a stranger.
fn pattern(observed: &Observed<'_>) -> Option<Value> {
    let live = observed.live.map(|claim| claim.manifest["spec"].clone());
    let recorded = || observed.snapshot.claim_manifest.as_ref().map(|manifest| manifest["spec"].clone());
    let of_group = || match &observed.group.claim.origin {
        ClaimOrigin::Spec(spec) => Some(spec.clone()),
        ClaimOrigin::Named | ClaimOrigin::Implied => None,
    };
    live.or_else(recorded).or_else(of_group).filter(Value::is_object)
}

/// The larger of what the claim asks for and what the snapshot needs, unless the user says more: a request
/// below the snapshot's size is refused by the provisioner for ever.
fn size(observed: &Observed<'_>, wish: &Wish, spec: &Map<String, Value>) -> Result<Size> {
    let least = observed.snapshot.restore_size.clone();
    if let Some(wanted) = &wish.size {
        return match &least {
            Some(least) if wanted.bytes < least.bytes => Err(Error::new(
                Reason::SizeTooSmall,
                format!(
                    "volumesnapshot {} needs {}, not {}",
                    observed.snapshot.name, least.text, wanted.text
                ),
            )),
            _ => Ok(wanted.clone()),
        };
    }
    let live = observed.live.and_then(|claim| claim.requested.clone());
    let recorded = spec.get("resources").and_then(|resources| resources["requests"]["storage"].as_str());
    live.into_iter()
        .chain(least)
        .max()
        .or(recorded.map(|text| Size { bytes: 0, text: text.to_owned() }))
        .ok_or_else(|| {
            Error::new(Reason::SizeTooSmall, "the size of the new claim is not known")
                .hint("give one with --size")
        })
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
    let live = observed.live_volume.and_then(|volume| match &volume.backend {
        Backend::Csi { handle, .. } => Some(handle.clone()),
        Backend::Other(_) => None,
    });
    ExpectedVolume {
        driver: observed.content.driver.clone(),
        old_handles: live.into_iter().chain(observed.content.volume_handle.clone()).collect(),
        least_size: observed.snapshot.restore_size.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::class::Binding;

    struct World {
        group: Group,
        snapshot: Snapshot,
        content: Content,
        live: Option<Claim>,
        existing: Option<Claim>,
    }

    impl World {
        fn good() -> Self {
            let snapshot = samples::snapshot("photos-1");
            let content = samples::content(&snapshot);
            let live = Some(samples::claim("photos-data"));
            Self { group: samples::group(), snapshot, content, live, existing: None }
        }

        fn observed(&self) -> Observed<'_> {
            Observed {
                group: &self.group,
                snapshot: &self.snapshot,
                content: &self.content,
                live: self.live.as_ref(),
                live_volume: None,
                existing: self.existing.as_ref(),
            }
        }

        fn next(&self, size: Option<&str>) -> Result<Step> {
            let wish = Wish { name: "old-photos".into(), size: size.map(samples::size) };
            next(&self.observed(), &wish, &samples::storage_class("fast"))
        }

        fn spec(&self, size: Option<&str>) -> Value {
            match self.next(size).unwrap() {
                Step::Create(draft) => draft.spec,
                Step::Adopt => panic!("nothing is made"),
            }
        }
    }

    #[test]
    fn the_new_claim_is_like_the_live_one_and_filled_from_the_snapshot() {
        let source =
            json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "photos-1"});
        assert_eq!(
            World::good().spec(None),
            json!({
                "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem", "storageClassName": "fast",
                "resources": {"requests": {"storage": "1Gi"}},
                "dataSource": source, "dataSourceRef": source,
            })
        );
    }

    #[test]
    fn it_is_never_smaller_than_the_snapshot() {
        let mut world = World::good();
        world.snapshot.restore_size = Some(samples::size("2Gi"));
        assert_eq!(world.spec(None)["resources"]["requests"]["storage"], "2Gi");
        assert_eq!(world.spec(Some("3Gi"))["resources"]["requests"]["storage"], "3Gi");
        assert_eq!(world.next(Some("1Gi")).unwrap_err().reason, Reason::SizeTooSmall);
    }

    #[test]
    fn without_the_live_claim_the_snapshots_record_is_the_pattern() {
        let mut world = World::good();
        world.live = None;
        assert_eq!(world.spec(None)["accessModes"], json!(["ReadWriteOnce"]));
        assert_eq!(storage_class(&world.observed(), None).unwrap(), "fast");
        world.snapshot.claim_manifest = None;
        assert_eq!(world.next(None).unwrap_err().reason, Reason::ClaimMissing);
        assert_eq!(storage_class(&world.observed(), None).unwrap_err().reason, Reason::StorageClassUnfit);
    }

    #[test]
    fn a_claim_that_is_in_the_way_is_never_replaced() {
        let mut world = World::good();
        world.existing = Some(samples::claim("old-photos"));
        assert_eq!(world.next(None).unwrap_err().reason, Reason::ClaimExists);
        let origin = RestoredFrom { snapshot: "photos-1".into(), uid: "photos-1-uid".into() };
        world.existing = Some(Claim { restored_from: Some(origin), ..samples::claim("old-photos") });
        assert!(matches!(world.next(None), Ok(Step::Adopt)));
    }

    #[test]
    fn class_and_mode_must_fit_the_snapshot() {
        let mut world = World::good();
        world.content.volume_mode = Some("Block".into());
        assert_eq!(world.next(None).unwrap_err().reason, Reason::SnapshotUntrusted);
        let class =
            StorageClass { name: "slow".into(), provisioner: "other".into(), binding: Binding::Immediate };
        let wish = Wish { name: "old-photos".into(), size: None };
        let error = next(&World::good().observed(), &wish, &class).unwrap_err();
        assert_eq!(error.reason, Reason::StorageClassUnfit);
    }
}
