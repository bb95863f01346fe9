//! The planner from outside: the cases of retention.md, its invariants, and long runs of it.
//! `make properties` runs them with many more cases than `make test`.

mod cases;
mod gemini;
mod objects;
mod properties;
mod simulations;
mod spellings;
mod states;
mod support;
mod watch;
