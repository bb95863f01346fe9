//! What a request failed with: from kube's errors to ours, worded for the user.
//! Must never print a kube error as it is: it holds a dump of the whole response.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use kube::core::Status;

use super::call::{Call, Kind, Verb};
use crate::error::{Error, Reason};

/// A request that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// For the user.
    pub error: Error,
    /// What the caller may do about it.
    pub class: Class,
    /// How long the server asked us to wait.
    pub retry_after: Option<Duration>,
}

/// Failures by what may be done about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// An object of that name exists.
    AlreadyExists,
    /// The object is not the one, or not in the state, that the request was meant for: nothing was done.
    Conflict,
    /// There is no such object, or no such kind.
    NotFound,
    /// A list's next page is too old: begin again.
    Expired,
    /// The server did not carry it out; a read may be tried again. A write may or may not have happened.
    Transient,
    /// The connection could not be made: nothing was sent.
    Unreachable,
    /// Trying again gives the same answer.
    Final,
}

impl Failure {
    /// A request that got no answer in time.
    pub fn timeout(call: &Call, server: &str, after: Duration) -> Self {
        let seconds = after.as_secs_f32();
        let message = format!("{server} gave no answer within {seconds}s (to {call})");
        Self {
            error: Error::new(Reason::ConnectTimeout, message),
            class: Class::Transient,
            retry_after: None,
        }
    }

    /// A read that the user did not want to wait for any longer.
    pub fn interrupted(call: &Call) -> Self {
        Self {
            error: Error::new(Reason::Interrupted, format!("stopped before an answer came (to {call})")),
            class: Class::Final,
            retry_after: None,
        }
    }

    /// The same, of a server that has answered before: it is away, and the address is not wrong.
    pub(super) fn of_known_server(self) -> Self {
        if self.class != Class::Unreachable {
            return self;
        }
        let error = Error::new(Reason::ServerAway, self.error.message);
        Self { error: self.error.causes.into_iter().fold(error, Error::cause), ..self }
    }

    /// It is worth a pause before anything is sent again.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self.class, Class::Transient | Class::Unreachable)
    }

    /// Words a kube error; `server` is the address as people know it, `namespace` the one that is worked in.
    pub fn new(error: &kube::Error, call: &Call, server: &str, namespace: &str) -> Self {
        match error {
            kube::Error::Api(status) => Self::from_status(status, call, server, namespace),
            other => Self::from_transport(other, call, server),
        }
    }

    fn from_status(status: &Status, call: &Call, server: &str, namespace: &str) -> Self {
        let class = match status.code {
            _ if status.is_already_exists() => Class::AlreadyExists,
            404 => Class::NotFound,
            409 => Class::Conflict,
            410 => Class::Expired,
            429 | 500 | 502 | 503 | 504 => Class::Transient,
            _ => Class::Final,
        };
        let retry_after = status.details.as_ref().map(|d| d.retry_after_seconds).filter(|s| *s > 0);
        Self {
            error: status_error(status, call, server, namespace),
            class,
            retry_after: retry_after.map(|seconds| Duration::from_secs(seconds.into())),
        }
    }

    fn from_transport(error: &kube::Error, call: &Call, server: &str) -> Self {
        let (reason, message) = classify(error, server);
        let unreachable = matches!(reason, Reason::ConnectRefused | Reason::ConnectDns | Reason::ConnectTls);
        let class = match reason {
            Reason::LoginFailed | Reason::ServerRefused => Class::Final,
            _ if unreachable => Class::Unreachable,
            _ => Class::Transient,
        };
        let message = match class {
            Class::Unreachable => message,
            _ => format!("{message} (to {call})"),
        };
        let deepest = causes(error).last().cloned().unwrap_or_default();
        let repeated = matches!(reason, Reason::ConnectRefused | Reason::ConnectTimeout);
        let error = Error::new(reason, message);
        Self { error: if repeated { error } else { error.cause(deepest) }, class, retry_after: None }
    }
}

