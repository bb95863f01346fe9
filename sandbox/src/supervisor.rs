//! The daemons of one cluster: started, waited for, started again when they end; and what the owner is told meanwhile.
//! It does not know which daemons a cluster has.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use serde::{Deserialize, Serialize};

use crate::components::Components;
use crate::layout::Layout;
use crate::process::{Daemon, Spec, why};

const POLL: Duration = Duration::from_millis(100);
/// A daemon that keeps ending is started again at most this often.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// What a cluster is to have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// An API server alone: no controllers, no driver, no snapshot CRDs.
    pub bare: bool,
    /// A real node: kubelet and containerd, in namespaces of their own. Needs root.
    pub node: bool,
}

/// What is known of a cluster that is up; written to its state directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// The API server, as seen from outside.
    pub server: String,
    /// The directory of kubectl and the other programs.
    pub bin: PathBuf,
    /// See [`Options::bare`].
    pub bare: bool,
    /// See [`Options::node`].
    pub node: bool,
}

/// What the supervisor tells its owner, one line each on standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// What it does now.
    Step(String),
    /// The cluster is up.
    Ready,
    /// It will not come up, and why; more lines may follow.
    Failed(String),
}

impl Message {
    fn line(&self) -> String {
        match self {
            Self::Step(text) => format!("step {text}"),
            Self::Ready => "ready".to_owned(),
            Self::Failed(text) => format!("failed {}", text.replace('\n', "\u{1f}")),
        }
    }

    /// Reads one line of a supervisor.
    pub fn parse(line: &str) -> Option<Self> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("step", text) => Some(Self::Step(text.to_owned())),
            ("ready", _) => Some(Self::Ready),
            ("failed", text) => Some(Self::Failed(text.replace('\u{1f}', "\n"))),
            _ => None,
        }
    }

    pub(crate) fn send(&self) {
        // The owner may be gone; then the end of its pipe stops us soon.
        let _ = writeln!(io::stdout(), "{}", self.line());
    }
}

/// The daemons of one cluster.
#[derive(Debug)]
pub struct Supervisor {
    layout: Layout,
    daemons: Vec<(Daemon, Instant)>,
    stop: Arc<AtomicBool>,
}

impl Supervisor {
    pub(crate) fn new(layout: Layout, stop: Arc<AtomicBool>) -> Self {
        Self { layout, daemons: Vec::new(), stop }
    }

    /// Where the cluster's files are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Tells the owner what happens now.
    pub fn say(&self, step: &str) {
        Message::Step(step.to_owned()).send();
    }

    /// Starts a daemon and leaves its pid where tests find it.
    pub fn start(&mut self, spec: Spec) -> Result<()> {
        let daemon = self.spawn(spec)?;
        self.daemons.push((daemon, Instant::now()));
        Ok(())
    }

    fn spawn(&self, spec: Spec) -> Result<Daemon> {
        let name = spec.name;
        let daemon = Daemon::start(spec, &self.layout.home(), &self.layout.log(name))?;
        // Inside a pid namespace the numbers mean others outside.
        if !is_first_of_namespace() {
            fs::write(self.layout.component_pid(name), daemon.pid().to_string())?;
        }
        Ok(daemon)
    }

