//! Where restores play: a namespace, a proxy, and the harness's own way to the server. Each play has a claim and a group of its own,
//! so that a scene can be used again at once while what was there before goes.

use std::cell::{Cell, OnceCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;
use sandbox::testing::proxy::Proxy;
use sandbox::testing::{Cluster, Namespace, Requests};
use serde_json::{Value, json};

use super::Kind;
use super::kubelet::Kubelet;
use super::play::Play;
use super::world::World;
use crate::run::{Ran, run};
use crate::stage::install_groups;

pub const CLAIMS: &str = "/api/v1/namespaces/NS/persistentvolumeclaims";
pub const PODS: &str = "/api/v1/namespaces/NS/pods";
pub const CONFIG_MAPS: &str = "/api/v1/namespaces/NS/configmaps";
pub const VOLUMES: &str = "/api/v1/persistentvolumes";
pub const SNAPSHOTS: &str = "/apis/snapshot.storage.k8s.io/v1/namespaces/NS/volumesnapshots";
const CONTENTS: &str = "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents";
pub const GROUPS: &str = "/apis/gemini.fairwinds.com/v1/namespaces/NS/snapshotgroups";
const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/NS/leases";

/// What the snapshot holds that is restored.
pub const OLD: &str = "as it was";
/// What the claim holds when the restore begins.
pub const NEW: &str = "written since";
/// What is written after it.
pub const LATEST: &str = "written after the restore";

const PATIENCE: Duration = Duration::from_secs(90);
const SETTLING: Duration = Duration::from_secs(25);
const LOOK: Duration = Duration::from_millis(150);

/// A namespace; it goes when this is dropped.
pub struct Scene {
    pub space: Namespace,
    pub proxy: Proxy,
    requests: Requests,
    disks: PathBuf,
    plays: Cell<u32>,
    kubelet: OnceCell<Kubelet>,
}

impl Scene {
    /// A new one, with a claim that no play has anything to do with.
    pub fn new() -> Self {
        install_groups();
        let space = Cluster::shared().namespace("t-swap");
        let proxy = Proxy::of_cluster(space.cluster()).unwrap();
        let requests = Requests::of_cluster(space.cluster()).unwrap();
        let disks = space.cluster().sandbox().unwrap().driver();
        let scene = Self { space, proxy, requests, disks, plays: Cell::new(0), kubelet: OnceCell::new() };
        scene.bound_claim("bystander");
        scene
    }

    pub fn path(&self, collection: &str) -> String {
        collection.replace("NS", self.space.name())
    }

    /// All objects of a collection.
    pub fn list(&self, collection: &str) -> Vec<Value> {
        match self.requests.get(&self.path(collection)).unwrap()["items"].take() {
            Value::Array(items) => items,
            other => panic!("{collection} are {other}"),
        }
    }

    /// What is in the file of a volume or a snapshot of the driver.
    pub fn bytes(&self, kind: &str, handle: &str) -> Option<String> {
        fs::read_to_string(self.disks.join(kind).join(handle).join("data/file")).ok()
    }

    /// The driver's identifier of a snapshot, by its content.
    pub fn snapshot_handle(&self, content: &str) -> Option<String> {
        let content = self.requests.get(&format!("{CONTENTS}/{content}")).ok()?;
        content["status"]["snapshotHandle"].as_str().map(str::to_owned)
    }

    /// Where the file of a bound claim lies.
    fn file(&self, claim: &str) -> PathBuf {
        let claim = self.requests.get(&format!("{}/{claim}", self.path(CLAIMS))).unwrap();
        let volume = claim["spec"]["volumeName"].as_str().unwrap();
        let volume = self.requests.get(&format!("{VOLUMES}/{volume}")).unwrap();
        let handle = volume["spec"]["csi"]["volumeHandle"].as_str().unwrap();
        self.disks.join("volumes").join(handle).join("data/file")
    }

    fn write(&self, file: &Path, text: &str) {
        fs::write(file, text).unwrap();
    }

    fn bound_claim(&self, name: &str) {
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "labels": {"app": name}, "annotations": {"example.com/owner": "shop"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
        });
        self.requests.create(&self.path(CLAIMS), &claim).unwrap();
        let path = format!("{}/{name}", self.path(CLAIMS));
        self.once("a claim to be bound", || self.requests.get(&path).unwrap()["status"]["phase"] == "Bound");
    }

    fn once(&self, what: &str, look: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !look() {
            assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what} in {}", self.space.name());
            thread::sleep(LOOK);
        }
    }

    /// Makes a claim with something in it, its group, and a snapshot that is older than what is in it; and what the command needs to
    /// have gone before.
    pub fn set(&self, kind: Kind) -> (Play, World) {
        self.cast(kind).swap_remove(0)
    }

    /// All claims that the command is about.
    pub fn cast(&self, kind: Kind) -> Vec<(Play, World)> {
        let mut plays: Vec<_> =
            (0..if kind == Kind::Together { 2 } else { 1 }).map(|_| self.lay(kind)).collect();
        let company: Vec<_> = plays.iter().flat_map(|play| play.company.clone()).collect();
        plays.iter_mut().for_each(|play| play.company.clone_from(&company));
        let app = kind.has_application().then(|| self.run_application(&plays[0]));
        plays.iter_mut().for_each(|play| play.app.clone_from(&app));
        match kind {
            Kind::Undo | Kind::UndoRunning | Kind::Purge => {
                let play = &plays[0];
                self.calm(&play.restore(Kind::Staged));
                self.write(&self.file(&play.claim), LATEST);
                if kind == Kind::Purge {
                    self.calm(&["backup".into(), play.group.clone()]);
                }
            }
            Kind::Annotated => {
                // What is due is taken, and the group armed.
                self.calm(&plays[0].args());
                let ask =
                    json!({"metadata": {"annotations": {"gemini.fairwinds.com/restore": plays[0].snapshot}}});
                self.requests.patch(&format!("{}/{}", self.path(GROUPS), plays[0].group), &ask).unwrap();
            }
            _ => {}
        }
        let with_world = |mut play: Play| {
            let world = self.settled(&play);
            play.id = world.id().unwrap_or_default().to_owned();
            (play, world)
        };
        plays.into_iter().map(with_world).collect()
    }

    fn lay(&self, kind: Kind) -> Play {
        let number = self.plays.get();
        self.plays.set(number + 1);
        let play = Play::new(kind, number);
        self.bound_claim(&play.claim);
        let file = self.file(&play.claim);
        self.write(&file, OLD);
        let snapshot = json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
            "metadata": {"name": play.snapshot, "annotations": {
                "app.kubernetes.io/managed-by": "kubectl-gemini", "gemini.fairwinds.com/purpose": "manual",
                "gemini.fairwinds.com/group": play.group,
                "gemini.fairwinds.com/timestamp": Utc::now().timestamp().to_string()}},
            "spec": {"source": {"persistentVolumeClaimName": play.claim}},
        });
        self.requests.create(&self.path(SNAPSHOTS), &snapshot).unwrap();
        let group = json!({
            "apiVersion": "gemini.fairwinds.com/v1", "kind": "SnapshotGroup", "metadata": {"name": play.group},
            "spec": {"persistentVolumeClaim": {"claimName": play.claim}, "schedule": [{"every": "day", "keep": 1}]},
        });
        self.requests.create(&self.path(GROUPS), &group).unwrap();
        let path = format!("{}/{}", self.path(SNAPSHOTS), play.snapshot);
        self.once("the snapshot", || self.requests.get(&path).unwrap()["status"]["readyToUse"] == true);
        self.write(&file, NEW);
        play
    }

    /// Two pods with all the claims of the play, and what makes them; its name.
    fn run_application(&self, play: &Play) -> String {
        self.kubelet.get_or_init(|| Kubelet::new(self.path(PODS)));
        let name = format!("app-{}", play.claim);
        let mounted = play
            .company
            .iter()
            .map(|(claim, _)| json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}}));
        let app = json!({
            "apiVersion": "apps/v1", "kind": play.maker().0, "metadata": {"name": name},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": "none"}],
                         "volumes": mounted.collect::<Vec<_>>()}}},
        });
        let apps = self.path(&play.apps());
        self.requests.create(&apps, &app).unwrap();
        let path = format!("{apps}/{name}");
        self.once("the application to run", || {
            self.requests.get(&path).unwrap()["status"]["readyReplicas"] == 2
        });
        name
    }

    /// Runs the program undisturbed, as a step of a test.
    fn calm(&self, args: &[String]) {
        let ran = self.run(args, vec![]);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.tell());
    }

    /// Runs the program through the proxy.
    pub fn run(&self, args: &[String], rules: Vec<sandbox::testing::proxy::Rule>) -> Ran {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        run(&self.proxy, &self.space, &args, rules)
    }

    /// Looks until nothing is in the making or on its way out, or for so long that nothing more is to be expected.
    pub fn settled(&self, play: &Play) -> World {
        let deadline = Instant::now() + SETTLING;
        loop {
            let world = World::observe(self, play);
            if world.is_calm() || Instant::now() > deadline {
                return world;
            }
            thread::sleep(LOOK);
        }
    }

    /// As if hours had passed since a program that is no more has renewed its locks.
    pub fn age_leases(&self) {
        for lease in self.list(LEASES) {
            let name = lease["metadata"]["name"].as_str().unwrap();
            let long_ago = json!({"spec": {"renewTime": "2020-01-01T00:01:00.000000Z"}});
            self.requests.patch(&format!("{}/{name}", self.path(LEASES)), &long_ago).unwrap();
        }
    }

    /// Deletes a claim, as a person does.
    pub fn delete_claim(&self, name: &str) {
        let _ = self.requests.delete(&format!("{}/{name}", self.path(CLAIMS)));
    }

    /// Deletes what is written down about the restores of a play.
    pub fn delete_journals(&self, play: &Play) {
        for journal in World::observe(self, play).journals {
            let id = journal["id"].as_str().unwrap_or_default();
            let _ = self.requests.delete(&format!("{}/gemini-restore-{id}", self.path(CONFIG_MAPS)));
        }
    }

    /// Deletes the lock of a play's claim.
    pub fn delete_lock(&self, play: &Play) {
        let _ = self.requests.delete(&format!("{}/gemini-restore-{}", self.path(LEASES), play.claim));
    }

    /// Restores whose marks are on volumes that a play's claim had.
    pub fn marks(&self, play: &Play) -> Vec<String> {
        let claim = format!("{}/{}", self.space.name(), play.claim);
        let of = |volume: &Value, key: &str| {
            volume["metadata"]["annotations"][format!("gemini.fairwinds.com/{key}")]
                .as_str()
                .map(str::to_owned)
        };
        let volumes = self.list(VOLUMES);
        let ours = volumes.iter().filter(|volume| of(volume, "original-claim").as_ref() == Some(&claim));
        ours.filter_map(|volume| of(volume, "restore-id")).collect()
    }

    /// Lets go of what a play has left, as far as that can be asked for.
    pub fn clear(&self, play: &Play, world: &World) {
        self.space.clear_faults();
        let delete = |collection: &str, name: &str| {
            let _ = self.requests.delete(&format!("{}/{name}", self.path(collection)));
        };
        world.claims.iter().for_each(|claim| delete(CLAIMS, &claim.name));
        world.snapshots.iter().for_each(|snapshot| delete(SNAPSHOTS, &snapshot.name));
        for journal in &world.journals {
            let id = journal["id"].as_str().unwrap_or_default();
            delete(CONFIG_MAPS, &format!("gemini-restore-{id}"));
        }
        delete(LEASES, &format!("gemini-restore-{}", play.claim));
        delete(GROUPS, &play.group);
        play.app.iter().for_each(|app| delete(&play.apps(), app));
        for volume in &world.volumes {
            let change = json!({"spec": {"persistentVolumeReclaimPolicy": "Delete"}});
            let _ = self.requests.patch(&format!("{VOLUMES}/{}", volume.name), &change);
        }
    }
}
