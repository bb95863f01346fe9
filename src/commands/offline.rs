//! The files that commands take instead of a cluster: `--from-file` and `-f`, read from disk or standard input.
//! Must not judge what is in them; `api::saved` does.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::api::saved::{self, Holds, Saved};
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;

/// The largest file that is read: more than 100,000 snapshots as JSON. What is read is several times as large in memory.
const LARGEST: u64 = 512 << 20;
const STDIN: &str = "-";

/// Reads what was saved of a cluster (`from_file`: a list as `kubectl get snapshotgroups,volumesnapshots -o json|yaml`
/// writes it) and manifests of groups (`groups`), which win over groups of the same name in the former. `-` is standard
/// input, which only one of them may be. `namespace` is `--namespace`.
///
/// Fails with `FileUnreadable` or `FileInvalid`. The warnings are for the caller to show.
pub fn read(from_file: Option<&Path>, groups: &[PathBuf], namespace: Option<&str>) -> Result<Saved> {
    let wanted = from_file.map(|path| (path, Holds::Cluster)).into_iter();
    let wanted: Vec<_> = wanted.chain(groups.iter().map(|path| (path.as_path(), Holds::Groups))).collect();
    if wanted.iter().filter(|(path, _)| is_stdin(path)).count() > 1 {
        return Err(Error::new(Reason::FileUnreadable, "standard input (-) can be read only once")
            .hint("name a file for one of them"));
    }
    let mut read = vec![];
    for (path, holds) in wanted {
        let name = if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
        let bytes =
            if is_stdin(path) { limited(io::stdin().lock(), &name, LARGEST) } else { open(path, &name) };
        read.push((name, bytes?, holds));
    }
    let files = read.iter().map(|(name, bytes, holds)| saved::File { name, bytes, holds: *holds });
    saved::read(&files.collect::<Vec<_>>(), namespace)
}

/// The groups of these names, whatever their namespace; the error names one that may have been meant.
pub fn named(mut groups: Vec<Group>, names: &[String]) -> Result<Vec<Group>> {
    for name in names {
        if groups.iter().all(|group| group.name != *name) {
            let error =
                Error::new(Reason::GroupNotFound, format!("snapshotgroup \"{name}\" is not in the files"));
            let similarity = |group: &&Group| (strsim::jaro_winkler(&group.name, name) * 1_000.0) as i64;
            let nearest = groups.iter().max_by_key(similarity);
            let all: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
            return Err(match nearest.filter(|group| similarity(group) > 800) {
                Some(nearest) => error.hint(format!("did you mean \"{}\"?", nearest.name)),
                None => error.hint(format!("they hold: {}", all.join(", "))),
            });
        }
    }
    groups.retain(|group| names.contains(&group.name));
    Ok(groups)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

fn open(path: &Path, name: &str) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(Error::new(Reason::FileUnreadable, format!("{name} is a directory"))
            .hint("name the files in it one by one"));
    }
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::new(Reason::FileUnreadable, format!("file {name} does not exist")),
        _ => unreadable(name, &error),
    })?;
    limited(file, name, LARGEST)
}

fn limited(input: impl Read, name: &str, largest: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    let length = input.take(largest + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    match u64::try_from(length) {
        Ok(length) if length <= largest => Ok(bytes),
        _ => Err(Error::new(Reason::FileUnreadable, format!("{name} is larger than {} MiB", largest >> 20))
            .hint("save one namespace at a time: kubectl get snapshotgroups,volumesnapshots -n NAMESPACE -o json")),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::new(Reason::FileUnreadable, format!("{name} cannot be read")).cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn manifest(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/groups").join(name)
    }

    #[test]
    fn files_are_read_together() {
        let path = std::env::temp_dir().join(format!("saved-{}.json", std::process::id()));
        fs::write(&path, r#"{"kind": "List", "apiVersion": "v1", "items": []}"#).unwrap();
        let groups = [manifest("documentation.yaml"), manifest("two-existing-claims.yaml")];
        let saved = read(Some(&path), &groups, Some("media"));
        fs::remove_file(path).unwrap();
        let saved = saved.unwrap();
        assert_eq!((saved.groups.len(), saved.snapshots.len()), (3, 0));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (path, wanted) in [
            ("/nonexistent/file", "file /nonexistent/file does not exist"),
            ("/", "/ is a directory"),
            ("/proc/self/mem", "/proc/self/mem cannot be read"),
        ] {
            let error = read(Some(Path::new(path)), &[], None).unwrap_err();
            assert_eq!((error.reason, error.message.as_str()), (Reason::FileUnreadable, wanted));
        }
        let error = read(Some(Path::new("-")), &["-".into()], None).unwrap_err();
        assert!(error.message.contains("only once"), "{error}");
    }

    #[test]
    fn nothing_endless_is_read_to_its_end() {
        let error = limited(io::repeat(b' '), "/dev/zero", 2 << 20).unwrap_err();
        assert_eq!(error.message, "/dev/zero is larger than 2 MiB");
        assert_eq!(limited(&b"12"[..], "x", 2).unwrap(), b"12");
    }
}
