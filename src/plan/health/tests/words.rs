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
