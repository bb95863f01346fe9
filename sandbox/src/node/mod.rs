//! A real node: kubelet and containerd, in network, mount and pid namespaces of their own.
//!
//! Two processes: one outside holds the lock and forwards a port of 127.0.0.1; one inside is the first process of the new
//! pid namespace and supervises everything. When either ends, the kernel ends all that is inside; the host keeps nothing.

mod containerd;
mod forward;
mod image;
mod inside;
mod kubelet;
mod leftovers;
mod outside;
mod packages;

pub use containerd::{import, load};
pub use image::Image;
pub use inside::run as run_inside;
pub(crate) use leftovers::clear as clear_leftovers;
pub(crate) use outside::hold;
pub use packages::unavailable;
