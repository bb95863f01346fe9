//! Gemini's way to ask for a restore: an annotation on the group, seen to by the job.
//! The bytes are compared; what was asked of somebody else is never carried out.

use std::time::Duration;

use sandbox::testing::proxy::{Action, Proxy, Rule, Signal, Verb, When};
use sandbox::testing::{Failure, Faults};
use serde_json::{Value, json};

use super::{run_once, status};
use crate::in_place::{NEW, OLD, Scene};
use crate::prune::{left, ready, schedule, take};
use crate::support::{Run, Running, command, gemini, needs_sandbox, runs_out, until};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: shop-0}\nspec:\n  containers: [{name: c, image: none}]\n  \
                   volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]\n";

fn stop(scene: &Scene) {
    scene.namespace.kubectl(&["delete", "pod", "shop-0", "--grace-period=0", "--force"]);
    until("the pod to be gone", || scene.namespace.find("pod", "shop-0").is_none());
}

impl Scene {
    fn ask(&self, value: &str) {
        let mark = format!("gemini.fairwinds.com/restore={value}");
        self.namespace.kubectl(&["annotate", "snapshotgroup/db", "--overwrite", &mark]);
    }

    fn mark(&self, key: &str) -> Value {
        let group = self.namespace.get("snapshotgroup", "db");
        group["metadata"]["annotations"][format!("gemini.fairwinds.com/{key}")].clone()
    }

    fn pass(&self, more: &[&str]) -> Run {
        run_once(&self.namespace, &[&["--restore-annotated"], more].concat())
    }

    /// A pass is killed at a call.
    fn is_killed_at(&self, call: Rule, when: When) {
        let proxy = Proxy::of_cluster(self.namespace.cluster()).unwrap();
        proxy.rules(vec![call.does(Action::Signal(Signal::Kill, when))]);
        let args = ["run-once", "--restore-annotated", "-n", self.namespace.name()];
        let running = Running::spawn(command(&proxy.kubeconfig(), args));
        proxy.program(running.process());
        running.wait().exits(-1);
        for lease in ["gemini-restore-data", "gemini-run-once"] {
            runs_out(&self.namespace, lease);
        }
    }

    /// The number that Gemini's users know a snapshot by.
    fn number(&self) -> String {
        self.snapshot.rsplit('-').next().unwrap().to_owned()
    }

    fn was_told(&self, reason: &str, texts: &[&str]) {
        let events = self.namespace.list("events");
        let told: Vec<_> = events.iter().filter(|event| event["reason"] == reason).collect();
        let all = |event: &&&Value| {
            texts.iter().all(|text| event["message"].as_str().unwrap_or_default().contains(text))
        };
        assert!(told.iter().any(|event| all(&event)), "{reason} {texts:?}: {told:#?}");
    }
}

#[test]
fn what_is_annotated_is_restored_once_and_nothing_that_lay_there_before() {
    if needs_sandbox("what_is_annotated_is_restored_once_and_nothing_that_lay_there_before") {
        return;
    }
    let scene = Scene::new("annotated");
    scene.ask(&scene.number());
    // Whoever did not turn it on is left alone.
    run_once(&scene.namespace, &[]).exits(0);
    assert_eq!((scene.mark("restore-armed"), scene.mark("restore")), (Value::Null, scene.number().into()));
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), NEW);
    assert_eq!(
        (scene.mark("restore"), scene.mark("restore-handled")),
        (Value::Null, format!("{} ignored", scene.number()).into())
    );
    scene.was_told("RestoreIgnored", &["set it again"]);

    scene.ask(&scene.number());
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), OLD);
    scene.intact();
    let id = scene.id();
    assert_eq!(
        (scene.mark("restore"), scene.mark("restore-handled")),
        (Value::Null, format!("{} {id}", scene.number()).into())
    );
    scene.was_told("RestoreCompleted", &["Start the application now", &id]);
    assert!(!scene.status()["safetySnapshots"].as_array().unwrap().is_empty());
    // Once is once.
    let volume = scene.namespace.get("persistentvolumeclaim", "data")["spec"]["volumeName"].clone();
    scene.pass(&[]).exits(0);
    assert_eq!(scene.namespace.get("persistentvolumeclaim", "data")["spec"]["volumeName"], volume);
    gemini(&scene.namespace, &["undo", &id, "--yes"]).exits(0);
    assert_eq!(scene.read(), NEW);

    // The same again; and what does not exist.
    scene.ask(&scene.number());
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), OLD);
    scene.ask("1234567890");
    scene.pass(&[]).exits(1);
    assert_eq!(scene.mark("restore-handled"), "1234567890 refused");
    scene.was_told("RestoreFailed", &["1234567890", "does not exist"]);
    assert_eq!(scene.read(), OLD);
}

