//! The connection to one cluster: the client, and how every request is made, timed, repeated and worded.
//! Must not repeat a write: whether a create may be sent again is decided where the object is known.

#[cfg(test)]
pub mod mock;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use chrono::{DateTime, Utc};
use http::Response;
use kube::client::{AuthError, ClientBuilder, DynBody};
use kube::{Client, Config};
use tower::util::MapResponseLayer;

use super::call::Call;
use super::failure::{Class, Failure};
use super::http::{ServerClock, read, with_retry_after};
use super::identity;
use super::interrupt::Interrupt;
use super::kubeconfig;
use super::notices::Notices;
use super::options::ConnectOptions;
use super::respite::Respite;
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After this long without an answer the user is told what we wait for.
const SLOW: Duration = Duration::from_secs(2);
/// How often a read is sent again to a server that answers and cannot, which takes 13 to 25 s …
const BUSY: usize = 5;
/// … and to one that is being restarted: in the end it is the request's timeout that counts.
const AWAY: usize = 20;

/// A cluster that can be asked. Copies share the connection.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    /// The namespace that is meant when none is named.
    pub namespace: String,
    /// The namespace of the kubeconfig, or of the pod, whatever the flags say.
    pub home: String,
    /// The server's address as people know it: host and port.
    pub server: String,
    /// The context of the kubeconfig, by name, if one is meant.
    pub context: Option<String>,
    /// Where warnings and waits are reported.
    pub notices: Notices,
    /// The user's wish to stop, which ends reads and waits.
    pub interrupt: Interrupt,
    request_timeout: Option<Duration>,
    clock: ServerClock,
    reached: Arc<AtomicBool>,
    pub(super) respite: Respite,
}

impl Cluster {
    /// Reads the configuration and prepares the client. No request is sent yet, but the login program that a
    /// kubeconfig names may run.
    pub async fn connect(options: &ConnectOptions, notices: Notices) -> Result<Self> {
        let (mut config, context) = kubeconfig::load(options).await?;
        config.default_retry = false;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.headers.extend(identity::headers(&options.command));
        if config.default_namespace.is_empty() {
            config.default_namespace.push_str("default");
        }
        let home = config.default_namespace.clone();
        if let Some(namespace) = &options.namespace {
            config.default_namespace.clone_from(namespace);
        }
        let server = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
        let namespace = config.default_namespace.clone();
        let clock = ServerClock::default();
        let client = build(config, &server, clock.clone(), notices.clone())?;
        let request_timeout = options.request_timeout;
        let interrupt = Interrupt::listen(notices.clone());
        Ok(Self {
            client,
            namespace,
            home,
            server,
            context,
            notices,
            interrupt,
            request_timeout,
            clock,
            reached: Arc::default(),
            respite: Respite::default(),
        })
    }

    /// Which cluster this is, in a person's words.
    pub fn place(&self) -> String {
        match &self.context {
            Some(context) => format!("{context} ({})", self.server),
            None => self.server.clone(),
        }
    }

