//! `doctor`: what stands in the way of backup and restore, with a remedy for each.
//! Must not change anything, and must go on after a failed check.

mod probe;
mod rights;

use std::sync::Arc;

use clap::Args;

use crate::cli::{GlobalArgs, OutputArgs};
use crate::cluster::connect::Cluster;
use crate::cluster::served::Served;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::name;
use crate::plan::backup::{self, Step};
use crate::plan::prune;
use crate::ui::checks::{Check, Verdict, table};
use crate::ui::documents::Document;
use crate::ui::terminal::Ui;
use rights::Purpose;

/// Check cluster, driver and rights
///
/// With --probe also what the driver really does with a small volume of its own.
///
/// Examples:
///   kubectl gemini doctor -n shop
///   # as somebody else, and what is missing, for an administrator
///   kubectl gemini doctor --for restore --as jane@example.com
///   kubectl gemini doctor --for restore --print-rbac > roles.yaml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct DoctorArgs {
    /// What the rights are looked at for
    #[arg(long = "for", value_name = "PURPOSE", default_value = "backup")]
    purpose: Purpose,
    /// Make a small volume in the namespace, snapshot it, restore it, delete it, restore it again, and take all of it away
    #[arg(long)]
    probe: bool,
    /// With --probe: StorageClass of the volume; the default one if not given
    #[arg(long, value_name = "CLASS", value_parser = name::object, requires = "probe")]
    storage_class: Option<String>,
    /// Print only the roles that an administrator would have to add, as YAML
    #[arg(long)]
    print_rbac: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Runs the command.
pub async fn run(args: DoctorArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let format = args.output.format_without_names("doctor")?;
    ui.begin();
    let cluster = global.connect(ui).await?;
    let mut checks = vec![];
    let version = cluster.version().await?;
    checks.push(Check::new("Cluster", Verdict::Ok, format!("{} answers, version {version}", cluster.server)));
    let served = cluster.served().await?;
    checks.extend(apis(&served));
    checks.extend(groups(&cluster, &served).await);
    let missing = rights::look(&cluster, args.purpose, &mut checks).await;
    if let Err(error) = &missing {
        checks.push(Check::failed(rights::TITLE, error));
    }
    if cluster.interrupt.is_requested() {
        return Err(Error::new(Reason::Interrupted, "the checks were not finished"));
    }
    if args.probe {
        probe::probe(&cluster, args.storage_class.as_deref(), &mut checks).await;
    }
    if args.print_rbac {
        let missing = missing?;
        ui.data(&missing.roles(&cluster.namespace)?)?;
        return Ok(if missing.is_empty() { ExitCode::Done } else { ExitCode::Failed });
    }
    let failed = checks.iter().any(|check| check.verdict == Verdict::Fail);
    let text = match format.is_document() {
        false => table(&checks),
        true => format.document(&Document::new("DoctorReport", checks))?,
    };
    ui.data(&text)?;
    Ok(if failed { ExitCode::Failed } else { ExitCode::Done })
}

fn apis(served: &Served) -> [Check; 2] {
    let snapshots = match served.require_snapshots() {
        Ok(()) => Check::new("APIs", Verdict::Ok, "snapshot.storage.k8s.io/v1 is served"),
        Err(error) => Check::failed("APIs", &error),
    };
    let groups = match served.groups() {
        Ok(resource) => Check::new("APIs", Verdict::Ok, format!("{} is served", resource.api_version)),
        Err(error) => Check::failed("APIs", &error),
    };
    [snapshots, groups]
}

/// Whether each group of the namespace has a schedule that makes sense, and could be backed up now.
async fn groups(cluster: &Cluster, served: &Served) -> Vec<Check> {
    let title = "Groups";
    let (Ok(resource), Ok(())) = (served.groups(), served.require_snapshots()) else { return vec![] };
    let (groups, unreadable) = match cluster.groups(&resource, Some(&cluster.namespace), None).await {
        Ok(found) => found,
        Err(error) => return vec![Check::failed(title, &error)],
    };
    let mut checks = vec![];
    for group in unreadable {
        let error = Error::new(Reason::GroupInvalid, group.why).about(&group.name);
        checks.push(Check::failed(title, &error));
    }
    if groups.is_empty() {
        let nothing = format!("namespace {} has no groups to check", cluster.namespace);
        checks.push(Check::new(title, Verdict::Ok, nothing));
    }
    for group in groups {
        let (name, claim) = (group.name.clone(), group.claim.name.clone());
        if let Err(error) = prune::schedule_of(&group) {
            checks.push(Check::failed(title, &error.about(&name)));
        }
        let facts = cluster.backup_facts(group, None).await;
        let step = facts.and_then(|facts| backup::next(&facts, None, cluster.now()));
        checks.push(match step {
            Ok(Step::TakeSnapshot(draft)) => {
                let (driver, class) = (&draft.source.driver, &draft.class);
                let text = format!("{name}: PVC {claim}, driver {driver}, snapshot class {class}");
                Check::new(title, Verdict::Ok, text)
            }
            Ok(Step::CreateClaim(_)) => {
                let text = format!("{name}: PVC {claim} does not exist yet; the first backup makes it");
                Check::new(title, Verdict::Ok, text)
            }
            Err(error) => Check::failed(title, &error.about(&name)),
        });
    }
    checks
}
