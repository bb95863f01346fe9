//! Makes the snapshots of a pass ready, in place of a snapshot controller, sidecar and driver: as soon as it sees them.
//! It touches none that has a status already, and remembers what it made ready, so that it can be taken away again.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::Utc;
use futures::TryStreamExt as _;
use kube::api::{Api, ListParams, WatchEvent, WatchParams};
use kube::core::{ApiResource, DynamicObject};
use kubectl_gemini::api::marks;
use kubectl_gemini::api::snapshot::VolumeSnapshot;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::Result;
use crate::fill::{SNAPSHOTS, become_ready};
use crate::objects::content_name;
use crate::server::Server;

/// The stand-in at work, from [`StandIn::begin`] to [`StandIn::end`].
pub struct StandIn {
    work: JoinHandle<()>,
    made: Arc<Mutex<Vec<Value>>>,
}

impl StandIn {
    /// Watches from now on.
    pub async fn begin(server: &Server) -> Result<Self> {
        let resource = ApiResource::erase::<VolumeSnapshot>(&());
        let api: Api<DynamicObject> = Api::all_with(server.client.clone(), &resource);
        let version = api.list(&ListParams::default().limit(1)).await?.metadata.resource_version;
        let version = version.ok_or("a list without a version")?;
        let made = Arc::new(Mutex::new(vec![]));
        let (server, seen) = (server.clone(), made.clone());
        let work = tokio::spawn(async move {
            if let Err(error) = watch(&server, &api, &version, &seen).await {
                eprintln!("the stand-in for the snapshot controller ended: {error}");
            }
        });
        Ok(Self { work, made })
    }

    /// Stops, and takes away again what it saw come. Returns how many snapshots that were.
    pub async fn end(self, server: &Server) -> Result<usize> {
        self.work.abort();
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for snapshot in &made {
            let text = |field: &str| snapshot["metadata"][field].as_str().unwrap_or_default();
            let (namespace, name) = (text("namespace"), text("name"));
            server.delete(&format!("/{SNAPSHOTS}/namespaces/{namespace}/volumesnapshots/{name}")).await?;
            let content = content_name(text("uid"));
            server.delete(&format!("/{SNAPSHOTS}/volumesnapshotcontents/{content}")).await?;
        }
        Ok(made.len())
    }
}

async fn watch(
    server: &Server,
    api: &Api<DynamicObject>,
    version: &str,
    made: &Arc<Mutex<Vec<Value>>>,
) -> Result<()> {
    let mut events = std::pin::pin!(api.watch(&WatchParams::default(), version).await?);
    while let Some(event) = events.try_next().await? {
        let WatchEvent::Added(object) = event else { continue };
        if object.data.get("status").is_some() {
            continue;
        }
        let source = object.metadata.annotations.as_ref().and_then(|marks| marks.get(marks::SOURCE));
        let source: Value = source.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(json!({}));
        let handle = source["handle"].as_str().unwrap_or_default();
        let uid = object.metadata.uid.clone().unwrap_or_default();
        let snapshot = serde_json::to_value(&object)?;
        become_ready(server, &snapshot, &uid, Some(handle), Utc::now().timestamp()).await?;
        made.lock().unwrap_or_else(PoisonError::into_inner).push(snapshot);
    }
    Ok(())
}
