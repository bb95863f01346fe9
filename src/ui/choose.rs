//! A list to choose one line of, which narrows as one types; and a line of text with a proposal.
//! Must never be wider or higher than the terminal: a line that wraps could not be taken back.
//!
//! Written for the keys of `prompt`: the prompts of dialoguer hide the cursor and end the process at Ctrl-C before anybody can
//! show it again.

use std::io;

use dialoguer::console::{Key, Term, truncate_str};

use super::prompt::{Left, Question, is_end, unreadable};
use super::terminal::Ui;
use crate::error::Result;
use crate::model::text;

/// Most lines of a list that are shown at a time.
const MOST: usize = 10;

/// What can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Choices<'a> {
    /// The lines, each other than the others.
    pub lines: &'a [String],
    /// What is not offered, and why.
    pub footer: Option<&'a str>,
}

/// What is shown of a list at one moment.
struct Picker<'a> {
    choices: Choices<'a>,
    typed: String,
    /// Place among the lines that match.
    at: usize,
}

impl Picker<'_> {
    fn matching(&self) -> Vec<usize> {
        let wanted = self.typed.to_lowercase();
        let matches = |line: &str| {
            let line = line.to_lowercase();
            wanted.split_whitespace().all(|word| line.contains(word))
        };
        (0..self.choices.lines.len()).filter(|place| matches(&self.choices.lines[*place])).collect()
    }

    /// The lines on the screen, below the question. As many as fit, with the chosen one among them.
    fn shown(&self, height: usize) -> Vec<String> {
        let matching = self.matching();
        let room = height.saturating_sub(3).clamp(1, MOST);
        let first = (self.at + 1).saturating_sub(room);
        let line = |(place, index): (usize, &usize)| {
            let mark = if place == self.at { '>' } else { ' ' };
            format!("{mark} {}", self.choices.lines[*index])
        };
        let mut lines: Vec<_> = matching.iter().enumerate().skip(first).take(room).map(line).collect();
        let more = matching.len().saturating_sub(first + lines.len());
        match (matching.is_empty(), more) {
            (true, _) => lines.push("  nothing matches".to_owned()),
            (false, 0) => lines.extend(self.choices.footer.map(|footer| format!("  {footer}"))),
            (false, more) => lines.push(format!("  {more} more below")),
        }
        lines
    }

    /// Takes a key in. The choice once it is made, or how the list was left.
    fn press(&mut self, key: &Key) -> Option<std::result::Result<usize, Left>> {
        let matching = self.matching();
        match key {
            key if let Some(left) = Left::by(key) => return Some(Err(left)),
            Key::Enter => return matching.get(self.at).map(|place| Ok(*place)),
            Key::ArrowUp => self.at = self.at.saturating_sub(1),
            Key::ArrowDown => self.at = (self.at + 1).min(matching.len().saturating_sub(1)),
            Key::PageUp => self.at = self.at.saturating_sub(MOST),
            Key::PageDown => self.at = (self.at + MOST).min(matching.len().saturating_sub(1)),
            Key::Home => self.at = 0,
            Key::End => self.at = matching.len().saturating_sub(1),
            Key::Backspace => {
                self.typed.pop();
                self.at = 0;
            }
            Key::Char(character) if !character.is_control() => {
                self.typed.push(*character);
                self.at = 0;
            }
            _ => {}
        }
        None
    }
}

impl Ui {
    /// Has a person choose one of some lines; returns its place. Blocks the thread until there is an answer.
    ///
    /// Fails with `NotATerminal` if nobody can be asked, with `Cancelled` at Ctrl-C or Ctrl-D, with `NotConfirmed` at Esc.
    pub fn choose(&self, question: Question<'_>, choices: Choices<'_>) -> Result<usize> {
        self.require_answers(question.instead)?;
        self.done();
        let chosen = pick(&Term::stderr(), &text::line(question.text), choices);
        chosen.map_err(|error| unreadable(&error, question))?.map_err(Left::error)
    }

