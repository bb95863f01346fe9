//! `prune` on a real cluster: what no rule needs goes, and nothing else, whatever happens meanwhile.
//! The schedule is in seconds, because a snapshot's time is when its driver cut it, which no test can bring forward.

use std::collections::BTreeSet;
use std::process::Stdio;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use sandbox::testing::Namespace;
use serde_json::Value;

use crate::support::{backup, command, gemini, namespace, needs_sandbox, until};

/// A bound claim `data`, and a group `db` that keeps the newest snapshot and one older.
pub fn scheduled(slug: &str) -> Namespace {
    let namespace = namespace(slug);
    namespace.bound_claim("data", "16Mi");
    schedule(&namespace, "[{every: 2 seconds, keep: 1}]");
    namespace
}

pub fn schedule(namespace: &Namespace, schedule: &str) {
    namespace.apply(&format!(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: db}}\nspec:\n  \
         persistentVolumeClaim: {{claimName: data}}\n  schedule: {schedule}\n"
    ));
}

/// A scheduled snapshot of group `db`, asked for so many seconds ago: as late as still counts as on time.
pub fn take(namespace: &Namespace, seconds_ago: i64, intervals: &str) -> String {
    take_of(namespace, "data", seconds_ago, intervals)
}

pub fn take_of(namespace: &Namespace, claim: &str, seconds_ago: i64, intervals: &str) -> String {
    let time = chrono::Utc::now().timestamp() - seconds_ago;
    let name = format!("db-{time}-{}", claim.len());
    namespace.apply(&format!(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata:\n  name: {name}\n  annotations:\n    \
         app.kubernetes.io/managed-by: gemini\n    gemini.fairwinds.com/group: db\n    \
         gemini.fairwinds.com/timestamp: '{time}'\n    gemini.fairwinds.com/intervals: {intervals}\n\
         spec: {{source: {{persistentVolumeClaimName: {claim}}}}}\n"
    ));
    name
}

pub fn ready(namespace: &Namespace, names: &[&String]) {
    for name in names {
        until("a snapshot to be ready", || {
            namespace.get("volumesnapshot", name)["status"]["readyToUse"] == Value::Bool(true)
        });
    }
}

/// Five snapshots, oldest first, all ready: two are needed.
pub fn five(namespace: &Namespace) -> Vec<String> {
    let names: Vec<_> = [40, 30, 20, 10, 5].map(|ago| take(namespace, ago, "2 seconds")).into();
    ready(namespace, &names.iter().collect::<Vec<_>>());
    names
}

