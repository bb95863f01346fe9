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
    /// Says the same, since whenever, and whatever number the storage gave to the request of which it tells.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let timeless = |status: &Self| Self {
            message: without_marks_of_requests(&status.message),
            ready: Ready { since: None, ..status.ready.clone() },
            restoring: status.restoring.clone().map(|restoring| Restoring { since: None, ..restoring }),
            ..status.clone()
        };
        timeless(self) == timeless(other)
    }
}

/// A text without what is new in it each time that a driver fails for the same reason: identifiers of requests and times.
fn without_marks_of_requests(text: &str) -> String {
    /// Longer than the seconds at the end of a snapshot's name, as long as half an identifier.
    const LONG: usize = 16;
    let is_identifier = |word: &str| {
        let belongs = |c: char| c.is_ascii_hexdigit() || c == '-';
        word.len() >= LONG && word.chars().all(belongs) && word.contains(|c: char| c.is_ascii_digit())
    };
    let is_end = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | ':' | '.' | '+');
    let words = text.split(is_end).map(|word| word.trim_matches(['.', ':', '-']));
    let lasting = words.filter(|word| DateTime::parse_from_rfc3339(word).is_err());
    lasting.flat_map(|word| word.split(':')).filter(|part| !is_identifier(part)).collect::<Vec<_>>().join(" ")
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

    #[test]
    fn the_same_failure_with_another_request_is_no_news() {
        let status = |message: &str| Status { message: message.into(), ..Status::default() };
        for (one, other, same) in [
            (
                "quota exceeded, request id: 8bc0c1cc-59a8-4d51-a1d4-0c2b9c7e11aa",
                "quota exceeded, request id: 11aac1cc-59a8-4d51-a1d4-0c2b9c7e8bc0",
                true,
            ),
            ("no space (at 2026-11-29T21:28:58.123Z).", "no space (at 2026-11-29T21:38:58Z).", true),
            ("RequestID=0123456789ABCDEF: busy", "RequestID=FEDCBA9876543210: busy", true),
            ("RequestID:0123456789ABCDEF busy", "RequestID:FEDCBA9876543210 busy", true),
            // What a person can look for is another thing each time.
            ("volumesnapshot photos-1795978730: busy", "volumesnapshot photos-1795978740: busy", false),
            ("vol-0123456789abcdef0 is busy", "vol-0123456789abcdef1 is busy", false),
            ("pvc-8bc0c1cc-59a8-4d51-a1d4-0c2b9c7e11aa", "pvc-11aac1cc-59a8-4d51-a1d4-0c2b9c7e8bc0", false),
            ("2 of 5 failed", "3 of 5 failed", false),
            ("dial tcp 192.168.100.12:3260", "dial tcp 192.168.100.13:3260", false),
        ] {
            assert_eq!(status(one).says_the_same(&status(other)), same, "{one}");
        }
    }
}
