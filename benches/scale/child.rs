//! A program as a child of its own small process, and what the kernel counted for it: time, processor, memory.
//! The process between is this program again: a child's peak begins with that of the process it was split from.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

use crate::Result;

/// The first word of a command line that asks for [`measure`].
pub const WORD: &str = "measure-child";

/// What one run of a program took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// From start to end, in seconds.
    pub wall: f64,
    /// Processor time in user and kernel mode, in seconds.
    pub cpu: f64,
    /// The largest resident set, in MiB.
    pub peak: f64,
    /// Its exit code; 128 and more after a signal.
    pub code: i32,
}

/// In the process between: runs the program that the words name and prints its [`Usage`].
pub fn measure(words: impl Iterator<Item = OsString>) -> Result<()> {
    let words: Vec<_> = words.collect();
    let (program, arguments) = words.split_first().ok_or("which program?")?;
    let started = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status()?;
    let wall = started.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let usage = Usage {
        wall,
        cpu: seconds(usage.user_time()) + seconds(usage.system_time()),
        // The kernel says KiB.
        peak: usage.max_rss() as f64 / 1024.0,
        code: status.code().unwrap_or(128),
    };
    println!("{}", serde_json::to_string(&usage)?);
    Ok(())
}

fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}

/// Runs a program on the cluster of a kubeconfig and tells what it took. What it says goes to `log`.
pub fn run(program: &Path, words: &[&str], kubeconfig: &Path, log: &Path) -> Result<Usage> {
    let output = Command::new(std::env::current_exe()?)
        .arg(WORD)
        .arg(program)
        .args(words)
        .env("KUBECONFIG", kubeconfig)
        .env("KUBERC", "off")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stderr(File::create(log)?)
        .output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(format!("{} could not be measured: see {}", program.display(), log.display()).into()),
    }
}
