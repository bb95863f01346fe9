//! Case 37. The server changes its mind in the middle: a policy that admits no claim any more, a right that is taken away, a login that
//! runs out, a namespace that goes. The volumes are kept, and when the cause is gone it goes on, or back.

use std::fs;

use sandbox::testing::Namespace;
use sandbox::testing::proxy::{Action, Call, Rule, Told, Verb};

use super::frozen::runs_out;
use super::gap::{CLAIMS, Gap, asks, enters};
use super::{NEW, OLD};
use crate::support::{gemini, needs_sandbox, until};

/// A policy by which no claim is made in a namespace any more.
struct Denying<'a>(&'a Namespace);

impl<'a> Denying<'a> {
    fn new(namespace: &'a Namespace) -> Self {
        let name = namespace.name();
        namespace.apply(&format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: deny-{name}}}\nspec:\n  \
             failurePolicy: Fail\n  matchConstraints:\n    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}\n    \
             resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [persistentvolumeclaims]}}]\n  \
             validations: [{{expression: 'false', message: no claims today}}]\n---\n\
             apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: deny-{name}}}\n\
             spec: {{policyName: deny-{name}, validationActions: [Deny]}}\n"
        ));
        let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: any}\nspec:\n  accessModes: [ReadWriteOnce]\n  \
                     resources: {requests: {storage: 1Mi}}\n";
        let args = ["create", "--dry-run=server", "-n", name, "-f", "-"];
        until("the policy to work", || !namespace.cluster().kubectl(args, claim).unwrap().status.success());
        Self(namespace)
    }
}

impl Drop for Denying<'_> {
    fn drop(&mut self) {
        let name = format!("deny-{}", self.0.name());
        let kinds = "validatingadmissionpolicybindings,validatingadmissionpolicies";
        let _ = self.0.cluster().kubectl(["delete", kinds, &name, "--ignore-not-found"], "");
    }
}

/// The name is free, and what was there is kept for it.
fn is_kept(gap: &Gap) {
    let scene = &gap.scene;
    until("the claim to be gone", || scene.namespace.find("persistentvolumeclaim", "data").is_none());
    assert_eq!(fs::read_to_string(scene.volume.join("file")).unwrap(), NEW);
    let old = scene.namespace.get("persistentvolume", scene.old_volume());
    assert_eq!(old["spec"]["persistentVolumeReclaimPolicy"], "Retain");
    assert_eq!(old["spec"]["claimRef"]["name"], "data", "{old:#}");
    let mark = &old["metadata"]["annotations"]["gemini.fairwinds.com/original-claim"];
    assert_eq!(*mark, format!("{}/data", scene.namespace.name()));
}

#[test]
fn a_policy_that_denies_claims_once_ours_is_deleted_leaves_the_volumes_kept() {
    if needs_sandbox("a_policy_that_denies_claims_once_ours_is_deleted_leaves_the_volumes_kept") {
        return;
    }
    for mode in ["staged", "direct"] {
        let gap = Gap::new("denied");
        let scene = &gap.scene;
        let mut policy = None;
        let run = gap.meet(&["--mode", mode], asks(Verb::Delete, CLAIMS, "data"), |_| {
            policy = Some(Denying::new(&scene.namespace));
        });
        run.fails_with(4, "AdmissionDenied", &["no claims today", "--resume"]);
        is_kept(&gap);
        let id = scene.id();
        gemini(&scene.namespace, &["restore", "--resume", &id]).fails_with(
            4,
            "AdmissionDenied",
            &["--resume"],
        );
        is_kept(&gap);
        drop(policy);
        // It had turned back when the claim could not be made.
        let resume = || gemini(&scene.namespace, &["restore", "--resume", &id]);
        until("claims to be admitted again", || resume().code == 5);
        scene.as_before();
        // Whoever asks again is told the same.
        resume().fails_with(5, "RolledBack", &["has turned back", "as it was before"]);
        assert_eq!(scene.status()["state"], "RolledBack");
    }
}

