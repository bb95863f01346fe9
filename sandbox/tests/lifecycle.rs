//! A cluster comes up, stands beside another, and never outlives its owner. Bare clusters do: their API server is real.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::layout::Layout;
use sandbox::lock;
use sandbox::owner::{self, Owned, State};
use sandbox::supervisor::Options;

const BARE: Options = Options { bare: true, node: false };

fn sandbox(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sandbox")).args(args).output().unwrap()
}

fn unique(slug: &str) -> String {
    format!("t-{slug}-{}", std::process::id())
}

/// The processes of a cluster, whatever their parent: daemons name its directory, supervisors its name.
fn processes_of(layout: &Layout) -> Vec<String> {
    let directory = format!("{}/", layout.root().display());
    let supervised = format!("--name {} ", layout.name());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if command.contains(&directory) || (command.contains("supervise") && command.contains(&supervised)) {
            found.push(command);
        }
    }
    found
}

fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !true_now() {
        assert!(Instant::now() < deadline, "waited 60 s for {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn two_clusters_side_by_side_do_not_meet() {
    let first = Owned::start(&unique("first"), BARE, |_| ()).unwrap();
    let second = Owned::start(&unique("second"), BARE, |_| ()).unwrap();
    let server = |cluster: &Owned| owner::info(cluster.layout()).unwrap().server;
    assert_ne!(server(&first), server(&second));

    let name = first.layout().name();
    let created = sandbox(&["kubectl", "--name", &name, "create", "namespace", "only-here"]);
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    let other = sandbox(&["kubectl", "--name", &second.layout().name(), "get", "namespace", "only-here"]);
    assert!(!other.status.success() && String::from_utf8_lossy(&other.stderr).contains("NotFound"));

    let again = sandbox(&["up", "--bare", "--name", &name]);
    let text = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && text.contains("running or starting already"), "{text}");

    let layout = first.layout().clone();
    drop(first);
    assert!(processes_of(&layout).is_empty() && !layout.root().exists());
    assert!(matches!(owner::state(second.layout()), State::Up(_)));
}

#[test]
fn nothing_outlives_an_owner_that_is_killed() {
    let name = unique("owner");
    let layout = Layout::of(&name).unwrap();
    let ready = std::env::temp_dir().join(&name);
    let mut run = run_until_told(&name, &ready);
    until("the run's command to start", || ready.exists());
    assert!(!processes_of(&layout).is_empty());

    run.kill().unwrap();
    run.wait().unwrap();
    until("the cluster to end with its owner", || {
        processes_of(&layout).is_empty() && !layout.root().exists()
    });
    fs::remove_file(ready).unwrap();
    // What it would have printed at its end.
    fs::remove_file(layout.root().with_file_name(format!("report-{}", run.id()))).unwrap();
}

/// `sandbox run` whose command says that it runs and then waits for the end of `sandbox`.
fn run_until_told(name: &str, ready: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args([
            "run",
            "--bare",
            "--name",
            name,
            "--",
            "sh",
            "-c",
            "touch \"$1\"; while kill -0 $PPID; do sleep 1; done",
            "sh",
        ])
        .arg(ready)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn an_interrupted_up_leaves_nothing() {
    let name = unique("interrupted");
    let layout = Layout::of(&name).unwrap();
    let mut up = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["up", "--bare", "--name", &name])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the start to be under way", || {
        processes_of(&layout).iter().any(|process| process.contains("etcd"))
    });
    up.kill().unwrap();
    up.wait().unwrap();
    until("all of it to be gone", || processes_of(&layout).is_empty() && !layout.root().exists());
}

#[test]
fn down_stops_a_cluster_and_clears_away_a_crashed_one() {
    let name = unique("down");
    let up = sandbox(&["up", "--bare", "--name", &name]);
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let layout = Layout::of(&name).unwrap();
    assert!(!processes_of(&layout).is_empty());

    let pid = lock::holder(&layout).unwrap().to_string();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    until("its processes to die with the supervisor", || processes_of(&layout).is_empty());
    // Others beside it may have longer names.
    let status = String::from_utf8(sandbox(&["status"]).stdout).unwrap();
    let is_dead = |line: &str| line.split_whitespace().take(2).eq([name.as_str(), "dead:"]);
    assert!(status.lines().any(is_dead), "{status}");

    assert!(sandbox(&["down", "--name", &name]).status.success());
    assert!(!layout.root().exists());

    assert!(sandbox(&["up", "--bare", "--name", &name]).status.success());
    assert!(sandbox(&["down", "--name", &name]).status.success());
    assert!(processes_of(&layout).is_empty() && !layout.root().exists());
}

