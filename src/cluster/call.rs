//! The name of a request: verb, kind, namespace, object. Errors and logs are worded from it.
//! Must not contain the request's content: a token could be in there.

use std::fmt;

/// Kubernetes' verbs, as far as we use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read many.
    List,
    /// Be told of changes.
    Watch,
    /// Make one.
    Create,
    /// Change one.
    Patch,
    /// Remove one.
    Delete,
}

impl Verb {
    /// As in a role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    /// What has then been done to the object.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Delete => "deleted",
            Self::Patch | Self::Get | Self::List | Self::Watch => "changed",
        }
    }
}

/// The kinds that we ask the API server about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What is served at all.
    Discovery,
    /// SnapshotGroup.
    Group,
    /// Status of a SnapshotGroup.
    GroupStatus,
    /// VolumeSnapshot.
    Snapshot,
    /// VolumeSnapshotContent.
    Content,
    /// VolumeSnapshotClass.
    SnapshotClass,
    /// PersistentVolumeClaim.
    Claim,
    /// PersistentVolume.
    Volume,
    /// StorageClass.
    StorageClass,
    /// Event, as `kubectl describe` shows it.
    Event,
    /// Event that is written.
    NewEvent,
    /// Lease.
    Lease,
    /// ConfigMap.
    ConfigMap,
    /// Pod.
    Pod,
    /// VolumeAttachment.
    VolumeAttachment,
    /// Whatever owns a claim.
    Owner,
    /// CronJob.
    CronJob,
    /// HorizontalPodAutoscaler.
    Autoscaler,
    /// Whatever makes pods, or deploys what does; which kind it is says the call's own resource.
    Workload,
    /// Namespace.
    Namespace,
    /// SelfSubjectAccessReview.
    AccessReview,
}

impl Kind {
    /// API group, resource and subresource, as in a role.
    pub fn resource(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::Discovery => ("", "apis", None),
            Self::Group => ("gemini.fairwinds.com", "snapshotgroups", None),
            Self::GroupStatus => ("gemini.fairwinds.com", "snapshotgroups", Some("status")),
            Self::Snapshot => ("snapshot.storage.k8s.io", "volumesnapshots", None),
            Self::Content => ("snapshot.storage.k8s.io", "volumesnapshotcontents", None),
            Self::SnapshotClass => ("snapshot.storage.k8s.io", "volumesnapshotclasses", None),
            Self::Claim => ("", "persistentvolumeclaims", None),
            Self::Volume => ("", "persistentvolumes", None),
            Self::StorageClass => ("storage.k8s.io", "storageclasses", None),
            Self::Event => ("", "events", None),
            Self::NewEvent => ("events.k8s.io", "events", None),
            Self::Lease => ("coordination.k8s.io", "leases", None),
            Self::ConfigMap => ("", "configmaps", None),
            Self::Pod => ("", "pods", None),
            Self::VolumeAttachment => ("storage.k8s.io", "volumeattachments", None),
            Self::Owner => ("", "owners", None),
            Self::CronJob => ("batch", "cronjobs", None),
            Self::Autoscaler => ("autoscaling", "horizontalpodautoscalers", None),
            Self::Workload => ("", "workloads", None),
            Self::Namespace => ("", "namespaces", None),
            Self::AccessReview => ("authorization.k8s.io", "selfsubjectaccessreviews", None),
        }
    }

    /// Whether objects of the kind lie in namespaces.
    pub fn is_namespaced(self) -> bool {
        matches!(
            self,
            Self::Group
                | Self::GroupStatus
                | Self::Snapshot
                | Self::Claim
                | Self::Event
                | Self::NewEvent
                | Self::Lease
                | Self::ConfigMap
                | Self::Pod
                | Self::CronJob
                | Self::Autoscaler
                | Self::Workload
        )
    }

    /// `volumesnapshots.snapshot.storage.k8s.io`, as in kubectl's messages.
    pub fn full_name(self) -> String {
        let (group, plural, subresource) = self.resource();
        let slash = subresource.map(|sub| format!("/{sub}")).unwrap_or_default();
        if group.is_empty() { format!("{plural}{slash}") } else { format!("{plural}{slash}.{group}") }
    }

    /// What people call it, in the plural.
    fn title(self) -> &'static str {
        match self {
            Self::Discovery => "the API groups",
            Self::Group => "SnapshotGroups",
            Self::GroupStatus => "the status of SnapshotGroups",
            Self::Snapshot => "VolumeSnapshots",
            Self::Content => "VolumeSnapshotContents",
            Self::SnapshotClass => "VolumeSnapshotClasses",
            Self::Claim => "PersistentVolumeClaims",
            Self::Volume => "PersistentVolumes",
            Self::StorageClass => "StorageClasses",
            Self::Event | Self::NewEvent => "Events",
            Self::Lease => "Leases",
            Self::ConfigMap => "ConfigMaps",
            Self::Pod => "Pods",
            Self::VolumeAttachment => "VolumeAttachments",
            Self::Owner => "owners of a claim",
            Self::CronJob => "CronJobs",
            Self::Autoscaler => "HorizontalPodAutoscalers",
            Self::Workload => "workloads",
            Self::Namespace => "Namespaces",
            Self::AccessReview => "access reviews",
        }
    }

    /// What people call one of them.
    pub(super) fn singular(self) -> &'static str {
        match self {
            Self::Discovery => "the API groups",
            Self::Group => "SnapshotGroup",
            Self::GroupStatus => "the status of SnapshotGroup",
            Self::Snapshot => "VolumeSnapshot",
            Self::Content => "VolumeSnapshotContent",
            Self::SnapshotClass => "VolumeSnapshotClass",
            Self::Claim => "PersistentVolumeClaim",
            Self::Volume => "PersistentVolume",
            Self::StorageClass => "StorageClass",
            Self::Event | Self::NewEvent => "Event",
            Self::Lease => "Lease",
            Self::ConfigMap => "ConfigMap",
            Self::Pod => "Pod",
            Self::VolumeAttachment => "VolumeAttachment",
            Self::Owner => "owner of a claim",
            Self::CronJob => "CronJob",
            Self::Autoscaler => "HorizontalPodAutoscaler",
            Self::Workload => "workload",
            Self::Namespace => "Namespace",
            Self::AccessReview => "access review",
        }
    }
}

