//! Whether a snapshot is fit to be restored from (check set C1 of reliability.md), and which one is meant.
//! Must not trust names: a snapshot is judged by its content.

use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::{Content, Readiness, Snapshot};

use super::history::History;

mod moments;
mod point;

pub use moments::{Moment, moments};
pub use point::{Point, choose, find, older};

/// Whether a snapshot may be used whose volume nobody recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownSource {
    /// No: its volume must be one that the group is known to have had.
    Refuse,
    /// Yes: a person vouches for it.
    Accept,
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
    use super::super::samples;
    use super::*;

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
}
