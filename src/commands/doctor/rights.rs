//! Which rights are there for what somebody wants to do, and the roles that would add those that are not.
//! Must ask by the same table that the shipped roles are made from.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::api::rights::{self, Right, rule};
use crate::cluster::connect::Cluster;
use crate::error::{Error, Reason, Result};
use crate::ui::checks::{Check, Verdict};

pub const TITLE: &str = "Rights";

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// List, back up, hold, prune, restore into new claims
    Backup,
    /// Restore in place, with the application
    Restore,
    /// Run the job
    RunOnce,
    /// All of it
    All,
}

impl Purpose {
    /// In the namespace, and of what lies in none.
    fn rights(self) -> (Vec<Right>, Vec<Right>) {
        match self {
            Self::Backup => (rights::BACKUP.to_vec(), rights::BACKUP_CLUSTER.to_vec()),
            Self::Restore => (rights::RESTORE.to_vec(), rights::RESTORE_CLUSTER.to_vec()),
            Self::RunOnce => ([rights::JOB, rights::LOCK].concat(), rights::JOB_CLUSTER.to_vec()),
            Self::All => {
                let all = [Self::Backup, Self::Restore, Self::RunOnce].map(Self::rights);
                let (here, there): (Vec<_>, Vec<_>) = all.into_iter().unzip();
                (here.concat(), there.concat())
            }
        }
    }
}

/// Rules that are missing, in the namespace and in the cluster.
#[derive(Debug, Default)]
pub struct Missing {
    here: Vec<Value>,
    there: Vec<Value>,
}

impl Missing {
    /// Nothing is.
    pub fn is_empty(&self) -> bool {
        self.here.is_empty() && self.there.is_empty()
    }

    /// Roles with exactly these rules, as YAML.
    pub fn roles(&self, namespace: &str) -> Result<String> {
        let role = |kind: &str, namespace: Option<&str>, rules: &[Value]| {
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": "kubectl-gemini", "namespace": namespace}, "rules": rules,
            })
        };
        let roles = [
            (!self.here.is_empty()).then(|| role("Role", Some(namespace), &self.here)),
            (!self.there.is_empty()).then(|| role("ClusterRole", None, &self.there)),
        ];
        let mut text = String::new();
        for mut role in roles.into_iter().flatten() {
            if role["metadata"]["namespace"].is_null()
                && let Some(metadata) = role["metadata"].as_object_mut()
            {
                metadata.remove("namespace");
            }
            let yaml = serde_yaml::to_string(&role).map_err(|error| {
                Error::new(Reason::OutputFailed, "the roles cannot be written as YAML")
                    .cause(error.to_string())
            })?;
            text += &format!("---\n{yaml}");
        }
        Ok(if text.is_empty() { "# Nothing is missing.\n".to_owned() } else { text })
    }
}

/// Asks for each right, and says what is there and what is not.
pub async fn look(cluster: &Cluster, purpose: Purpose, checks: &mut Vec<Check>) -> Result<Missing> {
    let (here, there) = purpose.rights();
    let mut missing = Missing::default();
    let all = here.iter().map(|right| (right, true)).chain(there.iter().map(|right| (right, false)));
    for (right, is_namespaced) in all {
        let mut lacks = vec![];
        for verb in right.verbs {
            if !cluster.may_right(right, verb, is_namespaced).await? {
                lacks.push(*verb);
            }
        }
        let name = right.full_name();
        if lacks.is_empty() {
            checks.push(Check::new(TITLE, Verdict::Ok, format!("may {} {name}", right.verbs.join(", "))));
            continue;
        }
        let error =
            Error::new(Reason::Forbidden, format!("may not {} {name}", lacks.join(", "))).hint(format!(
                "apiGroups: [\"{}\"], resources: [\"{}\"], verbs: {lacks:?}",
                right.group, right.resource
            ));
        checks.push(Check::failed(TITLE, &error));
        let rules = if is_namespaced { &mut missing.here } else { &mut missing.there };
        rules.push(rule(right, &lacks));
    }
    Ok(missing)
}
