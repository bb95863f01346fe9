//! `restore`: the data of a snapshot, in a claim beside the live one or in its place.
//! Only flags and dispatch; what must not go wrong is in the modules below.

mod application;
mod ask;
mod beside;
mod confirm;
mod drive;
mod groups;
mod in_place;
mod lock;
mod members;
mod plan;
mod resume;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgGroup, Args, ValueEnum};

pub(super) use application::{Scale, ScaleArgs, stops};
pub(super) use confirm::ConfirmArgs;
pub(super) use drive::{Drive, Limits, Member};
pub(super) use in_place::{begin, rehearse, remind};
pub(super) use lock::{lock, with_lock};
pub(super) use members::{find, known_members, none_is_open};
pub(super) use plan::{Request, none_has_it, plan, require_rights};
pub(super) use resume::{Take, end};

use crate::cli::{DryRunArgs, GlobalArgs, OutputArgs};
use crate::error::{Error, ExitCode, Reason, Result};
use crate::model::dry_run::DryRun;
use crate::model::restore::{Check, Mode};
use crate::model::size::Size;
use crate::model::{duration, moment, name};
use crate::plan::restore::Ending;
use crate::plan::source::{Point, UnknownSource};
use crate::ui::terminal::Ui;

/// It only has to be scheduled; it need not be pulled.
pub(super) const PROBE_IMAGE: &str = "registry.k8s.io/pause:3.10";

/// Get the data of a snapshot back: into a new claim, or in place of the live one
///
/// With --to-pvc the live claim is not touched and nothing is stopped. With
/// --in-place the claim gets a new volume with the data of the snapshot; its old
/// volume is kept until `purge`, and `undo` brings it back. What uses the claim
/// is stopped meanwhile, and started again. On a terminal whatever is not said is
/// asked for.
///
/// Examples:
///   kubectl gemini restore           # asks for group, snapshot and where to
///   kubectl gemini restore photos --snapshot photos-1795333680 --to-pvc copy
///   kubectl gemini restore photos --at '2h ago' --in-place --dry-run
///   kubectl gemini restore photos --latest --in-place
///   # several claims of an application, or those of all replicas: all or none
///   kubectl gemini restore --group db --group files --at '2h ago' --in-place
///   kubectl gemini restore --statefulset db --latest --in-place
///   # one that was stopped half-way
///   kubectl gemini restore --resume 7f3ak
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, group = ArgGroup::new("what").args(["to_pvc", "in_place", "resume", "abort"]))]
pub struct RestoreArgs {
    /// Group that the snapshot belongs to
    #[arg(value_name = "GROUP", value_parser = name::object)]
    group: Option<String>,
    /// With --in-place: another group of the same application, restored together with it: all or none; once for each
    #[arg(long = "group", value_name = "GROUP", value_parser = name::object)]
    with: Vec<String>,
    /// With --in-place: the groups of the claims of this StatefulSet's replicas, restored together: all or none; of one that is
    /// scaled to 0, of all claims that it left
    #[arg(long, value_name = "NAME", value_parser = name::object, requires = "in_place", conflicts_with_all = ["group", "with"])]
    statefulset: Option<String>,
    /// Snapshot to take the data from: its name, or the number at the end of it
    #[arg(long, value_name = "NAME", value_parser = name::object, group = "point")]
    snapshot: Option<String>,
    /// Take the newest snapshot that is ready
    #[arg(long, group = "point")]
    latest: bool,
    /// Take the newest snapshot taken at or before this time: 2h, '3 days ago', 2026-11-22T08:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = When::parse, group = "point")]
    at: Option<When>,
    /// Make a new claim of this name, beside the live one
    #[arg(long, value_name = "NAME", value_parser = name::object, conflicts_with_all = ["confirm", "scale", "delete_pods"])]
    to_pvc: Option<String>,
    /// Replace the volume of the group's claim
    #[arg(long)]
    in_place: bool,
    /// Go on with a restore that was stopped half-way
    #[arg(long, value_name = "ID", conflicts_with_all = ["group", "with", "statefulset", "point", "dry_run", "confirm", "accept_unknown_source"])]
    resume: Option<String>,
    /// Give up a restore that was stopped half-way, and put everything back
    #[arg(long, value_name = "ID", conflicts_with_all = ["group", "with", "statefulset", "point", "dry_run", "confirm", "accept_unknown_source"])]
    abort: Option<String>,
    /// With --in-place: staged makes and proves the new volume before the claim is touched, direct after it was deleted
    #[arg(long, value_name = "MODE", requires = "in_place")]
    mode: Option<ModeArg>,
    /// With --in-place, where the StorageClass makes volumes only for pods: image of the pod that uses the new one for a moment
    #[arg(long, value_name = "IMAGE", default_value = PROBE_IMAGE, requires = "in_place")]
    probe_image: String,
    /// With --in-place: run this image with the new volume read-only at /restored, or a block volume as the device /dev/restored,
    /// before the claim is touched; it goes on only if that ends with 0
    #[arg(long, value_name = "IMAGE", requires = "in_place")]
    verify_image: Option<String>,
    /// With --verify-image: run this by sh instead of the image's own command
    #[arg(long, value_name = "COMMAND", requires = "verify_image")]
    verify_command: Option<String>,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    scale: ScaleArgs,
    /// With --resume: end the restore although the application does not run
    #[arg(long, requires = "resume")]
    accept_unready: bool,
    /// StorageClass of the new claim; that of the live claim if not given
    #[arg(long, value_name = "CLASS", value_parser = name::object, requires = "to_pvc")]
    storage_class: Option<String>,
    /// Size of the new claim, such as 20Gi; at least that of the live claim and of the snapshot if not given
    #[arg(long, value_parser = Size::parse, requires = "to_pvc")]
    size: Option<Size>,
    /// Take a snapshot even if the group is not known to have had the volume that it was cut from
    #[arg(long)]
    accept_unknown_source: bool,
    /// How long to wait for each thing that others have to do
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration::parse)]
    timeout: Duration,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// Output format
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// [`Mode`] as a flag.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeArg {
    Staged,
    Direct,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Staged => Self::Staged,
            ModeArg::Direct => Self::Direct,
        }
    }
}

