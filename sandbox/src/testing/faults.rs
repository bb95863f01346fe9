//! How the sandbox's CSI driver misbehaves for one namespace: the Rust side of the fault files that it reads.

use serde::Serialize;

/// Faults of one namespace; the default is none. Durations are Go's (`10s`). The driver refuses keys it does not know.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Faults {
    /// A snapshot is ready only so long after it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_ready_after: Option<String>,
    /// CreateSnapshot fails before it does anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_snapshot: Option<Failure>,
    /// So many times CreateSnapshot does its work and then answers Unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_snapshot_answer_lost: Option<u32>,
    /// CreateSnapshot never answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_snapshot_hang: Option<bool>,
    /// The restore size of a snapshot exceeds the volume's size by so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_size_extra_bytes: Option<u64>,
    /// A volume's snapshots go with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshots_die_with_volume: Option<bool>,
    /// A snapshot is taken of another volume than the one asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_of_wrong_volume: Option<bool>,
    /// A volume may have so many snapshots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_limit: Option<u32>,
    /// A volume made from a snapshot takes so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_volume_from_snapshot_delay: Option<String>,
    /// CreateVolume from a snapshot fails before it does anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_volume_from_snapshot: Option<Failure>,
    /// CreateVolume fails before it does anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_volume: Option<Failure>,
    /// CreateVolume never answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_volume_hang: Option<bool>,
    /// DeleteSnapshot fails before it does anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_snapshot: Option<Failure>,
    /// DeleteVolume fails before it does anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_volume: Option<Failure>,
    /// What happens to the bytes of a volume made from a snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_bytes: Option<RestoredBytes>,
}

/// An answer that is not OK.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// A code of gRPC: `Internal`, `Unavailable`, `ResourceExhausted` …
    pub code: String,
    /// The text that goes with it.
    pub message: String,
    /// How often; always, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

impl Failure {
    /// A failure that never ends.
    pub fn always(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned(), times: None }
    }

    /// A failure that happens `times` times.
    pub fn times(code: &str, message: &str, times: u32) -> Self {
        Self { times: Some(times), ..Self::always(code, message) }
    }
}

/// What a driver that cannot be trusted does to restored bytes.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RestoredBytes {
    /// One byte of each file is another.
    Corrupted,
    /// The second half of each file is missing.
    Truncated,
    /// Two files have each other's content.
    Swapped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_set_is_written_in_the_drivers_spelling() {
        let faults = Faults {
            snapshot_ready_after: Some("3s".into()),
            create_snapshot: Some(Failure::times("Internal", "no", 2)),
            restored_bytes: Some(RestoredBytes::Corrupted),
            ..Faults::default()
        };
        let json = serde_json::to_string(&faults).unwrap();
        assert_eq!(
            json,
            r#"{"snapshotReadyAfter":"3s","createSnapshot":{"code":"Internal","message":"no","times":2},"restoredBytes":"corrupted"}"#
        );
    }
}