    /// The same cluster, worked in from another namespace.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..self.clone() }
    }

    /// The client, for building an `Api`; requests go through [`Self::read`] and [`Self::write`].
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// The API server's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Sends a read, and sends it again a few times if the server was busy or the connection broke. It changes
    /// nothing, so that the user's wish to stop ends it at once.
    pub(super) async fn read<T, F>(
        &self,
        call: &Call,
        send: impl FnMut() -> F,
    ) -> std::result::Result<T, Failure>
    where
        F: Future<Output = kube::Result<T>>,
    {
        let mut send = send;
        let reached = || self.reached.load(Ordering::Relaxed);
        let mut answers = 0;
        let last = Mutex::new(None);
        let attempts = (|| self.attempt(call, send()))
            .retry(backoff())
            .when(|failure| match failure.class {
                Class::Transient => {
                    answers += 1;
                    answers <= BUSY && failure.error.reason != Reason::ConnectTimeout
                }
                // A server that never answered is reported at once; one that did is being restarted.
                Class::Unreachable => reached(),
                _ => false,
            })
            .adjust(|failure, delay| delay.map(|delay| delay.max(failure.retry_after.unwrap_or_default())))
            .notify(|failure, delay| {
                tracing::info!(%call, ?delay, "again: {}", failure.error);
                *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.clone());
            });
        let limit = self.request_timeout.unwrap_or(Duration::MAX);
        tokio::select! {
            biased;
            () = self.interrupt.requested() => Err(Failure::interrupted(call)),
            answer = tokio::time::timeout(limit, attempts) => answer.unwrap_or_else(|_| {
                // What was answered before the time was up says more.
                let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(last.unwrap_or_else(|| Failure::timeout(call, &self.server, limit)))
            }),
        }
    }

    /// Sends a write once. A failure that is [`Class::Transient`] means that the outcome is unknown.
    pub(super) async fn write<T>(
        &self,
        call: &Call,
        send: impl Future<Output = kube::Result<T>>,
    ) -> std::result::Result<T, Failure> {
        self.interrupt.writes(Some(call));
        let result = self.attempt(call, send).await;
        if !matches!(&result, Err(failure) if failure.class == Class::Transient) {
            self.interrupt.writes(None);
        }
        result
    }

    async fn attempt<T>(
        &self,
        call: &Call,
        send: impl Future<Output = kube::Result<T>>,
    ) -> std::result::Result<T, Failure> {
        let limit = self.request_timeout.unwrap_or(Duration::MAX);
        self.respite.wait(call, &self.server, limit, &self.interrupt).await?;
        let started = Instant::now();
        let answer = tokio::time::timeout(limit, self.with_notice(call, send));
        let (result, retry_after) = with_retry_after(answer).await;
        tracing::info!(%call, name = call.name.as_deref(), elapsed = ?started.elapsed(), ok = matches!(result, Ok(Ok(_))));
        match result {
            Err(_) => Err(Failure::timeout(call, &self.server, limit)),
            Ok(result) => {
                if matches!(result, Ok(_) | Err(kube::Error::Api(_))) {
                    self.reached.store(true, Ordering::Relaxed);
                }
                result.map_err(|error| {
                    let failure = self.failure(&error, call);
                    let is_known = self.reached.load(Ordering::Relaxed);
                    let failure = if is_known { failure.of_known_server() } else { failure };
                    let retry_after = failure.retry_after.or(retry_after);
                    if let Some(pause) = retry_after.filter(|_| is_overload(&error)) {
                        self.respite.grant(pause);
                    }
                    Failure { retry_after, ..failure }
                })
            }
        }
    }

    pub(super) fn failure(&self, error: &kube::Error, call: &Call) -> Failure {
        Failure::new(error, call, &self.server, &self.namespace)
    }

    async fn with_notice<T>(&self, call: &Call, send: impl Future<Output = T>) -> T {
        tokio::pin!(send);
        tokio::select! {
            biased;
            done = &mut send => return done,
            () = tokio::time::sleep(SLOW) => {}
        }
        self.notices.say(Notice::Slow(format!("still waiting for {} to answer ({call})", self.server)));
        send.await
    }
}

/// The server has too much to do with all of its clients' requests, and not only with this one.
fn is_overload(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 429)
}

/// The pauses between the attempts of a read.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(AWAY)
        .with_jitter()
}

fn build(config: Config, server: &str, clock: ServerClock, notices: Notices) -> Result<Client> {
    let hint = config.auth_info.exec.as_ref().and_then(|exec| exec.install_hint.clone());
    let builder = ClientBuilder::try_from(config).map_err(|error| client_error(&error, server, hint))?;
    let layer = MapResponseLayer::new(move |response: Response<Box<DynBody>>| {
        read(response.headers(), &clock, &notices);
        response
    });
    Ok(builder.with_layer(&layer).build())
}

fn client_error(error: &kube::Error, server: &str, hint: Option<String>) -> Error {
    let kube::Error::Auth(auth) = error else {
        let message = format!("no connection to {server} can be prepared from the kubeconfig");
        return Error::new(Reason::KubeconfigInvalid, message).cause(error.to_string());
    };
    let message = format!("the login for {server} failed");
    let cause = match auth {
        AuthError::AuthExecRun { cmd, out } => {
            let said = String::from_utf8_lossy(&out.stderr).lines().last().unwrap_or_default().to_owned();
            format!("{cmd}: {said}")
        }
        other => other.to_string(),
    };
    let error = Error::new(Reason::LoginFailed, message).cause(cause);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
