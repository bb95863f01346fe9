//! How long a claim's name is free while it is restored in place, and whether many restores in a row bring the right bytes.
//! Run by `make swap`, in a sandbox. It measures from the answer to the claim's deletion to the answer to its creation; with a node,
//! also how long an application is down.

mod downtime;
mod spread;

use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use sandbox::testing::proxy::{Call, Proxy, Verb};
use sandbox::testing::{Cluster, Namespace};
use serde_json::Value;
use spread::spread;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const GROUP: &str = "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: db}\nspec:\n  \
                     persistentVolumeClaim: {claimName: data}\n  schedule: [{every: day, keep: 1}]\n";

const MODES: [&str; 2] = ["staged", "direct"];

/// Measures restores in place
#[derive(Debug, Parser)]
struct Args {
    /// How many restores in each mode
    #[arg(long, default_value_t = 50)]
    repeat: usize,
    /// And how many more in a row, of which only the bytes are compared
    #[arg(long, default_value_t = 100)]
    row: usize,
    /// Instead: how many restores in each mode of a running application, on a sandbox with a node
    #[arg(long, default_value_t = 0)]
    running: usize,
    /// Cargo passes it to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one restore took.
struct Taken {
    free: Duration,
    whole: Duration,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let cluster = Cluster::shared();
    if cluster.sandbox().is_none() {
        return Err("the bytes of a cluster of one's own cannot be read from here".into());
    }
    let crd = concat!(env!("CARGO_MANIFEST_DIR"), "/cronjob/crd.yaml");
    cluster.kubectl(["apply", "-f", crd], "")?;
    cluster.kubectl(["wait", "--for=condition=Established", "--timeout=60s", "-f", crd], "")?;
    let bench = Bench { space: cluster.namespace("swap"), proxy: Proxy::of_cluster(cluster)? };
    bench.space.bound_claim("data", "16Mi");
    bench.space.apply(GROUP);
    if args.running > 0 {
        for mode in MODES {
            println!("{}", downtime::downtime(&bench, mode, args.running)?);
        }
        return Ok(());
    }
    for mode in MODES {
        let taken: Vec<_> =
            (0..args.repeat).map(|number| bench.restore(mode, number)).collect::<Result<_>>()?;
        println!("{}", told(mode, &taken));
    }
    for number in 0..args.row {
        bench.restore(MODES[number % 2], number)?;
    }
    println!("{} restores in a row, the bytes as they were each time", 2 * args.repeat + args.row);
    Ok(())
}

struct Bench {
    space: Namespace,
    proxy: Proxy,
}

impl Bench {
    /// Backs up, writes something else, restores, and compares.
    fn restore(&self, mode: &str, number: usize) -> Result<Taken> {
        let (before, after) = (format!("{mode} {number}"), format!("{mode} {number}, written since"));
        self.write(&before);
        let snapshot = self.backup()?;
        self.write(&after);
        self.proxy.take_calls();
        let began = Instant::now();
        self.replace(mode, &snapshot, || {
            let whole = began.elapsed();
            let free = free(&self.proxy.take_calls()).ok_or("the claim was not deleted and made again")?;
            let found = self.read();
            match found == before {
                true => Ok(Taken { free, whole }),
                false => {
                    Err(format!("restore {number} in mode {mode} brought \"{found}\", not \"{before}\"")
                        .into())
                }
            }
        })
    }

    /// The name of the new snapshot.
    fn backup(&self) -> Result<String> {
        let backup = self.gemini(&["backup", "db", "-o", "name"])?;
        Ok(backup.trim().rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Restores in place, looks at what came of that, and lets go of what was kept.
    fn replace<T>(&self, mode: &str, snapshot: &str, look: impl FnOnce() -> Result<T>) -> Result<T> {
        let old = self.space.get("persistentvolumeclaim", "data");
        self.gemini(&["restore", "db", "--snapshot", snapshot, "--in-place", "--yes", "--mode", mode])?;
        let seen = look()?;
        self.clear(&old);
        Ok(seen)
    }

    fn file(&self) -> std::path::PathBuf {
        self.space.volume("data").unwrap_or_default().join("file")
    }

    fn write(&self, text: &str) {
        fs::write(self.file(), text).unwrap_or_default();
    }

    fn read(&self) -> String {
        fs::read_to_string(self.file()).unwrap_or_default()
    }

    fn gemini(&self, args: &[&str]) -> Result<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
        let output = command
            .args(args)
            .args(["-n", self.space.name()])
            .env("KUBECONFIG", self.proxy.kubeconfig())
            .output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(format!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// Lets go of what was kept, so that the last restore meets no more than the first.
    fn clear(&self, old: &Value) {
        let volume = old["spec"]["volumeName"].as_str().unwrap_or_default();
        let change = r#"{"spec": {"persistentVolumeReclaimPolicy": "Delete"}}"#;
        self.space.kubectl(&["patch", "persistentvolume", volume, "--type=merge", "-p", change]);
        self.space.kubectl(&["delete", "volumesnapshots", "--all", "--wait=false"]);
        self.space.kubectl(&["delete", "configmaps", "-l", "app.kubernetes.io/managed-by=kubectl-gemini"]);
    }
}

/// From the answer to the deletion of the claim to the answer to its creation.
fn free(calls: &[Call]) -> Option<Duration> {
    let end = |call: &Call| Some(call.began + call.took?);
    let is_claim = |call: &&Call| call.target.resource == "persistentvolumeclaims" && call.is_change();
    let mut claims = calls.iter().filter(is_claim);
    let deleted =
        claims.find(|call| call.verb == Verb::Delete && call.target.name.as_deref() == Some("data"))?;
    let created = claims.find(|call| call.verb == Verb::Create)?;
    Some(end(created)?.duration_since(end(deleted)?))
}

fn told(mode: &str, taken: &[Taken]) -> String {
    format!(
        "{mode}: the name is free for {}; the whole takes {} ({} restores)",
        spread(taken.iter().map(|taken| taken.free)),
        spread(taken.iter().map(|taken| taken.whole)),
        taken.len()
    )
}
