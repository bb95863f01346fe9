//! A pass with exactly the rights that it needs, and with fewer.

use super::{item, run_once, scheduled, snapshots};
use crate::support::gemini;

/// The rights of the job in one namespace (reliability.md, section 4.2).
const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: job}
rules:
- {apiGroups: [gemini.fairwinds.com], resources: [snapshotgroups], verbs: [get, list]}
- {apiGroups: [gemini.fairwinds.com], resources: [snapshotgroups/status], verbs: [patch]}
- {apiGroups: [snapshot.storage.k8s.io], resources: [volumesnapshots], verbs: [get, list, create, delete, patch]}
- {apiGroups: [''], resources: [persistentvolumeclaims], verbs: [get, list, create]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, patch]}
- {apiGroups: [events.k8s.io], resources: [events], verbs: [create]}
";

#[test]
fn a_pass_needs_few_rights_and_names_those_that_are_missing() {
    let namespace = scheduled("run-rights", "[{every: 2 seconds, keep: 0}]");
    let name = namespace.name().to_owned();
    let account = format!("system:serviceaccount:{name}:default");
    let subject = format!("--serviceaccount={name}:default");
    let as_job = ["run-once", "-o", "json", "--as", &account];
    gemini(&namespace, &as_job).fails_with(1, "Forbidden", &["snapshotgroups", "run finished"]);

    namespace.apply(ROLE);
    namespace.kubectl(&["create", "rolebinding", "job", "--role=job", &subject]);
    let bind = |cluster_role: &str, resources: &str, verbs: &str| {
        let cluster_role = format!("{cluster_role}-{name}");
        let (resources, verbs) = (format!("--resource={resources}"), format!("--verb={verbs}"));
        namespace.kubectl(&["create", "clusterrole", &cluster_role, &resources, &verbs]);
        let role = format!("--clusterrole={cluster_role}");
        namespace.kubectl(&["create", "clusterrolebinding", &cluster_role, &role, &subject]);
        cluster_role
    };
    let volumes = bind("volumes", "persistentvolumes", "get");
    let classes = bind("classes", "volumesnapshotclasses.snapshot.storage.k8s.io", "get,list");

    // Contents may not be read: what cannot be proven is said, and counts as before.
    let run = run_once(&namespace, &["--as", &account]).exits(0).says(&["is not proven"]);
    assert_eq!(item(&run.json(), "db")["ready"], true);

    let contents = bind("contents", "volumesnapshotcontents.snapshot.storage.k8s.io", "get");
    for _ in 0..3 {
        std::thread::sleep(std::time::Duration::from_secs(2));
        let run = run_once(&namespace, &["--as", &account]).exits(0);
        assert!(!run.stderr.contains("Warning"), "{}", run.stderr);
    }
    let left = namespace.list("volumesnapshots");
    let proven = |snapshot: &&serde_json::Value| {
        snapshot["metadata"]["annotations"]["gemini.fairwinds.com/verified"].is_string()
    };
    assert!(left.len() <= 2 && left.iter().filter(proven).count() == left.len(), "{left:#?}");

    // May not delete: that is an error of the group, and its snapshot is taken all the same.
    namespace.kubectl(&[
        "patch",
        "role",
        "job",
        "--type=json",
        "-p",
        r#"[{"op":"replace","path":"/rules/2/verbs","value":["get","list","create","patch"]}]"#,
    ]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let before = snapshots(&namespace).len();
    run_once(&namespace, &["--as", &account]).exits(6).says(&["(Forbidden)", "delete VolumeSnapshot"]);
    assert_eq!(snapshots(&namespace).len(), before + 1);
    for cluster_role in [volumes, classes, contents] {
        namespace.kubectl(&["delete", "clusterrolebinding,clusterrole", &cluster_role]);
    }
}
