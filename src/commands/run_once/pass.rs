//! One pass: look, plan, take what is due, look again, delete what is no longer needed, tell.
//! Must write nothing if there is nothing to do, and must go on with the other groups where one fails.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use tokio::sync::OnceCell;

use super::RunOptions;
use super::budget::Budget;
use super::outcome::Outcome;
use super::world::World;
use crate::cluster::apply::Persist;
use crate::cluster::connect::Cluster;
use crate::cluster::lease::{self, Held};
use crate::cluster::observe::Unreadable;
use crate::cluster::served::GroupsApi;
use crate::cluster::survey::{Look, Scope};
use crate::error::{Error, Reason, Result};
use crate::model::class::SnapshotClass;
use crate::model::dry_run::DryRun;
use crate::model::notice::Notice;
use crate::plan::clocks::{self, Clocks};
use crate::plan::retention::Params;
use crate::plan::{
    pass::{self, Turn},
    scheduled,
};
use crate::ui::log::Log;
use crate::ui::runs::Action;

/// The lock of all passes over the same namespaces.
const LEASE: &str = "gemini-run-once";

/// What a pass has found out about one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is of its volume.
    Right,
    /// It is of another, or nothing is behind it. The mark on it may have been refused.
    Wrong,
    /// Nobody can say, and no later pass will.
    Unknowable,
}

/// Everything that the steps of a pass share.
pub(super) struct Pass<'a> {
    pub cluster: &'a Cluster,
    pub options: &'a RunOptions,
    pub log: &'a Log,
    pub budget: &'a Budget,
    pub resource: GroupsApi,
    /// Groups have a status; with Gemini's own CRD they have none.
    pub has_status: bool,
    pub scope: Scope,
    /// Who is at work, for leases and Events.
    pub instance: String,
    pub classes: OnceCell<Vec<SnapshotClass>>,
    /// Drivers that have too much to do, with their words.
    pub busy: RefCell<BTreeMap<String, String>>,
    /// Nothing is done about new snapshots.
    pub is_silent: Cell<bool>,
    /// Contents may be read.
    pub may_prove: Cell<bool>,
    /// What was found out about snapshots, by UID: a later look does not tell where the mark on one of them was refused.
    pub proofs: RefCell<BTreeMap<String, Proof>>,
    lock: OnceCell<Option<Held>>,
}

