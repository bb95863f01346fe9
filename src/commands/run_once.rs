//! `run-once`: one pass over all groups, as the CronJob makes it every few minutes.
//! Must end with a line that says how it went, whatever happened, and never ask anything.

mod accepted;
mod annotated;
mod budget;
mod outcome;
mod pass;
mod prepare;
mod prove;
mod publish;
mod requests;
mod serve;
mod sweep;
mod take;
mod world;

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::{ArgAction, Args, ValueEnum};

use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::cluster::notices::Notices;
use crate::cluster::survey::Scope;
use crate::error::{ExitCode, Result};
use crate::model::dry_run::DryRun;
use crate::model::{duration, job};
use crate::ui::documents::ErrorDocument;
use crate::ui::format::Format;
use crate::ui::log::{Facts, Log, LogFormat, Totals};
use crate::ui::runs::{self, RunDocument, table};
use crate::ui::terminal::Ui;
use budget::Budget;
use outcome::Outcome;
use pass::Pass;

/// Where Kubernetes looks for the last words of a container.
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Take what is due and delete what is no longer needed, once, for all groups
///
/// This is what the CronJob runs. It takes one snapshot for each group that has
/// one due, waits until it is ready, and then deletes what the schedule no longer
/// needs. One group that fails does not stop the others.
///
/// Examples:
///   kubectl gemini run-once -A --dry-run            # what a run would do now
///   kubectl gemini run-once -n shop -n blog
///   kubectl gemini run-once -A -o json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct RunOnceArgs {
    /// In all namespaces; otherwise in that of -n, which may be repeated
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Only the groups with these labels, such as app=photos
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// Whether to delete what the schedule no longer needs
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, default_value_t = true, hide_default_value = true)]
    prune: bool,
    /// How many snapshots of one driver may be in the making at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    max_parallel: u16,
    /// When to stop: what is due and not begun by then is left to the next run
    #[arg(long, value_name = "DURATION", default_value = "9m", value_parser = duration::parse)]
    deadline: Duration,
    /// Restore what the annotation gemini.fairwinds.com/restore of a group asks for: the number at the end of a snapshot's name,
    /// or latest. It waits until no pod uses the claim. The restore's rights are needed for that
    #[arg(long)]
    restore_annotated: bool,
    /// Work on groups that Gemini's operator works on, too
    #[arg(long)]
    coexist: bool,
    /// How to write the log: text, json, or auto: json in a pod
    #[arg(long, value_name = "FORMAT", default_value = "auto", hide_default_value = true)]
    log_format: LogChoice,
    /// Name of the Job: a CronJob's tells when the run was meant to start
    #[arg(long, value_name = "NAME", env = "GEMINI_JOB_NAME", hide_env = true, hide_short_help = true)]
    job_name: Option<String>,
    /// Exit with 3 if there was nothing to do
    #[arg(long)]
    error_unchanged: bool,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogChoice {
    Auto,
    Text,
    Json,
}

impl LogChoice {
    fn format(self) -> LogFormat {
        match self {
            Self::Auto if is_pod() && !std::io::stderr().is_terminal() => LogFormat::Json,
            Self::Json => LogFormat::Json,
            Self::Auto | Self::Text => LogFormat::Text,
        }
    }
}

fn is_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

/// What a pass is asked to do.
struct RunOptions {
    /// `None` for the namespace that is meant when none is named.
    scope: Option<Scope>,
    selector: Option<String>,
    prune: bool,
    max_parallel: usize,
    coexist: bool,
    restore_annotated: bool,
    dry_run: DryRun,
    /// When the pass was meant to start, in Unix seconds.
    hint: Option<i64>,
}

impl RunOnceArgs {
    fn options(&self, global: &GlobalArgs) -> RunOptions {
        let mut namespaces: Vec<_> = global.namespaces().into_iter().map(str::to_owned).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        RunOptions {
            scope: match self.all_namespaces {
                true => Some(Scope::Everywhere),
                false => {
                    Some(Scope::Namespaces(namespaces)).filter(|scope| *scope != Scope::Namespaces(vec![]))
                }
            },
            selector: self.selector.clone(),
            prune: self.prune,
            max_parallel: self.max_parallel.into(),
            coexist: self.coexist,
            restore_annotated: self.restore_annotated,
            dry_run: self.dry_run.dry_run,
            hint: self.job_name.as_deref().and_then(job::scheduled_time),
        }
    }
}

/// Runs the command. Whatever goes wrong is in the log, and in the document if one was asked for.
pub async fn run(args: RunOnceArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let started = Instant::now();
    let word: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(4).collect();
    let log = Arc::new(Log::new(Arc::clone(ui), args.log_format.format(), word.clone()));
    let made = make(&args, global, &log, &word).await;
    let (totals, mut code) = match &made {
        Ok(made) => (outcome::totals(&made.outcomes), made.code(args.error_unchanged)),
        Err(error) => {
            log.error("run failed", Facts::default(), error);
            (Totals::default(), error.exit_code())
        }
    };
    if let Err(error) = tell(&args, &word, &made, totals, code, ui) {
        log.error("output failed", Facts::default(), &error);
        if code == ExitCode::Done {
            code = error.exit_code();
        }
    }
    let spent = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    leave_word(&log.finished(totals, code, spent));
    Ok(code)
}

/// What a pass has made of all groups.
struct Made {
    outcomes: Vec<Outcome>,
    now: DateTime<Utc>,
}

impl Made {
    fn code(&self, error_unchanged: bool) -> ExitCode {
        match outcome::exit_code(&self.outcomes) {
            ExitCode::Done if error_unchanged && !self.outcomes.iter().any(|outcome| outcome.changed) => {
                ExitCode::Requested
            }
            code => code,
        }
    }
}

async fn make(args: &RunOnceArgs, global: &GlobalArgs, log: &Arc<Log>, word: &str) -> Result<Made> {
    let notices = Arc::clone(log);
    let cluster = global.connect_with(Notices::new(move |notice| notices.notice(notice))).await?;
    let budget = Budget::new(args.deadline, cluster.interrupt.clone());
    let options = args.options(global);
    let pass = Pass::new(&cluster, &options, log, &budget, word).await?;
    Ok(Made { outcomes: pass.make().await?, now: cluster.now() })
}

/// The result on standard output: a document, or a table for people. In a pod the log says it all.
fn tell(
    args: &RunOnceArgs,
    word: &str,
    made: &Result<Made>,
    totals: Totals,
    code: ExitCode,
    ui: &Ui,
) -> Result<()> {
    let format = args.output.format();
    let made = match made {
        Ok(made) => made,
        Err(error) if format.is_document() => return ui.data(&format.document(&ErrorDocument::from(error))?),
        Err(_) => return Ok(()),
    };
    let items: Vec<_> = made.outcomes.iter().map(Outcome::item).collect();
    let is_asked_for = args.output.output.is_some() || args.dry_run.dry_run != DryRun::None;
    let text = match &format {
        Format::Table | Format::Wide if is_asked_for || args.log_format.format() == LogFormat::Text => {
            table(&items, made.now)
        }
        Format::Table | Format::Wide => return Ok(()),
        Format::Name => runs::names(&items),
        format => {
            format.document(&RunDocument::new(word, made.now, args.dry_run.dry_run, totals, code, items))?
        }
    };
    ui.data(&text)
}

/// The last words, for `kubectl describe pod`. Nobody is left to be told that they cannot be written.
fn leave_word(line: &str) {
    if is_pod() && Path::new(TERMINATION_LOG).exists() {
        let _ = std::fs::write(TERMINATION_LOG, line);
    }
}
