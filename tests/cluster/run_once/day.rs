//! A day of passes in fast motion, by a moved clock: what is left at its end is what the planner's simulation says.
//! A few hours of it, or the whole day with `DAY_OF_PASSES=all` (`make torture`); `--nocapture` shows what a person sees.

use std::collections::BTreeSet;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use kubectl_gemini::model::every;
use kubectl_gemini::plan::calendar::Grid;
use kubectl_gemini::plan::entry::Entry;
use kubectl_gemini::plan::schedule::{Rule, Schedule};
use kubectl_gemini::plan::simulate::{Observer, Trouble, World, simulate};
use sandbox::testing::{Failure, Faults, Namespace};
use serde_json::Value;

use super::{condition, group, item, scheduled};
use crate::faults::{Bench, see_off};
use crate::support::until;

const RUN: i64 = 300;
const HOUR: i64 = 3_600;
/// Every, and how many are kept.
type Rules = &'static [(&'static str, u32)];
const PHOTOS: Rules = &[("10 minutes", 3), ("hour", 2), ("day", 1)];
const WIKI: Rules = &[("day at 02:30 in Europe/Berlin", 2), ("2 hours", 1)];
const SHOP: Rules = &[("10 minutes", 2)];
/// In which the driver of the shop fails, in passes.
const TROUBLE: std::ops::Range<i64> = 6..18;

fn manifest(rules: Rules) -> String {
    let rules = rules.iter().map(|(every, keep)| format!("{{every: \"{every}\", keep: {keep}}}"));
    format!("[{}]", rules.collect::<Vec<_>>().join(", "))
}

fn schedule(rules: Rules) -> Schedule {
    let rule = |(text, keep): &(&str, u32)| Rule {
        every: every::parse(text).unwrap(),
        keep: *keep,
        text: (*text).to_owned(),
    };
    Schedule { rules: rules.iter().map(rule).collect(), max_age: None }
}

/// Which day it is: its first moment, and how many passes of it are made.
struct Day {
    start: DateTime<Utc>,
    passes: i64,
}

impl Day {
    /// The whole day ends now. A few hours of it begin one hour before it is half past two in Berlin.
    fn of_run() -> Self {
        let now = Utc::now().timestamp();
        let is_whole = std::env::var("DAY_OF_PASSES").is_ok_and(|which| which == "all");
        let (start, passes) = match is_whole {
            true => (now - 24 * HOUR, 24 * HOUR / RUN),
            false => {
                let night = Grid::new(&schedule(WIKI).rules[0].every, Some(now)).unwrap();
                (night.boundary(night.index(now - 6 * HOUR)) - HOUR, 3 * HOUR / RUN)
            }
        };
        Self { start: DateTime::from_timestamp(start - start.rem_euclid(RUN), 0).unwrap(), passes }
    }

    fn pass(&self, number: i64) -> DateTime<Utc> {
        self.start + TimeDelta::seconds(RUN * number)
    }

    /// What the same day makes of a group in a simulation: the names of all that are taken, and of those that are left.
    fn simulated(&self, group: &str, rules: Rules) -> (Vec<String>, BTreeSet<String>) {
        #[derive(Default)]
        struct Taken(Vec<String>);
        impl Observer for Taken {
            fn created(&mut self, entry: &Entry) {
                self.0.push(entry.name.clone());
            }
        }
        let start = self.start.timestamp();
        let end = start + RUN * self.passes;
        let trouble = Trouble::default();
        let world = World { start, end, every_run: RUN, ready_after: 1, trouble, seed: 1 };
        let mut taken = Taken::default();
        let outcome = simulate(&schedule(rules), group, &world, &mut taken);
        (taken.0, outcome.entries.into_iter().map(|entry| entry.name).collect())
    }
}

/// The snapshots of a group that nobody deletes.
fn of(namespace: &Namespace, group: &str) -> Vec<Value> {
    let mut all = namespace.list("volumesnapshots");
    all.retain(|one| {
        one["metadata"]["annotations"]["gemini.fairwinds.com/group"] == group
            && one["metadata"]["deletionTimestamp"].is_null()
    });
    all
}

