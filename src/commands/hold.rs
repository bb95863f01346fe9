//! `hold` and `release`: a person's word that a snapshot must stay, set and taken back.
//! Must not touch anything of a snapshot but these marks, nor say that one is held which is being deleted.

use std::sync::Arc;

use clap::Args;

use super::report::{Outcome, show};
use crate::api::build;
use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::apply::{Marked, Marks, Persist};
use crate::cluster::connect::Cluster;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::moment::{self, Until};
use crate::model::name;
use crate::model::snapshot::{Hold, Snapshot};
use crate::plan::hold::{self, Step};
use crate::ui::documents::{ErrorItem, rfc3339};
use crate::ui::format::Format;
use crate::ui::results::{HeldItem, HoldItem};
use crate::ui::terminal::Ui;

/// Keep snapshots, whatever the schedule says
///
/// kubectl gemini does not delete a held snapshot until the hold ends or is
/// released. A hold does not stop `kubectl delete`, nor Gemini's own operator.
/// Holding a snapshot again replaces reason and end.
///
/// Examples:
///   kubectl gemini hold photos-1795333680 --reason "the upgrade" --until 30d
///   kubectl gemini hold photos-1795333680 --reason audit --until 2026-12-31
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct HoldArgs {
    /// Snapshots to hold; they need not belong to a group
    #[arg(value_name = "SNAPSHOT", required = true, value_parser = name::snapshot)]
    snapshots: Vec<String>,
    /// Why they must stay, for whoever wants to delete them one day
    #[arg(long, value_parser = reason)]
    reason: String,
    /// When the hold ends by itself: 30d is 30 days from now, 2026-12-31 the end of that day in UTC,
    /// 2026-12-31T18:00:00Z a time; never if not given
    #[arg(long, value_name = "TIME", value_parser = moment::parse_until)]
    until: Option<Until>,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Take back the hold on snapshots
///
/// Examples:
///   kubectl gemini release photos-1795333680
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct ReleaseArgs {
    /// Snapshots to release
    #[arg(value_name = "SNAPSHOT", required = true, value_parser = name::snapshot)]
    snapshots: Vec<String>,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

fn reason(text: &str) -> std::result::Result<String, String> {
    match text.trim() {
        "" => Err("say why: it is all that the next person will know".to_owned()),
        reason => Ok(reason.to_owned()),
    }
}

/// Everything that holding or releasing one snapshot needs.
struct Run<'a> {
    cluster: &'a Cluster,
    /// The hold to set; none to release.
    wished: Option<Hold>,
    dry_run: DryRun,
    format: Format,
    ui: &'a Ui,
}

/// Runs `hold`.
pub async fn hold(args: HoldArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let cluster = connect(global, ui).await?;
    let wished = hold::wished(&args.reason, args.until, cluster.now())?;
    let end = wished.until.map_or_else(|| "it is released".to_owned(), rfc3339);
    let (dry_run, format) = (args.dry_run.dry_run, args.output.format());
    let run = Run { cluster: &cluster, wished: Some(wished), dry_run, format, ui };
    let outcomes = run.all(&args.snapshots).await;
    if dry_run == DryRun::None && outcomes.iter().any(|outcome| outcome.item.hold.is_some()) {
        ui.note(&format!("Held until {end}."));
    }
    show("HoldResult", outcomes, &run.format, ui)
}

/// Runs `release`.
pub async fn release(args: ReleaseArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let cluster = connect(global, ui).await?;
    let (dry_run, format) = (args.dry_run.dry_run, args.output.format());
    let run = Run { cluster: &cluster, wished: None, dry_run, format, ui };
    let outcomes = run.all(&args.snapshots).await;
    show("HoldResult", outcomes, &run.format, ui)
}

async fn connect(global: &GlobalArgs, ui: &Arc<Ui>) -> Result<Cluster> {
    ui.begin();
    let cluster = global.connect(ui).await?;
    cluster.served().await?.require_snapshots()?;
    Ok(cluster)
}

impl Run<'_> {
    /// One after the other; a failure stays with its snapshot.
    async fn all(&self, names: &[String]) -> Vec<Outcome<HoldItem>> {
        let mut outcomes = vec![];
        for name in names {
            outcomes.push(self.one(name).await);
        }
        outcomes
    }

    async fn one(&self, name: &str) -> Outcome<HoldItem> {
        let marked = self.mark(name).await;
        let changed = matches!(marked, Ok(Marked::Changed));
        let really = changed && self.dry_run == DryRun::None;
        let hold = marked.as_ref().ok().and(self.wished.as_ref()).map(HeldItem::from);
        let error = match marked.and_then(|marked| self.say(name, marked)) {
            Err(error) if really => {
                Some(error.about(&format!("volumesnapshot {name} was changed")).after_change())
            }
            outcome => outcome.err(),
        };
        let item = HoldItem {
            namespace: self.cluster.namespace.clone(),
            name: name.to_owned(),
            dry_run: self.dry_run,
            changed,
            hold,
            error: error.as_ref().map(ErrorItem::from),
        };
        Outcome { item, changed: really, error }
    }

    async fn mark(&self, name: &str) -> Result<Marked> {
        if self.cluster.interrupt.is_requested() {
            let message = format!("stopped before volumesnapshot {name} was changed");
            return Err(Error::new(Reason::Interrupted, message));
        }
        let Some(snapshot) = self.cluster.snapshot(name).await? else {
            return Err(self.cluster.snapshot_not_found(name).await);
        };
        let decide = |snapshot: &Snapshot| {
            let wished = self.wished.as_ref();
            Ok(match hold::next(snapshot, wished)? {
                Step::Write => build::hold_marks(wished),
                Step::Leave => Marks::new(),
            })
        };
        let persist = match self.dry_run {
            DryRun::None => Persist::Yes,
            DryRun::Server => Persist::ServerDryRun,
            DryRun::Client => {
                let changes = !decide(&snapshot)?.is_empty();
                return Ok(if changes { Marked::Changed } else { Marked::Unchanged });
            }
        };
        self.cluster.mark_snapshot(&snapshot, persist, decide).await
    }

    /// The line on stdout: kubectl's words, or only the name.
    fn say(&self, name: &str, marked: Marked) -> Result<()> {
        let name = format!("volumesnapshot.snapshot.storage.k8s.io/{name}");
        let word = match (&self.wished, marked) {
            (Some(_), Marked::Changed) => "held",
            (Some(_), Marked::Unchanged) => "already held",
            (None, Marked::Changed) => "released",
            (None, Marked::Unchanged) => "not held",
        };
        match self.format {
            Format::Table | Format::Wide => {
                self.ui.data(&format!("{name} {word}{}\n", self.dry_run.suffix()))
            }
            Format::Name => self.ui.data(&format!("{name}\n")),
            Format::Json | Format::Yaml | Format::JsonPath(_) => Ok(()),
        }
    }
}
