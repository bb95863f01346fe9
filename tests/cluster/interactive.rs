//! `restore` as a person meets it who knows no flags: each question answered, left, or answered wrongly.
//! What the questions themselves do with keys is in `tests/terminal.rs`.

use std::process::Stdio;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use sandbox::testing::Namespace;

use crate::in_place::together::Shop;
use crate::in_place::{NEW, OLD, Scene};
use crate::support::{command, gemini, group, needs_sandbox};

const DOWN: &str = "\u{1b}[B";
const SNAPSHOT: &str = "Which snapshot of db?  (type to search";
const PLACE: &str = "Where to?  (type to search";

fn session(namespace: &Namespace, args: &[&str]) -> PtySession {
    let all = args.iter().copied().chain(["-n", namespace.name()]);
    let mut command = command(namespace.cluster().kubeconfig(), all);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    spawn_command(command, Some(60_000)).unwrap()
}

/// Waits for each question and answers it; then the exit code, and what was printed after the last.
fn play(mut session: PtySession, answers: &[(&str, &str)]) -> (i32, String) {
    for (question, keys) in answers {
        session.exp_string(question).unwrap();
        session.send(keys).unwrap();
        session.flush().unwrap();
    }
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (code, rest),
        other => panic!("{other:?} after {rest}"),
    }
}

#[test]
fn whoever_knows_no_flag_gets_the_data_back_and_changes_his_mind() {
    if needs_sandbox("whoever_knows_no_flag_gets_the_data_back_and_changes_his_mind") {
        return;
    }
    let scene = Scene::new("asked");
    let restore = session(&scene.namespace, &["restore"]);
    let typed = " Type data to go on: ";
    let answers = [
        ("Group db, the only one", ""),
        (SNAPSHOT, "\r"),
        (PLACE, &format!("{DOWN}\r")),
        ("Restore plan", ""),
        (typed, "db\r"),
        ("That is not data.", ""),
        (typed, "data\r"),
    ];
    let (code, rest) = play(restore, &answers);
    assert_eq!(code, 0, "{rest}");
    assert!(rest.contains("[8/8]") && rest.contains("persistentvolumeclaim/data restored"), "{rest}");
    scene.intact();
    assert_eq!(scene.read(), OLD);
    let id = scene.id();
    let (code, rest) =
        play(session(&scene.namespace, &["undo", &id]), &[("Undo of restore", ""), (typed, "data\r")]);
    assert_eq!(code, 0, "{rest}");
    scene.as_before();
}

#[test]
fn whoever_names_several_groups_is_asked_to_which_time() {
    if needs_sandbox("whoever_names_several_groups_is_asked_to_which_time") {
        return;
    }
    let shop = Shop::new("asked-both");
    let restore = ["restore", "--group", "db", "--group", "files", "--in-place"];
    let answers = [
        ("To which time?  (type to search", ""),
        ("taken within ", "\r"),
        (" Type data to go on: ", "data\r"),
        (" Type files to go on: ", "files\r"),
    ];
    let (code, rest) = play(session(&shop.bench.namespace, &restore), &answers);
    assert_eq!(code, 0, "{rest}");
    assert_eq!(shop.states(), ["Restored"; 2]);
    assert_eq!(shop.read(), [OLD; 2]);
    shop.intact();
    shop.runs();
}

#[test]
fn what_a_person_does_not_say_goes_where_it_can_do_no_harm() {
    let scene = Scene::new("beside");
    scene.namespace.apply(&group("other", "elsewhere"));
    let question = format!("Which group of {}?", scene.namespace.name());
    let answers = [
        (question.as_str(), "db\r"),
        (SNAPSHOT, &format!("{}\r", scene.snapshot)),
        (PLACE, "\r"),
        ("Name of the new PVC? [data-", "No Such Name\r"),
        ("a name has at most", ""),
        ("Name of the new PVC? [data-", "copy\r"),
    ];
    let (code, rest) = play(session(&scene.namespace, &["restore"]), &answers);
    assert_eq!(code, 0, "{rest}");
    assert!(scene.namespace.find("persistentvolumeclaim", "copy").is_some());
    assert_eq!(scene.namespace.volume("data").map_or(NEW.to_owned(), |_| scene.read()), NEW);
}

#[test]
fn every_question_can_be_left_and_nothing_was_changed() {
    let scene = Scene::new("left");
    let typed = " Type data to go on: ";
    let down = format!("{DOWN}\r");
    let all = [(SNAPSHOT, "\r"), (PLACE, down.as_str()), (typed, "")];
    for count in 1..=all.len() {
        for (keys, wanted, word) in [("\u{1b}", 1, "NotConfirmed"), ("\u{3}", 130, "Cancelled")] {
            let mut answers = all[..count].to_vec();
            answers[count - 1].1 = keys;
            let (code, rest) = play(session(&scene.namespace, &["restore", "db"]), &answers);
            assert_eq!(code, wanted, "{rest}");
            assert!(rest.contains(&format!("nothing was changed ({word})")), "{rest}");
        }
    }
    let wrong = [(SNAPSHOT, "\r"), (PLACE, &down), (typed, "db\r"), (typed, "y\r"), (typed, "yes\r")];
    let (code, rest) = play(session(&scene.namespace, &["restore", "db"]), &wrong);
    assert_eq!(code, 1, "{rest}");
    assert!(rest.contains("nothing was changed (NotConfirmed)"), "{rest}");
    // Nobody is asked to agree to what is hidden.
    let quiet = session(&scene.namespace, &["restore", "db", "--quiet"]);
    let (code, rest) = play(quiet, &[(SNAPSHOT, "\r"), (PLACE, &down)]);
    assert_eq!(code, 2, "{rest}");
    assert!(rest.contains("hidden by --quiet"), "{rest}");
    gemini(&scene.namespace, &["status"]).exits(0).says(&["No restores found"]);
    scene.as_before();
    // Where nobody can be asked, the flags are named.
    for (args, flags) in [
        (
            &["restore"][..],
            "a GROUP, and --snapshot NAME, --latest or --at WHEN, and --to-pvc NAME or --in-place",
        ),
        (&["restore", "db", "--latest"], "use --to-pvc NAME or --in-place"),
        (&["restore", "db", "--in-place"], "use --snapshot NAME, --latest or --at WHEN"),
        (&["restore", "db", "--latest", "--in-place"], "--confirm=PVC"),
    ] {
        gemini(&scene.namespace, args).fails_with(2, "NotATerminal", &[flags]);
    }
}
