//! How objects are read: one, or a list page by page.
//! Must not return half a list: what is not seen cannot speak for itself.

use std::fmt::Debug;
use std::pin::pin;

use futures::AsyncReadExt as _;
use kube::Resource;
use kube::api::{Api, ListParams};
use kube::core::Request;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::connect::Cluster;
use super::failure::{Class, Failure};
use crate::api::page;
use crate::error::{Error, Reason, Result};

/// kubectl's page size.
const PAGE: u32 = 500;
/// Room is made for so many objects at most before they are there.
const MOST: usize = 100_000;
/// How often a list is begun again because its pages expired.
const RESTARTS: usize = 3;

impl Cluster {
    pub(super) async fn get<K>(&self, api: &Api<K>, call: &Call) -> Result<Option<K>>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let name = call.name.as_deref().unwrap_or_default();
        match self.read(call, || api.get(name)).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.class == Class::NotFound => Ok(None),
            Err(failure) => Err(failure.error),
        }
    }

    /// All objects of a list.
    pub(super) async fn list<K>(&self, api: &Api<K>, params: ListParams, call: &Call) -> Result<Vec<K>>
    where
        K: Resource + DeserializeOwned,
    {
        self.list_as(api, params, call, Some).await
    }

    /// What is needed of each object of a list. An object as it came is many times as large; no more than one is held.
    pub(super) async fn list_as<K, T>(
        &self,
        api: &Api<K>,
        params: ListParams,
        call: &Call,
        take: impl Fn(K) -> Option<T>,
    ) -> Result<Vec<T>>
    where
        K: Resource + DeserializeOwned,
    {
        self.pages(api.resource_url(), params, call, |page| page::items(page, &take)).await
    }

    /// All pages of a list at `path`, each page made by `read` into what is needed of it, so that no more than one is held.
    /// If a page expires, begins again: half a list is no list.
    pub(super) async fn pages<T>(
        &self,
        path: &str,
        params: ListParams,
        call: &Call,
        read: impl Fn(&[u8]) -> serde_json::Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        let mut failure = None;
        for _ in 0..=RESTARTS {
            match self.list_once(path, params.clone(), call, &read).await {
                Ok(items) => return Ok(items),
                Err(expired) if expired.class == Class::Expired => failure = Some(expired.error),
                Err(other) => return Err(other.error),
            }
        }
        Err(failure.unwrap_or_else(|| Error::new(Reason::ServerRefused, format!("cannot {call}"))))
    }

    async fn list_once<T>(
        &self,
        path: &str,
        params: ListParams,
        call: &Call,
        read: &impl Fn(&[u8]) -> serde_json::Result<Vec<T>>,
    ) -> std::result::Result<Vec<T>, Failure> {
        let odd = |error| self.failure(&kube::Error::SerdeError(error), call);
        let mut params = params.limit(PAGE);
        let mut items = vec![];
        let mut page = self.page(path, &params, call).await?;
        while let Some(next) = page::next_page(&page).map_err(odd)? {
            if items.capacity() == 0 {
                // At once: a vector that grows leaves holes as large as itself behind.
                items.reserve_exact(next.left.min(MOST) + PAGE as usize);
            }
            params.continue_token = Some(next.token);
            let reading = async {
                // First the next request goes out, so that the server works meanwhile.
                tokio::task::yield_now().await;
                read(&page)
            };
            let (next, here) = futures::join!(self.page(path, &params, call), reading);
            items.append(&mut here.map_err(odd)?);
            page = next?;
        }
        items.append(&mut read(&page).map_err(odd)?);
        Ok(items)
    }

    async fn page(
        &self,
        path: &str,
        params: &ListParams,
        call: &Call,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let client = self.client();
        self.read(call, || async {
            let request = Request::new(path).list(params).map_err(kube::Error::BuildRequest)?;
            // Gathered as it comes: a page that is asked for as a text is held three times.
            let mut page = vec![];
            let mut body = pin!(client.request_stream(request).await?);
            body.read_to_end(&mut page).await.map_err(kube::Error::ReadEvents)?;
            Ok(page)
        })
        .await
    }
}
