//! `restore --to-pvc`: a second claim beside the live one, filled from a snapshot.
//! Must not touch the live claim, and must not say "restored" before the new volume's origin is proven.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::apply::Persist;
use crate::cluster::connect::Cluster;
use crate::cluster::interrupt::Interrupt;
use crate::cluster::wait::{End, Patience, Waited};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::claim::{Claim, ClaimPhase};
use crate::model::class::{Binding, StorageClass};
use crate::model::dry_run::DryRun;
use crate::model::size::Size;
use crate::model::{duration, volume::Backend};
use crate::plan::clone::{self, Observed, Step, Wish};
use crate::plan::origin::{self, ExpectedVolume};
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
    #[arg(value_name = "GROUP")]
    group: String,
    /// Snapshot to take the data from: its name, or the number at the end of it
    #[arg(long, value_name = "NAME")]
    snapshot: String,
    /// Name of the new claim
    #[arg(long, value_name = "NAME")]
    to_pvc: String,
    /// StorageClass of the new claim; that of the live claim if not given
    #[arg(long, value_name = "CLASS")]
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
    class: StorageClass,
    expected: ExpectedVolume,
    item: RestoreItem,
}

/// Runs the command.
pub async fn run(args: RestoreArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    ui.begin();
    let format = args.output.format();
    let cluster = global.connect(ui).await?;
    let mut plan = plan(&cluster, &args).await?;
    let patience = Patience { timeout: args.timeout, interrupt: Interrupt::listen() };
    let claim = apply(&cluster, &plan, args.dry_run.dry_run).await?;
    announce(&plan, args.dry_run.dry_run, &format, ui)?;
    let failure = match claim {
        Some(claim) => finish(&cluster, claim, &mut plan, &patience, ui).await.err(),
        None => None,
    };
    plan.item.error = failure.as_ref().map(ErrorItem::from);
    ui.data(&format.document(&Document::new("RestoreResult", vec![plan.item]))?)?;
    match failure {
        Some(error) => {
            ui.error(&error);
            Ok(error.exit_code())
        }
        None => Ok(ExitCode::Done),
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
    let name = clone::storage_class(&observed, args.storage_class.as_deref())?;
    let class = cluster.storage_class(&name).await?.ok_or_else(|| {
        Error::new(Reason::StorageClassUnfit, format!("StorageClass {name} does not exist"))
    })?;
    let wish = Wish { name: args.to_pvc.clone(), size: args.size.clone() };
    let step = clone::next(&observed, &wish, &class)?;
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
        storage_class: Some(class.name.clone()),
        reports: vec![],
        error: None,
    };
    let expected = clone::expected(&observed);
    Ok(Plan { step, existing: facts.existing, class, expected, item })
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

/// Waits until the claim is bound, and proves its volume. A claim whose class waits for a pod is done as it is.
async fn finish(
    cluster: &Cluster,
    claim: Claim,
    plan: &mut Plan,
    patience: &Patience,
    ui: &Ui,
) -> Result<()> {
    plan.item.size = claim.requested.as_ref().map(Into::into);
    if claim.phase == ClaimPhase::Pending && plan.class.binding == Binding::WaitForFirstConsumer {
        plan.item.phase = Some("Pending");
        ui.note(&format!("PVC {} is Pending until a pod uses it; it is filled then.", claim.name));
        return Ok(());
    }
    let waited = cluster.claim_bound(claim, patience).await?;
    plan.item.reports.clone_from(&waited.reports);
    plan.item.phase = Some(if waited.end == End::Reached { "Bound" } else { "Pending" });
    let claim = bound(&waited, &plan.item, patience)?;
    let volume = cluster.volume_of(Some(claim)).await.map_err(Error::after_change)?.ok_or_else(|| {
        Error::new(Reason::ClaimLost, format!("the volume of PVC {} is gone", claim.name)).after_change()
    })?;
    plan.item.volume = Some(volume.name.clone());
    plan.item.size = claim.capacity.as_ref().map(Into::into);
    origin::prove_claim(claim, &volume, &plan.expected)?;
    plan.item.verified = true;
    ui.note(&format!(
        "PVC {} is bound after {} and holds the data of snapshot {}.",
        claim.name,
        duration::typed(waited.took),
        plan.item.snapshot
    ));
    Ok(())
}

fn bound<'a>(waited: &'a Waited<Claim>, item: &RestoreItem, patience: &Patience) -> Result<&'a Claim> {
    let Claim { name, namespace, .. } = &waited.last;
    let again = format!(
        "wait on: kubectl gemini restore {} -n {namespace} --snapshot {} --to-pvc {name}",
        item.group, item.snapshot
    );
    let error = match waited.end {
        End::Reached => return Ok(&waited.last),
        End::TimedOut => {
            let limit = duration::typed(patience.timeout);
            Error::new(
                Reason::TimedOut,
                format!("PVC {name} is not bound after {limit}; it stays and may still be filled"),
            )
            .hint(again)
            .hint(format!("or give it up: kubectl delete pvc {name} -n {namespace}"))
        }
        End::Interrupted => Error::new(
            Reason::Interrupted,
            format!("stopped waiting for PVC {name}; it stays and may still be filled"),
        )
        .hint(again),
        End::Gone => {
            Error::new(Reason::ClaimTerminating, format!("PVC {name} was deleted before it was bound"))
        }
    };
    Err(match waited.reports.last() {
        Some(text) => error.cause(format!("reported last: {text}")),
        None => error,
    })
}
