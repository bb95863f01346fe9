//! The job as it is installed: its image, its roles, its CronJob, on a node, where it fires by itself.
//! Only `kubectl gemini manifests` and kubectl are used; the image holds the static program alone.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Node, until};

const GROUP: &str = "apiVersion: gemini.fairwinds.com/v1
kind: SnapshotGroup
metadata: {name: db}
spec:
  persistentVolumeClaim: {claimName: data}
  schedule: [{every: 10 seconds, keep: 0}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Mi}}}
";

#[test]
fn the_cron_job_fires_by_itself_and_keeps_the_schedule() {
    let Some(node) = Node::start("job") else { return };
    let image = node.load_program();
    let (manifests, _) = node.gemini(&["manifests", "--image", &image]);
    let applied = node.kubectl(&["apply", "-f", "-"], &manifests);
    assert!(applied.contains("cronjob.batch/gemini-run-once created"), "{applied}");
    node.kubectl(&["apply", "-f", "-"], GROUP);
    let patch = r#"{"spec": {"schedule": "* * * * *"}}"#;
    node.kubectl(&["patch", "cronjob", "gemini-run-once", "-n", "gemini", "--type=merge", "-p", patch], "");
    let snapshots = || -> BTreeSet<String> {
        let names = node.kubectl(
            &["get", "volumesnapshots", "-o", "jsonpath={.items[?(@.status.readyToUse)].metadata.name}"],
            "",
        );
        names.split_whitespace().map(str::to_owned).collect()
    };
    // With a period that is shorter than the job's, each pass takes one, and deletes that of the pass before.
    let mut seen = BTreeSet::new();
    until("two passes", || {
        seen.extend(snapshots());
        seen.len() >= 2
    });
    until("old ones to go", || snapshots().len() == 1);
    let logs = node
        .kubectl(&["logs", "-n", "gemini", "-l", "app.kubernetes.io/component=run-once", "--tail=-1"], "");
    let lines: Vec<Value> = logs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let finished = lines.iter().rfind(|line| line["msg"] == "run finished").unwrap();
    assert_eq!((&finished["exit"], &finished["failed"]), (&0.into(), &0.into()), "{logs}");
    let events = node.kubectl(&["get", "events", "-o", "jsonpath={.items[*].reason}"], "");
    for reason in ["SnapshotCreated", "SnapshotReady", "SnapshotPruned"] {
        assert!(events.contains(reason), "{reason}: {events}");
    }
    let group: Value =
        serde_json::from_str(&node.kubectl(&["get", "snapshotgroup", "db", "-o", "json"], "")).unwrap();
    assert_eq!(group["status"]["claim"]["name"], "data", "{group:#}");
    let pod = node.kubectl(
        &[
            "get",
            "pods",
            "-n",
            "gemini",
            "-o",
            "jsonpath={.items[0].status.containerStatuses[0].state.terminated.message}",
        ],
        "",
    );
    assert!(pod.contains("run finished"), "{pod}");
}
