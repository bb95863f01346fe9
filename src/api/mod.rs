//! What travels on the wire, and its conversion to and from the model.
//! Pure: nothing here talks to a server.

pub mod build;
pub mod convert;
pub mod crd;
pub mod gemini;
pub mod intervals;
pub mod journal;
pub mod lean;
pub mod manifests;
pub mod marks;
pub mod page;
pub mod pods;
pub mod rights;
pub mod saved;
pub mod snapshot;
pub mod status;
pub mod storage;
pub mod time;
pub mod workloads;
