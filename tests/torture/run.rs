//! Runs the program through the fault proxy, and keeps all that can be known about the run.
//! A run that does not end by itself is ended here, and that is a finding.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
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
pub fn run<S: AsRef<OsStr>>(proxy: &Proxy, namespace: &Namespace, args: &[S], rules: Vec<Rule>) -> Ran {
    Going::begin(proxy, namespace, args, rules).end()
}

/// A run under way.
pub struct Going<'a> {
    proxy: &'a Proxy,
    pub child: Child,
    files: Files,
    began: Instant,
    patience: Duration,
    ended: Option<(ExitStatus, bool)>,
}

impl<'a> Going<'a> {
    /// Starts `args` in a namespace, through a proxy under `rules` that carries nothing else meanwhile.
    pub fn begin<S: AsRef<OsStr>>(
        proxy: &'a Proxy,
        namespace: &Namespace,
        args: &[S],
        rules: Vec<Rule>,
    ) -> Self {
        proxy.quiet();
        proxy.take_calls();
        proxy.rules(rules);
        let files = Files::new(namespace.name());
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"))
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
        Self { proxy, child, files, began, patience: PATIENCE, ended: None }
    }

    /// It was kept waiting by others, which is not its fault.
    pub fn pardon(&mut self, wait: Duration) {
        self.patience += wait;
    }

    /// Whether it has ended. One that takes too long is ended.
    pub fn has_ended(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().unwrap().map(|status| (status, false));
        }
        if self.ended.is_none() && self.began.elapsed() > self.patience {
            self.child.kill().unwrap();
            self.ended = Some((self.child.wait().unwrap(), true));
        }
        self.ended.is_some()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        while !self.has_ended() {
            thread::sleep(Duration::from_millis(20));
        }
        let (status, hung) = self.ended.unwrap_or_default();
        self.proxy.no_program();
        let took = self.began.elapsed();
        self.proxy.quiet();
        self.proxy.rules(vec![]);
        Ran {
            code: status.code(),
            signal: status.signal(),
            stdout: self.files.read("stdout"),
            stderr: self.files.read("stderr"),
            calls: self.proxy.take_calls(),
            took,
            hung,
        }
    }
}

/// Output goes to files: a pipe that nobody empties would stop the program.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("torture-{name}-{number}"));
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
