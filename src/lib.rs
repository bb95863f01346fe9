//! Take snapshots of Kubernetes volumes, and get the data back.
//!
//! Data flows one way: arguments, options, observed cluster, plan, report, output. The modules depend on each
//! other in that order only: `model` ◄ `plan` ◄ `cluster` ◄ `commands`; `ui` renders values.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

pub mod api;
pub mod cli;
pub mod cluster;
pub mod commands;
pub mod error;
pub mod model;
pub mod plan;
pub mod ui;
