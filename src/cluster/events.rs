//! Warning Events about an object that we wait for: where controllers say why nothing happens.
//! Best effort: whoever may not read Events still gets the wait, and is told so.

use k8s_openapi::api::core::v1::Event;
use kube::api::{Api, ListParams};

use super::call::{Call, Kind};
use super::connect::Cluster;
use crate::error::Result;

/// Events of objects without a namespace lie here.
const CLUSTER_SCOPED: &str = "default";

/// An object that Events may be about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace; `None` for kinds without one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Cluster {
    /// The texts of the Warning Events about one object, oldest first.
    pub async fn warnings_about(&self, subject: &Subject) -> Result<Vec<String>> {
        let namespace = subject.namespace.as_deref().unwrap_or(CLUSTER_SCOPED);
        let api: Api<Event> = Api::namespaced(self.client(), namespace);
        let params = ListParams::default().fields(&format!(
            "involvedObject.kind={},involvedObject.name={},type=Warning",
            subject.kind, subject.name
        ));
        let mut events = self.list(&api, params, &Call::list(Kind::Event, Some(namespace))).await?;
        events.sort_by(|a, b| a.metadata.creation_timestamp.cmp(&b.metadata.creation_timestamp));
        Ok(events.into_iter().filter_map(|event| event.message).filter(|text| !text.is_empty()).collect())
    }
}
