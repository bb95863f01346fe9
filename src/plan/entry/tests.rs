//! How snapshots are read: states, times, labels.
//! Each changes one thing of a snapshot that is as it should be.

use super::*;
use crate::model::snapshot::{Hold, Interval};
use crate::plan::samples;

fn entry(change: impl FnOnce(&mut Snapshot), seconds_later: i64) -> Entry {
    let mut snapshot = samples::snapshot("photos-1");
    change(&mut snapshot);
    let now = samples::now() + TimeDelta::seconds(seconds_later);
    entries(&[&snapshot], "photos-data", &[].into(), now).swap_remove(0)
}

#[test]
fn a_storage_whose_clock_is_ahead_is_not_believed() {
    let hours = TimeDelta::hours;
    let taken = |name: &str, ago: i64| {
        let taken = samples::now() - hours(ago);
        Snapshot { taken, cut: Some(taken + hours(8)), ..samples::snapshot(name) }
    };
    // By the storage's word the older one would be of this minute, and the newer one of no time that counts.
    let (old, new) = (taken("photos-1", 8), taken("photos-2", 1));
    let times = |all: &[&Snapshot]| -> Vec<_> {
        let entries = entries(all, "photos-data", &[].into(), samples::now());
        entries.iter().map(|entry| samples::now().timestamp() - entry.time).collect()
    };
    assert_eq!(times(&[&old, &new]), [8 * 3_600, 3_600]);
    assert_eq!(times(&[&old]), [0]);
    assert_eq!(cut_ahead(&[&old, &new], samples::now()).unwrap().name, "photos-2");
    let making = Snapshot { readiness: Readiness::Creating, ..new };
    assert!(cut_ahead(&[&making], samples::now()).is_none());
}

#[test]
fn an_error_becomes_a_failure_with_time_and_a_late_cut_a_later_snapshot() {
    let failing = |s: &mut Snapshot| s.readiness = Readiness::Failing("disk on fire".into());
    assert_eq!(entry(failing, 119).state, State::InProgress);
    assert_eq!(entry(failing, 120).state, State::Failed { timed_out: false });
    let creating = |s: &mut Snapshot| s.readiness = Readiness::Creating;
    assert_eq!(entry(creating, 86_399).state, State::InProgress);
    assert_eq!(entry(creating, 86_400).state, State::Failed { timed_out: true });
    assert_eq!(entry(|s| s.terminating = true, 0).state, State::Terminating);
    let words = [State::Ready, State::InProgress, State::Failed { timed_out: true }, State::Terminating];
    assert_eq!(words.map(State::word), ["ready", "in-progress", "failed", "terminating"]);

    let asked = samples::now().timestamp();
    let cut = |s: &mut Snapshot, seconds| s.cut = Some(s.taken + TimeDelta::seconds(seconds));
    assert_eq!(entry(|s| cut(s, 60), 0).time, asked);
    assert_eq!(entry(|s| cut(s, 61), 0).time, asked + 61);
    assert_eq!(entry(|s| s.cut = DateTime::from_timestamp(0, 0), 0).time, asked);
    let unready = |s: &mut Snapshot| {
        cut(s, 61);
        creating(s);
    };
    assert_eq!(entry(unready, 0).time, asked);
}

#[test]
fn what_it_was_cut_of_and_that_it_was_proven_is_known() {
    let known = entry(|s| s.verified = true, 0);
    assert!(known.was_ready && known.volume.is_some());
    let unknown = entry(|s| (s.verified, s.volume) = (false, None), 0);
    assert_eq!((unknown.was_ready, unknown.volume), (false, None));
}

#[test]
fn labels_are_read_by_meaning_and_what_makes_no_sense_is_kept_apart() {
    let interval =
        |text: &str, wall: &str| Interval { text: text.into(), wall: wall.into(), phase: Some(60) };
    let intervals = vec![
        interval("60 Minutes", ""),
        interval("fortnight", ""),
        interval("day", "02:30 Europe/Berlin"),
        interval("day", "25:30 Europe/Berlin"),
    ];
    let entry = entry(|s| s.purpose = Purpose::Scheduled(intervals), 0);
    let hour = every::parse("hour").unwrap();
    let clock = every::parse("24h at 02:30 in Europe/Berlin").unwrap();
    assert_eq!(entry.labels, [hour, clock].map(|every| Label { every, phase: Some(60) }));
    assert_eq!(entry.kind, Kind::Scheduled);
    assert_eq!(entry.unknown, ["fortnight", "day at 25:30 Europe/Berlin"]);
    assert!(!entry.is_unknown_only());
}

#[test]
fn a_name_tells_the_attempt() {
    for (name, wanted) in
        [("db-1773143400", 1), ("db-1773143400-r2", 3), ("db-rx", 1), ("-r4294967295", u32::MAX)]
    {
        assert_eq!(attempt(name), wanted, "{name}");
    }
}

#[test]
fn a_hold_ends_when_it_says_and_a_foreign_snapshot_is_left_alone() {
    let until = |seconds| {
        move |s: &mut Snapshot| {
            let until = Some(samples::now() + TimeDelta::seconds(seconds));
            s.hold = Some(Hold { reason: "audit".into(), until });
        }
    };
    assert!(entry(until(1), 0).held && !entry(until(0), 0).held);
    assert!(entry(|s| s.hold = Some(Hold { reason: "audit".into(), until: None }), 1 << 40).held);
    assert_eq!(entry(|_| {}, 0).foreign, None);
    assert_eq!(entry(|s| s.claim = Some("other".into()), 0).foreign, Some(Foreign::OtherClaim));
    assert_eq!(entry(|s| s.claim = None, 0).foreign, Some(Foreign::OtherClaim));
    assert_eq!(entry(|s| s.in_group_snapshot = true, 0).foreign, Some(Foreign::GroupSnapshot));
    assert!(entry(|s| s.expires = Some(samples::now()), 0).expired);
}
