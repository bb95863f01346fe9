//! `backup`: takes a snapshot of each named group's claim now, and waits until it can be restored from.
//! Must not say "ready" before the snapshot is proven to be of the claim's volume.

mod first_claim;
mod report;

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use futures::future::join_all;

use super::report::show;
use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::apply::Persist;
use crate::cluster::call::{Kind, Verb};
use crate::cluster::connect::Cluster;
use crate::cluster::served::GroupsApi;
use crate::cluster::wait::{End, Events, Patience, Waited};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::draft::{Occasion, SnapshotDraft};
use crate::model::dry_run::DryRun;
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;
use crate::model::{duration, name};
use crate::plan::backup::{self, Step};
use crate::plan::origin;
use crate::ui::documents::rfc3339;
use crate::ui::format::Format;
use crate::ui::terminal::Ui;
use report::Backup;

/// Take a snapshot of a group's claim now
///
/// Examples:
///   kubectl gemini backup photos               # and wait until it is ready
///   kubectl gemini backup photos postgres --wait=created
///   kubectl gemini backup photos --keep-for 30d
///   kubectl gemini backup photos --dry-run=server
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct BackupArgs {
    /// Groups to back up
    #[arg(value_name = "GROUP", required = true, value_parser = name::object)]
    groups: Vec<String>,
    /// What to wait for: until the snapshot can be restored from, or only until it is created
    #[arg(long, value_name = "STATE", default_value = "ready")]
    wait: Until,
    /// How long to wait
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration::parse)]
    timeout: Duration,
    /// VolumeSnapshotClass to use instead of the group's or the driver's default
    #[arg(long, value_name = "CLASS", value_parser = name::object)]
    snapshot_class: Option<String>,
    /// Let prune and the job delete it after this time; it stays until somebody deletes it if not given
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    keep_for: Option<Duration>,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Until {
    Ready,
    Created,
}

/// Everything that backing up one group needs.
struct Run<'a> {
    cluster: &'a Cluster,
    resource: GroupsApi,
    args: &'a BackupArgs,
    format: Format,
    patience: Patience,
    ui: &'a Ui,
}

/// Runs the command.
pub async fn run(args: BackupArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    ui.begin();
    let cluster = global.connect(ui).await?;
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    if args.dry_run.dry_run == DryRun::None && args.wait == Until::Ready {
        // Whoever cannot prove what a snapshot is of would take one after another, and end with a failure each time.
        let refused = cluster.require(Verb::Get, Kind::Content).await;
        refused.map_err(|error| error.hint("or take it without proof: --wait=created"))?;
    }
    let patience =
        Patience { timeout: args.timeout, interrupt: cluster.interrupt.clone(), events: Events::Read };
    let run = Run { cluster: &cluster, resource, args: &args, format: args.output.format(), patience, ui };
    let (mut backups, mut lost) = (vec![], None::<Error>);
    for group in &args.groups {
        let backup = match &lost {
            Some(error) => {
                let (reason, why) = error.root();
                run.not_begun(group, reason, Some(why))
            }
            None => run.take(group).await,
        };
        lost = lost.or_else(|| backup.error.clone().filter(is_lost));
        backups.push(backup);
    }
    let backups = join_all(backups.into_iter().map(|backup| run.finish(backup, lost.as_ref()))).await;
    let several = backups.len() > 1;
    let outcomes = backups.into_iter().map(|backup| backup.outcome(several)).collect();
    show("BackupResult", outcomes, &run.format, ui)
}

/// All tries of a request, or of the look after it, are spent without a connection: the next group would wait as long, for nothing.
fn is_lost(error: &Error) -> bool {
    matches!(error.root().0, Reason::ConnectFailed | Reason::ConnectRefused | Reason::ServerAway)
}

