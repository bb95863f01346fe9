//! The status of a group, from how it stands and what the last pass could not do.
//! Must be the same as long as nothing has happened: it is written only when it changes.

use super::health::{Assessment, Health};
use super::history::History;
use super::schedule::Schedule;
use crate::error::Error;
use crate::model::claim::Claim;
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::model::status::{KnownClaim, Ready, Status, Taken, Truth};
use crate::model::text;

/// What is to be told. `schedule` is `None` if it makes no sense; `error` is what a pass could not do.
pub fn status(
    group: &Group,
    history: &History<'_>,
    schedule: Option<&Schedule>,
    assessment: &Assessment<'_>,
    claim: Option<&Claim>,
    error: Option<&Error>,
) -> Status {
    let taken = |snapshot: &Snapshot| Taken { name: snapshot.name.clone(), time: snapshot.taken };
    let there = || history.snapshots.iter().filter(|snapshot| !snapshot.terminating);
    let seen = claim.map(|claim| KnownClaim { name: claim.name.clone(), uid: claim.uid.clone() });
    // That a claim existed is never forgotten: an empty one must not take its place.
    let known = || group.status.as_ref().and_then(|status| status.claim.clone());
    Status {
        generation: group.generation,
        claim: seen.or_else(known),
        last_backup: there().next().map(|snapshot| taken(snapshot)),
        newest_ready: assessment.newest_ready.map(taken),
        next_due: assessment.next_due,
        counts: assessment.counts,
        ready_summary: format!("{}/{}", assessment.counts.ready, there().count()),
        schedule_summary: schedule.map(summary).unwrap_or_default(),
        message: text::line(&error.map_or_else(|| assessment.message.clone(), sentence)),
        ready: Ready {
            truth: match assessment.health {
                Health::Healthy => Truth::True,
                Health::Pending => Truth::Unknown,
                _ => Truth::False,
            },
            reason: assessment.health.word().to_owned(),
            since: None,
        },
        restoring: None,
    }
}

/// `10 minutes x3, hour x1`
fn summary(schedule: &Schedule) -> String {
    let rules = schedule.rules.iter().map(|rule| format!("{} x{}", rule.text, rule.keep));
    rules.collect::<Vec<_>>().join(", ")
}

fn sentence(error: &Error) -> String {
    let parts = std::iter::once(&error.message).chain(error.causes.first());
    parts.map(String::as_str).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::health::{Surroundings, assess};
    use super::super::prune::GroupPlan;
    use super::super::retention::Params;
    use super::super::samples;
    use super::*;
    use crate::error::Reason;
    use crate::model::group::Rule;
    use crate::model::snapshot::{Interval, Purpose};

    fn told(group: &Group, claim: Option<&Claim>, error: Option<&Error>) -> Status {
        let all = [samples::snapshot("photos-1")];
        let plan =
            GroupPlan::new(group, &History::of(group, &all), &[].into(), samples::now(), &Params::default())
                .unwrap();
        let history = History::of(group, &all);
        let seen = Surroundings::unseen();
        let assessment = assess(group, &history, Ok(&plan), seen, samples::now());
        status(group, &history, Some(&plan.schedule), &assessment, claim, error)
    }

    fn group() -> Group {
        let rule = |every: &str, keep| Rule { every: every.into(), keep: Some(keep) };
        Group { schedule: vec![rule("10 minutes", 3), rule("hour", 1)], ..samples::group() }
    }

    #[test]
    fn it_says_what_kubectl_shows() {
        let told = told(&group(), Some(&samples::claim("photos-data")), None);
        assert_eq!(
            (told.ready_summary.as_str(), told.schedule_summary.as_str()),
            ("1/1", "10 minutes x3, hour x1")
        );
        assert_eq!(told.claim.unwrap().uid, "photos-data-uid");
        assert_eq!(told.newest_ready, told.last_backup);
        assert_eq!((told.ready.truth, told.ready.reason.as_str()), (Truth::Unknown, "Pending"));
    }

    #[test]
    fn the_condition_is_true_while_the_group_is_served_and_false_when_somebody_should_look() {
        let interval = |text: &str| Interval {
            text: text.into(),
            wall: String::new(),
            phase: Some(samples::now().timestamp()),
        };
        let purpose = Purpose::Scheduled(vec![interval("10 minutes"), interval("hour")]);
        let all = [Snapshot { purpose, ..samples::snapshot("photos-1") }];
        for (minutes, wanted) in [(0, Truth::True), (60, Truth::False)] {
            let (group, now) = (group(), samples::now() + TimeDelta::minutes(minutes));
            let history = History::of(&group, &all);
            let plan = GroupPlan::new(&group, &history, &[].into(), now, &Params::default()).unwrap();
            let assessment = assess(&group, &history, Ok(&plan), Surroundings::unseen(), now);
            let told = status(&group, &history, Some(&plan.schedule), &assessment, None, None);
            assert_eq!((told.ready.truth, told.message), (wanted, assessment.message));
        }
    }

    #[test]
    fn a_claim_that_is_gone_is_not_forgotten() {
        let was = told(&group(), Some(&samples::claim("photos-data")), None);
        let group = Group { status: Some(was.clone()), ..group() };
        assert_eq!(told(&group, None, None).claim, was.claim);
    }

    #[test]
    fn what_could_not_be_done_is_said_with_its_cause() {
        let error = Error::new(Reason::QuotaExceeded, "cannot create it").cause("exceeded quota: q");
        assert_eq!(told(&group(), None, Some(&error)).message, "cannot create it: exceeded quota: q");
    }

    /// kubectl prints it into a table.
    #[test]
    fn a_cause_is_written_as_one_line_that_steers_nothing() {
        let hostile = "no space\r\n\u{1b}[2J\u{9b}\u{202e}".to_owned() + &"x".repeat(1 << 20);
        let error = Error::new(Reason::SnapshotFailing, "it is not ready").cause(hostile);
        let message = told(&group(), None, Some(&error)).message;
        assert!(
            message.starts_with("it is not ready: no space \\u{1b}[2J\\u{9b}\\u{202e}xxx"),
            "{message:.99}"
        );
        assert!(message.chars().count() < 2100, "{}", message.len());
    }
}