impl<'a> Pass<'a> {
    /// Finds out what the cluster serves.
    pub async fn new(
        cluster: &'a Cluster,
        options: &'a RunOptions,
        log: &'a Log,
        budget: &'a Budget,
        word: &str,
    ) -> Result<Self> {
        let served = cluster.served().await?;
        let resource = served.groups()?;
        served.require_snapshots()?;
        let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "kubectl-gemini".to_owned());
        Ok(Self {
            scope: options
                .scope
                .clone()
                .unwrap_or_else(|| Scope::Namespaces(vec![cluster.namespace.clone()])),
            cluster,
            options,
            log,
            budget,
            resource,
            has_status: served.has_status,
            instance: format!("{host}-{word}").chars().take(128).collect(),
            classes: OnceCell::new(),
            busy: RefCell::default(),
            is_silent: Cell::new(false),
            may_prove: Cell::new(true),
            proofs: RefCell::default(),
            lock: OnceCell::new(),
        })
    }

    /// Makes the pass.
    pub async fn make(mut self) -> Result<Vec<Outcome>> {
        let made = self.steps().await;
        if let Some(Some(held)) = self.lock.take() {
            held.release().await;
        }
        made
    }

    async fn steps(&self) -> Result<Vec<Outcome>> {
        let survey = self.cluster.survey(&self.resource, self.look(&self.scope, None)).await?;
        let mut failed = self.failed(&survey.unreadable, &survey.refused);
        let mut world = World::new(survey, self.cluster.now());
        self.is_silent.set(world.canary.is_silent());
        let mut prunes = self.options.prune;
        if prunes && let Err(error) = self.check_clock() {
            prunes = false;
            failed.push(self.without_group(error));
        }
        let mut outcomes: Vec<_> =
            world.views.iter().map(|view| Outcome::new(&view.group.namespace, &view.group.name)).collect();
        if self.writes() {
            self.prove_unproven(&mut world, &mut outcomes).await?;
        }
        // First of all: the newest snapshot is that of before the request, not one that this pass takes.
        if self.options.restore_annotated && self.writes() {
            self.restore_annotated(&mut world, &mut outcomes).await;
        }
        let turns = self.turns(&world, &mut outcomes);
        let errands = pass::errands(&turns);
        if !errands.is_empty() || prunes && turns.iter().flatten().any(has_deletions) {
            self.take_lock().await?;
            self.serve(&world, errands, &mut outcomes).await;
            match self.options.dry_run {
                DryRun::Client => show_deletions(&turns, prunes, &mut outcomes),
                _ => {
                    let swept = self.sweep(&mut world, &turns, prunes, &mut outcomes).await;
                    failed.extend(swept.err().map(|error| self.without_group(error)));
                }
            }
        }
        self.publish(&world, &mut outcomes).await;
        outcomes.append(&mut failed);
        Ok(outcomes)
    }

    /// How it looks; `only` says for the snapshots of which groups.
    pub fn look<'b>(&'b self, scope: &'b Scope, only: Option<&'b BTreeSet<(String, String)>>) -> Look<'b> {
        Look { scope, selector: self.options.selector.as_deref(), only }
    }

    /// Something may be written.
    pub fn writes(&self) -> bool {
        self.options.dry_run == DryRun::None
    }

    /// How objects are to be sent; `None` for not at all.
    pub fn persist(&self) -> Option<Persist> {
        match self.options.dry_run {
            DryRun::None => Some(Persist::Yes),
            DryRun::Server => Some(Persist::ServerDryRun),
            DryRun::Client => None,
        }
    }

    /// Before the first write. A dry run stands in nobody's way.
    pub async fn take_lock(&self) -> Result<()> {
        if !self.writes() {
            return Ok(());
        }
        let namespace = match &self.scope {
            Scope::Namespaces(namespaces) => namespaces.first().unwrap_or(&self.cluster.home),
            Scope::Everywhere => &self.cluster.home,
        };
        let place = self.cluster.in_namespace(namespace);
        self.lock.get_or_try_init(|| place.hold_lease(LEASE, &self.instance, lease::PASS)).await.map(|_| ())
    }

    pub fn params(&self) -> Params {
        Params { hint: self.options.hint, ..Params::default() }
    }

    /// Groups that cannot be understood, and namespaces that cannot be looked at.
    fn failed(&self, unreadable: &[Unreadable], refused: &[(String, Error)]) -> Vec<Outcome> {
        let odd = unreadable.iter().map(|Unreadable { namespace, name, why }| {
            let message = format!("snapshotgroup {name} in namespace {namespace} makes no sense");
            (namespace, name.as_str(), Error::new(Reason::GroupInvalid, message).cause(why.clone()))
        });
        let refused = refused.iter().map(|(namespace, error)| (namespace, "", error.clone()));
        let outcome = |(namespace, name, error): (&String, &str, Error)| {
            let mut outcome = Outcome::new(namespace, name);
            outcome.fail(self.log, error);
            outcome
        };
        odd.chain(refused).map(outcome).collect()
    }

    /// What went wrong for all of them.
    fn without_group(&self, error: Error) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.fail(self.log, error);
        outcome
    }

    /// Ages are told by the server's clock, so that a local clock that is wrong does no harm; but one of the two is. An error
    /// says why nothing may be deleted.
    pub fn check_clock(&self) -> Result<()> {
        match clocks::compare(self.cluster.now(), Utc::now()) {
            Clocks::Agree => Ok(()),
            Clocks::Differ(text) => {
                self.log.notice(Notice::Warning(text));
                Ok(())
            }
            Clocks::Wrong(error) => Err(error),
        }
    }

    /// What is to be done for each group; `None` where nothing can be.
    fn turns(&self, world: &World, outcomes: &mut [Outcome]) -> Vec<Option<Turn>> {
        let mut turns = vec![];
        for (view, outcome) in world.views.iter().zip(outcomes) {
            outcome.item.pvc = Some(view.group.claim.name.clone());
            let turn = world.turn(view, &self.params(), self.options.coexist);
            turns.push(match turn {
                Ok(turn) => {
                    self.announce(world, view, &turn, outcome);
                    Some(turn)
                }
                Err(error) => {
                    outcome.fail(self.log, error);
                    None
                }
            });
        }
        turns
    }

    fn announce(&self, world: &World, view: &crate::plan::pass::View, turn: &Turn, outcome: &mut Outcome) {
        for warning in &turn.warnings {
            self.log.warn(warning, outcome.facts());
        }
        outcome.item.next_due = turn.next_due;
        let Some(create) = &turn.create else { return };
        outcome.item.due = true;
        outcome.item.action = Action::Create;
        let in_use = world.in_use(&view.group.namespace);
        if let Ok(plan) = view.plan(&in_use, world.now, &self.params()) {
            let texts = scheduled::intervals(&plan, create).into_iter().map(|interval| interval.text);
            outcome.item.intervals = texts.collect();
        }
    }
}

fn has_deletions(turn: &Turn) -> bool {
    !turn.deletions.is_empty() || turn.held_back > 0
}

/// With a dry run of the client only the first plan is known.
fn show_deletions(turns: &[Option<Turn>], prunes: bool, outcomes: &mut [Outcome]) {
    for (turn, outcome) in turns.iter().zip(outcomes) {
        if let Some(turn) = turn.as_ref().filter(|_| prunes) {
            outcome.item.pruned = turn.deletions.iter().map(|snapshot| snapshot.name.clone()).collect();
            outcome.item.held_back = turn.held_back;
        }
    }
}
