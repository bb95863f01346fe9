//! The documents of `-o json|yaml|jsonpath`: the contract with scripts. Fields are added, never changed.
//! Times are RFC 3339 in UTC, spans are seconds, sizes are bytes and a quantity.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::model::size::Size;

/// RFC 3339. A mark on a snapshot may say any second: what lies outside the years 0000 to 9999 has no spelling
/// there and becomes the nearest that has.
pub fn rfc3339(time: DateTime<Utc>) -> String {
    rfc3339_seconds(time.timestamp())
}

/// As [`rfc3339`], for Unix seconds.
pub fn rfc3339_seconds(seconds: i64) -> String {
    let years = (-62_167_219_200, 253_402_300_799);
    let time = DateTime::from_timestamp(seconds.clamp(years.0, years.1), 0).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// For fields that are times.
pub(super) fn time<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

/// For fields that are times, if they are known.
pub(super) fn optional_time<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(rfc3339).serialize(serializer)
}

/// A list of items of one kind.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document<T> {
    schema_version: u32,
    kind: &'static str,
    /// The items, in the order of the table.
    pub items: Vec<T>,
}

impl<T> Document<T> {
    /// A document of the given kind.
    pub fn new(kind: &'static str, items: Vec<T>) -> Self {
        Self { schema_version: 1, kind, items }
    }
}

/// A failure, as part of an item or as [`ErrorDocument`].
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ErrorItem {
    /// The exit code.
    pub code: u8,
    /// The stable word.
    pub reason: &'static str,
    /// What failed.
    pub message: String,
    /// Why.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

impl From<&Error> for ErrorItem {
    fn from(error: &Error) -> Self {
        Self {
            code: error.exit_code().code(),
            reason: error.reason.word(),
            message: error.message.clone(),
            causes: error.causes.clone(),
            hints: error.hints().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A failure of a whole command: what is printed instead of its document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDocument {
    schema_version: u32,
    kind: &'static str,
    #[serde(flatten)]
    error: ErrorItem,
}

impl From<&Error> for ErrorDocument {
    fn from(error: &Error) -> Self {
        Self { schema_version: 1, kind: "Error", error: error.into() }
    }
}

/// A size.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SizeItem {
    /// As Kubernetes writes it.
    pub quantity: String,
    /// In bytes.
    pub bytes: u64,
}

impl From<&Size> for SizeItem {
    fn from(size: &Size) -> Self {
        Self { quantity: size.text.clone(), bytes: size.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_whatever_a_mark_says() {
        for (seconds, wanted) in [
            (1_795_333_680, "2026-11-22T07:48:00Z"),
            (99_999_999_999_999, "9999-12-31T23:59:59Z"),
            (-99_999_999_999, "0000-01-01T00:00:00Z"),
        ] {
            let time = DateTime::from_timestamp(seconds, 0);
            assert_eq!(time.map(rfc3339).as_deref(), time.map(|_| wanted), "{seconds}");
        }
        assert_eq!(rfc3339(DateTime::<Utc>::MAX_UTC), "9999-12-31T23:59:59Z");
    }
}
