//! The two streams: data on stdout, everything else on stderr. Nothing else in the program prints.
//! Must not fail because a reader went away, and must not animate what is not a terminal.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use crate::error::{Error, Reason, Result};
use crate::model::duration;
use crate::model::notice::Notice;
use crate::model::text;

/// Without a terminal, a wait is worth a line after this long.
const FIRST_PLAIN: Duration = Duration::from_secs(2);
/// Without a terminal, what we wait for is repeated at most this often.
const PLAIN_EVERY: Duration = Duration::from_secs(30);
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loudness {
    /// Everything.
    Normal,
    /// `--quiet`: only errors.
    Quiet,
}

/// Whether the program may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Questions {
    /// Where there is a terminal.
    Allowed,
    /// `--no-input`
    Never,
}

/// Where output goes, and in which form.
pub struct Ui {
    loudness: Loudness,
    colour: ColorChoice,
    pub(super) questions: Questions,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    bar: Option<ProgressBar>,
    plain: Option<Instant>,
}

impl Ui {
    /// Streams with the given loudness, `--color` and `--no-input`.
    pub fn new(loudness: Loudness, colour: ColorChoice, questions: Questions) -> Self {
        Self { loudness, colour, questions, progress: Mutex::default() }
    }

    /// One that says nothing at all, for work whose words go elsewhere.
    pub fn silent() -> Self {
        Self::new(Loudness::Quiet, ColorChoice::Never, Questions::Never)
    }

    /// Shows on a terminal that something is going on, before there is anything to say.
    pub fn begin(&self) {
        if self.loudness == Loudness::Normal && is_animated() {
            self.progress().bar.get_or_insert_with(spinner).set_message("looking at the cluster");
        }
    }

    /// Writes data to stdout. A reader that went away is no failure: it has what it wanted.
    pub fn data(&self, text: &str) -> Result<()> {
        self.write(text, &mut io::stdout().lock())
    }

    /// As [`Self::data`], for text with colours: they are left out where they are not wanted or cannot be shown.
    pub fn coloured(&self, text: &str) -> Result<()> {
        self.write(text, &mut AutoStream::new(io::stdout(), self.colour))
    }

    fn write(&self, text: &str, stdout: &mut impl Write) -> Result<()> {
        self.done();
        let written = self.aside(|| stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::new(Reason::OutputFailed, "output cannot be written").cause(error.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Only data and problems are wanted.
    pub fn is_quiet(&self) -> bool {
        self.loudness == Loudness::Quiet
    }

    /// Tells something that is neither data nor a problem.
    pub fn note(&self, text: &str) {
        if self.loudness == Loudness::Normal {
            self.stderr(&format!("{}\n", text::escaped(text)));
        }
    }

    /// Writes a line of a log that is already fit for a terminal.
    pub(super) fn log_line(&self, line: &str) {
        self.stderr(&format!("{line}\n"));
    }

    /// Passes on what the cluster code says while it works.
    pub fn notice(&self, notice: Notice) {
        if self.loudness == Loudness::Quiet && !matches!(notice, Notice::Stopping(_)) {
            return;
        }
        match notice {
            Notice::Warning(warning) => {
                self.stderr(&format!("{WARN}Warning:{WARN:#} {}\n", text::line(&warning)));
            }
            Notice::Slow(what) => self.stderr(&format!("{}\n", text::line(&what))),
            Notice::Reported(said) => self.stderr(&format!("reported: {}\n", text::line(&said))),
            Notice::Waiting { what, so_far } => self.waiting(&text::line(&what), so_far),
            Notice::Stopping(text) => self.stderr(&format!("{}\n", text::line(&text))),
            Notice::Done => self.done(),
        }
    }

    /// Prints a failure: message, causes, then after a blank line the ways out.
    pub fn error(&self, error: &Error) {
        let mut output = format!("{BAD}error:{BAD:#} {} ({})\n", text::line(&error.message), error.reason);
        for cause in &error.causes {
            output += &format!("  caused by: {}\n", text::line(cause));
        }
        output += "\n";
        for hint in error.hints() {
            output += &format!("{GOOD}hint:{GOOD:#} {}\n", text::escaped(hint).replace('\n', "\n      "));
        }
        self.stderr(&output);
    }

    fn stderr(&self, text: &str) {
        // Nobody is left to be told that stderr cannot be written.
        let _ = self.aside(|| AutoStream::new(io::stderr(), self.colour).write_all(text.as_bytes()));
    }

    /// On a terminal a spinner; elsewhere a line now and then.
    fn waiting(&self, what: &str, so_far: Duration) {
        let line = format!("waiting for {what} ({})", duration::typed(so_far));
        let mut progress = self.progress();
        if is_animated() {
            progress.bar.get_or_insert_with(spinner).set_message(line);
            return;
        }
        let due = progress.plain.map_or(so_far >= FIRST_PLAIN, |last| last.elapsed() >= PLAIN_EVERY);
        if due {
            progress.plain = Some(Instant::now());
            drop(progress);
            self.stderr(&format!("{line}\n"));
        }
    }

    /// Takes the spinner away.
    pub fn done(&self) {
        let mut progress = self.progress();
        if let Some(bar) = progress.bar.take() {
            bar.finish_and_clear();
        }
        progress.plain = None;
    }

    /// Writes while the spinner is out of the way.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = self.progress().bar.clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_animated() -> bool {
    io::stderr().is_terminal() && has_screen(std::env::var_os("TERM").as_deref())
}

/// A terminal of this `TERM` can move its cursor. Windows sets none.
pub(super) fn has_screen(term: Option<&OsStr>) -> bool {
    term.map_or(cfg!(windows), |term| !term.is_empty() && term != "dumb")
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
