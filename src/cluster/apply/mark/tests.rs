//! What a real server cannot be made to do on demand: a change between look and patch, an answer that is lost.
//! The rest is proven on a real cluster.

use serde_json::{Value, json};

use super::super::Persist;
use super::{Marked, Marks};
use crate::api::{build, convert, marks};
use crate::cluster::connect::mock::{Answer, cluster};
use crate::cluster::interrupt::Interrupt;
use crate::error::{Error, ExitCode, Reason};
use crate::model::snapshot::{Hold, Snapshot};
use crate::plan::hold::{self, Step};

fn object(version: &str, annotations: Value) -> Value {
    json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
        "metadata": {"name": "db-1", "namespace": "shop", "uid": "uid-1", "resourceVersion": version,
                     "annotations": annotations},
        "spec": {"source": {"persistentVolumeClaimName": "data"}},
    })
}

fn free(version: &str) -> Answer {
    Answer::Says(200, object(version, json!({})))
}

fn held(version: &str) -> Answer {
    Answer::Says(200, object(version, json!({marks::HOLD: "audit"})))
}

/// How a hold for an audit ends, and each request: its method, and the version that a patch was meant for.
async fn hold(answers: Vec<Answer>, interrupt: bool) -> (Result<Marked, Error>, String) {
    let (cluster, asked) = cluster(answers, Interrupt::decided(interrupt));
    let seen = convert::snapshot(serde_json::from_value(object("1", json!({}))).unwrap());
    let wished = Hold { reason: "audit".into(), until: None };
    let decide = |snapshot: &Snapshot| {
        Ok(match hold::next(snapshot, Some(&wished))? {
            Step::Write => build::hold_marks(Some(&wished)),
            Step::Leave => Marks::new(),
        })
    };
    let outcome = cluster.mark_snapshot(&seen, Persist::Yes, decide).await;
    let asked = asked.lock().unwrap();
    let words = asked.iter().map(|(line, body)| {
        let method = line.split(' ').next().unwrap_or_default();
        match body["metadata"]["resourceVersion"].as_str() {
            Some(version) => {
                assert_eq!(body["metadata"]["uid"], "uid-1");
                let wanted = json!({marks::HOLD: "audit", marks::HOLD_UNTIL: null});
                assert_eq!(body["metadata"]["annotations"], wanted);
                format!("{method}@{version}")
            }
            None => method.to_owned(),
        }
    });
    let words = words.collect::<Vec<_>>().join(" ");
    (outcome, words)
}

#[tokio::test]
async fn whoever_meets_a_change_decides_again() {
    let conflict = || Answer::failure(409, "Conflict");
    let (outcome, asked) = hold(vec![conflict(), free("2"), held("3")], false).await;
    assert_eq!((outcome.unwrap(), asked.as_str()), (Marked::Changed, "PATCH@1 GET PATCH@2"));
    // Somebody else was faster with the same wish.
    let (outcome, asked) = hold(vec![conflict(), held("2")], false).await;
    assert_eq!((outcome.unwrap(), asked.as_str()), (Marked::Unchanged, "PATCH@1 GET"));

    let mut going = object("2", json!({}));
    going["metadata"]["deletionTimestamp"] = json!("2026-11-22T08:00:00Z");
    let (outcome, _) = hold(vec![conflict(), Answer::Says(200, going)], false).await;
    assert_eq!(outcome.unwrap_err().reason, Reason::SnapshotTerminating);

    let mut other = object("2", json!({}));
    other["metadata"]["uid"] = json!("uid-2");
    for gone in [Answer::Says(200, other), Answer::failure(404, "NotFound")] {
        let (outcome, _) = hold(vec![conflict(), gone], false).await;
        assert_eq!(outcome.unwrap_err().reason, Reason::SnapshotNotFound);
    }
}

#[tokio::test]
async fn after_a_lost_answer_what_is_there_decides() {
    let (outcome, asked) = hold(vec![Answer::Lost, held("2")], false).await;
    assert_eq!((outcome.unwrap(), asked.as_str()), (Marked::Changed, "PATCH@1 GET"));
    let (outcome, asked) = hold(vec![Answer::Lost, free("1"), held("2")], false).await;
    assert_eq!((outcome.unwrap(), asked.as_str()), (Marked::Changed, "PATCH@1 GET PATCH@1"));
    let (outcome, _) = hold(vec![Answer::Lost, Answer::failure(403, "Forbidden")], false).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.reason, error.exit_code()), (Reason::OutcomeUnknown, ExitCode::Partial));
    assert_eq!(error.message, "it is not known whether volumesnapshot db-1 was changed in namespace shop");
}

#[tokio::test]
async fn nothing_is_sent_after_ctrl_c() {
    let (outcome, asked) = hold(vec![held("2")], true).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.message, "stopped: volumesnapshot db-1 was not changed in namespace shop");
    assert_eq!((error.exit_code(), asked.as_str()), (ExitCode::Interrupted, ""));
}
