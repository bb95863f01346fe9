//! The owner's side of a cluster: start it, find it, stop it. The cluster itself runs in a supervisor process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};

use crate::layout::{self, Layout};
use crate::lifecycle::{self, Owner};
use crate::lock;
use crate::supervisor::{Info, Message, Options};

const END_PATIENCE: Duration = Duration::from_secs(15);

/// A cluster that ends with this value, also when this process is killed.
#[derive(Debug)]
pub struct Owned {
    layout: Layout,
    supervisor: Child,
    /// Closing it tells the supervisor to stop.
    pipe: Option<ChildStdin>,
}

impl Owned {
    /// Starts the cluster `name` and returns when it is up; `show` is told each step.
    pub fn start(name: &str, options: Options, show: impl FnMut(&str)) -> Result<Self> {
        let layout = Layout::of(name)?;
        let mut supervisor = spawn(name, options, Owner::Stdin)?;
        let pipe = supervisor.stdin.take();
        let mut owned = Self { layout, supervisor, pipe };
        follow(&mut owned.supervisor, show)?;
        Ok(owned)
    }

    /// Where its files are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.pipe.take();
        let _ = self.supervisor.wait();
    }
}

/// Starts the cluster `name` so that it outlives us.
pub fn up(name: &str, options: Options, show: impl FnMut(&str)) -> Result<Layout> {
    let layout = Layout::of(name)?;
    follow(&mut spawn(name, options, Owner::Nobody)?, show)?;
    Ok(layout)
}

/// Stops the cluster `name`, or clears away what a crashed one left. False when there was nothing.
pub fn down(name: &str) -> Result<bool> {
    let layout = Layout::of(name)?;
    if !layout.root().exists() && !lock::is_held(&layout) {
        return Ok(false);
    }
    let start = Instant::now();
    // Only this one: if it ends and another cluster takes the name, that one is not ours to stop.
    let mut supervisor = None;
    loop {
        if let Some(lock) = lock::take(&layout, Duration::ZERO)? {
            lifecycle::remove(&layout, lock)?;
            return Ok(true);
        }
        match (supervisor, lock::holder(&layout)) {
            (None, Some(pid)) => {
                supervisor = Some(pid);
                let _ = kill(pid, Signal::SIGTERM);
            }
            (Some(old), Some(new)) if old != new => return Ok(true),
            _ => {}
        }
        if start.elapsed() > END_PATIENCE {
            let Some(pid) = supervisor else { bail!("whoever starts {name} does not say who it is") };
            let _ = kill(pid, Signal::SIGKILL);
        }
        if start.elapsed() > 2 * END_PATIENCE {
            bail!("the supervisor of {name} does not end; its log: {}", layout.log("supervisor").display());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The names of the clusters that have a state directory, with what is known of those that are up.
pub fn all() -> Result<Vec<(String, State)>> {
    let mut clusters = Vec::new();
    let Ok(entries) = fs::read_dir(layout::state_root()?) else { return Ok(clusters) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            let layout = Layout::at(path);
            clusters.push((layout.name(), state(&layout)));
        }
    }
    clusters.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(clusters)
}

/// Whether a cluster runs.
#[derive(Debug, Clone)]
pub enum State {
    /// It is up.
    Up(Info),
    /// Its supervisor lives, but it is not up yet.
    Starting,
    /// Its supervisor is gone; only files are left.
    Dead,
}

/// The state of the cluster with this layout.
pub fn state(layout: &Layout) -> State {
    if !lock::is_held(layout) {
        return State::Dead;
    }
    let info = fs::read_to_string(layout.info()).ok().and_then(|text| serde_json::from_str(&text).ok());
    info.map_or(State::Starting, State::Up)
}

/// What is known of the cluster with this layout, which must be up.
pub fn info(layout: &Layout) -> Result<Info> {
    match state(layout) {
        State::Up(info) => Ok(info),
        State::Starting => bail!("the cluster {0} is still starting", layout.name()),
        State::Dead => bail!(
            "no cluster named {0} is up; start it: cargo run -p sandbox -- up --name {0}",
            layout.name()
        ),
    }
}

fn spawn(name: &str, options: Options, owner: Owner) -> Result<Child> {
    let mut command = Command::new(program()?);
    command.args(["supervise", "--name", name]);
    for (flag, set) in [("--bare", options.bare), ("--node", options.node)] {
        if set {
            command.arg(flag);
        }
    }
    match owner {
        // Ctrl-C is for us to answer: the pipe then tells it to stop. A supervisor of nobody's leaves the session itself.
        Owner::Stdin => command.process_group(0),
        Owner::Nobody => command.arg("--detach"),
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start the supervisor")
}

/// Shows what the supervisor says until the cluster is up.
fn follow(supervisor: &mut Child, mut show: impl FnMut(&str)) -> Result<()> {
    let stdout = supervisor.stdout.take().context("the supervisor has no output")?;
    for line in BufReader::new(stdout).lines() {
        match Message::parse(&line?) {
            Some(Message::Step(text)) => show(&text),
            Some(Message::Ready) => return Ok(()),
            Some(Message::Failed(text)) => {
                let _ = supervisor.wait();
                bail!(text);
            }
            None => {}
        }
    }
    bail!("the supervisor ended without a word ({})", supervisor.wait()?)
}

/// The `sandbox` program: this one, or, when this is a test, the one that was built beside it.
fn program() -> Result<PathBuf> {
    let current = std::env::current_exe().context("cannot find this program's own file")?;
    current
        .ancestors()
        .map(|dir| dir.with_file_name("sandbox"))
        .take(3)
        .find(|path| path.is_file())
        .context("the program `sandbox` was not found beside this one: run `cargo build -p sandbox`")
}
