//! Everything that touches the API, on a real cluster with CSI volumes that hold real bytes.
//! One program, so that it is linked once. It needs a cluster: `make test` starts one.

mod backup;
mod behind_kubectl;
mod connection;
mod doctor;
mod documents;
mod faults;
mod groups;
mod hold;
mod in_place;
mod install;
mod interactive;
mod list;
mod odd_cluster;
mod prune;
mod questions;
mod restore;
mod rights;
mod run_once;
mod support;
mod untouched;
