//! What happens while the claim's name is free, or is about to be: quotas, and others who are quicker or of another mind.
//! A hook of the proxy is the other one, so that it comes at the worst moment.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use sandbox::testing::proxy::{Action, Call, Proxy, Rule, Verb};
use sandbox::testing::{Failure, Faults, Namespace};
use serde_json::{Value, json};

use super::application::scene;
use super::{NEW, OLD, Scene};
use crate::support::{Run, Running, backup, command, gemini, group, needs_sandbox, until};

pub const CLAIMS: &str = "persistentvolumeclaims";

/// A scene behind a proxy.
pub struct Gap {
    pub scene: Scene,
    pub proxy: Proxy,
}

impl Gap {
    pub fn new(slug: &str) -> Self {
        Self::of(Scene::new(slug))
    }

    pub fn of(scene: Scene) -> Self {
        let proxy = Proxy::of_cluster(scene.namespace.cluster()).unwrap();
        Self { scene, proxy }
    }

    /// Starts one, and leaves the rules in force.
    pub fn start(&self, more: &[&str], rules: Vec<Rule>) -> Running {
        let args = ["restore", "db", "--snapshot", &self.scene.snapshot, "--in-place", "--yes"];
        let args = [&args[..], more, &["-n", self.scene.namespace.name()]].concat();
        self.proxy.take_calls();
        self.proxy.rules(rules);
        Running::spawn(command(&self.proxy.kubeconfig(), args))
    }

    pub fn restore(&self, more: &[&str], rules: Vec<Rule>) -> Run {
        let run = self.start(more, rules).wait();
        self.proxy.rules(vec![]);
        run
    }

    /// Runs one, and does something once, just before a call that is meant goes on to the server.
    pub fn meet(
        &self,
        more: &[&str],
        is_meant: impl Fn(&Call) -> bool + Send + Sync + 'static,
        act: impl FnOnce(&Running),
    ) -> Run {
        let (sender, moment) = mpsc::channel::<mpsc::Sender<()>>();
        let rule = Rule::on_all().first(move |call| {
            let (end, ended) = mpsc::channel();
            if is_meant(call) && !call.is_dry_run() && sender.send(end).is_ok() {
                let _ = ended.recv();
            }
        });
        let running = self.start(more, vec![rule]);
        match moment.recv_timeout(Duration::from_secs(180)) {
            Ok(end) => {
                act(&running);
                drop((moment, end));
            }
            Err(_) => {
                let calls: Vec<_> = self.proxy.calls().iter().map(Call::line).collect();
                panic!("its moment did not come:\n{}", calls.join("\n"));
            }
        }
        let run = running.wait();
        self.proxy.rules(vec![]);
        run
    }

