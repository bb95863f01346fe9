//! What becomes of a snapshot, and why: the words that tables and documents show.
//! The codes are a contract; they are only ever added to (retention.md, section 3.16).

use crate::plan::calendar::Moment;

/// What becomes of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It goes.
    Delete,
    /// It is none of our business: it is going already, or is not ours.
    Ignore,
}

impl Fate {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Ignore => "ignore",
        }
    }
}

/// Why. Rules are indices into the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is among the newest that a rule keeps; `rank` 1 is the newest.
    Rule {
        /// The rule.
        rule: usize,
        /// Its place in the series.
        rank: usize,
    },
    /// A rule needs it until a younger one is old enough.
    Span {
        /// The rule.
        rule: usize,
        /// Its place in the series.
        rank: usize,
        /// Until then at most.
        until: Moment,
    },
    /// No ready snapshot is newer.
    NewestReady,
    /// It is among the newest that are to stay in any case.
    MinCount,
    /// It is not ready yet.
    InProgress,
    /// It lies in the future: some clock was wrong.
    FutureDated,
    /// It was taken by hand.
    Manual,
    /// It was taken by a restore of what it replaced.
    RestorePoint,
    /// Somebody wants it to stay.
    Hold,
    /// A claim is being filled from it.
    InUse,
    /// An annotation asks for a restore of it, which waits.
    Requested,
    /// Nobody understands what it was taken for.
    UnknownInterval,
    /// It failed, and may tell why.
    FailedRecent,
    /// Nothing says what may go.
    NoSchedule,
    /// It is marked as not to be used; a person has to look at it.
    Tainted,
    /// It is the newest of a volume that the claim no longer has: nobody may have noticed yet.
    LastOfVolume {
        /// Until then.
        until: Moment,
    },
    /// It is not ready any more, which may pass.
    WasReady,
    /// No rule needs it; if it belongs to one, that one and its place there.
    Surplus(Option<(usize, usize)>),
    /// It failed and is of no more use.
    FailedOld,
    /// Its time is over.
    Expired,
    /// It is being deleted already.
    Terminating,
    /// It was taken of another claim.
    NotOurs,
    /// It was cut together with others and can only go with them.
    GroupSnapshot,
}

impl Reason {
    /// The word of tables and documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rule { .. } => "rule",
            Self::Span { .. } => "span",
            Self::NewestReady => "newest-ready",
            Self::MinCount => "min-count",
            Self::InProgress => "in-progress",
            Self::FutureDated => "future-dated",
            Self::Manual => "manual",
            Self::RestorePoint => "restore-point",
            Self::Hold => "hold",
            Self::InUse => "in-use",
            Self::Requested => "requested",
            Self::UnknownInterval => "unknown-interval",
            Self::FailedRecent => "failed-recent",
            Self::NoSchedule => "no-schedule",
            Self::Tainted => "tainted",
            Self::LastOfVolume { .. } => "last-of-volume",
            Self::WasReady => "was-ready",
            Self::Surplus(_) => "surplus",
            Self::FailedOld => "failed-old",
            Self::Expired => "expired",
            Self::Terminating => "terminating",
            Self::NotOurs => "not-ours",
            Self::GroupSnapshot => "group-snapshot",
        }
    }
}

/// What becomes of a snapshot and all that speaks for it; never without a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of it.
    pub fate: Fate,
    /// Why, those of rules first.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    pub(super) fn new(fate: Fate, reason: Reason) -> Self {
        Self { fate, reasons: vec![reason] }
    }
}
