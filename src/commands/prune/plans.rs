//! The plans of one `prune`, and what is said about them before anything is done.
//! Must not leave a group out: one for which there is no plan is shown with the reason.

use chrono::{DateTime, Utc};

use super::PruneOptions;
use super::observed::Observed;
use crate::error::{Error, ExitCode, Result};
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::model::text;
use crate::plan::history::Histories;
use crate::plan::prune::GroupPlan;
use crate::plan::retention::Params;
use crate::ui::documents::ErrorItem;
use crate::ui::fates;
use crate::ui::format::Format;
use crate::ui::plans::{PlanDocument, PlanItem};
use crate::ui::terminal::Ui;

/// The plans of a run, and the groups for which there is none.
pub(super) struct Plans<'a> {
    pub now: DateTime<Utc>,
    pub groups: Vec<GroupPlan<'a>>,
    pub refused: Vec<(PlanItem, Error)>,
}

impl<'a> Plans<'a> {
    pub fn new(observed: &'a Observed, params: &Params) -> Self {
        let mut plans = Self { now: observed.now, groups: vec![], refused: vec![] };
        for (namespace, name, error) in &observed.unreadable {
            plans.refuse(namespace, name, error.clone());
        }
        let histories = Histories::new(&observed.snapshots);
        for group in &observed.groups {
            let in_use = observed.in_use(group);
            match GroupPlan::new(group, &histories.of(group), &in_use, observed.now, params) {
                Ok(plan) => plans.groups.push(plan),
                Err(error) => plans.refuse(&group.namespace, &group.name, error),
            }
        }
        plans
    }

    fn refuse(&mut self, namespace: &str, name: &str, error: Error) {
        let item = PlanItem::without_plan(namespace, name);
        self.refused.push((PlanItem { error: Some(ErrorItem::from(&error)), ..item }, error));
    }

    pub fn deletions(&self) -> usize {
        self.groups.iter().map(|group| group.deletions().len()).sum()
    }

    fn ready_afterwards(&self) -> usize {
        self.groups.iter().map(GroupPlan::ready_afterwards).sum()
    }

    /// A single group for which there is no plan is a failure of the command.
    pub fn require_one(&self) -> Result<()> {
        match (self.groups.as_slice(), self.refused.as_slice()) {
            ([], [(_, error)]) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Tells for which groups there is no plan, and what the outcome is then: partly done, if anything was.
    pub fn complain(&self, code: ExitCode, changed: bool, ui: &Ui) -> ExitCode {
        self.refused.iter().for_each(|(_, error)| ui.error(error));
        match code {
            ExitCode::Done | ExitCode::Requested if !self.refused.is_empty() => {
                if changed {
                    ExitCode::Partial
                } else {
                    ExitCode::Failed
                }
            }
            code => code,
        }
    }

    pub fn items(&self) -> Vec<PlanItem> {
        let planned = self.groups.iter().map(|group| PlanItem::new(group, self.now));
        planned.chain(self.refused.iter().map(|(item, _)| item.clone())).collect()
    }
}

pub(super) fn warn(plans: &Plans<'_>, ui: &Ui) {
    for plan in &plans.groups {
        if plan.group.suspended {
            let text =
                format!("group {} is suspended: its schedule rests, this prune does not", plan.group.name);
            ui.notice(Notice::Warning(text));
        }
        for warning in &plan.plan.warnings {
            ui.notice(Notice::Warning(format!("group {}: {warning}", plan.group.name)));
        }
    }
}

/// What would be done, and why.
pub(super) fn show(plans: &Plans<'_>, options: &PruneOptions, ui: &Ui) -> Result<ExitCode> {
    let items = plans.items();
    let text = match &options.format {
        Format::Table | Format::Wide => fates::table(&items, options.shape_of(&items)),
        Format::Name => doomed_names(plans),
        format => format.document(&PlanDocument::new("PrunePlan", plans.now, items.clone()))?,
    };
    ui.data(&text)?;
    explain(&items, plans, "would be", ui);
    Ok(options.unchanged_if(plans.deletions() == 0))
}

fn doomed_names(plans: &Plans<'_>) -> String {
    let doomed = plans.groups.iter().flat_map(GroupPlan::deletions);
    let name = |snapshot: &Snapshot| text::escaped(&snapshot.name);
    doomed.map(|snapshot| format!("volumesnapshot.snapshot.storage.k8s.io/{}\n", name(snapshot))).collect()
}

pub(super) fn explain(items: &[PlanItem], plans: &Plans<'_>, would: &str, ui: &Ui) {
    let rules: String = items.iter().map(fates::rules).collect();
    let summary = fates::summary(items, would, plans.ready_afterwards());
    ui.note(&format!("{rules}{summary}"));
    for item in items.iter().filter(|item| item.brake) {
        ui.note(&format!(
            "group {}: more than 10 ready snapshots, and more than half of them, {would} deleted; that needs --allow-mass-delete, or an answer at the terminal",
            item.name
        ));
    }
}

pub(super) fn nothing(plans: &Plans<'_>, options: &PruneOptions, ui: &Ui) -> Result<ExitCode> {
    let document = PlanDocument::new("PruneResult", plans.now, plans.items());
    ui.data(&options.format.document(&document)?)?;
    ui.note(&fates::nothing(&document.items));
    Ok(options.unchanged_if(true))
}
