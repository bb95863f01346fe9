//! Components that are gone: the API server in mid-run, the snapshot controller for hours. Cases 6 and 11.
//! Each has a sandbox of its own, because others would miss what is killed here.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sandbox::layout::Layout;
use sandbox::supervisor::Options;
use sandbox::testing::proxy::Verb;
use sandbox::testing::{Faults, Namespace};
use serde_json::Value;

use super::{Bench, of, yesterday};
use crate::odd_cluster::start;
use crate::run_once::{condition, group, item, run_once, snapshots};
use crate::support::{Running, install_crd, until};

const GROUPS: [&str; 3] = ["a", "b", "c"];

/// Each has a claim of its own: those of one volume would wait for each other.
fn groups(namespace: &Namespace, schedule: &str) {
    for name in GROUPS {
        namespace.bound_claim(name, "16Mi");
        group(namespace, name, name, schedule);
    }
}

/// It may have ended, and be about to be started again.
fn send(pid: &str, signal: &str) {
    let _ = Command::new("kill").args(["-s", signal, pid]).status();
}

fn signal(layout: &Layout, component: &str, signal: &str) {
    send(&fs::read_to_string(layout.component_pid(component)).unwrap(), signal);
}

/// The snapshots of each group that are not ready, and of all how many are proven.
fn stand(namespace: &Namespace) -> (BTreeMap<String, usize>, usize) {
    let mut open = BTreeMap::new();
    let all = namespace.list("volumesnapshots");
    let mark = |one: &Value, key: &str| {
        one["metadata"]["annotations"][format!("gemini.fairwinds.com/{key}")].as_str().map(str::to_owned)
    };
    for one in all.iter().filter(|one| one["status"]["readyToUse"] != true) {
        *open.entry(mark(one, "group").unwrap_or_default()).or_default() += 1;
    }
    (open, all.iter().filter(|one| mark(one, "verified").is_some()).count())
}

/// Case 6.
#[test]
fn while_the_snapshot_controller_is_stopped_nothing_piles_up() {
    let Some((owned, cluster)) = start("controller", Options::default()) else { return };
    install_crd(cluster, "cronjob/crd.yaml");
    let bench = Bench::before(cluster.namespace("silent"));
    groups(&bench.namespace, "[{every: 10 minutes, keep: 2}]");
    let pass = |number: i32| bench.at(yesterday() + TimeDelta::minutes(10) * number);
    pass(0);
    bench.run_once(&[]).exits(0);
    signal(owned.layout(), "snapshot-controller", "STOP");
    pass(1);
    bench.run_once(&["--deadline=10s"]).exits(0).says(&["still being made"]);
    let open = || stand(&bench.namespace).0;
    let one_each: BTreeMap<_, _> = GROUPS.map(|name| (name.to_owned(), 1)).into();
    assert_eq!(open(), one_each);
    for number in 2..=3 {
        pass(number);
        bench.run_once(&[]).exits(1).says(&["(ControllerSilent)", "snapshot-controller"]);
        assert_eq!(open(), one_each, "pass {number}");
    }
    signal(owned.layout(), "snapshot-controller", "CONT");
    until("the snapshots to be ready", || open().is_empty());
    pass(4);
    bench.run_once(&[]).exits(0);
    until("the snapshots to be ready", || open().is_empty());
    pass(5);
    bench.run_once(&[]).exits(0);
    assert_eq!(stand(&bench.namespace), (BTreeMap::new(), snapshots(&bench.namespace).len()));
    assert!(GROUPS.iter().all(|name| condition(&bench.namespace, name) == "Healthy"));
    a_member_of_a_group_snapshot_is_left_alone(&bench, owned.layout());
}