#[test]
fn up_during_down_ends_with_one_cluster_or_none_and_never_with_a_stray_one() {
    let name = unique("race");
    let layout = Layout::of(&name).unwrap();
    for pause in [0, 50, 150] {
        assert!(sandbox(&["up", "--bare", "--name", &name]).status.success());
        let down =
            Command::new(env!("CARGO_BIN_EXE_sandbox")).args(["down", "--name", &name]).spawn().unwrap();
        thread::sleep(Duration::from_millis(pause));
        let up = sandbox(&["up", "--bare", "--name", &name]);
        assert!(down.wait_with_output().unwrap().status.success());
        let is_up = matches!(owner::state(&layout), State::Up(_));
        assert_eq!(up.status.success(), is_up, "{}", String::from_utf8_lossy(&up.stderr));
        assert!(sandbox(&["down", "--name", &name]).status.success());
        assert_eq!(processes_of(&layout), Vec::<String>::new());
    }
}

#[test]
fn a_run_that_is_told_to_stop_takes_its_command_along() {
    let name = unique("term");
    let layout = Layout::of(&name).unwrap();
    let ready = std::env::temp_dir().join(&name);
    let mut run = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["run", "--bare", "--name", &name, "--", "sh", "-c", "touch \"$1\"; exec sleep 61.25", "sh"])
        .arg(&ready)
        .spawn()
        .unwrap();
    until("the run's command to start", || ready.exists());
    assert!(Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap().success());
    assert_eq!(run.wait().unwrap().code(), Some(128 + 15));
    let sleeping = Command::new("pgrep").args(["-f", "sleep 61.25"]).status().unwrap();
    assert!(!sleeping.success(), "the command outlived its run");
    assert!(processes_of(&layout).is_empty() && !layout.root().exists());
    fs::remove_file(ready).unwrap();
}

#[test]
fn a_shell_that_evaluates_env_without_a_cluster_is_pointed_nowhere() {
    let env = sandbox(&["env", "--name", &unique("absent")]);
    assert!(!env.status.success());
    assert_eq!(String::from_utf8_lossy(&env.stdout), "export KUBECONFIG=/nonexistent; false\n");
}

#[test]
fn a_cluster_that_cannot_come_up_shows_the_line_that_says_why() {
    let name = unique("broken");
    let layout = Layout::of(&name).unwrap();
    let wrapper = std::env::temp_dir().join(format!("{name}-cache"));
    let components = sandbox::components::ensure().unwrap();
    fake_cache(&wrapper, &components.bin_dir());

    let up = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["up", "--bare", "--name", &name])
        .env("XDG_CACHE_HOME", &wrapper)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&up.stderr).into_owned();
    assert!(!up.status.success(), "{text}");
    assert!(text.contains("etcd ended") && text.contains("error: the disk is on fire"), "{text}");
    assert!(processes_of(&layout).is_empty());
    sandbox(&["down", "--name", &name]);
    fs::remove_dir_all(wrapper).unwrap();
}

/// A cache whose etcd fails at once, and whose other programs are the real ones.
fn fake_cache(root: &Path, real_bin: &Path) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let real_cache: PathBuf = real_bin.ancestors().nth(2).unwrap().into();
    let fake = root.join(real_cache.file_name().unwrap());
    fs::create_dir_all(&fake).unwrap();
    for entry in fs::read_dir(&real_cache).unwrap().flatten() {
        let (from, to) = (entry.path(), fake.join(entry.file_name()));
        if from != real_bin.parent().unwrap() {
            symlink(from, to).unwrap();
            continue;
        }
        fs::create_dir_all(to.join("bin")).unwrap();
        symlink(from.join("crds"), to.join("crds")).unwrap();
        for program in fs::read_dir(real_bin).unwrap().flatten() {
            symlink(program.path(), to.join("bin").join(program.file_name())).unwrap();
        }
        let etcd = to.join("bin/etcd");
        fs::remove_file(&etcd).unwrap();
        fs::write(&etcd, "#!/bin/sh\necho 'error: the disk is on fire' >&2\nexit 1\n").unwrap();
        fs::set_permissions(&etcd, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
