//! A schedule that makes sense: the rules of a group, read.
//! Must refuse the whole schedule if one entry cannot be read: half a schedule deletes what the other half keeps.

use crate::model::every::Every;
use crate::model::period::Period;

/// One rule: every so long a snapshot, and so many older ones besides the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it means.
    pub every: Every,
    /// How many to keep besides the newest.
    pub keep: u32,
    /// How it is spelled in the group.
    pub text: String,
}

/// The rules of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// In the order of the manifest; no two of them mean the same.
    pub rules: Vec<Rule>,
    /// How long a scheduled snapshot is kept at most.
    pub max_age: Option<Period>,
}
