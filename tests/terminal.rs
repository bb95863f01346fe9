//! Questions under a pseudo-terminal: who is asked, what an answer does, and how a question is left; and what is coloured.
//! For questions no command is needed: each test runs [`child`] of this program in a terminal of its own.

#![cfg(unix)]

use std::process::{Command, Stdio};

use anstream::ColorChoice;
use kubectl_gemini::cluster::interrupt::Interrupt;
use kubectl_gemini::cluster::notices::Notices;
use kubectl_gemini::error::ExitCode;
use kubectl_gemini::ui::choose::Choices;
use kubectl_gemini::ui::prompt::Question;
use kubectl_gemini::ui::terminal::{Loudness, Questions, Ui};
use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

const ASKED: &str = "KUBECTL_GEMINI_TEST_ASKED";
const QUESTION: &str = "Delete 3 snapshots of group db?";
const CURSOR_HIDDEN: &str = "\u{1b}[?25l";

/// What the tests run: asks one question, and ends with 0 for yes, 1 for no, the place in a list, or the error's code.
#[test]
#[ignore = "the other tests run it, in a terminal"]
fn child() {
    let Ok(kind) = std::env::var(ASKED) else { return };
    let questions = if kind == "never" { Questions::Never } else { Questions::Allowed };
    let ui = Ui::new(Loudness::Normal, ColorChoice::Auto, questions);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        // As in a command: signals are caught, and something was waited for.
        let _interrupt = (kind != "early").then(|| Interrupt::listen(Notices::new(|_| ())));
        tokio::task::yield_now().await;
        ui.begin();
        let question = Question { text: QUESTION, instead: "--yes, or --dry-run to look first" };
        match kind.as_str() {
            "word" => ui.confirm_by_typing(question, "db").map(|yes| u8::from(!yes)),
            "choose" => {
                let lines: Vec<_> =
                    (0..30).map(|number| format!("photo {number}  {}", "x".repeat(120))).collect();
                let choices = Choices { lines: &lines, footer: Some("2 not offered") };
                ui.choose(question, choices).map(|place| u8::try_from(place).unwrap())
            }
            "text" => ui.ask_for(question, "db-copy").map(|text| u8::try_from(text.len()).unwrap()),
            _ => ui.confirm(question).map(|yes| u8::from(!yes)),
        }
    });
    let code = match answer {
        Ok(code) => code,
        Err(error) => {
            ui.error(&error);
            error.exit_code().code()
        }
    };
    std::process::exit(code.into());
}

fn command(kind: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "child", "--nocapture", "--quiet"]);
    command.env(ASKED, kind).env("TERM", "xterm").env("NO_COLOR", "1");
    command
}

fn ask(kind: &str) -> PtySession {
    let mut session = spawn_command(command(kind), Some(20_000)).unwrap();
    let end = match kind {
        "word" => " Type db to go on: ",
        "choose" => "  (type to search",
        "text" => " [db-copy] ",
        _ => " [y/N] ",
    };
    session.exp_string(&format!("{QUESTION}{end}")).unwrap();
    session
}

/// The exit code, and what was printed after the question.
fn end(mut session: PtySession) -> (i32, String) {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (code, rest),
        other => panic!("{other:?} after {rest}"),
    }
}

fn answered(kind: &str, keys: &str) -> i32 {
    let mut session = ask(kind);
    session.send(keys).unwrap();
    session.flush().unwrap();
    end(session).0
}

#[test]
fn only_a_clear_yes_is_one() {
    for (keys, code) in [
        ("y\r", 0),
        ("YES\r", 0),
        (" yes \r", 0),
        ("\r", 1),
        ("n\r", 1),
        ("No\n", 1),
        ("ny\u{7f}\r", 1),
        ("n\u{7f}\u{7f}y\r", 0),
        ("perhaps\ry\r", 0),
        ("perhaps\r\r", 1),
        ("\u{1b}[Ay\r", 0),
    ] {
        assert_eq!(answered("confirm", keys), code, "{keys:?}");
    }
}

