//! What is there of one claim's restore, as a reader finds it who shares nothing with the program: objects and bytes.
//! Everything that a restore may touch, and a bystander.

use serde_json::{Value, json};

use super::play::Play;
use super::scene::{CLAIMS, CONFIG_MAPS, GROUPS, PODS, SNAPSHOTS, Scene, VOLUMES};

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub uid: String,
    pub phase: String,
    pub policy: String,
    /// UID of the claim that it is for.
    pub claim: String,
    /// It carries the mark of a restore.
    pub marked: bool,
    /// What is in its file.
    pub bytes: Option<String>,
}

/// A claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub name: String,
    pub uid: String,
    pub bound: bool,
    pub deleting: bool,
    pub volume: String,
    /// What a user has written: labels, annotations that are neither ours nor the binder's, class, modes.
    pub identity: Value,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub name: String,
    pub uid: String,
    pub ready: bool,
    pub deleting: bool,
    pub held: bool,
    /// What was in the volume when it was cut.
    pub bytes: Option<String>,
}

/// The application that uses the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// How many pods it is to have.
    pub replicas: u64,
    /// How many run.
    pub ready: u64,
}

/// All of it at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub claims: Vec<Claim>,
    pub volumes: Vec<Volume>,
    pub snapshots: Vec<Snapshot>,
    /// Those that no application has made.
    pub pods: usize,
    pub app: Option<App>,
    /// What the group's annotations ask for, and what became of what they asked for last.
    pub request: (Option<String>, Option<String>),
    /// The journal, as JSON; of several the one that is open, or else the last.
    pub journal: Option<Value>,
    /// All of them, in that order.
    pub journals: Vec<Value>,
    /// A claim that has nothing to do with it, and its volume.
    pub bystander: Option<(Claim, Volume)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl World {
    /// Looks once.
    pub fn observe(scene: &Scene, play: &Play) -> Self {
        let claims: Vec<_> = scene.list(CLAIMS).iter().map(claim).collect();
        let volumes: Vec<_> = scene.list(VOLUMES).iter().filter_map(|object| volume(scene, object)).collect();
        let bystander = claims.iter().find(|claim| claim.name == "bystander").and_then(|claim| {
            let volume = volumes.iter().find(|(_, volume)| volume.claim == claim.uid)?;
            Some((claim.clone(), volume.1.clone()))
        });
        let is_of_play = |name: &str| name == play.claim || name.starts_with(&format!("{}-gr-", play.claim));
        let journals = scene.list(CONFIG_MAPS);
        let journals = journals.iter().filter_map(|object| object["data"]["journal"].as_str());
        let journals = journals.filter_map(|text| serde_json::from_str::<Value>(text).ok());
        let mut journals: Vec<_> =
            journals.filter(|journal| journal["claim"] == play.claim.as_str()).collect();
        journals.sort_by_key(|journal| (journal["ended"].is_null(), text(&journal["started"])));
        Self {
            claims: claims.into_iter().filter(|claim| is_of_play(&claim.name)).collect(),
            volumes: volumes
                .into_iter()
                .filter(|(name, _)| is_of_play(name))
                .map(|(_, volume)| volume)
                .collect(),
            snapshots: scene
                .list(SNAPSHOTS)
                .iter()
                .filter(|object| object["spec"]["source"]["persistentVolumeClaimName"] == play.claim.as_str())
                .map(|object| snapshot(scene, object))
                .collect(),
            pods: scene.list(PODS).iter().filter(|pod| pod["metadata"]["ownerReferences"].is_null()).count(),
            app: play.app.as_ref().and_then(|name| {
                let all = scene.list(&play.apps());
                let found = all.iter().find(|object| object["metadata"]["name"] == name.as_str())?;
                Some(App {
                    replicas: found["spec"]["replicas"].as_u64()?,
                    ready: found["status"]["readyReplicas"].as_u64().unwrap_or_default(),
                })
            }),
            request: request(scene, play),
            journal: journals.last().cloned(),
            journals,
            bystander,
        }
    }

    /// The claim of the real name.
    pub fn claim(&self, play: &Play) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.name == play.claim)
    }

    /// The volume that a claim is bound to, both ways.
    pub fn volume_of(&self, claim: &Claim) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.claim == claim.uid && volume.name == claim.volume)
    }

    /// Nothing is in the making or on its way out.
    pub fn is_calm(&self) -> bool {
        let is_leaving = |volume: &Volume| {
            volume.policy == "Delete" && volume.phase != "Bound"
                || volume.phase == "Bound" && !self.claims.iter().any(|claim| claim.uid == volume.claim)
        };
        self.snapshots.iter().all(|snapshot| snapshot.ready && !snapshot.deleting)
            && self.claims.iter().all(|claim| claim.bound && !claim.deleting)
            && !self.volumes.iter().any(is_leaving)
            && self.app.as_ref().is_none_or(|app| app.ready == app.replicas)
    }

    /// The journal's last word: `restored`, `undone` …
    pub fn outcome(&self) -> Option<&str> {
        self.journal.as_ref()?["ended"]["outcome"].as_str()
    }

    /// The identifier of the restore.
    pub fn id(&self) -> Option<&str> {
        self.journal.as_ref()?["id"].as_str()
    }
}

fn request(scene: &Scene, play: &Play) -> (Option<String>, Option<String>) {
    let groups = scene.list(GROUPS);
    let of_play = groups.iter().find(|object| object["metadata"]["name"] == play.group.as_str());
    let mark = |key: &str| {
        let annotations = &of_play?["metadata"]["annotations"];
        annotations[format!("gemini.fairwinds.com/{key}")].as_str().map(str::to_owned)
    };
    (mark("restore"), mark("restore-handled"))
}

fn claim(object: &Value) -> Claim {
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    let mut annotations = metadata["annotations"].clone();
    if let Some(all) = annotations.as_object_mut() {
        all.retain(|key, _| key.starts_with("example.com/"));
    }
    Claim {
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
        bound: object["status"]["phase"] == "Bound",
        deleting: metadata["deletionTimestamp"].is_string(),
        volume: text(&spec["volumeName"]),
        identity: json!([
            metadata["labels"],
            annotations,
            spec["storageClassName"],
            spec["volumeMode"],
            spec["accessModes"]
        ]),
    }
}

/// With the name of the claim that it is for.
fn volume(scene: &Scene, object: &Value) -> Option<(String, Volume)> {
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    if spec["claimRef"]["namespace"] != scene.space.name() {
        return None;
    }
    let volume = Volume {
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
        phase: text(&object["status"]["phase"]),
        policy: text(&spec["persistentVolumeReclaimPolicy"]),
        claim: text(&spec["claimRef"]["uid"]),
        marked: metadata["annotations"]["gemini.fairwinds.com/restore-id"].is_string(),
        bytes: spec["csi"]["volumeHandle"].as_str().and_then(|handle| scene.bytes("volumes", handle)),
    };
    Some((text(&spec["claimRef"]["name"]), volume))
}

fn snapshot(scene: &Scene, object: &Value) -> Snapshot {
    let metadata = &object["metadata"];
    let content = object["status"]["boundVolumeSnapshotContentName"].as_str();
    Snapshot {
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
        ready: object["status"]["readyToUse"] == true,
        deleting: metadata["deletionTimestamp"].is_string(),
        held: metadata["annotations"]["gemini.fairwinds.com/hold"].is_string(),
        bytes: content
            .and_then(|content| scene.snapshot_handle(content))
            .and_then(|handle| scene.bytes("snapshots", &handle)),
    }
}
