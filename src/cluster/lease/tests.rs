//! How a lock is given back when a renewal was under way: its answer is lost with it, but not what it wrote.
//! Taking a lock, and losing it, is tested on a real cluster.

use serde_json::json;

use super::super::connect::mock::{Answer, cluster};
use super::super::interrupt::Interrupt;
use super::*;

fn lease(holder: &str, version: &str) -> Answer {
    let object = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                        "metadata": {"name": "gemini-run-once", "namespace": "media", "resourceVersion": version},
                        "spec": {"holderIdentity": holder}});
    Answer::Says(200, object)
}

/// The requests of a release, with the versions that they were meant for.
async fn release(answers: Vec<Answer>) -> Vec<String> {
    let (cluster, asked) = cluster(answers, Interrupt::decided(false));
    let lock = Lock {
        cluster,
        name: "gemini-run-once".into(),
        holder: "me".into(),
        term: PASS,
        written: Arc::new(Mutex::new(Some("7".into()))),
    };
    let renewal = tokio::spawn(std::future::pending());
    Held { lock, renewal, is_ours: Arc::new(AtomicBool::new(true)) }.release().await;
    let asked = asked.lock().unwrap();
    let word = |(line, body): &(String, Value)| {
        let method = line.split(' ').next().unwrap_or_default();
        match body["metadata"]["resourceVersion"].as_str() {
            Some(version) => format!("{method}@{version}"),
            None => method.to_owned(),
        }
    };
    asked.iter().map(word).collect()
}

#[tokio::test]
async fn a_renewal_that_nobody_heard_of_does_not_keep_the_lock() {
    let conflict = || Answer::failure(409, "Conflict");
    assert_eq!(release(vec![lease("", "8")]).await, ["PATCH@7"]);
    assert_eq!(
        release(vec![conflict(), lease("me", "8"), lease("", "9")]).await,
        ["PATCH@7", "GET", "PATCH@8"]
    );
    // It is somebody else's by now, and stays so.
    assert_eq!(release(vec![conflict(), lease("another", "8")]).await, ["PATCH@7", "GET"]);
    // Whoever is away is not asked again: the lock ends by itself.
    assert_eq!(release(vec![Answer::Refused]).await, ["PATCH@7"]);
}