#[test]
fn only_the_word_itself_allows_what_is_grave() {
    for (keys, code) in [
        ("db\r", 0),
        ("dbx\u{7f}\r", 0),
        ("dü\u{7f}b\r", 0),
        ("y\rDB\rdb\r", 0),
        ("\ry\rDB\r", 1),
        ("db2\rdb2\rdb2\rdb\r", 1),
    ] {
        assert_eq!(answered("word", keys), code, "{keys:?}");
    }
}

#[test]
fn a_question_is_left_with_ctrl_c_ctrl_d_or_esc_and_the_terminal_is_as_before() {
    for kind in ["confirm", "word", "early", "choose", "text"] {
        let declined = (ExitCode::Failed, "NotConfirmed");
        let cancelled = (ExitCode::Cancelled, "Cancelled");
        for (keys, (wanted, word)) in
            [("\u{3}", cancelled), ("y\u{3}", cancelled), ("\u{1b}", declined), ("\u{4}", cancelled)]
        {
            let mut session = ask(kind);
            session.send(keys).unwrap();
            session.flush().unwrap();
            let (code, rest) = end(session);
            assert_eq!(code, i32::from(wanted.code()), "{kind} {keys:?}: {rest}");
            let told = format!("nothing was changed ({word})");
            assert!(rest.contains("\r\nerror: ") && rest.contains(&told), "{rest}");
            assert!(!rest.contains(CURSOR_HIDDEN) && !rest.contains("quit at once"), "{rest}");
        }
    }
}

#[test]
fn a_line_is_chosen_with_arrows_or_by_typing() {
    for (keys, code) in [
        ("\r", 0),
        ("\u{1b}[B\u{1b}[B\u{1b}[A\r", 1),
        ("photo 2\r", 2),
        ("29\r", 29),
        ("9\u{1b}[B\r", 19),
        ("nothing\r\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}7\r", 7),
    ] {
        assert_eq!(answered("choose", keys), code, "{keys:?}");
    }
    assert_eq!((answered("text", "\r"), answered("text", "ab\r")), (7, 2));
}

/// A line that wraps, or a list that scrolls, would stay on the screen.
#[test]
fn a_list_fits_into_every_terminal() {
    for (columns, rows) in [(20, 8), (80, 24), (200, 60)] {
        let inner = command("choose");
        let mut outer = Command::new("sh");
        outer.args(["-c", &format!("stty cols {columns} rows {rows} && exec \"$0\" \"$@\"")]);
        outer.arg(inner.get_program()).args(inner.get_args());
        outer.envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
        let mut session = spawn_command(outer, Some(20_000)).unwrap();
        let first = session.exp_string("> photo 0").unwrap();
        session.send("1\u{1b}[B\r").unwrap();
        session.flush().unwrap();
        let (code, rest) = end(session);
        assert_eq!(code, 10, "{rest}");
        // The session takes each byte for a character.
        let drawn = format!("{first}> photo 0{rest}").replace("\u{e2}\u{80}\u{a6}", "…");
        let plain = dialoguer::console::strip_ansi_codes(&drawn);
        let lines: Vec<_> = plain.lines().filter(|line| line.contains("photo")).collect();
        assert!(lines.len() > 5, "{lines:?}");
        for line in lines {
            assert!(line.trim_matches('\r').chars().count() < columns, "{columns}: {line:?}");
        }
        let shown = plain.split("photo 0").nth(1).unwrap_or_default().split('\n').count();
        assert!(shown > 3, "{shown}");
    }
}

#[test]
fn standard_output_may_go_elsewhere() {
    let mut command = command("confirm");
    command.stdout(Stdio::null());
    let mut session = spawn_command(command, Some(20_000)).unwrap();
    session.exp_string(QUESTION).unwrap();
    session.send("y\r").unwrap();
    session.flush().unwrap();
    assert_eq!(end(session).0, 0);
}

