//! The deletions of `prune`, oldest first, one after the other, and what became of each.
//! Must not call anything deleted that the server did not accept, and must go on where one snapshot alone is refused.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use super::{Plans, PruneOptions};
use crate::cluster::apply::{Deletion, Persist};
use crate::cluster::connect::Cluster;
use crate::commands::report::worst;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::ui::documents::ErrorItem;
use crate::ui::format::Format;
use crate::ui::plans::{PlanDocument, PlanItem};
use crate::ui::terminal::Ui;

/// How many contents are read at once.
const PARALLEL: usize = 8;

/// What is to be deleted, and what became of it.
pub(super) struct Deletions<'a> {
    cluster: &'a Cluster,
    options: &'a PruneOptions,
    plans: &'a Plans<'a>,
    persist: Persist,
    /// With the place of the group that each belongs to.
    doomed: Vec<(usize, &'a Snapshot)>,
    items: Vec<PlanItem>,
    errors: Vec<(Option<usize>, Error)>,
    /// Namespaces in which nothing may be deleted.
    forbidden: BTreeSet<String>,
    deleted: usize,
}

impl<'a> Deletions<'a> {
    /// Everything that is planned, oldest first, group after group.
    pub fn new(
        cluster: &'a Cluster,
        options: &'a PruneOptions,
        plans: &'a Plans<'a>,
        persist: Persist,
    ) -> Self {
        let groups = plans.groups.iter().enumerate();
        let doomed =
            groups.flat_map(|(group, plan)| plan.deletions().into_iter().map(move |one| (group, one)));
        Self {
            cluster,
            options,
            plans,
            persist,
            doomed: doomed.collect(),
            items: plans.items(),
            errors: vec![],
            forbidden: BTreeSet::new(),
            deleted: 0,
        }
    }

    /// Only what somebody agreed to, of what is planned now. What is no longer to go is told.
    pub fn agreed(mut self, agreed: Vec<Snapshot>, ui: &Ui) -> Self {
        let uids: BTreeSet<&str> = agreed.iter().map(|snapshot| snapshot.uid.as_str()).collect();
        self.doomed.retain(|(_, snapshot)| uids.contains(snapshot.uid.as_str()));
        for snapshot in &agreed {
            let group = self.plans.groups.iter().position(|plan| {
                plan.group.namespace == snapshot.namespace
                    && Some(&plan.group.name) == snapshot.group.as_ref()
            });
            let now = group.and_then(|group| {
                self.plans.groups[group].snapshots.iter().find(|seen| seen.uid == snapshot.uid)
            });
            match now {
                _ if self.doomed.iter().any(|(_, doomed)| doomed.uid == snapshot.uid) => {}
                Some(now) if !now.terminating => self.skipped(group, snapshot, ui),
                // Without its group nobody looked for it.
                None if group.is_none() => self.skipped(None, snapshot, ui),
                _ => self.gone(group, snapshot, ui),
            }
        }
        self
    }

    /// Deletes and reports.
    pub async fn carry_out(mut self, ui: &Ui) -> Result<ExitCode> {
        let retained = self.retained().await;
        let mut looked = None;
        let mut in_use = BTreeSet::new();
        for (group, snapshot) in self.doomed.clone() {
            if self.forbidden.contains(&snapshot.namespace) {
                continue;
            }
            if looked.replace(group) != Some(group) {
                match self.in_use(&snapshot.namespace).await {
                    Ok(now) => in_use = now,
                    Err(error) => {
                        self.errors.push((Some(group), error));
                        break;
                    }
                }
            }
            if in_use.contains(&snapshot.name) {
                self.skipped(Some(group), snapshot, ui);
                continue;
            }
            if !self.delete(group, snapshot, ui).await {
                break;
            }
        }
        self.report(retained, ui)
    }

    /// What claims are being filled from now: the deletions before this may have taken minutes. Whoever may not see claims
    /// was told so.
    async fn in_use(&self, namespace: &str) -> Result<BTreeSet<String>> {
        match self.cluster.in_use(namespace).await {
            Err(error) if error.reason == Reason::Forbidden => Ok(BTreeSet::new()),
            in_use => in_use,
        }
    }

