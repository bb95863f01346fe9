//! Looks at the cluster: groups, snapshots, claims, volumes, classes, as model values.
//! Must not decide anything, and must not write.

use k8s_openapi::api::core::v1::{Namespace, PersistentVolume, PersistentVolumeClaim};
use k8s_openapi::api::storage::v1::StorageClass as WireStorageClass;
use kube::api::{Api, ListParams};
use kube::core::{ApiResource, DynamicObject};

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use crate::api::snapshot::{VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent};
use crate::api::{convert, storage};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::class::{SnapshotClass, StorageClass};
use crate::model::group::Group;
use crate::model::name::nearest;
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::Volume;

/// A group that exists but cannot be understood; it must not keep the others from being shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unreadable {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Why, as a fragment.
    pub why: String,
}

/// Which groups are wanted, as kubectl's selectors say it.
#[derive(Clone, Debug, Default)]
pub struct Selectors {
    /// `-l`
    pub labels: Option<String>,
    /// `--field-selector`; the server knows `metadata.name` and `metadata.namespace`.
    pub fields: Option<String>,
}

/// A group, or why it cannot be understood.
pub(super) fn read_group(object: &DynamicObject) -> std::result::Result<Group, Unreadable> {
    convert::group(object).map_err(|error| Unreadable {
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: object.metadata.name.clone().unwrap_or_default(),
        why: error.to_string(),
    })
}