    /// kubectl of somebody else, who does not know of the proxy.
    pub fn somebody(&self) -> impl Fn(&[&str], &str) + Send + Sync + 'static {
        let (cluster, name) = (self.scene.namespace.cluster(), self.scene.namespace.name().to_owned());
        move |args, input| {
            let output = cluster.kubectl([&["-n", name.as_str()], args].concat(), input).unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// The claim has the restored data, and what was there before is kept.
    pub fn is_restored(&self) {
        self.scene.intact();
        self.scene.settled();
        assert_eq!(self.scene.read(), OLD);
    }
}

/// The call that asks for something to be done to an object.
pub fn asks(verb: Verb, resource: &'static str, name: &'static str) -> impl Fn(&Call) -> bool + Send + Sync {
    move |call| {
        let found = call.target.name.as_deref().or(call.body["metadata"]["name"].as_str());
        call.verb == verb && call.target.resource == resource && found == Some(name)
    }
}

/// The call by which the restore writes down that a step begins.
pub fn enters(step: &'static str) -> impl Fn(&Call) -> bool + Send + Sync {
    move |call| {
        let text = call.body["data"]["journal"].as_str().unwrap_or_default();
        let journal = serde_json::from_str::<Value>(text).unwrap_or_default();
        call.is_change() && journal["step"] == step
    }
}

/// Somebody does something just before the claim `data` is made anew, each time; he is told how often it was tried before.
pub fn before_creation(hook: impl Fn(usize) + Send + Sync + 'static) -> Rule {
    before(Verb::Create, hook)
}

pub fn before(verb: Verb, hook: impl Fn(usize) + Send + Sync + 'static) -> Rule {
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
        let timeout = if goes { "60s" } else { "12s" };
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

/// Somebody's claim `data`: of the class that waits for a pod, so that it stays empty, or of the usual one.
fn claim(class: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
         {class}resources: {{requests: {{storage: 16Mi}}}}\n"
    )
}

const WAITS: &str = "storageClassName: wait\n  ";

/// Case 29. Nobody can have written to a claim without a volume.
#[test]
fn an_empty_claim_that_somebody_was_quicker_to_make_gives_way() {
    if needs_sandbox("an_empty_claim_that_somebody_was_quicker_to_make_gives_way") {
        return;
    }
    let gap = Gap::new("quicker");
    let somebody = gap.somebody();
    let quicker = before_creation(move |count| {
        if count == 0 {
            somebody(&["create", "-f", "-"], &claim(WAITS));
        }
    });
    gap.restore(&["--mode=direct"], vec![quicker]).exits(0);
    gap.is_restored();
}

/// Case 29, in staged mode: the binder gives it the volume that is reserved for the name.
#[test]
fn a_claim_of_somebody_elses_gets_the_proven_volume() {
    if needs_sandbox("a_claim_of_somebody_elses_gets_the_proven_volume") {
        return;
    }
    let gap = Gap::new("harmless");
    let (scene, somebody) = (&gap.scene, gap.somebody());
    let quicker = before_creation(move |count| {
        if count == 0 {
            somebody(&["create", "-f", "-"], &claim(""));
        }
    });
    gap.restore(&[], vec![quicker]).exits(0);
    assert_eq!((scene.read().as_str(), scene.status()["state"].as_str()), (OLD, Some("Restored")));
    assert_eq!(fs::read_to_string(scene.volume.join("file")).unwrap(), NEW);
    let restored = scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(restored["spec"]["volumeName"], scene.status()["newVolume"]);
    assert_eq!(scene.policy(restored["spec"]["volumeName"].as_str().unwrap()), "Delete");
    scene.settled();
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0);
    scene.as_before();
}

/// Case 30. Each of them is deleted only once it was written down, so that a crash forgets none.
#[test]
fn whoever_makes_the_claim_again_and_again_is_left_to_a_person() {
    if needs_sandbox("whoever_makes_the_claim_again_and_again_is_left_to_a_person") {
        return;
    }
    let gap = Gap::new("hostile");
    let somebody = gap.somebody();
    let hostile = before_creation(move |_| somebody(&["create", "-f", "-"], &claim(WAITS)));
    let run = gap.restore(&["--mode=direct"], vec![hostile]);
    run.fails_with(4, "ClaimReplaced", &["5 such claims were deleted already", "--resume", "--abort"]);
    let calls = gap.proxy.take_calls();
    let deleted = calls.iter().filter(|call| {
        call.verb == Verb::Delete && call.target.resource == CLAIMS && call.answered == Some(200)
    });
    assert_eq!(deleted.count(), 1 + 5, "{calls:#?}");
    // A person who goes on does not make them more.
    let (id, namespace) = (gap.scene.id(), &gap.scene.namespace);
    gemini(namespace, &["restore", "--resume", &id]).fails_with(4, "ClaimReplaced", &["5 such claims"]);
    namespace.kubectl(&["delete", "pvc", "data"]);
    gemini(namespace, &["restore", "--abort", &id]).exits(0);
    gap.scene.as_before();
}

