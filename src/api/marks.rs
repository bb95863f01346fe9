//! The annotations by which Gemini and we recognise our own objects (design.md, section 3).
//! Only names; what they mean is decided in `convert` and `build`.

/// Who manages a snapshot: [`GEMINI`] for scheduled ones, [`KUBECTL_GEMINI`] for all others of ours.
///
/// Gemini's operator deletes snapshots of its own that have no intervals, so a manual one must not say `gemini`.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`MANAGED_BY`] on scheduled snapshots, ours and Gemini's.
pub const GEMINI: &str = "gemini";
/// Value of [`MANAGED_BY`] on all other objects of ours; also our field manager.
pub const KUBECTL_GEMINI: &str = "kubectl-gemini";

/// Name of the group; on snapshots as annotation, and as label where it fits.
pub const GROUP: &str = "gemini.fairwinds.com/group";
/// When a snapshot was asked for, in Unix seconds.
pub const TIMESTAMP: &str = "gemini.fairwinds.com/timestamp";
/// The periods that a scheduled snapshot serves, joined by `", "`.
pub const INTERVALS: &str = "gemini.fairwinds.com/intervals";
/// For each of the intervals a moment of its grid, in Unix seconds, comma separated.
pub const PHASES: &str = "gemini.fairwinds.com/phases";
/// For each of the intervals the wall-clock part (`02:30 Europe/Berlin`, `02:30 on thu Europe/Berlin`) or nothing,
/// `;` separated.
pub const WALLS: &str = "gemini.fairwinds.com/walls";
/// Somebody's word that a snapshot must stay, with the reason.
pub const HOLD: &str = "gemini.fairwinds.com/hold";
/// When [`HOLD`] ends by itself, RFC 3339.
pub const HOLD_UNTIL: &str = "gemini.fairwinds.com/hold-until";
/// When a snapshot that no schedule asked for may go, RFC 3339.
pub const EXPIRES: &str = "gemini.fairwinds.com/expires";
/// Why a snapshot was taken that no schedule asked for: [`MANUAL`] or [`SAFETY`].
pub const PURPOSE: &str = "gemini.fairwinds.com/purpose";
/// Value of [`PURPOSE`]: taken by hand.
pub const MANUAL: &str = "manual";
/// Value of [`PURPOSE`]: taken by a restore of the state that it replaced.
pub const SAFETY: &str = "safety";
/// JSON: the volume that a snapshot was asked for.
pub const SOURCE: &str = "gemini.fairwinds.com/source";
/// On a ready snapshot: the name of its content, once that was seen to be cut from the volume of [`SOURCE`]. It spares
/// later passes the look.
pub const VERIFIED: &str = "gemini.fairwinds.com/verified";
/// On a snapshot taken by hand: a word of the request that made it, by which that request knows its own again.
pub const REQUEST: &str = "gemini.fairwinds.com/request";
/// JSON: the claim as it was when the snapshot was asked for.
pub const CLAIM_MANIFEST: &str = "gemini.fairwinds.com/claim-manifest";
/// A snapshot that must not be used, with a reason code.
pub const TAINTED: &str = "gemini.fairwinds.com/tainted";
/// On groups: the snapshot that is to be restored. On snapshots: Gemini's own safety copy, with the same value; on claims: Gemini
/// has restored that.
pub const RESTORE: &str = "gemini.fairwinds.com/restore";
/// On groups: the job that listens to [`RESTORE`] has seen it, and when.
pub const RESTORE_ARMED: &str = "gemini.fairwinds.com/restore-armed";
/// On groups: the last value of [`RESTORE`] that was seen to, and what became of it.
pub const RESTORE_HANDLED: &str = "gemini.fairwinds.com/restore-handled";
/// JSON, on claims: the snapshot that a claim was made from.
pub const RESTORED_FROM: &str = "gemini.fairwinds.com/restored-from";
/// On claims, volumes and safety snapshots: the restore that made or touched them; on volumes also a label.
pub const RESTORE_ID: &str = "gemini.fairwinds.com/restore-id";
/// On volumes that a restore touches: namespace and name of the claim that is restored, `shop/db`.
pub const ORIGINAL_CLAIM: &str = "gemini.fairwinds.com/original-claim";
/// On a volume that is replaced: UID of that claim when the restore began.
pub const ORIGINAL_CLAIM_UID: &str = "gemini.fairwinds.com/original-claim-uid";
/// On volumes that a restore touches: the reclaim policy they had.
pub const ORIGINAL_RECLAIM_POLICY: &str = "gemini.fairwinds.com/original-reclaim-policy";
/// On a volume that is replaced: what was stopped for that, and how it was.
pub const ORIGINAL_WORKLOADS: &str = "gemini.fairwinds.com/original-workloads";
/// On a volume that is replaced: the restores that go together, separated by commas.
pub const RESTORED_TOGETHER: &str = "gemini.fairwinds.com/restored-together";

/// Whether an annotation is one of ours.
pub fn is_ours(key: &str) -> bool {
    key == MANAGED_BY || key.starts_with("gemini.fairwinds.com/")
}

/// Whether plans depend on an annotation: all marks of ours but the one that only a restore needs.
pub fn is_planned_by(key: &str) -> bool {
    is_ours(key) && key != CLAIM_MANIFEST
}
