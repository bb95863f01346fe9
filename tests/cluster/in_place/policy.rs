//! Case 24. The old volume is only as safe as its reclaim policy when its claim goes: it is read in the very look that leads to the
//! deletion, and whoever sets it back is seen.

use sandbox::testing::proxy::{Action, Call, Rule, Verb};
use serde_json::json;

use super::gap::{CLAIMS, Gap, enters};
use super::{NEW, OLD};
use crate::support::{gemini, needs_sandbox};

const VOLUMES: &str = "persistentvolumes";

/// Sets the policy of the old volume back, as somebody who does not know of the restore.
fn flip(gap: &Gap) -> impl Fn() + Send + Sync + 'static {
    let (somebody, volume) = (gap.somebody(), gap.scene.old_volume().to_owned());
    move || {
        let patch = r#"{"spec": {"persistentVolumeReclaimPolicy": "Delete"}}"#;
        somebody(&["patch", "pv", &volume, "-p", patch], "");
    }
}

fn is_of(call: &Call, verb: Verb, resource: &str, name: &str) -> bool {
    call.verb == verb && call.target.resource == resource && call.target.name.as_deref() == Some(name)
}

#[test]
fn a_policy_that_is_set_back_before_the_deletion_is_set_again() {
    if needs_sandbox("a_policy_that_is_set_back_before_the_deletion_is_set_again") {
        return;
    }
    for mode in ["staged", "direct"] {
        let gap = Gap::new("flip");
        let flip = flip(&gap);
        // With the last that is written before the claim's deletion is asked for.
        gap.meet(&["--mode", mode], enters("swap"), |_| flip()).exits(0);
        gap.is_restored();
        assert_eq!(gap.scene.policy(gap.scene.old_volume()), "Retain");
        let calls = gap.proxy.take_calls();
        let old = gap.scene.old_volume();
        let deletion = calls.iter().position(|call| is_of(call, Verb::Delete, CLAIMS, "data")).unwrap();
        let last = |verb| calls[..deletion].iter().rposition(|call| is_of(call, verb, VOLUMES, old)).unwrap();
        assert!(last(Verb::Get) > last(Verb::Patch), "the policy was not read again after it was set");
        let is_other = |call: &&Call| call.is_change() && call.target.resource != "leases";
        let between: Vec<_> =
            calls[last(Verb::Get)..deletion].iter().filter(is_other).map(Call::line).collect();
        assert_eq!(between, [""; 0], "something was written between the look and the deletion");
    }
}

/// An answer that is lost or a no is not taken for a yes.
#[test]
fn a_volume_that_cannot_be_kept_keeps_its_claim() {
    if needs_sandbox("a_volume_that_cannot_be_kept_keeps_its_claim") {
        return;
    }
    let gap = Gap::new("unkept");
    let flip = flip(&gap);
    let old = gap.scene.old_volume().to_owned();
    // Each time somebody looks, it has just been set back.
    let always = Rule::on(Verb::Get, VOLUMES).first(move |call| {
        if call.target.name.as_ref() == Some(&old) {
            flip();
        }
    });
    let run = gap.restore(&[], vec![always]);
    run.fails_with(6, "ChangedMeanwhile", &["somebody undoes", "reclaim policies", "--abort"]);
    let claim = gap.scene.namespace.get("persistentvolumeclaim", "data");
    assert_eq!(claim["metadata"]["uid"], gap.scene.claim["metadata"]["uid"]);
    assert!(claim["metadata"]["deletionTimestamp"].is_null());
    let deletions = gap.proxy.take_calls();
    assert!(!deletions.iter().any(|call| is_of(call, Verb::Delete, CLAIMS, "data")));
    gemini(&gap.scene.namespace, &["restore", "--abort", &gap.scene.id()]).exits(0);
    gap.scene.as_before();

    // The answer to the first pin is lost: what it has become is looked at.
    let lost = Rule::on(Verb::Patch, VOLUMES).nth(1).does(Action::LoseAnswer);
    gap.restore(&[], vec![lost]).exits(0);
    assert_eq!(gap.scene.read(), OLD);
    let policy = json!(gap.scene.policy(gap.scene.old_volume()));
    assert_eq!(
        (policy, NEW),
        (json!("Retain"), std::fs::read_to_string(gap.scene.volume.join("file")).unwrap().as_str())
    );
}
