//! What a fault proxy can do to a call.
//! Only values; they are carried out where calls are carried.

use std::time::Duration;

/// What happens to a call that is hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Pass,
    /// The connection is closed; the server never hears of it.
    Drop,
    /// The server carries it out; the connection is closed before an answer.
    LoseAnswer,
    /// The server carries it out; half of the answer's body arrives, then the connection is closed.
    CutAnswer,
    /// It reaches the server so much later.
    Delay(Duration),
    /// The connection stays open, and no answer ever comes.
    NeverAnswer {
        /// Whether the server carries it out.
        forward: bool,
    },
    /// The program is told so.
    Answer {
        /// The code and its manner.
        told: Told,
        /// Whether the server has carried it out before.
        forward: bool,
    },
    /// The connection is closed, and so is every one after it, until there are new rules: the server is down.
    GoDown,
    /// A list is answered in pages of so many objects, whatever the program asks for.
    Pages(u32),
    /// The server is asked twice, and the second answer counts: a proxy on the way has repeated it.
    Twice,
    /// The program gets a signal.
    Signal(Signal, When),
}

/// An answer that the server did not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A Status of that code.
    Status(u16),
    /// 429 with a Status that says how many seconds to wait.
    TooMany(u32),
    /// 429 as the API server's own limits say it: a line of text, and the seconds in a header only.
    Overloaded(u32),
}

/// What a program can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGKILL
    Kill,
    /// SIGTERM
    Term,
}

/// When, around a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the server is asked; after SIGKILL it is not.
    Before,
    /// The server has carried it out, the program does not know; after SIGKILL it never will.
    Answered,
    /// The program has the answer.
    After,
}
