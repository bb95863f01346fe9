//! The only code that talks to the API server.
//! It carries out and reports; what should be done is decided in `plan`.

pub mod access;
pub mod apply;
pub mod call;
pub mod connect;
pub mod events;
pub mod facts;
pub mod failure;
pub mod http;
mod identity;
pub mod interrupt;
pub mod journal;
pub mod kubeconfig;
pub mod lease;
pub mod notices;
pub mod observe;
pub mod options;
mod overrides;
mod read;
mod respite;
pub mod restoring;
mod rivals;
pub mod served;
pub mod survey;
mod traffic;
pub mod wait;
pub mod watch;
pub mod workloads;
