//! Building the components: once for all clones, resumable, two at once; with a stand-in for Go that takes a second.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Answers as Go does to the calls of a build, and notes each build in a log.
const GO: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$1" in
env) echo "$FAKE_VERSION" ;;
list) echo "$here/module" ;;
build)
    while [ "$1" != -o ]; do shift; done
    out=$2
    echo "$3" >> "$here/log"
    sleep 1
    case "$3" in
    tool) touch "$out/server" "$out/kubectl" ;;
    *) touch "$out/csi-driver" "$out/pause" ;;
    esac ;;
esac
"#;

struct FakeGo {
    dir: PathBuf,
}

impl FakeGo {
    fn new(slug: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("sandbox-go-{slug}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        let crds = dir.join("bin/module/config/crd");
        fs::create_dir_all(&crds).unwrap();
        for kind in ["volumesnapshotclasses", "volumesnapshotcontents", "volumesnapshots"] {
            fs::write(
                crds.join(format!("snapshot.storage.k8s.io_{kind}.yaml")),
                "kind: CustomResourceDefinition",
            )
            .unwrap();
        }
        for tool in ["sh", "dirname", "touch", "sleep"] {
            symlink(Path::new("/bin").join(tool), dir.join("bin").join(tool)).unwrap();
        }
        let go = dir.join("bin/go");
        fs::write(&go, GO).unwrap();
        fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    fn start(&self, version: &str) -> Child {
        Command::new(env!("CARGO_BIN_EXE_sandbox"))
            .arg("build")
            .env("PATH", self.dir.join("bin"))
            .env("XDG_CACHE_HOME", self.dir.join("cache"))
            .env("FAKE_VERSION", version)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn build(&self, version: &str) -> Output {
        self.start(version).wait_with_output().unwrap()
    }

    fn builds(&self) -> Vec<String> {
        let log = fs::read_to_string(self.dir.join("bin/log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for FakeGo {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

#[test]
fn two_builds_at_once_build_once_and_a_later_one_nothing() {
    let go = FakeGo::new("twice");
    let children = [go.start("go1.26.8"), go.start("go1.26.8")];
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(go.builds(), ["tool", "./csi-driver"]);

    fs::remove_file(go.dir.join("bin/go")).unwrap();
    let output = go.build("go1.26.8");
    assert!(
        output.status.success(),
        "a cached build asked for Go: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bin = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    assert!(bin.join("etcd").exists() && bin.join("kubectl").exists());
}

#[test]
fn an_interrupted_build_is_taken_up_again() {
    let go = FakeGo::new("interrupted");
    let mut child = go.start("go1.26.8");
    let deadline = Instant::now() + Duration::from_secs(20);
    while go.builds().is_empty() {
        assert!(Instant::now() < deadline, "the build did not start");
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let output = go.build("go1.26.8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(go.builds(), ["tool", "tool", "./csi-driver"]);
}

#[test]
fn without_go_or_with_an_old_one_a_sentence_says_what_to_install() {
    let go = FakeGo::new("old");
    let old = go.build("go1.22.1");
    fs::remove_file(go.dir.join("bin/go")).unwrap();
    let none = go.build("");
    for (output, problem) in [(old, "go1.22.1 is too old"), (none, "Go was not found")] {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(text.contains(problem) && text.contains("install Go 1.26 or newer"), "{text}");
    }
    assert!(go.builds().is_empty());
}
