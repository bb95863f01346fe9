//! From the objects of a cluster to a plan: spelling does not matter, and nothing that is written on one object keeps the
//! others from being planned.

use std::collections::BTreeSet;

use chrono::DateTime;
use kubectl_gemini::api::convert;
use kubectl_gemini::model::every::Every;
use kubectl_gemini::model::group::Group;
use kubectl_gemini::model::snapshot::Snapshot;
use kubectl_gemini::plan::entry::{Kind, State};
use kubectl_gemini::plan::history::History;
use kubectl_gemini::plan::prune::GroupPlan;
use kubectl_gemini::plan::retention::Fate;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use crate::spellings::spellings;
use crate::states::{World, worlds};

/// One of the spellings of a period, without its time of day.
fn spelled(every: &Every, choice: &Index) -> String {
    let plain = Every::plain(every.period);
    let all = spellings(&plain);
    all[choice.index(all.len())].clone()
}

fn group(world: &World, spelling: &mut impl FnMut(&Every) -> String) -> Group {
    let rule = |rule: &kubectl_gemini::plan::schedule::Rule| {
        let wall = rule.every.wall.map(|wall| format!(" {wall}")).unwrap_or_default();
        json!({"every": format!("{}{wall}", spelling(&rule.every)), "keep": rule.keep})
    };
    let schedule: Vec<Value> = world.schedule.rules.iter().map(rule).collect();
    let object = json!({"metadata": {"name": "db", "namespace": "shop"}, "spec": {"schedule": schedule}});
    convert::group(&serde_json::from_value(object).unwrap()).unwrap()
}

/// The world's snapshots as objects; what only a planner knows is left out.
fn snapshots(world: &World, spelling: &mut impl FnMut(&Every) -> String) -> Vec<Snapshot> {
    let mut objects = vec![];
    for entry in world.entries.iter().filter(|entry| entry.kind == Kind::Scheduled) {
        let labels = &entry.labels;
        let texts: Vec<_> =
            labels.iter().map(|label| spelling(&label.every)).chain(entry.unknown.clone()).collect();
        let phases =
            labels.iter().map(|label| label.phase.map(|phase| phase.to_string()).unwrap_or_default());
        let phases: Vec<_> = phases.chain(entry.unknown.iter().map(|_| String::new())).collect();
        let walls = labels.iter().map(|label| label.every.wall.map(|wall| wall.mark()).unwrap_or_default());
        let walls: Vec<_> = walls.chain(entry.unknown.iter().map(|_| String::new())).collect();
        let marks = json!({
            "gemini.fairwinds.com/intervals": texts.join(", "),
            "gemini.fairwinds.com/phases": phases.join(","),
            "gemini.fairwinds.com/walls": walls.join(";"),
            "gemini.fairwinds.com/timestamp": entry.time.to_string(),
        });
        objects.push(snapshot(&entry.name, marks.as_object().cloned().unwrap(), entry.state == State::Ready));
    }
    objects
}

fn snapshot(name: &str, mut marks: Map<String, Value>, ready: bool) -> Snapshot {
    marks.insert("app.kubernetes.io/managed-by".to_owned(), json!("gemini"));
    marks.insert("gemini.fairwinds.com/group".to_owned(), json!("db"));
    let object = json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot",
        "metadata": {"name": name, "namespace": "shop", "annotations": marks,
                     "creationTimestamp": "2026-03-10T12:00:00Z"},
        "spec": {"source": {"persistentVolumeClaimName": "db"}}, "status": {"readyToUse": ready},
    });
    convert::snapshot(serde_json::from_value(object).unwrap())
}

proptest! {
    #[test]
    fn p13_spelling(world in worlds(), choices in prop::collection::vec(any::<Index>(), 7)) {
        let mut number = 0;
        let mut any_spelling = |every: &Every| {
            number += 1;
            spelled(every, &choices[number % choices.len()])
        };
        let mut canonical = |every: &Every| every.period.to_string();
        let (first, second) = (group(&world, &mut canonical), group(&world, &mut any_spelling));
        let all = (snapshots(&world, &mut canonical), snapshots(&world, &mut any_spelling));
        let now = DateTime::from_timestamp(world.now, 0).unwrap();
        let in_use = BTreeSet::new();
        let first = GroupPlan::new(&first, &History::of(&first, &all.0), &in_use, now, &world.params).unwrap();
        let second = GroupPlan::new(&second, &History::of(&second, &all.1), &in_use, now, &world.params).unwrap();
        prop_assert_eq!(first.plan, second.plan);
    }

    /// Whatever is written on one object, the group gets a plan, that object too, and a good newer one stays.
    #[test]
    fn one_odd_object_never_fails_a_group(
        world in worlds(),
        name in "[a-z0-9-]{1,20}",
        marks in prop::collection::btree_map(
            prop::sample::select(vec!["intervals", "phases", "walls", "timestamp", "hold", "hold-until", "expires",
                                      "purpose", "restore", "source", "tainted"]),
            prop_oneof![any::<String>(), "[0-9,; :a-z-]{0,30}", any::<i64>().prop_map(|number| number.to_string())],
            0..8,
        ),
        ready: bool,
    ) {
        let mut canonical = |every: &Every| every.period.to_string();
        let group = group(&world, &mut canonical);
        let mut all = snapshots(&world, &mut canonical);
        let marks = marks.into_iter().map(|(key, value)| (format!("gemini.fairwinds.com/{key}"), json!(value)));
        all.push(snapshot(&format!("odd-{name}"), marks.collect(), ready));
        let now = DateTime::from_timestamp(world.now, 0).unwrap();
        let plan = GroupPlan::new(&group, &History::of(&group, &all), &BTreeSet::new(), now, &world.params).unwrap();
        prop_assert_eq!(plan.plan.verdicts.len(), all.len());
        let before = plan.entries.iter().filter(|entry| entry.state == State::Ready && !entry.tainted).count();
        let doomed = plan.entries.iter().zip(&plan.plan.verdicts);
        let doomed = doomed.filter(|(entry, verdict)| entry.state == State::Ready && verdict.fate == Fate::Delete).count();
        prop_assert!(doomed < before.max(1), "all {before} that were ready would go");
    }
}
