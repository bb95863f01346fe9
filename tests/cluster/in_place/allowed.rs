//! The rights that the README names are enough for a restore in place and its way back; without one of them nothing is begun.

use super::Scene;
use crate::support::{gemini, needs_sandbox};

/// Name, API group, resource, verbs; first those of the namespace.
const IN_NAMESPACE: &str = "
- {apiGroups: [gemini.fairwinds.com], resources: [snapshotgroups], verbs: [get]}
- {apiGroups: [snapshot.storage.k8s.io], resources: [volumesnapshots], verbs: [get, list, create, patch]}
- {apiGroups: [''], resources: [persistentvolumeclaims], verbs: [get, list, create, patch, delete]}
- {apiGroups: [''], resources: [pods], verbs: [list]}
- {apiGroups: [''], resources: [configmaps], verbs: [get, list, create, patch]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, patch]}
";
const IN_CLUSTER: &str = "
- {apiGroups: [''], resources: [persistentvolumes], verbs: [get, patch]}
- {apiGroups: [snapshot.storage.k8s.io], resources: [volumesnapshotcontents], verbs: [get]}
- {apiGroups: [snapshot.storage.k8s.io], resources: [volumesnapshotclasses], verbs: [get, list]}
- {apiGroups: [storage.k8s.io], resources: [storageclasses], verbs: [get]}
";

#[test]
fn the_rights_of_the_readme_are_enough_and_none_is_too_many() {
    if needs_sandbox("the_rights_of_the_readme_are_enough_and_none_is_too_many") {
        return;
    }
    let scene = Scene::new("allowed");
    let name = scene.namespace.name().to_owned();
    let account = format!("system:serviceaccount:{name}:default");
    let grant = |in_namespace: &str, in_cluster: &str| {
        let kind = |kind: &str, rules: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: restorer-{name}}}\nrules:{rules}---\n"
            )
        };
        let bind = |kind: &str, role: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: restorer-{name}}}\n\
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role}, name: restorer-{name}}}\n\
                 subjects: [{{kind: ServiceAccount, name: default, namespace: {name}}}]\n---\n"
            )
        };
        let objects = [
            kind("Role", in_namespace),
            kind("ClusterRole", in_cluster),
            bind("RoleBinding", "Role"),
            bind("ClusterRoleBinding", "ClusterRole"),
        ];
        scene.namespace.apply(&objects.concat());
    };
    // To purge, and to look at contents and attachments, takes more; what cannot be seen is done without.
    for (rules, word) in [
        (
            IN_NAMESPACE
                .replace("verbs: [get, list, create, patch, delete]", "verbs: [get, list, create, patch]"),
            "delete",
        ),
        (IN_NAMESPACE.replace("resources: [pods], verbs: [list]", "resources: [pods], verbs: [get]"), "pods"),
        (IN_NAMESPACE.replace("verbs: [get, create, patch]", "verbs: [get]"), "leases"),
        (
            IN_NAMESPACE.replace(
                "verbs: [get, list, create, patch]}\n- {apiGroups: [coord",
                "verbs: [get]}\n- {apiGroups: [coord",
            ),
            "configmaps",
        ),
    ] {
        grant(&rules, IN_CLUSTER);
        scene.restore(&["--as", &account]).fails_with(1, "Forbidden", &[word]);
        scene.as_before();
    }
    grant(IN_NAMESPACE, IN_CLUSTER.replace("[get, patch]", "[get]").as_str());
    scene.restore(&["--as", &account]).fails_with(1, "Forbidden", &["persistentvolumes", "patch"]);
    scene.as_before();
    grant(IN_NAMESPACE, IN_CLUSTER);
    scene.restore(&["--as", &account]).exits(0);
    scene.intact();
    assert_eq!(scene.read(), super::OLD);
    let id = scene.id();
    gemini(&scene.namespace, &["undo", &id, "--yes", "--as", &account]).exits(0);
    scene.as_before();
    for kind in ["clusterrole", "clusterrolebinding"] {
        scene.namespace.kubectl(&["delete", kind, &format!("restorer-{name}")]);
    }
}
