//! What a pass makes of one group: what to take, what to let go, and what a person should be told.
//! Pure; must not stop at a group that makes no sense, nor let it stop the others.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::canary::Canary;
use super::coexist;
use super::history::History;
use super::pacing::Lately;
use super::prune::GroupPlan;
use super::retention::{Blocked, Create, Params};
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::{Readiness, Snapshot};

/// So many snapshots that have been sorted away may still take up memory.
const SPARE: usize = 2_000;

/// A group and its own snapshots, as a pass sees them.
#[derive(Clone, Debug)]
pub struct View {
    /// The group.
    pub group: Group,
    /// The snapshots that bear its name, in any order.
    pub snapshots: Vec<Snapshot>,
}

/// Sorts snapshots to their groups, and looks at all of them for signs of the snapshot controller, and for what was asked
/// of volumes lately.
pub fn views(
    groups: Vec<Group>,
    mut snapshots: Vec<Snapshot>,
    now: DateTime<Utc>,
) -> (Vec<View>, Canary, Lately) {
    let (mut canary, mut lately) = (Canary::default(), Lately::default());
    for snapshot in &snapshots {
        canary.see(snapshot, now);
        lately.see(snapshot, now);
    }
    snapshots.retain(|snapshot| snapshot.group.is_some());
    let group_of = |snapshot: &Snapshot| Some((snapshot.namespace.clone(), snapshot.group.clone()?));
    snapshots.sort_unstable_by(|a, b| (&a.namespace, &a.group).cmp(&(&b.namespace, &b.group)));
    let mut by_group = HashMap::new();
    // From the end, and what is left is made smaller meanwhile: of 40,000 snapshots nobody wants to hold two copies.
    while let Some(key) = snapshots.last().and_then(group_of) {
        let is_before =
            |snapshot: &Snapshot| (&snapshot.namespace, snapshot.group.as_ref()) < (&key.0, Some(&key.1));
        let own = snapshots.split_off(snapshots.partition_point(is_before));
        if snapshots.capacity() - snapshots.len() > SPARE {
            snapshots.shrink_to_fit();
        }
        by_group.insert(key, own);
    }
    let view = |group: Group| {
        let key = (group.namespace.clone(), group.name.clone());
        View { snapshots: by_group.remove(&key).unwrap_or_default(), group }
    };
    (groups.into_iter().map(view).collect(), canary, lately)
}

/// What a pass is to do for a group.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The snapshot to take.
    pub create: Option<Create>,
    /// For how many seconds it has been due; the first one of a group since the group was made.
    pub overdue: i64,
    /// The snapshots to delete, oldest first.
    pub deletions: Vec<Snapshot>,
    /// More ready ones would go than anybody can want by accident, so that none of them is to be deleted.
    pub held_back: usize,
    /// When the next one falls due, in Unix seconds.
    pub next_due: Option<i64>,
    /// Why nothing is taken although something is due.
    pub blocked: Option<Blocked>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl View {
    /// The plan for the group. `in_use` names the snapshots of its namespace that claims are being filled from.
    ///
    /// Fails with `InvalidSchedule`.
    pub fn plan(
        &self,
        in_use: &BTreeSet<&str>,
        now: DateTime<Utc>,
        params: &Params,
    ) -> Result<GroupPlan<'_>> {
        GroupPlan::new(&self.group, &History::of(&self.group, &self.snapshots), in_use, now, params)
    }

    /// The same without what was deleted.
    #[must_use]
    pub fn without(&self, deleted: &BTreeSet<String>) -> Self {
        let is_left = |snapshot: &&Snapshot| !deleted.contains(&snapshot.name);
        Self {
            group: self.group.clone(),
            snapshots: self.snapshots.iter().filter(is_left).cloned().collect(),
        }
    }
}

impl Turn {
    /// Decides for a group. With `coexist` it is no matter that Gemini's operator works on it, too.
    ///
    /// Fails with `GeminiActive`.
    pub fn new(plan: &GroupPlan<'_>, now: DateTime<Utc>, coexist: bool) -> Result<Self> {
        let rival = coexist::operators(&plan.snapshots, &plan.schedule, now).filter(|_| !coexist);
        if let Some(rival) = rival {
            return Err(gemini_active(plan.group, rival));
        }
        let mut deletions = if plan.group.suspended { vec![] } else { plan.deletions() };
        let all = deletions.len();
        if plan.plan.brake {
            deletions.retain(|snapshot| snapshot.readiness != Readiness::Ready);
        }
        Ok(Self {
            create: plan.plan.create.clone(),
            overdue: overdue(plan, now.timestamp()),
            held_back: all - deletions.len(),
            deletions: deletions.into_iter().cloned().collect(),
            next_due: plan.plan.rules.iter().map(|rule| rule.next_due).min(),
            blocked: plan.plan.blocked,
            warnings: plan.plan.warnings.clone(),
        })
    }
}

fn overdue(plan: &GroupPlan<'_>, now: i64) -> i64 {
    let created = plan.group.created.map_or(now, |created| created.timestamp());
    let since = plan.plan.rules.iter().filter(|rule| rule.due).map(|rule| match rule.last {
        None => created,
        Some(_) => rule.next_due,
    });
    since.min().map_or(0, |since| now.saturating_sub(since))
}

/// A snapshot to take.
#[derive(Clone, Debug)]
pub struct Errand {
    /// The place of its group.
    pub index: usize,
    /// What to take.
    pub create: Create,
}

/// What is to be taken, by the turns of the groups; `None` for a group of which nothing can be said. Whoever has waited
/// longest comes first, also if the last pass did not get as far.
pub fn errands(turns: &[Option<Turn>]) -> Vec<Errand> {
    let due = |(index, turn): (usize, &Option<Turn>)| {
        let turn = turn.as_ref()?;
        Some((turn.overdue, Errand { index, create: turn.create.clone()? }))
    };
    let mut errands: Vec<_> = turns.iter().enumerate().filter_map(due).collect();
    errands.sort_by_key(|(overdue, _)| std::cmp::Reverse(*overdue));
    errands.into_iter().map(|(_, errand)| errand).collect()
}

fn gemini_active(group: &Group, rival: &Snapshot) -> Error {
    let Group { namespace, name, .. } = group;
    let message = format!("Gemini's operator works on group {name} in namespace {namespace}, too");
    Error::new(Reason::GeminiActive, message)
        .cause(format!("it took volumesnapshot {} after one of ours", rival.name))
}

#[cfg(test)]
mod tests;
