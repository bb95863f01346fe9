//! Where Gemini was before, or still is: its snapshots are taken over, its operator is noticed, its CRD will do.

use super::{item, run_once, scheduled, snapshots};
use crate::support::until;
use sandbox::testing::Namespace;

/// A snapshot exactly as Gemini's operator writes it, so many seconds old.
fn geminis(namespace: &Namespace, seconds_ago: i64, intervals: &str) -> String {
    let time = chrono::Utc::now().timestamp() - seconds_ago;
    let name = format!("db-{time}");
    namespace.apply(&format!(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata:\n  name: {name}\n  annotations:\n    \
         app.kubernetes.io/managed-by: gemini\n    gemini.fairwinds.com/group: db\n    \
         gemini.fairwinds.com/timestamp: '{time}'\n    gemini.fairwinds.com/intervals: {intervals}\n\
         spec: {{source: {{persistentVolumeClaimName: data}}}}\n"
    ));
    until("a snapshot of Gemini's to be ready", || {
        namespace.get("volumesnapshot", &name)["status"]["readyToUse"] == true
    });
    name
}

#[test]
fn geminis_snapshots_are_taken_over() {
    let namespace = scheduled("run-over", "[{every: hour, keep: 1}]");
    let theirs = geminis(&namespace, 30, "hour");
    let result = run_once(&namespace, &[]).exits(0).json();
    // It serves this hour.
    assert_eq!(item(&result, "db")["due"], false);
    assert_eq!(snapshots(&namespace).into_iter().collect::<Vec<_>>(), [theirs]);
}

#[test]
fn geminis_operator_is_noticed_and_not_fought() {
    let namespace = scheduled("run-rival", "[{every: 2 seconds, keep: 0}]");
    run_once(&namespace, &[]).exits(0);
    // Objects carry whole seconds: which of two came first in the same one cannot be told.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let theirs = geminis(&namespace, 0, "2 seconds");
    let before = snapshots(&namespace);
    std::thread::sleep(std::time::Duration::from_secs(2));
    run_once(&namespace, &[]).exits(1).says(&["(GeminiActive)", "--coexist", &theirs]);
    assert_eq!(snapshots(&namespace), before);
    run_once(&namespace, &["--coexist"]).exits(0);
    assert_ne!(snapshots(&namespace), before);
    // Ours is the newest again: an operator that has gone is no matter.
    std::thread::sleep(std::time::Duration::from_secs(2));
    run_once(&namespace, &[]).exits(0);
}