    /// Waits until `ready`, for `patience` at most.
    ///
    /// # Errors
    /// When a daemon ends, with the line of its log that says why; when patience runs out, with such a line of each
    /// component in `blame`; when the cluster is told to stop.
    pub fn wait(
        &mut self,
        what: &str,
        patience: Duration,
        blame: &[&str],
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            if ready() {
                return Ok(());
            }
            if self.stop.load(Ordering::Relaxed) {
                bail!("stopped before {what}");
            }
            for (daemon, _) in &mut self.daemons {
                if let Some(status) = daemon.ended() {
                    let name = daemon.spec.name;
                    let line = why(&self.layout.log(name)).unwrap_or_default();
                    bail!(
                        "{name} ended ({status}) before {what}:\n  {line}\n  log: {}",
                        self.layout.log(name).display()
                    );
                }
            }
            if Instant::now() > deadline {
                let mut text = format!("waited {} s, but never saw that {what}", patience.as_secs());
                for name in blame {
                    let line = why(&self.layout.log(name)).unwrap_or_default();
                    text.push_str(&format!("\n  {name}: {line}\n  log: {}", self.layout.log(name).display()));
                }
                bail!(text);
            }
            thread::sleep(POLL);
        }
    }

    /// The first process of a pid namespace inherits the orphans of all others and must wait for them: containerd leaves
    /// one for each container. Daemons of ours are left to [`Daemon::ended`].
    fn reap_orphans(&self) {
        if !is_first_of_namespace() {
            return;
        }
        let peek = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        while let Ok(Some(pid)) = waitid(Id::All, peek).map(|status| status.pid()) {
            if self.daemons.iter().any(|(daemon, _)| daemon.pid() == pid.as_raw().cast_unsigned()) {
                return;
            }
            let _ = waitpid(pid, Some(WaitPidFlag::WNOHANG));
        }
    }

    /// Keeps the daemons running until the cluster is told to stop. A sidecar ends when it loses the driver, and is
    /// started again; so is everything else that a test kills.
    fn watch(&mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            thread::sleep(POLL);
            self.reap_orphans();
            for index in 0..self.daemons.len() {
                let (daemon, started) = &mut self.daemons[index];
                let Some(status) = daemon.ended() else { continue };
                if started.elapsed() < RESTART_PAUSE {
                    continue;
                }
                let spec = daemon.spec.clone();
                eprintln!("{} ended ({status}); starting it again", spec.name);
                match self.spawn(spec) {
                    Ok(daemon) => self.daemons[index] = (daemon, Instant::now()),
                    Err(error) => {
                        eprintln!("{error:#}");
                        self.daemons[index].1 = Instant::now();
                    }
                }
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Last started, first ended: a server that goes first makes the others log errors that mean nothing.
        while self.daemons.pop().is_some() {}
    }
}

fn is_first_of_namespace() -> bool {
    std::process::id() == 1
}

/// Tells the owner what became of bringing a cluster up, and keeps it until told to stop.
pub(crate) fn serve(layout: &Layout, brought_up: Result<Supervisor>) -> Result<()> {
    match brought_up {
        Ok(mut supervisor) => {
            say_to_log(layout)?;
            Message::Ready.send();
            supervisor.watch();
            Ok(())
        }
        Err(error) => {
            Message::Failed(format!("{error:#}")).send();
            Err(error)
        }
    }
}

/// Turns our standard error into a log: whoever started us goes on to other things, and a pipe that we held open would
/// keep its reader waiting.
pub(crate) fn say_to_log(layout: &Layout) -> Result<()> {
    let log = File::options().create(true).append(true).open(layout.log("supervisor"))?;
    nix::unistd::dup2_stderr(log).context("cannot turn to the log")
}

/// Writes what users of the cluster need to know. Its presence says that the cluster is up.
pub(crate) fn publish(layout: &Layout, components: &Components, port: u16, options: Options) -> Result<()> {
    let info = Info {
        server: format!("https://127.0.0.1:{port}"),
        bin: components.bin_dir(),
        bare: options.bare,
        node: options.node,
    };
    // Written aside and renamed: others read it at any moment.
    let partial = layout.info().with_extension("partial");
    fs::write(&partial, serde_json::to_string_pretty(&info)?)
        .and_then(|()| fs::rename(&partial, layout.info()))
        .context("cannot publish the cluster")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_pipe() {
        for message in [
            Message::Step("etcd".into()),
            Message::Ready,
            Message::Failed("waited 90 s\n  etcd: no space left".into()),
        ] {
            assert_eq!(Message::parse(&message.line()), Some(message));
        }
        assert_eq!(Message::parse("noise"), None);
    }
}