#[test]
fn a_request_waits_for_pods_visibly_and_not_for_ever() {
    if needs_sandbox("a_request_waits_for_pods_visibly_and_not_for_ever") {
        return;
    }
    let mut scene = Scene::new("anno-wait");
    scene.pass(&[]).exits(0);
    // The pass has taken what is due of its own.
    std::fs::write(scene.volume.join("file"), OLD).unwrap();
    scene.snapshot = crate::support::backup(&scene.namespace, "db");
    std::fs::write(scene.volume.join("file"), NEW).unwrap();
    scene.namespace.apply(POD);
    scene.ask("latest");
    for _ in 0..2 {
        scene.pass(&[]).exits(0);
        assert_eq!((scene.read().as_str(), scene.mark("restore")), (NEW, "latest".into()));
    }
    assert!(scene.mark("restore-handled").as_str().unwrap().starts_with("latest waiting 20"));
    scene.was_told("RestoreWaiting", &["shop-0"]);
    let restoring = status(&scene.namespace, "db")["conditions"][1].clone();
    assert_eq!(
        (&restoring["type"], &restoring["status"], &restoring["reason"]),
        (&"Restoring".into(), &"True".into(), &"Waiting".into())
    );
    assert!(restoring["message"].as_str().unwrap().contains("shop-0"), "{restoring}");

    // A backup of what is wrong, taken while the request waits, is not the latest that was meant.
    let wrong = crate::support::backup(&scene.namespace, "db");
    assert_ne!(wrong, scene.snapshot);
    stop(&scene);
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), OLD);
    assert_eq!(status(&scene.namespace, "db")["conditions"].as_array().unwrap().len(), 1);
    gemini(&scene.namespace, &["undo", &scene.id(), "--yes"]).exits(0);

    // Nothing stands in its way any more; but who asks for that was asked long ago.
    scene.ask(&scene.number());
    let waiting = format!("{} waiting 2020-01-01T00:00:00Z", scene.number());
    let long_ago = json!({"metadata": {"annotations": {"gemini.fairwinds.com/restore-handled": waiting}}});
    scene.namespace.kubectl(&["patch", "snapshotgroup", "db", "--type=merge", "-p", &long_ago.to_string()]);
    scene.pass(&[]).exits(1);
    assert_eq!(
        (scene.mark("restore"), scene.mark("restore-handled")),
        (Value::Null, format!("{} expired", scene.number()).into())
    );
    assert_eq!(scene.read(), NEW);
}

/// Somebody needs an hour to stop the application; the schedule goes on meanwhile.
#[test]
fn what_a_request_waits_to_restore_is_not_deleted_meanwhile() {
    if needs_sandbox("what_a_request_waits_to_restore_is_not_deleted_meanwhile") {
        return;
    }
    let mut scene = Scene::new("anno-prune");
    scene.pass(&["--coexist"]).exits(0);
    // Snapshots whose age the test says are marked as Gemini marks its own.
    schedule(&scene.namespace, "[{every: 2 seconds, keep: 0}]");
    std::fs::write(scene.volume.join("file"), OLD).unwrap();
    scene.snapshot = take(&scene.namespace, 40, "2 seconds");
    ready(&scene.namespace, &[&scene.snapshot]);
    std::fs::write(scene.volume.join("file"), NEW).unwrap();
    scene.namespace.apply(POD);
    scene.ask(&scene.snapshot);
    for ago in [20, 0] {
        let newer = take(&scene.namespace, ago, "2 seconds");
        ready(&scene.namespace, &[&newer]);
        // Also by hand, and before any pass has seen the request.
        let plan = gemini(&scene.namespace, &["prune", "db", "--dry-run", "-o", "json"]).exits(0).json();
        let all = plan["items"][0]["snapshots"].as_array().unwrap();
        let meant = all.iter().find(|item| item["name"] == scene.snapshot.as_str()).unwrap();
        let why = (&meant["fate"], &meant["reasons"][0]["code"]);
        assert_eq!(why, (&"keep".into(), &"requested".into()), "{ago}: {meant}");
        gemini(&scene.namespace, &["prune", "db", "--yes"]).exits(0);
        scene.pass(&["--coexist"]).exits(0);
        assert!(left(&scene.namespace).contains(&scene.snapshot), "{ago}");
    }
    stop(&scene);
    scene.pass(&["--coexist"]).exits(0);
    assert_eq!(scene.read(), OLD);
    // It is nothing but one of many again.
    let newer = take(&scene.namespace, 0, "2 seconds");
    ready(&scene.namespace, &[&newer]);
    scene.pass(&["--coexist"]);
    assert!(!left(&scene.namespace).contains(&scene.snapshot));
}

