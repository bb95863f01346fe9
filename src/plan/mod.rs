//! Decisions: values in, values or refusals out.
//! Pure: no cluster, no clock (`now` is an input), no environment.

pub mod backup;
pub mod calendar;
pub mod class;
pub mod clone;
pub mod entry;
pub mod history;
pub mod origin;
<<<<<<< HEAD
pub mod retention;
=======
>>>>>>> i4-grammar
pub mod schedule;
pub mod source;

#[cfg(test)]
mod samples;
