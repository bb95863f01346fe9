//! One child process: how it is started, that it dies with us, where it logs, and which line of its log says why it failed.
//! It knows nothing of Kubernetes.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getpid, getppid};

/// How a daemon is started; kept, so that it can be started again.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Its name in logs and messages.
    pub name: &'static str,
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(&'static str, OsString)>,
}

impl Spec {
    /// A daemon `name` that runs `program`.
    pub fn new(name: &'static str, program: PathBuf) -> Self {
        Self { name, program, args: Vec::new(), env: Vec::new() }
    }

    /// Adds an argument as it is.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds `--name=value`.
    pub fn flag(self, name: &str, value: impl Into<OsString>) -> Self {
        let mut arg = OsString::from(format!("--{name}="));
        arg.push(value.into());
        self.arg(arg)
    }

    /// Sets a variable in the daemon's environment, which otherwise holds PATH and HOME alone: `KUBECONFIG` for one would
    /// override csi-provisioner's flag.
    pub fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }
}

/// A running daemon. Dropping it kills it.
#[derive(Debug)]
pub struct Daemon {
    /// How it was started.
    pub spec: Spec,
    child: Child,
}

impl Daemon {
    /// Starts a daemon with `home` as its home and working directory, logging to `log`.
    ///
    /// Call it on the main thread: the child's death signal fires when the *thread* that spawned it ends.
    pub fn start(spec: Spec, home: &Path, log: &Path) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child =
            spawn_bound(&mut command).with_context(|| format!("cannot start {}", spec.program.display()))?;
        Ok(Self { spec, child })
    }

    /// Its process id, while it has not been waited for.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it and waits for its end. Nothing here needs a clean end: clusters are throw-away, and the driver's
    /// records survive SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Spawns `command` so that the kernel kills the child when we die, in a process group of its own, so that Ctrl-C at the
/// terminal reaches us alone.
pub fn spawn_bound(command: &mut Command) -> io::Result<Child> {
    command.process_group(0);
    bind(command).spawn()
}

/// Lets the kernel kill the child when the thread that spawns it ends.
pub fn bind(command: &mut Command) -> &mut Command {
    let parent = getpid();
    // SAFETY: between fork and exec only prctl and getppid run: async-signal-safe, no allocation, no locks.
    #[expect(unsafe_code, reason = "there is no safe way to set a child's death signal")]
    unsafe {
        command.pre_exec(move || die_with(parent))
    }
}

fn die_with(parent: Pid) -> io::Result<()> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    // The parent may have died before the line above: then no signal comes.
    if getppid() != parent {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    Ok(())
}

/// The line of a log that most likely says why a program failed: the last that klog marks as an error or fatal, or that
/// speaks of an error; else the last line.
pub fn why(log: &Path) -> Option<String> {
    let text = String::from_utf8_lossy(&fs::read(log).ok()?).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = lines.iter().rev().find(|line| speaks_of_failure(line)).or(lines.last())?;
    Some(line.chars().take(400).collect())
}

fn speaks_of_failure(line: &str) -> bool {
    let klog = line.starts_with(['E', 'F']) && line.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let words = ["panic:", "\"level\":\"fatal\"", "\"level\":\"error\"", "Error:", "error:", "fatal error"];
    klog || words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_why_is_found() {
        let log = std::env::temp_dir().join(format!("sandbox-why-{}", std::process::id()));
        fs::write(&log, "I1122 starting\nE1122 12:00:00 bind: address already in use\nI1122 bye\n\n")
            .unwrap();
        assert_eq!(why(&log).unwrap(), "E1122 12:00:00 bind: address already in use");
        fs::write(&log, "hello\nEverything is fine\n").unwrap();
        assert_eq!(why(&log).unwrap(), "Everything is fine");
        fs::write(&log, "").unwrap();
        assert_eq!(why(&log), None);
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_daemon_dies_when_dropped() {
        let dir = std::env::temp_dir();
        let log = dir.join(format!("sandbox-daemon-{}", std::process::id()));
        let spec = Spec::new("sleeper", "/bin/sleep".into()).arg("600");
        let daemon = Daemon::start(spec, &dir, &log).unwrap();
        let process = PathBuf::from(format!("/proc/{}", daemon.pid()));
        assert!(process.exists());
        drop(daemon);
        assert!(!process.exists());
        fs::remove_file(log).unwrap();
    }
}
