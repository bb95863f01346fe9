//! The official csi-sanity suite against our CSI driver: test equipment must be honest before it may judge.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::components::{self, Components};
use sandbox::node;
use sandbox::process::{Daemon, Spec};
use sandbox::testing::skip;

/// The suite has 92 cases; those of capabilities that the driver does not announce are skipped. It exits 0 also when it
/// runs none at all, so the number is part of the test.
const FEWEST_CASES: u32 = 54;

#[test]
fn the_driver_passes_csi_sanity_with_mounted_volumes() {
    assert_sane("mount");
}

#[test]
fn the_driver_passes_csi_sanity_with_block_volumes() {
    assert_sane("block");
}

fn assert_sane(access_type: &str) {
    // The node service mounts; whoever can have a node can mount.
    if let Some(reason) = node::unavailable() {
        skip(&format!("csi-sanity ({access_type})"), &reason);
        return;
    }
    let components = components::ensure().unwrap();
    let dir = std::env::temp_dir().join(format!("csi-sanity-{access_type}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();

    let driver = start_driver(&components, &dir);
    let output = run_suite(&components, &dir, access_type);
    drop(driver);
    let log = fs::read_to_string(dir.join("driver.log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    fs::remove_dir_all(&dir).unwrap();

    let summary = text
        .lines()
        .filter(|line| line.contains("Ran ") || line.contains("Passed"))
        .collect::<Vec<_>>()
        .join(" ");
    println!("csi-sanity ({access_type}): {summary}");
    assert!(output.status.success(), "{text}\n--- driver ---\n{log}");
    assert!(cases_run(&text) >= FEWEST_CASES, "only these cases ran: {summary}");
}

fn start_driver(components: &Components, dir: &std::path::Path) -> Daemon {
    let spec = Spec::new("csi-driver", components.own("csi-driver"))
        .flag("endpoint", dir.join("csi.sock"))
        .flag("state-dir", dir.join("state"))
        .flag("node-id", "n1");
    let driver = Daemon::start(spec, dir, &dir.join("driver.log")).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !dir.join("csi.sock").exists() {
        assert!(Instant::now() < deadline, "the driver does not listen");
        thread::sleep(Duration::from_millis(50));
    }
    driver
}

fn run_suite(components: &Components, dir: &std::path::Path, access_type: &str) -> Output {
    let flag = |name: &str, value: PathBuf| format!("--csi.{name}={}", value.display());
    Command::new(components.bin("csi-sanity"))
        .arg(flag("endpoint", dir.join("csi.sock")))
        .arg(flag("mountdir", dir.join("mount")))
        .arg(flag("stagingdir", dir.join("staging")))
        .arg(format!("--csi.testvolumeaccesstype={access_type}"))
        .arg("--ginkgo.no-color")
        .output()
        .unwrap()
}

/// The first number of `Ran 73 of 92 Specs in 0.9 seconds`.
fn cases_run(text: &str) -> u32 {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("Ran ")).unwrap_or("0");
    line.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
