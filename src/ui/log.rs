//! The log of a pass: one line for each decision, as text or as JSON with fixed keys, on standard error.
//! Must hold nothing secret, and nothing that steers a terminal; the last line is always "run finished".

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::terminal::Ui;
use crate::error::{Error, ExitCode};
use crate::model::notice::Notice;
use crate::model::text;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object in each line.
    Json,
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Info,
    /// Somebody should know.
    Warn,
    /// Something was not done.
    Error,
}

/// What a line says besides its message. Every key is always spelled like this; what does not apply is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Namespace of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The SnapshotGroup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pvc: Option<String>,
    /// The VolumeSnapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// The rules that it was taken for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intervals: Vec<String>,
    /// One stable word: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// In the last line: what the pass has done.
    #[serde(flatten)]
    pub totals: Option<Totals>,
}

/// What a pass has done, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Groups that were looked at.
    pub groups: usize,
    /// Groups for which a snapshot was due.
    pub due: usize,
    /// Snapshots that were created.
    pub created: usize,
    /// Snapshots of this pass that were seen ready, and of the right volume where that could be proven.
    pub ready: usize,
    /// Snapshots that were deleted.
    pub pruned: usize,
    /// Groups for which something was not done.
    pub failed: usize,
}

/// One line of the log as JSON.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    #[serde(serialize_with = "milliseconds")]
    ts: DateTime<Utc>,
    level: Level,
    msg: String,
    /// The same word in all lines of one pass.
    run: String,
    #[serde(flatten)]
    facts: Facts,
    /// In the last line: the exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    /// In the last line: the program's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
}

fn milliseconds<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The log of one pass.
pub struct Log {
    ui: Arc<Ui>,
    format: LogFormat,
    run: String,
}

impl Log {
    /// A log; `run` is the word that tells its lines from those of other passes.
    pub fn new(ui: Arc<Ui>, format: LogFormat, run: String) -> Self {
        Self { ui, format, run }
    }

    /// Something was done.
    pub fn info(&self, msg: &str, facts: Facts) {
        self.say(Level::Info, msg, facts, None);
    }

    /// Somebody should know.
    pub fn warn(&self, msg: &str, facts: Facts) {
        self.say(Level::Warn, msg, facts, None);
    }

    /// Something was not done.
    pub fn error(&self, msg: &str, facts: Facts, error: &Error) {
        let why = std::iter::once(&error.message).chain(&error.causes);
        let why = why.map(String::as_str).collect::<Vec<_>>().join(": ");
        let hints = error.hints().join("; ");
        let facts = Facts {
            reason: Some(error.reason.word().to_owned()),
            error: Some(format!("{why} (hint: {hints})")),
            ..facts
        };
        match self.format {
            LogFormat::Json => self.say(Level::Error, msg, facts, None),
            LogFormat::Text => self.ui.error(error),
        }
    }

    /// What the cluster code says while it works.
    pub fn notice(&self, notice: Notice) {
        if self.format == LogFormat::Text {
            return self.ui.notice(notice);
        }
        match notice {
            Notice::Warning(text) | Notice::Slow(text) | Notice::Stopping(text) => {
                self.warn(&text, Facts::default());
            }
            Notice::Reported(text) => {
                self.warn("reported", Facts { error: Some(text), ..Facts::default() });
            }
            Notice::Waiting { .. } | Notice::Done => {}
        }
    }

    /// The last line. Returns it as text.
    pub fn finished(&self, totals: Totals, exit: ExitCode, duration_ms: u64) -> String {
        let is_good = matches!(exit, ExitCode::Done | ExitCode::Requested);
        let level = if is_good { Level::Info } else { Level::Error };
        let facts = Facts { totals: Some(totals), duration_ms: Some(duration_ms), ..Facts::default() };
        let line = words("run finished", &facts, Some(exit));
        self.say(level, "run finished", facts, Some(exit));
        line
    }

    fn say(&self, level: Level, msg: &str, facts: Facts, exit: Option<ExitCode>) {
        match self.format {
            LogFormat::Text => self.say_text(level, &words(msg, &facts, exit)),
            LogFormat::Json => {
                let line = Line {
                    ts: Utc::now(),
                    level,
                    msg: msg.to_owned(),
                    run: self.run.clone(),
                    facts,
                    version: exit.map(|_| env!("CARGO_PKG_VERSION")),
                    exit: exit.map(ExitCode::code),
                };
                // A line of strings and numbers can always be written.
                let line = serde_json::to_string(&line).unwrap_or_default();
                self.ui.log_line(&ascii(&line));
            }
        }
    }

    fn say_text(&self, level: Level, line: &str) {
        match level {
            Level::Info | Level::Error => self.ui.note(&text::line(line)),
            Level::Warn => self.ui.notice(Notice::Warning(line.to_owned())),
        }
    }
}

/// `shop/db: snapshot created: db-1795341000 (10 minutes, hour)`
fn words(msg: &str, facts: &Facts, exit: Option<ExitCode>) -> String {
    let place = match (&facts.namespace, &facts.group) {
        (Some(namespace), Some(group)) => format!("{namespace}/{group}: "),
        _ => String::new(),
    };
    let mut line = format!("{place}{msg}");
    if let Some(what) = facts.snapshot.as_ref().or(facts.pvc.as_ref()) {
        line += &format!(" {what}");
    }
    if !facts.intervals.is_empty() {
        line += &format!(" ({})", facts.intervals.join(", "));
    }
    if let Some(why) = facts.error.as_ref().or(facts.reason.as_ref()) {
        line += &format!(": {why}");
    }
    if let Some(Totals { groups, due, created, ready, pruned, failed }) = facts.totals {
        line += &format!(
            ": {groups} groups, {due} due, {created} created, {ready} ready, {pruned} deleted, {failed} failed"
        );
    }
    match exit {
        Some(exit) if exit != ExitCode::Done => format!("{line} (exit {})", exit.code()),
        _ => line,
    }
}

/// Whatever reads the log's lines need not know its encoding.
fn ascii(json: &str) -> String {
    text::json_escaped(json, |character| !character.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn a_line_of_text_says_where_what_and_why() {
        let facts = Facts {
            namespace: Some("shop".into()),
            group: Some("db".into()),
            pvc: Some("data".into()),
            snapshot: Some("db-1".into()),
            intervals: vec!["10 minutes".into(), "hour".into()],
            reason: Some("due".into()),
            ..Facts::default()
        };
        assert_eq!(words("created", &facts, None), "shop/db: created db-1 (10 minutes, hour): due");
        let totals = Totals { groups: 3, due: 2, created: 2, ready: 1, pruned: 4, failed: 1 };
        let last = words(
            "run finished",
            &Facts { totals: Some(totals), ..Facts::default() },
            Some(ExitCode::Partial),
        );
        assert_eq!(last, "run finished: 3 groups, 2 due, 2 created, 1 ready, 4 deleted, 1 failed (exit 6)");
    }

    #[test]
    fn a_line_of_json_keeps_its_meaning_in_ascii() {
        let facts = Facts { error: Some("a\u{202e}b\u{1b}[2J 💾 \"x\"".into()), ..Facts::default() };
        let line = ascii(&serde_json::to_string(&facts).unwrap());
        assert!(line.bytes().all(|byte| byte.is_ascii() && byte >= b' '), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["error"], "a\u{202e}b\u{1b}[2J 💾 \"x\"");
        assert_eq!(Error::new(Reason::Forbidden, "x").reason.word(), "Forbidden");
    }
}
