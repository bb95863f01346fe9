//! Which snapshot is meant by a point in time, by nothing but "the newest", and by a name.
//! What may mean several must mean none.

use chrono::TimeDelta;

use super::*;
use crate::model::group::ClaimRef;
use crate::model::snapshot::Readiness;
use crate::plan::samples;

fn ago(minutes: i64) -> DateTime<Utc> {
    samples::now() - TimeDelta::minutes(minutes)
}

fn taken(name: &str, minutes: i64) -> Snapshot {
    Snapshot { taken: ago(minutes), ..samples::snapshot(name) }
}

fn all() -> [Snapshot; 5] {
    [
        taken("old", 120),
        taken("new", 60),
        Snapshot { readiness: Readiness::Creating, ..taken("unready", 10) },
        Snapshot { tainted: Some("wrong-volume".into()), ..taken("tainted", 8) },
        Snapshot { purpose: Purpose::Safety, ..taken("replaced", 5) },
    ]
}

#[test]
fn the_newest_that_can_be_restored_from_is_taken_but_not_what_a_restore_replaced() {
    let (group, all) = (samples::group(), all());
    for (point, wanted) in [
        (Point::Latest, "new"),
        (Point::At(ago(0)), "new"),
        (Point::At(ago(60)), "new"),
        (Point::At(ago(61)), "old"),
        (Point::Named("replaced"), "replaced"),
    ] {
        assert_eq!(choose(&group, &all, &point).unwrap().name, wanted, "{point:?}");
    }
}

#[test]
fn where_nothing_is_so_old_the_oldest_is_named() {
    let (group, all) = (samples::group(), all());
    let none = choose(&group, &all, &Point::At(ago(121))).unwrap_err();
    assert_eq!(none.reason, Reason::SnapshotNotFound);
    assert!(
        none.message.ends_with("no ready snapshot so old; its oldest is old of 2026-11-22T07:50:00Z"),
        "{none}"
    );
    for point in [Point::Latest, Point::At(ago(0))] {
        let none = choose(&group, &all[2..], &point).unwrap_err();
        assert!(none.message.ends_with("has no ready snapshot"), "{none}");
    }
}

#[test]
fn the_end_of_a_name_is_enough_only_if_it_is_a_number() {
    let (group, all) =
        (samples::group(), [samples::snapshot("before-upgrade"), samples::snapshot("before-17")]);
    assert_eq!(choose(&group, &all, &Point::Named("17")).unwrap().name, "before-17");
    for name in ["upgrade", ""] {
        assert_eq!(choose(&group, &all, &Point::Named(name)).unwrap_err().reason, Reason::SnapshotNotFound);
    }
}

#[test]
fn a_snapshot_is_found_by_name_suffix_or_time() {
    let all = [samples::snapshot("photos-17"), samples::snapshot("before-upgrade")];
    let group = samples::group();
    let found = |wanted: &str| named(&group, &all, wanted).map(|snapshot| snapshot.name.as_str());
    assert_eq!(found("photos-17").unwrap(), "photos-17");
    assert_eq!(found("17").unwrap(), "photos-17");
    assert_eq!(found("before-upgrade").unwrap(), "before-upgrade");
    // Both carry the same timestamp.
    assert_eq!(found("1795341000").unwrap_err().reason, Reason::SnapshotNotFound);
    let error = found("18").unwrap_err();
    assert_eq!(error.hints(), ["the newest that are ready: photos-17, before-upgrade"]);
}

#[test]
fn a_full_name_comes_before_what_it_may_be_the_end_of() {
    let group = samples::group();
    let foreign = Snapshot { group: Some("wiki".into()), ..samples::snapshot("photos-17") };
    let all = [samples::snapshot("photos-photos-1"), samples::snapshot("photos-1"), foreign];
    let found = |wanted: &str| named(&group, &all, wanted);
    // `photos-1` is also the end of `photos-photos-1`, which is listed before it.
    assert_eq!(found("photos-1").unwrap().name, "photos-1");
    assert_eq!(found("photos-photos-1").unwrap().name, "photos-photos-1");
    // Two end in this number.
    assert_eq!(found("1").unwrap_err().hints(), ["name one: photos-photos-1, photos-1"]);
    // Another group's is met only by its full name.
    assert_eq!(found("photos-17").unwrap_err().reason, Reason::SnapshotUntrusted);
    assert_eq!(found("17").unwrap_err().reason, Reason::SnapshotNotFound);
}

#[test]
fn tainted_snapshots_are_not_offered() {
    let tainted = Snapshot { tainted: Some("wrong-volume".into()), ..samples::snapshot("photos-2") };
    let all = [tainted, samples::snapshot("photos-1")];
    let error = named(&samples::group(), &all, "18").unwrap_err();
    assert_eq!(error.hints(), ["the newest that are ready: photos-1"]);
}

#[test]
fn a_snapshot_of_another_group_is_refused() {
    let other = Group { name: "wiki".into(), claim: ClaimRef::new("wiki", None, None), ..samples::group() };
    let error = named(&other, &[samples::snapshot("photos-17")], "photos-17").unwrap_err();
    assert_eq!(error.reason, Reason::SnapshotUntrusted);
}