/// What is asked for where the kind is only known from the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group, empty for the core.
    pub group: String,
    /// The name in addresses, such as `statefulsets`.
    pub plural: String,
    /// A part of it, such as `scale`.
    pub subresource: Option<&'static str>,
    /// The name of the kind, such as `StatefulSet`.
    pub kind: String,
}

/// One request, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is done.
    pub verb: Verb,
    /// To what kind.
    pub kind: Kind,
    /// In which namespace; `None` for all, or for a kind without namespaces.
    pub namespace: Option<String>,
    /// To which object.
    pub name: Option<String>,
    /// What the kind really is, if `kind` does not tell.
    pub resource: Option<Resource>,
}

impl Call {
    /// A request that is about no object in particular.
    pub fn any(verb: Verb, kind: Kind) -> Self {
        Self { verb, kind, namespace: None, name: None, resource: None }
    }

    /// A request about one object.
    pub fn one(verb: Verb, kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        Self { namespace: namespace.map(str::to_owned), name: Some(name.to_owned()), ..Self::any(verb, kind) }
    }

    /// The same of a kind that is only known from the cluster.
    pub fn of(self, resource: Resource) -> Self {
        Self { resource: Some(resource), ..self }
    }

    /// API group, resource and subresource, as in a role.
    pub fn resource(&self) -> (&str, &str, Option<&'static str>) {
        match &self.resource {
            Some(resource) => (&resource.group, &resource.plural, resource.subresource),
            None => self.kind.resource(),
        }
    }

    fn singular(&self) -> String {
        match &self.resource {
            Some(Resource { kind, subresource: Some(part), .. }) => format!("the {part} of {kind}"),
            Some(resource) => resource.kind.clone(),
            None => self.kind.singular().to_owned(),
        }
    }

    /// A request about many objects.
    pub fn list(kind: Kind, namespace: Option<&str>) -> Self {
        Self { namespace: namespace.map(str::to_owned), ..Self::any(Verb::List, kind) }
    }

    /// A watch of many objects.
    pub fn watch(kind: Kind, namespace: Option<&str>) -> Self {
        Self { verb: Verb::Watch, ..Self::list(kind, namespace) }
    }

    /// Where it happens, to follow a message: `in namespace shop`, `in all namespaces`, or nothing.
    pub fn place(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!(" in namespace {namespace}"),
            None if self.kind.is_namespaced() => " in all namespaces".to_owned(),
            None => String::new(),
        }
    }
}

impl fmt::Display for Call {
    /// Such as `create VolumeSnapshot db-1 in namespace shop` or `list VolumeSnapshots in all namespaces`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.verb.as_str();
        match &self.name {
            Some(name) => write!(f, "{verb} {} {name}{}", self.singular(), self.place()),
            None => write!(f, "{verb} {}{}", self.kind.title(), self.place()),
        }
    }
}