pub fn left(namespace: &Namespace) -> BTreeSet<String> {
    let all = namespace.list("volumesnapshots");
    all.iter().map(|snapshot| snapshot["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

pub fn set(names: &[String]) -> BTreeSet<String> {
    names.iter().cloned().collect()
}

fn outcomes(result: &Value) -> Vec<(String, String)> {
    let snapshots = result["items"][0]["snapshots"].as_array().unwrap();
    let outcome = |snapshot: &Value| {
        let text = |key: &str| snapshot[key].as_str().map(str::to_owned);
        Some((text("name")?, text("outcome")?))
    };
    snapshots.iter().filter_map(outcome).collect()
}

#[test]
fn what_no_rule_needs_goes_oldest_first_and_nothing_else() {
    let namespace = scheduled("prune");
    let names = five(&namespace);
    let manual = backup(&namespace, "db");
    let all = left(&namespace);

    let plan = gemini(&namespace, &["prune", "db", "--dry-run"])
        .exits(0)
        .says(&["3 of 6 would be deleted, 3 kept."]);
    assert!(plan.stdout.starts_with("NAME "), "{}", plan.stdout);
    let json = gemini(&namespace, &["prune", "db", "--dry-run", "-o", "json"]).exits(0).json();
    assert_eq!((json["kind"].as_str(), json["schemaVersion"].as_i64()), (Some("PrunePlan"), Some(1)));
    let server = gemini(&namespace, &["prune", "db", "--dry-run=server"]).exits(0);
    assert_eq!(server.stdout.lines().count(), 3);
    assert!(
        server.stdout.lines().all(|line| line.ends_with(" deleted (server dry run)")),
        "{}",
        server.stdout
    );
    assert_eq!(left(&namespace), all, "a dry run deleted something");

    let run = gemini(&namespace, &["prune", "db", "--yes"]).exits(0).says(&["3 snapshots deleted."]);
    let wanted: Vec<_> = names[..3]
        .iter()
        .map(|name| format!("volumesnapshot.snapshot.storage.k8s.io/{name} deleted"))
        .collect();
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), wanted);
    let kept = set(&[names[3].clone(), names[4].clone(), manual]);
    until("the deletions", || left(&namespace) == kept);

    gemini(&namespace, &["prune", "db", "--yes"]).exits(0).says(&["Nothing to delete: 3 kept."]);
    gemini(&namespace, &["prune", "db", "--yes", "--error-unchanged"]).exits(3);
    assert_eq!(left(&namespace), kept);
}

#[test]
fn what_is_held_in_use_foreign_or_the_last_one_stays() {
    if needs_sandbox("what_is_held_in_use_foreign_or_the_last_one_stays") {
        return;
    }
    let namespace = scheduled("prune-keep");
    namespace.bound_claim("other", "16Mi");
    let names = five(&namespace);
    let foreign = take_of(&namespace, "other", 50, "2 seconds");
    gemini(&namespace, &["hold", &names[0], "--reason", "audit"]).exits(0);
    // Its class waits for a pod, so it stays Pending.
    namespace.apply(&format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: filling}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         storageClassName: wait\n  resources: {{requests: {{storage: 16Mi}}}}\n  \
         dataSource: {{apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: {}}}\n",
        names[1]
    ));
    let json = gemini(&namespace, &["prune", "db", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!(json["kind"], "PruneResult");
    assert_eq!(outcomes(&json), [(names[2].clone(), "deleted".to_owned())]);
    let snapshots = json["items"][0]["snapshots"].as_array().unwrap();
    let why = |name: &String| {
        let item = snapshots.iter().find(|snapshot| snapshot["name"] == name.as_str()).unwrap();
        format!("{} {}", item["fate"].as_str().unwrap(), item["reasons"][0]["code"].as_str().unwrap())
    };
    assert_eq!(why(&names[0]), "keep hold");
    assert_eq!(why(&names[1]), "keep in-use");
    assert_eq!(why(&foreign), "ignore not-ours");

    // No rule is left for them, and yet the newest stays.
    schedule(&namespace, "[{every: year, keep: 0}]");
    gemini(&namespace, &["release", &names[0]]).exits(0);
    gemini(&namespace, &["prune", "db", "--yes"]).exits(0);
    schedule(&namespace, "[]");
    gemini(&namespace, &["prune", "db", "--yes"])
        .exits(0)
        .says(&["the schedule is empty", "Nothing to delete"]);
    let kept = left(&namespace);
    assert!(kept.contains(&names[4]) && kept.contains(&foreign), "{kept:?}");
}

#[test]
fn many_deletions_need_a_person() {
    let namespace = scheduled("prune-many");
    let names: Vec<_> = (0..13).map(|number| take(&namespace, 55 - 4 * number, "2 seconds")).collect();
    ready(&namespace, &names.iter().collect::<Vec<_>>());
    let run = gemini(&namespace, &["prune", "db", "--yes"]);
    run.fails_with(1, "MassDeletion", &["11 snapshots of group db", "--allow-mass-delete"]);
    assert_eq!(left(&namespace), set(&names));

    let mut session = ask(&namespace, &["prune", "db"]);
    for word in ["y", "yes", "DB"] {
        session.exp_string("Delete 11 snapshots? Type db to go on: ").unwrap();
        session.send_line(word).unwrap();
    }
    session.exp_string("Nothing was deleted.").unwrap();
    exits(session, 1);
    for (key, code) in [("\u{1b}", 1), ("\u{3}", 130)] {
        let mut session = ask(&namespace, &["prune", "db"]);
        session.exp_string("Type db to go on: ").unwrap();
        session.send(key).unwrap();
        session.flush().unwrap();
        exits(session, code);
    }
    assert_eq!(left(&namespace), set(&names));

    gemini(&namespace, &["prune", "db", "--yes", "--allow-mass-delete"]).exits(0);
    until("the deletions", || left(&namespace).len() == 2);
}

/// The program under a pseudo-terminal.
fn ask(namespace: &Namespace, args: &[&str]) -> PtySession {
    let mut all = args.to_vec();
    all.extend(["-n", namespace.name()]);
    let mut command = command(namespace.cluster().kubeconfig(), all);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    spawn_command(command, Some(60_000)).unwrap()
}

#[track_caller]
fn exits(mut session: PtySession, code: i32) {
    session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, exit) => assert_eq!(exit, code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_was_shown_goes_and_only_as_it_was() {
    let namespace = scheduled("prune-ask");
    let names = five(&namespace);
    let mut session = ask(&namespace, &["prune", "db"]);
    session.exp_string("Delete 3 snapshots? [y/N] ").unwrap();
    // While the question stands: one is held, and another one falls out of use.
    gemini(&namespace, &["hold", &names[0], "--reason", "audit"]).exits(0);
    let newer = take(&namespace, 0, "2 seconds");
    ready(&namespace, &[&newer]);
    session.send_line("y").unwrap();
    session
        .exp_string(&format!("{} in namespace {} was changed meanwhile", names[0], namespace.name()))
        .unwrap();
    session.exp_string("2 snapshots deleted.").unwrap();
    exits(session, 6);
    until("the deletions", || left(&namespace).len() == 4);
    assert!(left(&namespace).is_superset(&set(&[
        names[0].clone(),
        names[3].clone(),
        names[4].clone(),
        newer
    ])));

    let mut session = ask(&namespace, &["prune", "db"]);
    session.exp_string("[y/N] ").unwrap();
    session.send_control('c').unwrap();
    exits(session, 130);
    let mut session = ask(&namespace, &["prune", "db"]);
    session.exp_string("[y/N] ").unwrap();
    session.send_line("").unwrap();
    session.exp_string("Nothing was deleted.").unwrap();
    exits(session, 1);
    assert_eq!(left(&namespace).len(), 4);
}

#[test]
fn two_at_once_delete_the_same() {
    let namespace = scheduled("prune-twice");
    let names = five(&namespace);
    let runs: Vec<_> =
        (0..3).map(|_| crate::support::Running::start(&namespace, &["prune", "db", "--yes"])).collect();
    for run in runs {
        let run = run.wait();
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    }
    until("the deletions", || left(&namespace) == set(&names[3..]));
}

#[test]
fn a_finalizer_holds_what_was_deleted_and_nobody_asks_again() {
    let namespace = scheduled("prune-final");
    let names = five(&namespace);
    let patch = |finalizers: &str| {
        let patch = format!("{{\"metadata\": {{\"finalizers\": {finalizers}}}}}");
        namespace.kubectl(&["patch", "volumesnapshot", &names[0], "--type=merge", "-p", &patch]);
    };
    patch("[\"example.com/keep\"]");
    gemini(&namespace, &["prune", "db", "--yes"]).exits(0).says(&["3 snapshots deleted."]);
    until("the other deletions", || left(&namespace).len() == 3);
    let run = gemini(&namespace, &["prune", "db", "--dry-run"]).exits(0).says(&["1 not touched"]);
    let row = run.stdout.lines().find(|line| line.starts_with(&names[0])).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>()[2..4], ["ignore", "terminating"]);
    patch("null");
}

#[test]
fn who_may_not_delete_is_told_which_rule_is_missing() {
    let namespace = scheduled("prune-rights");
    let names = five(&namespace);
    let user = format!("system:serviceaccount:{}:default", namespace.name());
    namespace.apply(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader}\nrules:\n\
         - {apiGroups: [gemini.fairwinds.com], resources: [snapshotgroups], verbs: [get, list]}\n\
         - {apiGroups: [snapshot.storage.k8s.io], resources: [volumesnapshots], verbs: [get, list]}\n",
    );
    namespace.apply(&format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: reader}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}\n\
         subjects: [{{kind: ServiceAccount, name: default, namespace: {}}}]\n",
        namespace.name()
    ));
    gemini(&namespace, &["prune", "db", "--dry-run", "--as", &user])
        .exits(0)
        .says(&["whether claims are being filled from snapshots is not known"]);
    gemini(&namespace, &["prune", "db", "--yes", "--as", &user])
        .exits(1)
        .says(&["(Forbidden)", "verbs: [\"delete\"]"]);
    assert_eq!(left(&namespace), set(&names));
}

#[test]
fn one_bad_group_does_not_stop_the_others() {
    let namespace = scheduled("prune-bad");
    let names = five(&namespace);
    namespace.apply(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: bad}\nspec:\n  \
         schedule: [{every: fortnight, keep: 1}, {every: 5m}]\n",
    );
    let run = gemini(&namespace, &["prune", "--all", "--yes"]).exits(6);
    let run = run.says(&[
        "3 snapshots deleted.",
        "(InvalidSchedule)",
        "schedule[0].every: unknown unit \"fortnight\"",
        "minutes or months",
    ]);
    assert_eq!(run.stdout.lines().count(), 3);
    until("the deletions", || left(&namespace) == set(&names[3..]));
    gemini(&namespace, &["prune", "bad", "--yes"]).fails_with(1, "InvalidSchedule", &["write \"2 weeks\""]);
    gemini(&namespace, &["prune", "nothing", "--yes"]).fails_with(1, "GroupNotFound", &["nothing"]);
    gemini(&namespace, &["prune", "db"]).fails_with(2, "NotATerminal", &["--yes", "--dry-run"]);
}
