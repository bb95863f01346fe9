//! What holds for every command: how its help begins, its short flags, and that no command waits for an answer that nobody gives.
//! No cluster is asked.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use clap::CommandFactory as _;
use kubectl_gemini::commands::Cli;
use kubectl_gemini::model::text;
use serde_json::{Value, json};

/// What is fixed for kubectl and its plugins, and ours: yes, quiet.
const SHORT: &str = "nAlowfvsLhVyq";
/// Nobody waits longer to be told that an answer is missing.
const AT_ONCE: Duration = Duration::from_secs(30);

fn walk(command: &clap::Command, look: &mut impl FnMut(&clap::Command)) {
    look(command);
    command.get_subcommands().for_each(|sub| walk(sub, look));
}

fn all(mut look: impl FnMut(&clap::Command)) {
    let mut command = Cli::command();
    command.build();
    walk(&command, &mut look);
}

#[test]
fn the_help_of_every_command_says_how_kubectl_calls_it() {
    let mut seen = 0;
    all(|command| {
        let usage = command.clone().render_usage().to_string();
        assert!(usage.starts_with("Usage: kubectl gemini"), "{}: {usage}", command.get_name());
        seen += 1;
    });
    assert!(seen > 16, "{seen}");
}

/// What is broken off in the middle of a line, and of an example, is hard to read.
#[test]
fn what_a_command_does_is_told_in_lines_of_eighty_columns() {
    all(|command| {
        let told =
            [command.get_about(), command.get_long_about()].map(|text| text.cloned().unwrap_or_default());
        for line in told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").lines() {
            assert!(line.chars().count() < 80, "{}: {line}", command.get_name());
        }
    });
}

#[test]
fn short_flags_mean_what_they_mean_to_kubectl() {
    let mut of_letter: BTreeSet<(char, String)> = BTreeSet::new();
    all(|command| {
        for arg in command.get_arguments().filter(|arg| arg.get_short().is_some()) {
            of_letter.insert((arg.get_short().unwrap(), arg.get_long().unwrap_or_default().to_owned()));
        }
    });
    for (letter, long) in &of_letter {
        assert!(SHORT.contains(*letter), "-{letter}, --{long}");
    }
    let letters: BTreeSet<_> = of_letter.iter().map(|(letter, _)| letter).collect();
    assert_eq!(letters.len(), of_letter.len(), "a letter has two meanings: {of_letter:?}");
}

#[test]
fn flags_are_spelled_as_kubectl_s_and_explained() {
    all(|command| {
        for arg in command.get_arguments() {
            let name = format!("{} {}", command.get_name(), arg.get_id());
            if let Some(long) = arg.get_long() {
                assert!(long.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            }
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let starts_well = help.starts_with(|c: char| c.is_uppercase()) || arg.get_id() == "dry_run";
            assert!(starts_well && !help.ends_with('.'), "{name}: {help:?}");
        }
    });
}

fn gemini(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).env("KUBECONFIG", "/nonexistent");
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(variable);
    }
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it says, if it ends in time.
fn in_time(args: &[&str]) -> Output {
    let mut child = gemini(args).spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > AT_ONCE {
            child.kill().unwrap();
            panic!("{args:?} waits for something");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn without_anybody_to_answer_no_command_waits_and_the_flag_is_named() {
    for args in [
        &["restore"][..],
        &["restore", "photos", "--latest"],
        &["restore", "photos", "--latest", "--in-place"],
        &["prune", "photos"],
        &["undo", "7f3ak"],
        &["purge", "7f3ak"],
    ] {
        let output = in_time(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("(NotATerminal)") && said.contains("hint: use "), "{args:?}: {said}");
        let hint = said.split("hint:").nth(1).unwrap_or_default();
        assert!(hint.contains("--"), "{args:?}: {said}");
        assert!(!said.contains('?') && output.stdout.is_empty(), "{args:?}: {said}");
        assert!(!output.stderr.contains(&0x1b), "{args:?}: {said:?}");
    }
}

/// A list with so many snapshots of the group in the fixtures.
fn saved(count: i64) -> String {
    let text = fs::read_to_string("tests/fixtures/saved/snapshots.json").unwrap();
    let mut list: Value = serde_json::from_str(&text).unwrap();
    let item = list["items"][0].clone();
    let items = (0..count).map(|number| {
        let (mut item, seconds) = (item.clone(), 1_773_141_005 - number * 600);
        let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap().to_rfc3339();
        item["metadata"]["name"] = json!(format!("db-{seconds}"));
        item["metadata"]["uid"] = json!(format!("uid-{seconds}"));
        item["metadata"]["creationTimestamp"] = json!(time);
        item["metadata"]["annotations"]["gemini.fairwinds.com/timestamp"] = json!(seconds.to_string());
        item["status"]["creationTime"] = json!(time);
        item
    });
    list["items"] = items.collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("many.json");
    fs::write(&path, list.to_string()).unwrap();
    path.to_string_lossy().into_owned()
}

/// Names are printed without any frame around them; those in a file are anybody's.
#[test]
fn a_name_from_a_file_does_not_steer_the_terminal() {
    let list = fs::read_to_string("tests/fixtures/saved/snapshots.json").unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("steering.json");
    fs::write(&path, list.replace("\"db-17731", "\"db\\u001b[2J\\u009b\\u202e-17731")).unwrap();
    let saved = [
        "--from-file",
        path.to_str().unwrap(),
        "-f",
        "tests/fixtures/saved/group.yaml",
        "--now",
        "2026-03-10T12:05:10Z",
    ];
    for command in [&["list", "--snapshots"][..], &["prune", "db"]] {
        for format in ["name", "wide", "json", "yaml", "jsonpath={.items}"] {
            let output = gemini(&[command, &saved, &["-o", format]].concat()).output().unwrap();
            for said in [output.stdout, output.stderr] {
                let said = String::from_utf8(said).unwrap();
                assert!(!said.contains(text::is_unsafe), "{command:?} -o {format}: {said:?}");
            }
        }
    }
}

/// `kubectl gemini list --snapshots | head -1`
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let many = saved(10_000);
    let args = ["list", "--snapshots", "--from-file", &many, "-f", "tests/fixtures/saved/group.yaml"];
    let mut child = gemini(&[&args[..], &["--now", "2026-03-10T12:05:10Z"]].concat()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{line}");
    assert!(line.starts_with("NAME "), "{line}");
}
