//! What must not write, by the record of a proxy before the server: a question that is left or answered wrongly, and a dry run.
//! The questions' keys are looked at in `tests/terminal.rs`.

use std::process::Stdio;

use rexpect::process::WaitStatus;
use rexpect::session::spawn_command;
use sandbox::testing::proxy::Call;

use crate::faults::Bench;
use crate::in_place::Scene;
use crate::prune::{five, scheduled};
use crate::support::{backup, command, gemini, group, needs_sandbox};

const DOWN: &str = "\u{1b}[B";

/// Calls that may have changed something. Events only tell.
fn changes(calls: &[Call]) -> Vec<String> {
    calls.iter().filter(|call| call.is_change()).map(Call::line).collect()
}

/// Plays a command in a terminal: waits for each question and answers it. Then the exit code, and what the server was asked.
fn play(bench: &Bench, args: &[&str], answers: &[(&str, &str)]) -> (i32, Vec<Call>, String) {
    bench.proxy.take_calls();
    let mut command = command(&bench.kubeconfig(), [args, &["-n", bench.namespace.name()]].concat());
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    let mut screen = String::new();
    for (question, keys) in answers {
        screen += &session.exp_string(question).unwrap_or_else(|error| panic!("{args:?}: {error}"));
        session.send(keys).unwrap();
        session.flush().unwrap();
    }
    screen += &session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (code, bench.proxy.take_calls(), screen),
        other => panic!("{args:?}: {other:?} after {screen}"),
    }
}

/// Leaves the last question of `answers` in every way, and answers it wrongly where that is possible.
fn leave(bench: &Bench, args: &[&str], before: &[(&str, &str)], question: &str, wrong: Option<&str>) {
    // A wrong word is asked for again, twice.
    let ways = [("\u{1b}", 1, 1), ("\u{3}", 130, 1)].into_iter().chain(wrong.map(|word| (word, 1, 3)));
    for (keys, wanted, times) in ways {
        let mut answers = before.to_vec();
        answers.extend(std::iter::repeat_n((question, keys), times));
        let (code, calls, screen) = play(bench, args, &answers);
        assert_eq!(code, wanted, "{args:?} {keys:?}: {screen}");
        assert!(screen.contains("nothing was changed"), "{args:?} {keys:?}: {screen}");
        assert!(!calls.is_empty(), "{args:?} did not ask the server that is looked at");
        assert_eq!(changes(&calls), [""; 0], "{args:?} {keys:?}");
        let hides = screen.rfind("\u{1b}[?25l");
        assert!(
            hides.is_none() || screen.rfind("\u{1b}[?25h") > hides,
            "the cursor stays hidden: {screen:?}"
        );
    }
}

#[test]
fn no_question_that_is_left_or_answered_wrongly_has_written() {
    if needs_sandbox("no_question_that_is_left_or_answered_wrongly_has_written") {
        return;
    }
    let scene = Scene::new("untouched");
    scene.restore(&[]).exits(0);
    let id = scene.id();
    let bench = Bench::before(scene.namespace);
    let typed = " Type data to go on: ";
    leave(&bench, &["undo", &id], &[], typed, Some("date\r"));
    leave(&bench, &["purge", &id], &[], " to go on: ", Some("data\r"));
    bench.namespace.apply(&group("other", "elsewhere"));
    let which = format!("Which group of {}?", bench.namespace.name());
    let (point, place, down) =
        ("Which snapshot of db?  (type to search", "Where to?  (type to search", format!("{DOWN}\r"));
    let asked = [(which.as_str(), "db\r"), (point, "\r"), (place, "\r")];
    for (count, (question, _)) in asked.iter().enumerate() {
        leave(&bench, &["restore"], &asked[..count], question, None);
    }
    leave(&bench, &["restore"], &asked, "Name of the new PVC? [data-", None);
    let in_place = [(point, "\r"), (place, down.as_str())];
    leave(&bench, &["restore", "db"], &in_place, typed, Some("y\r"));
    // It can still be undone: nothing of it was touched.
    gemini(&bench.namespace, &["undo", &id, "--yes"]).exits(0);
}

#[test]
fn no_question_about_what_is_deleted_has_written_either() {
    let test = "no_question_about_what_is_deleted_has_written_either";
    let Some(bench) = Bench::new(test, || scheduled("unpruned")) else { return };
    five(&bench.namespace);
    leave(&bench, &["prune", "db"], &[], "Delete 3 snapshots? [y/N] ", None);
    let (code, calls, screen) = play(&bench, &["prune", "db"], &[("Delete 3 snapshots? [y/N] ", "n\r")]);
    assert_eq!((code, changes(&calls)), (1, vec![]), "{screen}");
}

#[test]
fn dry_runs_write_nothing_and_those_on_the_server_only_ask_it_to_check() {
    if needs_sandbox("dry_runs_write_nothing_and_those_on_the_server_only_ask_it_to_check") {
        return;
    }
    let scene = Scene::new("rehearsed");
    let snapshot = scene.snapshot.clone();
    scene.restore(&[]).exits(0);
    let id = scene.id();
    let bench = Bench::before(scene.namespace);
    // Without that the old volume may not go; and something for a pass to take and to delete.
    backup(&bench.namespace, "db");
    bench.namespace.kubectl(&[
        "patch",
        "snapshotgroup",
        "db",
        "--type=merge",
        "-p",
        r#"{"spec": {"schedule": [{"every": "2 seconds", "keep": 1}]}}"#,
    ]);
    five(&bench.namespace);
    for (args, sends) in [
        (&["backup", "db"][..], true),
        (&["prune", "db"], true),
        (&["run-once"], true),
        (&["restore", "db", "--latest", "--to-pvc", "copy"], true),
        (&["restore", "db", "--latest", "--in-place"], true),
        (&["restore", "db", "--latest", "--in-place", "--mode=direct"], true),
        (&["undo", &id], false),
        (&["purge", &id, "--now", "--old-snapshots=may-be-lost"], true),
        (&["hold", &snapshot, "--reason=audit"], true),
        (&["release", &snapshot], false),
    ] {
        for strategy in ["client", "server"] {
            let flag = format!("--dry-run={strategy}");
            let (run, calls) = bench.gemini(&[args, &[flag.as_str()]].concat(), vec![]);
            let run = run.exits(0);
            assert_eq!(changes(&calls), [""; 0], "{args:?} {flag}: {}", run.stderr);
            let rehearsed = calls.iter().filter(|call| call.is_dry_run()).count();
            let wanted = sends && strategy == "server";
            assert!(
                if wanted { rehearsed > 0 } else { rehearsed == 0 || !sends },
                "{args:?} {flag}: {rehearsed} rehearsed"
            );
            assert!(!run.stdout.is_empty(), "{args:?} {flag}: {}", run.stderr);
        }
    }
    // All of it still is to be done.
    gemini(&bench.namespace, &["undo", &id, "--yes"]).exits(0);
}