/// A moment, or a span before now.
#[derive(Clone, Copy, Debug)]
enum When {
    At(DateTime<Utc>),
    Ago(TimeDelta),
}

impl When {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        if let Ok(moment) = moment::parse(text) {
            return Ok(Self::At(moment));
        }
        let span: String = text.trim().trim_end_matches("ago").split_whitespace().collect();
        let short =
            ["seconds", "second", "minutes", "minute", "hours", "hour", "days", "day", "weeks", "week"]
                .iter()
                .find_map(|word| Some(format!("{}{}", span.strip_suffix(word)?, &word[..1])));
        let is_number = span.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && !span.is_empty() {
            return Err(format!(
                "\"{text}\" is no time without a unit, as in 2h; a snapshot by its number: --snapshot {text}"
            ));
        }
        duration::parse(&short.unwrap_or(span))
            .ok()
            .and_then(|span| TimeDelta::from_std(span).ok())
            .map(Self::Ago)
            .ok_or_else(|| {
                format!("\"{text}\" is no time; write it like 2h, '3 days ago' or 2026-11-22T08:00:00Z")
            })
    }
}

impl RestoreArgs {
    /// More than one group may be meant.
    fn are_several(&self) -> bool {
        self.names().count() > 1 || self.statefulset.is_some()
    }

