//! How snapshots reach their drivers: so many at once, never two in the same instant, one of a volume at a time, and no sooner
//! than a driver allows (reliability.md, F-O6). A driver that is not there is played by the test.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use sandbox::testing::Namespace;
use sandbox::testing::proxy::{Action, Call, Rule, Verb};
use serde_json::Value;

use super::{Bench, of, yesterday};
use crate::run_once::{group, item, scheduled, snapshots};
use crate::support::{Run, namespace};

const SNAPSHOTS: &str = "volumesnapshots";
const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);

/// A claim that is bound to a volume of the driver, by the driver's name for it.
fn claim(namespace: &Namespace, name: &str, driver: &str, handle: &str) {
    let space = namespace.name();
    let uid = namespace.get("namespace", space)["metadata"]["uid"].as_str().unwrap().to_owned();
    // What lies in no namespace goes with it.
    let owner = format!("ownerReferences: [{{apiVersion: v1, kind: Namespace, name: {space}, uid: {uid}}}]");
    namespace.apply(&format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: {name}-{space}\n  {owner}\nspec:\n  \
         capacity: {{storage: 16Mi}}\n  accessModes: [ReadWriteOnce]\n  persistentVolumeReclaimPolicy: Retain\n  \
         storageClassName: ''\n  csi: {{driver: {driver}, volumeHandle: {handle}}}\n  \
         claimRef: {{namespace: {space}, name: {name}}}\n---\n\
         apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n  storageClassName: ''\n  \
         volumeName: {name}-{space}\n  accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: 16Mi}}}}\n---\n\
         apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshotClass\nmetadata:\n  name: {driver}-{space}\n  {owner}\n\
         driver: {driver}\ndeletionPolicy: Retain\n"
    ));
    namespace.wait_bound(name);
}

/// A group of such a claim.
fn group_of(namespace: &Namespace, name: &str, claim: &str, driver: &str) {
    namespace.apply(&format!(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: {name}}}\nspec:\n  \
         persistentVolumeClaim: {{claimName: {claim}}}\n  schedule: [{{every: hour, keep: 1}}]\n  \
         template: {{spec: {{volumeSnapshotClassName: {driver}-{}}}}}\n",
        namespace.name()
    ));
}

/// Nobody takes away what a driver that is not there was asked for.
fn clear(namespace: &Namespace) {
    let content = |one: &Value| one["status"]["boundVolumeSnapshotContentName"].as_str().map(str::to_owned);
    let contents: Vec<_> = namespace.list(SNAPSHOTS).iter().filter_map(content).collect();
    namespace.kubectl(&["delete", SNAPSHOTS, "--all"]);
    for content in contents {
        namespace.kubectl(&[
            "delete",
            "volumesnapshotcontent",
            &content,
            "--wait=false",
            "--ignore-not-found",
        ]);
    }
}

fn creations(calls: &[Call]) -> Vec<&Call> {
    of(calls, Verb::Create, SNAPSHOTS)
}

fn left(run: &Run, group: &str) -> Option<String> {
    item(&run.json(), group)["left"].as_str().map(str::to_owned)
}

