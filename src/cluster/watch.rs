//! Follows groups and snapshots as they change, for `list --watch`: the API server tells, nobody asks again and again.
//! Must outlive a server that is away for a while, and say so once.

use futures::stream::{BoxStream, SelectAll};
use futures::{FutureExt as _, StreamExt as _};
use kube::Resource;
use kube::api::Api;
use kube::core::DynamicObject;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};

use super::call::{Call, Kind};
use super::connect::Cluster;
use super::failure::{Class, Failure};
use super::observe::{Selectors, Unreadable, read_group};
use super::served::GroupsApi;
use crate::api::convert;
use crate::api::snapshot::VolumeSnapshot;
use crate::error::{Error, Reason, Result};
use crate::model::group::Group;
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;

enum Change {
    Group(Event<DynamicObject>),
    Snapshot(Event<VolumeSnapshot>),
}

/// Groups and snapshots as the server last told of them.
pub struct Feed<'a> {
    cluster: &'a Cluster,
    namespace: Option<String>,
    changes: SelectAll<BoxStream<'static, (Kind, watcher::Result<Change>)>>,
    groups: Mirror<std::result::Result<Group, Unreadable>>,
    snapshots: Mirror<Snapshot>,
    is_away: bool,
}

impl Cluster {
    /// Begins to follow what [`Self::selected_groups`] and [`Self::snapshots`] would list.
    pub fn follow(&self, resource: &GroupsApi, namespace: Option<&str>, selectors: &Selectors) -> Feed<'_> {
        let (groups, snapshots): (Api<DynamicObject>, Api<VolumeSnapshot>) = match namespace {
            Some(namespace) => (
                Api::namespaced_with(self.client(), namespace, resource),
                Api::namespaced(self.client(), namespace),
            ),
            None => (Api::all_with(self.client(), resource), Api::all(self.client())),
        };
        let config = watcher::Config {
            label_selector: selectors.labels.clone(),
            field_selector: selectors.fields.clone(),
            ..watcher::Config::default()
        };
        let groups = watcher::watcher(groups, config).default_backoff();
        let snapshots = watcher::watcher(snapshots, watcher::Config::default()).default_backoff();
        let mut changes = SelectAll::new();
        changes.push(groups.map(|event| (Kind::Group, event.map(Change::Group))).boxed());
        changes.push(snapshots.map(|event| (Kind::Snapshot, event.map(Change::Snapshot))).boxed());
        Feed {
            cluster: self,
            namespace: namespace.map(str::to_owned),
            changes,
            groups: Mirror::default(),
            snapshots: Mirror::default(),
            is_away: false,
        }
    }
}

impl Feed<'_> {
    /// Returns when something has changed; for the first time when everything is known. Losing the wait loses no change.
    ///
    /// Fails only with what waiting does not cure.
    pub async fn changed(&mut self) -> Result<()> {
        loop {
            match self.changes.next().await {
                Some((kind, change)) => self.take(kind, change)?,
                None => return Err(Error::new(Reason::ConnectFailed, "the server tells of no more changes")),
            }
            // What came at the same time is shown together.
            while let Some(Some((kind, change))) = self.changes.next().now_or_never() {
                self.take(kind, change)?;
            }
            if self.groups.is_known && self.snapshots.is_known {
                return Ok(());
            }
        }
    }

    fn take(&mut self, kind: Kind, change: watcher::Result<Change>) -> Result<()> {
        match change {
            Ok(Change::Group(event)) => self.groups.take(event, |object| read_group(&object)),
            Ok(Change::Snapshot(event)) => self.snapshots.take(event, slim),
            Err(error) => return self.failed(&error, kind),
        }
        self.is_away = false;
        Ok(())
    }

    fn failed(&mut self, error: &watcher::Error, kind: Kind) -> Result<()> {
        let (error, call) = match error {
            // It broke off, as every watch does at some time. If the next one cannot be begun, that is told.
            watcher::Error::WatchFailed(_) | watcher::Error::NoResourceVersion => return Ok(()),
            watcher::Error::InitialListFailed(error) => (error, Call::list(kind, self.namespace.as_deref())),
            watcher::Error::WatchStartFailed(error) => (error, Call::watch(kind, self.namespace.as_deref())),
            watcher::Error::WatchError(status) => {
                let call = Call::watch(kind, self.namespace.as_deref());
                return self.judge(&kube::Error::Api(status.clone()), &call);
            }
        };
        self.judge(error, &call)
    }

    fn judge(&mut self, error: &kube::Error, call: &Call) -> Result<()> {
        let failure = Failure::new(error, call, &self.cluster.server, &self.cluster.namespace);
        match failure.class {
            // The server does not remember that far back: the watcher lists anew.
            Class::Expired => Ok(()),
            _ if failure.may_pass() => {
                self.is_away(&failure.error);
                Ok(())
            }
            _ => Err(failure.error),
        }
    }

    /// Notes that the server cannot be reached, and says so if it could until now.
    pub fn is_away(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.is_away, true) {
            let text = format!("{error}; what is shown may be old until it answers again");
            self.cluster.notices.say(Notice::Warning(text));
        }
    }

    /// The groups that can be understood, in no order, and the others.
    pub fn groups(&self) -> (Vec<Group>, Vec<Unreadable>) {
        let (mut groups, mut unreadable) = (vec![], vec![]);
        for (_, group) in &self.groups.live {
            match group {
                Ok(group) => groups.push(group.clone()),
                Err(why) => unreadable.push(why.clone()),
            }
        }
        (groups, unreadable)
    }

    /// The snapshots, in no order.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        self.snapshots.live.iter().map(|(_, snapshot)| snapshot.clone()).collect()
    }
}

