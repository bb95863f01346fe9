//! Gemini's trigger: a restore that is asked for by an annotation on the group (design.md, section 5).
//! Must never take an old value for a request: the annotation may have lain there for years.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::history::History;
use super::source::{self, Point};
use crate::error::Reason;
use crate::model::group::{Group, Request};
use crate::model::restore::{Course, Journal, Step};

/// How long a request waits for what stands in its way.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// Asks for the newest snapshot.
const LATEST: &str = "latest";

/// What is to be done about the annotations of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn<'a> {
    /// Nothing was asked for; a restore of this identifier may not have ended yet.
    Rest(Option<&'a str>),
    /// The group is seen for the first time. Whatever is asked for was asked of somebody else.
    Arm(Option<&'a str>),
    /// This is asked for, and has been waiting if it was seen before.
    Asked(&'a str, Option<Waiting<'a>>),
}

/// How a request that could not be carried out at once stands on its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// When it was seen first.
    pub since: DateTime<Utc>,
    /// The snapshot that was meant then. Clocks cannot tell it from one that was taken within the same second.
    pub snapshot: Option<&'a str>,
}

/// Why a request is not carried out. The words are written on the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was asked of Gemini, which has done it or not.
    Ignored,
    /// It cannot be done.
    Refused,
    /// What stood in its way did so for too long.
    Expired,
}

impl Refusal {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// What is to be done.
pub fn turn(request: &Request) -> Turn<'_> {
    let wanted = request.wanted.as_deref().map(str::trim).filter(|value| !value.is_empty());
    let handled = request.handled.as_deref().and_then(|text| text.split_once(' '));
    match wanted {
        _ if !request.armed => Turn::Arm(wanted),
        None => Turn::Rest(begun(request)),
        Some(value) => {
            let since =
                handled.filter(|(of, _)| *of == value).and_then(|(_, rest)| rest.strip_prefix("waiting "));
            Turn::Asked(value, since.and_then(read_waiting))
        }
    }
}

/// The restore that the group names as the answer to what it was asked last. It may have ended long ago.
pub fn begun(request: &Request) -> Option<&str> {
    let words = [Refusal::Ignored, Refusal::Refused, Refusal::Expired].map(Refusal::word);
    let (_, word) = request.handled.as_deref()?.split_once(' ')?;
    Some(word).filter(|word| !words.contains(word) && !word.contains(' '))
}

fn read_waiting(text: &str) -> Option<Waiting<'_>> {
    let (since, snapshot) = text.split_once(' ').map_or((text, None), |(since, name)| (since, Some(name)));
    since.parse().ok().map(|since| Waiting { since, snapshot })
}

/// The snapshot that a value names, as Gemini's users know it, or `latest`: the newest when the request was seen first, for one
/// that is taken while it waits may hold just what is to be undone.
pub fn point<'a>(value: &'a str, waiting: Option<Waiting<'a>>) -> Point<'a> {
    match (waiting.and_then(|waiting| waiting.snapshot), value) {
        (Some(name), _) => Point::Named(name),
        (None, LATEST) => Point::Latest,
        (None, name) => Point::Named(name),
    }
}

/// The name of the snapshot that a request on the group waits for: until it is carried out or given up, no schedule may delete that.
pub fn meant<'a>(group: &Group, history: &History<'a>) -> Option<&'a str> {
    let Turn::Asked(value, waiting) = turn(&group.request) else { return None };
    source::find(group, history, &point(value, waiting)).map(|snapshot| snapshot.name.as_str())
}

/// The restore that a request of this value has led to already, although the group does not say so: the pass that began it was
/// stopped in between, and a person may have ended it since.
pub fn answer<'a>(request: &Request, value: &str, of_group: &'a [Journal]) -> Option<&'a Journal> {
    of_group.iter().find(|journal| {
        journal.asked_by.as_deref() == Some(value)
            && !journal.acknowledged
            && begun(request) != Some(&journal.id)
    })
}

/// An open restore of which its group has never heard, and which nobody has taken up since: if that is asked for no more, it need not be.
pub fn is_unheard_of(request: &Request, journal: &Journal) -> bool {
    !journal.acknowledged && begun(request) != Some(&journal.id) && journal.step == Step::Planned
}

/// A restore of the group's claim that somebody has begun by hand since a request waits: that was another decision.
pub fn overruled<'a>(group: &Group, waiting: Option<Waiting<'_>>, all: &'a [Journal]) -> Option<&'a Journal> {
    let since = waiting?.since;
    all.iter().find(|journal| {
        journal.asked_by.is_none() && journal.claim == group.claim.name && journal.started > since
    })
}

