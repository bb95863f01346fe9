//! The times that several groups can go back to together.
//! Must offer a time only if each of them has a snapshot from then or before.

use chrono::{DateTime, TimeDelta, Utc};

use super::point::{Point, find};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;
use crate::plan::history::History;

/// One pass takes the snapshots of all groups within so long: no time between them is worth to be offered.
const PASS: TimeDelta = TimeDelta::minutes(5);

/// A time, and what the groups had then.
#[derive(Clone, Debug)]
pub struct Moment<'a> {
    /// When the last of the snapshots was taken, to be asked for with [`Point::At`].
    pub at: DateTime<Utc>,
    /// The newest of each group by then, in the order of the groups.
    pub snapshots: Vec<&'a Snapshot>,
}

impl Moment<'_> {
    /// How long before the last of the snapshots the first was taken.
    pub fn apart(&self) -> TimeDelta {
        self.snapshots.iter().map(|snapshot| self.at - snapshot.taken).max().unwrap_or_default()
    }
}

/// All such times, newest first. `all` are the snapshots of the groups' namespace.
pub fn moments<'a>(groups: &[Group], all: &'a [Snapshot]) -> Vec<Moment<'a>> {
    let histories: Vec<_> = groups.iter().map(|group| (group, History::of(group, all))).collect();
    let at = |moment| {
        let found = histories.iter().map(|(group, history)| find(group, history, &Point::At(moment)));
        let snapshots: Vec<_> = found.collect::<Option<_>>()?;
        let at = snapshots.iter().map(|snapshot| snapshot.taken).max()?;
        Some(Moment { at, snapshots })
    };
    let mut moments: Vec<Moment> = vec![];
    let mut next = at(DateTime::<Utc>::MAX_UTC);
    while let Some(moment) = next.take() {
        next = at(moment.at - TimeDelta::nanoseconds(1));
        // The newer one completes it: one of the snapshots is in both.
        let completes = |newer: &Moment| {
            let mut both = newer.snapshots.iter().zip(&moment.snapshots);
            newer.at - moment.at < PASS && both.any(|(new, old)| new.uid == old.uid)
        };
        if !moments.last().is_some_and(completes) {
            moments.push(moment);
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::samples;

    fn group(name: &str) -> Group {
        Group { name: name.to_owned(), ..samples::group() }
    }

    /// Of a group, so many seconds after a certain time.
    fn snapshot(group: &str, seconds: i64) -> Snapshot {
        let name = format!("{group}-{seconds}");
        let taken = samples::now() + TimeDelta::seconds(seconds);
        Snapshot { uid: name.clone(), group: Some(group.to_owned()), taken, ..samples::snapshot(&name) }
    }

    fn offered(all: &[(&str, i64)]) -> Vec<(i64, i64)> {
        let all: Vec<_> = all.iter().map(|(group, seconds)| snapshot(group, *seconds)).collect();
        let moments = moments(&[group("db"), group("files")], &all);
        let seconds =
            |moment: &Moment| ((moment.at - samples::now()).num_seconds(), moment.apart().num_seconds());
        moments.iter().map(seconds).collect()
    }

    #[test]
    fn a_time_is_offered_if_every_group_has_a_snapshot_by_then() {
        for (all, wanted) in [
            (&[][..], &[][..]),
            (&[("db", 0)], &[]),
            (&[("db", 0), ("db", 900), ("files", 300)], &[(900, 600), (300, 300)]),
            // Two passes.
            (&[("db", 0), ("files", 3), ("files", 3601), ("db", 3605)], &[(3605, 4), (3, 3)]),
            // The same moment.
            (&[("db", 0), ("files", 0)], &[(0, 0)]),
            // Two passes a minute apart are both offered.
            (&[("db", 0), ("files", 1), ("db", 60), ("files", 61)], &[(61, 1), (1, 1)]),
            // The files seldom change hands, the database often.
            (&[("files", 0), ("db", 60), ("db", 120), ("db", 600)], &[(600, 600), (120, 120)]),
        ] {
            assert_eq!(offered(all), wanted, "{all:?}");
        }
    }

    #[test]
    fn what_is_offered_is_what_is_found_when_it_is_asked_for() {
        let all = [snapshot("db", 0), snapshot("files", 3), snapshot("db", 3600), snapshot("files", 3602)];
        for moment in moments(&[group("db"), group("files")], &all) {
            for (name, offered) in ["db", "files"].into_iter().zip(moment.snapshots) {
                let found = super::super::choose(&group(name), &all, &Point::At(moment.at)).unwrap();
                assert_eq!(found.name, offered.name);
            }
        }
    }
}
