//! What comes next on the command line, for a shell behind kubectl: it runs `kubectl_complete-gemini` with the words so far and
//! reads lines `value<TAB>description`, and at last a directive (ux.md, section 3.6).
//! Must answer in any case, in time, and say nothing on standard error.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};

use super::Cli;
use crate::cli::GlobalArgs;
use crate::cluster::connect::Cluster;
use crate::cluster::kubeconfig;
use crate::cluster::notices::Notices;
use crate::error::Result;
use crate::model::duration;
use crate::model::text;

/// What the name begins with under which kubectl asks; the rest is the plugin's, which may have been renamed.
const HELPER: &str = "kubectl_complete-";
/// As cobra's programs are asked.
const WORD: &str = "__complete";
/// Nobody waits longer for a word.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Longest description, in characters.
const LONGEST: usize = 60;
/// Directives of cobra: no file names; and keep the order.
const NO_FILES: u32 = 4;
const IN_ORDER: u32 = 32;

/// What only the cluster, or the kubeconfig, knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Live {
    Groups,
    Snapshots,
    Restores,
    StatefulSets,
    Namespaces,
    Contexts,
    StorageClasses,
    SnapshotClasses,
}

/// Which arguments of which commands take such values.
const LIVE: &[(&str, &str, Live)] = &[
    ("list", "groups", Live::Groups),
    ("backup", "groups", Live::Groups),
    ("backup", "snapshot_class", Live::SnapshotClasses),
    ("prune", "groups", Live::Groups),
    ("restore", "group", Live::Groups),
    ("restore", "with", Live::Groups),
    ("restore", "statefulset", Live::StatefulSets),
    ("restore", "snapshot", Live::Snapshots),
    ("restore", "resume", Live::Restores),
    ("restore", "abort", Live::Restores),
    ("restore", "storage_class", Live::StorageClasses),
    ("undo", "restore", Live::Restores),
    ("status", "restore", Live::Restores),
    ("purge", "restore", Live::Restores),
    ("hold", "snapshots", Live::Snapshots),
    ("release", "snapshots", Live::Snapshots),
];

/// The words to be completed, if that is what the program was started for; the last one is under the cursor.
pub fn asked(args: impl IntoIterator<Item = OsString>) -> Option<Vec<OsString>> {
    let mut args = args.into_iter();
    let program = args.next()?;
    let name = Path::new(&program).file_stem().unwrap_or_default();
    if name.to_str().is_some_and(|name| name.starts_with(HELPER)) {
        return Some(args.collect());
    }
    (args.next()? == WORD).then(|| args.collect())
}

/// The answer, with its directive.
pub fn answer(words: Vec<OsString>) -> String {
    let words = if words.is_empty() { vec![OsString::new()] } else { words };
    let last = words.last().cloned().unwrap_or_default();
    let asker = Arc::new(Asker { global: global(&words), group: group(&words), trouble: Mutex::default() });
    let mut args = vec![OsString::from("kubectl-gemini")];
    args.extend(words);
    let place = args.len() - 1;
    let found = complete(&mut command(&asker), args, place, None).unwrap_or_default();
    let is_flag = last.to_string_lossy().starts_with('-');
    let mut answer = String::new();
    for candidate in found.iter().filter(|candidate| !candidate.is_hide_set()) {
        let value = candidate.get_value().to_string_lossy();
        if is_flag || !value.starts_with('-') {
            let help = candidate.get_help().map(|help| described(&help.to_string()));
            answer += &help.map_or_else(|| format!("{value}\n"), |help| format!("{value}\t{help}\n"));
        }
    }
    let trouble = asker.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(trouble) = trouble.filter(|_| std::env::var("KUBECTL_ACTIVE_HELP").as_deref() != Ok("0")) {
        answer += &format!("_activeHelp_ {}\n", described(&trouble));
    }
    format!("{answer}:{}\n", NO_FILES | IN_ORDER)
}

fn described(text: &str) -> String {
    text::line(text).chars().take(LONGEST).collect()
}

fn matches(words: &[OsString]) -> Option<clap::ArgMatches> {
    let args = std::iter::once(OsStr::new("kubectl-gemini")).chain(words.iter().map(OsString::as_os_str));
    Cli::command().ignore_errors(true).try_get_matches_from(args).ok()
}

/// How the cluster is reached: what the words before say.
fn global(words: &[OsString]) -> Option<GlobalArgs> {
    GlobalArgs::from_arg_matches(&matches(&words[..words.len() - 1])?).ok()
}

/// The group that the words before name, so that only its snapshots are offered.
fn group(words: &[OsString]) -> Option<String> {
    let matches = matches(&words[..words.len() - 1])?;
    let (_, command) = matches.subcommand()?;
    command.try_get_one::<String>("group").ok().flatten().cloned()
}

fn command(asker: &Arc<Asker>) -> clap::Command {
    let live = |live: Live| {
        let asker = Arc::clone(asker);
        ArgValueCandidates::new(move || asker.ask(live))
    };
    let mut command = Cli::command();
    for (id, values) in [("namespaces", Live::Namespaces), ("context", Live::Contexts)] {
        command = command.mut_arg(id, |arg| arg.add(live(values)));
    }
    for (name, id, values) in LIVE {
        command = command.mut_subcommand(name, |sub| sub.mut_arg(id, |arg| arg.add(live(*values))));
    }
    command
}

/// Asks the cluster, in time.
struct Asker {
    global: Option<GlobalArgs>,
    group: Option<String>,
    /// Why there is nothing.
    trouble: Mutex<Option<String>>,
}

