//! SnapshotGroup as it travels: Gemini's fields, and the ones we add (design.md, section 3).
//! Every field is optional, because Gemini's API requires none; `convert` decides what is missing.

#![expect(
    clippy::duplicated_attributes,
    reason = "clippy takes the keys of several printer columns for one list"
)]

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::core::crd::v1::CustomResourceExt as _;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// API group of SnapshotGroup.
pub const GROUP: &str = "gemini.fairwinds.com";
/// Versions that we understand, best first. They differ in name only.
pub const VERSIONS: [&str; 2] = ["v1", "v1beta1"];

/// What to snapshot, how often, and how many snapshots to keep
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[kube(
    group = "gemini.fairwinds.com",
    version = "v1",
    kind = "SnapshotGroup",
    plural = "snapshotgroups",
    shortname = "sng",
    category = "gemini",
    namespaced,
    status = "SnapshotGroupStatus",
    doc = "A PersistentVolumeClaim that is snapshotted on a schedule",
    printcolumn(name = "PVC", type_ = "string", json_path = ".spec.persistentVolumeClaim.claimName"),
    printcolumn(name = "SCHEDULE", type_ = "string", json_path = ".status.summary.schedule"),
    printcolumn(name = "READY", type_ = "string", json_path = ".status.summary.ready"),
    printcolumn(name = "NEWEST", type_ = "date", json_path = ".status.newestReady.time"),
    printcolumn(
        name = "STATUS",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
pub struct SnapshotGroupSpec {
    /// The claim to snapshot
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistent_volume_claim: Option<GroupClaim>,
    /// When to take snapshots and how many to keep
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Vec<ScheduleRule>>,
    /// What every snapshot of the group gets
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<SnapshotTemplate>,
    /// Let the schedule rest: nothing is taken and nothing is deleted by it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// How long a scheduled snapshot is kept at most, such as "90 days"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self != ''").message("maxAge must not be empty: leave it out, or write a period such as \"90 days\""))]
    pub max_age: Option<String>,
}

/// The claim of a group
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupClaim {
    /// Name of an existing claim. If set, the spec beside it is ignored. If empty, the claim is called like the group
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_name: Option<String>,
    /// The claim's own spec, from which it is made if it never existed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::crd::claim_spec_schema")]
    pub spec: Option<Value>,
}

/// One rule of the schedule
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.every) && self.every != ''").message("every must not be empty: write a period such as \"10 minutes\", \"hour\" or \"2 weeks\""))]
pub struct ScheduleRule {
    /// The period: "10 minutes", "hour", "2 weeks"; units are second, minute, hour, day, week, month, year
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// How many snapshots to keep besides the newest
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self >= 0").message("keep must not be negative: it is the number of snapshots kept besides the newest"))]
    #[schemars(schema_with = "super::crd::whole_number_schema")]
    pub keep: Option<i64>,
}

/// What every snapshot of a group gets
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotTemplate {
    /// Labels and annotations of the snapshots
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<SnapshotTemplateMetadata>,
    /// Settings of the snapshots
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<SnapshotTemplateSpec>,
}

/// Labels and annotations of the snapshots of a group
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotTemplateMetadata {
    /// Labels of the snapshots
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations of the snapshots
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
}

/// Settings of the snapshots of a group
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotTemplateSpec {
    /// The VolumeSnapshotClass; without it, the default class of the claim's driver
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_snapshot_class_name: Option<String>,
}

/// What was last seen of a group
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotGroupStatus {
    /// The generation of the spec that this status describes
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The claim that the group has
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ObservedClaim>,
    /// The snapshot that was taken last
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_backup: Option<ObservedSnapshot>,
    /// The newest snapshot that can be restored from
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_ready: Option<ObservedSnapshot>,
    /// When the next snapshot is due
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Time>,
    /// How many snapshots there are
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<SnapshotCounts>,
    /// The columns of `kubectl get`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<StatusSummary>,
    /// What a person should know
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `Ready` and `Restoring`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Option<Vec<Condition>>,
}

/// The claim that a group has
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
pub struct ObservedClaim {
    /// Its name
    pub name: String,
    /// Its UID
    pub uid: String,
}

/// A snapshot of a group
#[derive(KubeSchema, Clone, Debug, Deserialize, Serialize)]
pub struct ObservedSnapshot {
    /// Its name
    pub name: String,
    /// When it was taken
    pub time: Time,
}

/// How many snapshots a group has
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotCounts {
    /// They can be restored from
    pub ready: i64,
    /// They are being made
    pub in_progress: i64,
    /// The driver reported an error
    pub failed: i64,
}

/// The columns of `kubectl get`
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize)]
pub struct StatusSummary {
    /// Ready snapshots of all, such as "8/9"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// The schedule, such as "10 minutes x3, hour x1"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

/// How the API server knows SnapshotGroup in one of [`VERSIONS`].
pub fn resource(version: &str) -> kube::core::ApiResource {
    let stored = SnapshotGroup::api_resource();
    kube::core::ApiResource {
        version: version.to_owned(),
        api_version: format!("{GROUP}/{version}"),
        ..stored
    }
}
