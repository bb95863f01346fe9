//! What `prune` looks at, once: groups, their snapshots, and the claims that are being filled.
//! Must not go on with half a list: what is not seen cannot speak for a snapshot.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::api::saved::Saved;
use crate::cluster::connect::Cluster;
use crate::cluster::observe::Unreadable;
use crate::commands::offline;
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::plan::in_use;
use crate::ui::terminal::Ui;

/// Which groups are meant.
pub(super) enum Which {
    /// These, of the namespace.
    Named(Vec<String>),
    /// All that match.
    All {
        /// A label selector.
        selector: Option<String>,
        /// In all namespaces.
        everywhere: bool,
    },
}

/// What was seen.
pub(super) struct Observed {
    pub now: DateTime<Utc>,
    pub groups: Vec<Group>,
    /// Groups that exist but cannot be understood: namespace, name, and what is wrong.
    pub unreadable: Vec<(String, String, Error)>,
    pub snapshots: Vec<Snapshot>,
    claims: Vec<Claim>,
}

impl Observed {
    /// Looks at the cluster.
    pub async fn of(cluster: &Cluster, which: &Which, ui: &Ui) -> Result<Self> {
        let served = cluster.served().await?;
        let resource = served.groups()?;
        served.require_snapshots()?;
        let (mut groups, mut unreadable) = (vec![], vec![]);
        let mut namespace = Some(cluster.namespace.as_str());
        match which {
            Which::Named(names) => {
                for name in names {
                    groups.push(cluster.group(&resource, name).await?);
                }
            }
            Which::All { selector, everywhere } => {
                namespace = namespace.filter(|_| !everywhere);
                let (read, odd) = cluster.groups(&resource, namespace, selector.as_deref()).await?;
                groups = read;
                for Unreadable { namespace, name, why } in odd {
                    let message = format!("snapshotgroup {name} in namespace {namespace} makes no sense");
                    let error = Error::new(Reason::GroupInvalid, message).cause(why);
                    unreadable.push((namespace, name, error));
                }
            }
        }
        let (snapshots, claims) =
            futures::join!(cluster.slim_snapshots(namespace), cluster.slim_claims(namespace));
        let snapshots = snapshots?;
        let claims = match claims {
            // The provisioner's finalizer still keeps the data of a snapshot that is being read.
            Err(error) if error.reason == Reason::Forbidden => {
                let text = format!("{error}: whether claims are being filled from snapshots is not known");
                ui.notice(Notice::Warning(text));
                vec![]
            }
            claims => claims?,
        };
        Ok(Self { now: cluster.now(), groups, unreadable, snapshots, claims })
    }

    /// What files hold. Claims are not in them.
    pub fn saved(saved: Saved, which: &Which, now: DateTime<Utc>, ui: &Ui) -> Result<Self> {
        for warning in saved.warnings {
            ui.notice(Notice::Warning(warning));
        }
        let text = "whether claims are being filled from snapshots is not in a file";
        ui.notice(Notice::Warning(text.to_owned()));
        let groups = match which {
            Which::All { .. } => saved.groups,
            Which::Named(names) => offline::named(saved.groups, names)?,
        };
        if groups.is_empty() {
            let error = Error::new(Reason::GroupNotFound, "there is no SnapshotGroup in the files");
            return Err(error.hint("name a manifest with -f, or save them together: kubectl get snapshotgroups,volumesnapshots -o json"));
        }
        Ok(Self { now, groups, unreadable: vec![], snapshots: saved.snapshots, claims: vec![] })
    }

    /// The snapshots of a group's namespace that claims are being filled from.
    pub fn in_use(&self, group: &Group) -> BTreeSet<&str> {
        in_use::sources(&self.claims, &group.namespace)
    }
}
