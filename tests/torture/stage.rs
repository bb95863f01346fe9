//! Where a workload plays: a namespace with its claims, a proxy, and the harness's own way to the server. A stage is used again and
//! again: to make volumes and to take a namespace down would cost the cluster more than all runs of a combination.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, thread};

use sandbox::testing::proxy::Proxy;
use sandbox::testing::{Cluster, Namespace, Requests};
use serde_json::{Value, json};

use crate::workload::Workload;
use crate::world::{Claim, Snapshot, World};

/// A collection of a namespace: the API that it belongs to, and its name there.
#[derive(Clone, Copy, Debug)]
pub struct Kind(&'static str, &'static str);

pub const SNAPSHOTS: Kind = Kind("apis/snapshot.storage.k8s.io/v1", "volumesnapshots");
pub const CLAIMS: Kind = Kind("api/v1", "persistentvolumeclaims");
pub const GROUPS: Kind = Kind("apis/gemini.fairwinds.com/v1", "snapshotgroups");
const LEASES: Kind = Kind("apis/coordination.k8s.io/v1", "leases");

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(200);

/// A stage; its namespace goes when it is dropped.
pub struct Stage {
    pub workload: &'static Workload,
    pub space: Namespace,
    pub proxy: Proxy,
    requests: Requests,
}

impl Stage {
    /// A new one, with the workload's claims.
    pub fn new(workload: &'static Workload) -> Self {
        install_groups();
        let space = Cluster::shared().namespace(&format!("t-{}", workload.name));
        let proxy = Proxy::of_cluster(space.cluster()).unwrap();
        let requests = Requests::of_cluster(space.cluster()).unwrap();
        let stage = Self { workload, space, proxy, requests };
        for claim in workload.claim_objects() {
            stage.create(CLAIMS, &claim);
        }
        stage
    }

    fn path(&self, Kind(api, name): Kind) -> String {
        format!("/{api}/namespaces/{}/{name}", self.space.name())
    }

    /// All objects of a kind.
    pub fn list(&self, kind: Kind) -> Vec<Value> {
        let mut list = self.requests.get(&self.path(kind)).unwrap();
        match list["items"].take() {
            Value::Array(items) => items,
            other => panic!("{kind:?} are {other}"),
        }
    }

    fn create(&self, kind: Kind, object: &Value) {
        self.requests.create(&self.path(kind), object).unwrap();
    }

    /// Makes the groups and snapshots that the workload begins with, and waits until all is as it wants it.
    pub fn set(&self) -> World {
        let claims = self.workload.claims;
        self.once("what was there before to be gone, and the claims to be bound", || {
            let world = World::observe(self);
            let is_ours = |claim: &Claim| claim.bound && claims.contains(&claim.name.as_str());
            let is_empty = world.snapshots.is_empty() && world.groups.is_empty();
            (is_empty && world.claims.len() == claims.len() && world.claims.iter().all(is_ours)).then_some(())
        });
        for group in self.workload.group_objects() {
            self.create(GROUPS, &group);
        }
        for snapshot in self.workload.snapshot_objects() {
            self.create(SNAPSHOTS, &snapshot);
        }
        let wanted: usize = self.workload.groups.iter().map(|group| group.before.len()).sum();
        let is_set = |snapshots: &[Snapshot]| {
            snapshots.len() == wanted && snapshots.iter().all(|snapshot| snapshot.ready)
        };
        self.once("the snapshots to be ready", || {
            is_set(&World::snapshots(self))
                .then(|| World::observe(self))
                .filter(|world| is_set(&world.snapshots))
        })
    }

    fn once<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}: {:#?}", World::observe(self));
            thread::sleep(LOOK);
        }
    }

    /// Asks for everything to be removed but the claims of the start. Events stay: they are about groups that will be no more.
    fn clear(&self) {
        self.space.clear_faults();
        for kind in [SNAPSHOTS, GROUPS, LEASES] {
            self.requests.delete(&self.path(kind)).unwrap();
        }
        for claim in World::observe(self).claims {
            if !self.workload.claims.contains(&claim.name.as_str()) {
                self.requests.delete(&format!("{}/{}", self.path(CLAIMS), claim.name)).unwrap();
            }
        }
    }

    /// As if hours had passed since a program that is no more has renewed its locks.
    pub fn age_leases(&self) {
        for lease in self.list(LEASES) {
            let name = lease["metadata"]["name"].as_str().unwrap();
            let long_ago = json!({"spec": {
                "acquireTime": "2020-01-01T00:00:00.000000Z",
                "renewTime": "2020-01-01T00:01:00.000000Z",
            }});
            self.requests.patch(&format!("{}/{name}", self.path(LEASES)), &long_ago).unwrap();
        }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stage").field(&self.space).finish()
    }
}

/// The CRD of the groups, once.
pub fn install_groups() {
    static CRD: Once = Once::new();
    CRD.call_once(|| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cronjob/crd.yaml");
        for args in [
            &["apply", "-f", path][..],
            &["wait", "--for=condition=Established", "--timeout=60s", "-f", path],
        ] {
            let output = Cluster::shared().kubectl(args, "").unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    });
}

/// Stages that nobody plays on, by workload.
#[derive(Debug, Default)]
pub struct Stages(Mutex<BTreeMap<&'static str, VecDeque<Stage>>>);

impl Stages {
    pub fn take(&self, workload: &'static Workload) -> Stage {
        let free = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(workload.name)
            .and_then(VecDeque::pop_front);
        free.unwrap_or_else(|| Stage::new(workload))
    }

    /// Only stages on which all went as it should: what was left behind elsewhere is evidence, and may not be clean.
    pub fn give_back(&self, stage: Stage) {
        stage.clear();
        // At the end of the queue, where it has time to become empty.
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(stage.workload.name)
            .or_default()
            .push_back(stage);
    }
}