#[test]
fn a_pass_goes_on_with_what_another_one_began() {
    if needs_sandbox("a_pass_goes_on_with_what_another_one_began") {
        return;
    }
    let scene = Scene::new("anno-resume");
    scene.pass(&[]).exits(0);
    let failure = Failure::always("Internal", "no room on the array");
    assert!(
        scene
            .namespace
            .set_faults(&Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() })
    );
    scene.ask(&scene.number());
    scene.pass(&["--deadline", "8s"]).exits(6);
    scene.was_told("RestoreBlocked", &["--abort"]);
    scene.intact();
    let id = scene.id();
    // As if the first pass had been stopped before it could take the request away.
    scene.ask(&scene.number());
    assert!(scene.namespace.set_faults(&Faults::default()));
    until("a pass to end it", || {
        scene.pass(&[]);
        scene.status()["state"] == "Restored"
    });
    assert_eq!((scene.id(), scene.read().as_str()), (id.clone(), OLD));
    assert_eq!(
        (scene.mark("restore"), scene.mark("restore-handled")),
        (Value::Null, format!("{} {id}", scene.number()).into())
    );
    scene.settled();
}

/// Whoever has started the application again meanwhile does not want it to be overwritten days later, when that is stopped for something
/// else.
#[test]
fn what_was_accepted_is_given_up_if_the_claim_is_in_use_for_long() {
    if needs_sandbox("what_was_accepted_is_given_up_if_the_claim_is_in_use_for_long") {
        return;
    }
    let scene = Scene::new("anno-late");
    scene.pass(&[]).exits(0);
    let failure = Failure::always("Internal", "no room on the array");
    let broken = Faults { create_volume_from_snapshot: Some(failure), ..Faults::default() };
    assert!(scene.namespace.set_faults(&broken));
    scene.ask(&scene.number());
    scene.pass(&["--deadline", "8s"]).exits(6);
    scene.namespace.apply(POD);
    assert!(scene.namespace.set_faults(&Faults::default()));
    until("the copy to be there, and the pod to be in the way", || {
        scene.pass(&[]).exits(6);
        scene.status()["step"] == "see that nobody uses the PVC"
    });
    scene.was_told("RestoreBlocked", &["shop-0"]);
    let journal = format!("gemini-restore-{}", scene.id());
    let text = scene.namespace.get("configmap", &journal)["data"]["journal"].as_str().unwrap().to_owned();
    let mut long_ago: Value = serde_json::from_str(&text).unwrap();
    assert!(long_ago["inUse"].is_string(), "{long_ago:#}");
    long_ago["inUse"] = "2020-01-01T00:00:00Z".into();
    let patch = json!({"data": {"journal": long_ago.to_string()}}).to_string();
    scene.namespace.kubectl(&["patch", "configmap", &journal, "--type=merge", "-p", &patch]);
    stop(&scene);
    scene.pass(&[]).exits(6);
    assert_eq!((scene.status()["state"].as_str(), scene.read().as_str()), (Some("Aborted"), NEW));
    scene.was_told("RestoreFailed", &["was given up", "in use for more than an hour"]);
    scene.pass(&[]).exits(0);
    scene.as_before();
}

/// A pass is killed when the restore is written down, and the group still asks for it. Whoever ends that by hand is not overruled.
#[test]
fn a_request_whose_restore_somebody_has_ended_is_not_carried_out_again() {
    if needs_sandbox("a_request_whose_restore_somebody_has_ended_is_not_carried_out_again") {
        return;
    }
    for (ending, content) in [("--abort", NEW), ("--resume", OLD)] {
        let scene = Scene::new(&format!("anno{ending}"));
        scene.pass(&[]).exits(0);
        scene.ask(&scene.number());
        scene.is_killed_at(Rule::on(Verb::Patch, "snapshotgroups"), When::Before);
        assert_eq!(scene.mark("restore"), scene.number());
        let id = scene.id();
        gemini(&scene.namespace, &["restore", ending, &id]).exits(0);
        assert_eq!(scene.read(), content);
        let volume = scene.namespace.volume("data");
        scene.pass(&[]).exits(0);
        assert_eq!(
            (scene.mark("restore"), scene.mark("restore-handled")),
            (Value::Null, format!("{} ignored", scene.number()).into())
        );
        scene.was_told("RestoreIgnored", &[&id, "set it again"]);
        assert_eq!((scene.read().as_str(), scene.namespace.volume("data")), (content, volume));
        // Asked again it is another one, also if it has to wait.
        scene.namespace.apply(POD);
        scene.ask(&scene.number());
        scene.pass(&[]).exits(0);
        stop(&scene);
        scene.pass(&[]).exits(0);
        assert_ne!(scene.mark("restore-handled"), format!("{} {id}", scene.number()));
        assert_eq!(scene.read(), OLD);
    }
}

