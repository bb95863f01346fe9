//! Where the journals of restores lie: one ConfigMap for each, changed only as it was last seen.
//! Must never write over what somebody else wrote: two that drive one restore would undo each other.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, ListParams, Patch, PostParams, Preconditions};
use serde_json::json;

use super::apply::patch_params;
use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::Class;
use crate::api::{journal, marks};
use crate::error::{Error, Reason, Result};
use crate::model::restore::Journal;

/// How often a write is sent, each time after a look.
const ATTEMPTS: usize = 5;

/// A journal as it lies in the cluster.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What it says.
    pub journal: Journal,
    uid: Option<String>,
    version: Option<String>,
}

impl Stored {
    fn read(object: &ConfigMap) -> Result<Option<Self>> {
        let (uid, version) = (object.metadata.uid.clone(), object.metadata.resource_version.clone());
        Ok(journal::read(object)?.map(|journal| Self { journal, uid, version }))
    }
}

impl Cluster {
    fn journal_api(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client(), &self.namespace)
    }

    fn journal_call(&self, verb: Verb, id: &str) -> Call {
        Call::one(verb, Kind::ConfigMap, Some(&self.namespace), &journal::name(id))
    }

    /// The journal of a restore.
    pub async fn journal(&self, id: &str) -> Result<Option<Stored>> {
        let found = self.get(&self.journal_api(), &self.journal_call(Verb::Get, id)).await?;
        Ok(found.as_ref().map(Stored::read).transpose()?.flatten())
    }

    /// All journals of a namespace, or of the cluster, and what is wrong with those that cannot be read.
    pub async fn journals(&self, namespace: Option<&str>) -> Result<(Vec<Journal>, Vec<Error>)> {
        let params = ListParams::default().labels(&journal::selector());
        let api: Api<ConfigMap> = match namespace {
            Some(namespace) => Api::namespaced(self.client(), namespace),
            None => Api::all(self.client()),
        };
        let objects = self.list(&api, params, &Call::list(Kind::ConfigMap, namespace)).await?;
        let (mut journals, mut odd) = (vec![], vec![]);
        for object in &objects {
            match journal::read(object) {
                Ok(journal) => journals.extend(journal),
                Err(error) => odd.push(error),
            }
        }
        Ok((journals, odd))
    }

    /// All journals that can be read of a namespace, or of the cluster; `None` for whoever may not list them.
    pub async fn journals_in_sight(&self, namespace: Option<&str>) -> Result<Option<Vec<Journal>>> {
        match self.journals(namespace).await {
            Ok((journals, _)) => Ok(Some(journals)),
            Err(error) if error.reason == Reason::Forbidden => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a journal, if it still says what it said.
    pub async fn forget_journal(&self, journal: &Journal) -> Result<()> {
        let Some(stored) = self.journal(&journal.id).await?.filter(|stored| stored.journal == *journal)
        else {
            return Ok(());
        };
        let call = self.journal_call(Verb::Delete, &journal.id);
        let params = DeleteParams::default()
            .preconditions(Preconditions { uid: stored.uid, resource_version: stored.version });
        let name = journal::name(&journal.id);
        let deleted = self.write(&call, self.journal_api().delete(&name, &params)).await;
        deleted.map(|_| ()).map_err(|failure| failure.error)
    }

    /// Writes a new journal.
    ///
    /// Fails with `NameTaken` if there is one of that restore already, that is not the one that was sent.
    pub async fn create_journal(&self, journal: &Journal) -> Result<Stored> {
        let object = journal::config_map(journal)?;
        let call = self.journal_call(Verb::Create, &journal.id);
        let params =
            PostParams { field_manager: Some(marks::KUBECTL_GEMINI.to_owned()), ..PostParams::default() };
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.write(&call, self.journal_api().create(&params, &object)).await {
                Ok(created) => return understood(&created, journal),
                Err(failure)
                    if matches!(
                        failure.class,
                        Class::Transient | Class::AlreadyExists | Class::Unreachable
                    ) =>
                {
                    last = Some(failure.error)
                }
                Err(failure) => return Err(failure.error),
            }
            if let Some(found) = self.journal(&journal.id).await? {
                self.interrupt.writes(None);
                return if found.journal == *journal { Ok(found) } else { Err(taken(journal)) };
            }
        }
        Err(last.unwrap_or_else(|| taken(journal)))
    }

    /// Looks whether the journal still says what it said last. Whoever stood still for long may see a world that others have made since.
    ///
    /// Fails with `LockLost` if it does not.
    pub async fn confirm_journal(&self, stored: &mut Stored) -> Result<()> {
        match self.journal(&stored.journal.id).await? {
            Some(found) if found.journal == stored.journal => *stored = found,
            _ => return Err(lost(&stored.journal)),
        }
        Ok(())
    }

    /// Writes what the journal is to say now, if nobody else has changed it.
    ///
    /// Fails with `LockLost` if somebody has.
    pub async fn store_journal(&self, stored: &mut Stored, journal: Journal) -> Result<()> {
        let text = journal::text(&journal)?;
        let call = self.journal_call(Verb::Patch, &journal.id);
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let patch = Patch::Merge(json!({
                "metadata": {"uid": stored.uid, "resourceVersion": stored.version}, "data": {"journal": text},
            }));
            let name = journal::name(&journal.id);
            match self.write(&call, self.journal_api().patch(&name, &patch_params(), &patch)).await {
                Ok(changed) => {
                    *stored = understood(&changed, &journal)?;
                    return Ok(());
                }
                Err(failure)
                    if matches!(failure.class, Class::Transient | Class::Conflict | Class::Unreachable) =>
                {
                    last = Some(failure.error)
                }
                Err(failure) if failure.class == Class::NotFound => return Err(lost(&journal)),
                Err(failure) => return Err(failure.error),
            }
            let found = self.journal(&journal.id).await?.ok_or_else(|| lost(&journal))?;
            self.interrupt.writes(None);
            match () {
                () if found.journal == journal => {
                    *stored = found;
                    return Ok(());
                }
                () if found.journal == stored.journal => *stored = found,
                () => return Err(lost(&journal)),
            }
        }
        Err(last.unwrap_or_else(|| lost(&journal)))
    }
}

fn understood(object: &ConfigMap, journal: &Journal) -> Result<Stored> {
    Stored::read(object)?.ok_or_else(|| lost(journal))
}

fn taken(journal: &Journal) -> Error {
    let message = format!("there is a restore {} already in namespace {}", journal.id, journal.namespace);
    Error::new(Reason::NameTaken, message)
}

fn lost(journal: &Journal) -> Error {
    let message = format!(
        "somebody else goes on with restore {} in namespace {}, or deleted its journal",
        journal.id, journal.namespace
    );
    Error::new(Reason::LockLost, message)
}
