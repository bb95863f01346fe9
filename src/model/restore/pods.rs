//! The pods that a restore makes for itself: one that has a volume made, and one that looks at what is in it.
//! Must hold no more than what is asked of the server: how they fare is observed each time anew.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A pod that uses the claim for a moment, since its class waits for one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// What it runs; whether that can be pulled is no matter.
    pub image: String,
    /// Where it may run, so that the new volume can be reached from where the old one can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Value>,
}

/// A pod that looks at the restored data, with the new volume read-only at `/restored`; exit code 0 is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it runs.
    pub image: String,
    /// With this command, run by `sh -c`; the image's own if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// It was good.
    #[serde(default)]
    pub passed: bool,
}
