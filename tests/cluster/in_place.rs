//! `restore --in-place`, `undo`, `purge`: the claim's volume is replaced, and nothing is lost on the way.
//! Each test ends with [`intact`], which looks at everything that a restore touches.

mod allowed;
mod application;
mod block;
mod driver;
mod frozen;
mod gap;
mod interference;
mod kubelet;
mod lost;
mod papers;
mod policy;
mod refused;
mod secrets;
mod slow;
mod stopped;
mod taken;
pub mod together;
mod users;
mod waiting;

use std::fs;
use std::path::PathBuf;

use sandbox::testing::Namespace;
use serde_json::{Value, json};

use crate::support::{Run, backup, gemini, needs_sandbox, protected, times_out, until};

pub const OLD: &str = "as it was when the snapshot was taken";
pub const NEW: &str = "what was written since";

/// A group `db` of claim `data` with a snapshot, and something written after it.
pub struct Scene {
    pub namespace: Namespace,
    pub snapshot: String,
    /// The claim as it was.
    pub claim: Value,
    /// Where the bytes of its volume lie.
    pub volume: PathBuf,
}

impl Scene {
    pub fn new(slug: &str) -> Self {
        Self::of(protected(slug))
    }

    /// A namespace that has the group and the claim already.
    pub fn of(namespace: Namespace) -> Self {
        let merge = json!({"metadata": {"labels": {"app": "shop"}, "annotations": {"meta.helm.sh/release-name": "shop"}}});
        namespace.kubectl(&["patch", "pvc", "data", "--type=merge", "-p", &merge.to_string()]);
        let volume = namespace.volume("data").unwrap();
        fs::write(volume.join("file"), OLD).unwrap();
        let snapshot = backup(&namespace, "db");
        fs::write(volume.join("file"), NEW).unwrap();
        let claim = namespace.get("persistentvolumeclaim", "data");
        Self { namespace, snapshot, claim, volume }
    }

    pub fn restore(&self, more: &[&str]) -> Run {
        let args = ["restore", "db", "--snapshot", &self.snapshot, "--in-place", "--yes"];
        gemini(&self.namespace, &[&args[..], more].concat())
    }

    /// Restores until its `--timeout` is over and it says `texts`; see [`times_out`].
    #[track_caller]
    pub fn times_out(&self, seconds: u32, more: &[&str], texts: &[&str]) -> Run {
        times_out(seconds, texts, |timeout| match self.open() {
            Some(id) => gemini(&self.namespace, &["restore", "--resume", &id, timeout]),
            None => self.restore(&[more, &[timeout]].concat()),
        })
    }

    /// The id of the restore that stands still.
    pub fn open(&self) -> Option<String> {
        let listed = gemini(&self.namespace, &["status", "-o", "json"]).exits(0).json();
        let open = listed["items"].as_array().unwrap().iter().find(|item| item["state"] == "Blocked")?;
        Some(open["restore"].as_str().unwrap().to_owned())
    }

    pub fn read(&self) -> String {
        fs::read_to_string(self.namespace.volume("data").unwrap().join("file")).unwrap()
    }

    /// What the only restore of the namespace says of itself.
    pub fn status(&self) -> Value {
        let listed = gemini(&self.namespace, &["status", "-o", "json"]).exits(0).json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
        listed["items"][0].clone()
    }

    pub fn id(&self) -> String {
        self.status()["restore"].as_str().unwrap().to_owned()
    }

    pub fn policy(&self, volume: &str) -> String {
        let volume = self.namespace.get("persistentvolume", volume);
        volume["spec"]["persistentVolumeReclaimPolicy"].as_str().unwrap().to_owned()
    }

    fn old_volume(&self) -> &str {
        self.claim["spec"]["volumeName"].as_str().unwrap()
    }

    /// What must hold however a restore ended, or stands: I1 to I6 of reliability.md, section 2.
    pub fn intact(&self) {
        // The bytes that were there before are on a volume that is kept, or has its claim.
        assert_eq!(fs::read_to_string(self.volume.join("file")).unwrap(), NEW);
        let old = self.namespace.get("persistentvolume", self.old_volume());
        let is_bound = old["status"]["phase"] == "Bound";
        assert!(is_bound || old["spec"]["persistentVolumeReclaimPolicy"] == "Retain", "{old:#}");
        let source = self.namespace.get("volumesnapshot", &self.snapshot);
        assert_eq!(source["status"]["readyToUse"], true);
        if let Some(claim) = self.namespace.find("persistentvolumeclaim", "data") {
            for field in ["accessModes", "storageClassName", "volumeMode"] {
                assert_eq!(claim["spec"][field], self.claim["spec"][field], "{field}");
            }
            assert_eq!(claim["metadata"]["labels"], self.claim["metadata"]["labels"]);
            assert_eq!(claim["metadata"]["annotations"]["meta.helm.sh/release-name"], "shop");
            if claim["status"]["phase"] == "Bound" {
                assert!([OLD, NEW].contains(&self.read().as_str()));
            }
        }
    }

    /// Everything is as before, but for snapshots that were added.
    pub fn as_before(&self) {
        self.intact();
        assert_eq!(self.read(), NEW);
        assert_eq!(self.policy(self.old_volume()), "Delete");
        let old = self.namespace.get("persistentvolume", self.old_volume());
        assert!(!old["metadata"].to_string().contains("gemini.fairwinds.com/restore-id"), "{old:#}");
        assert_eq!(
            self.namespace.get("persistentvolumeclaim", "data")["spec"]["volumeName"],
            self.old_volume()
        );
        self.settled();
    }

