//! Questions of the real program: a signal leaves one, and standard output may go elsewhere meanwhile.
//! What needs no cluster is in `tests/terminal.rs`.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rexpect::process::{Signal, WaitStatus};
use rexpect::session::{PtySession, spawn_command};
use sandbox::testing::Namespace;
use serde_json::Value;

use crate::prune::{five, left, scheduled};
use crate::support::{command, until};

const QUESTION: &str = "Delete 3 snapshots? [y/N] ";

/// `prune` in a terminal of its own.
fn prune(namespace: &Namespace, change: impl FnOnce(&mut Command)) -> PtySession {
    let args = ["prune", "db", "-n", namespace.name()];
    let mut command = command(namespace.cluster().kubeconfig(), args);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    change(&mut command);
    spawn_command(command, Some(60_000)).unwrap()
}

fn end(mut session: PtySession) -> (i32, String) {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (code, rest),
        other => panic!("{other:?} after {rest}"),
    }
}

#[test]
fn a_signal_leaves_the_question_and_nothing_is_deleted() {
    let namespace = scheduled("ask-signal");
    let names = five(&namespace);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut session = prune(&namespace, |_| ());
        session.exp_string(QUESTION).unwrap();
        // It has asked; a moment later it waits.
        thread::sleep(Duration::from_millis(300));
        session.process_mut().signal(signal).unwrap();
        let (code, rest) = end(session);
        assert_eq!(code, 130, "{rest}");
        assert!(rest.contains("nothing was changed (Cancelled)"), "{rest}");
        assert!(!rest.contains("\u{1b}[?25l"), "the cursor stays hidden: {rest:?}");
    }
    assert_eq!(left(&namespace).len(), names.len());
}

#[test]
fn a_document_goes_to_its_file_and_the_question_to_the_terminal() {
    let namespace = scheduled("ask-pipe");
    let names = five(&namespace);
    let path = std::env::temp_dir().join(format!("{}.json", namespace.name()));
    let file = File::create(&path).unwrap();
    let mut session = prune(&namespace, |command| {
        command.args(["-o", "json"]).stdout(file);
    });
    session.exp_string(QUESTION).unwrap();
    session.send_line("yes").unwrap();
    let (code, rest) = end(session);
    let written = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(code, 0, "{rest}");
    let document: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(document["kind"], "PruneResult");
    until("the deletions", || left(&namespace).len() == names.len() - 3);
}
