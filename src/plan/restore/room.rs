//! What a quota has room for: a claim that takes the place of another needs only what that one gives back.
//! Must not wait for room while nothing was taken away: then the refusal is a person's to see.

use serde_json::Value;

use super::{Action, Awaited};
use crate::error::{Error, Reason};
use crate::model::restore::{Journal, Mode, Step};
use crate::model::size::Size;

/// What is waited for when a quota refuses a write: the name is free, and what its claim had is credited some time later
/// (reliability.md, F-R21).
pub fn makes_room(step: Step, action: &Action, error: &Error) -> Option<Awaited> {
    match action {
        Action::CreateClaim(draft)
            if matches!(step, Step::Swap | Step::SwapBack) && error.reason == Reason::QuotaExceeded =>
        {
            Some(Awaited::Room(draft.name.clone()))
        }
        _ => None,
    }
}

/// In direct mode the claim goes first. One that asks for more than it had needs room for that.
pub(super) fn takes_no_more(journal: &Journal) -> bool {
    journal.mode == Mode::Direct && asked(&journal.target) <= asked(&journal.old.manifest)
}

fn asked(manifest: &Value) -> Option<u64> {
    let text = manifest["spec"]["resources"]["requests"]["storage"].as_str()?;
    Size::parse(text).ok().map(|size| size.bytes)
}