/// Without what only a restore needs: there may be many, and they are looked through at every change.
fn slim(object: VolumeSnapshot) -> Snapshot {
    let mut snapshot = convert::snapshot(object);
    if let Some(details) = &mut snapshot.details {
        details.claim_manifest = None;
        details.annotations.clear();
    }
    snapshot
}

type Key = (Option<String>, Option<String>);

/// Objects of one kind.
struct Mirror<T> {
    live: Vec<(Key, T)>,
    /// Those of a list that is not complete yet.
    fresh: Vec<(Key, T)>,
    /// There was a complete list.
    is_known: bool,
}

impl<T> Default for Mirror<T> {
    fn default() -> Self {
        Self { live: vec![], fresh: vec![], is_known: false }
    }
}

impl<T> Mirror<T> {
    fn take<K: Resource>(&mut self, event: Event<K>, convert: impl Fn(K) -> T) {
        let key = |object: &K| (object.meta().namespace.clone(), object.meta().name.clone());
        match event {
            Event::Init => self.fresh.clear(),
            Event::InitApply(object) => self.fresh.push((key(&object), convert(object))),
            Event::InitDone => {
                self.live = std::mem::take(&mut self.fresh);
                self.is_known = true;
            }
            Event::Apply(object) => {
                let (key, value) = (key(&object), convert(object));
                match self.live.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, old)) => *old = value,
                    None => self.live.push((key, value)),
                }
            }
            Event::Delete(object) => {
                let key = key(&object);
                self.live.retain(|(known, _)| *known != key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;

    fn object(name: &str, version: &str) -> ConfigMap {
        let (name, resource_version) = (Some(name.to_owned()), Some(version.to_owned()));
        ConfigMap {
            metadata: ObjectMeta { name, resource_version, ..ObjectMeta::default() },
            ..ConfigMap::default()
        }
    }

    #[test]
    fn a_new_list_replaces_the_old_one_only_when_it_is_complete() {
        let mut mirror = Mirror::default();
        let mut take = |event| {
            mirror.take(event, |object: ConfigMap| object.metadata.resource_version.unwrap_or_default());
            let mut all: Vec<_> = mirror.live.iter().map(|(_, version)| version.clone()).collect();
            all.sort();
            (mirror.is_known, all.join(" "))
        };
        let known = |text: &str| (true, text.to_owned());
        take(Event::Init);
        assert_eq!(take(Event::InitApply(object("a", "1"))), (false, String::new()));
        assert_eq!(take(Event::InitDone), known("1"));
        assert_eq!(take(Event::Apply(object("b", "2"))), known("1 2"));
        assert_eq!(take(Event::Apply(object("a", "3"))), known("2 3"));
        assert_eq!(take(Event::Init), known("2 3"));
        assert_eq!(take(Event::InitApply(object("b", "4"))), known("2 3"));
        assert_eq!(take(Event::InitDone), known("4"));
        assert_eq!(take(Event::Delete(object("b", "5"))), known(""));
    }
}
