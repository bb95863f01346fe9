//! What a person reads of a group: words, and sentences that say where to look.
//! Which word holds when is in the table of `tests`.

use super::*;

#[test]
fn what_somebody_should_see_to_is_told_from_what_passes_by_itself() {
    for health in Health::ALL {
        let passes = ["Healthy", "Pending", "Suspended", "Restoring"].contains(&health.word());
        assert_eq!(health.is_trouble(), !passes, "{health}");
        assert_eq!(health.to_string(), health.word());
    }
}

#[test]
fn a_schedule_that_nobody_can_read_is_told_with_its_fault() {
    let (_, message, timing) = told(&group(&["fortnight"]), &[], Surroundings::unseen(), samples::now());
    assert!(message.contains("schedule[0].every") && message.contains("fortnight"), "{message}");
    assert_eq!(timing, Timing::Never);
}

#[test]
fn a_group_that_rests_has_nothing_due() {
    let group = Group { suspended: true, ..group(&["10 minutes"]) };
    let all = [ready("a", 600, "10 minutes")];
    let plan = planned(&group, &all, samples::now());
    let told =
        assess(&group, &History::of(&group, &all), plan.as_ref(), Surroundings::unseen(), samples::now());
    assert_eq!((told.timing, told.next_due), (Timing::Never, None));
}

/// Names, and moments instead of ages: who reads it later reads the same.
#[test]
fn a_sentence_names_what_to_look_at_and_when_it_was() {
    let ten = "10 minutes";
    let young = |minutes: i64| Group { created: Some(ago(minutes)), ..group(&[ten]) };
    let going = || Snapshot { terminating: true, deleted: Some(ago(61)), ..ready("b", 90, ten) };
    for (group, all, wanted) in [
        (
            group(&[ten]),
            vec![failed("b", 4, ten), ready("a", 14, ten)],
            "snapshot b of 2026-11-22T09:46:00Z failed, and none has become ready since; \
             the newest that is ready is a of 2026-11-22T09:36:00Z",
        ),
        (
            group(&[ten]),
            vec![making("b", 31, ten), ready("a", 45, ten)],
            "snapshot b of 2026-11-22T09:19:00Z is not ready yet; \
             the newest that is ready is a of 2026-11-22T09:05:00Z",
        ),
        (
            group(&[ten]),
            vec![ready("a", 26, ten)],
            "nothing has been taken for \"10 minutes\", which fell due at 2026-11-22T09:34:00Z; \
             the newest that is ready is a of 2026-11-22T09:24:00Z",
        ),
        (
            young(16),
            vec![],
            "nothing has been taken for \"10 minutes\" since the group was created at 2026-11-22T09:34:00Z; \
             none is ready",
        ),
        (
            group(&[ten]),
            vec![going(), ready("a", 5, ten)],
            "snapshot b was deleted at 2026-11-22T08:49:00Z, and still is there",
        ),
        (young(40), vec![making("a", 10, ten)], "the first snapshot, a, is not ready yet"),
        (group(&[ten]), vec![ready("a", 5, ten)], "snapshots are taken on time"),
        (group(&[]), vec![samples::snapshot("by-hand")], "the schedule is empty: nothing is taken by it"),
        (group(&[]), vec![], "the schedule is empty, and there is no ready snapshot"),
    ] {
        let (_, message, _) = told(&group, &all, Surroundings::unseen(), samples::now());
        assert_eq!(message, wanted);
    }
}

#[test]
fn a_group_whose_claim_has_no_volume_yet_is_told_what_it_waits_for() {
    let young = Group { created: Some(ago(2)), ..group(&["hour"]) };
    let bound = samples::claim("photos-data");
    let unbound = Claim { phase: ClaimPhase::Pending, ..bound.clone() };
    for (claim, wanted) in [
        (&unbound, "PVC photos-data is not bound to a volume yet"),
        (&bound, "the schedule has taken no snapshot yet"),
    ] {
        let seen = Surroundings { claim: SeenClaim::Found(claim), ..Surroundings::unseen() };
        let (health, message, _) = told(&young, &[], seen, samples::now());
        assert_eq!((health, message.as_str()), (Health::Pending, wanted));
    }
}

#[test]
fn a_copy_may_take_half_an_hour_and_not_a_second_more() {
    let (group, all) =
        (group(&["10 minutes"]), [making("b", 30, "10 minutes"), ready("a", 45, "10 minutes")]);
    for (seconds, wanted) in [(0, Health::Overdue), (1, Health::NotReady)] {
        let now = samples::now() + TimeDelta::seconds(seconds);
        assert_eq!(told(&group, &all, Surroundings::unseen(), now).0, wanted);
    }
}

#[test]
fn what_failed_in_the_second_of_the_newest_ready_one_is_not_newer() {
    let all = [failed("b", 5, "10 minutes"), ready("a", 5, "10 minutes")];
    let (health, ..) = told(&group(&["10 minutes"]), &all, Surroundings::unseen(), samples::now());
    assert_eq!(health, Health::Healthy);
}
