//! Writes Events: where `kubectl describe` shows what was done for a group, and what stands in the way.
//! Must not fail anything: who may not write Events is told by other means.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, SecondsFormat, Utc};
use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, PostParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};

use crate::api::marks;
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::failure::Class;
use crate::model::group::Group;
use crate::model::text;

/// Longest note, in bytes: the API allows 1 kB.
const LONGEST_NOTE: usize = 1000;
/// Longest name of a group that its Events' names begin with.
const LONGEST_START: usize = 230;

/// Something that happened to a group.
#[derive(Clone, Debug, Hash)]
pub struct Happening {
    /// One word, such as `SnapshotReady`.
    pub reason: &'static str,
    /// Somebody should look.
    pub is_warning: bool,
    /// One sentence; it may quote a driver.
    pub note: String,
    /// The VolumeSnapshot that it is about.
    pub snapshot: Option<String>,
    /// When, if the same may happen again.
    pub occurrence: Option<DateTime<Utc>>,
}

impl Cluster {
    /// Writes an Event about a group. Its name follows from what it says, so that a pass that says the same again makes no
    /// second one while the first still stands (an hour, by default).
    pub async fn record(&self, group: &Group, version: &str, happening: &Happening, instance: &str) {
        let resource = ApiResource::erase::<Event>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), &group.namespace, &resource);
        let name = name(group, happening);
        let mut event = DynamicObject::new(&name, &resource);
        event.metadata.namespace = Some(group.namespace.clone());
        event.data = body(group, version, happening, instance, self.now());
        let call = Call::one(Verb::Create, Kind::NewEvent, Some(&group.namespace), &name);
        match self.write(&call, api.create(&PostParams::default(), &event)).await {
            Err(failure) if failure.class != Class::AlreadyExists => {
                tracing::info!("event {} was not written: {}", happening.reason, failure.error);
            }
            _ => {}
        }
        // Nobody needs to know how an Event ended.
        self.interrupt.writes(None);
    }
}

fn name(group: &Group, happening: &Happening) -> String {
    let mut hasher = DefaultHasher::new();
    (&group.uid, happening).hash(&mut hasher);
    let start: String = group.name.chars().take(LONGEST_START).collect();
    format!("{}.{:016x}", start.trim_end_matches(['-', '.']), hasher.finish())
}

fn body(group: &Group, version: &str, happening: &Happening, instance: &str, now: DateTime<Utc>) -> Value {
    let related = happening.snapshot.as_ref().map(|name| {
        json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "namespace": group.namespace, "name": name})
    });
    let mut note = text::line(&happening.note);
    note.truncate(
        (0..=LONGEST_NOTE.min(note.len())).rev().find(|end| note.is_char_boundary(*end)).unwrap_or(0),
    );
    json!({
        "eventTime": now.to_rfc3339_opts(SecondsFormat::Micros, true),
        "reportingController": marks::KUBECTL_GEMINI,
        "reportingInstance": instance,
        "action": happening.reason,
        "reason": happening.reason,
        "type": if happening.is_warning { "Warning" } else { "Normal" },
        "note": note,
        "regarding": {"apiVersion": version, "kind": "SnapshotGroup", "namespace": group.namespace,
                      "name": group.name, "uid": group.uid},
        "related": related,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group::{ClaimRef, Request};

    fn group(name: &str) -> Group {
        Group {
            namespace: "media".into(),
            labels: [].into(),
            name: name.into(),
            uid: "u".into(),
            generation: None,
            created: None,
            claim: ClaimRef::new(name, None, None),
            schedule: vec![],
            snapshot_class: None,
            snapshot_labels: [].into(),
            snapshot_annotations: [].into(),
            max_age: None,
            suspended: false,
            known_claim_uid: None,
            status: None,
            request: Request::default(),
        }
    }

    fn happening(note: &str) -> Happening {
        Happening { reason: "Overdue", is_warning: true, note: note.into(), snapshot: None, occurrence: None }
    }

    #[test]
    fn what_is_said_again_has_the_same_name() {
        let of = |group_name: &str, note: &str| name(&group(group_name), &happening(note));
        assert_eq!(of("photos", "late"), of("photos", "late"));
        assert_ne!(of("photos", "late"), of("photos", "later"));
        let long = of(&"x.".repeat(126), "late");
        assert!(long.len() <= 253 && !long.contains(".."), "{long}");
    }

    #[test]
    fn a_long_note_is_cut_between_characters() {
        let event = body(&group("photos"), "v1", &happening(&"ü".repeat(600)), "me", Utc::now());
        assert_eq!(event["note"].as_str().unwrap().chars().count(), 500);
        assert_eq!(event["type"], "Warning");
    }

    #[test]
    fn what_a_driver_says_cannot_steer_who_reads_the_event() {
        let note = format!("snapshot s: \u{1b}]8;;http://x\u{7}\r\n\u{9b}\u{202e}{}", "x".repeat(1 << 20));
        let event = body(&group("photos"), "v1", &happening(&note), "me", Utc::now());
        let note = event["note"].as_str().unwrap();
        let start = "snapshot s: \\u{1b}]8;;http://x\\u{7} \\u{9b}\\u{202e}xxx";
        assert!(note.starts_with(start) && note.len() <= LONGEST_NOTE, "{note:.99}");
    }
}
