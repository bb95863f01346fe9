//! The journal of a restore as a ConfigMap: one object, one JSON text.
//! Must refuse what a newer program wrote instead of guessing.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::marks;
use crate::error::{Error, Reason, Result};
use crate::model::restore::{Journal, VERSION};

/// Under this key of the ConfigMap the journal lies.
const KEY: &str = "journal";

const PREFIX: &str = "gemini-restore-";

/// Name of the ConfigMap.
pub fn name(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// Label selector of all journals.
pub fn selector() -> String {
    format!("{}={}", marks::MANAGED_BY, marks::KUBECTL_GEMINI)
}

/// The ConfigMap for a journal.
pub fn config_map(journal: &Journal) -> Result<ConfigMap> {
    let labels: BTreeMap<String, String> = [
        (marks::MANAGED_BY.to_owned(), marks::KUBECTL_GEMINI.to_owned()),
        (marks::RESTORE_ID.to_owned(), journal.id.clone()),
    ]
    .into();
    Ok(ConfigMap {
        metadata: ObjectMeta {
            name: Some(name(&journal.id)),
            namespace: Some(journal.namespace.clone()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        data: Some([(KEY.to_owned(), text(journal)?)].into()),
        ..ConfigMap::default()
    })
}

/// The journal as text.
pub fn text(journal: &Journal) -> Result<String> {
    serde_json::to_string_pretty(journal).map_err(|error| {
        Error::new(Reason::JournalInvalid, format!("the journal cannot be written: {error}"))
    })
}

/// Reads a journal. `None` if the ConfigMap is none.
///
/// Fails with `JournalInvalid` if it makes no sense, or a newer program wrote it.
pub fn read(object: &ConfigMap) -> Result<Option<Journal>> {
    let Some(text) = object.data.as_ref().and_then(|data| data.get(KEY)) else { return Ok(None) };
    let metadata = &object.metadata;
    let (name, namespace) =
        (metadata.name.clone().unwrap_or_default(), metadata.namespace.clone().unwrap_or_default());
    let invalid = |why: String| {
        let message =
            format!("configmap {name} in namespace {namespace} is no journal that can be read: {why}");
        Error::new(Reason::JournalInvalid, message)
    };
    let broken = |error: serde_json::Error| {
        let id = name.strip_prefix(PREFIX).unwrap_or_default();
        invalid(error.to_string())
            .hint(format!("somebody has changed it; put that right: kubectl edit configmap {name} -n {namespace}"))
            .hint(format!(
                "beyond repair, put it aside and go on from the marks on the volumes: kubectl get configmap {name} -n {namespace} -o yaml > {name}.yaml; \
                 kubectl delete configmap {name} -n {namespace}; kubectl gemini restore --resume {id} -n {namespace}"
            ))
    };
    let value: Value = serde_json::from_str(text).map_err(broken)?;
    let version = value["version"].as_u64().unwrap_or_default();
    if version > u64::from(VERSION) {
        return Err(invalid(format!("a newer kubectl-gemini wrote it (version {version})"))
            .hint("use that one; kubectl gemini version tells yours"));
    }
    serde_json::from_value(value).map(Some).map_err(broken)
}
