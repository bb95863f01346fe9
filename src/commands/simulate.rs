//! `simulate`: what a schedule comes to, before anybody pays for it.
//! Must not ask a cluster, nor read a kubeconfig: the schedule is in a file, and time is made up.

mod flags;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveTime, Utc};
use clap::Args;

use super::offline;
use crate::cli::{GlobalArgs, OutputArgs};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::group::Group;
use crate::model::name::{self, nearest};
use crate::model::notice::Notice;
use crate::model::period::Period;
use crate::model::size::Size;
use crate::plan::calendar;
use crate::plan::entry::Entry;
use crate::plan::schedule::{self, Schedule};
use crate::plan::simulate::{Cost, Meter, Observer, Scene, Trouble, World, simulate};
use crate::ui::documents::rfc3339_seconds;
use crate::ui::forecast;
use crate::ui::simulation::Simulation;
use crate::ui::terminal::Ui;
use crate::ui::timeline;
use flags::Churn;

/// More passes than this are refused: five years of passes every three seconds.
const MOST_PASSES: u64 = 50_000_000;
/// As is looking at more snapshots than this, all passes taken together: that takes an hour.
const MOST_LOOKS: u64 = 20_000_000_000;
/// How often the progress is shown anew.
const PROGRESS: Duration = Duration::from_millis(200);

/// Show what a schedule comes to over time, without a cluster
///
/// Runs through the passes of the job that takes and deletes snapshots, and tells
/// for each rule how far back it reaches and how many snapshots there are.
///
/// Examples:
///   # five years, a pass every five minutes
///   kubectl gemini simulate -f group.yaml
///   # and a picture of what is there at the end
///   kubectl gemini simulate -f group.yaml --for 90d --timeline
///   # when not everything goes well
///   kubectl gemini simulate -f group.yaml --missed 2% --failures 5%
///   # roughly what has to be stored
///   kubectl gemini simulate -f group.yaml --size 20Gi --churn 2%
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct SimulateArgs {
    /// Group whose schedule is simulated, if the file holds several
    #[arg(value_name = "GROUP", value_parser = name::object)]
    group: Option<String>,
    /// File with the group, as for kubectl apply; - is standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    filename: PathBuf,
    /// How long to simulate, such as 90d, 18mo or 5y
    #[arg(long = "for", value_name = "DURATION", default_value = "5y", value_parser = flags::length)]
    length: Period,
    /// Time from one pass to the next
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = flags::at_least_a_second)]
    every_run: i64,
    /// When the first pass starts: a date, or a time such as 2026-01-31T10:07:00Z; today at 00:00 UTC if not given
    #[arg(long, value_name = "TIME", value_parser = flags::start)]
    start: Option<DateTime<Utc>>,
    /// How long a snapshot takes to become ready
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = flags::whole_seconds)]
    ready_after: i64,
    /// Start each pass up to so much late
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = flags::whole_seconds, hide_default_value = true)]
    jitter: i64,
    /// Share of passes that do not take place, such as 2%
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = flags::share, hide_default_value = true)]
    missed: f64,
    /// Share of snapshots that fail, such as 1%
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = flags::share, hide_default_value = true)]
    failures: f64,
    /// Number that chance is drawn from: another one gives another course
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Size of the data, such as 20Gi, to estimate what is stored
    #[arg(long, value_name = "SIZE", requires = "churn", value_parser = Size::parse)]
    size: Option<Size>,
    /// How much of the data changes in a day, such as 1Gi or 2%
    #[arg(long, value_name = "SIZE|SHARE", requires = "size", value_parser = flags::churn)]
    churn: Option<Churn>,
    /// Draw what is there at the end
    #[arg(long, conflicts_with = "output")]
    timeline: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl SimulateArgs {
    /// What is simulated; `today` is when it starts unless a time is named.
    fn world(&self, today: DateTime<Utc>) -> World {
        let start = self.start.unwrap_or(today).timestamp();
        let trouble =
            Trouble { jitter: self.jitter, missed: self.missed, failed: self.failures, ..Trouble::default() };
        World {
            start,
            end: calendar::add(start, self.length, 1),
            every_run: self.every_run,
            ready_after: self.ready_after,
            trouble,
            seed: self.seed,
        }
    }

    fn cost(&self) -> Option<Cost> {
        let (size, churn) = (self.size.as_ref()?.bytes, self.churn.as_ref()?);
        let bytes = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        Some(Cost { size: bytes(size), churn: bytes(churn.bytes(size)) })
    }
}

