//! Restores in place under faults: every call of the four commands that touch a claim, and two ways on after each fault.
//! What has to hold is in `oracle`; it is asked of the objects and of the bytes, never of the program.

mod case;
mod kubelet;
pub mod oracle;
pub mod play;
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
    /// Staged, with an application that runs.
    Running,
    /// Two claims of one application that runs.
    Together,
    /// Asked for by the annotation of the group.
    Annotated,
    Undo,
    /// With an application that runs.
    UndoRunning,
    Purge,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Staged,
        Self::Direct,
        Self::Running,
        Self::Together,
        Self::Annotated,
        Self::Undo,
        Self::UndoRunning,
        Self::Purge,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Staged => "restore-staged",
            Self::Direct => "restore-direct",
            Self::Running => "restore-running",
            Self::Together => "restore-together",
            Self::Annotated => "restore-annotated",
            Self::Undo => "undo",
            Self::UndoRunning => "undo-running",
            Self::Purge => "purge",
        }
    }

    /// One claim, and nothing about it but the command.
    fn is_plain(self) -> bool {
        !self.has_application() && self != Self::Annotated
    }

    /// Pods use the claim.
    pub fn has_application(self) -> bool {
        matches!(self, Self::Running | Self::Together | Self::UndoRunning)
    }

    /// It gives the claim what its snapshot holds.
    pub fn restores(self) -> bool {
        !self.undoes() && self != Self::Purge
    }

    /// It gives the claim the volume that it had before a restore.
    pub fn undoes(self) -> bool {
        matches!(self, Self::Undo | Self::UndoRunning)
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
