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

/// In direct mode the claim goes first. One that asks for more than it had needs room for that, and one of another class counts
/// elsewhere.
pub(super) fn takes_no_more(journal: &Journal) -> bool {
    let class = |manifest: &Value| manifest["spec"]["storageClassName"].clone();
    let (new, old) = (&journal.target, &journal.old.manifest);
    journal.mode == Mode::Direct && asked(new) <= asked(old) && class(new) == class(old)
}

/// What a quota says of itself when it refuses: with what a claim gives back that goes first, it has room for one that takes no more.
/// Not where it is overdrawn already: then it never would.
pub fn will_fit(refusal: &str) -> bool {
    let listed = |label: &str| {
        let (_, list) = refusal.split_once(label)?;
        let list = list.split(|c: char| c.is_whitespace()).next()?.trim_end_matches([',', '.']);
        list.split(',').map(amount).collect::<Option<Vec<_>>>()
    };
    let (Some(used), Some(limited)) = (listed("used: "), listed("limited: ")) else { return false };
    used.len() == limited.len()
        && used.iter().zip(&limited).all(|((a, used), (b, limit))| a == b && used <= limit)
}

/// `requests.storage=16Mi`
fn amount(text: &str) -> Option<(&str, u64)> {
    let (resource, amount) = text.split_once('=')?;
    Some((resource, Size::parse(amount).ok()?.bytes))
}

fn asked(manifest: &Value) -> Option<u64> {
    let text = manifest["spec"]["resources"]["requests"]["storage"].as_str()?;
    Size::parse(text).ok().map(|size| size.bytes)
}
