//! What the API server serves: versions are taken from discovery, never guessed from the server's version.
//! Must not be asked twice: one look per command.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource;
use kube::core::ApiResource;

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::Class;
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
    /// SnapshotGroup has a status of its own; Gemini's CRD has none.
    pub has_status: bool,
    /// Resources of those that the two APIs must have and that are not served: an API group is there as soon as
    /// one of its CRDs is.
    missing: Vec<&'static str>,
}

const GROUPS: &str = "snapshotgroups";
const STATUS: &str = "snapshotgroups/status";
const SNAPSHOT_RESOURCES: [&str; 3] = ["volumesnapshots", "volumesnapshotcontents", "volumesnapshotclasses"];

impl Served {
    /// How to ask for SnapshotGroups, in the best version that both sides know.
    pub fn groups(&self) -> Result<GroupsApi> {
        let version = self.group_version().filter(|_| !self.missing.contains(&GROUPS));
        version.map(gemini::resource).ok_or_else(|| {
            Error::new(
                Reason::SnapshotGroupCrdMissing,
                "the SnapshotGroup CRD is not installed in this cluster",
            )
        })
    }

    fn group_version(&self) -> Option<&'static str> {
        gemini::VERSIONS.into_iter().find(|version| self.groups.iter().any(|served| served == version))
    }

    fn has_snapshot_version(&self) -> bool {
        self.snapshots.iter().any(|version| version == snapshot::VERSION)
    }

    /// The snapshot API is there, in the version that we speak, with all its resources.
    pub fn require_snapshots(&self) -> Result<()> {
        if self.has_snapshot_version() {
            let missing = SNAPSHOT_RESOURCES.iter().find(|resource| self.missing.contains(resource));
            return missing.map_or(Ok(()), |resource| {
                let message = format!("the CRD {resource}.{} is not installed", snapshot::GROUP);
                Err(Error::new(Reason::SnapshotCrdMissing, message))
            });
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
        let call = Call::any(Verb::List, Kind::Discovery);
        let client = self.client();
        let groups = self.read(&call, || client.list_api_groups()).await.map_err(|failure| failure.error)?;
        let versions = |name: &str| {
            let group = groups.groups.iter().find(|group| group.name == name);
            group.map(|g| g.versions.iter().map(|v| v.version.clone()).collect()).unwrap_or_default()
        };
        let (groups, snapshots) = (versions(gemini::GROUP), versions(snapshot::GROUP));
        let mut served = Served { groups, snapshots, ..Served::default() };
        if let Some(version) = served.group_version() {
            served.missing.extend(self.missing_of(gemini::GROUP, version, &[GROUPS, STATUS]).await?);
            served.has_status = !served.missing.contains(&STATUS);
        }
        if served.has_snapshot_version() {
            let missing = self.missing_of(snapshot::GROUP, snapshot::VERSION, &SNAPSHOT_RESOURCES).await?;
            served.missing.extend(missing);
        }
        Ok(served)
    }

    /// Which of the wanted resources a served version of an API lacks.
    async fn missing_of(
        &self,
        group: &str,
        version: &str,
        wanted: &[&'static str],
    ) -> Result<Vec<&'static str>> {
        let found = self.resources(&format!("{group}/{version}")).await?;
        let lacks = |resource: &&str| !found.iter().any(|served| served.name == *resource);
        Ok(wanted.iter().copied().filter(lacks).collect())
    }

    /// What is served of a version of an API, such as `apps/v1` or `v1`; nothing if that is not served at all.
    pub(super) async fn resources(&self, version: &str) -> Result<Vec<APIResource>> {
        let (call, client) = (Call::any(Verb::List, Kind::Discovery), self.client());
        let found = match version.contains('/') {
            true => self.read(&call, || client.list_api_group_resources(version)).await,
            false => self.read(&call, || client.list_core_api_resources(version)).await,
        };
        match found {
            Ok(found) => Ok(found.resources),
            // The last CRD of the group may have gone away.
            Err(failure) if failure.class == Class::NotFound => Ok(vec![]),
            Err(failure) => Err(failure.error),
        }
    }

    /// The server's version, such as `v1.34.1`.
    pub async fn version(&self) -> Result<String> {
        let call = Call::any(Verb::Get, Kind::Discovery);
        let client = self.client();
        let info = self.read(&call, || client.apiserver_version()).await.map_err(|failure| failure.error)?;
        Ok(info.git_version)
    }
}
