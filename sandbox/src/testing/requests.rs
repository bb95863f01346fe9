//! A test's own way to the API server: plain requests as the administrator, where a process for each would cost too much.
//! Must share nothing with the program under test: what that one believes is no proof.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::Cluster;
use super::proxy::Upstream;

const PATIENCE: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(500);

/// Requests to one server, one at a time.
pub struct Requests {
    upstream: Upstream,
    runtime: Runtime,
}

impl Requests {
    /// To the API server of a sandbox.
    pub fn of_cluster(cluster: &Cluster) -> Result<Self> {
        let layout = cluster.sandbox().context("only a sandbox has a key that tests may use")?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { upstream: Upstream::of_sandbox(layout)?, runtime })
    }

    /// Reads an object or a list; fails when there is none.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.send("GET", path, None)
    }

    /// Makes an object in the collection at `path`.
    pub fn create(&self, path: &str, object: &Value) -> Result<Value> {
        self.send("POST", path, Some(object))
    }

    /// Changes an object by a merge patch.
    pub fn patch(&self, path: &str, change: &Value) -> Result<Value> {
        self.send("PATCH", path, Some(change))
    }

    /// Deletes an object, or all of a collection.
    pub fn delete(&self, path: &str) -> Result<Value> {
        self.send("DELETE", path, None)
    }

    /// Deletes an object as the `DeleteOptions` say.
    pub fn delete_as(&self, path: &str, options: &Value) -> Result<Value> {
        self.send("DELETE", path, Some(options))
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (code, text) = self
                .runtime
                .block_on(async { timeout(PATIENCE, self.ask(method, path, body)).await })
                .with_context(|| format!("{method} {path}: no answer"))??;
            // Not carried out: the server has too much to do, or has just learned of the kind.
            if code == StatusCode::TOO_MANY_REQUESTS && Instant::now() < deadline {
                thread::sleep(AGAIN);
                continue;
            }
            if !code.is_success() {
                bail!("{method} {path}: {code} {}", String::from_utf8_lossy(&text));
            }
            return serde_json::from_slice(&text)
                .with_context(|| format!("{method} {path}: the answer is no JSON"));
        }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(StatusCode, Bytes)> {
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "kubernetes")
            .header(CONTENT_TYPE, kind)
            .body(())?;
        let response = self.upstream.ask(request.into_parts().0, body).await?;
        Ok((response.status(), response.into_body().collect().await?.to_bytes()))
    }
}
