//! What is left when a restore has ended, or never got going, or has lost everything but its volumes: requests that came late, another
//! restore that was quicker, a namespace that went.

use chrono::TimeDelta;

use super::super::*;
use super::gap::{DIRECT, STAGED, until};
use super::play::{CALM, CLAIM, Play, Shape, journal};
use super::small::Data;
use crate::error::ExitCode;
use crate::error::Reason;
use crate::model::claim::Claim;
use crate::model::restore::{Ended, Outcome};
use crate::model::volume::ReclaimPolicy;
use crate::model::workload::{Setting, Stage};
use crate::plan::samples;

/// Seen on the real cluster: the request was in the proxy when somebody else gave the restore up.
#[test]
fn what_comes_after_the_end_is_taken_away_by_whoever_asks_for_the_end_again() {
    for late in ["pin", "hold", "copy"] {
        let mut play = Play::new(STAGED, 1, CALM);
        let first = play.journal.clone();
        assert_eq!(play.run(Ending::Abort).unwrap(), Outcome::Aborted);
        assert!(left_over(&play.journal, &play.world(), &[]).is_none(), "{late}");
        let world = play.small.world(&first, false);
        let action = match late {
            "pin" => Action::ChangeVolume(changes::pin(&first, &world.old.unwrap(), first.old.policy, true)),
            "hold" => Action::Hold(Box::new(world.source.unwrap().0)),
            _ => Action::CreateClaim(Box::new(changes::staging(&first))),
        };
        play.small.carry_out(&action, &first.id).unwrap();
        assert!(left_over(&play.journal, &play.world(), &[]).is_some(), "{late}");
        assert_eq!(play.run(Ending::Abort).unwrap(), Outcome::Aborted);
        assert!(left_over(&play.journal, &play.world(), &[]).is_none(), "{late}");
        play.ended(Outcome::Aborted);
    }
    // What a restore keeps when it is done, or undone, is not left over.
    let mut play = Play::new(STAGED, 1, CALM);
    let first = play.journal.clone();
    play.run(Ending::Resume).unwrap();
    assert!(left_over(&play.journal, &play.world(), &[]).is_none());
    // Seen on the real cluster (`neighbours:156`): the copy is asked for again when all is done.
    play.small.carry_out(&Action::CreateClaim(Box::new(changes::staging(&first))), &first.id).unwrap();
    assert!(left_over(&play.journal, &play.world(), &[]).is_some());
    assert_eq!(play.run(Ending::Resume).unwrap(), Outcome::Restored);
    play.ended(Outcome::Restored);
    play.run(Ending::Undo).unwrap();
    assert!(left_over(&play.journal, &play.world(), &[]).is_none());
}

/// It was asked to stop, was given up before that was carried out, and stops all the same.
#[test]
fn what_is_stopped_after_the_end_is_started_by_whoever_asks_for_the_end_again() {
    let is_asked = |journal: &Journal| journal.workloads.iter().any(|noted| noted.stage == Stage::Stopping);
    let mut play = until(STAGED, |journal, small| {
        is_asked(journal) && small.app.as_ref().is_some_and(|app| !app.setting.is_at_rest())
    });
    let asked = play.small.app.clone().unwrap();
    assert_eq!(play.run(Ending::Abort).unwrap(), Outcome::Aborted);
    let ended = play.journal.clone();
    let stop = Action::Set(Box::new(asked), Setting::Replicas(0));
    play.small.carry_out(&stop, &ended.id).unwrap();
    let world = play.small.world(&ended, true);
    // What a restore stops that has begun since stays so, and what somebody else has stopped.
    let other = Journal { id: "other".into(), ended: None, ..ended.clone() };
    assert!(left_over(&ended, &world, &[other]).is_none());
    let by_hand = Journal { id: "by-hand".into(), ended: None, workloads: vec![], ..ended.clone() };
    assert!(left_over(&ended, &world, &[by_hand]).is_none());
    // Nor what another restore has given the claim since, or what was seen at rest and started again.
    let claim = Claim { uid: "other".into(), volume: Some("pv-9".into()), ..samples::claim(CLAIM) };
    let replaced = World { claim: Some(claim), ..world.clone() };
    assert!(left_over(&ended, &replaced, &[]).is_none());
    let mut started = ended.clone();
    started.workloads.iter_mut().for_each(|noted| noted.stage = Stage::Started);
    assert!(left_over(&started, &world, &[]).is_none());
    let mut elsewhere = world.clone();
    elsewhere.workloads.iter_mut().flatten().for_each(|app| app.may_be_set_by_us = false);
    assert!(left_over(&ended, &elsewhere, &[]).is_none());
    let later = World { now: world.now + TimeDelta::hours(1), ..world.clone() };
    assert!(left_over(&ended, &later, &[]).is_none());
    play.journal = left_over(&ended, &world, std::slice::from_ref(&ended)).unwrap();
    assert_eq!(play.run(Ending::Abort).unwrap(), Outcome::Aborted);
    assert_eq!(play.small.app.as_ref().map(|app| app.setting), Some(Setting::Replicas(1)));
    assert!(left_over(&play.journal, &play.small.world(&play.journal, true), &[]).is_none());
}

