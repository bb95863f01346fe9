//! `restore --to-pvc`: a second claim beside the live one, filled from a snapshot.
//! Must not touch the live claim, and must not say "restored" before the new volume's origin is proven.

mod outcome;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::apply::Persist;
use crate::cluster::connect::Cluster;
use crate::cluster::wait::{Events, Patience};
use crate::error::{ExitCode, Result};
use crate::model::claim::Claim;
use crate::model::class::StorageClass;
use crate::model::dry_run::DryRun;
use crate::model::size::Size;
use crate::model::{duration, name, volume::Backend};
use crate::plan::clone::{self, Observed, Step, Wish};
use crate::plan::origin::ExpectedVolume;
use crate::plan::source::{self, UnknownSource};
use crate::ui::documents::{Document, ErrorItem};
use crate::ui::format::Format;
use crate::ui::results::RestoreItem;
use crate::ui::terminal::Ui;

/// Put the data of a snapshot into a new claim
///
/// The live claim is not touched and nothing is stopped.
///
/// Examples:
///   kubectl gemini list photos
///   kubectl gemini restore photos --snapshot photos-1795333680 --to-pvc old-photos
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct RestoreArgs {
    /// Group that the snapshot belongs to
    #[arg(value_name = "GROUP", value_parser = name::object)]
    group: String,
    /// Snapshot to take the data from: its name, or the number at the end of it
    #[arg(long, value_name = "NAME", value_parser = name::object)]
    snapshot: String,
    /// Name of the new claim
    #[arg(long, value_name = "NAME", value_parser = name::object)]
    to_pvc: String,
    /// StorageClass of the new claim; that of the live claim if not given
    #[arg(long, value_name = "CLASS", value_parser = name::object)]
    storage_class: Option<String>,
    /// Size of the new claim, such as 20Gi; at least that of the live claim and of the snapshot if not given
    #[arg(long, value_parser = Size::parse)]
    size: Option<Size>,
    /// Take a snapshot even if the group is not known to have had the volume that it was cut from
    #[arg(long)]
    accept_unknown_source: bool,
    /// How long to wait until the new claim is bound
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration::parse)]
    timeout: Duration,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// What was decided: the new claim, and what its volume must be.
struct Plan {
    step: Step,
    existing: Option<Claim>,
    /// Its StorageClass; a claim that was made before may outlive it.
    class: Option<StorageClass>,
    /// What had to be guessed.
    assumption: Option<String>,
    expected: ExpectedVolume,
    /// This command, for hints.
    again: String,
    item: RestoreItem,
}

/// Runs the command.
pub async fn run(args: RestoreArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    ui.begin();
    let format = args.output.format();
    let cluster = global.connect(ui).await?;
    let mut plan = plan(&cluster, &args).await?;
    let patience =
        Patience { timeout: args.timeout, interrupt: cluster.interrupt.clone(), events: Events::Read };
    if let Some(assumption) = &plan.assumption {
        ui.note(assumption);
    }
    let dry_run = args.dry_run.dry_run;
    let claim = apply(&cluster, &plan, dry_run).await?;
    // From here on there is a claim, whether or not anybody can read of it.
    let announced = announce(&plan, dry_run, &format, ui);
    let failure = match claim {
        Some(claim) => outcome::finish(&cluster, claim, &mut plan, &patience, ui).await.err(),
        None => None,
    };
    plan.item.error = failure.as_ref().map(ErrorItem::from);
    let document = format.document(&Document::new("RestoreResult", vec![plan.item]));
    let printed = announced.and(document.and_then(|text| ui.data(&text))).map_err(|error| match dry_run {
        DryRun::None => error.after_change(),
        DryRun::Client | DryRun::Server => error,
    });
    match failure {
        Some(error) => {
            printed.err().iter().for_each(|unprinted| ui.error(unprinted));
            ui.error(&error);
            Ok(error.exit_code())
        }
        None => printed.map(|()| ExitCode::Done),
    }
}

