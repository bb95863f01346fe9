//! The deletions of `prune`, oldest first, one after the other, and what became of each.
//! Must not call anything deleted that the server did not accept, and must go on where one snapshot alone is refused.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use super::{Plans, PruneOptions};
use crate::cluster::apply::{Deletion, Persist};
use crate::cluster::connect::Cluster;
use crate::commands::report::worst;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::ui::documents::ErrorItem;
use crate::ui::format::Format;
use crate::ui::plans::{PlanDocument, PlanItem};
use crate::ui::terminal::Ui;

/// How many contents are read at once.
const PARALLEL: usize = 8;

/// What is to be deleted, and with which words.
pub(super) struct Deletions<'a> {
    cluster: &'a Cluster,
    options: &'a PruneOptions,
    plans: &'a Plans<'a>,
    /// The uids that a person agreed to; everything planned if nobody was asked.
    agreed: Option<BTreeSet<String>>,
    items: Vec<PlanItem>,
    /// With the place of the group that each belongs to.
    errors: Vec<(usize, Error)>,
    deleted: usize,
}

impl<'a> Deletions<'a> {
    pub fn new(
        cluster: &'a Cluster,
        options: &'a PruneOptions,
        plans: &'a Plans<'a>,
        agreed: Option<BTreeSet<String>>,
    ) -> Self {
        Self { cluster, options, plans, agreed, items: plans.items(), errors: vec![], deleted: 0 }
    }

    /// Deletes and reports.
    pub async fn carry_out(mut self, ui: &Ui) -> Result<ExitCode> {
        let mut doomed: Vec<(usize, &Snapshot)> = vec![];
        for (group, plan) in self.plans.groups.iter().enumerate() {
            doomed.extend(plan.deletions().into_iter().map(|snapshot| (group, snapshot)));
        }
        let agreed =
            |snapshot: &Snapshot| self.agreed.as_ref().is_none_or(|uids| uids.contains(&snapshot.uid));
        doomed.retain(|(_, snapshot)| agreed(snapshot));
        self.left_alone(&doomed, ui);
        let retained = self.retained(&doomed).await;
        for (group, snapshot) in doomed {
            if !self.delete(group, snapshot, ui).await {
                break;
            }
        }
        self.report(retained, ui)
    }

    /// What a person agreed to and what is no longer to go: it has been changed meanwhile, or is needed now.
    fn left_alone(&mut self, doomed: &[(usize, &Snapshot)], ui: &Ui) {
        let doomed: BTreeSet<&str> = doomed.iter().map(|(_, snapshot)| snapshot.uid.as_str()).collect();
        let agreed = self.agreed.clone().unwrap_or_default();
        for (group, plan) in self.plans.groups.iter().enumerate() {
            for snapshot in &plan.snapshots {
                if agreed.contains(&snapshot.uid) && !doomed.contains(snapshot.uid.as_str()) {
                    self.skipped(group, snapshot, ui);
                }
            }
        }
    }

    /// Deletes one. Whether to go on with the next.
    async fn delete(&mut self, group: usize, snapshot: &Snapshot, ui: &Ui) -> bool {
        let persist = match self.options.dry_run {
            DryRun::Server => Persist::ServerDryRun,
            DryRun::None | DryRun::Client => Persist::Yes,
        };
        match self.cluster.delete_snapshot(snapshot, persist).await {
            Ok(Deletion::Deleted) => {
                self.outcome(group, snapshot, "deleted");
                self.deleted += 1;
                self.say(group, snapshot, ui)
            }
            Ok(Deletion::Gone) => {
                self.outcome(group, snapshot, "gone");
                ui.note(&format!("volumesnapshot {} was gone already", snapshot.name));
                true
            }
            Ok(Deletion::Changed) => {
                self.skipped(group, snapshot, ui);
                true
            }
            Err(error) => {
                if error.reason != Reason::Interrupted {
                    self.outcome(group, snapshot, "failed");
                }
                // What is refused for one snapshot may be granted for the next; nothing else gets better by repeating it.
                let only_this = matches!(
                    error.reason,
                    Reason::AdmissionDenied | Reason::ServerRefused | Reason::OutcomeUnknown
                );
                self.errors.push((group, error));
                only_this
            }
        }
    }