    /// Deletes one. Whether to go on with the next.
    async fn delete(&mut self, group: usize, snapshot: &Snapshot, ui: &Ui) -> bool {
        match self.cluster.delete_snapshot(snapshot, self.persist).await {
            Ok(Deletion::Deleted) => {
                self.outcome(Some(group), snapshot, "deleted");
                self.deleted += 1;
                self.say(group, snapshot, ui)
            }
            Ok(Deletion::Gone) => {
                self.gone(Some(group), snapshot, ui);
                true
            }
            Ok(Deletion::Changed) => {
                self.skipped(Some(group), snapshot, ui);
                true
            }
            Err(error) => {
                if error.reason != Reason::Interrupted {
                    self.outcome(Some(group), snapshot, "failed");
                }
                if error.reason == Reason::Forbidden {
                    self.forbidden.insert(snapshot.namespace.clone());
                }
                // What is refused here may be granted for the next; nothing else gets better by going on.
                let only_here = matches!(
                    error.reason,
                    Reason::AdmissionDenied
                        | Reason::ServerRefused
                        | Reason::OutcomeUnknown
                        | Reason::Forbidden
                );
                self.errors.push((Some(group), error));
                only_here
            }
        }
    }

    fn gone(&mut self, group: Option<usize>, snapshot: &Snapshot, ui: &Ui) {
        self.outcome(group, snapshot, "gone");
        ui.note(&format!("volumesnapshot {} was gone already", snapshot.name));
    }

    fn skipped(&mut self, group: Option<usize>, snapshot: &Snapshot, ui: &Ui) {
        self.outcome(group, snapshot, "changed");
        let message = format!(
            "volumesnapshot {} in namespace {} was changed meanwhile and is left alone",
            snapshot.name, snapshot.namespace
        );
        ui.notice(Notice::Warning(message.clone()));
        self.errors.push((group, Error::new(Reason::ChangedMeanwhile, message)));
    }

    fn outcome(&mut self, group: Option<usize>, snapshot: &Snapshot, outcome: &'static str) {
        let items = group.and_then(|group| self.items.get_mut(group)).map(|item| item.snapshots.iter_mut());
        if let Some(item) = items.into_iter().flatten().find(|item| item.name == snapshot.name) {
            item.outcome = Some(outcome);
        }
    }

    /// kubectl's line. Whether it could be said: if it cannot be written down what goes, nothing more goes. A reader that
    /// went away has heard enough.
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
        let was = if self.persist == Persist::Yes { "was" } else { "would be" };
        let unsaid = |error: Error| (Some(group), error.about(&format!("{name} {was} deleted")));
        self.errors.extend(written.err().map(unsaid));
        is_said
    }

    /// How many of them leave their content and the storage behind. Whoever may not see contents is not told.
    async fn retained(&self) -> usize {
        let names = self.doomed.iter().filter_map(|(_, snapshot)| snapshot.content.as_deref());
        let contents = stream::iter(names).map(|name| self.cluster.content(name)).buffered(PARALLEL);
        let is_retained = |content: &Result<_>| {
            matches!(content, Ok(Some(crate::model::snapshot::Content { retained: true, .. })))
        };
        let contents: Vec<_> = contents.collect().await;
        contents.iter().filter(|content| is_retained(content)).count()
    }

    fn report(mut self, retained: usize, ui: &Ui) -> Result<ExitCode> {
        let changed = self.deleted > 0 && self.persist == Persist::Yes;
        let errors = std::mem::take(&mut self.errors);
        let told = |error: Error| if changed { error.after_change() } else { error };
        let errors: Vec<_> = errors.into_iter().map(|(group, error)| (group, told(error))).collect();
        for (group, error) in &errors {
            if let Some(item) = group.and_then(|group| self.items.get_mut(group)) {
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
            _ if code == ExitCode::Done => {
                let code = self.options.unchanged_if(self.deleted == 0);
                Ok(self.plans.complain(code, changed, ui))
            }
            _ => Ok(self.plans.complain(code, changed, ui)),
        }
    }
}