/// Case 30. What has a volume may hold data, and what a pod names may soon.
#[test]
fn a_claim_of_somebody_elses_that_is_not_empty_is_left_alone() {
    if needs_sandbox("a_claim_of_somebody_elses_that_is_not_empty_is_left_alone") {
        return;
    }
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: shop-0}\nspec:\n  nodeSelector: {is: nowhere}\n  \
               containers: [{name: c, image: none}]\n  volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n";
    for (what, word) in [(claim(""), "it has volume"), (claim(WAITS) + pod, "pod shop-0 uses it")] {
        let gap = Gap::new("bound");
        let (somebody, is_bound) = (gap.somebody(), !what.contains("Pod"));
        let quicker = before_creation(move |count| {
            if count == 0 {
                somebody(&["create", "-f", "-"], &what);
            }
            if count == 0 && is_bound {
                somebody(&["wait", "pvc/data", "--for=jsonpath={.status.phase}=Bound", "--timeout=60s"], "");
            }
        });
        let run = gap.restore(&["--mode=direct"], vec![quicker]);
        run.fails_with(4, "ClaimReplaced", &[word, "--resume", "--abort"]);
        let namespace = &gap.scene.namespace;
        let found = namespace.get("persistentvolumeclaim", "data");
        assert!(found["metadata"]["deletionTimestamp"].is_null(), "{found:#}");
        assert_eq!(fs::read_to_string(gap.scene.volume.join("file")).unwrap(), NEW);
        assert_eq!(gap.scene.policy(gap.scene.old_volume()), "Retain");
        if !is_bound {
            namespace.kubectl(&["delete", "pod", "shop-0", "--grace-period=0", "--force"]);
        }
        namespace.kubectl(&["delete", "pvc", "data"]);
        gemini(namespace, &["restore", "--abort", &gap.scene.id()]).exits(0);
        gap.scene.as_before();
    }
}

/// Case 22. What is written on the claim after the plan is part of it, up to the very version that is deleted.
#[test]
fn a_label_that_somebody_adds_meanwhile_is_on_the_new_claim() {
    if needs_sandbox("a_label_that_somebody_adds_meanwhile_is_on_the_new_claim") {
        return;
    }
    for mode in ["direct", "staged"] {
        let gap = Gap::new("label");
        let (early, late) = (gap.somebody(), gap.somebody());
        let copy = Rule::on(Verb::Create, "volumesnapshots").first(move |call| {
            if !call.is_dry_run() {
                early(&["label", "pvc", "data", "tier=gold"], "");
            }
        });
        // The deletion itself comes too late then, and is decided on anew.
        let deletion = before(Verb::Delete, move |count| {
            if count == 0 {
                late(&["annotate", "pvc", "data", "example.com/owner=shop"], "");
            }
        });
        gap.restore(&["--mode", mode], vec![copy, deletion]).exits(0);
        let new = gap.scene.namespace.get("persistentvolumeclaim", "data")["metadata"].clone();
        assert_eq!((&new["labels"]["tier"], &new["labels"]["app"]), (&json!("gold"), &json!("shop")));
        assert_eq!(new["annotations"]["example.com/owner"], "shop");
        assert_eq!(gap.scene.read(), OLD);
        gemini(&gap.scene.namespace, &["undo", &gap.scene.id(), "--yes"]).exits(0);
        let old = gap.scene.namespace.get("persistentvolumeclaim", "data")["metadata"].clone();
        assert_eq!(
            (&old["labels"]["tier"], &old["annotations"]["example.com/owner"]),
            (&json!("gold"), &json!("shop"))
        );
        assert_eq!(gap.scene.read(), NEW);
    }
}

/// Case 22. Whoever deletes it, and whatever is heard of that, it goes on from there.
#[test]
fn a_claim_that_is_gone_when_it_is_to_be_deleted_is_made_anew() {
    if needs_sandbox("a_claim_that_is_gone_when_it_is_to_be_deleted_is_made_anew") {
        return;
    }
    for (mode, is_lost) in [("direct", false), ("direct", true), ("staged", false)] {
        let gap = Gap::new("gone");
        let somebody = gap.somebody();
        let rule = match is_lost {
            true => Rule::on(Verb::Delete, CLAIMS).nth(1).does(Action::LoseAnswer),
            false => before(Verb::Delete, move |_| somebody(&["delete", "pvc", "data"], "")),
        };
        gap.restore(&["--mode", mode], vec![rule]).exits(0);
        gap.is_restored();
        assert_eq!(gap.scene.policy(gap.scene.old_volume()), "Retain");
    }
}

