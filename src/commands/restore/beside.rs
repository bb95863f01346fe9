//! `restore --to-pvc`: a second claim beside the live one, filled from a snapshot.
//! Must not touch the live claim, and must not say "restored" before the new volume's origin is proven.

mod outcome;

use chrono::{DateTime, Utc};

use super::RestoreArgs;
use crate::cluster::apply::Persist;
use crate::cluster::connect::Cluster;
use crate::cluster::wait::{Events, Patience};
use crate::error::{ExitCode, Reason, Result};
use crate::model::claim::Claim;
use crate::model::class::StorageClass;
use crate::model::dry_run::DryRun;
use crate::model::group::Group;
use crate::model::volume::Backend;
use crate::plan::clone::{self, Observed, Step, Wish};
use crate::plan::origin::ExpectedVolume;
use crate::plan::restore::none_is_free;
use crate::plan::source;
use crate::ui::documents::{Document, ErrorItem};
use crate::ui::format::Format;
use crate::ui::results::RestoreItem;
use crate::ui::terminal::Ui;

/// What was decided: the new claim, and what its volume must be.
struct Plan {
    step: Step,
    existing: Option<Claim>,
    /// Its StorageClass; a claim that was made before may outlive it.
    class: Option<StorageClass>,
    /// What had to be guessed.
    assumption: Option<String>,
    expected: ExpectedVolume,
    /// When the snapshot was taken.
    taken: DateTime<Utc>,
    /// How much older that is than asked for.
    older: Option<String>,
    /// This command, for hints.
    again: String,
    item: RestoreItem,
}

/// Makes the claim `to_pvc`, waits for it and proves what it holds.
pub(super) async fn run(cluster: &Cluster, args: &RestoreArgs, to_pvc: &str, ui: &Ui) -> Result<ExitCode> {
    let format = args.output.format();
    let mut plan = plan(cluster, args, to_pvc).await?;
    let patience =
        Patience { timeout: args.timeout, interrupt: cluster.interrupt.clone(), events: Events::Read };
    plan.assumption.iter().chain(&plan.older).for_each(|note| ui.note(note));
    let dry_run = args.dry_run.dry_run;
    let claim = apply(cluster, &plan, dry_run).await?;
    // From here on there is a claim, whether or not anybody can read of it.
    let announced = announce(&plan, dry_run, &format, ui);
    let failure = match claim {
        Some(claim) => outcome::finish(cluster, claim, &mut plan, &patience, ui).await.err(),
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
async fn plan(cluster: &Cluster, args: &RestoreArgs, to_pvc: &str) -> Result<Plan> {
    let (mut groups, all) = args.groups(cluster).await?;
    let group = groups.swap_remove(0);
    let point = args.point(cluster.now());
    let snapshot = source::choose(&group, &all, &point)?;
    let facts = cluster.restore_facts(&group, snapshot, to_pvc).await?;
    let live_handle = facts.live_volume.as_ref().and_then(|volume| match &volume.backend {
        Backend::Csi { handle, .. } => Some(handle.as_str()),
        Backend::Other(_) => None,
    });
    let unknown = args.unknown_source();
    let content = source::check(&group, snapshot, facts.content.as_ref(), &all, live_handle, unknown)?;
    let observed = Observed {
        group: &group,
        snapshot,
        content,
        live: facts.live.as_ref(),
        live_volume: facts.live_volume.as_ref(),
        existing: facts.existing.as_ref(),
    };
    let wish = Wish { name: to_pvc.to_owned(), size: args.size.clone(), class: args.storage_class.clone() };
    let class_name = clone::storage_class(&observed, &wish)?;
    let class = cluster.storage_class(&class_name).await?;
    let step = clone::next(&observed, &wish, &class_name, class.as_ref())?;
    if let Step::Create(draft) = &step {
        match cluster.volumes().await {
            // Then it is only found out afterwards, by the proof.
            Err(error) if error.reason == Reason::Forbidden => {}
            volumes => none_is_free(draft, &volumes?)?,
        }
    }
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
    let again = again(args, &group, &snapshot.name, to_pvc);
    let (taken, older) = (snapshot.taken, source::older(&point, snapshot));
    Ok(Plan { step, existing: facts.existing, class, assumption, expected, taken, older, again, item })
}

/// The same command again, with the snapshot's full name.
fn again(args: &RestoreArgs, group: &Group, snapshot: &str, to_pvc: &str) -> String {
    let Group { name, namespace, .. } = group;
    let mut command =
        format!("kubectl gemini restore {name} -n {namespace} --snapshot {snapshot} --to-pvc {to_pvc}");
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
