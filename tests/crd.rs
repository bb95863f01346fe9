//! The CRD in `cronjob/` is the one that the wire types give, and accepts what Gemini's accepts.
//! `SNAPSHOTS=overwrite cargo test --test crd` writes it anew.

use kubectl_gemini::api::crd::crd;
use snapbox::{assert_data_eq, file};

#[test]
fn the_shipped_definition_is_current() {
    let yaml = serde_yaml::to_string(&crd()).expect("the definition is plain data");
    let heading = "# Generated from src/api/gemini.rs by tests/crd.rs; do not edit.\n";
    assert_data_eq!(format!("{heading}{yaml}"), file!["../cronjob/crd.yaml"].raw());
}

#[test]
fn both_versions_are_served_and_nothing_is_required() {
    let crd = crd();
    let versions: Vec<_> = crd
        .spec
        .versions
        .iter()
        .map(|version| (version.name.as_str(), version.served, version.storage))
        .collect();
    assert_eq!(versions, [("v1", true, true), ("v1beta1", true, false)]);
    let schema = serde_json::to_value(&crd.spec.versions[0].schema).expect("the schema is plain data");
    let spec = &schema["openAPIV3Schema"]["properties"]["spec"];
    for (part, pointer) in [
        ("the object", schema["openAPIV3Schema"].clone()),
        ("spec", spec.clone()),
        ("the claim", spec["properties"]["persistentVolumeClaim"].clone()),
        ("a rule", spec["properties"]["schedule"]["items"].clone()),
        ("the template", spec["properties"]["template"].clone()),
    ] {
        assert!(pointer.is_object(), "{part} is missing from the schema");
        assert!(pointer.get("required").is_none(), "{part} requires {}", pointer["required"]);
    }
}