/// A right is taken away from one state on; when it is given back, it goes on or back from there.
#[test]
fn a_right_that_is_taken_away_under_way_stops_it_where_it_is() {
    if needs_sandbox("a_right_that_is_taken_away_under_way_stops_it_where_it_is") {
        return;
    }
    let volumes = |call: &Call| call.verb == Verb::Patch && call.target.resource == "persistentvolumes";
    type Is = Box<dyn Fn(&Call) -> bool + Send + Sync>;
    let cases: [(&str, &str, Is, Verb, &str, i32, &str); 4] = [
        ("pin", "staged", Box::new(volumes), Verb::Patch, "persistentvolumes", 6, "--resume"),
        ("reserve", "staged", Box::new(enters("reserve")), Verb::Patch, "persistentvolumes", 6, "--abort"),
        ("secure", "direct", Box::new(enters("secure")), Verb::Create, "volumesnapshots", 6, "--resume"),
        (
            "create",
            "direct",
            Box::new(asks(Verb::Delete, CLAIMS, "data")),
            Verb::Create,
            CLAIMS,
            4,
            "--abort",
        ),
    ];
    for (slug, mode, moment, verb, resource, code, ending) in cases {
        let gap = Gap::new(&format!("noright-{slug}"));
        let scene = &gap.scene;
        let no = Action::Answer { told: Told::Status(403), forward: false };
        let run = gap.meet(&["--mode", mode], moment, |_| {
            gap.proxy.rules(vec![Rule::on(verb, resource).does(no)]);
        });
        // Once it has turned back there is one way only.
        let way = if code == 4 { "--resume" } else { "--abort" };
        run.fails_with(code, "Forbidden", &[way]);
        if code == 4 {
            is_kept(&gap);
        }
        gemini(&scene.namespace, &["restore", ending, &scene.id()]).exits(0);
        scene.intact();
        scene.settled();
        let is_back = ending == "--abort" || code == 4;
        assert_eq!(scene.read(), if is_back { NEW } else { OLD }, "{slug}");
    }
}

#[test]
fn a_login_that_runs_out_between_two_states_is_an_interruption() {
    if needs_sandbox("a_login_that_runs_out_between_two_states_is_an_interruption") {
        return;
    }
    for (mode, is_late) in [("staged", false), ("staged", true), ("direct", true)] {
        let gap = Gap::new("expired");
        let scene = &gap.scene;
        let moment: Box<dyn Fn(&Call) -> bool + Send + Sync> = match is_late {
            true => Box::new(asks(Verb::Delete, CLAIMS, "data")),
            false => Box::new(enters("secure")),
        };
        let who = Action::Answer { told: Told::Status(401), forward: false };
        let run = gap.meet(&["--mode", mode], moment, |_| gap.proxy.rules(vec![Rule::on_all().does(who)]));
        run.fails_with(75, "Unauthorized", &["does not accept your login", "--resume", "--abort"]);
        if is_late {
            is_kept(&gap);
        }
        // It could not be given back.
        runs_out(scene);
        gemini(&scene.namespace, &["restore", "--resume", &scene.id()]).exits(0);
        gap.is_restored();
    }
}

/// Everything of the namespace goes, the journal and the snapshots, too: what was on the old volume is left, and comes back.
#[test]
fn a_namespace_that_goes_in_the_middle_leaves_the_old_volume_and_a_way_back_to_it() {
    if needs_sandbox("a_namespace_that_goes_in_the_middle_leaves_the_old_volume_and_a_way_back_to_it") {
        return;
    }
    let gap = Gap::new("going");
    let scene = &gap.scene;
    let name = scene.namespace.name().to_owned();
    let kubectl = |args: &[&str]| scene.namespace.cluster().kubectl(args, "").unwrap();
    let mut id = String::new();
    let run = gap.meet(&[], asks(Verb::Delete, CLAIMS, "data"), |_| {
        id = scene.id();
        assert!(kubectl(&["delete", "namespace", &name, "--wait=false"]).status.success());
    });
    assert!([4, 75].contains(&run.code), "{} {}", run.code, run.stderr);
    until("the namespace to be gone", || !kubectl(&["get", "namespace", &name]).status.success());
    is_kept(&gap);
    assert!(kubectl(&["create", "namespace", &name]).status.success());
    let run = gemini(&scene.namespace, &["restore", "--abort", &id]).exits(0);
    run.says(&["made again"]);
    scene.namespace.wait_bound("data");
    assert_eq!(scene.read(), NEW);
    assert_eq!(scene.policy(scene.old_volume()), "Delete");
}
