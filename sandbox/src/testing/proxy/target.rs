//! What a request to an API server is about: its verb in a role's words, and the resource in its path.
//! Follows the API server's own reading of paths; what is not a resource keeps its path.

use std::fmt;

/// Verbs as in a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Read one object, or a path that is no resource.
    Get,
    /// Read many.
    List,
    /// Follow changes.
    Watch,
    /// Make one.
    Create,
    /// Replace one.
    Update,
    /// Change one.
    Patch,
    /// Remove one.
    Delete,
    /// Remove many.
    DeleteCollection,
}

impl Verb {
    const ALL: [Self; 8] = [
        Self::Get,
        Self::List,
        Self::Watch,
        Self::Create,
        Self::Update,
        Self::Patch,
        Self::Delete,
        Self::DeleteCollection,
    ];

    /// The word in a role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// The verb of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == word)
    }

    /// Whether it may change something.
    pub fn is_write(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The object or objects of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `volumesnapshots`, `snapshotgroups/status`; the whole path where it names no resource.
    pub resource: String,
    /// The namespace.
    pub namespace: Option<String>,
    /// The object.
    pub name: Option<String>,
}

/// Reads verb and target from a request line.
pub fn read(method: &str, path: &str, query: &str) -> (Verb, Target) {
    let target = target(path);
    let is_resource = !target.resource.starts_with('/');
    let watches = query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"));
    let verb = match (method, &target.name) {
        ("POST", _) => Verb::Create,
        ("PUT", _) => Verb::Update,
        ("PATCH", _) => Verb::Patch,
        ("DELETE", Some(_)) => Verb::Delete,
        ("DELETE", None) => Verb::DeleteCollection,
        (_, _) if watches => Verb::Watch,
        (_, None) if is_resource => Verb::List,
        _ => Verb::Get,
    };
    (verb, target)
}

fn target(path: &str) -> Target {
    let other = || Target { resource: path.to_owned(), ..Target::default() };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let rest = match parts.as_slice() {
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
        _ => return other(),
    };
    let (namespace, rest) = match rest {
        // `namespaces/NAME` alone, and its status, are the namespace itself.
        ["namespaces", name, rest @ ..] if !matches!(rest, [] | ["status" | "finalize"]) => {
            (Some((*name).to_owned()), rest)
        }
        rest => (None, rest),
    };
    let (resource, name) = match rest {
        [] => return other(),
        [resource] => ((*resource).to_owned(), None),
        [resource, name] => ((*resource).to_owned(), Some((*name).to_owned())),
        [resource, name, sub @ ..] => (format!("{resource}/{}", sub.join("/")), Some((*name).to_owned())),
    };
    Target { resource, namespace, name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_are_read_as_the_api_server_reads_them() {
        for (method, path, query, verb, resource, namespace, name) in [
            ("GET", "/apis", "", "get", "/apis", "", ""),
            (
                "GET",
                "/apis/snapshot.storage.k8s.io/v1",
                "",
                "get",
                "/apis/snapshot.storage.k8s.io/v1",
                "",
                "",
            ),
            ("GET", "/api/v1/namespaces/shop", "", "get", "namespaces", "", "shop"),
            ("GET", "/api/v1/persistentvolumes", "limit=500", "list", "persistentvolumes", "", ""),
            ("GET", "/api/v1/namespaces/shop/pods", "watch=true", "watch", "pods", "shop", ""),
            ("GET", "/apis/g/v1/namespaces/shop/things/a", "", "get", "things", "shop", "a"),
            ("POST", "/apis/g/v1/namespaces/shop/things", "dryRun=All", "create", "things", "shop", ""),
            (
                "PATCH",
                "/apis/g/v1/namespaces/shop/things/a/status",
                "",
                "patch",
                "things/status",
                "shop",
                "a",
            ),
            ("DELETE", "/apis/g/v1/namespaces/shop/things/a", "", "delete", "things", "shop", "a"),
            ("DELETE", "/apis/g/v1/namespaces/shop/things", "", "deletecollection", "things", "shop", ""),
        ] {
            let (read_verb, target) = read(method, path, query);
            assert_eq!(read_verb.as_str(), verb, "{method} {path}");
            assert_eq!(Verb::parse(verb), Some(read_verb));
            assert_eq!(target.resource, resource, "{method} {path}");
            assert_eq!(target.namespace.as_deref().unwrap_or_default(), namespace, "{method} {path}");
            assert_eq!(target.name.as_deref().unwrap_or_default(), name, "{method} {path}");
        }
    }
}
