//! What must be true of a restore after every run: I1 to I10 of reliability.md, section 2, as far as no application is concerned.
//! Pure: it judges worlds and runs, and names each violation in a sentence.

use sandbox::testing::proxy::{Call, Signal, Verb};

use super::play::Play;
use super::scene::{LATEST, NEW, OLD};
use super::world::{Claim, World};
use super::{Case, Kind, Way};
use crate::fault::Fault;
use crate::run::Ran;

/// Exit codes that these commands may end with.
const CODES: [i32; 6] = [0, 1, 4, 5, 6, 75];

/// Violations found so far.
pub struct Oracle<'a> {
    play: &'a Play,
    start: &'a World,
    /// A journal was there before the next run.
    pub has_journal: bool,
    pub violations: Vec<String>,
}

impl<'a> Oracle<'a> {
    pub fn new(play: &'a Play, start: &'a World) -> Self {
        Self { play, start, has_journal: start.journal.is_some(), violations: vec![] }
    }

    fn check(&mut self, holds: bool, violation: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(violation());
        }
    }

    /// What the claim must hold, by the last word of the journal.
    fn wanted(&self, outcome: Option<&str>) -> &'static str {
        match (outcome, self.play.kind) {
            (Some("restored"), kind) if kind.restores() => OLD,
            (Some("restored" | "purged"), _) => LATEST,
            _ => NEW,
        }
    }

    /// After the run that a fault befell.
    pub fn after_fault(&mut self, case: &Case, ran: &Ran, now: &World) {
        self.always(ran, now);
        let signal = case.fault.signal();
        self.exits(ran);
        match (ran.code, ran.signal) {
            (Some(code), _) => {
                // A login that is not accepted any more interrupts, too: whoever logs in again goes on.
                let is_interrupted = signal == Some(Signal::Term) || case.fault.name == "401";
                self.check(code != 75 || is_interrupted, || "it was not interrupted, but says so".into());
            }
            (None, number) => {
                let allowed = match signal {
                    Some(Signal::Kill) => Some(9),
                    Some(Signal::Term) => Some(15),
                    None => None,
                };
                self.check(number == allowed || ran.hung, || format!("signal {number:?} ended it"));
            }
        }
        match ran.code {
            // Of a pass these say nothing of one group.
            Some(0 | 1) if self.play.kind == Kind::Annotated => {}
            Some(0) => self.done(now, now.outcome()),
            Some(1) => self.unchanged(ran, now),
            Some(5) => {
                // One that had its new volume already when another could not have its own may have been used.
                let is_back = |outcome: &&str| {
                    ["aborted", "rolled-back"].contains(outcome)
                        || *outcome == "undone" && self.play.kind == Kind::Together
                };
                self.done(now, now.outcome().filter(is_back));
            }
            _ => {}
        }
    }

    /// It ended as one of these commands does, with a word.
    pub fn exits(&mut self, ran: &Ran) {
        if let Some(code) = ran.code {
            self.check(CODES.contains(&code), || format!("it ended with {code}"));
            self.check(code == 0 || !ran.stderr.trim().is_empty(), || format!("{code} without a word"));
        }
    }

    /// After a run that nothing disturbed; the second of its kind has nothing to do. `cut_short`: nothing was written down yet of one of
    /// several, so that the others can only be given up.
    pub fn after_rest(&mut self, cut_short: bool, is_again: bool, ran: &Ran, now: &World) {
        self.always(ran, now);
        self.check(matches!(ran.code, Some(0 | 5)), || format!("undisturbed it ended with {:?}", ran.code));
        let was_never_begun = cut_short && now.journals.is_empty();
        match was_never_begun {
            true => {
                self.check(self.is_same(now), || "what was never begun has left something".to_owned());
            }
            false => self.done(now, now.outcome()),
        }
        let went_back = was_never_begun || matches!(now.outcome(), Some("aborted" | "rolled-back"));
        self.check(went_back || ran.code == Some(0), || {
            format!("{:?}, and yet it ended with 5", now.outcome())
        });
        if is_again {
            let is_lease = |call: &&Call| call.target.resource != "leases";
            for call in ran.calls.iter().filter(|call| call.is_change()).filter(is_lease) {
                self.violations.push(format!("there was nothing to do, and yet:{}", call.line()));
            }
        }
    }

    /// It came to where it was to come. Only what the server refused outright may have turned a restore back by itself.
    pub fn at_the_end(&mut self, way: Way, fault: Option<&Fault>, cut_short: bool, now: &World) {
        let outcome = now.outcome();
        let is_refused = fault.is_some_and(Fault::refuses);
        let allowed: &[&str] = match (self.play.kind, way) {
            (kind, _) if kind.undoes() => &["undone"],
            (Kind::Purge, _) => &["purged"],
            _ if cut_short => &["aborted", "rolled-back"],
            (_, Way::On) if is_refused => &["restored", "aborted", "rolled-back"],
            (_, Way::On) => &["restored"],
            (_, Way::Back) => &["aborted", "rolled-back", "undone"],
        };
        let is_ended = outcome.is_some_and(|outcome| allowed.contains(&outcome));
        self.check(is_ended || cut_short && now.journals.is_empty(), || {
            format!("the journal says {outcome:?}")
        });
        self.check(now.app == self.start.app, || format!("the application is not as it was: {:?}", now.app));
        if self.play.kind == Kind::Annotated {
            // Of what a person gave up before the group had heard of it no pass is the answer.
            let mut answers: Vec<_> = now.id().into_iter().collect();
            answers.extend((way == Way::Back).then_some("ignored"));
            let (wanted, handled) = &now.request;
            let is_settled = answers.iter().any(|answer| {
                handled.as_ref().is_some_and(|text| *text == format!("{} {answer}", self.play.snapshot))
            });
            self.check(wanted.is_none() && is_settled, || format!("the group says {:?}", now.request));
        }
    }

    /// It says that all is done: so it is, and nothing is left over.
    pub fn done(&mut self, now: &World, outcome: Option<&str>) {
        let wanted = self.wanted(outcome);
        let claim = now.claim(self.play).filter(|claim| claim.bound && !claim.deleting);
        let volume = claim.and_then(|claim| now.volume_of(claim));
        self.check(outcome.is_some(), || "it said that it is done; the journal does not".to_owned());
        self.check(volume.is_some_and(|volume| volume.bytes.as_deref() == Some(wanted)), || {
            format!("{outcome:?}, but the claim does not hold \"{wanted}\": {volume:?}")
        });
        self.check(volume.is_some_and(|volume| volume.policy == "Delete" && !volume.marked), || {
            format!("the volume's policy is not as it was: {volume:?}")
        });
        self.check(now.claims.len() == 1, || format!("claims are left over: {:?}", now.claims));
        self.check(now.pods == 0, || "a pod is left over".to_owned());
        let replicas = |world: &World| world.app.as_ref().map(|app| app.replicas);
        self.check(replicas(now) == replicas(self.start), || {
            format!("the application was not started again: {:?}", now.app)
        });
        let held = now.snapshots.iter().any(|snapshot| snapshot.held);
        self.check(!held, || "a hold is left over".to_owned());
        let kept = now.volumes.iter().filter(|kept| Some(*kept) != volume && kept.policy == "Retain");
        let kept: Vec<_> = kept.filter_map(|volume| volume.bytes.as_deref()).collect();
        let wanted: &[&str] = match (outcome, self.play.kind) {
            (Some("restored"), _) => &[NEW],
            (Some("undone"), kind) if kind.undoes() => &[LATEST],
            (Some("undone"), _) => &[OLD],
            _ => &[],
        };
        self.check(kept == wanted, || format!("{outcome:?}: what is kept is {kept:?}, not {wanted:?}"));
        if let [replaced] = wanted {
            let is_copy = |snapshot: &&super::world::Snapshot| {
                snapshot.ready && snapshot.bytes.as_deref() == Some(replaced)
            };
            self.check(now.snapshots.iter().any(|snapshot| is_copy(&snapshot)), || {
                format!("no snapshot holds \"{replaced}\"")
            });
        }
    }

    fn is_same(&self, now: &World) -> bool {
        self.start.claims == now.claims
            && self.start.volumes == now.volumes
            && self.start.snapshots == now.snapshots
            && self.start.app == now.app
    }

    /// Exit code 1 says that nothing was changed.
    fn unchanged(&mut self, ran: &Ran, now: &World) {
        self.check(self.is_same(now), || {
            let done: Vec<_> = ran.calls.iter().filter(|call| call.is_change()).map(Call::line).collect();
            format!("it said that nothing was changed: {done:?}")
        });
    }

    /// After every run, however it ended.
    pub fn always(&mut self, ran: &Ran, now: &World) {
        self.check(!ran.hung, || format!("it had not ended after {:?}", ran.took));
        self.check(!ran.stderr.contains("panicked"), || "it panicked".to_owned());
        self.asked(&ran.calls);
        self.has_journal = now.journal.is_some();
        self.original(now);
        for old in &self.start.snapshots {
            let found = now.snapshots.iter().find(|found| found.uid == old.uid);
            let stays = found.is_some_and(|found| found.ready && !found.deleting && found.bytes == old.bytes);
            self.check(stays, || format!("snapshot {} was to stay: {found:?}", old.name));
        }
        let is_forward = now
            .journal
            .as_ref()
            .is_some_and(|journal| journal["course"] == "forward" && journal["mode"] == "staged");
        if is_forward && now.claim(self.play).is_none() {
            let waits = |volume: &super::world::Volume| {
                volume.policy == "Retain" && volume.bytes.as_deref() == Some(OLD)
            };
            self.check(now.volumes.iter().any(waits), || {
                format!("the name is free, and no proven volume waits for it: {:?}", now.volumes)
            });
        }
        // Pods that came now would meet a claim that is not there, or not proven.
        let may_start =
            now.claim(self.play).is_some() || now.app.as_ref().is_none_or(|app| app.replicas == 0);
        self.check(may_start, || format!("the name is free, and the application started: {:?}", now.app));
        self.check(now.bystander == self.start.bystander, || "the bystander was touched".to_owned());
        if let Some(claim) = now.claim(self.play) {
            let was = self.start.claim(self.play).map(|claim| &claim.identity);
            self.check(Some(&claim.identity) == was, || {
                format!("the claim is another: {claim:?}, was {was:?}")
            });
            let bytes = now.volume_of(claim).map(|volume| volume.bytes.as_deref());
            let known = [OLD, NEW, LATEST];
            self.check(
                !claim.bound || bytes.is_none_or(|bytes| bytes.is_some_and(|bytes| known.contains(&bytes))),
                || format!("the claim holds {bytes:?}"),
            );
        }
    }

    /// What was there when it began is on a volume that stays, or is the claim's (I1), until it is purged.
    fn original(&mut self, now: &World) {
        let stays = |text: &str| {
            let has_claim =
                |uid: &str| now.claims.iter().any(|claim: &Claim| claim.uid == uid && !claim.deleting);
            now.volumes.iter().any(|volume| {
                volume.bytes.as_deref() == Some(text)
                    && (volume.policy == "Retain" || has_claim(&volume.claim))
            })
        };
        if self.play.kind != Kind::Purge {
            self.check(stays(NEW), || format!("\"{NEW}\" is not safe: {:?}", now.volumes));
        }
        if !self.play.kind.restores() {
            self.check(stays(LATEST), || format!("\"{LATEST}\" is not safe: {:?}", now.volumes));
        }
    }

    /// What was asked of the server: no delete and no change of a volume without preconditions, no finalizer taken, nothing
    /// forced, nothing that is not the restore's; and nothing at all before it was written down.
    fn asked(&mut self, calls: &[Call]) {
        let mut is_noted = self.has_journal;
        for call in calls.iter().filter(|call| call.is_change()) {
            let (resource, line) = (call.target.resource.as_str(), call.line());
            let conditions = &call.body["preconditions"];
            let name =
                call.target.name.as_deref().or(call.body["metadata"]["name"].as_str()).unwrap_or_default();
            let is_ours = self.play.owns(name);
            let is_pass = self.play.kind == Kind::Annotated;
            let scale = format!("{}/scale", self.play.maker().1);
            let allowed = match (call.verb, resource) {
                (Verb::Create | Verb::Patch, "leases" | "configmaps" | "volumesnapshots") => true,
                (Verb::Patch, "snapshotgroups" | "snapshotgroups/status") => is_pass,
                (Verb::Create, "events") => is_pass,
                (Verb::Patch, resource) if resource == scale => {
                    self.play.app.as_deref() == Some(name)
                        && call.body["metadata"]["resourceVersion"].is_string()
                }
                (Verb::Create, "persistentvolumeclaims") => is_ours,
                (Verb::Patch, "persistentvolumeclaims") => {
                    let metadata = &call.body["metadata"];
                    is_ours && metadata["uid"].is_string() && metadata["resourceVersion"].is_string()
                }
                (Verb::Delete, "persistentvolumeclaims") => {
                    is_ours && conditions["uid"].is_string() && conditions["resourceVersion"].is_string()
                }
                (Verb::Patch, "persistentvolumes") => {
                    let metadata = &call.body["metadata"];
                    metadata["uid"].is_string() && metadata["resourceVersion"].is_string()
                }
                _ => false,
            };
            self.check(allowed, || format!("this was not to be asked for so:{line} {}", call.body));
            let text = call.body.to_string();
            self.check(!text.contains("finalizers"), || format!("a finalizer:{line}"));
            self.check(call.body["gracePeriodSeconds"].is_null(), || format!("forced:{line}"));
            let reserved = &call.body["spec"]["claimRef"];
            let is_cleared = resource == "persistentvolumes"
                && call.body["spec"].get("claimRef").is_some()
                && reserved["name"].is_null();
            self.check(!is_cleared, || format!("a volume that is anybody's:{line}"));
            is_noted |= resource == "configmaps";
            let is_word =
                matches!(resource, "leases" | "events" | "snapshotgroups" | "snapshotgroups/status");
            self.check(is_noted || is_word, || format!("before it was written down:{line}"));
        }
    }
}
