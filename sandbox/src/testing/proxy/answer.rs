//! Answers that the server did not give, in its own words and forms.
//! A program must not be able to tell them from real ones.

use std::io;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Channel, Full};
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use super::action::Told;
use super::record::Call;
use super::target::Verb;

/// A body on its way to the program.
pub(super) type Body = BoxBody<Bytes, io::Error>;

/// The server's own body, as it comes: a watch goes on for long.
pub(super) fn passed(body: Incoming) -> Body {
    body.map_err(io::Error::other).boxed()
}

pub(super) fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// The first half of a body, and then the end of the connection.
pub(super) fn half(bytes: &Bytes) -> Body {
    let (mut sender, body) = Channel::new(1);
    let first = bytes.slice(..bytes.len() / 2);
    tokio::spawn(async move {
        if sender.send_data(first).await.is_ok() {
            // It is on its way only when this task has waited: an error at once would overtake it.
            tokio::time::sleep(Duration::from_millis(20)).await;
            sender.abort(io::Error::from(io::ErrorKind::ConnectionReset));
        }
    });
    body.boxed()
}

impl Told {
    /// Its status code.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Status(code) => code,
            Self::TooMany(_) | Self::Overloaded(_) => 429,
        }
    }

    pub(super) fn response(self, call: &Call) -> Response<Body> {
        let (kind, text) = match self {
            Self::Overloaded(_) => {
                ("text/plain; charset=utf-8", "Too many requests, please try again later.\n".to_owned())
            }
            _ => ("application/json", self.status(call).to_string()),
        };
        let mut response = Response::new(whole(text.into()));
        *response.status_mut() = self.code().try_into().unwrap_or_default();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Self::TooMany(seconds) | Self::Overloaded(seconds) = self {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    fn status(self, call: &Call) -> Value {
        let resource = &call.target.resource;
        let name = call.target.name.as_deref().or_else(|| call.body["metadata"]["name"].as_str());
        let name = name.unwrap_or_default();
        let (reason, message) = match (self.code(), call.verb) {
            (401, _) => ("Unauthorized", "Unauthorized".to_owned()),
            (403, verb) => ("Forbidden", format!("{resource} {name:?} is forbidden: cannot {verb}")),
            (409, Verb::Create) => ("AlreadyExists", format!("{resource} {name:?} already exists")),
            (409, _) => (
                "Conflict",
                format!(
                    "Operation cannot be fulfilled on {resource} {name:?}: the object has been modified; \
                     please apply your changes to the latest version and try again"
                ),
            ),
            (410, _) => ("Expired", "The provided continue parameter is too old".to_owned()),
            (429, _) => ("TooManyRequests", "too many requests, please try again later".to_owned()),
            (503, _) => {
                ("ServiceUnavailable", "the server is currently unable to handle the request".to_owned())
            }
            (504, _) => ("Timeout", "request did not complete within the allotted timeout".to_owned()),
            _ => ("InternalError", "an error on the server has prevented the request".to_owned()),
        };
        let mut details = json!({"name": name, "kind": resource});
        if let Self::TooMany(seconds) = self {
            details["retryAfterSeconds"] = seconds.into();
        }
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "code": self.code(), "reason": reason, "message": message, "details": details,
        })
    }
}
