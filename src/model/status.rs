//! What is told about a group on the group itself, for `kubectl get` and `kubectl describe`.
//! Must not hold what changes without anything having happened: an age would be written in every pass.

use chrono::{DateTime, Utc};

/// The status of a group (design.md, section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The generation of the spec that it was made from.
    pub generation: Option<i64>,
    /// The claim that the group has.
    pub claim: Option<KnownClaim>,
    /// The snapshot that was taken last, whatever became of it.
    pub last_backup: Option<Taken>,
    /// The newest that can be restored from.
    pub newest_ready: Option<Taken>,
    /// When the next one falls due.
    pub next_due: Option<DateTime<Utc>>,
    /// How many there are.
    pub counts: Counts,
    /// `8/9`: ready ones of all.
    pub ready_summary: String,
    /// `10 minutes x3, hour x1`
    pub schedule_summary: String,
    /// What a person should know; empty for nothing.
    pub message: String,
    /// The condition `Ready`.
    pub ready: Ready,
    /// The condition `Restoring`, while it holds.
    pub restoring: Option<Restoring>,
}

/// A claim that a group is known to have had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownClaim {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

/// A snapshot, as the status names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its name.
    pub name: String,
    /// When it was taken.
    pub time: DateTime<Utc>,
}

/// How many snapshots a group has. Those that are being deleted, and tainted ones, are in none of the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They can be restored from.
    pub ready: usize,
    /// They are being made.
    pub in_progress: usize,
    /// They failed.
    pub failed: usize,
}

/// Whether a condition holds, as Kubernetes spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    True,
    /// It does not.
    False,
    /// Nobody knows yet.
    #[default]
    Unknown,
}

/// The condition `Ready`: the group is served as its schedule says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Whether it is.
    pub truth: Truth,
    /// One word: `Healthy`, or what is wrong.
    pub reason: String,
    /// Since when; only the API server's copy knows.
    pub since: Option<DateTime<Utc>>,
}

/// The condition `Restoring`: the annotation of the group asks for a restore that has not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restoring {
    /// One word: `Waiting` or `Blocked`.
    pub reason: String,
    /// What a person should know of it.
    pub message: String,
    /// Since when; only the API server's copy knows.
    pub since: Option<DateTime<Utc>>,
}

impl Status {
    /// Says the same, since whenever.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let timeless = |status: &Self| Self {
            ready: Ready { since: None, ..status.ready.clone() },
            restoring: status.restoring.clone().map(|restoring| Restoring { since: None, ..restoring }),
            ..status.clone()
        };
        timeless(self) == timeless(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_when_it_holds_is_no_news_and_everything_else_is() {
        let restoring = |reason: &str, since| Restoring { reason: reason.into(), message: "m".into(), since };
        let status = |reason: &str, restoring: Option<Restoring>, since| Status {
            ready: Ready { reason: reason.into(), since, ..Ready::default() },
            restoring,
            message: "m".into(),
            ..Status::default()
        };
        let now = DateTime::from_timestamp(1_795_341_000, 0);
        let seen = status("Healthy", Some(restoring("Waiting", None)), None);
        assert!(seen.says_the_same(&status("Healthy", Some(restoring("Waiting", now)), now)));
        for other in [
            status("Overdue", Some(restoring("Waiting", None)), None),
            status("Healthy", Some(restoring("Blocked", None)), None),
            status("Healthy", None, None),
            Status { message: "another".into(), ..seen.clone() },
        ] {
            assert!(!seen.says_the_same(&other), "{other:?}");
        }
    }
}
