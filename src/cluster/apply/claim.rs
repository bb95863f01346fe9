//! Creates a claim, and takes it back if the API server made another one than was asked for.
//! Must not leave an empty claim behind without saying so, and must not delete one that is not ours.

use chrono::{DateTime, TimeDelta, Utc};
use kube::api::{DeleteParams, Preconditions};
use kube::core::DynamicObject;

use super::{ATTEMPTS, Attempts, PAUSE, Persist};
use crate::api::{build, storage};
use crate::cluster::call::{Call, Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::failure::{Class, Failure};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::draft::ClaimDraft;

/// The server's clock is known to the second, and objects carry whole seconds.
const CLOCK: TimeDelta = TimeDelta::seconds(2);

impl Cluster {
    /// Creates a claim. A claim of that name is a refusal, unless it is the one that was sent before.
    pub async fn create_claim(&self, draft: &ClaimDraft, persist: Persist) -> Result<Claim> {
        let api = self.claim_api();
        let object = build::claim(draft);
        let call = Call::one(Verb::Create, Kind::Claim, Some(&draft.namespace), &draft.name);
        let look = Call { verb: Verb::Get, ..call.clone() };
        let began = self.now();
        let mut attempts = Attempts::new("pvc", persist);
        for _ in 0..ATTEMPTS {
            match self.write(&call, api.create(&persist.params(), &object)).await {
                Ok(created) => return self.as_drafted(understood(&created, draft)?, draft, persist).await,
                Err(failure) => attempts.failed(failure, &call)?,
            }
            if let Some(found) = self.look_again(&attempts, &call, self.get(&api, &look)).await? {
                let claim = understood(&found, draft)?;
                return match attempts.lost && is_this(&claim, &found, draft, began) {
                    true => self.as_drafted(claim, draft, persist).await,
                    false => Err(Error::new(
                        Reason::ClaimExists,
                        format!("PVC {} exists already in namespace {}", draft.name, draft.namespace),
                    )),
                };
            }
        }
        Err(attempts.end(&call))
    }

    /// The server may drop a data source that it does not accept, and then makes an empty volume.
    async fn as_drafted(&self, claim: Claim, draft: &ClaimDraft, persist: Persist) -> Result<Claim> {
        let wanted = draft.restored_from.as_ref().map(|origin| &origin.snapshot);
        if wanted.is_none() || claim.snapshot_source.as_ref() == wanted {
            return Ok(claim);
        }
        let Claim { name, namespace, .. } = &claim;
        let dropped =
            format!("the API server dropped the data source of PVC {name} in namespace {namespace}");
        match persist {
            Persist::ServerDryRun => Err(Error::new(Reason::RequestAltered, dropped)),
            Persist::Yes => match self.take_back(claim.clone()).await {
                Ok(()) => Err(Error::new(Reason::RequestAltered, format!("{dropped}; it was deleted again"))),
                Err(failure) => Err(Error::new(
                    Reason::RequestAltered,
                    format!(
                        "PVC {name} in namespace {namespace} IS EMPTY and could not be deleted; do not use it"
                    ),
                )
                .cause(dropped)
                .cause(failure.error.message)
                .hint(format!("delete it: kubectl delete pvc {name} -n {namespace}"))
                .after_change()),
            },
        }
    }

    /// Deletes a claim that was just made. Controllers write to it meanwhile, which the precondition notices:
    /// then the same claim is looked at again.
    async fn take_back(&self, claim: Claim) -> std::result::Result<(), Failure> {
        let api = self.claim_api();
        let call = Call::one(Verb::Delete, Kind::Claim, Some(&claim.namespace), &claim.name);
        let mut version = claim.resource_version.clone();
        let mut attempts = 0;
        loop {
            let params = DeleteParams::default()
                .preconditions(Preconditions { uid: Some(claim.uid.clone()), resource_version: version });
            let failure = match self.write(&call, api.delete(&claim.name, &params)).await {
                Err(failure) if failure.class != Class::NotFound => failure,
                _ => return Ok(()),
            };
            attempts += 1;
            if attempts == ATTEMPTS || failure.error.reason == Reason::Forbidden {
                return Err(failure);
            }
            if !matches!(failure.class, Class::Final | Class::Conflict) {
                tokio::time::sleep(failure.retry_after.unwrap_or(PAUSE)).await;
            }
            version = match self.claim(&claim.name).await {
                Ok(Some(seen)) if seen.uid == claim.uid && !seen.terminating => seen.resource_version,
                // Gone, going, or another claim already.
                Ok(_) => return Ok(()),
                Err(_) => return Err(failure),
            };
        }
    }
}

fn understood(object: &DynamicObject, draft: &ClaimDraft) -> Result<Claim> {
    storage::claim(object).ok_or_else(|| {
        let message =
            format!("the answer about PVC {} in namespace {} is not understood", draft.name, draft.namespace);
        Error::new(Reason::OutcomeUnknown, message)
    })
}

/// The claim that was met after a lost answer is the one that was sent: it is as young, and says what was sent.
fn is_this(claim: &Claim, object: &DynamicObject, draft: &ClaimDraft, began: DateTime<Utc>) -> bool {
    let is_young = claim.created.is_some_and(|created| created + CLOCK >= began);
    let says_so = match &draft.restored_from {
        Some(_) => claim.restored_from == draft.restored_from,
        None => build::is_kept(&draft.spec, &object.data["spec"]),
    };
    is_young && says_so && !claim.terminating
}
