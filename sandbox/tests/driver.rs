//! The CSI driver's own tests, in Go; here so that what they cannot run on this machine is counted too.

use std::process::Command;

use sandbox::testing::skip;

#[test]
fn the_driver_passes_its_own_tests() {
    let components = concat!(env!("CARGO_MANIFEST_DIR"), "/components");
    let go = |args: &[&str]| {
        Command::new("go")
            .args(args)
            .current_dir(components)
            .envs([("GOTOOLCHAIN", "local"), ("GOWORK", "off"), ("CGO_ENABLED", "0")])
            .env("GOFLAGS", "-trimpath -buildvcs=false -mod=readonly")
            .output()
    };
    let Ok(vet) = go(&["vet", "./csi-driver", "./pause"]) else {
        // The programs may come from the cache, so there need not be a Go.
        skip("the driver's own tests", "Go is not installed");
        return;
    };
    assert!(vet.status.success(), "{}", String::from_utf8_lossy(&vet.stderr));

    let format =
        Command::new("gofmt").args(["-l", "csi-driver", "pause"]).current_dir(components).output().unwrap();
    assert!(
        format.status.success() && format.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&format.stdout)
    );

    let tests = go(&["test", "-v", "./csi-driver"]).unwrap();
    let text = String::from_utf8_lossy(&tests.stdout).into_owned();
    assert!(tests.status.success(), "{text}{}", String::from_utf8_lossy(&tests.stderr));
    let passed = text.lines().filter(|line| line.starts_with("--- PASS")).count();
    println!("{passed} tests of the driver passed");
    assert!(passed > 20, "only {passed} ran");
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("--- SKIP: ")) {
        skip("the driver's own tests", line);
    }
}
