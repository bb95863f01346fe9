//! Objects that were saved to files: what `kubectl get … -o json|yaml` prints, and manifests of groups.
//! Must not let one odd object spoil the rest: what is left out is named.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::{convert, gemini, snapshot};
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::snapshot::Snapshot;

/// How many objects of a file are named that have something wrong in common; the others are counted.
const NAMED: usize = 10;
/// The versions of VolumeSnapshot that have the fields that we read.
const SNAPSHOT_VERSIONS: [&str; 2] = ["v1", "v1beta1"];
const SAVE: &str =
    "save it with: kubectl get snapshotgroups,volumesnapshots -n NAMESPACE -o json > snapshots.json";

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// What the user calls it.
    pub name: &'a str,
    /// What is in it: JSON or YAML, one document or several.
    pub bytes: &'a [u8],
    /// What it was named for.
    pub holds: Holds,
}

/// What a file was named for. Either may hold groups and snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// What was in a cluster, perhaps nothing.
    Cluster,
    /// Groups: at least one.
    Groups,
}

/// What the files hold.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// By namespace and name.
    pub groups: Vec<Group>,
    /// By namespace and name.
    pub snapshots: Vec<Snapshot>,
    /// What was left out or had to be guessed: sentences for the user.
    pub warnings: Vec<String>,
}

