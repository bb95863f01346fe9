//! All that a person or a script sees.
//! Renders values; must never ask the cluster.

pub mod checks;
pub mod choose;
pub mod documents;
pub mod fates;
pub mod forecast;
pub mod format;
pub mod jsonpath;
pub mod listing;
pub mod log;
pub mod plans;
pub mod prompt;
pub mod reports;
pub mod restore_plan;
pub mod restores;
pub mod restoring;
pub mod results;
pub mod rows;
pub mod runs;
pub mod simulation;
pub mod steps;
pub mod table;
pub mod terminal;
pub mod timeline;
pub mod versions;
