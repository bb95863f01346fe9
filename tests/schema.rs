//! The documents of `-o json` are a contract: what they may hold is checked in, and changes only on purpose.
//! `SNAPSHOTS=overwrite cargo test --test schema` writes the schemas anew.

use kubectl_gemini::ui::checks::Check;
use kubectl_gemini::ui::documents::{Document, ErrorDocument};
use kubectl_gemini::ui::log::Line;
use kubectl_gemini::ui::plans::PlanDocument;
use kubectl_gemini::ui::reports::{ClaimItem, GroupItem, SnapshotItem};
use kubectl_gemini::ui::restore_plan::RestorePlan;
use kubectl_gemini::ui::restores::RestoreStatusItem;
use kubectl_gemini::ui::results::{BackupItem, HoldItem, RestoreItem};
use kubectl_gemini::ui::rows::RetainedItem;
use kubectl_gemini::ui::runs::RunDocument;
use kubectl_gemini::ui::simulation::Simulation;
use kubectl_gemini::ui::versions::VersionDocument;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use snapbox::{Data, assert_data_eq};

fn matches<T: JsonSchema>(kind: &str) {
    // As it is written, not as it would be read: a field that may be absent is not required.
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12().for_serialize());
    let schema = serde_json::to_string_pretty(&generator.into_root_schema_for::<T>()).unwrap() + "\n";
    let path = format!("{}/tests/schema/{kind}.json", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("SNAPSHOTS").as_deref() == Ok("overwrite") {
        std::fs::write(&path, &schema).unwrap();
    }
    assert_data_eq!(schema, Data::read_from(path.as_ref(), None).raw());
}

#[test]
fn the_documents_are_as_checked_in() {
    matches::<Document<GroupItem>>("SnapshotGroupReport");
    matches::<Document<SnapshotItem>>("SnapshotReport");
    matches::<Document<ClaimItem>>("UnprotectedClaimReport");
    matches::<Document<BackupItem>>("BackupResult");
    matches::<Document<RetainedItem>>("RetainedVolumeReport");
    matches::<Document<RestoreItem>>("RestoreResult");
    matches::<Document<RestoreStatusItem>>("RestoreStatus");
    matches::<Document<HoldItem>>("HoldResult");
    matches::<Document<Check>>("DoctorReport");
    matches::<PlanDocument>("PrunePlan");
    matches::<PlanDocument>("PruneResult");
    matches::<RunDocument>("RunResult");
    matches::<Line>("RunLog");
    matches::<Simulation>("Simulation");
    matches::<RestorePlan>("RestorePlan");
    matches::<VersionDocument>("Version");
    matches::<ErrorDocument>("Error");
}
