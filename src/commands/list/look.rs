//! What `list` reads: groups and snapshots, and what is shown beside them if the user may see it.
//! Must go on without what is forbidden, and say what is missing for it.

use futures::{StreamExt as _, stream};

use super::items;
use super::options::{ListOptions, View};
use super::seen::{Extras, Seen};
use super::show::warn;
use crate::cluster::connect::Cluster;
use crate::cluster::lease;
use crate::error::{Error, Reason, Result};
use crate::model::restore::Journal;
use crate::model::snapshot::Content;
use crate::model::volume::Volume;
use crate::ui::terminal::Ui;

/// How many contents are read at once.
const PARALLEL: usize = 8;

/// Reads groups and snapshots; snapshots only where they are shown or counted.
pub(super) async fn look(cluster: &Cluster, options: &ListOptions) -> Result<Seen> {
    if options.view == View::Retained {
        return Ok(Seen::default());
    }
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    let namespace = options.namespace(cluster);
    let mut seen = Seen::default();
    if options.groups.is_empty() {
        (seen.groups, seen.unreadable) =
            cluster.selected_groups(&resource, namespace, &options.selectors).await?;
    }
    for name in &options.groups {
        seen.groups.push(cluster.group(&resource, name).await?);
    }
    seen.snapshots = match options.view {
        View::Groups if !seen.groups.is_empty() => cluster.slim_snapshots(namespace).await?,
        View::Snapshots => cluster.snapshots(namespace).await?,
        View::Groups | View::Unprotected | View::Retained => vec![],
    };
    Ok(seen)
}

impl Extras {
    /// Reads what these groups and snapshots need.
    pub async fn read(
        &mut self,
        cluster: &Cluster,
        options: &ListOptions,
        seen: &Seen,
        ui: &Ui,
    ) -> Result<()> {
        let namespace = options.namespace(cluster);
        match options.view {
            View::Unprotected => self.claims = Some(cluster.claims(namespace).await?),
            View::Retained => {
                let is_here = |volume: &Volume| {
                    let claim = volume.mark.as_ref().and_then(|mark| mark.claim.split_once('/'));
                    claim.is_some_and(|(of, _)| namespace.is_none_or(|wanted| wanted == of))
                };
                self.volumes = cluster.volumes().await?;
                self.volumes.retain(is_here);
            }
            View::Groups if seen.groups.is_empty() => {}
            View::Groups => {
                let lost = match options.is_detailed() {
                    true => {
                        "whether claims are missing is not known; size, storage class and driver are not shown"
                    }
                    false => "whether claims are missing is not known",
                };
                self.claims = self.allowed(cluster.slim_claims(namespace).await, lost, ui)?;
                self.restores = open_restores(cluster, namespace).await?;
                // They lie outside namespaces, where not everybody may look: only if they tell why something is not taken.
                if items::something_is_due(seen, self, cluster.now()) {
                    let lost = "whether a snapshot class is missing is not known";
                    self.classes = self.allowed(cluster.snapshot_classes(None).await, lost, ui)?;
                }
            }
            View::Snapshots if options.is_detailed() => {
                self.read_contents(cluster, options, seen, ui).await?
            }
            View::Snapshots => {}
        }
        Ok(())
    }

    /// The contents of the snapshots that are shown, as far as they are not known yet.
    async fn read_contents(
        &mut self,
        cluster: &Cluster,
        options: &ListOptions,
        seen: &Seen,
        ui: &Ui,
    ) -> Result<()> {
        let shown = items::shown_snapshots(seen, options);
        let mut names: Vec<_> =
            shown.iter().filter_map(|(_, snapshot)| snapshot.content.as_deref()).collect();
        names.retain(|name| !self.contents.contains_key(*name));
        let read: Vec<Result<Option<Content>>> =
            stream::iter(names).map(|name| cluster.content(name)).buffered(PARALLEL).collect().await;
        for content in read {
            let lost = "where the snapshots come from is not verified";
            let Some(content) = self.allowed(content, lost, ui)? else { break };
            self.contents.extend(content.map(|content| (content.name.clone(), content)));
        }
        Ok(())
    }

    /// What may not be read is left out, and it is said what is missing for it.
    fn allowed<T>(&mut self, read: Result<T>, lost: &'static str, ui: &Ui) -> Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_forbidden(&error) => {
                if self.said.insert(lost) {
                    warn(ui, &format!("{error}: {lost}"));
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The restores that have not ended, and whether nobody is at work on them. For whoever may not look there are none: most
/// people never restore.
async fn open_restores(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<(Journal, bool)>> {
    let journals = cluster.journals_in_sight(namespace).await?.unwrap_or_default();
    let mut open = vec![];
    for journal in journals.into_iter().filter(Journal::is_open) {
        let lease = lease::of_restores(&journal.claim);
        let is_left = match cluster.in_namespace(&journal.namespace).lease_holder(&lease).await {
            Ok(holder) => holder.is_none(),
            Err(error) if is_forbidden(&error) => false,
            Err(error) => return Err(error),
        };
        open.push((journal, is_left));
    }
    Ok(open)
}

fn is_forbidden(error: &Error) -> bool {
    error.reason == Reason::Forbidden
}
