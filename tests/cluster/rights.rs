//! A user with too few rights: what is missing is spelled out, what can be done without it is done.

use crate::support::{gemini, protected};

#[test]
fn without_rights_the_missing_rule_is_spelled_out() {
    let namespace = protected("norights");
    let account = format!("system:serviceaccount:{}:default", namespace.name());
    gemini(&namespace, &["list", "--as", &account]).fails_with(
        1,
        "Forbidden",
        &[&account, "list", "snapshotgroups"],
    );

    // Everything but the right to create snapshots.
    namespace.kubectl(&[
        "create", "role", "reader", "--verb=get,list,watch",
        "--resource=snapshotgroups.gemini.fairwinds.com,volumesnapshots.snapshot.storage.k8s.io,persistentvolumeclaims,events",
    ]);
    let subject = format!("--serviceaccount={}:default", namespace.name());
    namespace.kubectl(&["create", "rolebinding", "reader", "--role=reader", &subject]);
    let cluster_role = format!("reader-{}", namespace.name());
    namespace.kubectl(&[
        "create", "clusterrole", &cluster_role, "--verb=get,list,watch",
        "--resource=persistentvolumes,storageclasses.storage.k8s.io,volumesnapshotclasses.snapshot.storage.k8s.io,volumesnapshotcontents.snapshot.storage.k8s.io",
    ]);
    let role = format!("--clusterrole={cluster_role}");
    namespace.kubectl(&["create", "clusterrolebinding", &cluster_role, &role, &subject]);

    let run = gemini(&namespace, &["backup", "db", "--as", &account]);
    // Without the claims, and without the contents, which lie outside the namespace.
    namespace.kubectl(&["delete", "rolebinding", "reader"]);
    namespace.kubectl(&[
        "create",
        "role",
        "blind",
        "--verb=get,list,create",
        "--resource=snapshotgroups.gemini.fairwinds.com,volumesnapshots.snapshot.storage.k8s.io",
    ]);
    namespace.kubectl(&["create", "rolebinding", "blind", "--role=blind", &subject]);
    let wide = gemini(&namespace, &["list", "-o", "wide", "--as", &account]);
    namespace.kubectl(&["delete", "clusterrolebinding", &cluster_role]);
    let blind = gemini(&namespace, &["backup", "db", "--as", &account]);
    namespace.kubectl(&["delete", "clusterrole", &cluster_role]);
    let doctor = format!("kubectl gemini doctor --for all -n {}", namespace.name());
    run.fails_with(1, "Forbidden", &["create VolumeSnapshot db-", "volumesnapshots", &doctor, "apiGroups"]);
    blind.fails_with(1, "Forbidden", &["volumesnapshotcontents", "--wait=created", &doctor]);
    let wide = wide.exits(0).says(&["size, storage class and driver are not shown"]);
    assert!(wide.stdout.contains("db") && wide.stdout.contains("<none>"), "{}", wide.stdout);
    assert!(namespace.list("volumesnapshot").is_empty());
}