fn status_error(status: &Status, call: &Call, server: &str, current: &str) -> Error {
    let text = status.message.as_str();
    let about = |reason| Error::new(reason, format!("cannot {call}")).cause(text);
    let namespace = call.namespace.as_deref().unwrap_or_default();
    match status.code {
        401 => Error::new(Reason::Unauthorized, format!("{server} does not accept your login")).cause(text),
        403 if text.contains("exceeded quota") => about(Reason::QuotaExceeded),
        403 if text.contains("is being terminated") => {
            Error::new(Reason::NamespaceNotFound, format!("namespace {namespace} is being deleted"))
                .cause(text)
        }
        _ if is_admission(text) => about(Reason::AdmissionDenied),
        403 => forbidden(call, current).cause(text),
        404 if status.details.as_ref().is_some_and(|d| d.kind == "namespaces") => {
            Error::new(Reason::NamespaceNotFound, format!("namespace {namespace} does not exist"))
        }
        _ => about(Reason::ServerRefused),
    }
}

fn is_admission(text: &str) -> bool {
    let words = ["admission webhook", "webhook \"", "AdmissionPolicy", "' denied request"];
    words.iter().any(|word| text.contains(word))
}

/// The right that is missing, as a rule ready to be put into a role: we know it better than the server's text.
/// `current` is the namespace that is worked in.
pub(super) fn forbidden(call: &Call, current: &str) -> Error {
    if call.kind == Kind::Discovery {
        return Error::new(Reason::Forbidden, "you may not even ask what the API server serves")
            .hint("log in: this is how it answers those whom it does not know")
            .hint("or ask for the ClusterRole system:discovery, which allows the nonResourceURLs /apis and /version");
    }
    let (group, plural, subresource) = call.resource();
    let resource = subresource.map_or_else(|| plural.to_owned(), |sub| format!("{plural}/{sub}"));
    let verbs = if call.verb == Verb::Create {
        r#""create", "get""#.to_owned()
    } else {
        format!("{:?}", call.verb.as_str())
    };
    let role = match &call.namespace {
        Some(namespace) => format!("a Role in namespace {namespace}"),
        None => "a ClusterRole".to_owned(),
    };
    let place = call.namespace.as_deref().unwrap_or(current);
    Error::new(Reason::Forbidden, format!("cannot {call}")).hint(format!(
        "ask for this rule in {role}, or see all that is missing: kubectl gemini doctor --for all -n {place}\n  apiGroups: [\"{group}\"]\n  resources: [\"{resource}\"]\n  verbs: [{verbs}]"
    ))
}

/// The texts of an error's sources, from near to far. `io::Error` hides what it wraps from `source()`.
fn causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut texts = vec![];
    walk(error, &mut |error| texts.push(error.to_string()));
    texts
}

fn walk(error: &(dyn StdError + 'static), visit: &mut dyn FnMut(&(dyn StdError + 'static))) {
    visit(error);
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        walk(inner, visit);
    } else if let Some(source) = error.source() {
        walk(source, visit);
    }
}

fn classify(error: &kube::Error, server: &str) -> (Reason, String) {
    if let kube::Error::SerdeError(_) = error {
        return (Reason::ServerRefused, format!("{server} sent an answer that is not understood"));
    }
    let mut found = None;
    walk(error, &mut |error| {
        let this = if error.is::<rustls::Error>() {
            Some((
                Reason::ConnectTls,
                format!("no secure connection to {server}: its certificate or TLS is not accepted"),
            ))
        } else if error.is::<kube::client::AuthError>() {
            Some((Reason::LoginFailed, format!("the login for {server} failed")))
        } else if error.to_string().contains("dns error") {
            Some((Reason::ConnectDns, format!("the address of {server} was not found")))
        } else {
            match error.downcast_ref::<io::Error>().map(io::Error::kind) {
                Some(io::ErrorKind::ConnectionRefused) => {
                    Some((Reason::ConnectRefused, format!("the connection to {server} was refused")))
                }
                Some(io::ErrorKind::TimedOut) => {
                    Some((Reason::ConnectTimeout, format!("no connection to {server} in time")))
                }
                _ => None,
            }
        };
        found = found.take().or(this);
    });
    found.unwrap_or_else(|| (Reason::ConnectFailed, format!("the connection to {server} failed")))
}

