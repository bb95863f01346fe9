//! What the API server serves: versions are taken from discovery, never guessed from the server's version.
//! Must not be asked twice: one look per command.

use kube::core::ApiResource;

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use crate::api::{gemini, snapshot};
use crate::error::{Error, Reason, Result};

/// How SnapshotGroups are asked for: the version that is served.
pub type GroupsApi = ApiResource;

/// Versions of the two APIs that we need, as served.
#[derive(Clone, Debug, Default)]
pub struct Served {
    /// Versions of `gemini.fairwinds.com`.
    pub groups: Vec<String>,
    /// Versions of `snapshot.storage.k8s.io`.
    pub snapshots: Vec<String>,
}

impl Served {
    /// How to ask for SnapshotGroups, in the best version that both sides know.
    pub fn groups(&self) -> Result<GroupsApi> {
        let version =
            gemini::VERSIONS.iter().find(|version| self.groups.iter().any(|served| served == *version));
        version.map(|version| gemini::resource(version)).ok_or_else(|| {
            Error::new(
                Reason::SnapshotGroupCrdMissing,
                "the SnapshotGroup CRD is not installed in this cluster",
            )
        })
    }

    /// The snapshot API is there, in the version that we speak.
    pub fn require_snapshots(&self) -> Result<()> {
        if self.snapshots.iter().any(|version| version == snapshot::VERSION) {
            return Ok(());
        }
        Err(match self.snapshots.is_empty() {
            true => Error::new(
                Reason::SnapshotCrdMissing,
                "the VolumeSnapshot CRDs are not installed: this cluster cannot take snapshots",
            ),
            false => Error::new(
                Reason::SnapshotApiTooOld,
                format!("the VolumeSnapshot API is served as {} only", self.snapshots.join(", ")),
            ),
        })
    }
}

impl Cluster {
    /// Asks what is served.
    pub async fn served(&self) -> Result<Served> {
        let call = Call { verb: Verb::List, kind: Kind::Discovery, namespace: None, name: None };
        let client = self.client();
        let groups = self.read(&call, || client.list_api_groups()).await.map_err(|failure| failure.error)?;
        let versions = |name: &str| {
            let group = groups.groups.iter().find(|group| group.name == name);
            group.map(|g| g.versions.iter().map(|v| v.version.clone()).collect()).unwrap_or_default()
        };
        Ok(Served { groups: versions(gemini::GROUP), snapshots: versions(snapshot::GROUP) })
    }

    /// The server's version, such as `v1.34.1`.
    pub async fn version(&self) -> Result<String> {
        let call = Call { verb: Verb::Get, kind: Kind::Discovery, namespace: None, name: None };
        let client = self.client();
        let info = self.read(&call, || client.apiserver_version()).await.map_err(|failure| failure.error)?;
        Ok(info.git_version)
    }
}
