//! Before ready snapshots go: those that stay in their place are proven to be of the volume that they were asked for.
//! Must delete nothing on the word of one that is of another volume, or that nobody can judge where that could be done before.

use std::collections::BTreeSet;

use super::observed::Observed;
use super::plans::Plans;
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::model::snapshot::{Content, Readiness, Snapshot};
use crate::plan::origin::{self, Provenance};
use crate::plan::retention::Params;
use crate::ui::terminal::Ui;

impl Observed {
    /// Looks at the contents of what is ready and unproven, in the groups that are to lose something ready. What is of another volume
    /// counts no more.
    ///
    /// Fails with the error of a request: then nothing is deleted. Whoever never could read contents goes on without.
    pub async fn prove(&mut self, cluster: &Cluster, params: &Params, ui: &Ui) -> Result<()> {
        let groups = self.losing(params);
        let is_its = |snapshot: &Snapshot| {
            snapshot
                .group
                .as_ref()
                .is_some_and(|group| groups.contains(&(snapshot.namespace.clone(), group.clone())))
        };
        let provable: BTreeSet<_> = {
            let proven = self.snapshots.iter().filter(|snapshot| snapshot.verified);
            proven.map(|snapshot| (snapshot.namespace.clone(), snapshot.group.clone())).collect()
        };
        let mut is_told = false;
        for snapshot in
            self.snapshots.iter_mut().filter(|snapshot| is_its(snapshot) && origin::is_unproven(snapshot))
        {
            let content = match &snapshot.content {
                Some(name) => cluster.content(name).await,
                None => Ok(None),
            };
            match content {
                Ok(content) => judge(snapshot, content.as_ref(), ui),
                Err(error)
                    if error.reason == Reason::Forbidden
                        && !provable.contains(&(snapshot.namespace.clone(), snapshot.group.clone())) =>
                {
                    if !is_told {
                        ui.notice(Notice::Warning(format!(
                            "{error}: which volumes snapshots were cut from is not proven"
                        )));
                    }
                    is_told = true;
                }
                Err(error) => return Err(unknown(snapshot, error)),
            }
        }
        Ok(())
    }

    /// Namespaces and names of the groups that are to lose something ready.
    fn losing(&self, params: &Params) -> BTreeSet<(String, String)> {
        let plans = Plans::new(self, params);
        let loses = plans
            .groups
            .iter()
            .filter(|plan| plan.deletions().iter().any(|snapshot| snapshot.readiness == Readiness::Ready));
        loses.map(|plan| (plan.group.namespace.clone(), plan.group.name.clone())).collect()
    }
}

fn judge(snapshot: &mut Snapshot, content: Option<&Content>, ui: &Ui) {
    let why = match content.map(|content| origin::provenance(snapshot, Some(content))) {
        Some(Provenance::Verified) => return snapshot.verified = true,
        Some(Provenance::Unverified) => return,
        Some(Provenance::Foreign) => "was not cut from the volume that it was asked for",
        None => "has lost its content",
    };
    snapshot.tainted = Some("wrong-volume".to_owned());
    let Snapshot { name, namespace, .. } = snapshot;
    ui.notice(Notice::Warning(format!(
        "volumesnapshot {name} in namespace {namespace} {why}: it does not count"
    )));
}

fn unknown(snapshot: &Snapshot, error: Error) -> Error {
    let Snapshot { name, namespace, .. } = snapshot;
    error.about(&format!(
        "nothing was deleted: whether volumesnapshot {name} in namespace {namespace} is of its volume cannot be seen"
    ))
}
