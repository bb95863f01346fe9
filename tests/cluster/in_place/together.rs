//! Restores of several claims of one application: it is stopped once, and all get their data back or none does.
//! The controllers are real; that pods run and go is played.

use std::fs;
use std::path::PathBuf;

use sandbox::testing::proxy::{Action, Rule, Signal, Told, Verb, When};
use sandbox::testing::{Failure, Faults};
use serde_json::{Value, json};

use super::kubelet::Node;
use super::{NEW, OLD};
use crate::faults::Bench;
use crate::support::{Run, backup, gemini, group, namespace, needs_sandbox, protected, until};

const CLAIMS: [&str; 2] = ["data", "files"];
const RESTORE: [&str; 10] =
    ["restore", "--group", "db", "--group", "files", "--latest", "--in-place", "--yes", "--timeout", "60s"];

/// An application with a database and files, a snapshot of each, and something written to both afterwards.
pub struct Shop {
    pub bench: Bench,
    _node: Node,
    volumes: [PathBuf; 2],
}

impl Shop {
    pub fn new(slug: &str) -> Self {
        let namespace = protected(slug);
        namespace.bound_claim("files", "16Mi");
        namespace.apply(&group("files", "files"));
        let node = Node::new(&namespace);
        namespace.apply(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  \
             template: {metadata: {labels: {app: shop}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}], \
             volumes: [{name: d, persistentVolumeClaim: {claimName: data}}, {name: f, persistentVolumeClaim: {claimName: files}}]}}\n",
        );
        let volumes = CLAIMS.map(|claim| namespace.volume(claim).unwrap());
        volumes.iter().for_each(|volume| fs::write(volume.join("file"), OLD).unwrap());
        for group in ["db", "files"] {
            backup(&namespace, group);
        }
        volumes.iter().for_each(|volume| fs::write(volume.join("file"), NEW).unwrap());
        let shop = Self { bench: Bench::before(namespace), _node: node, volumes };
        shop.runs();
        shop
    }

    pub fn runs(&self) {
        until("the shop to run", || {
            self.bench.namespace.get("deployment", "shop")["status"]["readyReplicas"] == 1
        });
    }

    fn restore(&self, rules: Vec<Rule>) -> Run {
        self.bench.gemini(&RESTORE, rules).0
    }

    pub fn read(&self) -> [String; 2] {
        CLAIMS.map(|claim| {
            fs::read_to_string(self.bench.namespace.volume(claim).unwrap().join("file")).unwrap()
        })
    }

    /// Killed when it asks for that.
    fn restore_until(&self, call: Rule) {
        self.bench.proxy.rules(vec![call.does(Action::Signal(Signal::Kill, When::Before))]);
        let running = self.bench.start(&RESTORE);
        self.bench.proxy.program(running.process());
        running.wait().exits(-1);
        self.bench.proxy.no_program();
        self.bench.proxy.rules(vec![]);
    }

    /// The restores, that of `data` first.
    fn items(&self) -> Vec<Value> {
        let listed = gemini(&self.bench.namespace, &["status", "-o", "json"]).exits(0).json();
        let mut items = listed["items"].as_array().unwrap().clone();
        items.sort_by_key(|item| item["pvc"].to_string());
        items
    }

    fn id(&self, place: usize) -> String {
        self.items()[place]["restore"].as_str().unwrap().to_owned()
    }

    pub fn states(&self) -> Vec<String> {
        self.items().iter().map(|item| item["state"].as_str().unwrap().to_owned()).collect()
    }

    /// What was there before is on volumes that are kept, or have their claims.
    pub fn intact(&self) {
        for volume in &self.volumes {
            assert_eq!(fs::read_to_string(volume.join("file")).unwrap(), NEW);
        }
    }

    fn as_before(&self) {
        self.intact();
        assert_eq!(self.read(), [NEW; 2]);
        self.runs();
        assert_eq!(self.bench.namespace.list("persistentvolumeclaim").len(), 2);
        for volume in self.bench.namespace.list("persistentvolumeclaim") {
            let volume =
                self.bench.namespace.get("persistentvolume", volume["spec"]["volumeName"].as_str().unwrap());
            assert_eq!(volume["spec"]["persistentVolumeReclaimPolicy"], "Delete");
        }
    }
}

