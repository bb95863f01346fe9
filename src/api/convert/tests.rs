//! Objects as clusters hold them: Gemini's, ours, and odd ones.
//! What must hold for any text in a mark is in `tests/planner/objects.rs`.

use serde_json::{Value, json};

use super::*;
use crate::model::group::ClaimOrigin;

fn read_group(json: Value) -> Group {
    group(&serde_json::from_value(json).unwrap()).unwrap()
}

fn read_snapshot(annotations: Value, status: Value) -> Snapshot {
    snapshot(wire(annotations, status))
}

fn wire(annotations: Value, status: Value) -> VolumeSnapshot {
    let object = json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
        "metadata": {"name": "photos-1585945609", "annotations": annotations,
                     "creationTimestamp": "2026-11-22T08:00:00Z"},
        "spec": {"source": {"persistentVolumeClaimName": "photos"}},
        "status": status,
    });
    serde_json::from_value(object).unwrap()
}

/// A pass reads no more of it, and has to know that the claim has another volume than before.
#[test]
fn one_volume_is_told_from_another_also_of_what_was_proven() {
    let of = |handle: &str| {
        let source =
            json!({"claimUid": "u", "volume": "pv-1", "handle": handle, "driver": "d", "mode": "Filesystem"});
        let marks = json!({marks::SOURCE: source.to_string(), marks::VERIFIED: "content-1"});
        slim_snapshot(wire(marks, json!({"boundVolumeSnapshotContentName": "content-1", "readyToUse": true})))
    };
    assert!(of("vol-1").verified && of("vol-1").source.is_none());
    assert!(of("vol-1").volume.is_some() && of("vol-1").volume == of("vol-1").volume);
    assert_ne!(of("vol-1").volume, of("vol-2").volume);
    assert_eq!(slim_snapshot(wire(json!({}), json!(null))).volume, None);
}

#[test]
fn a_group_needs_nothing_but_a_name() {
    let group = read_group(json!({"metadata": {"name": "wiki"}}));
    assert_eq!((group.claim.name.as_str(), group.claim.origin), ("wiki", ClaimOrigin::Implied));
    assert!(group.schedule.is_empty() && !group.suspended);
}

#[test]
fn a_nonsensical_field_is_named() {
    let object = json!({"metadata": {"name": "wiki"}, "spec": {"schedule": "daily"}});
    let error = group(&serde_json::from_value(object).unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("spec cannot be read: "), "{error}");
}

#[test]
fn geminis_marks_are_read() {
    let snapshot = read_snapshot(
        json!({"app.kubernetes.io/managed-by": "gemini", "gemini.fairwinds.com/group": "photos",
               "gemini.fairwinds.com/timestamp": "1585945609",
               "gemini.fairwinds.com/intervals": "10 minutes, hour"}),
        json!({"readyToUse": true, "restoreSize": "1Gi"}),
    );
    assert_eq!(snapshot.group.as_deref(), Some("photos"));
    assert_eq!(snapshot.taken.timestamp(), 1_585_945_609);
    let Purpose::Scheduled(intervals) = &snapshot.purpose else { panic!("{:?}", snapshot.purpose) };
    assert_eq!(intervals.iter().map(|i| i.text.as_str()).collect::<Vec<_>>(), ["10 minutes", "hour"]);
    assert_eq!(snapshot.restore_size().unwrap().bytes, 1 << 30);
    assert_eq!(snapshot.readiness, Readiness::Ready);
}

#[test]
fn a_group_mark_without_a_known_manager_is_not_membership() {
    let snapshot = read_snapshot(json!({"gemini.fairwinds.com/group": "photos"}), json!(null));
    assert_eq!(snapshot.group, None);
    assert!(!snapshot.noticed);
}

#[test]
fn the_time_is_the_mark_s_or_the_name_s() {
    let marked = json!({"gemini.fairwinds.com/timestamp": "1585945000"});
    assert_eq!(read_snapshot(marked, json!(null)).taken.timestamp(), 1_585_945_000);
    let odd = json!({"gemini.fairwinds.com/timestamp": "yesterday"});
    assert_eq!(read_snapshot(odd, json!(null)).taken.timestamp(), 1_585_945_609);
    for (name, seconds) in [
        ("photos-1585945609", Some(1_585_945_609)),
        ("photos-1585945609-r2", Some(1_585_945_609)),
        ("photos-1", None),
        ("photos", None),
        ("1585945609", None),
        ("photos-15859456099", None),
    ] {
        assert_eq!(time_in_name(name).map(|time| time.timestamp()), seconds, "{name}");
    }
}

#[test]
fn an_empty_mark_is_a_mark() {
    let hold = |marks| read_snapshot(marks, json!(null)).hold.map(|hold| (hold.reason, hold.until.is_some()));
    let (key, until) = (marks::HOLD, marks::HOLD_UNTIL);
    assert_eq!(hold(json!({})), None);
    assert_eq!(hold(json!({key: ""})), Some((String::new(), false)));
    assert_eq!(hold(json!({until: "2030-01-01T00:00:00Z"})), Some((String::new(), true)));
    assert_eq!(hold(json!({key: "audit", until: "soon"})), Some(("audit".to_owned(), false)));
    let tainted = read_snapshot(json!({marks::TAINTED: ""}), json!({"readyToUse": true}));
    assert!(!tainted.is_usable());
}

#[test]
fn a_time_that_no_calendar_has_counts_as_none() {
    for time in ["2026-03-10T12:00:00.1234567891Z", "2026-03-10T12:00:00+99:99", "9999-12-31T23:59:59-12:00"]
    {
        let snapshot = read_snapshot(json!({}), json!({"readyToUse": true, "creationTime": time}));
        assert!(snapshot.is_usable(), "{time}");
    }
    let cut = read_snapshot(json!({}), json!({"creationTime": "2026-03-10T12:00:00Z"})).cut;
    assert_eq!(cut.map(|cut| cut.timestamp()), Some(1_773_144_000));
}

#[test]
fn an_error_counts_until_the_snapshot_is_ready() {
    let error = json!({"message": "disk on fire"});
    let failing = read_snapshot(json!({}), json!({"readyToUse": false, "error": error.clone()}));
    assert_eq!(failing.readiness, Readiness::Failing("disk on fire".into()));
    let ready = read_snapshot(json!({}), json!({"readyToUse": true, "error": error}));
    assert_eq!(ready.readiness, Readiness::Ready);
}
