//! What was asked of the server: every call in order, with what it said and what was answered.
//! The log is what tests read; it must be complete even where an answer was lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::action::Action;
use super::target::{Target, Verb, read};

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its number, from 1, in the order of arrival.
    pub number: usize,
    /// Its verb.
    pub verb: Verb,
    /// What it is about.
    pub target: Target,
    /// Its path as sent.
    pub path: String,
    /// Its query as sent.
    pub query: String,
    /// What was sent; null if nothing was, or no JSON.
    pub body: Value,
    /// What the server answered; nothing if it was not asked or its answer was lost on the way to the proxy.
    pub answered: Option<u16>,
    /// What the program was told; nothing if no answer reached it.
    pub told: Option<u16>,
    /// What was done to it.
    pub action: Action,
    /// When it arrived.
    pub began: Instant,
    /// How long the program waited, until the answer's head was passed on or the connection ended.
    pub took: Option<Duration>,
}

impl Call {
    pub(super) fn new(number: usize, method: &str, path: &str, query: &str, body: &[u8]) -> Self {
        let (verb, target) = read(method, path, query);
        Self {
            number,
            verb,
            target,
            path: path.to_owned(),
            query: query.to_owned(),
            body: serde_json::from_slice(body).unwrap_or_default(),
            answered: None,
            told: None,
            action: Action::Pass,
            began: Instant::now(),
            took: None,
        }
    }

    /// The server is asked to check, not to store.
    pub fn is_dry_run(&self) -> bool {
        self.query.split('&').any(|pair| pair == "dryRun=All") || self.body["dryRun"][0] == "All"
    }

    /// It may have changed something: a write that the server was asked to store. Questions that are asked with POST,
    /// such as access reviews, are none.
    pub fn is_change(&self) -> bool {
        self.verb.is_write() && !self.is_dry_run() && !self.target.resource.ends_with("reviews")
    }

    /// One line for a person: number, verb, what, what was answered and told.
    pub fn line(&self) -> String {
        let Target { resource, name, .. } = &self.target;
        let name = name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let code = |code: Option<u16>| code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        let dry = if self.is_dry_run() { " (dry run)" } else { "" };
        let action = if self.action == Action::Pass { String::new() } else { format!(" {:?}", self.action) };
        let (number, verb) = (self.number, self.verb);
        let (answered, told) = (code(self.answered), code(self.told));
        format!("{number:3} {verb} {resource}{name}{dry}: answered {answered}, told {told}{action}")
    }
}

/// The log of one proxy.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    /// How many there ever were: numbers go on when the log is emptied.
    count: usize,
    kept: Vec<Call>,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call in.
    pub(super) fn begin(&self, method: &str, path: &str, query: &str, body: &[u8]) -> (Entry, Call) {
        let mut calls = self.lock();
        calls.count += 1;
        let call = Call::new(calls.count, method, path, query, body);
        calls.kept.push(call.clone());
        (Entry { log: self.clone(), number: call.number, began: call.began }, call)
    }

    pub(super) fn all(&self) -> Vec<Call> {
        self.lock().kept.clone()
    }

    /// Empties the log, and returns what was in it.
    pub(super) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.lock().kept)
    }
}

/// A call under way. Its end is noted when this is dropped, also if the program has gone away.
pub(super) struct Entry {
    log: Log,
    number: usize,
    began: Instant,
}

impl Entry {
    pub(super) fn note(&self, change: impl FnOnce(&mut Call)) {
        let mut calls = self.log.lock();
        // It is not there if the log was emptied meanwhile: then nobody asks for it any more.
        if let Some(call) = calls.kept.iter_mut().find(|call| call.number == self.number) {
            change(call);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        self.note(|call| call.took = Some(took));
    }
}