#[test]
fn all_claims_of_an_application_are_restored_and_undone() {
    if needs_sandbox("all_claims_of_an_application_are_restored_and_undone") {
        return;
    }
    let shop = Shop::new("both");
    let run = shop.restore(vec![]).exits(0);
    assert_eq!(run.stdout, "persistentvolumeclaim/data restored\npersistentvolumeclaim/files restored\n");
    for line in [
        "Deployment/shop   1 -> 0",
        "Apart",
        "All PVCs are restored, or none",
        "the undo of one is the undo of all",
    ] {
        assert!(run.stderr.contains(line), "{}", run.stderr);
    }
    // It is stopped once, and so it is said.
    assert_eq!(run.stderr.matches("The application was stopped for").count(), 1, "{}", run.stderr);
    shop.intact();
    shop.runs();
    assert_eq!((shop.read(), shop.states()), ([OLD; 2].map(str::to_owned), vec!["Restored".to_owned(); 2]));
    let ids = json!([shop.id(0), shop.id(1)]);
    assert!(shop.items().iter().all(|item| item["together"] == ids), "{ids}");

    // Whichever of them is named.
    let undone =
        gemini(&shop.bench.namespace, &["undo", &shop.id(1), "--confirm=data", "--confirm=files"]).exits(0);
    assert_eq!(undone.stdout, "persistentvolumeclaim/data undone\npersistentvolumeclaim/files undone\n");
    assert_eq!(shop.states(), ["Undone"; 2]);
    shop.as_before();
}

/// What the server or the driver will not have for one is taken back for both.
#[test]
fn what_cannot_be_done_for_one_claim_is_taken_back_for_all() {
    if needs_sandbox("what_cannot_be_done_for_one_claim_is_taken_back_for_all") {
        return;
    }
    let shop = Shop::new("neither");
    // The second: the first is that of its staging claim.
    let forbidden = Action::Answer { told: Told::Status(403), forward: false };
    let deletion = Rule::on(Verb::Delete, "persistentvolumeclaims").path("/files").nth(2).does(forbidden);
    let run = shop.restore(vec![deletion]);
    run.fails_with(5, "RolledBack", &["Going back"]);
    // Whoever saw the first with its new volume may have used it: that one is kept, as after an undo.
    assert_eq!(shop.states(), ["Undone", "Aborted"]);
    shop.as_before();
}

/// Killed when one claim has its new volume and the other not yet; and when only one of them was written down.
#[test]
fn restores_that_go_together_are_gone_on_with_or_given_up_together() {
    if needs_sandbox("restores_that_go_together_are_gone_on_with_or_given_up_together") {
        return;
    }
    for (place, ending) in [(0, "--abort"), (1, "--resume")] {
        let shop = Shop::new(&format!("half{ending}"));
        shop.restore_until(Rule::on(Verb::Delete, "persistentvolumeclaims").path("/files").nth(2));
        shop.intact();
        assert_eq!(shop.read(), [OLD, NEW]);
        gemini(&shop.bench.namespace, &["restore", ending, &shop.id(place)]).exits(0);
        match ending {
            "--abort" => shop.as_before(),
            _ => {
                shop.intact();
                shop.runs();
                assert_eq!(shop.read(), [OLD; 2]);
            }
        }
    }
    let shop = Shop::new("one-journal");
    shop.restore_until(Rule::on(Verb::Create, "configmaps").nth(2));
    let id = shop.id(0);
    let resume = gemini(&shop.bench.namespace, &["restore", "--resume", &id]);
    resume.fails_with(1, "RestoreNotFound", &["there is no trace", "--abort"]);
    gemini(&shop.bench.namespace, &["restore", "--abort", &id]).exits(0);
    shop.as_before();
}

/// The marks on the volumes know which restores go together.
#[test]
fn lost_journals_leave_none_of_them_behind() {
    if needs_sandbox("lost_journals_leave_none_of_them_behind") {
        return;
    }
    for lost in [&[1][..], &[0, 1]] {
        let shop = Shop::new(&format!("lost{}", lost.len()));
        let silent = Faults { create_snapshot_hang: Some(true), ..Faults::default() };
        let broken =
            Faults { create_volume_from_snapshot: Some(Failure::always("Internal", "no room")), ..silent };
        assert!(shop.bench.namespace.set_faults(&broken));
        shop.restore(vec![]).fails_with(6, "TimedOut", &["--resume", "--abort"]);
        let ids = [shop.id(0), shop.id(1)];
        for place in lost {
            let journal = format!("gemini-restore-{}", ids[*place]);
            shop.bench.namespace.kubectl(&["delete", "configmap", &journal]);
        }
        assert!(shop.bench.namespace.set_faults(&Faults::default()));
        // An undo asks before it writes anything.
        let undo = gemini(&shop.bench.namespace, &["undo", &ids[1], "--yes"]);
        undo.fails_with(1, "RestoreNotFound", &[&ids[1]]);
        for id in &ids {
            gemini(&shop.bench.namespace, &["restore", "--resume", id]).exits(0);
            assert_eq!(shop.states(), ["Restored"; 2]);
        }
        shop.intact();
        shop.runs();
        assert_eq!(shop.read(), [OLD; 2]);
    }
}

