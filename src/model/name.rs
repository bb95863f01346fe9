//! Names as Kubernetes accepts them (kubernetes/apimachinery, `pkg/util/validation`): checked before anything is sent.
//! Only the spelling; whether something of that name exists is the cluster's business.

/// The longest subdomain, in characters.
const LONGEST_SUBDOMAIN: usize = 253;
/// The longest label, in characters.
const LONGEST_LABEL: usize = 63;

/// Accepts the name of an object (a group, claim, snapshot or class): a DNS-1123 subdomain.
///
/// The error is a sentence for the user.
pub fn object(text: &str) -> Result<String, String> {
    match text.len() <= LONGEST_SUBDOMAIN && text.split('.').all(is_label) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a name has at most {LONGEST_SUBDOMAIN} lower-case letters, digits, '-' and '.', and each part begins and ends with a letter or digit"
        )),
    }
}

/// What kubectl accepts before the slash of `TYPE/NAME`, as `-o name` prints it.
const SNAPSHOT_TYPES: [&str; 5] = [
    "volumesnapshot",
    "volumesnapshots",
    "vs",
    "volumesnapshot.snapshot.storage.k8s.io",
    "volumesnapshots.snapshot.storage.k8s.io",
];

/// Accepts the name of a snapshot, also as `TYPE/NAME`; only the name is returned.
///
/// The error is a sentence for the user.
pub fn snapshot(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((kind, name)) if SNAPSHOT_TYPES.contains(&kind) => object(name),
        Some((kind, _)) => Err(format!("\"{kind}\" is not the type of a snapshot; write only its name")),
        None => object(text),
    }
}

/// Accepts the name of a namespace: a DNS-1123 label. Nothing at all means the context's own, as in kubectl, so
/// that a variable that is not set does no harm.
///
/// The error is a sentence for the user.
pub fn namespace(text: &str) -> Result<String, String> {
    match text.is_empty() || text.len() <= LONGEST_LABEL && is_label(text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a namespace has at most {LONGEST_LABEL} lower-case letters, digits and '-', and begins and ends with a letter or digit"
        )),
    }
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// The name that was probably meant, if there is one.
pub fn nearest<'a>(names: impl Iterator<Item = &'a str>, wanted: &str) -> Option<&'a str> {
    let alike = names.map(|name| (strsim::jaro_winkler(name, wanted), name));
    alike.filter(|(similarity, _)| *similarity > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_subdomains() {
        for text in ["db", "1", "1795333680", "photos-1795333680", "a.b-c.d", &"a".repeat(253)] {
            assert_eq!(object(text).as_deref(), Ok(text));
        }
        for text in
            ["", "Db", "db_1", "-db", "db-", "a..b", "a.-b", ".a", "a/b", "a b", "ü", "%2e", &"a".repeat(254)]
        {
            assert!(object(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let names = ["photos-backups", "wiki-backups"];
        assert_eq!(nearest(names.into_iter(), "photo-backup"), Some("photos-backups"));
        assert_eq!(nearest(names.into_iter(), "x"), None);
    }

    #[test]
    fn snapshots_may_carry_their_type_as_kubectl_prints_it() {
        for text in ["db-1", "vs/db-1", "volumesnapshot/db-1", "volumesnapshot.snapshot.storage.k8s.io/db-1"]
        {
            assert_eq!(snapshot(text).as_deref(), Ok("db-1"));
        }
        for text in ["pvc/db-1", "/db-1", "vs/", "vs/db-1/x", ""] {
            assert!(snapshot(text).is_err(), "{text}");
        }
    }

    #[test]
    fn namespaces_are_labels_or_left_open() {
        for text in ["", "shop", "kube-system", &"a".repeat(63)] {
            assert_eq!(namespace(text).as_deref(), Ok(text));
        }
        for text in ["a.b", "Shop", "../shop", &"a".repeat(64)] {
            assert!(namespace(text).is_err(), "{text}");
        }
    }
}
