//! The programs of the host's distribution that a node needs: found, installed on Debian and Ubuntu, or named.

use std::env;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Directory of the CNI plugins, as Debian installs them.
pub const CNI_PLUGINS: &str = "/usr/lib/cni";

/// Where it exists, apt-get installs by Debian's names.
const DEBIAN: &str = "/etc/debian_version";

/// (package of Debian and Ubuntu, a file that it brings: a program on PATH, or an absolute path)
const NEEDED: [(&str, &str); 9] = [
    ("containerd", "containerd"),
    ("runc", "runc"),
    ("containernetworking-plugins", "/usr/lib/cni/bridge"),
    ("iptables", "iptables"),
    ("nftables", "nft"),
    ("conntrack", "conntrack"),
    ("iproute2", "ip"),
    ("util-linux", "unshare"),
    ("busybox-static", "/bin/busybox"),
];

/// Why this machine cannot have a node, if it cannot: for tests, which then count themselves as not run.
pub fn unavailable() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("it needs root, to make namespaces".to_owned());
    }
    let probe = Command::new("unshare").args(["--net", "--mount", "--pid", "--fork", "true"]).output();
    match probe {
        Err(error) => Some(format!("unshare cannot be run: {error}")),
        Ok(output) if !output.status.success() => {
            Some(format!("namespaces cannot be made: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Ok(_) if !missing().is_empty() && !Path::new(DEBIAN).exists() => {
            Some(format!("these packages are missing: {}", missing().join(" ")))
        }
        Ok(_) => None,
    }
}

/// Makes sure that all of them are there.
///
/// # Errors
/// Names the packages where they cannot be installed.
pub fn ensure() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        bail!("a node needs root: run this with sudo, or leave --node out");
    }
    if missing().is_empty() {
        return Ok(());
    }
    // apt-get waits for nobody; of two nodes that start at once the second finds what the first has installed.
    let lock = File::create(env::temp_dir().join("kubectl-gemini-sandbox-packages.lock"))?;
    lock.lock().context("cannot wait for another installation of packages")?;
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if !Path::new(DEBIAN).exists() {
        bail!("a node needs these packages (Debian's names): {names}; install them and run this again");
    }
    eprintln!("Installing what a node needs: {names}");
    let apt = |args: &[&str]| {
        let output = Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(args).output();
        let output = output.context("cannot run apt-get")?;
        if !output.status.success() {
            bail!("apt-get {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    };
    apt(&["update", "--quiet"])?;
    let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    install.extend(&packages);
    apt(&install)?;
    let still = missing();
    if !still.is_empty() {
        bail!("apt-get installed {names}, but this is still missing: {}", still.join(" "));
    }
    Ok(())
}

fn missing() -> Vec<&'static str> {
    NEEDED.iter().filter(|(_, file)| !found(file)).map(|(package, _)| *package).collect()
}

fn found(file: &str) -> bool {
    if file.starts_with('/') {
        return Path::new(file).exists();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|dir| dir.join(file).is_file())
}