#[test]
fn a_restore_that_another_one_overtook_before_it_did_anything_ends() {
    for shape in [STAGED, DIRECT] {
        for ending in [Ending::Resume, Ending::Abort] {
            let mut play = Play::new(shape, 1, CALM);
            let other = Claim { uid: "other".into(), volume: Some("pv-9".into()), ..samples::claim(CLAIM) };
            play.small.claims.insert(CLAIM.to_owned(), other.clone());
            // The other one has seen to that.
            play.small.touch("pv-1", |volume| volume.policy = ReclaimPolicy::Retain);
            assert_eq!(play.run(ending).unwrap(), Outcome::Aborted);
            assert_eq!(play.small.claims[CLAIM].uid, other.uid);
        }
    }
    // Once its volume is pinned, or its claim may be gone, that is for a person to see to.
    let mut play = until(DIRECT, |journal, _| journal.swapped);
    let other = Claim { uid: "other".into(), volume: Some("pv-9".into()), ..samples::claim(CLAIM) };
    play.small.claims.insert(CLAIM.to_owned(), other);
    assert_eq!(play.run(Ending::Abort).unwrap_err().reason, Reason::ClaimReplaced);
}

/// As when the namespace was deleted: the journal, the claims and all snapshots went with it.
#[test]
fn volumes_alone_lead_back_to_what_was_there_and_on_to_what_was_copied() {
    let shape = Shape { app: false, ..STAGED };
    for (ending, wanted) in [(Ending::Abort, Data::Original), (Ending::Resume, Data::Restored)] {
        let mut play = until(shape, |journal, small| journal.swapped && !small.claims.contains_key(CLAIM));
        let volumes: Vec<_> = play.small.volumes.values().map(|(volume, _)| volume.clone()).collect();
        let (id, namespace) = (play.journal.id.clone(), play.journal.namespace.clone());
        let remains =
            Remains { id: &id, namespace: &namespace, volumes: &volumes, snapshots: &[], claims: &[] };
        assert_eq!(remains.manifest(), None);
        play.journal = rebuild(&remains, "pause", samples::now()).unwrap();
        let spec = &play.journal.old.manifest["spec"];
        assert_eq!(spec["storageClassName"], "fast");
        assert_eq!(spec["accessModes"][0], "ReadWriteOnce");
        assert_eq!(spec["resources"]["requests"]["storage"], "1Gi");
        play.run(ending).unwrap_or_else(|error| panic!("{error}:\n{}", play.tale.join("\n")));
        play.holds(wanted);
    }
}

#[test]
fn where_the_claim_may_be_gone_a_refusal_is_a_persons_business() {
    let before = journal(STAGED);
    let swapped = Journal { swapped: true, ..before.clone() };
    let ended = Some(Ended { at: samples::now(), outcome: Outcome::RolledBack });
    let done = Journal { ended, ..swapped.clone() };
    let exit = |journal: &Journal, reason| exit_of([journal], Error::new(reason, "no")).exit_code();
    for reason in [Reason::AdmissionDenied, Reason::Forbidden, Reason::NamespaceNotFound] {
        assert_eq!(exit(&swapped, reason), ExitCode::NeedsPerson);
        assert_eq!(exit(&before, reason), ExitCode::Partial);
        assert_eq!(exit(&done, reason), ExitCode::Partial);
    }
    for journal in [&before, &swapped] {
        assert_eq!(exit(journal, Reason::Unauthorized), ExitCode::Interrupted);
        assert_eq!(exit(journal, Reason::TimedOut), ExitCode::Partial);
    }
    assert_eq!(exit(&done, Reason::RolledBack), ExitCode::RolledBack);
}
