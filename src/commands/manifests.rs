//! `manifests`: prints what is installed into a cluster, for `kubectl apply -f -`.
//! Must not ask the cluster: it is also for those who install from a repository.

use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::api::crd::crd;
use crate::api::manifests::{self, Choice, NAMESPACE, Reach};
use crate::cli::GlobalArgs;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::ui::terminal::Ui;

/// Print what is to be installed: the CRD, the rights and the CronJob
///
/// The job goes into the namespace of -n, `gemini` if none is given, and works in
/// all of them; with --namespaced only in its own. Everything is of this program's
/// own version.
///
/// Examples:
///   kubectl gemini manifests | kubectl apply -f -
///   kubectl gemini manifests --namespaced -n shop | kubectl apply -f -
///   kubectl gemini manifests --only crd
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct ManifestsArgs {
    /// Only a part of it; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Image of the job
    #[arg(long, value_name = "IMAGE", default_value_t = manifests::image())]
    image: String,
    /// The job works in its own namespace only
    #[arg(long)]
    namespaced: bool,
    /// The job carries out restores that a group's annotation asks for: whoever may annotate a group can then replace its volume
    #[arg(long)]
    restore_annotated: bool,
}

/// What can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The SnapshotGroup CustomResourceDefinition
    Crd,
    /// The account of the job, and its roles
    Rbac,
    /// The CronJob
    Job,
    /// Roles for people: view, edit, restore
    UserRoles,
}

/// Runs the command.
pub fn run(args: ManifestsArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let choice = Choice {
        namespace: global.namespace().unwrap_or(NAMESPACE).to_owned(),
        reach: if args.namespaced { Reach::Namespace } else { Reach::Cluster },
        image: args.image,
        restores: args.restore_annotated,
    };
    let parts = match args.only.as_slice() {
        [] => vec![Part::Crd, Part::Rbac, Part::Job],
        only => only.to_vec(),
    };
    let mut objects = vec![];
    for part in parts {
        match part {
            Part::Crd => {
                ui.note("The CRD takes the place of Gemini's own, if that is installed: it accepts all that Gemini's does. --only rbac --only job leaves it as it is.");
                objects.push(serde_json::to_value(crd()).map_err(|error| unprintable(&error))?);
            }
            Part::Rbac => {
                if choice.reach == Reach::Cluster {
                    objects.push(manifests::namespace(&choice.namespace));
                }
                objects.push(manifests::service_account());
                objects.extend(manifests::job_rights(choice.reach, &choice.namespace));
                if choice.restores {
                    objects.extend(manifests::restore_rights(choice.reach, &choice.namespace));
                }
            }
            Part::Job => objects.push(manifests::cron_job(&choice)),
            Part::UserRoles => objects.extend(manifests::user_roles()),
        }
    }
    let mut text = String::new();
    for object in objects {
        let object = manifests::in_namespace(object, &choice.namespace);
        text += "---\n";
        text += &serde_yaml::to_string(&object).map_err(|error| unprintable(&error))?;
    }
    ui.data(&text).map(|()| ExitCode::Done)
}

fn unprintable(error: &dyn std::error::Error) -> Error {
    Error::new(Reason::OutputFailed, "the manifests cannot be written as YAML").cause(error.to_string())
}
