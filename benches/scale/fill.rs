//! Fills an empty cluster with groups and their ready snapshots, through the API, with a bounded number of requests at once.
//! No controller runs: what controllers would write is written here, and nobody changes it.

use std::path::Path;
use std::time::Instant;

use chrono::Utc;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sandbox::components;
use sandbox::testing::Cluster;
use serde_json::{Value, json};

use crate::Result;
use crate::history::{History, Taken};
use crate::objects::{self, Place};
use crate::server::Server;

/// So many groups are filled at once, each with one request under way.
const IN_FLIGHT: usize = 32;
/// API of snapshots and contents, as in a path.
pub const SNAPSHOTS: &str = "apis/snapshot.storage.k8s.io/v1";
/// API of groups, as in a path.
pub const GROUPS: &str = "apis/gemini.fairwinds.com/v1";

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Groups, each with one claim and one volume.
    pub groups: usize,
    /// Snapshots of each group.
    pub snapshots: usize,
    /// Namespaces that they are spread over.
    pub namespaces: usize,
    /// Each snapshot has its content.
    pub contents: bool,
}

/// Fills the cluster, which must not hold any of it yet.
pub async fn fill(cluster: &Cluster, server: &Server, size: Size) -> Result<()> {
    let started = Instant::now();
    kinds(cluster)?;
    server.create(&format!("/{SNAPSHOTS}/volumesnapshotclasses"), &objects::class()).await?;
    for number in 0..size.namespaces {
        let namespace = json!({"metadata": {"name": Place::of(number, size.namespaces).namespace}});
        server.create("/api/v1/namespaces", &namespace).await?;
    }
    let history = History::of(size.snapshots)?;
    let now = Utc::now().timestamp();
    let history = &history;
    let groups = stream::iter(0..size.groups).map(|number| async move {
        group(server, &Place::of(number, size.namespaces), history, number, now, size.contents).await
    });
    let mut groups = groups.buffer_unordered(IN_FLIGHT);
    let mut done = 0;
    while groups.try_next().await?.is_some() {
        done += 1;
        if done % 200 == 0 {
            eprintln!("  {done} groups of {} after {:.0} s", size.groups, started.elapsed().as_secs_f32());
        }
    }
    Ok(())
}

/// Installs the CRDs, ours and the snapshot API's.
fn kinds(cluster: &Cluster) -> Result<()> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("cronjob/crd.yaml");
    for file in [components::ensure()?.snapshot_crds(), ours] {
        let file = file.to_string_lossy();
        for words in [
            &["apply", "-f", &file][..],
            &["wait", "--for=condition=Established", "--timeout=60s", "-f", &file],
        ] {
            let output = cluster.kubectl(words, "")?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into());
            }
        }
    }
    Ok(())
}

async fn group(
    server: &Server,
    place: &Place,
    history: &History,
    number: usize,
    now: i64,
    contents: bool,
) -> Result<()> {
    let claims = place.path("api/v1", "persistentvolumeclaims");
    let claim = server.create(&claims, &objects::claim(place)).await?;
    let uid = claim["metadata"]["uid"].as_str().ok_or("a claim without a UID")?;
    server.create("/api/v1/persistentvolumes", &objects::volume(place, uid)).await?;
    let volume_status = json!({"status": {"phase": "Bound"}});
    server.merge(&format!("/api/v1/persistentvolumes/{}/status", place.volume), &volume_status).await?;
    server.merge(&format!("{claims}/{}/status", place.claim), &objects::claim_status()).await?;
    server.create(&place.path(GROUPS, "snapshotgroups"), &objects::group(place, &history.rules)).await?;
    for taken in history.at(number, now)? {
        snapshot(server, place, &claim, &taken, contents).await?;
    }
    Ok(())
}

async fn snapshot(
    server: &Server,
    place: &Place,
    claim: &Value,
    taken: &Taken,
    contents: bool,
) -> Result<()> {
    let path = place.path(SNAPSHOTS, "volumesnapshots");
    let object = objects::snapshot(place, claim, taken)?;
    let created = server.create(&format!("{path}?fieldManager=kubectl-gemini"), &object).await?;
    let content = contents.then_some(place.handle.as_str());
    become_ready(server, &created, &objects::known(place, taken), content, taken.time).await
}

/// Does what controller and sidecar do to a snapshot that was created: its status, and its content if the handle of the
/// volume is given. `key` is that of its [`objects::content_name`].
pub async fn become_ready(
    server: &Server,
    snapshot: &Value,
    key: &str,
    handle: Option<&str>,
    cut: i64,
) -> Result<()> {
    let metadata = &snapshot["metadata"];
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    if let Some(handle) = handle {
        let path = format!("/{SNAPSHOTS}/volumesnapshotcontents");
        server.create(&path, &objects::content(snapshot, key, handle)).await?;
        let status = objects::content_status(key, cut);
        server.merge(&format!("{path}/{}/status", objects::content_name(key)), &status).await?;
    }
    let path = format!("/{SNAPSHOTS}/namespaces/{namespace}/volumesnapshots/{name}/status");
    let status = objects::snapshot_status(key, cut);
    server.merge(&format!("{path}?fieldManager=snapshot-controller"), &status).await?;
    Ok(())
}