    fn skipped(&mut self, group: usize, snapshot: &Snapshot, ui: &Ui) {
        self.outcome(group, snapshot, "changed");
        let message = format!(
            "volumesnapshot {} in namespace {} was changed meanwhile and is left alone",
            snapshot.name, snapshot.namespace
        );
        ui.notice(Notice::Warning(message.clone()));
        self.errors.push((group, Error::new(Reason::ChangedMeanwhile, message)));
    }

    fn outcome(&mut self, group: usize, snapshot: &Snapshot, outcome: &'static str) {
        let items = self.items.get_mut(group).map(|item| item.snapshots.iter_mut());
        if let Some(item) = items.into_iter().flatten().find(|item| item.name == snapshot.name) {
            item.outcome = Some(outcome);
        }
    }

    /// kubectl's line. Whether it could be said: nothing more goes if nobody hears of it.
    fn say(&mut self, group: usize, snapshot: &Snapshot, ui: &Ui) -> bool {
        let name = format!("volumesnapshot.snapshot.storage.k8s.io/{}", snapshot.name);
        let written = match self.options.format {
            Format::Table | Format::Wide => {
                ui.data(&format!("{name} deleted{}\n", self.options.dry_run.suffix()))
            }
            Format::Name => ui.data(&format!("{name}\n")),
            Format::Json | Format::Yaml | Format::JsonPath(_) => Ok(()),
        };
        let is_said = written.is_ok();
        let unsaid = |error: Error| (group, error.about(&format!("{name} was deleted")));
        self.errors.extend(written.err().map(unsaid));
        is_said
    }

    /// How many of them leave their content and the storage behind. Whoever may not see contents is not told.
    async fn retained(&self, doomed: &[(usize, &Snapshot)]) -> usize {
        let names = doomed.iter().filter_map(|(_, snapshot)| snapshot.content.as_deref());
        let contents = stream::iter(names).map(|name| self.cluster.content(name)).buffered(PARALLEL);
        let is_retained = |content: &Result<_>| {
            matches!(content, Ok(Some(crate::model::snapshot::Content { retained: true, .. })))
        };
        let contents: Vec<_> = contents.collect().await;
        contents.iter().filter(|content| is_retained(content)).count()
    }

    fn report(mut self, retained: usize, ui: &Ui) -> Result<ExitCode> {
        let changed = self.deleted > 0 && self.options.dry_run == DryRun::None;
        let errors = std::mem::take(&mut self.errors);
        let told = |error: Error| if changed { error.after_change() } else { error };
        let errors: Vec<_> = errors.into_iter().map(|(group, error)| (group, told(error))).collect();
        for (group, error) in &errors {
            if let Some(item) = self.items.get_mut(*group) {
                item.error.get_or_insert_with(|| ErrorItem::from(error));
            }
        }
        let document = PlanDocument::new("PruneResult", self.plans.now, self.items);
        let written = self.options.format.document(&document).and_then(|text| ui.data(&text));
        let suffix = self.options.dry_run.suffix();
        let what = if self.deleted == 1 { "1 snapshot" } else { &format!("{} snapshots", self.deleted) };
        ui.note(&format!("{what} deleted{suffix}."));
        if retained > 0 && self.deleted > 0 {
            ui.note(&format!(
                "{retained} with deletion policy Retain: content and storage remain; see kubectl get volumesnapshotcontents"
            ));
        }
        let errors = || errors.iter().map(|(_, error)| error);
        let is_new = |error: &&Error| error.reason != Reason::ChangedMeanwhile;
        errors().filter(is_new).for_each(|error| ui.error(error));
        let code = worst(errors().map(Some));
        match written {
            Err(error) if code == ExitCode::Done => Err(if changed { error.after_change() } else { error }),
            _ if code == ExitCode::Done => Ok(self.options.unchanged_if(self.deleted == 0)),
            _ => Ok(code),
        }
    }
}