/// What is written when a request for this snapshot has to wait.
pub fn waiting(value: &str, since: DateTime<Utc>, snapshot: &str) -> String {
    format!("{value} waiting {} {snapshot}", since.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// It has waited too long.
pub fn is_over(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - since > LONGEST_WAIT
}

/// It was accepted, and has stood still for an hour because its claim is in use: whoever has started the application again meanwhile does
/// not mean it any more.
pub fn is_outdated(journal: &Journal, now: DateTime<Utc>) -> bool {
    let since = journal.in_use.filter(|_| journal.step == Step::Quiet);
    let may_go_back = journal.is_open() && journal.course == Course::Forward && !journal.swapped;
    journal.asked_by.is_some() && may_go_back && since.is_some_and(|since| is_over(since, now))
}

/// What stands in the way may go away by itself, or somebody may remove it.
pub fn may_pass(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::SnapshotNotFound
            | Reason::SnapshotUntrusted
            | Reason::SnapshotFailing
            | Reason::WrongVolume
            | Reason::ClaimMissing
            | Reason::ClaimLost
            | Reason::StorageClassUnfit
            | Reason::DriverCannotSnapshot
            | Reason::AdmissionDenied
            | Reason::RequestAltered
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::restore::tests::journal as journal_of;

    fn request(wanted: Option<&str>, handled: Option<&str>) -> Request {
        Request { wanted: wanted.map(Into::into), armed: true, handled: handled.map(Into::into) }
    }

    #[test]
    fn what_lay_there_before_is_never_a_request() {
        for wanted in [None, Some("1795333680")] {
            let request = Request { armed: false, ..request(wanted, None) };
            assert_eq!(turn(&request), Turn::Arm(wanted));
        }
    }

    #[test]
    fn a_request_is_new_until_it_is_taken_away() {
        let time: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().unwrap();
        let waits = waiting("latest", time, "db-17");
        let seen = Waiting { since: time, snapshot: Some("db-17") };
        assert_eq!(turn(&request(Some("latest"), Some(&waits))), Turn::Asked("latest", Some(seen)));
        assert!(matches!(point("latest", Some(seen)), Point::Named("db-17")));
        assert!(matches!((point("latest", None), point("17", None)), (Point::Latest, Point::Named("17"))));
        // The same value again, after it was done; and another one.
        assert_eq!(turn(&request(Some(" 17 "), Some("17 7f3ak"))), Turn::Asked("17", None));
        assert_eq!(turn(&request(Some("17"), Some(&waits))), Turn::Asked("17", None));
        assert!(
            !is_over(time, time + LONGEST_WAIT) && is_over(time, time + LONGEST_WAIT + TimeDelta::seconds(1))
        );
    }

    #[test]
    fn a_restore_that_answers_a_request_answers_it_once() {
        let journal = |id: &str, by: Option<&str>, acknowledged: bool| Journal {
            id: id.into(),
            asked_by: by.map(Into::into),
            acknowledged,
            ..journal_of(None)
        };
        let all =
            [journal("a", None, false), journal("b", Some("17"), true), journal("c", Some("17"), false)];
        let found = |value: &str, handled: Option<&str>| {
            answer(&request(Some(value), handled), value, &all).map(|journal| journal.id.as_str())
        };
        for handled in [None, Some("17 b"), Some("17 waiting 2026-11-22T08:00:00Z db-17")] {
            assert_eq!((found("17", handled), found("18", handled)), (Some("c"), None));
        }
        let open = |journal: Journal| Journal { step: Step::Planned, ..journal };
        let is_unheard_of = |handled, journal: &Journal| is_unheard_of(&request(None, handled), journal);
        assert!(
            is_unheard_of(None, &open(all[2].clone())) && !is_unheard_of(Some("17 c"), &open(all[2].clone()))
        );
        assert!(!is_unheard_of(None, &open(all[1].clone())) && !is_unheard_of(None, &all[2]));
        // Asked once more.
        assert_eq!(found("17", Some("17 c")), None);
    }

    #[test]
    fn what_was_accepted_is_given_up_if_its_claim_is_in_use_after_an_hour() {
        let since = journal_of(None).started + TimeDelta::hours(5);
        let asked = Journal {
            asked_by: Some("17".into()),
            step: Step::Quiet,
            in_use: Some(since),
            ..journal_of(None)
        };
        let (on_time, late) = (since + LONGEST_WAIT, since + LONGEST_WAIT + TimeDelta::seconds(1));
        assert!(is_outdated(&asked, late) && !is_outdated(&asked, on_time));
        // A copy may take long; and whatever was begun by hand, or is on its way back, or past the swap, is another's to end.
        for other in [
            Journal { step: Step::Copy, ..asked.clone() },
            Journal { in_use: None, ..asked.clone() },
            Journal { asked_by: None, ..asked.clone() },
            Journal { course: Course::Back, ..asked.clone() },
            Journal { swapped: true, ..asked.clone() },
        ] {
            assert!(!is_outdated(&other, late), "{other:?}");
        }
    }

    #[test]
    fn only_what_was_begun_is_looked_after() {
        for (handled, id) in [
            (None, None),
            (Some("17 ignored"), None),
            (Some("17 refused"), None),
            (Some("17 expired"), None),
            (Some("17 waiting 2026-11-22T08:00:00Z"), None),
            (Some("odd"), None),
            (Some("17 7f3ak"), Some("7f3ak")),
        ] {
            assert_eq!(turn(&request(None, handled)), Turn::Rest(id), "{handled:?}");
        }
    }

    #[test]
    fn a_request_waits_for_what_may_go_away_and_for_nothing_else() {
        for reason in [Reason::SnapshotNotReady, Reason::ClaimTerminating, Reason::Forbidden] {
            assert!(may_pass(reason), "{reason}");
        }
        for reason in [Reason::SnapshotNotFound, Reason::WrongVolume, Reason::ClaimMissing] {
            assert!(!may_pass(reason), "{reason}");
        }
    }
}
