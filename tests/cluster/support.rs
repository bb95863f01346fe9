//! How tests run the program: as a user does, through its command line, against the cluster of the run.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use sandbox::testing::{Cluster, Namespace};
use serde_json::{Value, json};

use crate::documents;

/// What the program said and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts an exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit code; standard output:\n{}\nstandard error:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Asserts that standard error holds each of `texts`.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "standard error lacks {text:?}:\n{}", self.stderr);
        }
        self
    }

    /// Asserts that it failed as a user should see it: one `error:` line with `reason`, and a way out.
    #[track_caller]
    pub fn fails_with(self, code: i32, reason: &str, texts: &[&str]) -> Self {
        let reason = format!("({reason})");
        let run = self.exits(code).says(&["error: ", &reason, "hint: "]).says(texts);
        for slip in ["Error(", "panicked", "Status {", "RUST_BACKTRACE"] {
            assert!(!run.stderr.contains(slip), "standard error shows {slip:?}:\n{}", run.stderr);
        }
        run
    }

    /// Standard output as JSON, and as its schema says.
    #[track_caller]
    pub fn json(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}):\n{}", self.stdout));
        documents::matches(document["kind"].as_str().unwrap(), &document);
        document
    }
}

/// The program, pointed at a cluster.
pub fn command<S: AsRef<OsStr>>(kubeconfig: &Path, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
    command
        .args(args)
        .env("KUBECONFIG", kubeconfig)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program in a namespace.
pub fn gemini(namespace: &Namespace, args: &[&str]) -> Run {
    let mut all = args.to_vec();
    all.extend(["-n", namespace.name()]);
    Run::of(command(namespace.cluster().kubeconfig(), all).output().unwrap())
}

/// Runs the program with a kubeconfig of the test's own.
pub fn gemini_with(kubeconfig: &Path, args: &[&str]) -> Run {
    Run::of(command(kubeconfig, args).output().unwrap())
}

/// A lock as it is when its holder has not been heard of for long.
pub fn runs_out(namespace: &Namespace, lease: &str) {
    let long_ago = r#"{"spec": {"renewTime": "2020-01-01T00:01:00.000000Z"}}"#;
    namespace.kubectl(&["patch", "lease", lease, "--type=merge", "-p", long_ago]);
}

/// A run under way, whose signals and ends a test decides.
pub struct Running(Child);

impl Running {
    /// Starts a command.
    pub fn spawn(mut command: Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// The process.
    pub fn process(&self) -> &Child {
        &self.0
    }

    /// Starts the program in a namespace.
    pub fn start(namespace: &Namespace, args: &[&str]) -> Self {
        let mut all = args.to_vec();
        all.extend(["-n", namespace.name()]);
        Self::spawn(command(namespace.cluster().kubeconfig(), all))
    }

    /// Sends a signal by name and returns how the program ended.
    pub fn signal(self, name: &str) -> Run {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        self.wait()
    }

    /// Waits for its end.
    pub fn wait(self) -> Run {
        Run::of(self.0.wait_with_output().unwrap())
    }
}

/// A namespace on the cluster of the run, on which the SnapshotGroup CRD is installed.
pub fn namespace(slug: &str) -> Namespace {
    static CRD: Once = Once::new();
    let cluster = Cluster::shared();
    CRD.call_once(|| install_crd(cluster, "cronjob/crd.yaml"));
    cluster.namespace(slug)
}

/// Installs a SnapshotGroup CRD of this repository and waits until it is served.
pub fn install_crd(cluster: &Cluster, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let path = path.to_string_lossy();
    for args in
        [&["apply", "-f", &path][..], &["wait", "--for=condition=Established", "--timeout=60s", "-f", &path]]
    {
        let output = cluster.kubectl(args, "").unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A file below `tests/fixtures`.
pub fn fixture(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file)).unwrap()
}

/// A group that names a claim, with Gemini's shortest schedule.
pub fn group(name: &str, claim: &str) -> String {
    format!(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {{name: {name}}}\nspec:\n  \
         persistentVolumeClaim: {{claimName: {claim}}}\n  schedule: [{{every: 10 minutes, keep: 3}}]\n"
    )
}

/// A namespace with a bound claim `data` and a group `db` that names it.
pub fn protected(slug: &str) -> Namespace {
    let namespace = namespace(slug);
    namespace.bound_claim("data", "16Mi");
    namespace.apply(&group("db", "data"));
    namespace
}

/// A StorageClass like the default one, for a test alone; its name.
pub fn own_class(namespace: &Namespace) -> String {
    let name = format!("own-{}", namespace.name());
    let classes = namespace.list("storageclass");
    let is_default = |class: &&Value| {
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    };
    let mut class = classes.iter().find(is_default).unwrap().clone();
    class["metadata"] = json!({"name": name});
    namespace.apply(&class.to_string());
    name
}

/// Takes a backup of `group` and returns the snapshot's name. A group that brings its claim along may get that first.
pub fn backup(namespace: &Namespace, group: &str) -> String {
    let run = gemini(namespace, &["backup", group]).exits(0);
    let line = run.stdout.lines().last().unwrap_or_default();
    let name = line
        .strip_prefix("volumesnapshot.snapshot.storage.k8s.io/")
        .and_then(|line| line.strip_suffix(" created"));
    name.unwrap_or_else(|| panic!("unexpected output {line:?}")).to_owned()
}

/// A run that ends with its `--timeout`, of `seconds` at first, and says `texts`. How soon others tell what is the
/// matter is theirs: where the time was too short for that, it is tried again with twice as much.
#[track_caller]
pub fn times_out(mut seconds: u32, texts: &[&str], mut run: impl FnMut(&str) -> Run) -> Run {
    loop {
        let ended = run(&format!("--timeout={seconds}s"));
        seconds *= 2;
        if seconds > 120 || texts.iter().all(|text| ended.stderr.contains(text)) {
            return ended.fails_with(6, "TimedOut", texts);
        }
        assert_eq!(ended.code, 6, "{}", ended.stderr);
    }
}

/// Waits until `true_now`, for what happens inside a program under way.
pub fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !true_now() {
        assert!(Instant::now() < deadline, "waited 60 s for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Says that a test needs what only the sandbox has, where the cluster is one of the user's own.
pub fn needs_sandbox(test: &str) -> bool {
    let missing = Cluster::shared().sandbox().is_none();
    if missing {
        sandbox::testing::skip(test, "it needs the sandbox's disks, classes or faults");
    }
    missing
}