    /// Names of the groups, in their order.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.group.iter().chain(&self.with).map(String::as_str)
    }

    /// What is asked of several groups must make sense for each.
    fn go_together(&self) -> Result<()> {
        let unfit = |message: &str, hint: &str| Err(Error::new(Reason::FlagsUnfit, message).hint(hint));
        match self.are_several() {
            true if self.snapshot.is_some() => unfit(
                "one snapshot cannot be restored for several groups",
                "say when instead: --at WHEN, or --latest",
            ),
            true if !self.in_place => unfit(
                "what goes together can only be restored in place",
                "add --in-place; or restore them one by one",
            ),
            _ if self.scale.scale == Scale::Never && (self.resume.is_some() || self.abort.is_some()) => {
                unfit(
                    "what a restore that has begun stops is settled",
                    "see it with: kubectl gemini status RESTORE; --scale=manual waits until you have stopped what uses the PVC",
                )
            }
            _ => Ok(()),
        }
    }

    fn point(&self, now: DateTime<Utc>) -> Point<'_> {
        match (&self.snapshot, self.at) {
            (Some(name), _) => Point::Named(name),
            (None, Some(When::At(moment))) => Point::At(moment),
            (None, Some(When::Ago(span))) => Point::At(now - span),
            (None, None) => Point::Latest,
        }
    }

    fn request(&self, now: DateTime<Utc>) -> Request<'_> {
        Request {
            point: self.point(now),
            mode: self.mode.map(Into::into),
            probe_image: &self.probe_image,
            check: self.verify_image.clone().map(|image| Check {
                image,
                command: self.verify_command.clone(),
                passed: false,
            }),
            unknown: self.unknown_source(),
            scale: self.scale,
            asked_by: None,
        }
    }

    fn unknown_source(&self) -> UnknownSource {
        if self.accept_unknown_source { UnknownSource::Accept } else { UnknownSource::Refuse }
    }
}

/// Runs the command.
pub async fn run(mut args: RestoreArgs, global: &GlobalArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    args.go_together()?;
    let open = ask::open(&args);
    if let Some(instead) = &open {
        ui.require_answers(instead)?;
    }
    if args.in_place && args.dry_run.dry_run == DryRun::None {
        args.confirm.require_answer(ui)?;
    }
    ui.begin();
    let cluster = global.connect(ui).await?;
    if let Some(instead) = open {
        ask::complete(&cluster, &mut args, &instead, ui).await?;
        if args.in_place && args.dry_run.dry_run == DryRun::None {
            args.confirm.require_answer(ui)?;
        }
    }
    let limits = Limits { timeout: args.timeout, waits_for_pods: args.scale.scale == Scale::Manual };
    let format = args.output.format();
    let accepts_unready = args.accept_unready;
    let deletes_pods = args.scale.delete_pods;
    let take = |id, ending| Take { id, ending, stops: vec![], accepts_unready, deletes_pods };
    match (&args.to_pvc, &args.resume, &args.abort) {
        (Some(name), ..) => beside::run(&cluster, &args, name, ui).await,
        (_, Some(id), _) => end(&cluster, take(id, Ending::Resume), limits, &format, ui).await,
        (.., Some(id)) => end(&cluster, take(id, Ending::Abort), limits, &format, ui).await,
        (None, None, None) => in_place::run(&cluster, &args, limits, ui).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_moment_or_so_long_ago() {
        for (text, minutes) in [
            ("2h", 120),
            ("2h ago", 120),
            ("3 days ago", 3 * 24 * 60),
            (" 1 week ago ", 7 * 24 * 60),
            ("90 minutes", 90),
        ] {
            let When::Ago(span) = When::parse(text).unwrap() else { panic!("{text}") };
            assert_eq!(span, TimeDelta::minutes(minutes), "{text}");
        }
        assert!(matches!(When::parse("2026-11-22T08:00:00Z"), Ok(When::At(_))));
        for odd in ["", "ago", "yesterday", "2", "-2h", "days", "2 months ago", "1795403600"] {
            assert!(When::parse(odd).unwrap_err().contains("is no time"), "{odd}");
        }
    }
}