#[test]
fn without_a_terminal_nobody_is_asked_and_the_flags_are_named() {
    let in_terminal = |change: &dyn Fn(&mut Command)| {
        let mut command = command("confirm");
        change(&mut command);
        end(spawn_command(command, Some(20_000)).unwrap())
    };
    let never = end(spawn_command(command("never"), Some(20_000)).unwrap());
    let without_stdin = in_terminal(&|command| {
        command.stdin(Stdio::null());
    });
    let dumb = in_terminal(&|command| {
        command.env("TERM", "dumb");
    });
    let unset = in_terminal(&|command| {
        command.env_remove("TERM");
    });
    let nowhere = command("confirm").stdin(Stdio::null()).output().unwrap();
    let nowhere = (nowhere.status.code().unwrap(), String::from_utf8_lossy(&nowhere.stderr).into_owned());
    for (code, said) in [never, without_stdin, dumb, unset, nowhere] {
        assert_eq!(code, i32::from(ExitCode::Usage.code()), "{said}");
        assert!(said.contains("(NotATerminal)") && said.contains("hint: use --yes, or --dry-run"), "{said}");
        assert!(!said.contains(QUESTION), "{said}");
    }
}

/// What a terminal gets of a group that is overdue and one that is healthy.
fn listed(args: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
    let saved =
        ["--from-file", "tests/fixtures/saved/snapshots.json", "-f", "tests/fixtures/saved/group.yaml"];
    command.arg("list").args(saved).args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    // A build machine has colour also in a dumb terminal, and says so with `CI`.
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(variable);
    }
    command.env("TERM", "xterm").envs(environment.iter().copied());
    let mut session = spawn_command(command, Some(20_000)).unwrap();
    session.exp_eof().unwrap()
}

#[test]
fn only_the_status_is_coloured_and_only_on_a_terminal_that_wants_it() {
    let (green, red) = ("\u{1b}[32mHealthy\u{1b}[0m", "\u{1b}[31mOverdue\u{1b}[0m");
    let (well, late) = (["--now", "2026-03-10T12:05:10Z"], ["--now", "2026-03-10T12:45:10Z"]);
    let shown = listed(&well, &[]);
    assert!(shown.contains(green) && shown.matches('\u{1b}').count() == 2, "{shown:?}");
    assert!(listed(&late, &[]).contains(red));
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = listed(&late, &[environment]);
        assert!(shown.contains("Overdue") && !shown.contains('\u{1b}'), "{environment:?}: {shown:?}");
    }
    assert!(!listed(&[&late[..], &["--color=never"]].concat(), &[]).contains('\u{1b}'));
    assert!(!listed(&[&late[..], &["-o", "json"]].concat(), &[]).contains('\u{1b}'));
}

/// Wrong flags, the help, and the log of requests, on a terminal.
#[test]
fn also_the_help_and_what_is_wrong_with_a_command_line_are_coloured_only_where_that_is_wanted() {
    let said = |args: &[&str], environment: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(variable);
        }
        command
            .args(args)
            .env("KUBECONFIG", "/nonexistent")
            .env("TERM", "xterm")
            .envs(environment.iter().copied());
        spawn_command(command, Some(20_000)).unwrap().exp_eof().unwrap()
    };
    let is_coloured = |text: &str| {
        let after = text.split("\u{1b}[").skip(1);
        after
            .into_iter()
            .any(|code| code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
    };
    let nobody_there = ["list", "-v=8", "--server=http://127.0.0.1:1"];
    for args in [&["list", "--help"][..], &["list", "--perhaps"], &nobody_there] {
        let shown = said(args, &[]);
        assert!(is_coloured(&shown), "{args:?}: {shown:?}");
        for (flags, environment) in [
            (&["--color=never"][..], &[][..]),
            (&["--color", "never"], &[]),
            (&[], &[("NO_COLOR", "1")]),
            (&[], &[("TERM", "dumb")]),
        ] {
            let shown = said(&[args, flags].concat(), environment);
            assert!(!shown.is_empty() && !is_coloured(&shown), "{args:?} {flags:?}: {shown:?}");
        }
        let mut piped = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
        piped.args(args).arg("--color=always").env("KUBECONFIG", "/nonexistent").env_remove("NO_COLOR");
        let output = piped.output().unwrap();
        assert!(is_coloured(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat())), "{args:?}");
    }
}
