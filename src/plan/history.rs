//! The snapshots of a group, in order and counted.
//! Must not decide which of them to delete.

use crate::model::group::Group;
use crate::model::snapshot::Snapshot;

/// The snapshots of one group.
#[derive(Clone, Debug, Default)]
pub struct History<'a> {
    /// All of them, newest first.
    pub snapshots: Vec<&'a Snapshot>,
}

impl<'a> History<'a> {
    /// Picks the group's snapshots from those of its namespace or of the whole cluster.
    ///
    /// The order is that of the `timestamp` mark: drivers are known to report 1970 as the time of a snapshot.
    pub fn of(group: &Group, all: &'a [Snapshot]) -> Self {
        let mut snapshots: Vec<_> = all
            .iter()
            .filter(|s| s.namespace == group.namespace && s.group.as_deref() == Some(&group.name))
            .collect();
        snapshots.sort_by(|a, b| b.taken.cmp(&a.taken).then_with(|| b.name.cmp(&a.name)));
        Self { snapshots }
    }

    /// How many can be restored from.
    pub fn ready(&self) -> usize {
        self.snapshots.iter().filter(|snapshot| snapshot.is_usable()).count()
    }

    /// The newest that can be restored from.
    pub fn newest_ready(&self) -> Option<&'a Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.is_usable()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn tainted_snapshots_are_listed_but_never_counted() {
        let tainted = Snapshot { tainted: Some("wrong-volume".into()), ..samples::snapshot("photos-2") };
        assert_eq!(tainted.status(), "Tainted");
        let all = [tainted, samples::snapshot("photos-1")];
        let history = History::of(&samples::group(), &all);
        assert_eq!((history.snapshots.len(), history.ready()), (2, 1));
        assert_eq!(history.newest_ready().map(|snapshot| snapshot.name.as_str()), Some("photos-1"));
    }
}
