//! Cases of reliability.md 5.2: what happens between two calls, to an answer, to the server, to the driver.
//! The matrices (`tests/torture`) try every call; here is what a person would ask about a single one.

mod backup;
mod prune;

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use sandbox::testing::Namespace;
use sandbox::testing::proxy::{Action, Call, Proxy, Rule, Verb};

use crate::support::{Run, gemini_with, needs_sandbox, until};

/// A namespace behind a proxy.
pub struct Bench {
    pub namespace: Namespace,
    pub proxy: Proxy,
}

impl Bench {
    /// A proxy before the cluster of `namespace`; none where the cluster is not a sandbox.
    pub fn new(test: &str, namespace: impl FnOnce() -> Namespace) -> Option<Self> {
        if needs_sandbox(test) {
            return None;
        }
        let namespace = namespace();
        let proxy = Proxy::of_cluster(namespace.cluster()).unwrap();
        Some(Self { namespace, proxy })
    }

    /// Runs the program behind the proxy under rules, and returns what it asked for, too.
    pub fn gemini(&self, args: &[&str], rules: Vec<Rule>) -> (Run, Vec<Call>) {
        self.proxy.take_calls();
        self.proxy.rules(rules);
        let run = gemini_with(&self.kubeconfig(), &[args, &["-n", self.namespace.name()]].concat());
        self.proxy.rules(vec![]);
        (run, self.proxy.take_calls())
    }

    fn kubeconfig(&self) -> PathBuf {
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
