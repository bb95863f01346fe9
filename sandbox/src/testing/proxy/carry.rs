//! Carries one call from the program to the server and its answer back, with what a rule does to it in between.
//! A call that was passed on is always carried out, also when the program has gone away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use hyper::http::request::Parts;
use hyper::{Request, Response, Uri};
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::action::{Action, Signal, When};
use super::answer::{Body, half, passed, whole};
use super::clock::Clock;
use super::record::{Entry, Log};
use super::rule::Rules;
use super::target::Verb;
use super::upstream::Upstream;

/// As long as a program takes to be told to whom signals go, or to notice one.
const PATIENCE: Duration = Duration::from_secs(10);
const NOTICE: Duration = Duration::from_millis(20);

/// What all connections of a proxy share.
pub(super) struct Shared {
    pub(super) upstream: Upstream,
    pub(super) clock: Clock,
    pub(super) log: Log,
    pub(super) rules: Mutex<Rules>,
    /// The program that signals are for.
    pub(super) program: watch::Sender<Option<Pid>>,
    /// How many calls the server is carrying out.
    pub(super) asked: AtomicUsize,
}

/// Carries one call. An error closes the connection without an answer.
pub(super) async fn carry(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    let (entry, call) = shared.log.begin(head.method.as_str(), path, query, &body);
    let (hook, action) = shared.rules.lock().unwrap_or_else(PoisonError::into_inner).decide(&call);
    entry.note(|call| call.action = action.clone());
    if let Some(hook) = hook {
        let call = call.clone();
        tokio::task::spawn_blocking(move || hook(&call)).await?;
    }
    let mut line = Line { shared: &shared, entry: &entry, verb: call.verb, head, body };
    let response = match action {
        Action::Pass => line.ask().await?,
        Action::Drop | Action::GoDown => bail!("dropped"),
        Action::LoseAnswer => {
            line.ask().await?;
            bail!("the answer is lost")
        }
        Action::CutAnswer => {
            let (head, body) = line.ask().await?.into_parts();
            Response::from_parts(head, half(&body.collect().await?.to_bytes()))
        }
        Action::Delay(delay) => {
            sleep(delay).await;
            line.ask().await?
        }
        Action::NeverAnswer { forward } => {
            if forward {
                line.ask().await?;
            }
            // Ends when the program closes the connection.
            std::future::pending().await
        }
        Action::Answer { told, forward } => {
            if forward {
                line.ask().await?;
            }
            told.response(&call)
        }
        Action::Pages(size) => {
            line.head.uri = in_pages_of(size, &line.head.uri)?;
            line.ask().await?
        }
        Action::Twice => {
            line.ask().await?.into_body().collect().await?;
            line.ask().await?
        }
        Action::Signal(signal, when) => line.signal(signal, when).await?,
    };
    entry.note(|call| call.told = Some(response.status().as_u16()));
    Ok(response)
}

/// A call with its way to the server.
struct Line<'a> {
    shared: &'a Arc<Shared>,
    entry: &'a Entry,
    verb: Verb,
    head: Parts,
    body: Bytes,
}

impl Line<'_> {
    async fn ask(&self) -> Result<Response<Body>> {
        let (shared, mut head, body) = (self.shared.clone(), self.head.clone(), self.body.clone());
        let is_moved = shared.clock.is_moved() && self.verb != Verb::Watch;
        if is_moved {
            // What is compressed cannot be read here.
            head.headers.remove(ACCEPT_ENCODING);
        }
        // A task of its own: this one ends when the program closes its connection.
        let response = tokio::spawn(async move {
            shared.asked.fetch_add(1, Ordering::SeqCst);
            let response = shared.upstream.ask(head, body).await;
            shared.asked.fetch_sub(1, Ordering::SeqCst);
            response
        });
        let response = response.await??;
        self.entry.note(|call| call.answered = Some(response.status().as_u16()));
        let (mut head, body) = response.into_parts();
        if !is_moved {
            return Ok(Response::from_parts(head, passed(body)));
        }
        let clock = &self.shared.clock;
        clock.head(&mut head.headers);
        let body = body.collect().await?.to_bytes();
        head.headers.remove(CONTENT_LENGTH);
        Ok(Response::from_parts(head, whole(clock.body(&body).map_or(body, Bytes::from))))
    }

    async fn signal(&self, signal: Signal, when: When) -> Result<Response<Body>> {
        if when == When::Before {
            self.shared.send(signal).await?;
            if signal == Signal::Kill {
                bail!("killed before");
            }
            sleep(NOTICE).await;
        }
        let (head, body) = self.ask().await?.into_parts();
        let body = whole(body.collect().await?.to_bytes());
        match when {
            When::Before => {}
            When::Answered => {
                self.shared.send(signal).await?;
                if signal == Signal::Kill {
                    bail!("killed before the answer");
                }
                sleep(NOTICE).await;
            }
            When::After => {
                let (shared, program) = (self.shared.clone(), self.shared.program().await?);
                tokio::spawn(async move {
                    sleep(NOTICE / 2).await;
                    // With its last answer it may have ended, and the next program have begun.
                    match *shared.program.borrow() == Some(program) {
                        true => kill(program, signal),
                        false => Ok(()),
                    }
                });
            }
        }
        Ok(Response::from_parts(head, body))
    }
}

/// The same list, in pages of that size.
fn in_pages_of(size: u32, uri: &Uri) -> Result<Uri> {
    let query = uri.query().unwrap_or_default();
    let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("limit="));
    let others: String = others.map(|pair| format!("&{pair}")).collect();
    Ok(format!("{}?limit={size}{others}", uri.path()).parse()?)
}

impl Shared {
    async fn send(&self, signal: Signal) -> Result<()> {
        kill(self.program().await?, signal)
    }

    /// The program that signals are for, once it is named.
    async fn program(&self) -> Result<Pid> {
        let mut program = self.program.subscribe();
        let known = timeout(PATIENCE, program.wait_for(Option::is_some)).await;
        Ok(known.map_err(|_| anyhow!("no program to send a signal to"))??.unwrap_or(Pid::this()))
    }
}

fn kill(program: Pid, signal: Signal) -> Result<()> {
    let signal = match signal {
        Signal::Kill => nix::sys::signal::SIGKILL,
        Signal::Term => nix::sys::signal::SIGTERM,
    };
    if program != Pid::this() {
        nix::sys::signal::kill(program, signal)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_size_of_pages_is_changed() {
        for (asked, wanted) in [
            ("/things", "/things?limit=2"),
            ("/things?limit=500&continue=a%3Db", "/things?limit=2&continue=a%3Db"),
            ("/things?&labelSelector=a&limit=500", "/things?limit=2&labelSelector=a"),
        ] {
            assert_eq!(in_pages_of(2, &asked.parse().unwrap()).unwrap().to_string(), wanted);
        }
    }
}
