//! A proxy between a program under test and the API server: it misbehaves as its rules say, and records every call.
//! It runs in a thread of its own. HTTP/1.1 over TLS on 127.0.0.1; answers are streamed, compressed ones as they are.

mod action;
mod answer;
mod carry;
mod clock;
mod record;
mod rule;
mod serve;
mod target;
mod upstream;

#[cfg(test)]
mod tests;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};

use super::Cluster;
use carry::Shared;
use chrono::TimeDelta;
use clock::Clock;
use record::Log;
use rule::Rules;

pub use action::{Action, Signal, Told, When};
pub use record::Call;
pub use rule::{Hook, Rule};
pub use target::{Target, Verb};
pub use upstream::Upstream;

/// A proxy that runs until it is dropped.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    dir: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A proxy before the API server of a sandbox, which whoever calls it asks as the administrator, or as whom a
    /// token or impersonation names.
    pub fn of_cluster(cluster: &Cluster) -> Result<Self> {
        let layout = cluster.sandbox().context("only a sandbox has a key that the proxy may use")?;
        Self::before(Upstream::of_sandbox(layout)?)
    }

    /// A proxy before any server.
    pub fn before(upstream: Upstream) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("kubectl-gemini-proxy-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let shared = Arc::new(Shared {
            upstream,
            clock: Clock::default(),
            log: Log::default(),
            rules: Mutex::default(),
            program: watch::Sender::default(),
            asked: AtomicUsize::new(0),
        });
        let (stop, stopped) = oneshot::channel();
        let (address, thread) = serve::start(shared.clone(), stopped, &dir.join("ca.crt"))?;
        let proxy = Self { shared, address, dir, stop: Some(stop), thread: Some(thread) };
        proxy.write_kubeconfig("kubeconfig", json!({}))?;
        Ok(proxy)
    }

    /// A kubeconfig that points here.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// One with a user entry of the test's own: a token, whom to impersonate.
    pub fn kubeconfig_as(&self, name: &str, user: Value) -> Result<PathBuf> {
        self.write_kubeconfig(name, user)
    }

    /// `https://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate by which the proxy is known (PEM).
    pub fn authority(&self) -> PathBuf {
        self.dir.join("ca.crt")
    }

    /// Sets the rules, whose counts begin anew; those of before are gone.
    pub fn rules(&self, rules: Vec<Rule>) {
        *self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner) = Rules::new(rules);
    }

    /// Moves the server's clock, as programs behind the proxy see it, so far ahead of the real one, or behind it. Objects came
    /// and went at the time that was the present when this was first seen; that is known from the first move on, which may be
    /// by nothing.
    pub fn clock_ahead(&self, by: TimeDelta) {
        self.shared.clock.set(by);
    }

    /// The same for hooks, which outlive no borrow.
    pub fn clock_hand(&self) -> impl Fn(TimeDelta) + Send + Sync + 'static {
        let shared = self.shared.clone();
        move |ahead| shared.clock.set(ahead)
    }

    /// Names the program that signals are for. Calls that are to send one wait for this.
    pub fn program(&self, child: &Child) {
        let pid = i32::try_from(child.id()).ok().map(Pid::from_raw);
        self.shared.program.send_replace(pid);
    }

    /// To be called when the program has ended: its number may be another one's next.
    pub fn no_program(&self) {
        self.shared.program.send_replace(None);
    }

    /// Waits until the server has answered all that was passed on: what a program asked before its end may come later.
    pub fn quiet(&self) {
        // Twice: one that has just arrived is counted a moment later.
        for _ in 0..2 {
            thread::sleep(Duration::from_millis(20));
            while self.shared.asked.load(Ordering::SeqCst) > 0 {
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.log.all()
    }

    /// Every call since the last time this was asked.
    pub fn take_calls(&self) -> Vec<Call> {
        self.shared.log.take()
    }

    fn write_kubeconfig(&self, file: &str, mut user: Value) -> Result<PathBuf> {
        if user["token"].is_null() {
            user["username"] = upstream::USER.into();
            user["password"] = upstream::USER.into();
        }
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "proxy", "cluster": {"server": self.url(), "certificate-authority": self.authority()}}],
            "users": [{"name": "user", "user": user}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "user"}}],
            "current-context": "proxy",
        });
        let path = self.dir.join(Path::new(file));
        fs::write(&path, config.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}
