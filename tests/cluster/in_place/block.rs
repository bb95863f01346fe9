//! Block volumes in place: the device that an application opens raw holds the old bytes afterwards, and the new ones after an undo.
//! Whole devices are compared, not files in them.

use std::fs;

use crate::support::{backup, gemini, group, namespace, needs_sandbox};

#[test]
fn a_block_volume_is_replaced_and_given_back_byte_for_byte() {
    if needs_sandbox("a_block_volume_is_replaced_and_given_back_byte_for_byte") {
        return;
    }
    for mode in ["staged", "direct"] {
        let namespace = namespace(&format!("block-{mode}"));
        namespace.apply(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec:\n  volumeMode: Block\n  \
             accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Mi}}\n",
        );
        namespace.wait_bound("data");
        namespace.apply(&group("db", "data"));
        let first = namespace.volume("data").unwrap();
        let mut old = fs::read(&first).unwrap();
        // At both ends, so that a copy that is cut short is noticed.
        let end = old.len() - 5;
        old[..5].copy_from_slice(b"hello");
        old[end..].copy_from_slice(b"world");
        fs::write(&first, &old).unwrap();
        let snapshot = backup(&namespace, "db");
        let new = vec![0xff; old.len()];
        fs::write(&first, &new).unwrap();

        let restore = ["restore", "db", "--snapshot", &snapshot, "--in-place", "--yes", "--mode", mode];
        gemini(&namespace, &restore).exits(0);
        let claim = namespace.get("persistentvolumeclaim", "data");
        assert_eq!(
            (&claim["spec"]["volumeMode"], &claim["status"]["phase"]),
            (&"Block".into(), &"Bound".into())
        );
        let second = namespace.volume("data").unwrap();
        assert!(fs::read(&second).unwrap() == old, "{mode}: the old bytes are not back");
        assert!(first != second && fs::read(&first).unwrap() == new, "{mode}: what was replaced is not kept");

        let listed = gemini(&namespace, &["status", "-o", "json"]).exits(0).json();
        let id = listed["items"][0]["restore"].as_str().unwrap();
        gemini(&namespace, &["undo", id, "--yes"]).exits(0);
        assert!(namespace.volume("data").unwrap() == first, "{mode}: it is another volume");
        assert!(fs::read(&first).unwrap() == new, "{mode}: the new bytes are not back");
    }
}
