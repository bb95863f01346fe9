//! What runs an application: something that makes pods, and how it is stopped and started again.
//! Must keep apart what is set from what is seen to run: a restore puts back the first, and waits for the second.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An object of some kind, as an owner reference names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Such as `StatefulSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl Named {
    /// The API group, empty for the core.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The version within the group.
    pub fn version(&self) -> &str {
        self.api_version.rsplit_once('/').map_or(self.api_version.as_str(), |(_, version)| version)
    }

    /// Its controller is not one of Kubernetes' own.
    pub fn is_of_another_api(&self) -> bool {
        !["", "apps", "batch"].contains(&self.group())
    }

    /// As kubectl takes it: `statefulset/db`, and `rollout.argoproj.io/db` for what is not Kubernetes' own.
    pub fn for_kubectl(&self) -> String {
        let kind = self.kind.to_lowercase();
        match self.is_of_another_api() {
            false => format!("{kind}/{}", self.name),
            true => format!("{kind}.{}/{}", self.group(), self.name),
        }
    }
}

impl fmt::Display for Named {
    /// `StatefulSet/db`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// The claims that a StatefulSet makes for its replicas: `TEMPLATE-SET-ORDINAL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaClaims {
    /// Name of the set.
    pub name: String,
    /// Names of its claim templates.
    pub templates: Vec<String>,
    /// Ordinal of the first replica.
    pub first: u64,
    /// How many replicas are wanted; 0 if it is stopped.
    pub replicas: u64,
}

/// How much of it is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Setting {
    /// So many pods at a time.
    Replicas(u32),
    /// Whether it makes no pods.
    Suspended(bool),
}

impl Setting {
    /// The setting with which there are no pods.
    pub fn at_rest(self) -> Self {
        match self {
            Self::Replicas(_) => Self::Replicas(0),
            Self::Suspended(_) => Self::Suspended(true),
        }
    }

    /// There are no pods with it.
    pub fn is_at_rest(self) -> bool {
        self == self.at_rest()
    }
}

/// A workload, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Which one.
    pub who: Named,
    /// What the API server calls its kind in addresses, such as `statefulsets`.
    pub plural: String,
    /// Its version.
    pub resource_version: Option<String>,
    /// What is set.
    pub setting: Setting,
    /// How many of its pods are ready.
    pub ready: u32,
    /// It deletes its claims when it is scaled down (`whenScaled: Delete`).
    pub deletes_claims: bool,
    /// Who controls it.
    pub owner: Option<Named>,
    /// Who set that last, as the server recorded it.
    pub set_by: Option<String>,
    /// It may have been this program. Of what was scaled to 0 by its scale, the server does not record who did that.
    pub may_be_set_by_us: bool,
    /// The application of a deployment tool that it belongs to.
    pub part_of: Option<Application>,
}

/// A workload that is stopped while a claim is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Which one.
    #[serde(flatten)]
    pub who: Named,
    /// What the API server calls its kind in addresses.
    pub plural: String,
    /// What it was set to before it was stopped.
    pub was: Setting,
    /// How far that is.
    pub stage: Stage,
}

/// How far the stopping of a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It was not touched.
    Planned,
    /// It may have been stopped.
    Stopping,
    /// It was seen at rest. Whoever sets it to something else now is at odds with the restore.
    Stopped,
    /// It is as it was.
    Started,
    /// It is as it was, and was never seen at rest: a request to stop it may still be on its way.
    Running,
    /// Somebody else has set it to something else, which is left alone.
    Left,
    /// It did not exist any more when it was to be started.
    Gone,
    /// Nobody knows how far it is: it is written on the volume alone.
    Marked,
}

impl Stage {
    /// It may stand still because of the restore, and is to be started again.
    pub fn may_be_down(self) -> bool {
        matches!(self, Self::Stopping | Self::Stopped | Self::Marked)
    }
}

/// An application of a deployment tool, as the marks on its parts name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Which tool.
    pub tool: Tool,
    /// Name of the tool's own object.
    pub name: String,
    /// Its namespace, where the marks tell.
    pub namespace: Option<String>,
    /// The part itself is left alone by the tool.
    pub spares_it: bool,
}

/// A deployment tool that puts back what others change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Argo CD, with an Application.
    ArgoCd,
    /// Flux, with a Kustomization.
    FluxKustomization,
    /// Flux, with a HelmRelease.
    FluxHelmRelease,
}

/// Somebody who sets the replicas of a workload by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autoscaler {
    /// Which one.
    pub who: Named,
    /// Kind and name of the workload.
    pub target: (String, String),
    /// It stands still while there are no replicas, or was paused.
    pub is_still: bool,
}

impl Workload {
    /// All of it that is to run does.
    pub fn is_ready(&self) -> bool {
        match self.setting {
            Setting::Replicas(wanted) => self.ready >= wanted,
            Setting::Suspended(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_as_kubectl_takes_it() {
        for (api_version, kind, group, version, wanted) in [
            ("v1", "Pod", "", "v1", "pod/db"),
            ("apps/v1", "StatefulSet", "apps", "v1", "statefulset/db"),
            ("batch/v1", "CronJob", "batch", "v1", "cronjob/db"),
            ("argoproj.io/v1alpha1", "Rollout", "argoproj.io", "v1alpha1", "rollout.argoproj.io/db"),
        ] {
            let named = Named {
                api_version: api_version.into(),
                kind: kind.into(),
                name: "db".into(),
                uid: "uid".into(),
            };
            assert_eq!((named.group(), named.version()), (group, version));
            assert_eq!(named.for_kubectl(), wanted);
            assert_eq!(named.to_string(), format!("{kind}/db"));
        }
    }

    #[test]
    fn what_makes_no_pods_is_at_rest_and_what_makes_enough_is_ready() {
        for (setting, ready, is_at_rest, is_ready) in [
            (Setting::Replicas(0), 0, true, true),
            (Setting::Replicas(2), 1, false, false),
            (Setting::Replicas(2), 2, false, true),
            (Setting::Suspended(true), 0, true, true),
            (Setting::Suspended(false), 0, false, true),
        ] {
            let who = Named { api_version: "v1".into(), kind: "X".into(), name: "x".into(), uid: "u".into() };
            let workload = Workload {
                who,
                plural: "xs".into(),
                resource_version: None,
                setting,
                ready,
                deletes_claims: false,
                owner: None,
                set_by: None,
                may_be_set_by_us: false,
                part_of: None,
            };
            assert_eq!((setting.is_at_rest(), workload.is_ready()), (is_at_rest, is_ready), "{setting:?}");
        }
    }
}
