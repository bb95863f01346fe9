//! Runs the program through the fault proxy, and keeps all that can be known about the run.
//! A run that does not end by itself is ended here, and that is a finding.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use sandbox::testing::Namespace;
use sandbox::testing::proxy::{Call, Proxy, Rule};

/// Longer than any run may take.
const PATIENCE: Duration = Duration::from_secs(100);

/// How a run ended, and what it asked for.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The exit code, unless a signal ended it.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub calls: Vec<Call>,
    pub took: Duration,
    /// It had to be ended.
    pub hung: bool,
}

/// Runs `args` in a namespace, through a proxy under `rules`.
pub fn run(proxy: &Proxy, namespace: &Namespace, args: &[&str], rules: Vec<Rule>) -> Ran {
    proxy.quiet();
    proxy.take_calls();
    proxy.rules(rules);
    let files = Files::new(namespace.name());
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"))
        .args(args)
        .args(["-n", namespace.name()])
        .env("KUBECONFIG", proxy.kubeconfig())
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(files.open("stdout").unwrap())
        .stderr(files.open("stderr").unwrap())
        .spawn()
        .unwrap();
    proxy.program(&child);
    let (status, hung) = wait(&mut child);
    proxy.no_program();
    let took = began.elapsed();
    proxy.quiet();
    proxy.rules(vec![]);
    Ran {
        code: status.code(),
        signal: status.signal(),
        stdout: files.read("stdout"),
        stderr: files.read("stderr"),
        calls: proxy.take_calls(),
        took,
        hung,
    }
}

fn wait(child: &mut Child) -> (ExitStatus, bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status, false);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            return (child.wait().unwrap(), true);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Output goes to files: a pipe that nobody empties would stop the program.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let dir = env::temp_dir().join(format!("torture-{name}"));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn open(&self, name: &str) -> io::Result<File> {
        File::create(self.0.join(name))
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.0.join(name)).unwrap()).into_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Ran {
    /// For a person: how it ended, what it said, what it asked for.
    pub fn tell(&self) -> String {
        let lines: Vec<_> = self.calls.iter().map(Call::line).collect();
        format!(
            "code {:?}, signal {:?}, after {:?}\nstandard output:\n{}standard error:\n{}calls:\n{}\n",
            self.code,
            self.signal,
            self.took,
            self.stdout,
            self.stderr,
            lines.join("\n")
        )
    }
}