#[cfg(test)]
mod tests {
    use kube::core::response::StatusDetails;
    use serde_json::json;

    use super::*;

    fn failure(code: u16, text: &str, reason: &str) -> Failure {
        let call = Call::one(Verb::Create, Kind::Snapshot, Some("shop"), "db-1");
        let status = Status::failure(text, reason).with_code(code);
        Failure::new(&kube::Error::Api(status.boxed()), &call, "10.0.0.1:6443", "shop")
    }

    #[test]
    fn a_missing_right_comes_with_the_rule() {
        let failure = failure(403, "User \"jane\" cannot create", "Forbidden");
        assert_eq!(failure.error.message, "cannot create VolumeSnapshot db-1 in namespace shop");
        assert_eq!(failure.error.causes, ["User \"jane\" cannot create"]);
        assert!(failure.error.hints()[0].contains("apiGroups: [\"snapshot.storage.k8s.io\"]"));
        assert!(failure.error.hints()[0].contains("kubectl gemini doctor --for all -n shop\n"));
        assert_eq!(failure.class, Class::Final);
    }

    #[test]
    fn who_may_not_even_discover_is_sent_to_log_in() {
        let call = Call::any(Verb::List, Kind::Discovery);
        let status = Status::failure("User \"system:anonymous\" cannot get path \"/apis\"", "Forbidden");
        let error = kube::Error::Api(status.with_code(403).boxed());
        let error = Failure::new(&error, &call, "x", "shop").error;
        assert_eq!(error.reason, Reason::Forbidden);
        assert!(error.hints()[0].starts_with("log in") && !error.hints().concat().contains("apiGroups"));
    }

    #[test]
    fn refusals_are_told_apart() {
        for (code, text, reason) in [
            (403, "exceeded quota: q, requested: 1, used: 5, limited: 5", Reason::QuotaExceeded),
            (
                403,
                "unable to create new content in namespace shop because it is being terminated",
                Reason::NamespaceNotFound,
            ),
            (400, "admission webhook \"x.y\" denied the request: no", Reason::AdmissionDenied),
            (403, "policy 'x' with binding 'y' denied request: no", Reason::AdmissionDenied),
            (401, "Unauthorized", Reason::Unauthorized),
            (422, "spec is invalid", Reason::ServerRefused),
        ] {
            assert_eq!(failure(code, text, "").error.reason, reason, "{text}");
        }
    }

    #[test]
    fn a_missing_namespace_is_not_a_missing_object() {
        let call = Call::one(Verb::Create, Kind::Snapshot, Some("shop"), "db-1");
        let details = serde_json::from_value::<StatusDetails>(json!({"kind": "namespaces"})).unwrap();
        let status =
            Status::failure("namespaces \"shop\" not found", "NotFound").with_code(404).with_details(details);
        let failure = Failure::new(&kube::Error::Api(status.boxed()), &call, "x", "shop");
        assert_eq!(failure.error.reason, Reason::NamespaceNotFound);
    }

    #[test]
    fn what_the_server_could_not_do_now_may_be_tried_again() {
        for code in [429, 500, 503, 504] {
            assert_eq!(failure(code, "later", "").class, Class::Transient);
        }
        assert_eq!(failure(409, "exists", "AlreadyExists").class, Class::AlreadyExists);
        assert_eq!(failure(409, "changed", "Conflict").class, Class::Conflict);
    }

    #[test]
    fn a_wrapped_cause_is_found() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "tcp connect error");
        let error = kube::Error::Service(Box::new(io::Error::other(refused)));
        let call = Call::list(Kind::Group, None);
        let failure = Failure::new(&error, &call, "10.0.0.1:6443", "shop");
        assert_eq!(failure.error.reason, Reason::ConnectRefused);
        assert_eq!(failure.error.message, "the connection to 10.0.0.1:6443 was refused");
        assert_eq!(failure.class, Class::Unreachable);
    }
}
