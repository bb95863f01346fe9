//! How objects are read: one, or a list page by page.
//! Must not return half a list: what is not seen cannot speak for itself.

use std::fmt::Debug;

use kube::api::{Api, ListParams};
use serde::de::DeserializeOwned;

use super::call::Call;
use super::connect::Cluster;
use super::failure::{Class, Failure};
use crate::error::{Error, Reason, Result};

/// kubectl's page size.
const PAGE: u32 = 500;
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

    /// All pages of a list. If a page expires, begins again: half a list is no list.
    pub(super) async fn list<K>(&self, api: &Api<K>, params: ListParams, call: &Call) -> Result<Vec<K>>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        self.list_as(api, params, call, Some).await
    }

    /// As [`Self::list`], each object made into what is needed of it, so that no more than a page of them is held.
    pub(super) async fn list_as<K, T>(
        &self,
        api: &Api<K>,
        params: ListParams,
        call: &Call,
        convert: impl Fn(K) -> Option<T>,
    ) -> Result<Vec<T>>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let mut failure = None;
        for _ in 0..=RESTARTS {
            match self.list_once(api, params.clone(), call, &convert).await {
                Ok(items) => return Ok(items),
                Err(expired) if expired.class == Class::Expired => failure = Some(expired.error),
                Err(other) => return Err(other.error),
            }
        }
        Err(failure.unwrap_or_else(|| Error::new(Reason::ServerRefused, format!("cannot {call}"))))
    }

    async fn list_once<K, T>(
        &self,
        api: &Api<K>,
        params: ListParams,
        call: &Call,
        convert: &impl Fn(K) -> Option<T>,
    ) -> std::result::Result<Vec<T>, Failure>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let mut params = params.limit(PAGE);
        let mut items = vec![];
        let mut page = self.read(call, || api.list(&params)).await?;
        while let Some(token) = page.metadata.continue_.take().filter(|token| !token.is_empty()) {
            params.continue_token = Some(token);
            let objects = page.items;
            let converting = async {
                // First the next request goes out, so that the server works meanwhile.
                tokio::task::yield_now().await;
                items.extend(objects.into_iter().filter_map(convert));
            };
            let (next, ()) = futures::join!(self.read(call, || api.list(&params)), converting);
            page = next?;
        }
        items.extend(page.items.into_iter().filter_map(convert));
        Ok(items)
    }
}
