//! Which snapshot a restore takes, and whether it is fit (check set C1 of reliability.md).
//! Must not trust names: a snapshot is judged by its content.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::{Content, Purpose, Readiness, Snapshot};

use super::history::History;

/// Whether a snapshot may be used whose volume nobody recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownSource {
    /// No: its volume must be one that the group is known to have had.
    Refuse,
    /// Yes: a person vouches for it.
    Accept,
}

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
    // What a restore replaced is asked for by its name, or with undo.
    let fit = |s: &&&Snapshot| s.is_usable() && s.purpose != Purpose::Safety;
    let mut fitting = history.snapshots.iter().filter(fit);
    let found = fitting.find(|s| before.is_none_or(|moment| s.taken <= moment));
    found.copied().ok_or_else(|| {
        let oldest = history.snapshots.iter().rfind(fit);
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
    let is_number = !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit());
    let (full, end) = (format!("{name}-{wanted}"), format!("-{wanted}"));
    let by_end = |s: &Snapshot| s.name == full || is_number && s.name.ends_with(&end);
    let by_time = |s: &Snapshot| s.taken.timestamp().to_string() == wanted;
    let named: Vec<_> = history.snapshots.iter().copied().filter(|s| by_end(s)).collect();
    let timed: Vec<_> = history.snapshots.iter().copied().filter(|s| by_time(s)).collect();
    match if named.is_empty() { timed } else { named }.as_slice() {
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

fn newest_names(group: &Group, history: &History<'_>) -> String {
    let Group { namespace, name, .. } = group;
    let newest: Vec<_> =
        history.snapshots.iter().filter(|s| s.is_usable()).take(3).map(|s| s.name.as_str()).collect();
    match newest.as_slice() {
        [] => format!("group {name} has no ready snapshot: kubectl gemini list {name} -n {namespace}"),
        names => format!("the newest that are ready: {}", names.join(", ")),
    }
}

/// Judges a snapshot and its content. `live_handle` is the identifier of the claim's volume of today, and
/// `all` the snapshots of the namespace: together they say which volumes the group is known to have had.
pub fn check<'a>(
    group: &Group,
    snapshot: &Snapshot,
    content: Option<&'a Content>,
    all: &[Snapshot],
    live_handle: Option<&str>,
    unknown: UnknownSource,
) -> Result<&'a Content> {
    let content = usable(snapshot, content)?;
    if unknown == UnknownSource::Refuse && !is_known(group, snapshot, content, all, live_handle) {
        let message = format!(
            "volumesnapshot {} was cut from a volume that this group is not known to have had",
            snapshot.name
        );
        return Err(Error::new(Reason::SnapshotUntrusted, message)
            .hint("if you know where it comes from, add --accept-unknown-source"));
    }
    Ok(content)
}

/// Judges a snapshot and its content by themselves: ready, whole, belonging together, and cut from what was asked for.
pub fn usable<'a>(snapshot: &Snapshot, content: Option<&'a Content>) -> Result<&'a Content> {
    let name = &snapshot.name;
    let untrusted =
        |why: String| Error::new(Reason::SnapshotUntrusted, format!("volumesnapshot {name} {why}"));
    let not_ready =
        |why: String| Error::new(Reason::SnapshotNotReady, format!("volumesnapshot {name} {why}"));
    if snapshot.terminating {
        return Err(not_ready("is being deleted".into()).hint("choose another snapshot"));
    }
    if let Some(reason) = &snapshot.tainted {
        return Err(untrusted(format!("is marked as not to be used: {reason}")));
    }
    match &snapshot.readiness {
        Readiness::Ready => {}
        Readiness::Creating => return Err(not_ready("is not ready".into())),
        Readiness::Failing(text) => {
            return Err(not_ready("is not ready".into()).cause(format!("the driver says: {text}")));
        }
    }
    let content = content.ok_or_else(|| untrusted("has lost its content".into()))?;
    if content.terminating {
        return Err(not_ready("is being deleted".into()).hint("choose another snapshot"));
    }
    if !content.belongs_to(snapshot) {
        return Err(untrusted(format!("claims content {}, which belongs to another snapshot", content.name)));
    }
    if content.snapshot_handle.is_none() {
        return Err(not_ready("has not been cut by the driver".into()));
    }
    let is_another =
        |handle: &String| snapshot.source.as_ref().is_some_and(|source| source.handle != *handle);
    if content.volume_handle.as_ref().is_some_and(is_another) {
        return Err(untrusted("was not cut from the volume that it was asked for".into()));
    }
    Ok(content)
}

/// The snapshot is of the group's claim, and its volume is the claim's, or one that an own snapshot of the
/// group recorded when it was taken.
fn is_known(
    group: &Group,
    snapshot: &Snapshot,
    content: &Content,
    all: &[Snapshot],
    live_handle: Option<&str>,
) -> bool {
    let Some(handle) = content.volume_handle.as_deref() else { return false };
    let history = History::of(group, all);
    let mut recorded = history.snapshots.iter().filter_map(|s| s.source.as_ref());
    snapshot.claim.as_ref() == Some(&group.claim.name)
        && (live_handle == Some(handle) || recorded.any(|source| source.handle == handle))
}

#[cfg(test)]
mod tests {
    mod points;

    use super::super::samples;
    use super::*;
    use crate::model::group::ClaimRef;

    fn judged(
        live: Option<&str>,
        unknown: UnknownSource,
        spoil: impl FnOnce(&mut Snapshot, &mut Option<Content>),
    ) -> Result<()> {
        let mut snapshot = samples::snapshot("photos-1");
        let mut content = Some(samples::content(&snapshot));
        spoil(&mut snapshot, &mut content);
        let all = [snapshot.clone()];
        check(&samples::group(), &snapshot, content.as_ref(), &all, live, unknown).map(|_| ())
    }

