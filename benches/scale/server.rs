//! The API server as this program asks it: JSON in, JSON out, or bytes that nobody looks into.
//! Nothing is sent twice; what the server refuses ends the program.

use std::path::Path;

use http::{Method, Request};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;

use crate::Result;

/// The administrator's connection.
#[derive(Clone)]
pub struct Server {
    /// The client itself.
    pub client: Client,
}

impl Server {
    /// Connects by a kubeconfig; `plain` asks for answers that are not compressed.
    pub async fn connect(kubeconfig: &Path, plain: bool) -> Result<Self> {
        let file = Kubeconfig::read_from(kubeconfig)?;
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
        config.default_retry = false;
        config.disable_compression = plain;
        Ok(Self { client: Client::try_from(config)? })
    }

    /// The bytes of an answer.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let request = Request::get(path).body(Body::empty())?;
        let response = self.client.send(request).await?;
        let status = response.status();
        let bytes = response.into_body().collect_bytes().await?;
        match status.is_success() {
            true => Ok(bytes.into()),
            false => Err(format!("GET {path}: {status}").into()),
        }
    }

    /// Creates an object; `path` is that of its collection.
    pub async fn create(&self, path: &str, object: &Value) -> Result<Value> {
        self.send(Method::POST, path, "application/json", Some(object)).await
    }

    /// Changes an object by a merge patch.
    pub async fn merge(&self, path: &str, patch: &Value) -> Result<Value> {
        self.send(Method::PATCH, path, "application/merge-patch+json", Some(patch)).await
    }

    /// Deletes an object.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.send(Method::DELETE, path, "application/json", None).await
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Option<&Value>) -> Result<Value> {
        let bytes = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        let request =
            Request::builder().method(method.clone()).uri(path).header(http::header::CONTENT_TYPE, kind);
        let answer = self.client.request(request.body(bytes)?).await;
        answer.map_err(|error| format!("{method} {path}: {error}").into())
    }
}
