//! What a journal says of itself; also one that was written by an earlier version, with nothing but what it must have.
//! What is made of it is tested in `plan::restore`.

use serde_json::json;

use super::*;

/// One with nothing but what it must have, open or ended so.
pub fn journal(outcome: Option<Outcome>) -> Journal {
    let at: DateTime<Utc> = "2026-11-22T09:50:00Z".parse().unwrap();
    let written = json!({
        "version": 1, "id": "7f3ak", "namespace": "media", "group": "photos", "claim": "photos-data",
        "mode": "staged", "started": at,
        "source": {"snapshot": "photos-1", "uid": "u", "taken": at, "content": "c", "driver": "csi.example"},
        "old": {"claimUid": "u", "manifest": {}, "volume": "pv-1", "volumeUid": "u", "handle": "vol-1",
                "policy": "Delete", "snapshotClass": "snapshots"},
        "target": {}, "staging": "photos-data-7f3ak", "course": "forward", "step": "done",
    });
    let journal: Journal = serde_json::from_value(written).unwrap();
    Journal { ended: outcome.map(|outcome| Ended { at, outcome }), ..journal }
}

#[test]
fn only_what_has_ended_with_the_restored_data_can_be_undone() {
    assert!(journal(None).is_open() && !journal(None).can_be_undone());
    for (outcome, wanted) in [
        (Outcome::Restored, true),
        (Outcome::Aborted, false),
        (Outcome::RolledBack, false),
        (Outcome::Undone, false),
        (Outcome::Purged, false),
    ] {
        let journal = journal(Some(outcome));
        assert_eq!((journal.is_open(), journal.can_be_undone()), (false, wanted), "{outcome:?}");
    }
}
