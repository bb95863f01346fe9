//! A real Kubernetes with CSI snapshots on one machine: library for the tests, binary for people.
//!
//! Control plane, snapshot controllers and a small CSI driver of our own run as plain processes on
//! 127.0.0.1; with a node also kubelet and containerd, in namespaces of their own. Everything is built
//! once from Go modules and cached outside the checkout.

pub mod certs;
pub mod components;
pub mod control_plane;
pub mod kubectl;
pub mod layout;
pub mod lifecycle;
pub mod lock;
pub mod node;
pub mod owner;
pub mod process;
pub mod supervisor;
pub mod testing;
