//! What `list` has seen, as values.
//! Must not read anything.

use std::collections::{BTreeSet, HashMap};

use crate::cluster::observe::Unreadable;
use crate::model::claim::Claim;
use crate::model::class::SnapshotClass;
use crate::model::group::Group;
use crate::model::restore::Journal;
use crate::model::snapshot::{Content, Snapshot};
use crate::model::volume::Volume;

/// Groups and snapshots at one moment.
#[derive(Default)]
pub(super) struct Seen {
    pub groups: Vec<Group>,
    pub unreadable: Vec<Unreadable>,
    pub snapshots: Vec<Snapshot>,
}

/// What else is shown, or decides how a group stands. What could not be read, or was not needed, is unknown.
#[derive(Default)]
pub(super) struct Extras {
    pub claims: Option<Vec<Claim>>,
    pub classes: Option<Vec<SnapshotClass>>,
    /// Restores in place that have not ended, and whether nobody is at work on them.
    pub restores: Vec<(Journal, bool)>,
    /// By name.
    pub contents: HashMap<String, Content>,
    /// With the mark of a restore.
    pub volumes: Vec<Volume>,
    /// What was said to be missing: once is enough.
    pub said: BTreeSet<&'static str>,
}