/// Reads files. Of two objects of the same name the later counts, so that a group can be tried out in another form.
///
/// An object without a namespace gets the one of all the others, or else `namespace` (`--namespace`), or `default`.
///
/// Fails with `FileInvalid` if a file holds nothing of what it was named for.
pub fn read(files: &[File<'_>], namespace: Option<&str>) -> Result<Saved> {
    let mut warnings = vec![];
    let (mut groups, mut snapshots) = (Named::new("snapshotgroup"), Named::new("volumesnapshot"));
    for file in files {
        let read = Contents::of(file)?;
        warnings.extend(read.warnings);
        groups.extend(file.name, read.groups);
        snapshots.extend(file.name, read.snapshots);
    }
    let found: BTreeSet<_> = groups.namespaces().chain(snapshots.namespaces()).collect();
    let home = match (found.first(), namespace) {
        (Some(only), _) if found.len() == 1 => only.clone(),
        (_, namespace) => namespace.unwrap_or("default").to_owned(),
    };
    let homeless = groups.count_in("") + snapshots.count_in("");
    if found.len() > 1 && homeless > 0 && namespace.is_none() {
        let found = found.into_iter().collect::<Vec<_>>().join(", ");
        warnings.push(format!(
            "the files hold objects of the namespaces {found}; {homeless} without one are taken to be in namespace {home}: name another with -n"
        ));
    }
    let groups = groups.settled(&home, &mut warnings);
    let snapshots = snapshots.settled(&home, &mut warnings);
    Ok(Saved { groups, snapshots, warnings })
}

/// What one file holds.
#[derive(Default)]
struct Contents {
    groups: Vec<Group>,
    snapshots: Vec<Snapshot>,
    warnings: Vec<String>,
}

impl Contents {
    fn of(file: &File<'_>) -> Result<Self> {
        let name = file.name;
        let invalid = |message: String| Error::new(Reason::FileInvalid, message);
        let documents = parse::documents(file.bytes)
            .map_err(|why| invalid(format!("{name} is neither JSON nor YAML that can be read")).cause(why))?;
        if documents.is_empty() {
            let empty = invalid(format!("{name} is empty"));
            return Err(empty.hint("the command that wrote it may have failed").hint(SAVE));
        }
        let (mut contents, mut odd) = (Self::default(), vec![]);
        let mut others: BTreeMap<String, usize> = BTreeMap::new();
        let mut lists = 0;
        for document in documents {
            let items = match parse::items(document) {
                parse::Items::One(item) => vec![item],
                parse::Items::Many(items) => {
                    lists += 1;
                    items
                }
            };
            for (number, item) in items.into_iter().enumerate() {
                let called = called(&item, number + 1);
                match contents.take(item) {
                    Ok(None) => {}
                    Ok(Some(kind)) => *others.entry(kind).or_default() += 1,
                    Err(why) => odd.push(format!("{name}: {called} is left out: {why}")),
                }
            }
        }
        let others: Vec<_> = others.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let nothing = contents.groups.is_empty() && contents.snapshots.is_empty();
        let is_empty_list = lists > 0 && others.is_empty() && odd.is_empty();
        let missing = match file.holds {
            Holds::Groups if contents.groups.is_empty() => Some("no SnapshotGroup"),
            Holds::Cluster if nothing && !is_empty_list => Some("no VolumeSnapshot and no SnapshotGroup"),
            _ => None,
        };
        if let Some(missing) = missing {
            let mut error = invalid(format!("{name} holds {missing} that can be read"));
            if !others.is_empty() {
                error = error.cause(format!("it holds {}", others.join(", ")));
            }
            error = few(odd).into_iter().fold(error, Error::cause);
            return Err(if file.holds == Holds::Cluster { error.hint(SAVE) } else { error });
        }
        contents.warnings = few(odd);
        if !others.is_empty() {
            contents.warnings.push(format!("{name}: {} not looked at", others.join(", ")));
        }
        Ok(contents)
    }

    /// Takes one object in; the kind of one that is none of ours; or why one of ours cannot be understood.
    fn take(&mut self, mut item: Value) -> Result<Option<String>, String> {
        let kind = item["kind"].as_str().ok_or("it has no kind")?.to_owned();
        let api = item["apiVersion"].as_str().unwrap_or_default().to_owned();
        let (group, version) = api.split_once('/').unwrap_or(("", &api));
        let is_group =
            kind == "SnapshotGroup" && group == gemini::GROUP && gemini::VERSIONS.contains(&version);
        let is_snapshot =
            kind == "VolumeSnapshot" && group == snapshot::GROUP && SNAPSHOT_VERSIONS.contains(&version);
        if !is_group && !is_snapshot {
            let is_namesake = ["SnapshotGroup", "VolumeSnapshot"].contains(&kind.as_str());
            return Ok(Some(if is_namesake { format!("{kind} of \"{api}\"") } else { kind }));
        }
        if item["metadata"]["name"].as_str().is_none_or(str::is_empty) {
            return Err("it has no name".to_owned());
        }
        if is_group {
            let object = serde_json::from_value(item).map_err(|error| error.to_string())?;
            self.groups.push(convert::group(&object).map_err(|error| error.to_string())?);
            return Ok(None);
        }
        if item["metadata"]["creationTimestamp"].is_null() {
            return Err("it has no metadata.creationTimestamp, so its age is not known".to_owned());
        }
        item["apiVersion"] = json!(format!("{}/{}", snapshot::GROUP, snapshot::VERSION));
        let object = serde_json::from_value(item).map_err(|error| error.to_string())?;
        self.snapshots.push(convert::snapshot(object));
        Ok(None)
    }
}

/// What to call an item: its kind and name, or its place in the list.
fn called(item: &Value, number: usize) -> String {
    let kind = item["kind"].as_str().unwrap_or("item").to_lowercase();
    match item["metadata"]["name"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => format!("{kind} {name}"),
        None => format!("{kind} number {number}"),
    }
}

/// The first of many texts, and how many more there are.
fn few(mut texts: Vec<String>) -> Vec<String> {
    let more = texts.len().saturating_sub(NAMED);
    if more > 1 {
        texts.truncate(NAMED);
        texts.push(format!("and {more} more objects are left out"));
    }
    texts
}

/// Objects of one kind from several files.
struct Named<'a, T> {
    kind: &'static str,
    objects: Vec<(&'a str, T)>,
}

/// An object that lies in a namespace.
trait InNamespace {
    fn key(&self) -> (&str, &str);
    fn move_to(&mut self, namespace: &str);
}

impl InNamespace for Group {
    fn key(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
    fn move_to(&mut self, namespace: &str) {
        namespace.clone_into(&mut self.namespace);
    }
}

impl InNamespace for Snapshot {
    fn key(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
    fn move_to(&mut self, namespace: &str) {
        namespace.clone_into(&mut self.namespace);
    }
}

impl<'a, T: InNamespace> Named<'a, T> {
    fn new(kind: &'static str) -> Self {
        Self { kind, objects: vec![] }
    }

    fn extend(&mut self, file: &'a str, objects: Vec<T>) {
        self.objects.extend(objects.into_iter().map(|object| (file, object)));
    }

    fn namespaces(&self) -> impl Iterator<Item = String> {
        let all = self.objects.iter().map(|(_, object)| object.key().0);
        all.filter(|namespace| !namespace.is_empty()).map(str::to_owned)
    }

    fn count_in(&self, namespace: &str) -> usize {
        self.objects.iter().filter(|(_, object)| object.key().0 == namespace).count()
    }

    /// Every object in a namespace, each name once, in order.
    fn settled(self, home: &str, warnings: &mut Vec<String>) -> Vec<T> {
        let (mut last, mut twice) = (HashMap::new(), vec![]);
        for (file, mut object) in self.objects {
            if object.key().0.is_empty() {
                object.move_to(home);
            }
            let key = (object.key().0.to_owned(), object.key().1.to_owned());
            if let Some((before, _)) = last.insert(key.clone(), (file, object)) {
                let later = if before == file { "further down".to_owned() } else { format!("of {file}") };
                twice.push(format!("{} {} of {before} gives way to the one {later}", self.kind, key.1));
            }
        }
        warnings.extend(few(twice));
        let mut objects: Vec<_> = last.into_values().map(|(_, object)| object).collect();
        objects.sort_by(|a, b| a.key().cmp(&b.key()));
        objects
    }
}