#[test]
fn several_snapshots_of_one_volume_are_made_one_after_the_other() {
    let test = "several_snapshots_of_one_volume_are_made_one_after_the_other";
    let Some(bench) = Bench::new(test, || scheduled("pace-one", "[{every: hour, keep: 1}]")) else { return };
    let space = &bench.namespace;
    let volume =
        space.get("persistentvolumeclaim", "data")["spec"]["volumeName"].as_str().unwrap().to_owned();
    let csi = space.get("persistentvolume", &volume)["spec"]["csi"].clone();
    let driver = csi["driver"].as_str().unwrap();
    claim(space, "twin", driver, csi["volumeHandle"].as_str().unwrap());
    group(space, "second", "data", "[{every: hour, keep: 1}]");
    group_of(space, "twin", "twin", driver);
    let looks = Arc::new(Mutex::new(vec![]));
    let (seen, cluster, name) = (looks.clone(), space.cluster(), space.name().to_owned());
    let look = Rule::on(Verb::Create, SNAPSHOTS).first(move |_| {
        let text = cluster.kubectl(["-n", &name, "get", SNAPSHOTS, "-o", "json"], "").unwrap().stdout;
        let list: Value = serde_json::from_slice(&text).unwrap();
        seen.lock().unwrap().push(list["items"].as_array().unwrap().clone());
    });
    let (run, _) = bench.gemini(&["run-once", "-o", "json"], vec![look]);
    run.exits(0);
    let looks = looks.lock().unwrap();
    assert_eq!(looks.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 2]);
    let is_cut = |one: &Value| one["status"]["creationTime"].is_string();
    assert!(looks.iter().flatten().all(is_cut), "another one of the volume was being made: {looks:#?}");
    clear(space);
}

#[test]
fn a_volume_whose_snapshot_does_not_come_is_left_to_a_later_pass_and_not_for_ever() {
    let test = "a_volume_whose_snapshot_does_not_come_is_left_to_a_later_pass_and_not_for_ever";
    const NOBODY: &str = "csi.nobody.test";
    let Some(bench) = Bench::new(test, || namespace("pace-open")) else { return };
    let space = &bench.namespace;
    for name in ["data", "twin"] {
        claim(space, name, NOBODY, "volume-1");
    }
    for (name, claim) in [("a", "data"), ("b", "data"), ("c", "twin")] {
        group_of(space, name, claim, NOBODY);
    }
    let others = ["b", "c"];
    bench.at(yesterday() + TEN_MINUTES);
    let first = bench.run_once(&["--deadline=8s"]).exits(0).says(&["still being made"]);
    for name in others {
        assert_eq!(left(&first, name).as_deref(), Some("VolumeBusy"), "{}", first.stdout);
        assert_eq!(item(&first.json(), name)["error"], Value::Null);
    }
    // The next pass knows of it, too, by the volume and not by the claim.
    bench.at(yesterday() + TEN_MINUTES + TimeDelta::minutes(5));
    let (second, calls) = bench.gemini(&["run-once", "-o", "json", "--deadline=8s"], vec![]);
    let second = second.exits(0).says(&["of the same volume is still being made"]);
    assert!(creations(&calls).is_empty(), "{calls:#?}");
    assert_eq!(others.map(|name| left(&second, name)), [(); 2].map(|()| Some("VolumeBusy".to_owned())));
    let (plan, _) = bench.gemini(&["run-once", "--dry-run"], vec![]);
    assert!(plan.exits(0).stdout.contains("VolumeBusy"));
    // A driver that does not answer must not cost the others their backups.
    bench.at(yesterday() + TEN_MINUTES * 2 + TimeDelta::minutes(1));
    let (third, calls) = bench.gemini(&["run-once", "-o", "json", "--deadline=8s"], vec![]);
    assert_eq!((creations(&calls).len(), left(&third, "c").as_deref()), (1, Some("VolumeBusy")));
    assert_eq!(left(&third, "b"), None, "{}", third.stdout);
    clear(space);
}

/// Does what a sidecar does for a driver that cuts at once, as long as `work` takes.
fn played<T>(space: &Namespace, work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    let cut = |snapshot: &Value| {
        let uid = snapshot["metadata"]["uid"].as_str()?;
        let time: DateTime<chrono::Utc> = snapshot["metadata"]["creationTimestamp"].as_str()?.parse().ok()?;
        let status = format!(
            r#"{{"status": {{"snapshotHandle": "{uid}", "creationTime": {}, "readyToUse": true, "restoreSize": 16777216}}}}"#,
            time.timestamp_nanos_opt()?
        );
        let content = format!("snapcontent-{uid}");
        let patch =
            ["patch", "volumesnapshotcontent", &content, "--subresource=status", "--type=merge", "-p"];
        // It is there a moment later than the snapshot.
        space.cluster().kubectl([&patch[..], &[&status]].concat(), "").ok()
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let all = space.list(SNAPSHOTS);
                all.iter().filter(|one| one["status"]["readyToUse"] != true).for_each(|one| {
                    cut(one);
                });
                thread::sleep(Duration::from_millis(200));
            }
        });
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        done
    })
}

