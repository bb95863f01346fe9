//! Decisions: values in, values or refusals out.
//! Pure: no cluster, no clock (`now` is an input), no environment.

pub mod backup;
pub mod class;
pub mod clone;
pub mod history;
pub mod hold;
pub mod in_use;
pub mod origin;
pub mod source;

#[cfg(test)]
mod samples;
