//! Every document of `-o json|yaml` is what its schema in `tests/schema` says, and alone on standard output, however the
//! command ends. ux.md 8, line 6.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::in_place::Scene;
use crate::support::{backup, gemini, needs_sandbox};

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema");

/// A schema lets pass what it does not know; scripts must not come to depend on that.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Asserts that a document has its schema's fields and no others.
#[track_caller]
pub fn matches(kind: &str, document: &Value) {
    let path = Path::new(SCHEMAS).join(format!("{kind}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut schema = serde_json::from_str(&text).unwrap();
    close(&mut schema);
    let errors: Vec<_> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{kind}: {errors:#?} in {document:#}");
}

#[test]
fn every_document_matches_its_schema_and_is_alone() {
    if needs_sandbox("every_document_matches_its_schema_and_is_alone") {
        return;
    }
    let scene = Scene::new("documents");
    let group = std::env::temp_dir().join(format!("{}.yaml", scene.namespace.name()));
    fs::write(&group, crate::support::group("db", "data")).unwrap();
    let snapshot = backup(&scene.namespace, "db");
    scene.restore(&[]).exits(0);
    let id = scene.id();
    let mut seen = BTreeSet::new();
    for (args, code, kind) in [
        (&["version"][..], 0, "Version"),
        (&["version", "--server=127.0.0.1:1"], 1, "Version"),
        (&["list", "--server=127.0.0.1:1"], 1, "Error"),
        (&["list"], 0, "SnapshotGroupReport"),
        (&["list", "db"], 0, "SnapshotReport"),
        (&["list", "--unprotected"], 0, "UnprotectedClaimReport"),
        (&["list", "--retained"], 0, "RetainedVolumeReport"),
        (&["list", "nosuch"], 1, "Error"),
        (&["backup", "db"], 0, "BackupResult"),
        (&["backup", "nosuch"], 1, "Error"),
        (&["hold", &snapshot, "--reason=audit"], 0, "HoldResult"),
        (&["hold", "nosuch", "--reason=audit"], 1, "Error"),
        (&["release", &snapshot], 0, "HoldResult"),
        (&["prune", "db", "--dry-run"], 0, "PrunePlan"),
        (&["prune", "db", "--yes"], 0, "PruneResult"),
        (&["prune", "nosuch", "--yes"], 1, "Error"),
        (&["run-once"], 0, "RunResult"),
        (&["run-once", "--dry-run"], 0, "RunResult"),
        (&["simulate", "-f", group.to_str().unwrap(), "--for", "1d"], 0, "Simulation"),
        (&["simulate", "-f", "nosuch"], 1, "Error"),
        (&["restore", "db", "--latest", "--to-pvc", "copy"], 0, "RestoreResult"),
        (&["restore", "db", "--latest", "--in-place", "--dry-run"], 0, "RestorePlan"),
        (&["restore", "db", "--latest", "--in-place", "--yes"], 0, "RestoreStatus"),
        (&["restore", "db", "--snapshot", "nosuch", "--in-place", "--yes"], 1, "Error"),
        (&["status"], 0, "RestoreStatus"),
        (&["status", "nosuch"], 1, "Error"),
        (&["undo", "nosuch", "--yes"], 1, "Error"),
        (&["purge", &id, "--yes"], 1, "Error"),
        (&["doctor"], 0, "DoctorReport"),
    ] {
        for format in ["json", "yaml"] {
            let run = gemini(&scene.namespace, &[args, &["-o", format]].concat());
            assert_eq!(run.code, code, "{args:?}: {}{}", run.stdout, run.stderr);
            let document: Option<Value> = match format {
                "json" => serde_json::from_str(&run.stdout).ok(),
                _ => serde_yaml::from_str(&run.stdout).ok(),
            };
            let document = document.unwrap_or_else(|| panic!("{args:?}: no {format}: {run:?}"));
            assert_eq!(document["kind"], kind, "{args:?}");
            matches(kind, &document);
        }
        seen.insert(format!("{kind}.json"));
    }
    let run = gemini(&scene.namespace, &["run-once", "--log-format=json"]).exits(0);
    for line in run.stdout.lines().chain(run.stderr.lines()) {
        matches("RunLog", &serde_json::from_str(line).unwrap());
    }
    seen.insert("RunLog.json".to_owned());
    let schemas = fs::read_dir(SCHEMAS).unwrap();
    let schemas: BTreeSet<_> =
        schemas.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(seen, schemas);
    fs::remove_file(group).unwrap();
}