#[test]
fn a_driver_that_cuts_a_volume_only_now_and_then_is_not_asked_in_between() {
    let test = "a_driver_that_cuts_a_volume_only_now_and_then_is_not_asked_in_between";
    const DIGITALOCEAN: &str = "dobs.csi.digitalocean.com";
    let Some(bench) = Bench::new(test, || namespace("pace-limit")) else { return };
    let space = &bench.namespace;
    claim(space, "data", DIGITALOCEAN, "volume-1");
    for name in ["a", "b"] {
        group_of(space, name, "data", DIGITALOCEAN);
    }
    let begin = yesterday() + TEN_MINUTES;
    let pass = |after: TimeDelta| {
        bench.at(begin + after);
        played(space, || bench.gemini(&["run-once", "-o", "json"], vec![]))
    };
    let (first, _) = pass(TimeDelta::zero());
    let first = first.exits(0).says(&["once in 10m at most, and did so at"]);
    assert_eq!(item(&first.json(), "a")["ready"], true);
    assert_eq!(left(&first, "b").as_deref(), Some("VolumeBusy"));
    // Once it is proven the list tells only its claim.
    let (second, calls) = pass(TimeDelta::minutes(5));
    assert_eq!((creations(&calls).len(), left(&second.exits(0), "b").as_deref()), (0, Some("VolumeBusy")));
    // A moment too early is waited for: the next pass would be as late again.
    let (third, _) = pass(TEN_MINUTES - TimeDelta::seconds(2));
    let third = third.exits(0).says(&["which is waited for"]);
    assert_eq!(item(&third.json(), "b")["ready"], true);
    let taken = |name: &str| {
        let mark =
            &space.get("volumesnapshot", name)["metadata"]["annotations"]["gemini.fairwinds.com/timestamp"];
        mark.as_str().unwrap().parse::<i64>().unwrap()
    };
    let times: Vec<_> = snapshots(space).iter().map(|name| taken(name)).collect();
    assert!(times.len() == 2 && times[1] - times[0] >= 600, "{times:?}");
    clear(space);
}

#[test]
fn snapshots_are_not_all_asked_for_at_once() {
    let test = "snapshots_are_not_all_asked_for_at_once";
    let Some(bench) = Bench::new(test, || scheduled("pace-start", "[{every: hour, keep: 1}]")) else {
        return;
    };
    for number in 1..=5 {
        let claim = format!("data-{number}");
        bench.namespace.bound_claim(&claim, "16Mi");
        group(&bench.namespace, &claim, &claim, "[{every: hour, keep: 1}]");
    }
    let slow = Rule::on(Verb::Create, SNAPSHOTS).does(Action::Delay(Duration::from_millis(600)));
    let (run, calls) = bench.gemini(&["run-once", "--max-parallel=3"], vec![slow]);
    run.exits(0);
    let creations = creations(&calls);
    assert_eq!(creations.len(), 6);
    // How far apart they are sent is shown where they are; on a busy machine two of them may be read together.
    let spread = creations[2].began - creations[0].began;
    assert!(spread >= Duration::from_millis(10), "{spread:?}: {creations:#?}");
    let under_way = |at: &&Call| {
        creations
            .iter()
            .filter(|one| one.began <= at.began && at.began < one.began + one.took.unwrap())
            .count()
    };
    assert_eq!(creations.iter().map(under_way).max(), Some(3), "{creations:#?}");
}
