//! `list --watch`: what changes is printed again, a server that is away for a while is outlived, Ctrl-C is the end.

use std::io::{self, BufRead as _, BufReader, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread;

use sandbox::testing::Namespace;
use serde_json::Value;

use super::health::taken;
use crate::support::{command, group, needs_sandbox, protected, until};

/// A run whose lines are read as they come.
struct Watching {
    child: Child,
    out: Arc<Mutex<Vec<String>>>,
    err: Arc<Mutex<Vec<String>>>,
}

impl Watching {
    fn start(namespace: &Namespace, args: &[&str]) -> Self {
        let all = [args, &["-n", namespace.name()]].concat();
        let mut child = command(namespace.cluster().kubeconfig(), all).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// The lines so far in which all of `words` stand.
    fn with(&self, words: &[&str]) -> usize {
        let lines = self.out.lock().unwrap();
        lines
            .iter()
            .filter(|line| words.iter().all(|word| line.split_whitespace().any(|cell| cell == *word)))
            .count()
    }

    fn wait_for(&self, words: &[&str]) {
        until(&format!("{words:?} in {:?}", self.out.lock().unwrap()), || self.with(words) > 0);
    }

    /// Sends SIGINT; returns the exit code and standard error.
    fn interrupt(mut self) -> (Option<i32>, Vec<String>) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        (code, self.err.lock().unwrap().clone())
    }
}

fn lines(stream: impl Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let written = lines.clone();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            written.lock().unwrap().push(line);
        }
    });
    lines
}

/// Stands between the program and the API server, and can be taken away.
struct Door {
    port: u16,
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Door {
    fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new(Mutex::new(Some(vec![])));
        let state = open.clone();
        thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                // While the door is shut, whoever comes is sent away.
                let mut state = state.lock().unwrap();
                let Some(through) = state.as_mut() else { continue };
                let outer = TcpStream::connect(&address).unwrap();
                for (mut from, mut to) in [(&inner, &outer), (&outer, &inner)]
                    .map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap()))
                {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                through.extend([inner, outer]);
            }
        });
        Self { port, open }
    }

    fn shut(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn open(&self) {
        *self.open.lock().unwrap() = Some(vec![]);
    }
}

fn server(namespace: &Namespace) -> String {
    let output = namespace.cluster().kubectl(["config", "view", "--minify", "-o", "json"], "").unwrap();
    let config: Value = serde_json::from_slice(&output.stdout).unwrap();
    config["clusters"][0]["cluster"]["server"].as_str().unwrap().trim_start_matches("https://").to_owned()
}

#[test]
fn changed_rows_are_printed_again_until_ctrl_c() {
    if needs_sandbox("changed_rows_are_printed_again_until_ctrl_c") {
        return;
    }
    let namespace = protected("watch");
    let groups = Watching::start(&namespace, &["list", "-w"]);
    let snapshots = Watching::start(&namespace, &["list", "db", "--watch"]);
    groups.wait_for(&["db", "0/0", "Pending"]);
    namespace.apply(&group("other", "data"));
    groups.wait_for(&["other", "Pending"]);
    let snapshot = taken(&namespace, "db", 0);
    groups.wait_for(&["db", "1/1", "Healthy"]);
    snapshots.wait_for(&[&snapshot, "Ready"]);
    namespace.kubectl(&["delete", "snapshotgroup", "other"]);
    groups.wait_for(&["other", "Deleted"]);
    namespace.kubectl(&[
        "patch",
        "snapshotgroup",
        "db",
        "--type=merge",
        "-p",
        "{\"spec\": {\"suspend\": true}}",
    ]);
    groups.wait_for(&["db", "1/1", "Suspended"]);
    namespace.kubectl(&["delete", "volumesnapshot", &snapshot]);
    snapshots.wait_for(&[&snapshot, "Deleted"]);
    // Nothing but what was said is said twice, and the header once.
    assert_eq!((groups.with(&["NAME", "STATUS"]), groups.with(&["other", "Pending"])), (1, 1));
    assert_eq!(groups.interrupt(), (Some(130), vec![]));
    let (code, err) = snapshots.interrupt();
    assert_eq!(code, Some(130), "{err:?}");
    assert!(err.len() <= 1 && err.iter().all(|line| line.starts_with("No resources found")), "{err:?}");
}

#[test]
fn a_claim_that_goes_is_noticed_while_watching() {
    let namespace = protected("watch-claim");
    let watching = Watching::start(&namespace, &["list", "-w"]);
    watching.wait_for(&["db", "Pending"]);
    namespace.kubectl(&["delete", "pvc", "data"]);
    watching.wait_for(&["db", "ClaimMissing"]);
    assert_eq!(watching.interrupt().0, Some(130));
}

#[test]
fn a_server_that_is_away_for_a_while_is_outlived() {
    if needs_sandbox("a_server_that_is_away_for_a_while_is_outlived") {
        return;
    }
    let namespace = protected("watch-away");
    let door = Door::to(server(&namespace));
    let address = format!("https://127.0.0.1:{}", door.port);
    let watching = Watching::start(&namespace, &["list", "-w", "-s", &address]);
    watching.wait_for(&["db", "Pending"]);
    door.shut();
    until("the loss to be told", || !watching.err.lock().unwrap().is_empty());
    taken(&namespace, "db", 0);
    thread::sleep(std::time::Duration::from_secs(8));
    assert_eq!(watching.with(&["db", "Healthy"]), 0, "the door was not shut");
    door.open();
    watching.wait_for(&["db", "1/1", "Healthy"]);
    let (code, err) = watching.interrupt();
    assert_eq!((code, err.len()), (Some(130), 1), "it is said once: {err:?}");
    assert!(
        err[0].contains("may be old until it answers again") && err[0].contains(&door.port.to_string()),
        "{err:?}"
    );
}
