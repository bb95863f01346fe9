//! Lists that come in pages of which one is too old or fails: half a list is no list. Case 14, with small pages.
//! `benches/scale` has the large ones.

use sandbox::testing::proxy::{Action, Call, Rule, Told, Verb};

use super::{Bench, of};
use crate::prune::{five, left, set};
use crate::run_once::{scheduled, snapshots};
use crate::support::until;

const SNAPSHOTS: &str = "volumesnapshots";

fn told(code: u16) -> Action {
    Action::Answer { told: Told::Status(code), forward: false }
}

/// Lists of snapshots in pages of two, and what becomes of some of them.
fn pages(of_these: impl FnOnce(Rule) -> Rule) -> Vec<Rule> {
    let lists = || Rule::on(Verb::List, SNAPSHOTS);
    vec![of_these(lists()), lists().does(Action::Pages(2))]
}

fn bench(test: &str, slug: &str) -> Option<(Bench, Vec<String>)> {
    let bench = Bench::new(test, || scheduled(slug, "[{every: 2 seconds, keep: 1}]"))?;
    let names = five(&bench.namespace);
    Some((bench, names))
}

fn is_first(call: &&&Call) -> bool {
    !call.query.contains("continue=")
}

#[test]
fn a_page_that_is_too_old_makes_a_pass_begin_its_list_again() {
    let test = "a_page_that_is_too_old_makes_a_pass_begin_its_list_again";
    // Pages 1 to 3 are the first look; the second one comes after a snapshot was taken.
    for nth in [2, 3, 5] {
        let Some((bench, names)) = bench(test, "pages-old") else { return };
        let (run, calls) = bench.gemini(&["run-once"], pages(|list| list.nth(nth).does(told(410))));
        run.exits(0);
        let lists = of(&calls, Verb::List, SNAPSHOTS);
        assert_eq!(lists.iter().filter(is_first).count(), 3, "two looks, one of them twice: {lists:#?}");
        assert!(lists.iter().filter(|call| call.told == Some(200)).count() >= 7, "{lists:#?}");
        until("the deletions", || left(&bench.namespace).is_disjoint(&set(&names[..3])));
        assert!(left(&bench.namespace).is_superset(&set(&names[4..])));
    }
}

#[test]
fn a_page_that_fails_ends_a_pass_before_anything_is_deleted() {
    let test = "a_page_that_fails_ends_a_pass_before_anything_is_deleted";
    // In the first look nothing is known yet; in the second one something was taken that is now not seen.
    for (nth, code, taken) in [(2, 1, 0), (5, 6, 1)] {
        let Some((bench, names)) = bench(test, "pages-fail") else { return };
        // What is final need not be waited for: that failures are repeated is shown elsewhere.
        let (run, calls) = bench.gemini(&["run-once"], pages(|list| list.from_nth(nth).does(told(405))));
        run.exits(code).says(&["(ServerRefused)", "list VolumeSnapshots"]);
        assert!(of(&calls, Verb::Delete, SNAPSHOTS).is_empty(), "{calls:#?}");
        assert!(left(&bench.namespace).is_superset(&set(&names)));
        assert_eq!(snapshots(&bench.namespace).len(), names.len() + taken);
    }
}

/// Case 14, with its own numbers: pages of one, of which in the second look the 40th is too old, and then the 60th fails.
#[test]
fn a_list_that_was_begun_again_and_then_fails_ends_a_pass_before_anything_is_deleted() {
    let test = "a_list_that_was_begun_again_and_then_fails_ends_a_pass_before_anything_is_deleted";
    let Some((bench, names)) = bench(test, "pages-both") else { return };
    // Nobody's, of a claim that there is not: they only make the list long.
    let stray = |number: u32| {
        format!(
            "apiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {{name: stray-{number:02}}}\n\
             spec: {{source: {{persistentVolumeClaimName: nowhere}}}}\n"
        )
    };
    bench.namespace.apply(&(1..=60).map(stray).collect::<Vec<_>>().join("---\n"));
    let all = u32::try_from(snapshots(&bench.namespace).len()).unwrap();
    let list = || Rule::on(Verb::List, SNAPSHOTS);
    let rules = vec![
        list().nth(all + 40).does(told(410)),
        list().from_nth(all + 40 + 60).does(told(405)),
        list().does(Action::Pages(1)),
    ];
    let (run, calls) = bench.gemini(&["run-once"], rules);
    run.exits(6).says(&["(ServerRefused)", "list VolumeSnapshots"]);
    let lists = of(&calls, Verb::List, SNAPSHOTS);
    assert_eq!(lists.iter().filter(is_first).count(), 3, "two looks, one of them twice");
    assert_eq!(lists.iter().filter(|call| call.told == Some(405)).count(), 1);
    assert!(of(&calls, Verb::Delete, SNAPSHOTS).is_empty());
    assert!(left(&bench.namespace).is_superset(&set(&names)));
}

/// One that passes is asked for again, and nothing of the list before it.
#[test]
fn a_page_that_fails_once_is_asked_for_again() {
    let test = "a_page_that_fails_once_is_asked_for_again";
    let Some((bench, names)) = bench(test, "pages-again") else { return };
    let (run, calls) = bench.gemini(&["run-once"], pages(|list| list.nth(5).does(told(503))));
    run.exits(0);
    let lists = of(&calls, Verb::List, SNAPSHOTS);
    assert_eq!(lists.iter().filter(is_first).count(), 2, "{lists:#?}");
    assert_eq!((lists[4].told, &lists[4].query), (Some(503), &lists[5].query));
    until("the deletions", || left(&bench.namespace).is_disjoint(&set(&names[..3])));
}
