//! Cases of reliability.md 5.2: what happens between two calls, to an answer, to the server, to the driver, to clocks.
//! The matrices (`tests/torture`) try every call; here is what a person would ask about a single one.

mod away;
mod backup;
mod clocks;
mod deletions;
mod driver;
mod late;
mod locks;
mod overload;
mod pacing;
mod pages;
mod proof;
mod prune;
mod silent;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sandbox::testing::proxy::{Action, Call, Proxy, Rule, Verb};
use sandbox::testing::{Cluster, LocalClock, Namespace};

use crate::support::{Run, Running, command, needs_sandbox, until};

/// A namespace behind a proxy.
pub struct Bench {
    pub namespace: Namespace,
    pub proxy: Proxy,
    /// How far the clock of the machine is moved, in seconds, as the program sees it.
    local: AtomicI64,
}

impl Bench {
    /// A proxy before the cluster of `namespace`; none where the cluster is not a sandbox.
    pub fn new(test: &str, namespace: impl FnOnce() -> Namespace) -> Option<Self> {
        if needs_sandbox(test) { None } else { Some(Self::before(namespace())) }
    }

    /// A proxy before a sandbox.
    pub fn before(namespace: Namespace) -> Self {
        let proxy = Proxy::of_cluster(namespace.cluster()).unwrap();
        Self { namespace, proxy, local: AtomicI64::default() }
    }

    /// Runs the program behind the proxy under rules, and returns what it asked for, too.
    pub fn gemini(&self, args: &[&str], rules: Vec<Rule>) -> (Run, Vec<Call>) {
        self.proxy.take_calls();
        self.proxy.rules(rules);
        let run = self.start(args).wait();
        self.proxy.rules(vec![]);
        (run, self.proxy.take_calls())
    }

    /// Makes a pass that nothing disturbs.
    pub fn run_once(&self, more: &[&str]) -> Run {
        self.gemini(&[&["run-once", "-o", "json"], more].concat(), vec![]).0
    }

    /// Starts the program behind the proxy, under the rules that are in force.
    pub fn start(&self, args: &[&str]) -> Running {
        let mut program = command(&self.kubeconfig(), [args, &["-n", self.namespace.name()]].concat());
        self.move_clock_of(&mut program);
        Running::spawn(program)
    }

    fn move_clock_of(&self, program: &mut Command) {
        static CLOCK: OnceLock<LocalClock> = OnceLock::new();
        let ahead = self.local.load(Ordering::Relaxed);
        if ahead != 0 {
            let home = || Cluster::shared().sandbox().unwrap().home();
            let clock = CLOCK.get_or_init(|| LocalClock::in_directory(&home()).unwrap());
            clock.set(program, TimeDelta::seconds(ahead));
        }
    }

    /// Moves the server's clock and that of the machine.
    pub fn clocks(&self, server: TimeDelta, local: TimeDelta) {
        self.proxy.clock_ahead(server);
        self.local.store(local.num_seconds(), Ordering::Relaxed);
    }

    /// Moves both so that it is `time` now.
    pub fn at(&self, time: DateTime<Utc>) {
        let ahead = TimeDelta::seconds((time - Utc::now()).num_seconds());
        self.clocks(ahead, ahead);
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.proxy.kubeconfig()
    }

    /// kubectl of somebody else, who does not know of the proxy. For hooks, which outlive no borrow.
    pub fn somebody(&self) -> impl Fn(&[&str], &str) + Send + Sync + 'static {
        let (cluster, name) = (self.namespace.cluster(), self.namespace.name().to_owned());
        move |args, input| {
            let output = cluster.kubectl([&["-n", name.as_str()], args].concat(), input).unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// As [`Self::gemini`], with a server that goes down at a call and comes back after `pause`.
    pub fn gemini_through_outage(&self, args: &[&str], at: Rule, pause: Duration) -> (Run, Vec<Call>) {
        thread::scope(|scope| {
            scope.spawn(|| {
                until("the server to go down", || {
                    self.proxy.calls().iter().any(|call| call.action == Action::GoDown)
                });
                thread::sleep(pause);
                self.proxy.rules(vec![]);
            });
            self.gemini(args, vec![at.does(Action::GoDown)])
        })
    }
}

/// The calls of a verb on a resource.
pub fn of<'a>(calls: &'a [Call], verb: Verb, resource: &str) -> Vec<&'a Call> {
    calls.iter().filter(|call| call.verb == verb && call.target.resource == resource).collect()
}

/// Waits until everything that is being deleted is gone. What was deleted while its driver still tried to cut it is looked
/// at again by the sidecar when its content changes, or after a quarter of an hour.
pub fn see_off(namespace: &Namespace) {
    until("what is being deleted to go", || {
        let mut all = namespace.list("volumesnapshots");
        all.retain(|one| one["metadata"]["deletionTimestamp"].is_string());
        for one in &all {
            if let Some(content) = one["status"]["boundVolumeSnapshotContentName"].as_str() {
                let now = format!("looked-at={}", Utc::now().timestamp_millis());
                let nudge = ["annotate", "volumesnapshotcontent", content, "--overwrite", &now];
                // It may be gone meanwhile.
                let _ = namespace.cluster().kubectl(nudge, "");
            }
        }
        all.is_empty()
    });
}

/// A time at which nothing is about to happen: on the full hour, a day ago.
pub fn yesterday() -> DateTime<Utc> {
    let seconds = Utc::now().timestamp() - 86_400;
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap()
}
