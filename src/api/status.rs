//! The status of a group: from the wire to the model, and back.
//! Must not judge; and what a status of another hand says must not keep a group from being read.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::gemini::{ObservedSnapshot, SnapshotGroupStatus};
use super::time::time;
use crate::model::status::{Counts, KnownClaim, Ready, Restoring, Status, Taken, Truth};

/// The type of the condition that tells whether a group is served as its schedule says.
const READY: &str = "Ready";
/// The one that tells that a restore asked for by annotation has not ended.
const RESTORING: &str = "Restoring";

/// What the API server has.
pub fn read(wire: SnapshotGroupStatus) -> Status {
    let taken =
        |snapshot: ObservedSnapshot| time(&snapshot.time).map(|time| Taken { name: snapshot.name, time });
    let count = |count: i64| usize::try_from(count).unwrap_or_default();
    let counts = wire.counts.unwrap_or_default();
    let summary = wire.summary.unwrap_or_default();
    let conditions = wire.conditions.unwrap_or_default();
    let of = |type_: &str| conditions.iter().find(|condition| condition.type_ == type_);
    let (ready, restoring) = (of(READY), of(RESTORING).filter(|condition| condition.status == "True"));
    Status {
        generation: wire.observed_generation,
        claim: wire.claim.map(|claim| KnownClaim { name: claim.name, uid: claim.uid }),
        last_backup: wire.last_backup.and_then(taken),
        newest_ready: wire.newest_ready.and_then(taken),
        next_due: wire.next_due.as_ref().and_then(time),
        counts: Counts {
            ready: count(counts.ready),
            in_progress: count(counts.in_progress),
            failed: count(counts.failed),
        },
        ready_summary: summary.ready.unwrap_or_default(),
        schedule_summary: summary.schedule.unwrap_or_default(),
        message: wire.message.unwrap_or_default(),
        ready: ready.map_or_else(Ready::default, |condition| Ready {
            truth: match condition.status.as_str() {
                "True" => Truth::True,
                "False" => Truth::False,
                _ => Truth::Unknown,
            },
            since: time(&condition.last_transition_time),
            reason: condition.reason.clone(),
        }),
        restoring: restoring.map(|condition| Restoring {
            reason: condition.reason.clone(),
            message: condition.message.clone(),
            since: time(&condition.last_transition_time),
        }),
    }
}

/// `status` as it is applied. `was` is what the API server has; `now` is when a condition that changed has done so.
pub fn write(status: &Status, was: Option<&Status>, now: DateTime<Utc>) -> Value {
    let taken = |taken: &Taken| json!({"name": taken.name, "time": rfc3339(taken.time)});
    let unchanged = was.filter(|was| was.ready.truth == status.ready.truth);
    let since = unchanged.and_then(|was| was.ready.since).unwrap_or(now);
    let mut conditions = vec![json!({
        "type": READY,
        "status": match status.ready.truth {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        },
        "reason": status.ready.reason,
        "message": status.message,
        "observedGeneration": status.generation,
        "lastTransitionTime": rfc3339(since),
    })];
    conditions.extend(status.restoring.as_ref().map(|restoring| {
        let since = was.and_then(|was| was.restoring.as_ref()?.since).unwrap_or(now);
        json!({
            "type": RESTORING,
            "status": "True",
            "reason": restoring.reason,
            "message": restoring.message,
            "observedGeneration": status.generation,
            "lastTransitionTime": rfc3339(since),
        })
    }));
    let mut wire = json!({
        "observedGeneration": status.generation,
        "claim": status.claim.as_ref().map(|claim| json!({"name": claim.name, "uid": claim.uid})),
        "lastBackup": status.last_backup.as_ref().map(taken),
        "newestReady": status.newest_ready.as_ref().map(taken),
        "nextDue": status.next_due.map(rfc3339),
        "counts": {
            "ready": status.counts.ready,
            "inProgress": status.counts.in_progress,
            "failed": status.counts.failed,
        },
        "summary": {"ready": status.ready_summary, "schedule": status.schedule_summary},
        "message": Some(&status.message).filter(|message| !message.is_empty()),
        "conditions": conditions,
    });
    // What is left out of an applied object is removed; null is not a value of these fields.
    if let Some(fields) = wire.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    wire
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        let time = DateTime::from_timestamp(1_795_341_000, 0).unwrap();
        let taken = |name: &str| Some(Taken { name: name.into(), time });
        Status {
            generation: Some(3),
            claim: Some(KnownClaim { name: "data".into(), uid: "u".into() }),
            last_backup: taken("db-2"),
            newest_ready: taken("db-1"),
            next_due: Some(time),
            counts: Counts { ready: 8, in_progress: 1, failed: 0 },
            ready_summary: "8/9".into(),
            schedule_summary: "10 minutes x3".into(),
            message: "all is well".into(),
            ready: Ready { truth: Truth::True, reason: "Healthy".into(), since: Some(time) },
            restoring: Some(Restoring {
                reason: "Waiting".into(),
                message: "it waits".into(),
                since: Some(time),
            }),
        }
    }

    fn again(wire: Value) -> Status {
        read(serde_json::from_value(wire).unwrap())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let now = DateTime::from_timestamp(1_795_342_000, 0).unwrap();
        assert_eq!(again(write(&status(), Some(&status()), now)), status());
        let bare = Status::default();
        assert!(again(write(&bare, None, now)).says_the_same(&bare));
    }

    #[test]
    fn a_condition_keeps_its_time_until_it_changes() {
        let now = DateTime::from_timestamp(1_795_342_000, 0).unwrap();
        let was = status();
        let since = |status: &Status| again(write(status, Some(&was), now)).ready.since;
        let other_reason =
            Status { ready: Ready { reason: "Pending".into(), ..was.ready.clone() }, ..was.clone() };
        assert_eq!(since(&other_reason), was.ready.since);
        let broken = Status { ready: Ready { truth: Truth::False, ..was.ready.clone() }, ..was.clone() };
        assert_eq!(since(&broken), Some(now));
    }
}