fn names(snapshots: &[Value]) -> BTreeSet<String> {
    snapshots.iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

fn ready(snapshots: &[Value]) -> BTreeSet<String> {
    let ready: Vec<_> = snapshots.iter().filter(|one| one["status"]["readyToUse"] == true).cloned().collect();
    names(&ready)
}

#[test]
fn a_day_in_fast_motion_leaves_what_the_planner_promises() {
    let test = "a_day_in_fast_motion_leaves_what_the_planner_promises";
    let Some(bench) = Bench::new(test, || scheduled("day", "[]")) else { return };
    bench.namespace.kubectl(&["delete", "snapshotgroup", "db"]);
    group(&bench.namespace, "photos", "data", &manifest(PHOTOS));
    group(&bench.namespace, "wiki", "data", &manifest(WIKI));
    // Faults are those of a namespace.
    let other = scheduled("day-shop", "[]");
    other.kubectl(&["delete", "snapshotgroup", "db"]);
    group(&other, "shop", "data", &manifest(SHOP));
    let failing =
        Faults { create_snapshot: Some(Failure::always("Internal", "disk on fire")), ..Faults::default() };

    let day = Day::of_run();
    let mut taken = [vec![], vec![], vec![]];
    for number in 0..day.passes {
        if number == TROUBLE.start {
            assert!(other.set_faults(&failing));
        }
        if number == TROUBLE.end {
            other.clear_faults();
            see_off(&other);
        }
        bench.at(day.pass(number));
        let had = ready(&of(&other, "shop"));
        // A pass would wait a minute for a driver that fails.
        let patience = if TROUBLE.contains(&number) { "--deadline=6s" } else { "--deadline=9m" };
        let run = bench.run_once(&["-n", other.name(), patience]);
        let result = run.json();
        for (taken, name) in taken.iter_mut().zip(["photos", "wiki", "shop"]) {
            let item = item(&result, name);
            if item["action"] == "create" {
                // A machine that is slow may begin nothing so soon: then the next pass does.
                taken.extend(item["snapshot"].as_str().map(str::to_owned));
            }
        }
        if TROUBLE.contains(&number) {
            assert_eq!(
                ready(&of(&other, "shop")),
                had,
                "pass {number}: what is ready must outlast the trouble"
            );
        } else if !(TROUBLE.end..=TROUBLE.end + 2).contains(&number) {
            assert_eq!(run.code, 0, "pass {number}: {}", run.stderr);
        }
    }
    show(&bench, &other);

    let [photos, wiki, shop] = taken;
    for (name, rules, taken) in [("photos", PHOTOS, photos), ("wiki", WIKI, wiki)] {
        let (wanted, kept) = day.simulated(name, rules);
        assert_eq!(taken, wanted, "what was taken of {name}, slot by slot");
        let left = of(&bench.namespace, name);
        assert_eq!(names(&left), kept, "what is left of {name}");
        assert_eq!(ready(&left), kept);
        assert_eq!(condition(&bench.namespace, name), "Healthy");
    }
    // One attempt per slot and a few repeats; after the trouble each slot again, and the promised reach.
    assert_eq!(shop.iter().collect::<BTreeSet<_>>().len(), shop.len(), "{shop:?}");
    let (wanted, kept) = day.simulated("shop", SHOP);
    let last = |names: &[String], count: usize| names[names.len() - count..].to_vec();
    let after = usize::try_from((day.passes - TROUBLE.end) / 2 - 2).unwrap();
    assert_eq!(last(&shop, after), last(&wanted, after), "slots after the trouble");
    assert!(ready(&of(&other, "shop")).is_superset(&kept), "{kept:?}");
    assert_eq!(condition(&other, "shop"), "Healthy");
    until("all to be proven", || {
        let all = [of(&bench.namespace, "photos"), of(&bench.namespace, "wiki"), of(&other, "shop")].concat();
        all.iter()
            .filter(|one| one["status"]["readyToUse"] == true)
            .all(|one| one["metadata"]["annotations"]["gemini.fairwinds.com/verified"].is_string())
    });
}

/// What a person sees at the end of the day.
fn show(bench: &Bench, other: &Namespace) {
    for args in [&["list"][..], &["list", "photos"], &["list", "wiki"]] {
        println!("$ kubectl gemini {}\n{}", args.join(" "), bench.gemini(args, vec![]).0.exits(0).stdout);
    }
    let kubectl = sandbox::owner::info(other.cluster().sandbox().unwrap()).unwrap().bin.join("kubectl");
    for namespace in [bench.namespace.name(), other.name()] {
        let output = Command::new(&kubectl)
            .args(["get", "snapshotgroups", "-n", namespace])
            .env("KUBECONFIG", bench.kubeconfig())
            .output()
            .unwrap();
        println!("$ kubectl get snapshotgroups\n{}", String::from_utf8_lossy(&output.stdout));
    }
}