/// Looks once, and decides.
async fn plan(cluster: &Cluster, args: &RestoreArgs) -> Result<Plan> {
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    let group = cluster.group(&resource, &args.group).await?;
    let all = cluster.snapshots(Some(&cluster.namespace)).await?;
    let snapshot = source::choose(&group, &all, &args.snapshot)?;
    let facts = cluster.restore_facts(&group, snapshot, &args.to_pvc).await?;
    let live_handle = facts.live_volume.as_ref().and_then(|volume| match &volume.backend {
        Backend::Csi { handle, .. } => Some(handle.as_str()),
        Backend::Other(_) => None,
    });
    let unknown = if args.accept_unknown_source { UnknownSource::Accept } else { UnknownSource::Refuse };
    let content = source::check(&group, snapshot, facts.content.as_ref(), &all, live_handle, unknown)?;
    let observed = Observed {
        group: &group,
        snapshot,
        content,
        live: facts.live.as_ref(),
        live_volume: facts.live_volume.as_ref(),
        existing: facts.existing.as_ref(),
    };
    let wish = Wish { name: args.to_pvc.clone(), size: args.size.clone(), class: args.storage_class.clone() };
    let class_name = clone::storage_class(&observed, &wish)?;
    let class = cluster.storage_class(&class_name).await?;
    let step = clone::next(&observed, &wish, &class_name, class.as_ref())?;
    let item = RestoreItem {
        namespace: group.namespace.clone(),
        group: group.name.clone(),
        snapshot: snapshot.name.clone(),
        pvc: wish.name,
        dry_run: args.dry_run.dry_run,
        phase: None,
        verified: false,
        volume: None,
        size: None,
        storage_class: Some(class_name),
        reports: vec![],
        error: None,
    };
    let (assumption, expected) = (clone::assumption(&observed), clone::expected(&observed));
    let again = again(args, &group.namespace, &snapshot.name);
    Ok(Plan { step, existing: facts.existing, class, assumption, expected, again, item })
}

/// The same command again, with the snapshot's full name.
fn again(args: &RestoreArgs, namespace: &str, snapshot: &str) -> String {
    let RestoreArgs { group, to_pvc, .. } = args;
    let mut command =
        format!("kubectl gemini restore {group} -n {namespace} --snapshot {snapshot} --to-pvc {to_pvc}");
    if let Some(class) = &args.storage_class {
        command += &format!(" --storage-class {class}");
    }
    if let Some(size) = &args.size {
        command += &format!(" --size {}", size.text);
    }
    if args.accept_unknown_source {
        command += " --accept-unknown-source";
    }
    command
}

/// Creates the claim. `None` if there is nothing to wait for, because of a dry run.
async fn apply(cluster: &Cluster, plan: &Plan, dry_run: DryRun) -> Result<Option<Claim>> {
    match (&plan.step, dry_run) {
        (Step::Create(draft), DryRun::None) => cluster.create_claim(draft, Persist::Yes).await.map(Some),
        (Step::Create(draft), DryRun::Server) => {
            cluster.create_claim(draft, Persist::ServerDryRun).await.map(|_| None)
        }
        (Step::Adopt, DryRun::None) => Ok(plan.existing.clone()),
        (_, DryRun::Client) | (Step::Adopt, DryRun::Server) => Ok(None),
    }
}

/// The line on stdout: kubectl's words, or only the name.
fn announce(plan: &Plan, dry_run: DryRun, format: &Format, ui: &Ui) -> Result<()> {
    let name = format!("persistentvolumeclaim/{}", plan.item.pvc);
    let verb = match plan.step {
        Step::Create(_) => "created",
        Step::Adopt => "unchanged",
    };
    match format {
        Format::Table | Format::Wide => ui.data(&format!("{name} {verb}{}\n", dry_run.suffix())),
        Format::Name => ui.data(&format!("{name}\n")),
        Format::Json | Format::Yaml | Format::JsonPath(_) => Ok(()),
    }
}
