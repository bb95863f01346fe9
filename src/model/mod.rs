//! Our words for the problem: groups, claims, volumes, snapshots.
//! Pure: no Kubernetes types, no clock, no environment.

pub mod claim;
pub mod class;
pub mod draft;
pub mod dry_run;
pub mod duration;
pub mod every;
pub mod group;
pub mod job;
pub mod moment;
pub mod name;
pub mod notice;
pub mod period;
pub mod pod;
pub mod restore;
pub mod size;
pub mod snapshot;
pub mod status;
pub mod text;
pub mod volume;
pub mod wall;
pub mod workload;
