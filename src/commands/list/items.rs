//! From what was seen to the rows: each group assessed, each snapshot judged, each claim looked for in the groups.
//! Must not ask the cluster; what is not known stays empty.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::Listed;
use super::options::ListOptions;
use super::seen::{Extras, Seen};
use crate::error::Result;
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::restore::Journal;
use crate::model::snapshot::Snapshot;
use crate::model::volume::Volume;
use crate::plan::health::{self, Assessment, OpenRestore, SeenClaim, Surroundings, Timing};
use crate::plan::history::{Histories, History};
use crate::plan::leaving::leaves;
use crate::plan::prune::GroupPlan;
use crate::plan::retention::Params;
use crate::ui::plans::PlanItem;
use crate::ui::reports::{ClaimItem, GroupItem, JudgedItem, SnapshotItem};
use crate::ui::rows::RetainedItem;

/// A group, planned for.
struct Planned<'a> {
    group: &'a Group,
    history: History<'a>,
    plan: Result<GroupPlan<'a>>,
    claim: SeenClaim<'a>,
}

impl<'a> Planned<'a> {
    fn new(group: &'a Group, history: History<'a>, claim: SeenClaim<'a>, now: DateTime<Utc>) -> Self {
        Self { group, plan: plan(group, &history, now), history, claim }
    }

    fn restore<'b>(&self, extras: &'b Extras) -> Option<OpenRestore<'b>> {
        let is_its = |journal: &Journal| {
            journal.namespace == self.group.namespace && journal.claim == self.group.claim.name
        };
        let (journal, is_left) = extras.restores.iter().find(|(journal, _)| is_its(journal))?;
        Some(OpenRestore { journal, is_left: *is_left })
    }

    fn assess(&self, extras: &Extras, now: DateTime<Utc>) -> Assessment<'a> {
        let assess = |class| {
            let seen = Surroundings { claim: self.claim, class, restore: self.restore(extras) };
            health::assess(self.group, &self.history, self.plan.as_ref(), seen, now)
        };
        let told = assess(None);
        // A class that is missing tells why something due is not taken. Of other groups the classes may not have been read.
        let classes = extras.classes.as_deref().filter(|_| is_due(told.timing));
        let fault = classes.and_then(|classes| health::class_fault(self.group, self.claim(), classes));
        match fault {
            Some(fault) => assess(Some(&fault)),
            None => told,
        }
    }

    fn claim(&self) -> Option<&'a Claim> {
        match self.claim {
            SeenClaim::Found(claim) => Some(claim),
            SeenClaim::Unknown | SeenClaim::Missing => None,
        }
    }
}

fn plan<'a>(group: &'a Group, history: &History<'a>, now: DateTime<Utc>) -> Result<GroupPlan<'a>> {
    GroupPlan::new(group, history, &BTreeSet::new(), now, &Params::default())
}

fn is_due(timing: Timing) -> bool {
    matches!(timing, Timing::Due | Timing::Late)
}

/// One after the other: nobody needs the plans of thousands of groups at once.
fn planned<'a>(seen: &'a Seen, extras: &'a Extras, now: DateTime<Utc>) -> impl Iterator<Item = Planned<'a>> {
    let key = |claim: &'a Claim| ((claim.namespace.as_str(), claim.name.as_str()), claim);
    let claims: Option<HashMap<_, _>> = extras.claims.as_ref().map(|claims| claims.iter().map(key).collect());
    let of = move |group: &Group| match &claims {
        None => SeenClaim::Unknown,
        Some(claims) => match claims.get(&(group.namespace.as_str(), group.claim.name.as_str())) {
            Some(claim) => SeenClaim::Found(claim),
            None => SeenClaim::Missing,
        },
    };
    let histories = Histories::new(&seen.snapshots);
    seen.groups.iter().map(move |group| Planned::new(group, histories.of(group), of(group), now))
}

/// Some group wants a snapshot now.
pub(super) fn something_is_due(seen: &Seen, extras: &Extras, now: DateTime<Utc>) -> bool {
    planned(seen, extras, now).any(|planned| is_due(planned.assess(extras, now).timing))
}

impl Listed for GroupItem {
    fn rows(seen: &Seen, extras: &Extras, _options: &ListOptions, now: DateTime<Utc>) -> Vec<Self> {
        let row = |planned: Planned<'_>| {
            let total = planned.history.snapshots.len();
            Self::new(planned.group, planned.assess(extras, now), total, planned.claim(), now)
        };
        let mut rows: Vec<_> = planned(seen, extras, now).map(row).collect();
        rows.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        rows
    }
}

