//! What a namespace holds, as a reader finds it who shares nothing with the program: the only witness of the oracle.
//! Everything that a workload may touch, and nothing else.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{CLAIMS, GROUPS, SNAPSHOTS, Stage};

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub name: String,
    pub uid: String,
    /// The group whose mark it carries.
    pub group: String,
    pub claim: String,
    pub ready: bool,
    pub deleting: bool,
    pub tainted: bool,
    /// What it was taken for: its rules, or its purpose.
    pub label: String,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub name: String,
    pub uid: String,
    pub deleting: bool,
    pub bound: bool,
    /// What only its owner may change: spec, labels, annotations, once it is bound.
    pub content: Value,
}

/// A namespace at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    pub snapshots: Vec<Snapshot>,
    pub claims: Vec<Claim>,
    /// Groups by name, with what their owner wrote.
    pub groups: Vec<(String, Value)>,
    /// Groups by name, with how they stand.
    pub states: Vec<(String, Value)>,
}

const SETTLING: Duration = Duration::from_secs(40);
const LOOK: Duration = Duration::from_millis(150);

impl World {
    /// Looks once.
    pub fn observe(stage: &Stage) -> Self {
        let groups = stage.list(GROUPS);
        let name = |group: &Value| text(&group["metadata"]["name"]);
        Self {
            snapshots: Self::snapshots(stage),
            claims: stage.list(CLAIMS).iter().map(claim).collect(),
            states: groups.iter().map(|group| (name(group), state(&group["status"]))).collect(),
            groups: groups.iter().map(|group| (name(group), group["spec"].clone())).collect(),
        }
    }

    /// Looks at the snapshots alone, which is what there is to wait for.
    pub fn snapshots(stage: &Stage) -> Vec<Snapshot> {
        stage.list(SNAPSHOTS).iter().map(snapshot).collect()
    }

    /// Looks until nothing is in the making or on its way out, or for so long that nothing more is to be expected.
    pub fn settled(stage: &Stage) -> Self {
        let deadline = Instant::now() + SETTLING;
        let is_calm =
            |snapshots: &[Snapshot]| snapshots.iter().all(|snapshot| snapshot.ready && !snapshot.deleting);
        loop {
            let world = Self::observe(stage);
            if is_calm(&world.snapshots) || Instant::now() > deadline {
                return world;
            }
            while !is_calm(&Self::snapshots(stage)) && Instant::now() < deadline {
                thread::sleep(LOOK);
            }
        }
    }

    /// What there is without names, uids and times: two runs that did the same have the same.
    pub fn normal(&self) -> BTreeSet<String> {
        let mut lines: Vec<_> = self
            .snapshots
            .iter()
            .map(|s| {
                let Snapshot { group, claim, label, ready, deleting, tainted, .. } = s;
                format!(
                    "snapshot {group} of {claim}: {label} ready={ready} deleting={deleting} tainted={tainted}"
                )
            })
            .collect();
        lines.sort_unstable();
        let numbered = lines.iter().enumerate().map(|(index, line)| {
            let same = lines[..index].iter().filter(|other| *other == line).count();
            format!("{line} #{same}")
        });
        let claims = self.claims.iter().map(|claim| format!("claim {} bound={}", claim.name, claim.bound));
        let states = self.states.iter().map(|(name, state)| format!("group {name} {state}"));
        numbered.chain(claims).chain(states).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn snapshot(object: &Value) -> Snapshot {
    let metadata = &object["metadata"];
    let mark = |key: &str| text(&metadata["annotations"][key]);
    let intervals = mark("gemini.fairwinds.com/intervals");
    let label = if intervals.is_empty() { mark("gemini.fairwinds.com/purpose") } else { intervals };
    Snapshot {
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
        group: mark("gemini.fairwinds.com/group"),
        claim: text(&object["spec"]["source"]["persistentVolumeClaimName"]),
        ready: object["status"]["readyToUse"] == true,
        deleting: metadata["deletionTimestamp"].is_string(),
        tainted: metadata["annotations"]["gemini.fairwinds.com/tainted"].is_string(),
        label,
    }
}

/// A status without times, names and uids.
fn state(status: &Value) -> Value {
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let conditions: Vec<_> = conditions
        .map(|condition| json!([condition["type"], condition["status"], condition["reason"]]))
        .collect();
    json!([status["counts"], status["summary"], conditions])
}

fn claim(object: &Value) -> Claim {
    let metadata = &object["metadata"];
    Claim {
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
        deleting: metadata["deletionTimestamp"].is_string(),
        bound: object["status"]["phase"] == "Bound",
        content: json!([object["spec"], metadata["labels"], metadata["annotations"]]),
    }
}
