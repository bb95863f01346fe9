//! The plan of a restore in place for scripts: all that the printed plan says, and nothing that was not looked at.
//! Must not promise anything: between plan and restore everything is looked at again.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::documents::{SizeItem, rfc3339};
use super::restoring::undo;
use super::steps::{steps, title};
use crate::model::dry_run::DryRun;
use crate::model::restore::Journal;
use crate::model::size::Size;
use crate::model::workload::{Setting, Stopped};

/// The document of `restore --in-place --dry-run -o json|yaml|jsonpath`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestorePlan {
    schema_version: u32,
    kind: &'static str,
    /// What `--dry-run` said: with `server`, the server has checked what would be sent.
    pub dry_run: DryRun,
    /// Identifier of this plan; the restore itself gets another.
    pub restore: String,
    /// Which cluster.
    pub cluster: String,
    /// Namespace of groups, claims and snapshots.
    pub namespace: String,
    /// What is restored; all of it, or none.
    pub items: Vec<PlannedItem>,
    /// How far apart the snapshots were taken; 0 for a single one.
    pub taken_apart_seconds: i64,
    /// What is stopped meanwhile.
    pub stops: Vec<StopItem>,
    /// What a person should know of that.
    pub warnings: Vec<String>,
    /// What is done, in this order.
    pub steps: Vec<&'static str>,
    /// What would bring the old data back.
    pub undo: String,
}

/// One claim of a `RestorePlan`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlannedItem {
    /// The group.
    pub group: String,
    /// The claim.
    pub pvc: String,
    /// Its size after the restore; null if it is unknown.
    pub size: Option<SizeItem>,
    /// The snapshot.
    pub snapshot: String,
    /// The time that the snapshot stands for.
    pub taken_at: String,
    /// How long ago that is: what was changed since then leaves the claim.
    pub age_seconds: i64,
    /// The PersistentVolume that is there now, which is kept.
    pub old_volume: String,
}

/// A workload that would be stopped, and started again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StopItem {
    /// Kind and name: `StatefulSet/db`.
    pub name: String,
    /// How many replicas it has, and will have again; null for what is suspended instead.
    pub replicas: Option<u32>,
}

impl From<&Stopped> for StopItem {
    fn from(stopped: &Stopped) -> Self {
        let replicas = match stopped.was {
            Setting::Replicas(count) => Some(count),
            Setting::Suspended(_) => None,
        };
        Self { name: stopped.who.to_string(), replicas }
    }
}

