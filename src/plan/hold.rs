//! Holds: a person's word that a snapshot must stay, and its end.
//! Must not say that a snapshot is held which is already going.

use chrono::{DateTime, Utc};

use crate::error::{Error, Reason, Result};
use crate::model::moment::Until;
use crate::model::snapshot::{Hold, Snapshot};

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write the marks.
    Write,
    /// Nothing: it is as wished.
    Leave,
}

/// The hold that a person wishes for. One that ends before it begins is refused.
pub fn wished(reason: &str, until: Option<Until>, now: DateTime<Utc>) -> Result<Hold> {
    let until = until.map(|until| until.at(now));
    match until.filter(|until| *until <= now) {
        Some(past) => {
            let (past, now) = (past.format("%FT%TZ"), now.format("%FT%TZ"));
            Err(Error::new(
                Reason::HoldInPast,
                format!("the hold would end at {past}, and it is {now} already"),
            ))
        }
        None => Ok(Hold { reason: reason.to_owned(), until }),
    }
}

/// What has to be done so that the snapshot has that hold, or none.
pub fn next(snapshot: &Snapshot, wished: Option<&Hold>) -> Result<Step> {
    let Snapshot { name, namespace, hold, group, .. } = snapshot;
    if snapshot.terminating && wished.is_some() {
        let message = format!(
            "volumesnapshot {name} in namespace {namespace} is being deleted: a hold cannot save it any more"
        );
        let error = Error::new(Reason::SnapshotTerminating, message);
        return Err(match group {
            Some(group) => error.hint(format!("take another: kubectl gemini backup {group} -n {namespace}")),
            None => error,
        });
    }
    Ok(if hold.as_ref() == wished { Step::Leave } else { Step::Write })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;

    use super::super::samples;
    use super::*;

    fn hold(reason: &str, days: Option<i64>) -> Hold {
        Hold { reason: reason.into(), until: days.map(|days| samples::now() + TimeDelta::days(days)) }
    }

    #[test]
    fn only_what_changes_a_hold_is_written() {
        let free = samples::snapshot("photos-1");
        let held = Snapshot { hold: Some(hold("audit", Some(3))), ..free.clone() };
        for (snapshot, wished, wanted) in [
            (&free, Some(hold("audit", None)), Step::Write),
            (&free, None, Step::Leave),
            (&held, Some(hold("audit", Some(3))), Step::Leave),
            (&held, Some(hold("audit", Some(4))), Step::Write),
            (&held, Some(hold("audit", None)), Step::Write),
            (&held, Some(hold("lawsuit", Some(3))), Step::Write),
            (&held, None, Step::Write),
        ] {
            assert_eq!(next(snapshot, wished.as_ref()).unwrap(), wanted, "{:?} {wished:?}", snapshot.hold);
        }
    }

    #[test]
    fn nobody_is_told_that_a_snapshot_is_saved_which_is_going() {
        let going = Snapshot { terminating: true, ..samples::snapshot("photos-1") };
        let error = next(&going, Some(&hold("audit", None))).unwrap_err();
        assert_eq!(error.reason, Reason::SnapshotTerminating);
        assert!(error.hints()[0].contains("kubectl gemini backup photos -n media"));
        let foreign = Snapshot { group: None, ..going.clone() };
        assert!(next(&foreign, Some(&hold("audit", None))).is_err());
        assert_eq!(next(&going, None).unwrap(), Step::Leave);
    }

    #[test]
    fn a_hold_must_end_after_it_begins() {
        let now = samples::now();
        assert_eq!(wished("audit", None, now).unwrap(), hold("audit", None));
        let three_days = Until::After(Duration::from_secs(3 * 86_400));
        assert_eq!(wished("audit", Some(three_days), now).unwrap(), hold("audit", Some(3)));
        for past in
            [Until::Moment(now), Until::After(Duration::ZERO), Until::Moment(now - TimeDelta::days(1))]
        {
            let error = wished("audit", Some(past), now).unwrap_err();
            assert_eq!(error.reason, Reason::HoldInPast);
            assert!(error.message.contains("2026-11-22T09:50:00Z already"), "{error}");
        }
    }
}
