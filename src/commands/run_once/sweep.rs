//! Deletes what the schedules no longer need: after a new look, by a new plan, oldest first.
//! Must not delete on the word of the first look: what was to replace a snapshot may have failed since.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};

use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::cluster::apply::{Deletion, Happening, Persist};
use crate::cluster::survey::Scope;
use crate::error::{Error, Reason, Result};
use crate::model::snapshot::{Readiness, Snapshot};
use crate::model::text;
use crate::plan::pass::{Turn, View};
use crate::ui::log::Facts;

/// How many groups are pruned at once.
const PARALLEL: usize = 4;
/// With more namespaces than this, one look at the whole cluster is cheaper than one at each.
const FEW: usize = 10;

impl Pass<'_> {
    /// Looks again at the groups for which something was to be done, and deletes.
    ///
    /// Fails with `ClockWrong`, having deleted nothing, if the server's clock was put forward or back since the first look.
    pub async fn sweep(
        &self,
        world: &mut World,
        turns: &[Option<Turn>],
        prunes: bool,
        outcomes: &mut [Outcome],
    ) -> Result<()> {
        let is_busy = |turn: &Turn| turn.create.is_some() || !turn.deletions.is_empty() || turn.held_back > 0;
        let places: Vec<_> =
            (0..turns.len()).filter(|place| turns[*place].as_ref().is_some_and(is_busy)).collect();
        let group = |place: &usize| {
            let group = &world.views[*place].group;
            (group.namespace.clone(), group.name.clone())
        };
        let busy: BTreeSet<_> = places.iter().map(group).collect();
        let namespaces: BTreeSet<_> = busy.iter().map(|(namespace, _)| namespace.clone()).collect();
        let scope = match (&self.scope, namespaces.len()) {
            (Scope::Everywhere, many) if many > FEW => Scope::Everywhere,
            _ => Scope::Namespaces(namespaces.into_iter().collect()),
        };
        let survey = match self.cluster.survey(&self.resource, self.look(&scope, Some(&busy))).await {
            Ok(survey) => survey,
            Err(error) => {
                self.unseen(&places, &error, outcomes);
                return Ok(());
            }
        };
        let clock = if prunes { self.check_clock() } else { Ok(()) };
        let prunes = prunes && clock.is_ok();
        for (namespace, error) in &survey.refused {
            let mine: Vec<_> = places
                .iter()
                .copied()
                .filter(|place| world.views[*place].group.namespace == *namespace)
                .collect();
            self.unseen(&mine, error, outcomes);
        }
        let seen = match scope {
            Scope::Everywhere => Scope::Everywhere,
            Scope::Namespaces(mut namespaces) => {
                namespaces
                    .retain(|namespace| !survey.refused.iter().any(|(refused, _)| refused == namespace));
                Scope::Namespaces(namespaces)
            }
        };
        let again = World::new(survey, self.cluster.now());
        let jobs = places.iter().filter_map(|place| {
            let now = again.find(&world.views[*place].group)?;
            Some((*place, now, std::mem::take(&mut outcomes[*place])))
        });
        let jobs: Vec<_> = jobs.collect();
        let swept: Vec<_> = stream::iter(jobs)
            .map(|(place, now, mut outcome)| {
                let again = &again;
                async move {
                    let mut view = again.views[now].clone();
                    if prunes {
                        let deleted = self.sweep_group(again, &mut view, &mut outcome).await;
                        view = view.without(&deleted);
                    }
                    (place, outcome, view)
                }
            })
            .buffer_unordered(PARALLEL)
            .collect()
            .await;
        for (place, outcome, view) in swept {
            outcomes[place] = outcome;
            world.views[place] = view;
        }
        world.replace_claims(again, &seen);
        clock
    }

    /// What cannot be looked at again is not touched.
    fn unseen(&self, places: &[usize], error: &Error, outcomes: &mut [Outcome]) {
        for place in places {
            outcomes[*place].fail(self.log, error.clone());
        }
    }

    /// Deletes for one group. Returns the names of what went.
    async fn sweep_group(&self, world: &World, view: &mut View, outcome: &mut Outcome) -> BTreeSet<String> {
        if self.is_being_restored(&view.group).await {
            self.log.info("a restore works on the claim: nothing is deleted", outcome.facts());
            return BTreeSet::new();
        }
        let are_known = !self.writes() || self.prove_all(view, outcome).await;
        let mut turn = match world.turn(view, &self.params(), self.options.coexist) {
            Ok(turn) => turn,
            Err(error) => {
                outcome.fail(self.log, error);
                return BTreeSet::new();
            }
        };
        if turn.held_back > 0 {
            outcome.item.held_back = turn.held_back;
            let error = held_back(view, turn.held_back);
            // The status says it until somebody has looked.
            let was_told =
                view.group.status.as_ref().is_some_and(|status| status.message == text::line(&error.message));
            if !was_told {
                outcome.happenings.push(Happening {
                    reason: "PruneHeldBack",
                    is_warning: true,
                    note: error.message.clone(),
                    snapshot: None,
                    occurrence: None,
                });
            }
            outcome.fail(self.log, error);
        }
        if !are_known {
            let all = turn.deletions.len();
            turn.deletions.retain(|snapshot| snapshot.readiness != Readiness::Ready);
            self.tell_unproven(all - turn.deletions.len(), outcome);
        }
        let persist = self.persist().unwrap_or(Persist::ServerDryRun);
        let mut deleted = BTreeSet::new();
        for snapshot in self.still_free(turn.deletions, outcome).await {
            if let Some(error) =
                self.budget.refuses(&format!("the deletion of volumesnapshot {}", snapshot.name))
            {
                outcome.fail(self.log, error);
                break;
            }
            let facts = Facts { snapshot: Some(snapshot.name.clone()), ..outcome.facts() };
            match self.cluster.delete_snapshot(&snapshot, persist).await {
                Ok(Deletion::Deleted) => {
                    deleted.insert(snapshot.name.clone());
                    outcome.item.pruned.push(snapshot.name.clone());
                    if persist == Persist::Yes {
                        outcome.changed = true;
                        self.log.info("snapshot deleted", facts);
                        outcome.happenings.push(Happening {
                            reason: "SnapshotPruned",
                            is_warning: false,
                            note: format!(
                                "deleted snapshot {}, which the schedule no longer needs",
                                snapshot.name
                            ),
                            snapshot: Some(snapshot.name.clone()),
                            occurrence: None,
                        });
                    }
                }
                Ok(Deletion::Gone) => {
                    deleted.insert(snapshot.name.clone());
                }
                Ok(Deletion::Changed) => {
                    self.log.info("snapshot was changed meanwhile and is left alone", facts)
                }
                Err(error) => {
                    // What one right or one webhook refuses, it refuses for all of them.
                    let goes_on = matches!(error.reason, Reason::ServerRefused | Reason::OutcomeUnknown);
                    outcome.fail(self.log, error);
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        deleted
    }

    /// Says why ready snapshots stay, and makes that a failure, if it is not one already.
    fn tell_unproven(&self, count: usize, outcome: &mut Outcome) {
        let what = "ready snapshots stay until those that replace them are proven";
        if count > 0 && outcome.errors.is_empty() {
            let error = self.budget.refuses("the proof of a snapshot");
            let unseen = || {
                Error::new(Reason::Forbidden, "contents, of which some were read before, cannot be read now")
            };
            outcome.fail(self.log, error.unwrap_or_else(unseen).cause(what));
        } else if count > 0 {
            self.log.info(what, outcome.facts());
        }
    }

    /// Those that no claim is being filled from now: other groups were worked on since all of them were looked at.
    async fn still_free(&self, mut doomed: Vec<Snapshot>, outcome: &mut Outcome) -> Vec<Snapshot> {
        let Some(first) = doomed.first() else { return doomed };
        let in_use = match self.cluster.in_use(&first.namespace).await {
            Ok(in_use) => in_use,
            Err(error) => {
                outcome.fail(self.log, error);
                return vec![];
            }
        };
        doomed.retain(|snapshot| {
            let is_free = !in_use.contains(&snapshot.name);
            if !is_free {
                let facts = Facts { snapshot: Some(snapshot.name.clone()), ..outcome.facts() };
                self.log.info("a claim is being filled from the snapshot, which is left alone", facts);
            }
            is_free
        });
        doomed
    }
}

fn held_back(view: &View, count: usize) -> Error {
    let (name, namespace) = (&view.group.name, &view.group.namespace);
    let message = format!(
        "{count} ready snapshots of group {name} in namespace {namespace} are more than half of all; a run does not delete so many at once"
    );
    Error::new(Reason::MassDeletion, message)
        .hint(format!("look at them: kubectl gemini prune {name} -n {namespace} --dry-run"))
        .hint(format!(
            "and if that is what you want: kubectl gemini prune {name} -n {namespace} --allow-mass-delete"
        ))
}