    /// Asks for a line of text; Enter alone takes the proposal. Blocks the thread until there is an answer.
    ///
    /// Fails with `NotATerminal` if nobody can be asked, with `Cancelled` at Ctrl-C or Ctrl-D, with `NotConfirmed` at Esc.
    pub fn ask_for(&self, question: Question<'_>, proposal: &str) -> Result<String> {
        let answer = self.ask(question, &format!(" [{proposal}] "))?;
        Ok(if answer.is_empty() { proposal.to_owned() } else { answer })
    }
}

fn pick(term: &Term, question: &str, choices: Choices<'_>) -> io::Result<std::result::Result<usize, Left>> {
    let mut picker = Picker { choices, typed: String::new(), at: 0 };
    loop {
        let (height, width) = term.size();
        let (height, width) = (usize::from(height), usize::from(width.max(8)) - 1);
        let head = match picker.typed.as_str() {
            "" => format!("{question}  (type to search, Enter to choose, Esc to leave)"),
            typed => format!("{question}  {typed}"),
        };
        let mut lines = vec![head];
        lines.extend(picker.shown(height));
        for line in &lines {
            term.write_line(&truncate_str(&text::escaped(line), width, "…"))?;
        }
        let key = term.read_key_raw();
        term.clear_last_lines(lines.len())?;
        match key.map(|key| picker.press(&key)) {
            Ok(None) => {}
            Ok(Some(Ok(place))) => {
                let line = format!("{question}  {}", choices.lines[place].trim_end());
                term.write_line(&truncate_str(&text::escaped(&line), width, "…"))?;
                return Ok(Ok(place));
            }
            Ok(Some(Err(left))) => {
                term.write_line(&truncate_str(question, width, "…"))?;
                return Ok(Err(left));
            }
            Err(error) if is_end(&error) => return Ok(Err(Left::Cancelled)),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{number}m ago  Photo-{number}")).collect()
    }

    fn picker(lines: &[String]) -> Picker<'_> {
        let choices = Choices { lines, footer: Some("2 not offered") };
        Picker { choices, typed: String::new(), at: 0 }
    }

    #[test]
    fn every_word_that_is_typed_narrows_the_list() {
        let lines = lines(30);
        let mut picker = picker(&lines);
        for character in "photo 2m".chars() {
            assert_eq!(picker.press(&Key::Char(character)), None);
        }
        assert_eq!(picker.matching(), [2, 12, 22]);
        picker.press(&Key::ArrowDown);
        assert_eq!(picker.press(&Key::Enter), Some(Ok(12)));
        picker.press(&Key::Char('x'));
        // Enter on nothing chooses nothing.
        assert_eq!(
            (picker.press(&Key::Enter), picker.shown(24)),
            (None, vec!["  nothing matches".to_owned()])
        );
        picker.press(&Key::Backspace);
        assert_eq!(picker.press(&Key::Escape), Some(Err(Left::Declined)));
        assert_eq!(picker.press(&Key::CtrlC), Some(Err(Left::Cancelled)));
    }

    #[test]
    fn the_chosen_line_is_always_among_those_that_fit() {
        let lines = lines(30);
        let mut picker = picker(&lines);
        for height in [2, 5, 24, 200] {
            for key in [
                Key::Home,
                Key::ArrowDown,
                Key::PageDown,
                Key::End,
                Key::ArrowUp,
                Key::ArrowDown,
                Key::ArrowDown,
            ] {
                picker.press(&key);
                let shown = picker.shown(height);
                let chosen: Vec<_> = shown.iter().filter(|line| line.starts_with('>')).collect();
                assert_eq!(chosen, [&format!("> {}", lines[picker.at])]);
                assert!(shown.len() <= MOST + 1 && shown.len() < height.max(4), "{height}: {shown:?}");
            }
        }
        assert_eq!(picker.shown(24).last().map(String::as_str), Some("  2 not offered"));
    }
}