    fn refused(spoil: impl FnOnce(&mut Snapshot, &mut Content)) -> Reason {
        let spoil = |snapshot: &mut Snapshot, content: &mut Option<Content>| {
            spoil(snapshot, content.as_mut().unwrap());
        };
        judged(Some("vol-1"), UnknownSource::Refuse, spoil).unwrap_err().reason
    }

    #[test]
    fn a_good_snapshot_passes() {
        assert!(judged(Some("vol-1"), UnknownSource::Refuse, |_, _| {}).is_ok());
        // The claim is gone; the snapshot's own record says which volume the group had.
        assert!(judged(None, UnknownSource::Refuse, |_, _| {}).is_ok());
    }

    #[test]
    fn anything_doubtful_is_refused() {
        assert_eq!(refused(|s, _| s.terminating = true), Reason::SnapshotNotReady);
        assert_eq!(refused(|s, _| s.tainted = Some("wrong-volume".into())), Reason::SnapshotUntrusted);
        assert_eq!(refused(|s, _| s.readiness = Readiness::Creating), Reason::SnapshotNotReady);
        assert_eq!(refused(|s, _| s.readiness = Readiness::Failing("x".into())), Reason::SnapshotNotReady);
        assert_eq!(refused(|_, c| c.terminating = true), Reason::SnapshotNotReady);
        assert_eq!(refused(|_, c| c.snapshot_handle = None), Reason::SnapshotNotReady);
        assert_eq!(refused(|_, c| c.refers_to.2 = Some("other".into())), Reason::SnapshotUntrusted);
        assert_eq!(refused(|_, c| c.volume_handle = Some("vol-2".into())), Reason::SnapshotUntrusted);
        let lost = judged(Some("vol-1"), UnknownSource::Refuse, |_, content| *content = None);
        assert_eq!(lost.unwrap_err().reason, Reason::SnapshotUntrusted);
    }

    #[test]
    fn a_content_that_was_brought_in_from_elsewhere_needs_a_person() {
        let imported = |_: &mut Snapshot, content: &mut Option<Content>| {
            content.as_mut().unwrap().volume_handle = None;
        };
        let refused = judged(Some("vol-1"), UnknownSource::Refuse, imported).unwrap_err();
        assert_eq!(refused.reason, Reason::SnapshotUntrusted);
        assert!(refused.hints()[0].contains("--accept-unknown-source"));
        assert!(judged(Some("vol-1"), UnknownSource::Accept, imported).is_ok());
    }

    #[test]
    fn a_snapshot_of_an_unknown_volume_needs_a_person() {
        let foreign = |snapshot: &mut Snapshot, _: &mut Option<Content>| snapshot.source = None;
        assert!(judged(Some("vol-1"), UnknownSource::Refuse, foreign).is_ok());
        let error = judged(Some("vol-2"), UnknownSource::Refuse, foreign).unwrap_err();
        assert_eq!(error.hints(), ["if you know where it comes from, add --accept-unknown-source"]);
        assert!(judged(Some("vol-2"), UnknownSource::Accept, foreign).is_ok());
    }

    #[test]
    fn a_snapshot_is_found_by_name_suffix_or_time() {
        let all = [samples::snapshot("photos-17"), samples::snapshot("before-upgrade")];
        let group = samples::group();
        let found = |wanted: &str| named(&group, &all, wanted).map(|snapshot| snapshot.name.as_str());
        assert_eq!(found("photos-17").unwrap(), "photos-17");
        assert_eq!(found("17").unwrap(), "photos-17");
        assert_eq!(found("before-upgrade").unwrap(), "before-upgrade");
        // Both carry the same timestamp.
        assert_eq!(found("1795341000").unwrap_err().reason, Reason::SnapshotNotFound);
        let error = found("18").unwrap_err();
        assert_eq!(error.hints(), ["the newest that are ready: photos-17, before-upgrade"]);
    }

    #[test]
    fn a_full_name_comes_before_what_it_may_be_the_end_of() {
        let group = samples::group();
        let foreign = Snapshot { group: Some("wiki".into()), ..samples::snapshot("photos-17") };
        let all = [samples::snapshot("photos-photos-1"), samples::snapshot("photos-1"), foreign];
        let found = |wanted: &str| named(&group, &all, wanted);
        // `photos-1` is also the end of `photos-photos-1`, which is listed before it.
        assert_eq!(found("photos-1").unwrap().name, "photos-1");
        assert_eq!(found("photos-photos-1").unwrap().name, "photos-photos-1");
        // Two end in this number.
        assert_eq!(found("1").unwrap_err().hints(), ["name one: photos-photos-1, photos-1"]);
        // Another group's is met only by its full name.
        assert_eq!(found("photos-17").unwrap_err().reason, Reason::SnapshotUntrusted);
        assert_eq!(found("17").unwrap_err().reason, Reason::SnapshotNotFound);
    }

    #[test]
    fn tainted_snapshots_are_not_offered() {
        let tainted = Snapshot { tainted: Some("wrong-volume".into()), ..samples::snapshot("photos-2") };
        let all = [tainted, samples::snapshot("photos-1")];
        let error = named(&samples::group(), &all, "18").unwrap_err();
        assert_eq!(error.hints(), ["the newest that are ready: photos-1"]);
    }

    #[test]
    fn a_snapshot_of_another_group_is_refused() {
        let other =
            Group { name: "wiki".into(), claim: ClaimRef::new("wiki", None, None), ..samples::group() };
        let error = named(&other, &[samples::snapshot("photos-17")], "photos-17").unwrap_err();
        assert_eq!(error.reason, Reason::SnapshotUntrusted);
    }
}
