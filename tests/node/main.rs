//! With a real node: pods that really run, on volumes that are really mounted. The cluster is of its own and gone afterwards.
//! What needs no kubelet is in `tests/cluster`.

mod application;
mod job;
mod postgres;
mod support;
