//! What the server would make of a claim, against what it was asked for: whatever rewrites requests on the way may leave out where the
//! data is to come from (reliability.md, F-R21). Must not mind what is added, as labels are.

use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::claim::{Claim, VolumeMode};
use crate::model::draft::ClaimDraft;
use crate::model::size::Size;

/// The claim that the server would make is the one that was asked for.
pub fn is_as_asked(draft: &ClaimDraft, claim: &Claim) -> Result<()> {
    let spec = &draft.spec;
    let mut altered = vec![];
    let wanted = draft.restored_from.as_ref().map(|origin| &origin.snapshot);
    if spec["dataSource"].is_object() && claim.snapshot_source.as_ref() != wanted {
        altered.push("its data source is dropped: it would be empty".to_owned());
    }
    if let Some(class) = spec["storageClassName"].as_str()
        && claim.storage_class.as_deref() != Some(class)
    {
        let found = claim.storage_class.as_deref().unwrap_or("none");
        altered.push(format!("its StorageClass is {found}, not {class}"));
    }
    let mode = VolumeMode::parse(spec["volumeMode"].as_str());
    if claim.mode != mode {
        altered.push(format!("its mode is {}, not {}", claim.mode.as_str(), mode.as_str()));
    }
    let asked = spec["resources"]["requests"]["storage"].as_str().and_then(|text| Size::parse(text).ok());
    if let Some(asked) = asked
        && claim.requested.as_ref().is_none_or(|found| found.bytes < asked.bytes)
    {
        let found = claim.requested.as_ref().map_or("nothing", |found| found.text.as_str());
        altered.push(format!("it asks for {found}, not {}", asked.text));
    }
    if altered.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the API server makes another PVC than it is asked for in namespace {}: nothing was changed",
        draft.namespace
    );
    let error = altered.into_iter().fold(Error::new(Reason::RequestAltered, message), Error::cause);
    Err(error.exits(ExitCode::Failed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::claim::RestoredFrom;
    use crate::plan::samples;

    fn draft() -> ClaimDraft {
        ClaimDraft {
            spec: json!({
                "storageClassName": "fast", "dataSource": {"name": "photos-1"},
                "resources": {"requests": {"storage": "2Gi"}},
            }),
            restored_from: Some(RestoredFrom { snapshot: "photos-1".into(), uid: "u".into() }),
            ..ClaimDraft::default()
        }
    }

    fn claim() -> Claim {
        Claim {
            storage_class: Some("fast".into()),
            snapshot_source: Some("photos-1".into()),
            requested: Some(samples::size("2Gi")),
            ..samples::claim("photos-data")
        }
    }

    #[test]
    fn what_is_left_out_or_replaced_is_noticed_and_what_is_added_is_not() {
        let labels = [("team".to_owned(), "shop".to_owned())].into();
        is_as_asked(&draft(), &Claim { labels, requested: Some(samples::size("3Gi")), ..claim() }).unwrap();
        for (odd, words) in [
            (Claim { snapshot_source: None, ..claim() }, "data source"),
            (Claim { snapshot_source: Some("photos-2".into()), ..claim() }, "data source"),
            (Claim { storage_class: Some("slow".into()), ..claim() }, "slow, not fast"),
            (Claim { storage_class: None, ..claim() }, "none, not fast"),
            (Claim { mode: VolumeMode::Block, ..claim() }, "mode is Block"),
            (Claim { requested: Some(samples::size("1Gi")), ..claim() }, "1Gi, not 2Gi"),
        ] {
            let error = is_as_asked(&draft(), &odd).unwrap_err();
            assert_eq!(error.reason, Reason::RequestAltered);
            assert!(error.causes.iter().any(|cause| cause.contains(words)), "{words}: {:?}", error.causes);
        }
    }
}
