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
