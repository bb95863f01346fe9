//! The grammar of `every`, and what is said about a text that is not in it.
//! Must not know where in a manifest the text stands; the caller puts that before the message.

use super::Every;
use crate::model::period::Period;

/// placeholder
pub fn parse(_text: &str) -> Result<Every, String> {
    todo!()
}

/// placeholder
pub fn parse_period(_text: &str) -> Result<Period, String> {
    todo!()
}

/// placeholder
pub fn parse_mark(_interval: &str, _wall: &str) -> Result<Every, String> {
    todo!()
}