impl RestorePlan {
    /// Of one restore, or of several that go together; `None` if there is none.
    pub fn new(
        journals: &[Journal],
        warnings: &[String],
        place: &str,
        dry_run: DryRun,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let first = journals.first()?;
        let item = |Journal { group, claim, source, target, old, .. }: &Journal| PlannedItem {
            group: group.clone(),
            pvc: claim.clone(),
            size: target["spec"]["resources"]["requests"]["storage"]
                .as_str()
                .and_then(|text| Size::parse(text).ok())
                .map(|size| SizeItem::from(&size)),
            snapshot: source.snapshot.clone(),
            taken_at: rfc3339(source.taken),
            age_seconds: now.signed_duration_since(source.taken).num_seconds(),
            old_volume: old.volume.clone(),
        };
        let times = || journals.iter().map(|journal| journal.source.taken.timestamp());
        Some(Self {
            schema_version: 1,
            kind: "RestorePlan",
            dry_run,
            restore: first.id.clone(),
            cluster: place.to_owned(),
            namespace: first.namespace.clone(),
            items: journals.iter().map(item).collect(),
            taken_apart_seconds: times().max().unwrap_or_default() - times().min().unwrap_or_default(),
            stops: first.workloads.iter().map(StopItem::from).collect(),
            warnings: warnings.to_vec(),
            steps: steps(first).into_iter().map(title).collect(),
            undo: undo(first),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::restoring::{left_behind, plan, summary};
    use super::*;
    use crate::model::restore::{Ended, Outcome, ProvenVolume};
    use crate::model::volume::ReclaimPolicy;
    use crate::model::workload::Stage;

    fn journal(id: &str, claim: &str, taken: &str) -> Journal {
        serde_json::from_value(json!({
            "version": 1, "id": id, "namespace": "media", "group": claim, "claim": claim, "mode": "staged",
            "started": "2026-11-22T10:00:00Z", "together": ["7f3ak", "7f3am"],
            "source": {"snapshot": format!("{claim}-1"), "uid": "u", "taken": taken, "content": "c", "driver": "d"},
            "old": {"claimUid": "u", "manifest": {}, "volume": format!("pvc-of-{claim}"), "volumeUid": "u", "handle": "h",
                    "policy": "Delete", "snapshotClass": "fast"},
            "target": {"spec": {"resources": {"requests": {"storage": "20Gi"}}}}, "staging": "s",
            "workloads": [
                {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "u", "plural": "statefulsets",
                 "was": {"replicas": 3}, "stage": "planned"},
                {"apiVersion": "batch/v1", "kind": "CronJob", "name": "report", "uid": "v", "plural": "cronjobs",
                 "was": {"suspended": false}, "stage": "planned"},
            ],
            "course": "forward", "step": "planned",
        }))
        .unwrap()
    }

    #[test]
    fn what_could_not_be_started_again_is_told_once_at_the_end() {
        let ended = |id: &str, claim: &str| {
            let mut journal = journal(id, claim, "2026-11-22T08:00:00Z");
            journal.ended = Some(Ended { at: journal.started, outcome: Outcome::Restored });
            journal.workloads[0].stage = Stage::Gone;
            journal.workloads[1].stage = Stage::Started;
            journal
        };
        let told = summary(&[ended("7f3ak", "photos"), ended("7f3am", "index")]);
        assert_eq!(told.matches("StatefulSet/web was deleted meanwhile").count(), 1, "{told}");
        assert!(!told.contains("CronJob/report"), "{told}");
        let mut left = ended("7f3ak", "photos");
        left.workloads[0].stage = Stage::Left;
        let told = summary(&[left]);
        assert!(told.contains("StatefulSet/web was set to something else"), "{told}");
        assert!(told.contains("it had 3 replicas"), "{told}");
    }

    #[test]
    fn a_volume_that_stays_although_all_was_taken_back_is_told() {
        let new = ProvenVolume {
            volume: "pv-new".into(),
            uid: "u".into(),
            handle: "h".into(),
            claim_uid: "u".into(),
            policy: ReclaimPolicy::Delete,
        };
        let ended = |outcome: Outcome, used: bool| {
            let journal = journal("7f3ak", "photos", "2026-11-22T08:00:00Z");
            let ended = Some(Ended { at: journal.started, outcome });
            Journal { ended, used, new: Some(new.clone()), ..journal }
        };
        let hints = left_behind(&[ended(Outcome::Undone, true), ended(Outcome::Aborted, false)]);
        assert_eq!(hints.len(), 1, "{hints:?}");
        assert!(hints[0].contains("pv-new") && hints[0].contains("purge 7f3ak -n media"), "{hints:?}");
        let told = summary(&[ended(Outcome::Aborted, true)]);
        assert!(told.contains("pv-new stays") && !told.contains("taken away"), "{told}");
        assert!(summary(&[ended(Outcome::Aborted, false)]).contains("taken away"));
    }

    /// Whatever text or number a script gets, a person reads it, too; and nothing that a person reads is missing.
    #[test]
    fn it_says_what_the_printed_plan_says() {
        let journals = [
            journal("7f3ak", "photos", "2026-11-22T08:00:00Z"),
            journal("7f3am", "index", "2026-11-22T07:30:00Z"),
        ];
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let warnings = ["StatefulSet/web is scaled by HorizontalPodAutoscaler/web".to_owned()];
        let place = "prod (10.0.0.1:6443)";
        let document = RestorePlan::new(&journals, &warnings, place, DryRun::Client, now).unwrap();
        let document = serde_json::to_value(document).unwrap();
        assert_eq!(
            document,
            json!({
                "schemaVersion": 1, "kind": "RestorePlan", "dryRun": "client", "restore": "7f3ak", "cluster": place,
                "namespace": "media", "takenApartSeconds": 1800,
                "items": [
                    {"group": "photos", "pvc": "photos", "size": {"quantity": "20Gi", "bytes": 21_474_836_480_u64},
                     "snapshot": "photos-1", "takenAt": "2026-11-22T08:00:00Z", "ageSeconds": 7200,
                     "oldVolume": "pvc-of-photos"},
                    {"group": "index", "pvc": "index", "size": {"quantity": "20Gi", "bytes": 21_474_836_480_u64},
                     "snapshot": "index-1", "takenAt": "2026-11-22T07:30:00Z", "ageSeconds": 9000,
                     "oldVolume": "pvc-of-index"},
                ],
                "stops": [{"name": "StatefulSet/web", "replicas": 3}, {"name": "CronJob/report", "replicas": null}],
                "warnings": warnings,
                "steps": document["steps"],
                "undo": "kubectl gemini undo 7f3ak -n media",
            })
        );
        let printed = plan(&journals, &warnings, place, now);
        let steps: Vec<_> = document["steps"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!((steps[0], steps.len()), ("set the old volume to Retain", 11));
        let items = document["items"].as_array().unwrap().iter();
        let items = items.flat_map(|item| {
            ["pvc", "snapshot", "takenAt", "oldVolume"].map(|field| item[field].as_str().unwrap())
        });
        for text in
            steps.into_iter().chain(items).chain([place, &warnings[0], "kubectl gemini undo 7f3ak -n media"])
        {
            assert!(printed.contains(text), "{text} is not in\n{printed}");
        }
    }
}
