//! What must be true after every combination: nothing that was to stay is lost, nothing is there twice, nothing is said
//! that is not so. Pure: it judges worlds and runs, and names each violation in a sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sandbox::testing::proxy::{Call, Signal, Verb};

use crate::combination::{Combination, What};
use crate::fault::REQUEST_TIMEOUT;
use crate::run::Ran;
use crate::workload::{Takes, Workload};
use crate::world::{Snapshot, World};

/// Exit codes that these commands may end with.
const CODES: [i32; 5] = [0, 1, 4, 6, 75];
/// What a loaded machine adds to a timeout.
const SLACK: Duration = Duration::from_secs(2);

/// Violations found so far.
#[derive(Debug)]
pub struct Oracle<'a> {
    workload: &'a Workload,
    start: &'a World,
    /// Whether the snapshots of the start are to go, by uid.
    fates: BTreeMap<String, bool>,
    /// What the last run left alone, by uid: the server said that it was changed meanwhile.
    overtaken: BTreeSet<String>,
    pub violations: Vec<String>,
}

impl<'a> Oracle<'a> {
    pub fn new(workload: &'a Workload, start: &'a World) -> Self {
        Self { workload, start, fates: workload.fates(start), overtaken: BTreeSet::new(), violations: vec![] }
    }

    fn check(&mut self, holds: bool, violation: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(violation());
        }
    }

    /// After the run that a fault befell.
    pub fn after_fault(&mut self, combination: &Combination, ran: &Ran, now: &World) {
        self.asked(&ran.calls);
        self.kept(now);
        self.ended(combination, ran);
        match ran.code {
            // A pass does not wait for ever: what its driver has not finished it names, and a later one sees it ready.
            Some(0) if ran.stderr.contains("still being made") => {}
            Some(0) => self.promised(now, 1, "it said that all is done"),
            Some(1) => self.unchanged(ran, now),
            _ => {}
        }
        for group in self.workload.groups {
            let taken = self.taken(now, group.name).len();
            let most = usize::from(group.takes != Takes::None);
            self.check(taken <= most, || {
                format!("group {} has {taken} new snapshots after one run", group.name)
            });
        }
    }

    /// After one more run, or two, that nothing disturbed. `before` is the world before it, `earlier` the number of runs.
    pub fn after_rest(&mut self, earlier: usize, before: &World, ran: &Ran, now: &World) {
        self.asked(&ran.calls);
        self.kept(now);
        self.check(ran.code == Some(0), || format!("undisturbed run {earlier} ended with {:?}", ran.code));
        for group in self.workload.groups {
            let (had, has) = (self.taken(before, group.name).len(), self.taken(now, group.name).len());
            let wanted = match group.takes {
                Takes::None => 0,
                Takes::Once => 1,
                Takes::EachRun => had + 1,
            };
            self.check(has == wanted, || {
                format!(
                    "group {} has {has} new snapshots, not {wanted}, after undisturbed run {earlier}",
                    group.name
                )
            });
        }
        self.promised(now, 0, "an undisturbed run came after");
        if self.workload.rests && earlier > 1 {
            for call in ran.calls.iter().filter(|call| call.is_change()) {
                let line = call.line();
                self.violations.push(format!("there was nothing to do, and yet:{line}"));
            }
        }
    }

    /// The end state is that of a run which nothing disturbed.
    pub fn as_undisturbed(&mut self, now: &World, wanted: &BTreeSet<String>) {
        if self.workload.rests {
            let now = now.normal();
            let lost: Vec<_> = wanted.difference(&now).collect();
            let added: Vec<_> = now.difference(wanted).collect();
            // What is tainted stays where it is, and is nobody's end state.
            let added: Vec<_> = added.into_iter().filter(|line| !line.contains("tainted=true")).collect();
            self.check(lost.is_empty() && added.is_empty(), || {
                format!("the end state is another one: {lost:?} are missing, {added:?} are too many")
            });
        }
    }

    /// What was asked of the server: no delete without preconditions, none of anything else than what is to go, and no
    /// write on what is not ours.
    fn asked(&mut self, calls: &[Call]) {
        let refused = calls.iter().filter(|call| call.verb == Verb::Delete && call.told == Some(409));
        let uids = refused.filter_map(|call| call.body["preconditions"]["uid"].as_str());
        self.overtaken = uids.map(str::to_owned).collect();
        for call in calls.iter().filter(|call| call.is_change()) {
            let resource = call.target.resource.as_str();
            let allowed = match (call.verb, resource) {
                (Verb::Create | Verb::Patch, "leases" | "events") => true,
                (Verb::Create | Verb::Patch, "volumesnapshots") => true,
                (Verb::Patch, "snapshotgroups/status") => true,
                (Verb::Create, "persistentvolumeclaims") => {
                    let name = call.body["metadata"]["name"].as_str().unwrap_or_default();
                    self.workload.groups.iter().any(|group| group.claim.is_none() && group.claim() == name)
                }
                (Verb::Delete, "volumesnapshots") => {
                    let conditions = &call.body["preconditions"];
                    let uid = conditions["uid"].as_str().unwrap_or_default();
                    let version = conditions["resourceVersion"].as_str().unwrap_or_default();
                    self.check(!uid.is_empty() && !version.is_empty(), || {
                        format!("a delete without preconditions:{}", call.line())
                    });
                    self.fates.get(uid) == Some(&true)
                }
                _ => false,
            };
            self.check(allowed, || format!("this was not to be asked for:{}", call.line()));
        }
    }

    /// What was to stay is there; claims and groups are as they were.
    fn kept(&mut self, now: &World) {
        for snapshot in &self.start.snapshots {
            let found = now.snapshots.iter().find(|found| found.uid == snapshot.uid);
            let stays = found.is_some_and(|found| found.ready && !found.deleting && !found.tainted);
            let may_go = self.fates.get(&snapshot.uid) == Some(&true);
            self.check(stays || may_go, || format!("snapshot {} was to stay: {found:?}", snapshot.name));
        }
        for claim in &self.start.claims {
            let found = now.claims.iter().find(|found| found.uid == claim.uid);
            self.check(found == Some(claim), || format!("claim {} is {found:?}, was {claim:?}", claim.name));
        }
        for claim in &now.claims {
            let known = self.workload.groups.iter().any(|group| group.claim() == claim.name)
                || self.start.claims.iter().any(|old| old.uid == claim.uid);
            self.check(known, || format!("claim {} is nobody's", claim.name));
        }
        self.check(self.start.groups == now.groups, || "somebody wrote to the spec of a group".to_owned());
    }

    /// New snapshots of a group that can be counted on one day.
    fn taken<'w>(&self, now: &'w World, group: &str) -> Vec<&'w Snapshot> {
        let is_new = |snapshot: &&Snapshot| !self.start.snapshots.iter().any(|old| old.uid == snapshot.uid);
        let counts =
            |snapshot: &&Snapshot| snapshot.group == group && !snapshot.tainted && !snapshot.deleting;
        now.snapshots.iter().filter(is_new).filter(counts).collect()
    }

    /// Everything that the command is for has happened: `runs` snapshots for groups that take one in each run.
    fn promised(&mut self, now: &World, runs: usize, because: &str) {
        for group in self.workload.groups {
            let taken = self.taken(now, group.name);
            let wanted = match group.takes {
                Takes::None => 0,
                Takes::Once => 1,
                Takes::EachRun => runs,
            };
            let ready =
                taken.iter().filter(|snapshot| snapshot.ready && snapshot.claim == group.claim()).count();
            self.check(ready >= wanted, || {
                format!(
                    "group {} has {ready} new ready snapshots, not {wanted}, though {because}",
                    group.name
                )
            });
        }
        for (uid, goes) in self.fates.clone() {
            let is_there = now.snapshots.iter().find(|found| found.uid == uid && !found.deleting);
            let is_there = is_there.filter(|_| !self.overtaken.contains(&uid));
            let name = is_there.map(|found| found.name.clone());
            self.check(!goes || name.is_none(), || {
                format!("snapshot {name:?} is still there, though {because}")
            });
        }
    }

    /// Exit code 1 says that nothing was changed.
    fn unchanged(&mut self, ran: &Ran, now: &World) {
        let ids = |world: &World| -> Vec<_> {
            let mut ids: Vec<_> =
                world.snapshots.iter().map(|s| (s.uid.clone(), s.deleting, s.tainted)).collect();
            ids.extend(world.claims.iter().map(|claim| (claim.uid.clone(), claim.deleting, false)));
            ids.sort_unstable();
            ids
        };
        self.check(ids(self.start) == ids(now), || {
            let done: Vec<_> = ran.calls.iter().filter(|call| call.is_change()).map(Call::line).collect();
            format!("it said that nothing was changed: {done:?}")
        });
    }

    /// How the program itself ended: in time, with a code of the table, and with words.
    fn ended(&mut self, combination: &Combination, ran: &Ran) {
        self.check(!ran.hung, || format!("it had not ended after {:?}", ran.took));
        self.check(!ran.stderr.contains("panicked"), || "it panicked".to_owned());
        let signal = match &combination.what {
            What::Call { fault, .. } => fault.signal(),
            What::Driver(_) => None,
        };
        match (ran.code, ran.signal) {
            (Some(code), _) => {
                self.check(CODES.contains(&code), || format!("it ended with {code}"));
                self.check(code == 0 || !ran.stderr.trim().is_empty(), || {
                    format!("it ended with {code}, without a word")
                });
                // A driver that fails can keep a pass until its deadline.
                let cut_short = signal == Some(Signal::Term) || matches!(combination.what, What::Driver(_));
                self.check(code != 75 || cut_short, || "it was not interrupted, but says so".to_owned());
            }
            (None, number) => {
                // SIGTERM before the program listens for it ends it at once.
                let allowed = match signal {
                    Some(Signal::Kill) => Some(9),
                    Some(Signal::Term) => Some(15),
                    None => None,
                };
                self.check(number == allowed || ran.hung, || format!("signal {number:?} ended it"));
            }
        }
        if let What::Call { fault, .. } = &combination.what
            && fault.is_silent()
        {
            let longest = ran.calls.iter().filter_map(|call| call.took).max().unwrap_or_default();
            self.check(longest < REQUEST_TIMEOUT + SLACK, || format!("a call hung for {longest:?}"));
        }
    }
}
