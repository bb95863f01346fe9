//! The snapshots of a group, in order and counted.
//! Must not decide which of them to delete.

use std::collections::HashMap;

use crate::model::group::Group;
use crate::model::snapshot::{Purpose, Snapshot};

/// The snapshots of one group.
#[derive(Clone, Debug, Default)]
pub struct History<'a> {
    /// All of them, newest first.
    pub snapshots: Vec<&'a Snapshot>,
}

/// Snapshots sorted to the groups that they say they belong to: looking through all of them for each group would make
/// thousands of groups take minutes.
#[derive(Clone, Debug)]
pub struct Histories<'a>(HashMap<(&'a str, &'a str), Vec<&'a Snapshot>>);

impl<'a> Histories<'a> {
    /// Sorts the snapshots of a namespace or of the whole cluster.
    pub fn new(all: impl IntoIterator<Item = &'a Snapshot>) -> Self {
        let mut groups: HashMap<_, Vec<_>> = HashMap::new();
        for snapshot in all {
            if let Some(group) = snapshot.group.as_deref() {
                groups.entry((snapshot.namespace.as_str(), group)).or_default().push(snapshot);
            }
        }
        Self(groups)
    }

    /// The snapshots of a group.
    pub fn of(&self, group: &Group) -> History<'a> {
        let own = self.0.get(&(group.namespace.as_str(), group.name.as_str()));
        History::new(own.cloned().unwrap_or_default())
    }
}

impl<'a> History<'a> {
    /// Picks the group's snapshots from those of its namespace or of the whole cluster.
    pub fn of(group: &Group, all: &'a [Snapshot]) -> Self {
        let is_own =
            |s: &&Snapshot| s.namespace == group.namespace && s.group.as_deref() == Some(&group.name);
        Self::new(all.iter().filter(is_own).collect())
    }

    /// The order is that of the `timestamp` mark: drivers are known to report 1970 as the time of a snapshot.
    fn new(mut snapshots: Vec<&'a Snapshot>) -> Self {
        snapshots.sort_by(|a, b| b.taken.cmp(&a.taken).then_with(|| b.name.cmp(&a.name)));
        Self { snapshots }
    }

    /// The newest that can be restored from and was cut of another volume than this one, and before it: the claim may have been made
    /// anew, empty.
    pub fn of_volume_before(&self, one: &Snapshot) -> Option<&'a Snapshot> {
        let own = one.volume?;
        let is_of_another =
            |s: &&&Snapshot| s.claim == one.claim && s.volume.is_some_and(|other| other != own);
        let is_fit = |s: &&&Snapshot| s.is_usable() && !s.in_group_snapshot && s.purpose != Purpose::Safety;
        let mut before = self.snapshots.iter().filter(|s| s.taken < one.taken).filter(is_fit);
        before.find(is_of_another).copied()
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
    use crate::model::snapshot::Readiness;

    #[test]
    fn tainted_snapshots_are_listed_but_never_counted() {
        let tainted = Snapshot { tainted: Some("wrong-volume".into()), ..samples::snapshot("photos-2") };
        let words = [
            tainted.clone(),
            Snapshot { terminating: true, ..tainted.clone() },
            samples::snapshot("photos-1"),
            Snapshot { readiness: Readiness::Creating, ..samples::snapshot("photos-1") },
        ];
        assert_eq!(words.each_ref().map(Snapshot::status), ["Tainted", "Terminating", "Ready", "Creating"]);
        let all = [tainted, samples::snapshot("photos-1")];
        let history = History::of(&samples::group(), &all);
        assert_eq!((history.snapshots.len(), history.ready()), (2, 1));
        assert_eq!(history.newest_ready().map(|snapshot| snapshot.name.as_str()), Some("photos-1"));
    }

    #[test]
    fn sorted_at_once_or_picked_one_by_one_is_the_same() {
        let snapshot = |name: &str, namespace: &str, group: Option<&str>| Snapshot {
            namespace: namespace.into(),
            group: group.map(str::to_owned),
            ..samples::snapshot(name)
        };
        let all = [
            samples::snapshot("photos-1"),
            snapshot("photos-2", "elsewhere", Some("photos")),
            snapshot("photos-3", &samples::group().namespace, None),
            samples::snapshot("photos-4"),
        ];
        let histories = Histories::new(&all);
        for namespace in [samples::group().namespace, "elsewhere".into(), "empty".into()] {
            let group = Group { namespace, ..samples::group() };
            let names = |history: History<'_>| -> Vec<String> {
                history.snapshots.iter().map(|snapshot| snapshot.name.clone()).collect()
            };
            assert_eq!(names(histories.of(&group)), names(History::of(&group, &all)));
        }
        assert_eq!(histories.of(&samples::group()).snapshots.len(), 2);
    }
}
