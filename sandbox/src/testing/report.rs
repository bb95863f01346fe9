//! What could not run on this machine: written by tests, counted and named at the end of the run.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::layout::state_root;

/// The variable that tells tests where the report of their run is.
pub const REPORT: &str = "KUBECTL_GEMINI_TEST_REPORT";

/// The report of one run.
#[derive(Debug)]
pub struct Report {
    path: PathBuf,
}

impl Report {
    /// An empty report.
    pub fn new() -> Result<Self> {
        let root = state_root()?;
        fs::create_dir_all(&root)?;
        let path = root.join(format!("report-{}", std::process::id()));
        File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path })
    }

    /// Where tests write to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Counts and names what could not run; a line also when everything could.
    pub fn print(&self) {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        eprintln!(
            "{} could not run on this machine{}",
            lines.len(),
            if lines.is_empty() { "." } else { ":" }
        );
        for line in lines {
            eprintln!("  {line}");
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Says that `test` cannot run here, and why. The caller returns then; nothing is counted as passed in silence.
///
/// # Panics
/// When the report cannot be written: a test that is passed over must be told of.
#[expect(clippy::panic, reason = "it is called by tests alone")]
pub fn skip(test: &str, reason: &str) {
    eprintln!("{test} could not run: {reason}");
    let Some(path) = std::env::var_os(REPORT) else { return };
    // One write of one line: lines of tests that run at once do not mix.
    let line = format!("{test}: {reason}\n");
    let written =
        File::options().append(true).open(&path).and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        panic!("cannot write to {}: {error}", Path::new(&path).display());
    }
}
