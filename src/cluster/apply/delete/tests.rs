//! What a real server cannot be made to do on demand: an answer that is lost after the deletion, or before it.
//! The rest is proven on a real cluster.

use serde_json::{Value, json};

use super::super::Persist;
use super::Deletion;
use crate::api::convert;
use crate::cluster::connect::mock::{Answer, cluster};
use crate::cluster::interrupt::Interrupt;
use crate::error::{Error, ExitCode, Reason};
use crate::model::snapshot::Snapshot;

const PATH: &str = "/apis/snapshot.storage.k8s.io/v1/namespaces/shop/volumesnapshots/db-1";

/// The snapshot as the server sends it.
fn object(uid: &str, version: &str, going: bool) -> Value {
    let mut object = json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
        "metadata": {"name": "db-1", "namespace": "shop", "uid": uid, "resourceVersion": version},
        "spec": {"source": {"persistentVolumeClaimName": "data"}},
    });
    if going {
        object["metadata"]["deletionTimestamp"] = json!("2026-11-22T08:00:00Z");
    }
    object
}

fn there() -> Answer {
    Answer::Says(200, object("uid-1", "7", false))
}

fn going() -> Answer {
    Answer::Says(200, object("uid-1", "8", true))
}

fn snapshot() -> Snapshot {
    convert::snapshot(serde_json::from_value(object("uid-1", "7", false)).unwrap())
}

/// How the deletion ends, and the requests without their path: `DELETE`, `GET`.
async fn delete(answers: Vec<Answer>) -> (Result<Deletion, Error>, Vec<String>) {
    let (cluster, asked) = cluster(answers, Interrupt::decided(false));
    let outcome = cluster.delete_snapshot(&snapshot(), Persist::Yes).await;
    let asked = asked.lock().unwrap();
    for (line, body) in asked.iter().filter(|(line, _)| line.starts_with("DELETE")) {
        assert!(line.starts_with(&format!("DELETE {PATH}")), "{line}");
        assert_eq!(body["preconditions"], json!({"uid": "uid-1", "resourceVersion": "7"}), "{body}");
    }
    (outcome, asked.iter().filter_map(|(line, _)| Some(line.split_once(' ')?.0.to_owned())).collect())
}

#[tokio::test]
async fn an_answer_decides_and_is_not_asked_for_twice() {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    for (answer, wanted) in [
        (going(), Deletion::Deleted),
        (Answer::Says(200, status), Deletion::Deleted),
        (Answer::failure(404, "NotFound"), Deletion::Gone),
    ] {
        let (outcome, asked) = delete(vec![answer]).await;
        assert_eq!((outcome.unwrap(), asked), (wanted, vec!["DELETE".to_owned()]));
    }
}

#[tokio::test]
async fn a_conflict_is_looked_into_and_never_overruled() {
    for (found, wanted) in [
        (Answer::Says(200, object("uid-1", "9", false)), Deletion::Changed),
        (going(), Deletion::Gone),
        (Answer::Says(200, object("uid-2", "9", false)), Deletion::Gone),
        (Answer::failure(404, "NotFound"), Deletion::Gone),
        (Answer::failure(403, "Forbidden"), Deletion::Changed),
    ] {
        let (outcome, asked) = delete(vec![Answer::failure(409, "Conflict"), found]).await;
        assert_eq!((outcome.unwrap(), asked), (wanted, vec!["DELETE".to_owned(), "GET".to_owned()]));
    }
}

#[tokio::test]
async fn after_a_lost_answer_what_is_there_decides() {
    for (found, wanted) in [
        (going(), Deletion::Deleted),
        (Answer::failure(404, "NotFound"), Deletion::Deleted),
        (Answer::Says(200, object("uid-2", "9", false)), Deletion::Gone),
    ] {
        let (outcome, asked) = delete(vec![Answer::Lost, found]).await;
        assert_eq!((outcome.unwrap(), asked), (wanted, vec!["DELETE".to_owned(), "GET".to_owned()]));
    }
}

#[tokio::test]
async fn a_request_that_was_lost_on_its_way_is_sent_again_as_it_was() {
    let (outcome, asked) = delete(vec![Answer::failure(504, "Timeout"), there(), going()]).await;
    assert_eq!((outcome.unwrap(), asked.join(" ")), (Deletion::Deleted, "DELETE GET DELETE".to_owned()));

    // The first one was carried out after all, behind the look: the second meets its own work.
    let conflict = Answer::failure(409, "Conflict");
    let (outcome, asked) = delete(vec![Answer::Lost, there(), conflict, going()]).await;
    assert_eq!((outcome.unwrap(), asked.join(" ")), (Deletion::Deleted, "DELETE GET DELETE GET".to_owned()));

    // It was changed in between: a hold, perhaps.
    let (conflict, held) = (Answer::failure(409, "Conflict"), Answer::Says(200, object("uid-1", "9", false)));
    let (outcome, _) = delete(vec![Answer::Lost, there(), conflict, held]).await;
    assert_eq!(outcome.unwrap(), Deletion::Changed);

    // The server was away for a moment.
    let (outcome, asked) = delete(vec![Answer::Refused, there(), going()]).await;
    assert_eq!((outcome.unwrap(), asked.join(" ")), (Deletion::Deleted, "DELETE GET DELETE".to_owned()));
}

#[tokio::test]
async fn it_is_asked_a_few_times_only_and_doubt_is_said() {
    let (outcome, asked) = delete(vec![[Answer::Lost, there()]; 10].concat()).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.reason, error.exit_code()), (Reason::OutcomeUnknown, ExitCode::Partial));
    let wanted = "it is not known whether volumesnapshot db-1 was deleted in namespace shop";
    assert_eq!((error.message.as_str(), asked.len()), (wanted, 10));

    let (outcome, _) = delete(vec![Answer::Lost, Answer::failure(403, "Forbidden")]).await;
    assert_eq!(outcome.unwrap_err().reason, Reason::OutcomeUnknown);
    let (outcome, _) = delete(vec![Answer::failure(403, "Forbidden")]).await;
    assert_eq!(outcome.unwrap_err().reason, Reason::Forbidden);
}

#[tokio::test]
async fn nothing_is_sent_after_ctrl_c_nor_without_preconditions() {
    let (stopped, asked) = cluster(vec![going()], Interrupt::decided(true));
    let error = stopped.delete_snapshot(&snapshot(), Persist::Yes).await.unwrap_err();
    assert_eq!(error.message, "stopped: volumesnapshot db-1 was not deleted in namespace shop");
    assert!(asked.lock().unwrap().is_empty());

    let (cluster, asked) = cluster(vec![going()], Interrupt::decided(false));
    for vague in
        [Snapshot { resource_version: None, ..snapshot() }, Snapshot { uid: String::new(), ..snapshot() }]
    {
        let outcome = cluster.delete_snapshot(&vague, Persist::Yes).await;
        assert_eq!(outcome.unwrap(), Deletion::Changed);
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_dry_run_says_so() {
    let (cluster, asked) = cluster(vec![going()], Interrupt::decided(false));
    let outcome = cluster.delete_snapshot(&snapshot(), Persist::ServerDryRun).await;
    assert_eq!(outcome.unwrap(), Deletion::Deleted);
    let asked = asked.lock().unwrap();
    assert!(asked[0].0.contains("dryRun=All") || asked[0].1["dryRun"] == json!(["All"]), "{asked:?}");
}