/// The snapshots that are shown, each with the group it says it belongs to, if that is there: group after group, newest
/// first. With all groups wanted also those whose group is gone or makes no sense; they come last.
pub(super) fn shown_snapshots<'a>(
    seen: &'a Seen,
    options: &ListOptions,
) -> Vec<(Option<&'a Group>, &'a Snapshot)> {
    let mut groups: Vec<_> = seen.groups.iter().collect();
    if options.groups.is_empty() {
        groups.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    }
    let histories = Histories::new(&seen.snapshots);
    let own = groups
        .iter()
        .flat_map(|group| histories.of(group).snapshots.into_iter().map(|snapshot| (Some(*group), snapshot)));
    let mut shown: Vec<_> = own.collect();
    if !options.is_selective() {
        let known: HashSet<_> = groups.iter().map(|group| (&group.namespace, &group.name)).collect();
        let is_orphan = |snapshot: &&Snapshot| {
            snapshot.group.as_ref().is_some_and(|group| !known.contains(&(&snapshot.namespace, group)))
        };
        let mut orphans: Vec<_> = seen.snapshots.iter().filter(is_orphan).collect();
        orphans.sort_by(|a, b| {
            let key = |snapshot: &Snapshot| (snapshot.namespace.clone(), snapshot.group.clone());
            key(a).cmp(&key(b)).then_with(|| (b.taken, &b.name).cmp(&(a.taken, &a.name)))
        });
        shown.extend(orphans.into_iter().map(|snapshot| (None, snapshot)));
    }
    shown
}

impl Listed for SnapshotItem {
    /// In each group by the time that a snapshot stands for, which may be later than its mark says.
    fn rows(seen: &Seen, extras: &Extras, options: &ListOptions, now: DateTime<Utc>) -> Vec<Self> {
        let mut judged = HashMap::new();
        let histories = Histories::new(&seen.snapshots);
        for group in &seen.groups {
            // A schedule that makes no sense judges none.
            let Ok(plan) = plan(group, &histories.of(group), now) else { continue };
            for (place, verdict) in PlanItem::new(&plan, now).snapshots.into_iter().enumerate() {
                let leaves = leaves(&plan, place, now);
                judged.insert(key(plan.snapshots[place]), (place, JudgedItem { verdict, leaves }));
            }
        }
        let mut shown = shown_snapshots(seen, options);
        // Groups stay where they are.
        for of_group in shown.chunk_by_mut(|(a, _), (b, _)| a.map(|a| &a.uid) == b.map(|b| &b.uid)) {
            of_group.sort_by_key(|(_, snapshot)| judged.get(&key(snapshot)).map(|(place, _)| *place));
        }
        let row = |(_, snapshot): (Option<&Group>, &'_ Snapshot)| {
            let (_, judged) = judged.get(&key(snapshot)).cloned().unzip();
            let content = snapshot.content.as_ref().and_then(|name| extras.contents.get(name));
            let group = snapshot.group.as_deref().unwrap_or_default();
            Self::new(group, snapshot, judged, content, now)
        };
        shown.into_iter().map(row).collect()
    }
}

fn key(snapshot: &Snapshot) -> (&str, &str) {
    (&snapshot.namespace, &snapshot.name)
}

impl Listed for ClaimItem {
    fn rows(seen: &Seen, extras: &Extras, _options: &ListOptions, _now: DateTime<Utc>) -> Vec<Self> {
        let covered: HashSet<_> =
            seen.groups.iter().map(|group| (&group.namespace, &group.claim.name)).collect();
        let claims = extras.claims.iter().flatten();
        let mut rows: Vec<_> = claims
            .filter(|claim| !covered.contains(&(&claim.namespace, &claim.name)))
            .map(Self::from)
            .collect();
        rows.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        rows
    }
}

impl Listed for RetainedItem {
    fn rows(_seen: &Seen, extras: &Extras, _options: &ListOptions, _now: DateTime<Utc>) -> Vec<Self> {
        let row = |volume: &Volume| {
            let mark = volume.mark.as_ref()?;
            let (namespace, pvc) = mark.claim.split_once('/')?;
            Some(Self::new(volume, mark, namespace, pvc))
        };
        let mut rows: Vec<_> = extras.volumes.iter().filter_map(row).collect();
        rows.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        rows
    }
}
