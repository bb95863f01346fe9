//! What `version` tells, as text and for scripts.
//! Must say of a server only what it said itself.

use schemars::JsonSchema;
use serde::Serialize;

/// The document of `version -o json|yaml|jsonpath`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionDocument {
    schema_version: u32,
    kind: &'static str,
    /// This program.
    pub client: Client,
    /// The API server; left out if it was not asked, or did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Server>,
}

/// This program.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Client {
    /// Such as `v1.2.3`.
    pub version: &'static str,
    /// Such as `linux/x86_64`.
    pub platform: String,
}

/// The API server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Its version.
    pub version: String,
    /// Versions of SnapshotGroups that it serves.
    pub snapshot_group_versions: Vec<String>,
    /// Versions of VolumeSnapshots that it serves.
    pub snapshot_versions: Vec<String>,
}

impl VersionDocument {
    /// Of this program, and of a server if one was asked.
    pub fn new(server: Option<Server>) -> Self {
        let client = Client {
            version: concat!("v", env!("CARGO_PKG_VERSION")),
            platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
        };
        Self { schema_version: 1, kind: "Version", client, server }
    }
}

/// A line for each.
pub fn table(document: &VersionDocument) -> String {
    let mut text = format!("Client: {} ({})\n", document.client.version, document.client.platform);
    if let Some(server) = &document.server {
        let versions = |versions: &[String]| match versions.is_empty() {
            true => "not served".to_owned(),
            false => versions.join(", "),
        };
        text += &format!("Server: {}\n", server.version);
        text += &format!("SnapshotGroup API: {}\n", versions(&server.snapshot_group_versions));
        text += &format!("Snapshot API: {}\n", versions(&server.snapshot_versions));
    }
    text
}
