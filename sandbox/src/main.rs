//! `cargo run -p sandbox -- …`: a real Kubernetes with CSI snapshots for people, demos and test runs.
//! It parses, calls the library and prints; it decides nothing.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use sandbox::components;
use sandbox::layout::Layout;
use sandbox::lifecycle::{self, Owner};
use sandbox::node;
use sandbox::owner::{self, Owned, State};
use sandbox::process;
use sandbox::supervisor::Options;
use sandbox::testing;

/// Run a real Kubernetes with CSI snapshots on this machine.
///
/// Everything listens on 127.0.0.1 and ends with `down`. The first build takes ten minutes and more.
#[derive(Debug, Parser)]
#[command(name = "sandbox", version)]
struct Cli {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Start a cluster and return when a claim has been bound and a snapshot has become ready
    Up {
        #[command(flatten)]
        name: Name,
        #[command(flatten)]
        shape: Shape,
    },
    /// Stop a cluster and remove its state, also after a crash
    Down {
        #[command(flatten)]
        name: Name,
        /// Stop every cluster
        #[arg(long)]
        all: bool,
    },
    /// List the clusters and say which are up
    Status,
    /// Run kubectl on a cluster
    Kubectl {
        #[command(flatten)]
        name: Name,
        /// What kubectl is given
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build what clusters are made of, unless the cache holds it
    Build,
    /// Print the shell line that points kubectl and the plugin at a cluster
    Env {
        #[command(flatten)]
        name: Name,
    },
    /// Print the directory (or, for block volumes, the file) in which a claim's bytes lie
    Path {
        #[command(flatten)]
        name: Name,
        /// The claim's namespace
        #[arg(short, long, default_value = "default")]
        namespace: String,
        /// The claim
        claim: String,
    },
    /// Run a command with a cluster of its own, which ends with it; for test runs
    Run {
        /// Name of the cluster; one of its own if not given, so that runs do not meet
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        shape: Shape,
        /// The command and its arguments
        #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Own a cluster's processes; started by the other commands
    #[command(hide = true)]
    Supervise {
        #[command(flatten)]
        name: Name,
        #[command(flatten)]
        shape: Shape,
        #[arg(long)]
        detach: bool,
    },
    /// Own the processes of a cluster with a node, inside its namespaces; started by `supervise`
    #[command(hide = true)]
    SuperviseNode {
        #[command(flatten)]
        name: Name,
        #[arg(long)]
        public_port: u16,
    },
}

#[derive(Debug, Args)]
struct Name {
    /// Name of the cluster; several run side by side
    #[arg(long, default_value = "default")]
    name: String,
}

#[derive(Debug, Args)]
struct Shape {
    /// Add a real node: kubelet and containerd, in namespaces of their own (Linux, root)
    #[arg(long)]
    node: bool,
    /// Start the API server alone, without controllers, driver and snapshot CRDs
    #[arg(long, conflicts_with = "node")]
    bare: bool,
}

impl From<Shape> for Options {
    fn from(shape: Shape) -> Self {
        Self { bare: shape.bare, node: shape.node }
    }
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    // A shell that evaluates nothing goes on, with whatever cluster it was pointed at before.
    let misleading = matches!(command, Sub::Env { .. });
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            if misleading {
                say("export KUBECONFIG=/nonexistent; false");
            }
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line of output. A reader that has gone has what it wanted.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn run(command: Sub) -> Result<ExitCode> {
    match command {
        Sub::Build => {
            components::ensure().map(|components| say(&components.bin_dir().display().to_string()))?
        }
        Sub::Up { name, shape } => up(&name.name, shape.into())?,
        Sub::Down { all: true, .. } => {
            for (name, _) in owner::all()? {
                down(&name)?;
            }
        }
        Sub::Down { name, all: false } => down(&name.name)?,
        Sub::Status => status()?,
        Sub::Kubectl { name, args } => {
            let layout = Layout::of(&name.name)?;
            let kubectl = owner::info(&layout)?.bin.join("kubectl");
            return Err(Command::new(kubectl)
                .env("KUBECONFIG", layout.kubeconfig())
                .args(args)
                .exec()
                .into());
        }
        Sub::Env { name } => say(&shell_line(&Layout::of(&name.name)?)?),
        Sub::Path { name, namespace, claim } => {
            let layout = Layout::of(&name.name)?;
            owner::info(&layout)?;
            say(&testing::volume_path(&layout, &namespace, &claim)?.display().to_string());
        }
        Sub::Run { name, shape, command } => {
            let name = name.unwrap_or_else(|| format!("run-{}", std::process::id()));
            return run_under(&name, shape.into(), &command);
        }
        Sub::Supervise { name, shape, detach } => {
            let owner = if detach { Owner::Nobody } else { Owner::Stdin };
            // Its owner has been told, and says it.
            if lifecycle::run(&name.name, shape.into(), owner).is_err() {
                return Ok(ExitCode::FAILURE);
            }
        }
        Sub::SuperviseNode { name, public_port } => {
            if node::run_inside(&name.name, public_port).is_err() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn up(name: &str, options: Options) -> Result<()> {
    components::ensure()?;
    let start = Instant::now();
    let layout = owner::up(name, options, |step| eprintln!("  {step}"))?;
    let info = owner::info(&layout)?;
    eprintln!("Cluster {name} is up after {:.1} s: {}", start.elapsed().as_secs_f32(), info.server);
    eprintln!("Use it in this shell:   eval \"$(cargo run -q -p sandbox -- env --name {name})\"");
    eprintln!("Stop it:                cargo run -q -p sandbox -- down --name {name}");
    Ok(())
}

fn down(name: &str) -> Result<()> {
    let word = if owner::down(name)? { "stopped" } else { "was not there" };
    eprintln!("Cluster {name} {word}.");
    Ok(())
}

fn status() -> Result<()> {
    let clusters = owner::all()?;
    if clusters.is_empty() {
        eprintln!("No clusters.");
    }
    for (name, state) in clusters {
        match state {
            State::Up(info) => say(&format!("{name}   up   {}", info.server)),
            State::Starting => say(&format!("{name}   starting")),
            State::Dead => say(&format!("{name}   dead: `down --name {name}` clears it away")),
        }
    }
    Ok(())
}

/// Puts kubectl and the plugin, and nothing else, into a directory of the cluster's, and returns the line that uses it.
fn shell_line(layout: &Layout) -> Result<String> {
    let info = owner::info(layout)?;
    let plugin = std::env::current_exe()?.with_file_name("kubectl-gemini");
    if !plugin.exists() {
        eprintln!("The plugin is not built yet: cargo build, then this again.");
    }
    let bin = layout.root().join("bin");
    std::fs::create_dir_all(&bin)?;
    for (program, target) in [("kubectl", info.bin.join("kubectl")), ("kubectl-gemini", plugin)] {
        let link = bin.join(program);
        let _ = std::fs::remove_file(&link);
        if target.exists() {
            symlink(&target, &link).with_context(|| format!("cannot create {}", link.display()))?;
        }
    }
    Ok(format!("export KUBECONFIG={} PATH={}:\"$PATH\"", quoted(&layout.kubeconfig()), quoted(&bin)))
}

/// A path as one word of the shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Runs `command` under a cluster, then says what could not run on this machine. Its exit code is the command's.
fn run_under(name: &str, options: Options, command: &[String]) -> Result<ExitCode> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP, SIGINT] {
        signal_hook::flag::register(signal, stop.clone())?;
    }
    let report = testing::Report::new()?;
    let mut child = Command::new(&command[0]);
    child.args(&command[1..]).env(testing::REPORT, report.path()).env_remove(testing::CLUSTER);

    let cluster = match testing::own_cluster() {
        Some(kubeconfig) => {
            eprintln!("Using the cluster of {} (from ${}).", kubeconfig.display(), testing::KUBECONFIG);
            None
        }
        None => {
            components::ensure()?;
            let start = Instant::now();
            let cluster = Owned::start(name, options, |_| ())?;
            eprintln!("Cluster {name} is up after {:.1} s.", start.elapsed().as_secs_f32());
            child.env(testing::CLUSTER, cluster.layout().root());
            Some(cluster)
        }
    };
    let child = process::bind(&mut child).spawn().with_context(|| format!("cannot run {}", command[0]))?;
    let status = wait_or_stop(child, &stop)?;
    drop(cluster);
    report.print();
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Waits for `child`, and passes on the wish to stop. Ctrl-C at the terminal has reached it already.
fn wait_or_stop(mut child: Child, stop: &AtomicBool) -> Result<ExitStatus> {
    let mut told = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if stop.load(Ordering::Relaxed) {
            let since = *told.get_or_insert_with(|| {
                let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM);
                Instant::now()
            });
            if since.elapsed() > Duration::from_secs(10) {
                child.kill()?;
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_path_is_one_word_of_the_shell_whatever_it_holds() {
        let path = Path::new("/a b'$(touch pwned)'/\"c");
        let output =
            Command::new("sh").args(["-c", &format!("printf %s {}", quoted(path))]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), path.display().to_string());
    }
}