/// Case 33. The binder looks for a volume before any is made, whatever the claim is to be filled from.
#[test]
fn in_direct_mode_a_free_volume_that_the_claim_would_get_is_a_refusal() {
    if needs_sandbox("in_direct_mode_a_free_volume_that_the_claim_would_get_is_a_refusal") {
        return;
    }
    let gap = Gap::new("spare");
    let namespace = &gap.scene.namespace;
    // A class of its own, so that no other test gets the volume.
    let class = format!("spare-{}", namespace.name());
    let mut made =
        namespace.get("storageclass", gap.scene.claim["spec"]["storageClassName"].as_str().unwrap());
    made["metadata"] = json!({"name": class});
    namespace.apply(&made.to_string());
    let of_class = claim(&format!("storageClassName: {class}\n  ")).replace("name: data", "name: own");
    namespace.apply(&of_class);
    namespace.wait_bound("own");
    namespace.apply(&group("own", "own"));
    let snapshot = backup(namespace, "own");
    let spare = format!("pv-{class}");
    namespace.apply(
        &json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": spare}, "spec": {
            "capacity": {"storage": "32Mi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": class,
            "persistentVolumeReclaimPolicy": "Retain", "csi": {"driver": "csi.sandbox.test", "volumeHandle": "somebody-s"}}})
        .to_string(),
    );
    until("the volume to be free", || {
        namespace.get("persistentvolume", &spare)["status"]["phase"] == "Available"
    });
    let restore = |mode: &str| {
        let args = ["restore", "own", "--snapshot", &snapshot, "--in-place", "--yes", "--mode", mode];
        gemini(namespace, &args)
    };
    restore("direct").fails_with(1, "WouldGetAnother", &[&spare, "kubectl describe pv", "mode staged"]);
    gemini(namespace, &["status"]).exits(0).says(&["No restores found"]);
    namespace.kubectl(&["delete", "pv", &spare]);
    restore("direct").exits(0);
    namespace.kubectl(&["delete", "storageclass", &class]);
}

/// Case 39. The copy is proven by then: that is all that the snapshot was needed for.
#[test]
fn a_snapshot_that_is_deleted_once_the_copy_is_proven_is_not_missed() {
    if needs_sandbox("a_snapshot_that_is_deleted_once_the_copy_is_proven_is_not_missed") {
        return;
    }
    let gap = Gap::new("source");
    let (scene, somebody, snapshot) = (&gap.scene, gap.somebody(), gap.scene.snapshot.clone());
    let deleted = Rule::on(Verb::Create, "volumesnapshots").first(move |call| {
        if !call.is_dry_run() {
            somebody(&["delete", "volumesnapshot", &snapshot], "");
        }
    });
    gap.restore(&[], vec![deleted]).exits(0);
    assert_eq!((scene.read().as_str(), scene.status()["state"].as_str()), (OLD, Some("Restored")));
    assert!(scene.namespace.find("volumesnapshot", &scene.snapshot).is_none());
    assert_eq!(fs::read_to_string(scene.volume.join("file")).unwrap(), NEW);
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0);
    assert_eq!(scene.read(), NEW);
    assert_eq!(scene.policy(scene.old_volume()), "Delete");
}

/// A StatefulSet whose only pod uses the claim.
const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  \
                   template: {metadata: {labels: {app: shop}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}], \
                   volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}}\n";