/// Runs the command.
pub fn run(args: SimulateArgs, global: &GlobalArgs, ui: &Ui) -> Result<ExitCode> {
    let format = args.output.format_without_names("simulate")?;
    let warn = |warning: &String| ui.notice(Notice::Warning(warning.clone()));
    let saved = offline::read(None, std::slice::from_ref(&args.filename), global.namespace())?;
    saved.warnings.iter().for_each(warn);
    let group = chosen(&args, &saved.groups)?;
    let world = args.world(Utc::now().with_time(NaiveTime::MIN).single().unwrap_or_default());
    let (schedule, warnings) = schedule(&args, group)?;
    warnings.iter().for_each(warn);
    refuse_endless(&schedule, &world)?;

    let mut watch = Watch {
        meter: Meter::new(&schedule, &world, args.cost()),
        world: &world,
        ui,
        began: Instant::now(),
        shown: Duration::ZERO,
    };
    let outcome = simulate(&schedule, &group.name, &world, &mut watch);
    let document = Simulation::new(&group.name, &schedule, &world, &outcome, &watch.meter, warnings);
    let text = match format.is_document() {
        true => format.document(&document)?,
        false => {
            let picture =
                if args.timeline { format!("\n{}", timeline::picture(&document)) } else { String::new() };
            forecast::summary(&document, args.length) + &picture
        }
    };
    ui.data(&text)?;
    Ok(ExitCode::Done)
}

/// The group that is meant.
fn chosen<'a>(args: &SimulateArgs, groups: &'a [Group]) -> Result<&'a Group> {
    let file = args.filename.display();
    let names = || groups.iter().map(|group| group.name.as_str());
    let listed = || names().collect::<Vec<_>>().join(", ");
    let Some(wanted) = &args.group else {
        return match groups {
            [group] => Ok(group),
            _ => {
                let message = format!("{file} holds {} groups: {}", groups.len(), listed());
                Err(Error::new(Reason::GroupNotNamed, message))
            }
        };
    };
    groups.iter().find(|group| group.name == *wanted).ok_or_else(|| {
        let error = Error::new(Reason::GroupNotFound, format!("snapshotgroup \"{wanted}\" is not in {file}"));
        match nearest(names(), wanted) {
            Some(nearest) => error.hint(format!("did you mean \"{nearest}\"?")),
            None => error.hint(format!("it holds: {}", listed())),
        }
    })
}

/// The schedule and what is to be said about it.
fn schedule(args: &SimulateArgs, group: &Group) -> Result<(Schedule, Vec<String>)> {
    let (schedule, mut warnings) = schedule::read(group).map_err(|faults| {
        let message = format!(
            "the schedule of snapshotgroup {} in {} makes no sense",
            group.name,
            args.filename.display()
        );
        faults.into_iter().fold(Error::new(Reason::InvalidSchedule, message), Error::cause)
    })?;
    warnings.extend(schedule::warn_run_period(&schedule, args.every_run));
    if schedule.rules.is_empty() {
        warnings.push("the schedule is empty: nothing is taken by it, and nothing is deleted".to_owned());
    }
    if group.suspended {
        warnings.push(format!("group {} is suspended; it is simulated as if it were not", group.name));
    }
    Ok((schedule, warnings))
}

/// Refuses what would not come to an end while somebody waits for it.
fn refuse_endless(schedule: &Schedule, world: &World) -> Result<()> {
    let passes = world.passes();
    let each = schedule.rules.iter().map(|rule| u64::from(rule.keep).saturating_add(1).min(passes));
    let snapshots = each.fold(1, u64::saturating_add);
    let message = match passes {
        MOST_PASSES.. => format!("that is {passes} passes; no more than {MOST_PASSES} are simulated"),
        _ if passes.saturating_mul(snapshots) > MOST_LOOKS => {
            format!("that is {passes} passes over up to {snapshots} snapshots, which would take hours")
        }
        _ => return Ok(()),
    };
    Err(Error::new(Reason::SimulationTooLong, message))
}

/// Measures, and shows how far it has come.
struct Watch<'a> {
    meter: Meter<'a>,
    world: &'a World,
    ui: &'a Ui,
    began: Instant,
    shown: Duration,
}

impl Observer for Watch<'_> {
    fn created(&mut self, entry: &Entry) {
        self.meter.created(entry);
    }

    fn ended(&mut self, scene: &Scene<'_>, deleted: &[usize]) {
        self.meter.ended(scene, deleted);
        let so_far = self.began.elapsed();
        if so_far.saturating_sub(self.shown) >= PROGRESS {
            self.shown = so_far;
            let day = |moment| rfc3339_seconds(moment).chars().take(10).collect::<String>();
            let what = format!("the simulation: {} of {}", day(scene.now), day(self.world.end));
            self.ui.notice(Notice::Waiting { what, so_far });
        }
    }
}
