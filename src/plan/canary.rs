//! Whether the snapshot controller runs at all: where it does not, more snapshots would only pile up.
//! Must not be misled by a single odd object, nor by one that is a moment old.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::snapshot::Snapshot;

/// A controller that runs has touched a new object within this time.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);

/// What the snapshots of a pass tell about the controller; they may be shown in any order, many at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Canary {
    /// The newest that some controller has touched.
    noticed: Option<DateTime<Utc>>,
    /// The newest that has waited for that too long.
    ignored: Option<DateTime<Utc>>,
}

impl Canary {
    /// Takes a snapshot into account.
    pub fn see(&mut self, snapshot: &Snapshot, now: DateTime<Utc>) {
        let created = Some(snapshot.created);
        if snapshot.noticed {
            self.noticed = self.noticed.max(created);
        } else if now - snapshot.created > PATIENCE {
            self.ignored = self.ignored.max(created);
        }
    }

    /// Nothing was done about a snapshot that is minutes old, nor about any newer one (reliability.md, F-O7).
    pub fn is_silent(&self) -> bool {
        self.ignored > self.noticed
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn silent(snapshots: &[(bool, i64)]) -> bool {
        let mut canary = Canary::default();
        for (noticed, seconds) in snapshots {
            let created = samples::now() - TimeDelta::seconds(*seconds);
            canary.see(
                &Snapshot { noticed: *noticed, created, ..samples::snapshot("photos-1") },
                samples::now(),
            );
        }
        canary.is_silent()
    }

    #[test]
    fn only_what_has_waited_for_minutes_while_nothing_newer_was_touched_tells_of_silence() {
        for (snapshots, wanted) in [
            (&[][..], false),
            (&[(false, 120)], false),
            (&[(false, 121)], true),
            (&[(false, 121), (true, 500)], true),
            (&[(false, 500), (true, 121)], false),
            (&[(false, 121), (true, 3)], false),
            (&[(false, 3), (true, 500)], false),
        ] {
            assert_eq!(silent(snapshots), wanted, "{snapshots:?}");
        }
    }
}
