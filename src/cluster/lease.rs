//! The lock of a pass or a restore: a Lease, renewed while that lasts. It spares two of them from doing the same work.
//! Must not be taken for safety: a holder may be frozen and wake up later. What is written is safe by its names and
//! preconditions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, Patch, PostParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::apply::patch_params;
use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::{Class, Failure};
use crate::error::{Error, Reason, Result};

/// How long a lock lasts.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// A lock whose holder has not renewed it for so long is free.
    pub duration: Duration,
    /// How often it is renewed.
    pub renewal: Duration,
}

/// For passes: nobody waits for them.
pub const PASS: Term = Term { duration: Duration::from_secs(60), renewal: Duration::from_secs(20) };
/// For restores: somebody wants to go on soon after a process was killed.
pub const RESTORE: Term = Term { duration: Duration::from_secs(15), renewal: Duration::from_secs(4) };
/// Before a second attempt at something that may pass.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a busy server is waited for at most, to take a lock or to give it back.
const RESPITE: Duration = Duration::from_secs(10);

/// The name of the Lease of a claim's restores; of a long one the beginning and a number.
pub fn of_restores(claim: &str) -> String {
    const LONGEST: usize = 200;
    match claim.len() <= LONGEST {
        true => format!("gemini-restore-{claim}"),
        false => {
            let sum = claim.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
            let start: String = claim.chars().take(LONGEST).collect();
            format!("gemini-restore-{}-{sum:016x}", start.trim_end_matches(['-', '.']))
        }
    }
}

