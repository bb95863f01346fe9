//! What a pass knows of the cluster: the groups with their snapshots, and the claims.
//! Must be replaced as a whole where it is looked at again, never mended from memory.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::cluster::survey::{Scope, Survey};
use crate::error::Result;
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::group::Group;
use crate::plan::canary::Canary;
use crate::plan::in_use;
use crate::plan::pacing::Lately;
use crate::plan::pass::{Turn, View, views};
use crate::plan::retention::Params;

/// One look.
pub(super) struct World {
    /// The server's time at the end of the look.
    pub now: DateTime<Utc>,
    pub views: Vec<View>,
    pub canary: Canary,
    /// What was asked of volumes just before.
    pub lately: Lately,
    claims: HashMap<(String, String), Claim>,
    /// Those that are being filled from a snapshot.
    filling: Vec<Claim>,
}

impl World {
    pub fn new(survey: Survey, now: DateTime<Utc>) -> Self {
        let (views, canary, lately) = views(survey.groups, survey.snapshots, now);
        let is_filling =
            |claim: &&Claim| claim.phase == ClaimPhase::Pending && claim.snapshot_source.is_some();
        let filling = survey.claims.iter().filter(is_filling).cloned().collect();
        let keyed = |claim: Claim| ((claim.namespace.clone(), claim.name.clone()), claim);
        Self { now, views, canary, lately, claims: survey.claims.into_iter().map(keyed).collect(), filling }
    }

    /// The snapshots of a namespace that claims are being filled from.
    pub fn in_use(&self, namespace: &str) -> BTreeSet<&str> {
        in_use::sources(&self.filling, namespace)
    }

    /// The claim of a group.
    pub fn claim(&self, group: &Group) -> Option<&Claim> {
        self.claims.get(&(group.namespace.clone(), group.claim.name.clone()))
    }

    /// What is to be done for a group.
    pub fn turn(&self, view: &View, params: &Params, coexist: bool) -> Result<Turn> {
        let plan = view.plan(&self.in_use(&view.group.namespace), self.now, params)?;
        Turn::new(&plan, self.now, coexist)
    }

    /// Takes over the claim of a group as it is after a restore.
    pub fn replace_claim(&mut self, group: &Group, claim: Option<Claim>) {
        let key = (group.namespace.clone(), group.claim.name.clone());
        match claim {
            Some(claim) => self.claims.insert(key, claim),
            None => self.claims.remove(&key),
        };
    }

    /// Takes over the claims of a later look at some of the namespaces, or at all.
    pub fn replace_claims(&mut self, later: Self, scope: &Scope) {
        let was_seen = |namespace: &String| match scope {
            Scope::Everywhere => true,
            Scope::Namespaces(seen) => seen.contains(namespace),
        };
        self.claims.retain(|(namespace, _), _| !was_seen(namespace));
        self.filling.retain(|claim| !was_seen(&claim.namespace));
        self.claims.extend(later.claims);
        self.filling.extend(later.filling);
    }

    /// The view of a group that was seen before, if it still exists.
    pub fn find(&self, group: &Group) -> Option<usize> {
        self.views.iter().position(|view| view.group.uid == group.uid)
    }
}
