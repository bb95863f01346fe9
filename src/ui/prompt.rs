//! Questions: the one gate through which the program asks a person and waits for the answer.
//! Must not ask where nobody can answer, and must leave the terminal as it was, however a question ends.
//!
//! Keys are read by the terminal layer of dialoguer, not by its prompts: those hide the cursor and, at Ctrl-C, raise a
//! signal that ends the process before anybody can show it again; its text prompt knows no Esc.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};

use dialoguer::console::{Key, Term, measure_text_width};

use super::terminal::{Questions, Ui, has_screen};
use crate::error::{Error, Reason, Result};
use crate::model::text;

/// How often a word may be mistyped.
const TRIES: usize = 3;
/// What terminals send for Ctrl-D, the end of input.
const END: char = '\u{4}';

/// How a question was left without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// With Esc: the answer is no.
    Declined,
    /// With Ctrl-C or Ctrl-D, or with the terminal itself.
    Cancelled,
}

impl Left {
    /// What a key means at any question.
    pub fn by(key: &Key) -> Option<Self> {
        match key {
            Key::Escape => Some(Self::Declined),
            Key::CtrlC | Key::Char(END) => Some(Self::Cancelled),
            _ => None,
        }
    }

    /// What is said of it.
    pub fn error(self) -> Error {
        match self {
            Self::Declined => Error::new(Reason::NotConfirmed, "declined; nothing was changed"),
            Self::Cancelled => Error::new(Reason::Cancelled, "left without an answer; nothing was changed"),
        }
    }
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is asked: one line, as a sentence.
    pub text: &'a str,
    /// How to go on without a question: flags, to follow "use".
    pub instead: &'a str,
}

impl Ui {
    /// Refuses with `NotATerminal` if nobody can be asked. `instead` names the flags to use, such as `--yes, or
    /// --dry-run to look first`. A command that will have to ask says so before it does anything else.
    pub fn require_answers(&self, instead: &str) -> Result<()> {
        let term = std::env::var_os("TERM");
        let (stdin, stderr) = (io::stdin().is_terminal(), io::stderr().is_terminal());
        match obstacle(self.questions, stdin, stderr, term.as_deref()) {
            None => Ok(()),
            Some(obstacle) => {
                let message = format!("this needs an answer, and {obstacle}");
                Err(Error::new(Reason::NotATerminal, message).hint(format!("use {instead}")))
            }
        }
    }

    /// Asks for yes or no; Enter alone means no. Blocks the thread until there is an answer.
    ///
    /// Fails with `NotATerminal` if nobody can be asked, with `Cancelled` at Ctrl-C or Ctrl-D, with `NotConfirmed` at Esc.
    pub fn confirm(&self, question: Question<'_>) -> Result<bool> {
        loop {
            let answer = self.ask(question, " [y/N] ")?;
            match answer.to_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => self.note("Answer y for yes or n for no."),
            }
        }
    }

    /// Asks to type `word`, for what must not be confirmed by habit; after three other words that means no. Blocks the
    /// thread until there is an answer.
    ///
    /// Fails with `NotATerminal` if nobody can be asked, with `Cancelled` at Ctrl-C or Ctrl-D, with `NotConfirmed` at Esc.
    pub fn confirm_by_typing(&self, question: Question<'_>, word: &str) -> Result<bool> {
        for attempt in 1..=TRIES {
            if self.ask(question, &format!(" Type {word} to go on: "))? == word {
                return Ok(true);
            }
            if attempt < TRIES {
                self.note(&format!("That is not {word}. Esc leaves everything as it is."));
            }
        }
        Ok(false)
    }

    pub(super) fn ask(&self, question: Question<'_>, end: &str) -> Result<String> {
        self.require_answers(question.instead)?;
        // A spinner would write over the question.
        self.done();
        let line = format!("{}{}", text::line(question.text), text::escaped(end));
        match answer(&Term::stderr(), &line) {
            Ok(Ok(answer)) => Ok(answer.trim().to_owned()),
            Ok(Err(left)) => Err(left.error()),
            Err(error) => Err(unreadable(&error, question)),
        }
    }
}

/// An answer cannot be read.
pub(super) fn unreadable(error: &io::Error, question: Question<'_>) -> Error {
    Error::new(Reason::NotATerminal, "the answer cannot be read from the terminal")
        .cause(error.to_string())
        .hint(format!("use {}", question.instead))
}

/// Why nobody can be asked. Where the answer to a question that nobody sees would come from, it is not asked.
fn obstacle(questions: Questions, stdin: bool, stderr: bool, term: Option<&OsStr>) -> Option<&'static str> {
    match questions {
        Questions::Never => Some("--no-input was given"),
        Questions::Allowed if !stdin => Some("standard input is not a terminal"),
        Questions::Allowed if !stderr => Some("standard error is not a terminal"),
        Questions::Allowed if !has_screen(term) => Some("the terminal cannot show a question (TERM)"),
        Questions::Allowed => None,
    }
}

/// The terminal is gone, or a signal came.
pub(super) fn is_end(error: &io::Error) -> bool {
    [io::ErrorKind::UnexpectedEof, io::ErrorKind::Interrupted].contains(&error.kind())
}

/// Reads one line, key by key.
fn answer(term: &Term, question: &str) -> io::Result<std::result::Result<String, Left>> {
    term.write_str(question)?;
    let mut typed = String::new();
    let answer = loop {
        match term.read_key_raw() {
            Ok(Key::Enter) => break Ok(Ok(typed)),
            Ok(key) if let Some(left) = Left::by(&key) => break Ok(Err(left)),
            Ok(Key::Backspace) => {
                let width = typed.pop().map_or(0, |last| measure_text_width(&last.to_string()));
                term.clear_chars(width)?;
            }
            Ok(Key::Char(character)) if !character.is_control() => {
                typed.push(character);
                term.write_str(&character.to_string())?;
            }
            Ok(_) => {}
            Err(error) if is_end(&error) => break Ok(Err(Left::Cancelled)),
            Err(error) => break Err(error),
        }
    };
    term.write_line("")?;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_who_cannot_see_or_answer() {
        let good = Some(OsStr::new("xterm"));
        assert_eq!(obstacle(Questions::Allowed, true, true, good), None);
        for (questions, stdin, stderr, term, wanted) in [
            (Questions::Never, true, true, good, "--no-input"),
            (Questions::Allowed, false, true, good, "standard input"),
            (Questions::Allowed, true, false, good, "standard error"),
            (Questions::Allowed, true, true, Some(OsStr::new("dumb")), "TERM"),
            (Questions::Allowed, true, true, Some(OsStr::new("")), "TERM"),
        ] {
            let obstacle = obstacle(questions, stdin, stderr, term);
            assert!(obstacle.is_some_and(|text| text.contains(wanted)), "{obstacle:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_terminal_of_no_kind_is_none() {
        assert!(obstacle(Questions::Allowed, true, true, None).is_some());
    }
}
