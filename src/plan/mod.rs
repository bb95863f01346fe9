//! Decisions: values in, values or refusals out.
//! Pure: no cluster, no clock (`now` is an input), no environment.

pub mod backup;
pub mod calendar;
pub mod canary;
pub mod class;
pub mod clocks;
pub mod clone;
pub mod coexist;
pub mod entry;
pub mod health;
pub mod history;
pub mod hold;
pub mod in_use;
pub mod leaving;
pub mod naming;
pub mod origin;
pub mod pacing;
pub mod pass;
pub mod prune;
pub mod restore;
pub mod retention;
pub mod schedule;
pub mod scheduled;
pub mod simulate;
pub mod source;
pub mod status;
pub mod trigger;

#[cfg(test)]
mod samples;