    /// Nothing is left over: no hold, no staging claim.
    pub fn settled(&self) {
        let source = self.namespace.get("volumesnapshot", &self.snapshot);
        assert!(source["metadata"]["annotations"]["gemini.fairwinds.com/hold"].is_null(), "{source:#}");
        assert_eq!(self.namespace.list("persistentvolumeclaim").len(), 1);
    }
}

#[test]
fn the_claim_gets_a_new_volume_and_undo_gives_the_old_one_back() {
    if needs_sandbox("the_claim_gets_a_new_volume_and_undo_gives_the_old_one_back") {
        return;
    }
    for mode in ["staged", "direct"] {
        let scene = Scene::new(mode);
        let run = scene.restore(&["--mode", mode]).exits(0).says(&["Restore plan", "kubectl gemini undo"]);
        assert_eq!(run.stdout, "persistentvolumeclaim/data restored\n");
        scene.intact();
        scene.settled();
        assert_eq!(scene.read(), OLD);
        let claim = scene.namespace.get("persistentvolumeclaim", "data");
        assert_ne!(claim["metadata"]["uid"], scene.claim["metadata"]["uid"]);
        assert_eq!(scene.policy(claim["spec"]["volumeName"].as_str().unwrap()), "Delete");
        assert_eq!(scene.policy(scene.old_volume()), "Retain");
        let status = scene.status();
        assert_eq!((&status["state"], &status["undoable"]), (&json!("Restored"), &json!(true)));
        let safety = status["safetySnapshots"][0].as_str().unwrap();
        assert_eq!(scene.namespace.get("volumesnapshot", safety)["status"]["readyToUse"], true);

        let id = scene.id();
        fs::write(scene.namespace.volume("data").unwrap().join("file"), "written after the restore").unwrap();
        let new = scene.namespace.volume("data").unwrap();
        let undone = gemini(&scene.namespace, &["undo", &id, "--yes"]).exits(0);
        assert_eq!(undone.stdout, "persistentvolumeclaim/data undone\n");
        scene.as_before();
        // What was written meanwhile is kept, too.
        assert_eq!(fs::read_to_string(new.join("file")).unwrap(), "written after the restore");
        assert_eq!(scene.policy(status["newVolume"].as_str().unwrap()), "Retain");
        // The same again changes nothing.
        gemini(&scene.namespace, &["undo", &id, "--yes"]).exits(0);
        gemini(&scene.namespace, &["restore", "--resume", &id]).exits(0);
        scene.as_before();
    }
}

#[test]
fn a_volume_that_was_kept_is_given_up_only_when_told_so_and_nothing_speaks_for_it() {
    if needs_sandbox("a_volume_that_was_kept_is_given_up_only_when_told_so_and_nothing_speaks_for_it") {
        return;
    }
    let scene = Scene::new("purge");
    scene.restore(&[]).exits(0);
    let id = scene.id();
    let kept = gemini(&scene.namespace, &["list", "--retained", "-o", "json"]).exits(0).json();
    let item = &kept["items"][0];
    assert_eq!((&item["name"], &item["restore"]), (&json!(scene.old_volume()), &json!(id)), "{kept}");
    assert_eq!((&item["status"], &item["pvc"]), (&json!("Kept"), &json!("data")), "{kept}");
    let purge = |more: &[&str]| gemini(&scene.namespace, &[&["purge", &id, "--yes"][..], more].concat());
    purge(&[]).fails_with(1, "PurgeRefused", &["undo may need it", "--now"]);
    purge(&["--now"]).fails_with(1, "PurgeRefused", &["no ready snapshot yet", "kubectl gemini backup db"]);
    backup(&scene.namespace, "db");
    purge(&["--now"]).fails_with(
        1,
        "PurgeRefused",
        &["snapshots were cut from it", "--old-snapshots=may-be-lost"],
    );
    scene.intact();
    let run = purge(&["--now", "--old-snapshots=may-be-lost"]).exits(0);
    assert!(run.stdout.contains("given up for deletion"), "{}", run.stdout);
    until("the old volume to go", || scene.namespace.find("persistentvolume", scene.old_volume()).is_none());
    assert_eq!(scene.read(), OLD);
    gemini(&scene.namespace, &["list", "--retained"]).exits(0).says(&["No resources found"]);
    // Once more is nothing to do.
    purge(&["--now"]).exits(0);
    gemini(&scene.namespace, &["undo", &id, "--yes"]).fails_with(1, "RestoreNotFound", &["given up"]);
}

#[test]
fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let scene = Scene::new("plan");
    let claim = || scene.namespace.get("persistentvolumeclaim", "data")["metadata"].clone();
    until("the snapshot controller to let go of the claim", || {
        !claim()["finalizers"].to_string().contains("pvc-as-source-protection")
    });
    let before = claim()["resourceVersion"].clone();
    for flag in ["--dry-run", "--dry-run=server"] {
        let run = scene.restore(&[flag]).exits(0);
        assert!(
            run.stdout.contains("Restore plan") && run.stdout.contains(&scene.snapshot),
            "{}",
            run.stdout
        );
    }
    assert_eq!(claim()["resourceVersion"], before);
    gemini(&scene.namespace, &["status"]).exits(0).says(&["No restores found"]);
}

#[test]
fn without_an_answer_nothing_is_begun() {
    let scene = Scene::new("answer");
    let args = ["restore", "db", "--latest", "--in-place"];
    gemini(&scene.namespace, &args).fails_with(2, "NotATerminal", &["--confirm=PVC"]);
    let wrong = gemini(&scene.namespace, &[&args[..], &["--confirm=date"]].concat());
    wrong.fails_with(1, "NotConfirmed", &["nothing was changed"]);
    let pvc = scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(pvc["metadata"]["uid"], scene.claim["metadata"]["uid"]);
}
