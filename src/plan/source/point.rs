//! Which snapshot is meant by a name, by the end of one, by a point in time, or by nothing but "the newest".
//! Must not guess: what may mean several means none.

use chrono::{DateTime, SecondsFormat, Utc};

use super::super::history::History;
use crate::error::{Error, Reason, Result};
use crate::model::duration;
use crate::model::group::Group;
use crate::model::snapshot::{Purpose, Snapshot};

/// Which snapshot is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Point<'a> {
    /// The one of this name, or with this number at its end.
    Named(&'a str),
    /// The newest that is ready.
    Latest,
    /// The newest that is ready and not younger.
    At(DateTime<Utc>),
}

/// Finds the snapshot that is wanted among those of the group's namespace.
pub fn choose<'a>(group: &Group, all: &'a [Snapshot], wanted: &Point<'_>) -> Result<&'a Snapshot> {
    let before = match wanted {
        Point::Named(name) => return named(group, all, name),
        Point::Latest => None,
        Point::At(moment) => Some(*moment),
    };
    let Group { namespace, name, .. } = group;
    let history = History::of(group, all);
    newest(&history, before).ok_or_else(|| {
        let oldest = history.snapshots.iter().rfind(is_fit);
        let message = match (before, oldest) {
            (Some(_), Some(oldest)) => format!(
                "group {name} in namespace {namespace} has no ready snapshot so old; its oldest is {} of {}",
                oldest.name,
                oldest.taken.to_rfc3339_opts(SecondsFormat::Secs, true)
            ),
            _ => format!("group {name} in namespace {namespace} has no ready snapshot"),
        };
        Error::new(Reason::SnapshotNotFound, message)
            .hint(format!("see what there is: kubectl gemini list {name} -n {namespace}"))
    })
}

/// How much older than asked for a snapshot is, in words: between two of a schedule there may be a day.
pub fn older(wanted: &Point<'_>, snapshot: &Snapshot) -> Option<String> {
    let Point::At(moment) = wanted else { return None };
    let between = duration::short((*moment - snapshot.taken).num_seconds());
    let moment = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    Some(format!("asked for {moment}: {} was taken {between} before that", snapshot.name))
}

/// The one snapshot that is wanted among the group's own, if there is one and only one.
pub fn find<'a>(group: &Group, history: &History<'a>, wanted: &Point<'_>) -> Option<&'a Snapshot> {
    match wanted {
        Point::Latest => newest(history, None),
        Point::At(moment) => newest(history, Some(*moment)),
        Point::Named(name) => match by_name(group, history, name).as_slice() {
            [only] => Some(only),
            _ => None,
        },
    }
}

fn newest<'a>(history: &History<'a>, before: Option<DateTime<Utc>>) -> Option<&'a Snapshot> {
    let mut fitting = history.snapshots.iter().filter(is_fit);
    fitting.find(|s| before.is_none_or(|moment| s.taken <= moment)).copied()
}

/// What a restore replaced is asked for by its name, or with undo.
fn is_fit(snapshot: &&&Snapshot) -> bool {
    snapshot.is_usable() && snapshot.purpose != Purpose::Safety
}

/// A full name is taken first; then, among the group's own, the end of a name; then the `timestamp` mark.
fn named<'a>(group: &Group, all: &'a [Snapshot], wanted: &str) -> Result<&'a Snapshot> {
    let Group { namespace, name, .. } = group;
    if let Some(found) = all.iter().find(|s| s.name == wanted) {
        return match found.group.as_ref() == Some(name) {
            true => Ok(found),
            false => Err(Error::new(
                Reason::SnapshotUntrusted,
                format!("volumesnapshot {wanted} does not belong to group {name}"),
            )
            .hint(format!("see those that do: kubectl gemini list {name} -n {namespace}"))),
        };
    }
    let history = History::of(group, all);
    match by_name(group, &history, wanted).as_slice() {
        [only] => Ok(only),
        [] => Err(Error::new(
            Reason::SnapshotNotFound,
            format!("volumesnapshot {wanted} does not exist in namespace {namespace}"),
        )
        .hint(newest_names(group, &history))),
        several => Err(Error::new(
            Reason::SnapshotNotFound,
            format!("{wanted} may mean {} snapshots of group {name}", several.len()),
        )
        .hint(format!(
            "name one: {}",
            several.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ")
        ))),
    }
}

fn by_name<'a>(group: &Group, history: &History<'a>, wanted: &str) -> Vec<&'a Snapshot> {
    let is_number = !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit());
    let (full, end) = (format!("{}-{wanted}", group.name), format!("-{wanted}"));
    let those = |is_meant: &dyn Fn(&Snapshot) -> bool| -> Vec<_> {
        history.snapshots.iter().copied().filter(|s| is_meant(s)).collect()
    };
    [
        those(&|s| s.name == wanted),
        those(&|s| s.name == full || is_number && s.name.ends_with(&end)),
        those(&|s| s.taken.timestamp().to_string() == wanted),
    ]
    .into_iter()
    .find(|found| !found.is_empty())
    .unwrap_or_default()
}

fn newest_names(group: &Group, history: &History<'_>) -> String {
    let Group { namespace, name, .. } = group;
    let newest: Vec<_> =
        history.snapshots.iter().filter(|s| s.is_usable()).take(3).map(|s| s.name.as_str()).collect();
    match newest.as_slice() {
        [] => format!("group {name} has no ready snapshot: kubectl gemini list {name} -n {namespace}"),
        names => format!("the newest that are ready: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests;