/// A Lease that is held, until it is released or the process ends.
pub struct Held {
    lock: Lock,
    renewal: JoinHandle<()>,
    /// Nobody else has it.
    is_ours: Arc<AtomicBool>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// Which Lease, and for whom.
#[derive(Clone)]
struct Lock {
    cluster: Cluster,
    name: String,
    holder: String,
    term: Term,
    /// The version that was written last.
    written: Arc<Mutex<Option<String>>>,
}

impl Cluster {
    /// Takes the Lease `name` of this cluster's namespace. `None` where it can be neither read nor written: whoever may not
    /// use Leases does without.
    ///
    /// Fails with `RunUnderWay` if somebody else holds it.
    pub async fn hold_lease(&self, name: &str, holder: &str, term: Term) -> Result<Option<Held>> {
        let lock = Lock {
            cluster: self.clone(),
            name: name.to_owned(),
            holder: holder.to_owned(),
            term,
            written: Arc::default(),
        };
        match lock.take().await {
            Ok(true) => {
                let is_ours = Arc::new(AtomicBool::new(true));
                let renewal = tokio::spawn(lock.clone().renew(is_ours.clone()));
                Ok(Some(Held { lock, renewal, is_ours }))
            }
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Cluster {
    /// Who holds the Lease `name` of this cluster's namespace.
    pub async fn lease_holder(&self, name: &str) -> Result<Option<String>> {
        let (name, holder) = (name.to_owned(), String::new());
        let lock = Lock { cluster: self.clone(), name, holder, term: PASS, written: Arc::default() };
        let lease = self.get(&lock.api(), &lock.call(Verb::Get)).await?;
        Ok(lease.and_then(|lease| lock.other_holder(&lease)))
    }
}

impl Held {
    /// Whether nobody else has taken it, as far as was seen.
    pub fn is_ours(&self) -> bool {
        self.is_ours.load(Ordering::Relaxed)
    }

    /// Gives it back as it was written last, so that the next one need not wait. Best effort: it also ends by itself.
    pub async fn release(self) {
        self.renewal.abort();
        if !self.is_ours() {
            return;
        }
        if self.lock.cluster.respite.left() > RESPITE {
            return;
        }
        let free = json!({"holderIdentity": null});
        let version = self.lock.written().clone();
        let mut released = self.lock.write(version.as_deref(), &free).await;
        if released.as_ref().is_err_and(|failure| failure.class == Class::Conflict)
            && let Some(version) = self.lock.renewed_meanwhile().await
        {
            released = self.lock.write(Some(&version), &free).await;
        }
        if let Err(failure) = released {
            tracing::info!("the lease was not released: {}", failure.error);
        }
    }
}

impl Lock {
    fn api(&self) -> Api<DynamicObject> {
        Api::namespaced_with(
            self.cluster.client(),
            &self.cluster.namespace,
            &ApiResource::erase::<Lease>(&()),
        )
    }

    fn note(&self, lease: &DynamicObject) {
        self.written().clone_from(&lease.metadata.resource_version);
    }

    fn written(&self) -> MutexGuard<'_, Option<String>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, verb: Verb) -> Call {
        Call::one(verb, Kind::Lease, Some(&self.cluster.namespace), &self.name)
    }

    /// Whether it is held now; false if nobody can say.
    async fn take(&self) -> Result<bool> {
        // A second look after a lost answer, or after somebody was faster.
        for _ in 0..2 {
            let found = match self.cluster.get(&self.api(), &self.call(Verb::Get)).await {
                Ok(found) => found,
                Err(error) if error.reason == Reason::Interrupted => return Err(error),
                Err(error) => return Ok(self.without(&error)),
            };
            let written = match &found {
                Some(lease) => match self.other_holder(lease) {
                    Some(other) => return Err(self.busy(&other, lease)),
                    None => self.write(lease.metadata.resource_version.as_deref(), &self.spec()).await,
                },
                None => self.create().await,
            };
            match written {
                Ok(()) => return Ok(true),
                Err(failure) if failure.class == Class::Final => return Ok(self.without(&failure.error)),
                Err(failure) => {
                    tracing::info!("the lease was not taken: {}", failure.error);
                    if failure.may_pass() {
                        tokio::time::sleep(failure.retry_after.unwrap_or(PAUSE).min(RESPITE)).await;
                    }
                }
            }
        }
        Ok(false)
    }

    /// The version that a renewal wrote whose answer nobody waited for any more; `None` if somebody else has it.
    async fn renewed_meanwhile(&self) -> Option<String> {
        let lease = self.cluster.get(&self.api(), &self.call(Verb::Get)).await.ok()??;
        let is_ours = lease.data["spec"]["holderIdentity"] == self.holder.as_str();
        lease.metadata.resource_version.filter(|_| is_ours)
    }

    fn without(&self, why: &Error) -> bool {
        tracing::info!("lease {} is not used: {why}", self.name);
        false
    }

    fn spec(&self) -> Value {
        let now = micro(self.cluster.now());
        json!({"holderIdentity": self.holder, "leaseDurationSeconds": self.term.duration.as_secs(), "acquireTime": now, "renewTime": now})
    }

    async fn create(&self) -> std::result::Result<(), Failure> {
        let mut lease = DynamicObject::new(&self.name, &ApiResource::erase::<Lease>(&()));
        lease.metadata.namespace = Some(self.cluster.namespace.clone());
        lease.data = json!({"spec": self.spec()});
        let (api, params) = (self.api(), PostParams::default());
        let created = self.cluster.write(&self.call(Verb::Create), api.create(&params, &lease)).await?;
        self.note(&created);
        Ok(())
    }

    /// Changes the spec, as long as the object is the one that was seen, if any.
    async fn write(&self, seen: Option<&str>, spec: &Value) -> std::result::Result<(), Failure> {
        let metadata = seen.map_or_else(|| json!({}), |version| json!({"resourceVersion": version}));
        let patch = Patch::Merge(json!({"metadata": metadata, "spec": spec}));
        let (api, params) = (self.api(), patch_params());
        let changed =
            self.cluster.write(&self.call(Verb::Patch), api.patch(&self.name, &params, &patch)).await;
        self.note(&changed?);
        Ok(())
    }

    /// Who holds it, if that is somebody else and not over.
    fn other_holder(&self, lease: &DynamicObject) -> Option<String> {
        let spec = &lease.data["spec"];
        let holder =
            spec["holderIdentity"].as_str().filter(|holder| !holder.is_empty() && *holder != self.holder)?;
        let renewed: DateTime<Utc> = spec["renewTime"].as_str()?.parse().ok()?;
        let duration = TimeDelta::try_seconds(spec["leaseDurationSeconds"].as_i64().unwrap_or_default())?;
        (self.cluster.now() < renewed + duration).then(|| holder.to_owned())
    }

    fn busy(&self, holder: &str, lease: &DynamicObject) -> Error {
        let since = lease.data["spec"]["acquireTime"].as_str().unwrap_or("unknown");
        let namespace = &self.cluster.namespace;
        let message = format!(
            "another run is at work: {holder} holds lease {} in namespace {namespace} since {since}",
            self.name
        );
        Error::new(Reason::RunUnderWay, message)
    }

    /// Until somebody ends it, or somebody else has it.
    async fn renew(self, is_ours: Arc<AtomicBool>) {
        loop {
            tokio::time::sleep(self.term.renewal).await;
            let seen = match self.cluster.get(&self.api(), &self.call(Verb::Get)).await {
                Ok(Some(lease)) if lease.data["spec"]["holderIdentity"] == self.holder.as_str() => lease,
                Ok(_) => return is_ours.store(false, Ordering::Relaxed),
                Err(_) => continue,
            };
            let renewed = json!({"renewTime": micro(self.cluster.now())});
            let version = seen.metadata.resource_version.as_deref();
            if let Err(failure) = self.write(version, &renewed).await {
                tracing::info!("the lease was not renewed: {}", failure.error);
            }
        }
    }
}

/// Kubernetes' MicroTime.
fn micro(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests;