impl Asker {
    fn ask(&self, live: Live) -> Vec<CompletionCandidate> {
        let Some(global) = &self.global else { return vec![] };
        if live == Live::Contexts {
            let names = kubeconfig::context_names(global.kubeconfig());
            return names.into_iter().map(CompletionCandidate::new).collect();
        }
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return vec![];
        };
        let asked =
            runtime.block_on(async { tokio::time::timeout(PATIENCE, self.values(live, global)).await });
        // A request under way is not waited for.
        runtime.shutdown_background();
        let trouble = match asked {
            Ok(Ok(values)) => {
                let candidate = |(value, help): (String, Option<String>)| {
                    CompletionCandidate::new(value).help(help.map(Into::into))
                };
                return values.into_iter().map(candidate).collect();
            }
            Ok(Err(error)) => error.message,
            Err(_) => "the API server does not answer".to_owned(),
        };
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
        vec![]
    }

    async fn values(&self, live: Live, global: &GlobalArgs) -> Result<Vec<(String, Option<String>)>> {
        let cluster = global.connect_with(Notices::new(|_| ())).await?;
        let plain = |names: Vec<String>| names.into_iter().map(|name| (name, None)).collect();
        Ok(match live {
            Live::Groups => {
                let resource = cluster.served().await?.groups()?;
                let (groups, _) = cluster.groups(&resource, Some(&cluster.namespace), None).await?;
                groups
                    .into_iter()
                    .map(|group| (group.name, Some(format!("PVC {}", group.claim.name))))
                    .collect()
            }
            Live::Snapshots => self.snapshots(&cluster).await?,
            Live::Restores => {
                let (mut journals, _) = cluster.journals(Some(&cluster.namespace)).await?;
                journals.sort_by_key(|journal| std::cmp::Reverse(journal.started));
                let told = |claim: &str, snapshot: &str| Some(format!("{claim} to {snapshot}"));
                journals.iter().map(|j| (j.id.clone(), told(&j.claim, &j.source.snapshot))).collect()
            }
            Live::StatefulSets => plain(cluster.stateful_set_names().await?),
            Live::Namespaces => plain(cluster.namespace_names().await?),
            Live::StorageClasses => plain(cluster.storage_class_names().await?),
            Live::SnapshotClasses => {
                let classes = cluster.snapshot_classes(None).await?;
                classes.into_iter().map(|class| (class.name, Some(class.driver))).collect()
            }
            Live::Contexts => vec![],
        })
    }

    /// Those of the group that is named, newest first.
    async fn snapshots(&self, cluster: &Cluster) -> Result<Vec<(String, Option<String>)>> {
        let mut all = cluster.snapshots(Some(&cluster.namespace)).await?;
        all.retain(|snapshot| self.group.as_ref().is_none_or(|group| snapshot.group.as_ref() == Some(group)));
        all.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.taken));
        let now = cluster.now();
        let help = |snapshot: &crate::model::snapshot::Snapshot| {
            let age = duration::short((now - snapshot.taken).num_seconds());
            let size = snapshot.restore_size().map(|size| format!(", {}", size.text)).unwrap_or_default();
            Some(format!("{age} ago{size}, {}", snapshot.status()))
        };
        Ok(all.iter().map(|snapshot| (snapshot.name.clone(), help(snapshot))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[&str]) -> Vec<String> {
        let answer = answer(words.iter().map(OsString::from).collect());
        answer.lines().map(str::to_owned).collect()
    }

    #[test]
    fn commands_flags_and_words_are_offered_and_a_directive_is_always_there() {
        let commands = said(&[""]);
        assert!(commands.iter().any(|line| line.starts_with("restore\t")), "{commands:?}");
        assert!(commands.iter().all(|line| !line.starts_with('-')));
        assert_eq!(said(&["res"]).iter().filter(|line| line.starts_with("restore")).count(), 1);
        assert!(said(&["restore", "--in"]).iter().any(|line| line.starts_with("--in-place")));
        let modes = said(&["restore", "--mode", ""]);
        assert_eq!(modes, ["staged", "direct", ":36"]);
        for words in [&[][..], &["nonsense", ""], &["restore", "--nonsense", ""], &["\u{1b}"]] {
            assert_eq!(said(words).last().map(String::as_str), Some(":36"), "{words:?}");
        }
    }

    #[test]
    fn arguments_with_live_values_exist() {
        let command = Cli::command();
        for (name, id, _) in LIVE {
            let sub = command.find_subcommand(name).unwrap_or_else(|| panic!("no command {name}"));
            assert!(sub.get_arguments().any(|arg| arg.get_id() == *id), "{name} has no {id}");
        }
    }

    #[test]
    fn a_cluster_that_is_away_is_told_in_time() {
        let began = std::time::Instant::now();
        let said = said(&["list", "--kubeconfig", "/nonexistent", ""]);
        assert!(said.iter().any(|line| line.starts_with("_activeHelp_ ")), "{said:?}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn it_knows_when_it_is_asked() {
        let args = |all: &[&str]| asked(all.iter().map(OsString::from));
        assert_eq!(args(&["/bin/kubectl_complete-gemini", "list", ""]).unwrap().len(), 2);
        assert_eq!(args(&["kubectl-gemini", "__complete", ""]).unwrap(), [""]);
        assert!(args(&["kubectl-gemini", "list"]).is_none() && args(&["kubectl-gemini"]).is_none());
    }
}
