//! What tests use: one cluster for a whole run, a namespace per test, the bytes of volumes, faults, evidence.

mod cluster;
mod evidence;
mod faults;
mod local_clock;
mod namespace;
pub mod proxy;
mod report;
mod requests;

pub use cluster::{CLUSTER, Cluster, KUBECONFIG, own_cluster, volume_path};
pub use faults::{Failure, Faults, RestoredBytes};
pub use local_clock::LocalClock;
pub use namespace::Namespace;
pub use report::{REPORT, Report, skip};
pub use requests::Requests;
