//! `backup` when an answer is lost, when the server is away or says "later", and when its claim is another one's.
//! Whatever happens: one snapshot, of the right volume, or the truth about it.

use std::time::{Duration, Instant};

use sandbox::testing::proxy::{Action, Call, Rule, Told, Verb};

use super::{Bench, of};
use crate::support::{group, protected};

const SNAPSHOTS: &str = "volumesnapshots";

fn creates(calls: &[Call]) -> usize {
    of(calls, Verb::Create, SNAPSHOTS).len()
}

/// Case 2. The quota has room for one: a second request would be refused.
#[test]
fn a_snapshot_whose_answer_was_lost_is_found_again_and_not_taken_twice() {
    let test = "a_snapshot_whose_answer_was_lost_is_found_again_and_not_taken_twice";
    for (action, flags) in [
        (Action::LoseAnswer, &[][..]),
        (Action::CutAnswer, &[]),
        (Action::Answer { told: Told::Status(504), forward: true }, &[]),
        (Action::Answer { told: Told::Status(500), forward: true }, &[]),
        (Action::NeverAnswer { forward: true }, &["--request-timeout", "2s"]),
    ] {
        let Some(bench) = Bench::new(test, || protected("lost")) else { return };
        bench.namespace.apply(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: one}\nspec:\n  \
             hard: {count/volumesnapshots.snapshot.storage.k8s.io: 1}\n",
        );
        bench.namespace.wait("the quota to be known", || {
            let quota = bench.namespace.get("resourcequota", "one");
            quota["status"]["used"].as_object().map(|used| used.len())
        });
        let rule = Rule::on(Verb::Create, SNAPSHOTS).nth(1).does(action.clone());
        let (run, calls) = bench.gemini(&[&["backup", "db"], flags].concat(), vec![rule]);
        let run = run.exits(0).says(&["is ready"]);
        assert!(!run.stderr.contains("error"), "{action:?}: {}", run.stderr);
        assert_eq!(run.stdout.lines().count(), 1, "{action:?}: {}", run.stdout);
        assert_eq!(creates(&calls), 1, "{action:?}: {calls:#?}");
        let snapshots = bench.namespace.list(SNAPSHOTS);
        assert_eq!(snapshots.len(), 1, "{action:?}");
        assert_eq!(snapshots[0]["status"]["readyToUse"], true, "{action:?}");
    }
}

/// Case 10.
#[test]
fn a_claim_that_is_swapped_before_the_cut_is_noticed() {
    let test = "a_claim_that_is_swapped_before_the_cut_is_noticed";
    let Some(bench) = Bench::new(test, || protected("swapped")) else { return };
    let somebody = bench.somebody();
    let swap = Rule::on(Verb::Create, SNAPSHOTS).nth(1).first(move |_| {
        somebody(&["delete", "pvc", "data"], "");
        somebody(
            &["apply", "-f", "-"],
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  \
             accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 16Mi}}\n",
        );
        somebody(&["wait", "pvc/data", "--for=jsonpath={.status.phase}=Bound", "--timeout=60s"], "");
    });
    let (run, _) = bench.gemini(&["backup", "db"], vec![swap]);
    run.fails_with(4, "WrongVolume", &["was not cut from the volume that it was asked for"]);
    let snapshots = bench.namespace.list(SNAPSHOTS);
    let tainted = &snapshots[0]["metadata"]["annotations"]["gemini.fairwinds.com/tainted"];
    assert_eq!((snapshots.len(), tainted.as_str()), (1, Some("wrong-volume")));
    // It is nobody's backup, and the next one is.
    let (list, _) = bench.gemini(&["list"], vec![]);
    assert!(list.exits(0).stdout.contains("0/1"));
    let (next, _) = bench.gemini(&["backup", "db"], vec![]);
    next.exits(0).says(&["is ready"]);
}

/// Case 11, from the program's side of the connection.
#[test]
fn a_server_that_comes_back_is_waited_for_and_nothing_is_doubled() {
    let test = "a_server_that_comes_back_is_waited_for_and_nothing_is_doubled";
    let Some(bench) = Bench::new(test, || protected("away")) else { return };
    for (count, at) in [
        (1, Rule::on(Verb::Get, "persistentvolumeclaims")),
        (2, Rule::on(Verb::Create, SNAPSHOTS)),
        (3, Rule::on(Verb::Get, SNAPSHOTS)),
        (4, Rule::on(Verb::Get, "volumesnapshotcontents")),
    ] {
        let (run, _) = bench.gemini_through_outage(&["backup", "db"], at.nth(1), Duration::from_secs(2));
        run.exits(0).says(&["is ready"]);
        let ready = |snapshot: &serde_json::Value| snapshot["status"]["readyToUse"] == true;
        let snapshots = bench.namespace.list(SNAPSHOTS);
        assert!(snapshots.len() == count && snapshots.iter().all(ready), "{count}: {snapshots:#?}");
    }
}

/// Case 11. Nobody can say what becomes of the first snapshot: that is told, and not waited for.
#[test]
fn a_server_that_stays_away_is_given_up_once_for_all_groups() {
    let test = "a_server_that_stays_away_is_given_up_once_for_all_groups";
    let two = || {
        let namespace = protected("gone");
        namespace.bound_claim("files", "16Mi");
        namespace.apply(&group("files", "files"));
        namespace.apply(&group("other", "files"));
        namespace
    };
    let Some(bench) = Bench::new(test, two) else { return };
    let down = Rule::on(Verb::Create, SNAPSHOTS).nth(2).does(Action::GoDown);
    let began = Instant::now();
    let (run, _) = bench.gemini(&["backup", "db", "files", "other", "--timeout=3m"], vec![down]);
    assert!(began.elapsed() < Duration::from_secs(150), "it waited {:?}: {run:?}", began.elapsed());
    run.exits(6).says(&[
        "becomes ready is not known",
        "kubectl gemini list db -n",
        "whether volumesnapshot files-",
        "the backup of group other was not begun (ConnectFailed)",
    ]);
    bench.namespace.wait("the snapshot to be ready all the same", || {
        bench.namespace.list(SNAPSHOTS).into_iter().find(|one| one["status"]["readyToUse"] == true)
    });
}

/// Case 12, in both of the server's ways of saying it.
#[test]
fn a_server_that_says_later_is_asked_later() {
    let test = "a_server_that_says_later_is_asked_later";
    const LATER: u32 = 3;
    for told in [Told::TooMany(LATER), Told::Overloaded(LATER)] {
        let Some(bench) = Bench::new(test, || protected("later")) else { return };
        let rule = Rule::on_all().every(3).does(Action::Answer { told, forward: false });
        let (run, calls) = bench.gemini(&["backup", "db"], vec![rule]);
        run.exits(0).says(&["is ready"]);
        assert_eq!(bench.namespace.list(SNAPSHOTS).len(), 1, "{told:?}");
        let mut waited = 0;
        for (index, refused) in calls.iter().enumerate().filter(|(_, call)| call.told == Some(429)) {
            // After a write that was refused, the object is looked for first: that is a question of its own.
            let Some(again) =
                calls[index + 1..].iter().find(|call| call.target.resource == refused.target.resource)
            else {
                continue;
            };
            let pause = again.began - refused.began;
            assert!(
                pause >= Duration::from_secs(LATER.into()),
                "{told:?}: asked again after {pause:?}: {}",
                again.line()
            );
            waited += 1;
        }
        assert!(waited >= 2, "{told:?}: only {waited} of the answers were waited for");
    }
}
