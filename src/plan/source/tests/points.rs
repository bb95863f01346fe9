//! Which snapshot is meant by a point in time, or by nothing but "the newest".
//! What is meant by a name is in `tests`.

use chrono::TimeDelta;

use super::*;

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
