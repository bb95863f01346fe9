//! Restores in place under faults: every call of the four commands that touch a claim, and two ways on after each fault.
//! What has to hold is in `oracle`; it is asked of the objects and of the bytes, never of the program.

mod case;
pub mod oracle;
pub mod scene;
mod suspicion;
mod trial;
pub mod world;

pub use case::Case;
pub use scene::Scene;
pub use trial::{attempt, observed};

/// A command that touches a claim, or the volume that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Staged,
    Direct,
    Undo,
    Purge,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Staged, Self::Direct, Self::Undo, Self::Purge];

    pub fn name(self) -> &'static str {
        match self {
            Self::Staged => "restore-staged",
            Self::Direct => "restore-direct",
            Self::Undo => "undo",
            Self::Purge => "purge",
        }
    }
}

/// How it is taken up after the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To where it was meant to go.
    On,
    /// As if it had never been.
    Back,
}