/// What would not make sense is refused before anything is asked of the cluster, or written to it.
#[test]
fn groups_that_do_not_go_together_are_refused() {
    let namespace = protected("notboth");
    namespace.apply(&group("same", "data"));
    for same in ["db", "same"] {
        backup(&namespace, same);
    }
    let run = |more: &[&str]| gemini(&namespace, &[&["restore", "db", "--group", "same"], more].concat());
    run(&["--in-place", "--latest", "--yes"]).fails_with(2, "FlagsUnfit", &["are of one PVC, data"]);
    run(&["--in-place", "--snapshot", "db-1"]).fails_with(2, "FlagsUnfit", &["--at WHEN"]);
    run(&["--to-pvc", "new", "--latest"]).fails_with(2, "FlagsUnfit", &["--in-place"]);
    run(&["--in-place"]).fails_with(2, "NotATerminal", &["use --latest or --at WHEN"]);
}

const REPLICAS: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  replicas: 2\n  \
                        selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec: \
                        {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}]}\n  volumeClaimTemplates:\n  \
                        - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 16Mi}}}}\n";

#[test]
fn the_replicas_of_a_set_go_back_together_and_forth_again() {
    if needs_sandbox("the_replicas_of_a_set_go_back_together_and_forth_again") {
        return;
    }
    let namespace = namespace("replicas");
    let _node = Node::new(&namespace);
    namespace.apply(REPLICAS);
    let runs = || namespace.get("statefulset", "db")["status"]["readyReplicas"] == 2;
    until("the replicas to run", runs);
    let claims = ["data-db-0", "data-db-1"];
    // The stand-in for a kubelet does not wait for volumes.
    claims.iter().for_each(|claim| namespace.wait_bound(claim));
    let restore = ["restore", "--statefulset", "db", "--latest", "--in-place", "--yes"];
    // Case 32: scaled down, the set would take both with it.
    let when_scaled = |word: &str| {
        let policy = json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": word}}});
        namespace.kubectl(&["patch", "statefulset", "db", "--type=merge", "-p", &policy.to_string()]);
    };
    // Half of them is refused.
    namespace.apply(&group("first", claims[0]));
    gemini(&namespace, &restore).fails_with(1, "GroupNotFound", &["no group covers PVC data-db-1"]);
    namespace.apply(&group("second", claims[1]));
    let write =
        |claim: &str, text: &str| fs::write(namespace.volume(claim).unwrap().join("file"), text).unwrap();
    let read = |claim: &str| fs::read_to_string(namespace.volume(claim).unwrap().join("file")).unwrap();
    for (group, claim) in ["first", "second"].into_iter().zip(claims) {
        write(claim, OLD);
        backup(&namespace, group);
        write(claim, NEW);
    }
    when_scaled("Delete");
    gemini(&namespace, &restore).fails_with(1, "ClaimsAtRisk", &["whenScaled: Delete"]);
    when_scaled("Retain");
    assert_eq!((namespace.list("persistentvolumeclaim").len(), runs()), (2, true));
    gemini(&namespace, &restore).exits(0).says(&["2 -> 0 replicas, later 0 -> 2"]);
    assert_eq!(claims.map(read), [OLD; 2]);
    assert!(runs());
    let id = gemini(&namespace, &["status", "-o", "json"]).json()["items"][0]["restore"].clone();
    gemini(&namespace, &["undo", id.as_str().unwrap(), "--yes"]).exits(0);
    assert_eq!(claims.map(read), [NEW; 2]);
    until("the replicas to run", runs);
    let run = |more: &[&str]| gemini(&namespace, &[&["restore", "--statefulset"], more].concat());
    run(&["none", "--latest", "--in-place", "--yes"]).fails_with(
        1,
        "WorkloadNotFound",
        &["statefulset \"none\" does not exist"],
    );
    run(&["db", "--in-place"]).fails_with(2, "NotATerminal", &["use --latest or --at WHEN"]);
}
