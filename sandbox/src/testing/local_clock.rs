//! The clock of the machine, moved for single programs: by a library that is loaded before the C library.
//! Only the time of day is moved; what measures how long something takes is not.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;

const SOURCE: &str = include_str!("preload.rs");
const AHEAD: &str = "SANDBOX_CLOCK_AHEAD";

/// What moves the clock.
#[derive(Debug)]
pub struct LocalClock {
    library: PathBuf,
}

impl LocalClock {
    /// Makes it, in a directory that stays as long as it is used.
    ///
    /// # Errors
    /// When the library cannot be compiled: it needs the `rustc` that compiled the tests.
    pub fn in_directory(dir: &Path) -> Result<Self> {
        let source = dir.join("clock.rs");
        fs::write(&source, SOURCE).with_context(|| format!("cannot write {}", source.display()))?;
        let library = dir.join("libclock.so");
        let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--edition=2024", "--crate-type=cdylib", "-Cpanic=abort", "-Copt-level=1", "-o"])
            .args([&library, &source])
            .output()
            .context("cannot run rustc")?;
        if !output.status.success() {
            bail!(
                "the library that moves clocks does not compile:\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(Self { library })
    }

    /// Lets a program that is about to be started see a clock that is so far ahead, or behind.
    pub fn set(&self, command: &mut Command, ahead: TimeDelta) {
        command.env("LD_PRELOAD", &self.library).env(AHEAD, ahead.num_seconds().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_sees_the_moved_clock_and_others_do_not() {
        let dir = env::temp_dir().join(format!("sandbox-clock-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let clock = LocalClock::in_directory(&dir).unwrap();
        let seconds = |ahead: TimeDelta| -> i64 {
            let mut date = Command::new("date");
            clock.set(date.arg("+%s"), ahead);
            String::from_utf8_lossy(&date.output().unwrap().stdout).trim().parse().unwrap()
        };
        let apart = seconds(TimeDelta::zero()) - seconds(TimeDelta::days(-365));
        assert!((365 * 86_400 - 60..=365 * 86_400).contains(&apart), "{apart}");
        fs::remove_dir_all(dir).unwrap();
    }
}
