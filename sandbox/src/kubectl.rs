//! kubectl as the sandbox calls it: nothing of the user's own configuration may steer it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// What kubectl inherits from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// PATH alone: a proxy in the environment would be asked for the node's address.
    Clean,
    /// All of it: the login program of a cluster of the user's own may need it.
    Ours,
}

/// Runs `program` with `kubeconfig` and `input` as its standard input; its caches go to `home`.
pub fn run<S: AsRef<OsStr>>(
    program: &Path,
    kubeconfig: &Path,
    home: &Path,
    environment: Environment,
    args: impl IntoIterator<Item = S>,
    input: &str,
) -> Result<Output> {
    let mut command = Command::new(program);
    if environment == Environment::Clean {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
    }
    let mut child = command
        .env("KUBECONFIG", kubeconfig)
        // The user's preferences may add flags to any command, or a question.
        .env("KUBERC", "off")
        .arg("--cache-dir")
        .arg(home.join("kubectl"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        std::io::Write::write_all(&mut stdin, input.as_bytes())?;
    }
    Ok(child.wait_with_output()?)
}

/// As [`run`], but what kubectl says when it fails is an error.
pub fn run_well(
    program: &Path,
    kubeconfig: &Path,
    home: &Path,
    args: &[&str],
    input: &str,
) -> Result<Output> {
    let output = run(program, kubeconfig, home, Environment::Clean, args, input)?;
    if !output.status.success() {
        bail!("kubectl {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output)
}