/// A pass is killed when the restore is written down; then somebody thinks of something else.
#[test]
fn a_request_that_was_replaced_by_another_one_is_not_carried_out() {
    if needs_sandbox("a_request_that_was_replaced_by_another_one_is_not_carried_out") {
        return;
    }
    let scene = Scene::new("anno-other");
    scene.pass(&[]).exits(0);
    scene.ask(&scene.number());
    scene.is_killed_at(Rule::on(Verb::Patch, "snapshotgroups"), When::Before);
    let id = scene.id();
    scene.ask("1234567890");
    scene.pass(&[]).exits(0);
    assert_eq!((scene.status()["state"].clone(), scene.read().as_str()), ("Aborted".into(), NEW));
    scene.was_told("RestoreIgnored", &[&id, "nobody asks for"]);
    scene.as_before();
    scene.pass(&[]).exits(1);
    assert_eq!(scene.mark("restore-handled"), "1234567890 refused");
}

/// Somebody has waited long enough, and restores by hand.
#[test]
fn a_request_that_somebody_has_seen_to_by_hand_is_not_carried_out_on_top() {
    if needs_sandbox("a_request_that_somebody_has_seen_to_by_hand_is_not_carried_out_on_top") {
        return;
    }
    let scene = Scene::new("anno-hand");
    scene.pass(&[]).exits(0);
    scene.namespace.apply(POD);
    scene.ask(&scene.number());
    scene.pass(&[]).exits(0);
    assert_eq!((scene.read().as_str(), scene.mark("restore")), (NEW, scene.number().into()));
    stop(&scene);
    scene.restore(&[]).exits(0);
    let id = scene.id();
    gemini(&scene.namespace, &["undo", &id, "--yes"]).exits(0);
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), NEW);
    assert_eq!(scene.mark("restore-handled"), format!("{} ignored", scene.number()));
    scene.was_told("RestoreIgnored", &[&id, "while restore="]);
}

/// The pass takes a backup all the same, and that is not what was meant.
#[test]
fn a_request_for_which_a_pass_has_no_time_is_noted() {
    if needs_sandbox("a_request_for_which_a_pass_has_no_time_is_noted") {
        return;
    }
    let scene = Scene::new("anno-late");
    scene.pass(&[]).exits(0);
    let meant = crate::support::backup(&scene.namespace, "db");
    scene.ask("latest");
    let proxy = Proxy::of_cluster(scene.namespace.cluster()).unwrap();
    let slow = Action::Delay(Duration::from_secs(3));
    proxy.rules(vec![Rule::on(Verb::List, "snapshotgroups").does(slow)]);
    let args = ["run-once", "--restore-annotated", "--deadline", "5s", "-n", scene.namespace.name()];
    Running::spawn(command(&proxy.kubeconfig(), args)).wait();
    let handled = scene.mark("restore-handled");
    let handled = handled.as_str().unwrap();
    assert!(handled.starts_with("latest waiting 20") && handled.ends_with(&meant), "{handled}");
    assert_eq!(scene.mark("restore"), "latest");
    std::fs::write(scene.volume.join("file"), "worse").unwrap();
    crate::support::backup(&scene.namespace, "db");
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), NEW);
    assert!(scene.mark("restore-handled").as_str().unwrap().ends_with(&scene.id()));
}

/// The pass before was killed where the claim's name is free.
#[test]
fn a_pass_that_gives_a_claim_its_data_does_not_report_that_it_was_missing() {
    if needs_sandbox("a_pass_that_gives_a_claim_its_data_does_not_report_that_it_was_missing") {
        return;
    }
    let scene = Scene::new("anno-gap");
    scene.pass(&[]).exits(0);
    scene.ask(&scene.number());
    // Before that the server is only asked whether it would.
    scene.is_killed_at(Rule::on(Verb::Delete, "persistentvolumeclaims").nth(2), When::After);
    until("the claim to be gone", || scene.namespace.find("persistentvolumeclaim", "data").is_none());
    scene.pass(&[]).exits(0);
    assert_eq!(scene.read(), OLD);
    let conditions = status(&scene.namespace, "db")["conditions"].clone();
    assert_eq!(
        (&conditions[0]["type"], &conditions[0]["status"]),
        (&"Ready".into(), &"True".into()),
        "{conditions}"
    );
}

/// What Gemini's operator has done already stands on the claim that it made.
#[test]
fn what_gemini_has_restored_is_not_restored_again() {
    if needs_sandbox("what_gemini_has_restored_is_not_restored_again") {
        return;
    }
    let scene = Scene::new("anno-gemini");
    scene.pass(&[]).exits(0);
    let mark = format!("gemini.fairwinds.com/restore={}", scene.number());
    scene.namespace.kubectl(&["annotate", "pvc/data", &mark]);
    scene.ask(&scene.number());
    scene.pass(&[]).exits(0);
    assert_eq!(
        (scene.read().as_str(), scene.mark("restore-handled")),
        (NEW, format!("{} ignored", scene.number()).into())
    );
}