/// Case 19. The snapshot controller refuses to delete one of several that were cut at once. It has to be stopped for this:
/// without the feature of group snapshots it does not outlive the sight of one.
fn a_member_of_a_group_snapshot_is_left_alone(bench: &Bench, layout: &Layout) {
    signal(layout, "snapshot-controller", "STOP");
    let mine = || snapshots(&bench.namespace).into_iter().filter(|name| name.starts_with("a-"));
    let (oldest, others) = (mine().next().unwrap(), mine().count() - 1);
    let mark = r#"{"status": {"volumeGroupSnapshotName": "together"}}"#;
    let patch = ["patch", "volumesnapshot", &oldest, "--subresource=status", "--type=merge", "-p", mark];
    bench.namespace.kubectl(&patch);
    group(&bench.namespace, "a", "a", "[{every: 10 minutes, keep: 0}]");
    let asked = |args: &[&str]| {
        let (run, calls) = bench.gemini(args, vec![]);
        run.exits(0);
        let names = of(&calls, Verb::Delete, "volumesnapshots").into_iter();
        names.filter_map(|call| call.target.name.clone()).filter(|name| name.starts_with("a-")).collect()
    };
    let deleted: Vec<String> = asked(&["run-once"]);
    assert!(!deleted.is_empty() && deleted.len() == others - 1, "{deleted:?} of {others}");
    let pruned: Vec<String> = asked(&["prune", "a", "--yes"]);
    assert!(!deleted.contains(&oldest) && !pruned.contains(&oldest), "{deleted:?} {pruned:?}");
}

/// Keeps the API server away: the sandbox starts it again whenever it ends.
fn keep_away(layout: &Layout, until: impl Fn() -> bool) {
    let mut killed = String::new();
    while !until() {
        // Each once: the number of a process that is gone may soon be another one's.
        let pid = fs::read_to_string(layout.component_pid("kube-apiserver")).unwrap();
        if !pid.is_empty() && pid != killed {
            send(&pid, "KILL");
            killed = pid;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Case 11. The longer outage lasts until the pass has given up.
#[test]
fn an_api_server_that_is_killed_in_mid_run_is_waited_for_or_the_pass_left_to_the_next() {
    let Some((owned, cluster)) = start("apiserver", Options::default()) else { return };
    install_crd(cluster, "cronjob/crd.yaml");
    for outage in [Some(Duration::from_secs(20)), None] {
        let namespace = cluster.namespace("outage");
        groups(&namespace, "[{every: hour, keep: 1}]");
        let slow = Faults { snapshot_ready_after: Some("4s".into()), ..Faults::default() };
        assert!(namespace.set_faults(&slow));
        let pass = Running::start(&namespace, &["run-once", "--max-parallel=1", "--deadline=25s"]);
        until("the first snapshot", || !snapshots(&namespace).is_empty());
        let ended = AtomicBool::new(false);
        let end = thread::scope(|scope| {
            let ended = &ended;
            let layout = owned.layout();
            scope.spawn(move || {
                let began = Instant::now();
                keep_away(layout, || match outage {
                    Some(outage) => began.elapsed() > outage,
                    None => ended.load(Ordering::Relaxed) || began.elapsed() > Duration::from_secs(240),
                });
            });
            let end = pass.wait();
            ended.store(true, Ordering::Relaxed);
            end
        });
        match outage {
            Some(_) => assert!(matches!(end.code, 0 | 75), "{} {}", end.code, end.stderr),
            None => assert_eq!(end.code, 75, "{}", end.stderr),
        }
        until("the API server to be back", || {
            cluster.kubectl(["get", "--raw", "/readyz"], "").is_ok_and(|output| output.status.success())
        });
        namespace.clear_faults();
        // They would find back by themselves, in their own time, which is up to a quarter of an hour.
        for component in ["snapshot-controller", "csi-snapshotter"] {
            signal(owned.layout(), component, "KILL");
        }
        // The lock of a pass that could not give it back may be in the way for a minute.
        let began = Instant::now();
        let next = loop {
            let next = run_once(&namespace, &[]);
            if next.code != 75 || began.elapsed() > Duration::from_secs(150) {
                break next.exits(0).json();
            }
            thread::sleep(Duration::from_secs(1));
        };
        until("the snapshots to be ready", || stand(&namespace).0.is_empty());
        assert!(GROUPS.iter().all(|name| item(&next, name)["error"].is_null()), "{next:#}");
        assert_eq!(snapshots(&namespace).len(), GROUPS.len(), "{outage:?}");
        run_once(&namespace, &[]).exits(0);
        assert_eq!(stand(&namespace).1, GROUPS.len(), "{outage:?}");
    }
}
