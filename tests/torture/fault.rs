//! What can befall one call, or the driver, by name: the columns of the matrices.
//! Must not contain what cannot happen: a 401 or 403 after the work was done proves nothing about a program.

use std::time::Duration;

use sandbox::testing::proxy::{Action, Signal, Told, Verb, When};
use sandbox::testing::{Failure, Faults};

/// How long the program waits for one answer, where none comes.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// A fault of one call.
#[derive(Clone, Debug)]
pub struct Fault {
    pub name: &'static str,
    pub action: Action,
    /// Only of interest where something can have been changed.
    writes_only: bool,
}

impl Fault {
    fn any(name: &'static str, action: Action) -> Self {
        Self { name, action, writes_only: false }
    }

    fn write(name: &'static str, action: Action) -> Self {
        Self { name, action, writes_only: true }
    }

    /// Every fault, in a fixed order.
    pub fn all() -> Vec<Self> {
        let said = |told| Action::Answer { told, forward: false };
        let done = |told| Action::Answer { told, forward: true };
        vec![
            Self::any("drop", Action::Drop),
            Self::write("lose", Action::LoseAnswer),
            Self::any("cut", Action::CutAnswer),
            Self::any("delay", Action::Delay(Duration::from_secs(1))),
            Self::any("never", Action::NeverAnswer { forward: false }),
            Self::write("done-never", Action::NeverAnswer { forward: true }),
            Self::any("down", Action::GoDown),
            Self::write("twice", Action::Twice),
            Self::any("401", said(Told::Status(401))),
            Self::any("403", said(Told::Status(403))),
            Self::any("409", said(Told::Status(409))),
            Self::any("410", said(Told::Status(410))),
            Self::any("429", said(Told::TooMany(1))),
            Self::any("overload", said(Told::Overloaded(1))),
            Self::any("500", said(Told::Status(500))),
            Self::any("503", said(Told::Status(503))),
            Self::any("504", said(Told::Status(504))),
            Self::write("done-429", done(Told::TooMany(1))),
            Self::write("done-500", done(Told::Status(500))),
            Self::write("done-503", done(Told::Status(503))),
            Self::write("done-504", done(Told::Status(504))),
            Self::any("kill-before", Action::Signal(Signal::Kill, When::Before)),
            Self::any("kill-answered", Action::Signal(Signal::Kill, When::Answered)),
            Self::any("kill-after", Action::Signal(Signal::Kill, When::After)),
            Self::any("term-before", Action::Signal(Signal::Term, When::Before)),
            Self::any("term-answered", Action::Signal(Signal::Term, When::Answered)),
            Self::any("term-after", Action::Signal(Signal::Term, When::After)),
        ]
    }

    /// Whether it is of interest for calls of that verb.
    pub fn fits(&self, verb: Verb) -> bool {
        verb.is_write() || !self.writes_only
    }

    /// The signal that the program gets.
    pub fn signal(&self) -> Option<Signal> {
        match self.action {
            Action::Signal(signal, _) => Some(signal),
            _ => None,
        }
    }

    /// The server says no, and has done nothing.
    pub fn refuses(&self) -> bool {
        matches!(self.action, Action::Answer { forward: false, .. })
    }

    /// No answer will come, so that the program has to give up by itself.
    pub fn is_silent(&self) -> bool {
        matches!(self.action, Action::NeverAnswer { .. })
    }
}

/// The driver's faults, by name, and whether the snapshots that it makes meanwhile are of the wrong volume.
pub fn driver() -> Vec<(&'static str, Faults)> {
    let none = Faults::default;
    let failing = |failure| Faults { create_snapshot: Some(failure), ..none() };
    vec![
        ("slow", Faults { snapshot_ready_after: Some("3s".into()), ..none() }),
        ("too-slow", Faults { snapshot_ready_after: Some("3600s".into()), ..none() }),
        ("fails-twice", failing(Failure::times("Internal", "the array is busy", 2))),
        ("fails", failing(Failure::always("DeadlineExceeded", "the array does not answer"))),
        ("exhausted", failing(Failure::always("ResourceExhausted", "too many requests"))),
        ("answer-lost", Faults { create_snapshot_answer_lost: Some(1), ..none() }),
        ("hangs", Faults { create_snapshot_hang: Some(true), ..none() }),
        ("too-many", Faults { snapshot_limit: Some(0), ..none() }),
        ("wrong-volume", Faults { snapshot_of_wrong_volume: Some(true), ..none() }),
        (
            "delete-fails",
            Faults { delete_snapshot: Some(Failure::always("Internal", "it is busy")), ..none() },
        ),
    ]
}