/// Case 26. It would only be stopped to be told that nothing can be done.
#[test]
fn an_application_is_not_stopped_for_a_claim_that_could_not_be_deleted() {
    if needs_sandbox("an_application_is_not_stopped_for_a_claim_that_could_not_be_deleted") {
        return;
    }
    let (scene, _node) = scene("pinned", SET);
    scene.runs("statefulset", 1);
    let finalizers = |list: &str| {
        let patch = format!(r#"{{"metadata": {{"finalizers": {list}}}}}"#);
        scene.namespace.kubectl(&["patch", "pvc", "data", "--type=merge", "-p", &patch]);
    };
    let stays_up = || assert_eq!(scene.setting("statefulset", "/metadata/generation"), 1);
    for mode in ["staged", "direct"] {
        finalizers(r#"["kubernetes.io/pvc-protection", "example.com/hangs"]"#);
        let run = scene.restore(&["--mode", mode]);
        run.fails_with(6, "ClaimPinned", &["the finalizer example.com/hangs", "--abort"]);
        stays_up();
        scene.intact();
        finalizers(r#"["kubernetes.io/pvc-protection"]"#);
        let open = gemini(&scene.namespace, &["status", "-o", "json"]).exits(0).json();
        let items = open["items"].as_array().unwrap();
        let id = items.iter().find(|item| item["state"] == "Blocked").unwrap()["restore"].as_str().unwrap();
        gemini(&scene.namespace, &["restore", "--abort", id]).exits(0);
        scene.as_before();
    }
    // A snapshot that its driver never makes keeps the claim as well.
    let failure = Failure::always("Internal", "no room on the array");
    assert!(scene.namespace.set_faults(&Faults { create_snapshot: Some(failure), ..Faults::default() }));
    scene.namespace.apply(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {name: old}\nspec: {source: {persistentVolumeClaimName: data}}\n",
    );
    scene.restore(&[]).fails_with(6, "ClaimPinned", &["volumesnapshot old", "is not ready"]);
    stays_up();
    assert!(scene.namespace.set_faults(&Faults::default()));
    scene.namespace.kubectl(&["delete", "volumesnapshot", "old"]);
    gemini(&scene.namespace, &["restore", "--abort", &scene.open().unwrap()]).exits(0);
    // One that is being made may come by itself, and is waited for.
    assert!(scene.namespace.set_faults(&Faults { create_snapshot_hang: Some(true), ..Faults::default() }));
    scene.namespace.apply(
        "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {name: slow}\nspec: {source: {persistentVolumeClaimName: data}}\n",
    );
    let run = scene.restore(&["--timeout", "5s"]);
    run.fails_with(6, "TimedOut", &["volumesnapshot slow to be ready", "kubectl delete volumesnapshot slow"]);
    stays_up();
    assert!(scene.namespace.set_faults(&Faults::default()));
}

/// Case 31. The pod keeps the claim from going for as long as it is there.
#[test]
fn whoever_starts_the_application_right_before_the_deletion_is_named() {
    if needs_sandbox("whoever_starts_the_application_right_before_the_deletion_is_named") {
        return;
    }
    for mode in ["direct", "staged"] {
        let (scene, _node) = scene("last", SET);
        scene.runs("statefulset", 1);
        let gap = Gap::of(scene);
        let somebody = gap.somebody();
        let started = before(Verb::Delete, move |count| {
            if count == 0 {
                let args = ["patch", "statefulset", "shop", "--type=merge", "--field-manager=nightwatch"];
                somebody(&[&args[..], &["-p", r#"{"spec": {"replicas": 1}}"#]].concat(), "");
                somebody(&["wait", "pod/shop-0", "--for=create", "--timeout=60s"], "");
                somebody(&["wait", "pod/shop-0", "--for=condition=PodScheduled", "--timeout=60s"], "");
            }
        });
        let run = gap.restore(&["--mode", mode, "--timeout", "60s"], vec![started]);
        run.fails_with(6, "StartedElsewhere", &["StatefulSet/shop", "nightwatch", "pod shop-0", "--resume"]);
        let going = gap.scene.namespace.get("persistentvolumeclaim", "data");
        assert!(going["metadata"]["deletionTimestamp"].is_string(), "{going:#}");
        assert_eq!(gap.scene.policy(gap.scene.old_volume()), "Retain");
        gemini(&gap.scene.namespace, &["restore", "--resume", &gap.scene.id()]).exits(0);
        gap.is_restored();
        gap.scene.runs("statefulset", 1);
    }
}