impl Cluster {
    /// All groups of a namespace, or of the cluster, that match a label selector, by namespace and name.
    pub async fn groups(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<(Vec<Group>, Vec<Unreadable>)> {
        let selectors = Selectors { labels: selector.map(str::to_owned), fields: None };
        self.selected_groups(resource, namespace, &selectors).await
    }

    /// As [`Self::groups`], also by fields.
    pub async fn selected_groups(
        &self,
        resource: &ApiResource,
        namespace: Option<&str>,
        selectors: &Selectors,
    ) -> Result<(Vec<Group>, Vec<Unreadable>)> {
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client(), namespace, resource),
            None => Api::all_with(self.client(), resource),
        };
        let params = ListParams {
            label_selector: selectors.labels.clone(),
            field_selector: selectors.fields.clone(),
            ..ListParams::default()
        };
        let take = |object: DynamicObject| Some(read_group(&object));
        let all = self.list_as(&api, params, &Call::list(Kind::Group, namespace), take).await?;
        let (mut groups, mut unreadable) = (vec![], vec![]);
        for group in all {
            match group {
                Ok(group) => groups.push(group),
                Err(why) => unreadable.push(why),
            }
        }
        groups.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        Ok((groups, unreadable))
    }

    /// Names of all namespaces.
    pub async fn namespace_names(&self) -> Result<Vec<String>> {
        let api: Api<Namespace> = Api::all(self.client());
        let call = Call::list(Kind::Namespace, None);
        self.list_as(&api, ListParams::default(), &call, |object| object.metadata.name).await
    }

    /// Names of all storage classes.
    pub async fn storage_class_names(&self) -> Result<Vec<String>> {
        let api: Api<WireStorageClass> = Api::all(self.client());
        let call = Call::list(Kind::StorageClass, None);
        self.list_as(&api, ListParams::default(), &call, |object| object.metadata.name).await
    }

    /// One group. If there is none, the error names those that may have been meant.
    pub async fn group(&self, resource: &ApiResource, name: &str) -> Result<Group> {
        let api: Api<DynamicObject> = Api::namespaced_with(self.client(), &self.namespace, resource);
        let call = Call::one(Verb::Get, Kind::Group, Some(&self.namespace), name);
        let Some(object) = self.get(&api, &call).await? else {
            return Err(self.group_not_found(resource, name).await);
        };
        convert::group(&object).map_err(|error| {
            let message = format!("snapshotgroup \"{name}\" in namespace {} makes no sense", self.namespace);
            Error::new(Reason::GroupInvalid, message).cause(error.to_string())
        })
    }

    async fn group_not_found(&self, resource: &ApiResource, name: &str) -> Error {
        let namespace = &self.namespace;
        let error = Error::new(
            Reason::GroupNotFound,
            format!("snapshotgroup \"{name}\" does not exist in namespace {namespace}"),
        );
        // Only for the hint: whoever may not list gets the general one.
        let here =
            self.groups(resource, Some(namespace), None).await.map(|(groups, _)| groups).unwrap_or_default();
        let snapshots = self.snapshots(Some(namespace)).await.unwrap_or_default();
        if snapshots.iter().any(|snapshot| snapshot.group.as_deref() == Some(name)) {
            return error.hint(format!(
                "its snapshots are still there: kubectl gemini list --snapshots -n {namespace}; make the SnapshotGroup again, with the same name and claimName, then run the same command again"
            ));
        }
        match nearest(here.iter().map(|group| group.name.as_str()), name) {
            Some(nearest) => error.hint(format!("did you mean \"{nearest}\"?")),
            None if here.is_empty() => {
                error.hint(format!("namespace {namespace} has no groups; see all: kubectl gemini list -A"))
            }
            None => error.hint(format!("see those that do: kubectl gemini list -n {namespace}")),
        }
    }

    /// All snapshots of a namespace, or of the cluster, whoever made them.
    pub async fn snapshots(&self, namespace: Option<&str>) -> Result<Vec<Snapshot>> {
        let api: Api<VolumeSnapshot> = match namespace {
            Some(namespace) => Api::namespaced(self.client(), namespace),
            None => Api::all(self.client()),
        };
        let call = Call::list(Kind::Snapshot, namespace);
        self.list_as(&api, ListParams::default(), &call, |object| Some(convert::snapshot(object))).await
    }

    /// One snapshot.
    pub async fn snapshot(&self, name: &str) -> Result<Option<Snapshot>> {
        self.snapshot_in(&self.namespace, name).await
    }

    /// One snapshot of any namespace.
    pub(super) async fn snapshot_in(&self, namespace: &str, name: &str) -> Result<Option<Snapshot>> {
        let api: Api<VolumeSnapshot> = Api::namespaced(self.client(), namespace);
        let call = Call::one(Verb::Get, Kind::Snapshot, Some(namespace), name);
        Ok(self.get(&api, &call).await?.map(convert::snapshot))
    }

    /// The error for a snapshot that is not there; it names the one that may have been meant.
    pub async fn snapshot_not_found(&self, name: &str) -> Error {
        let namespace = &self.namespace;
        let error = Error::new(
            Reason::SnapshotNotFound,
            format!("volumesnapshot \"{name}\" does not exist in namespace {namespace}"),
        );
        // Only for the hint: whoever may not list gets the general one.
        let here = self.snapshots(Some(namespace)).await.unwrap_or_default();
        match nearest(here.iter().map(|snapshot| snapshot.name.as_str()), name) {
            Some(nearest) => error.hint(format!("did you mean \"{nearest}\"?")),
            None => error.hint(format!("see those that do: kubectl get volumesnapshots -n {namespace}")),
        }
    }

    /// The content of a snapshot, by the content's name.
    pub async fn content(&self, name: &str) -> Result<Option<Content>> {
        let api: Api<VolumeSnapshotContent> = Api::all(self.client());
        let call = Call::one(Verb::Get, Kind::Content, None, name);
        Ok(self.get(&api, &call).await?.as_ref().map(convert::content))
    }

    /// The contents of all snapshots of the cluster.
    pub async fn contents(&self) -> Result<Vec<Content>> {
        let api: Api<VolumeSnapshotContent> = Api::all(self.client());
        let call = Call::list(Kind::Content, None);
        self.list_as(&api, ListParams::default(), &call, |object| Some(convert::content(&object))).await
    }

    /// The snapshot classes: only the named one, which needs no right to list, or all.
    pub async fn snapshot_classes(&self, named: Option<&str>) -> Result<Vec<SnapshotClass>> {
        let api: Api<VolumeSnapshotClass> = Api::all(self.client());
        let objects = match named {
            Some(name) => {
                let call = Call::one(Verb::Get, Kind::SnapshotClass, None, name);
                self.get(&api, &call).await?.into_iter().collect()
            }
            None => self.list(&api, ListParams::default(), &Call::list(Kind::SnapshotClass, None)).await?,
        };
        Ok(objects.iter().map(convert::snapshot_class).collect())
    }

    /// All claims of a namespace, or of the cluster.
    pub async fn claims(&self, namespace: Option<&str>) -> Result<Vec<Claim>> {
        self.claims_as(namespace, |claim| claim).await
    }

    /// What is needed of all claims of a namespace, or of the cluster.
    pub(super) async fn claims_as<T>(
        &self,
        namespace: Option<&str>,
        take: impl Fn(Claim) -> T,
    ) -> Result<Vec<T>> {
        let resource = ApiResource::erase::<PersistentVolumeClaim>(&());
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(self.client(), namespace, &resource),
            None => Api::all_with(self.client(), &resource),
        };
        let call = Call::list(Kind::Claim, namespace);
        self.list_as(&api, ListParams::default(), &call, |object| storage::claim(&object).map(&take)).await
    }

    /// One claim.
    pub async fn claim(&self, name: &str) -> Result<Option<Claim>> {
        let call = Call::one(Verb::Get, Kind::Claim, Some(&self.namespace), name);
        Ok(self.get(&self.claim_api(), &call).await?.as_ref().and_then(storage::claim))
    }

    pub(super) fn claim_api(&self) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<PersistentVolumeClaim>(&());
        Api::namespaced_with(self.client(), &self.namespace, &resource)
    }

    /// One volume.
    pub async fn volume(&self, name: &str) -> Result<Option<Volume>> {
        let api: Api<PersistentVolume> = Api::all(self.client());
        let call = Call::one(Verb::Get, Kind::Volume, None, name);
        Ok(self.get(&api, &call).await?.as_ref().map(storage::volume))
    }

    /// All volumes.
    pub async fn volumes(&self) -> Result<Vec<Volume>> {
        let api: Api<PersistentVolume> = Api::all(self.client());
        let call = Call::list(Kind::Volume, None);
        self.list_as(&api, ListParams::default(), &call, |object| Some(storage::volume(&object))).await
    }

    /// The volume of a claim, if the claim has one and it exists.
    pub async fn volume_of(&self, claim: Option<&Claim>) -> Result<Option<Volume>> {
        match claim.and_then(|claim| claim.volume.as_deref()) {
            Some(name) => self.volume(name).await,
            None => Ok(None),
        }
    }

    /// One storage class.
    pub async fn storage_class(&self, name: &str) -> Result<Option<StorageClass>> {
        let api: Api<WireStorageClass> = Api::all(self.client());
        let call = Call::one(Verb::Get, Kind::StorageClass, None, name);
        Ok(self.get(&api, &call).await?.as_ref().map(storage::storage_class))
    }
}