impl Run<'_> {
    /// Takes the snapshot of one group; a failure stays with it, so that the other groups get theirs.
    async fn take(&self, group: &str) -> Backup {
        if self.patience.interrupt.is_requested() {
            return self.not_begun(group, Reason::Interrupted, None);
        }
        let mut backup = Backup::new(&self.cluster.namespace, group, self.args.dry_run.dry_run);
        if let Err(error) = self.try_take(group, &mut backup).await {
            backup.error = Some(error);
        }
        backup
    }

    fn not_begun(&self, group: &str, reason: Reason, why: Option<&str>) -> Backup {
        let mut backup = Backup::new(&self.cluster.namespace, group, self.args.dry_run.dry_run);
        let error = Error::new(reason, format!("the backup of group {group} was not begun"));
        backup.error = Some(why.into_iter().fold(error, Error::cause));
        backup
    }

    async fn try_take(&self, group: &str, backup: &mut Backup) -> Result<()> {
        let group = self.cluster.group(&self.resource, group).await?;
        backup.item.pvc = Some(group.claim.name.clone());
        if group.suspended {
            self.warn(format!("group {} is suspended: its schedule rests, this backup is taken", group.name));
        }
        let class = self.args.snapshot_class.as_deref();
        let facts = self.cluster.backup_facts(group.clone(), class).await?;
        let mut draft = match backup::next(&facts, class, self.cluster.now())? {
            Step::TakeSnapshot(draft) => draft,
            Step::CreateClaim(draft) => match self.create_claim(&group, &draft, backup).await? {
                Some(draft) => draft,
                None => return Ok(()),
            },
        };
        let expires = self.args.keep_for.map(|span| self.cluster.now() + span);
        draft.occasion = Occasion::Manual { expires };
        backup.item.snapshot_class = Some(draft.class.clone());
        backup.item.driver = Some(draft.source.driver.clone());
        backup.snapshot = self.create(&draft, backup).await?;
        Ok(())
    }

    async fn create(&self, draft: &SnapshotDraft, backup: &mut Backup) -> Result<Option<Snapshot>> {
        let snapshot = match self.args.dry_run.dry_run {
            DryRun::Client => None,
            DryRun::Server => Some(self.cluster.create_snapshot(draft, Persist::ServerDryRun).await?),
            DryRun::None => Some(self.cluster.create_snapshot(draft, Persist::Yes).await?),
        };
        let name = snapshot.as_ref().map_or_else(|| draft.name(), |snapshot| snapshot.name.clone());
        self.created("volumesnapshot.snapshot.storage.k8s.io", &name, backup);
        backup.item.snapshot = Some(name);
        backup.item.taken_at = snapshot.as_ref().map(|snapshot| snapshot.taken);
        Ok(snapshot.filter(|_| self.args.dry_run.dry_run == DryRun::None))
    }

    /// Waits for the snapshot of one group, and proves what it is of; not if the server is `lost`.
    async fn finish(&self, mut backup: Backup, lost: Option<&Error>) -> Backup {
        if self.args.wait == Until::Created {
            return backup;
        }
        if let Some(snapshot) = backup.snapshot.take() {
            let finished = match lost {
                Some(lost) => Err(self.unwatched(&snapshot.name, &backup.item.group, lost)),
                None => self.try_finish(snapshot, &mut backup).await,
            };
            if let Err(error) = finished {
                backup.error = Some(error);
            }
        }
        backup
    }

    fn unwatched(&self, snapshot: &str, group: &str, lost: &Error) -> Error {
        let message = format!("whether volumesnapshot {snapshot} becomes ready is not known");
        let (reason, why) = lost.root();
        let error = Error::new(reason, message).cause(why);
        error.after_change().hint(self.look(snapshot, group))
    }

    async fn try_finish(&self, snapshot: Snapshot, backup: &mut Backup) -> Result<()> {
        let item = &mut backup.item;
        let look = self.look(&snapshot.name, &item.group);
        let unknown = |error: Error| error.after_change().hint(&look);
        let waited = self.cluster.snapshot_ready(snapshot, &self.patience).await?;
        item.reports.clone_from(&waited.reports);
        let snapshot = self.ready(&waited, &item.group)?;
        let content = match &snapshot.content {
            Some(name) => self.cluster.content(name).await.map_err(unknown)?,
            None => None,
        };
        let content = content.ok_or_else(|| {
            let message =
                format!("volumesnapshot {} says that it is ready, but has no content", snapshot.name);
            Error::new(Reason::WrongVolume, message)
        })?;
        if let Err(error) = origin::prove_snapshot(snapshot, &content) {
            self.cluster.taint(snapshot, "wrong-volume").await;
            return Err(error);
        }
        self.cluster.mark_verified(snapshot).await;
        item.ready = true;
        item.took_seconds = Some(waited.took.as_secs());
        item.size = snapshot.restore_size().map(Into::into);
        let size = snapshot.restore_size().map(|size| format!(": {}", size.text)).unwrap_or_default();
        let end = snapshot.expires.map_or_else(|| "you delete it".to_owned(), rfc3339);
        self.ui.note(&format!(
            "Snapshot {} is ready after {}{size}. It is kept until {end}.",
            snapshot.name,
            duration::typed(waited.took)
        ));
        Ok(())
    }

    fn ready<'a>(&self, waited: &'a Waited<Snapshot>, group: &str) -> Result<&'a Snapshot> {
        let name = &waited.last.name;
        let look = self.look(name, group);
        let error = match waited.end {
            End::Reached => return Ok(&waited.last),
            End::TimedOut => {
                let limit = duration::typed(self.patience.timeout);
                let message = format!(
                    "volumesnapshot {name} is not ready after {limit}; it stays and may still become ready"
                );
                Error::new(Reason::TimedOut, message).hint(look)
            }
            End::Interrupted => {
                let message =
                    format!("stopped waiting for volumesnapshot {name}; it stays and may still become ready");
                Error::new(Reason::Interrupted, message).hint(look)
            }
            End::Gone => {
                let message = format!("volumesnapshot {name} was deleted before it was ready");
                Error::new(Reason::SnapshotNotFound, message)
                    .hint(format!("take another: {}", self.again(group)))
                    .after_change()
            }
        };
        Err(match waited.reports.last() {
            Some(text) => error.cause(format!("reported last: {text}")),
            None => error,
        })
    }

    /// The line on stdout: kubectl's words, or only the name.
    fn created(&self, kind: &str, name: &str, backup: &mut Backup) {
        let written = match &self.format {
            Format::Table | Format::Wide => {
                self.ui.data(&format!("{kind}/{name} created{}\n", self.args.dry_run.dry_run.suffix()))
            }
            Format::Name => self.ui.data(&format!("{kind}/{name}\n")),
            Format::Json | Format::Yaml | Format::JsonPath(_) => Ok(()),
        };
        if let Err(error) = written {
            backup.unsaid(error, &format!("{kind}/{name}"));
        }
    }

    /// A second backup would be a second snapshot.
    fn look(&self, snapshot: &str, group: &str) -> String {
        let namespace = &self.cluster.namespace;
        format!("snapshot {snapshot} goes on by itself; look: kubectl gemini list {group} -n {namespace}")
    }

    fn again(&self, group: &str) -> String {
        format!("kubectl gemini backup {group} -n {}", self.cluster.namespace)
    }

    fn warn(&self, text: String) {
        self.ui.notice(Notice::Warning(text));
    }
}
