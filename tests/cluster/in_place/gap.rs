//! What happens while the claim's name is free, or is about to be: quotas, and others who are quicker or of another mind.
//! A hook of the proxy is the other one, so that it comes at the worst moment.

use std::sync::atomic::{AtomicUsize, Ordering};

use sandbox::testing::Namespace;
use sandbox::testing::proxy::{Proxy, Rule, Verb};

use super::{OLD, Scene};
use crate::support::{Run, Running, command, gemini, needs_sandbox, until};

const CLAIMS: &str = "persistentvolumeclaims";

/// A scene behind a proxy.
struct Gap {
    scene: Scene,
    proxy: Proxy,
}

impl Gap {
    fn new(slug: &str) -> Self {
        Self::of(Scene::new(slug))
    }

    fn of(scene: Scene) -> Self {
        let proxy = Proxy::of_cluster(scene.namespace.cluster()).unwrap();
        Self { scene, proxy }
    }

    fn restore(&self, more: &[&str], rules: Vec<Rule>) -> Run {
        let args = ["restore", "db", "--snapshot", &self.scene.snapshot, "--in-place", "--yes"];
        let args = [&args[..], more, &["-n", self.scene.namespace.name()]].concat();
        self.proxy.rules(rules);
        let run = Running::spawn(command(&self.proxy.kubeconfig(), args)).wait();
        self.proxy.rules(vec![]);
        run
    }

    /// The claim has the restored data, and what was there before is kept.
    fn is_restored(&self) {
        self.scene.intact();
        self.scene.settled();
        assert_eq!(self.scene.read(), OLD);
    }
}

/// Somebody does something just before the claim `data` is made anew, each time; he is told how often it was tried before.
fn before_creation(hook: impl Fn(usize) + Send + Sync + 'static) -> Rule {
    before(Verb::Create, hook)
}

fn before(verb: Verb, hook: impl Fn(usize) + Send + Sync + 'static) -> Rule {
    let count = AtomicUsize::new(0);
    Rule::on(verb, CLAIMS).first(move |call| {
        let name = call.target.name.as_deref().or(call.body["metadata"]["name"].as_str());
        if name == Some("data") && !call.is_dry_run() {
            hook(count.fetch_add(1, Ordering::Relaxed));
        }
    })
}

const OTHER: &str = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: other}\nspec:\n  \
                     accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 16Mi}}\n";

/// A quota of one claim, once it is known that there is one.
fn quota(namespace: &Namespace) {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: claims}\nspec: {hard: {persistentvolumeclaims: 1}}\n";
    namespace.apply(quota);
    until("the quota to be counted", || {
        namespace.get("resourcequota", "claims")["status"]["used"][CLAIMS] == "1"
    });
}

/// Case 23. What the claim had is credited some time after it is gone, and here somebody else has it first.
#[test]
fn room_in_a_quota_is_waited_for_while_the_name_is_free() {
    if needs_sandbox("room_in_a_quota_is_waited_for_while_the_name_is_free") {
        return;
    }
    for goes in [true, false] {
        let gap = Gap::new("quota");
        let namespace = &gap.scene.namespace;
        quota(namespace);
        let (cluster, name) = (namespace.cluster(), namespace.name().to_owned());
        let taken = before_creation(move |count| {
            let kubectl = |args: &[&str], input: &str| {
                let output = cluster.kubectl([&["-n", name.as_str()], args].concat(), input);
                output.is_ok_and(|output| output.status.success())
            };
            if count == 0 {
                until("the other claim to be admitted", || kubectl(&["apply", "-f", "-"], OTHER));
            }
            // Longer than a write is repeated that changes nothing.
            if count == 13 && goes {
                assert!(kubectl(&["delete", "pvc", "other"], ""));
            }
        });
        let timeout = if goes { "60s" } else { "4s" };
        let run = gap.restore(&["--mode=direct", "--timeout", timeout], vec![taken]);
        if goes {
            run.exits(0).says(&["the quota to have room for PVC data"]);
        } else {
            run.fails_with(6, "QuotaExceeded", &["exceeded quota: claims", "--resume", "--abort"]);
            gap.scene.intact();
            let id = gap.scene.id();
            namespace.kubectl(&["delete", "pvc", "other"]);
            gemini(namespace, &["restore", "--resume", &id]).exits(0);
        }
        gap.is_restored();
    }
}

/// In staged mode there are two claims for a while: that is refused before anything is done.
#[test]
fn a_quota_that_fits_exactly_is_no_obstacle_where_the_claim_goes_first() {
    if needs_sandbox("a_quota_that_fits_exactly_is_no_obstacle_where_the_claim_goes_first") {
        return;
    }
    let gap = Gap::new("fits");
    quota(&gap.scene.namespace);
    gap.restore(&[], vec![]).fails_with(1, "QuotaExceeded", &["exceeded quota: claims"]);
    gap.scene.as_before();
    gap.restore(&["--mode=direct"], vec![]).exits(0);
    gap.is_restored();
}
