//! A pod as far as it stands in the way of a claim.
//! Must not talk about how pods are stopped; that is decided in `plan`.

use super::workload::Named;

/// A pod that mounts a claim. Also one that has finished counts, once it was scheduled: the claim's protection waits for it
/// (reliability.md, section 0, fact 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// `Running` and so on.
    pub phase: String,
    /// It was given a node.
    pub is_scheduled: bool,
    /// It has been deleted and is still there.
    pub terminating: bool,
    /// Who makes it anew when it is gone.
    pub owner: Option<Named>,
    /// Claims that were made for it alone, and go with it.
    pub own_claims: Vec<String>,
    /// The restore that made it.
    pub restore: Option<String>,
    /// Why it was not given a node, in the scheduler's words.
    pub unscheduled: Option<String>,
    /// How its container ended, if it has.
    pub last_words: Option<String>,
}

impl Pod {
    /// All of its containers have ended for good.
    pub fn has_finished(&self) -> bool {
        matches!(self.phase.as_str(), "Succeeded" | "Failed")
    }
}
