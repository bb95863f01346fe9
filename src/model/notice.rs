//! What has to be said while work is going on: warnings, slow answers, driver errors, waits.
//! Only the words; `cluster` says them, `ui` shows them.

use std::time::Duration;

/// Something a person should see at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A warning, of the API server or our own.
    Warning(String),
    /// An answer takes longer than two seconds.
    Slow(String),
    /// What a driver or controller reports about an object that we wait for.
    Reported(String),
    /// What we wait for; comes often, replaces the one before.
    Waiting {
        /// Such as `volumesnapshot db-1 to become ready`.
        what: String,
        /// How long already.
        so_far: Duration,
    },
    /// The user asked to stop: what that means for what is under way. Said even if little is to be said.
    Stopping(String),
    /// The wait is over.
    Done,
}
