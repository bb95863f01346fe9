//! `--probe`: a small volume is made, snapshotted, restored, lost on purpose, and restored once more: what a driver promises, seen.
//! Must touch nothing that it has not made, and name whatever it could not take away again.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::super::restore::PROBE_IMAGE;
use crate::cluster::apply::Persist;
use crate::cluster::connect::Cluster;
use crate::cluster::wait::{End, Events, Patience};
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::class::Binding;
use crate::model::draft::{ClaimDraft, Occasion, ProbeDraft, SnapshotDraft};
use crate::model::duration;
use crate::model::snapshot::Snapshot;
use crate::model::volume::{ReclaimPolicy, Source};
use crate::plan::class;
use crate::plan::origin::{self, ExpectedVolume};
use crate::ui::checks::{Check, Verdict};

const TITLE: &str = "Probe";
/// How long each thing may take.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(500);
const SIZE: &str = "1Gi";

/// What is made, by name.
struct Probe<'a> {
    cluster: &'a Cluster,
    name: String,
    class: Option<&'a str>,
    snapshot: Option<String>,
    claims: Vec<String>,
}

/// Makes all of it, says what was seen, and takes it away again.
pub async fn probe(cluster: &Cluster, class: Option<&str>, checks: &mut Vec<Check>) {
    let word: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(5).collect();
    let mut probe =
        Probe { cluster, name: format!("gemini-probe-{word}"), class, snapshot: None, claims: vec![] };
    if let Err(error) = probe.run(checks).await {
        checks.push(Check::failed(TITLE, &error));
    }
    if let Some(error) = probe.left_behind().await {
        checks.push(Check::failed(TITLE, &error));
    }
}

fn seen(checks: &mut Vec<Check>, what: &str, since: Instant) {
    let took = duration::typed(Duration::from_secs(since.elapsed().as_secs()));
    checks.push(Check::new(TITLE, Verdict::Ok, format!("{what} in {took}")));
}

impl Probe<'_> {
    async fn run(&mut self, checks: &mut Vec<Check>) -> Result<()> {
        let began = Instant::now();
        let claim = self.claim(&self.name.clone(), None).await?;
        let class = claim.storage_class.clone().unwrap_or_default();
        seen(checks, &format!("made a volume of StorageClass {class}"), began);
        let began = Instant::now();
        let snapshot = self.take(&claim).await?;
        seen(checks, "took a snapshot of it", began);
        let began = Instant::now();
        let copy = self.claim(&format!("{}-copy", self.name), Some(&snapshot)).await?;
        self.prove(&copy, &snapshot).await?;
        seen(checks, "restored the snapshot", began);
        self.remove(&claim).await?;
        let began = Instant::now();
        let again = self.claim(&format!("{}-again", self.name), Some(&snapshot)).await;
        let again = again.map_err(|error| {
            if error.reason == Reason::Interrupted {
                return error;
            }
            let message = "the snapshot was not restored once its volume was gone";
            Error::new(Reason::DriverCannotSnapshot, message)
                .cause(error.message)
                .hint("never delete a volume whose snapshots you need; see whether the driver can be configured otherwise")
        })?;
        self.prove(&again, &snapshot).await?;
        seen(checks, "deleted the volume, and restored the snapshot once more", began);
        Ok(())
    }

    fn patience(&self) -> Patience {
        Patience { timeout: PATIENCE, interrupt: self.cluster.interrupt.clone(), events: Events::Read }
    }

    /// Makes a claim, from a snapshot or empty, and waits until it is bound.
    async fn claim(&mut self, name: &str, from: Option<&Snapshot>) -> Result<Claim> {
        let mut spec =
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": SIZE}}});
        if let Some(class) = self.class {
            spec["storageClassName"] = json!(class);
        }
        if let Some(snapshot) = from {
            let source = json!({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": snapshot.name});
            spec["dataSource"] = source;
        }
        let namespace = self.cluster.namespace.clone();
        let draft = ClaimDraft { namespace, name: name.to_owned(), spec, ..ClaimDraft::default() };
        self.claims.push(name.to_owned());
        let claim = self.cluster.create_claim(&draft, Persist::Yes).await?;
        let class = match &claim.storage_class {
            Some(class) => self.cluster.storage_class(class).await?,
            None => None,
        };
        let waits = class.is_some_and(|class| class.binding == Binding::WaitForFirstConsumer);
        if waits {
            self.cluster.send_probe(&self.pod(name), Persist::Yes).await?;
        }
        let waited = self.cluster.claim_bound(claim, &self.patience()).await?;
        if waits && let Some(pod) = self.cluster.pod(name).await? {
            self.cluster.send_pod_deletion(&pod).await?;
        }
        match waited.end {
            End::Reached => self.own(&waited.last).await.map(|()| waited.last),
            End::Interrupted => Err(Error::new(Reason::Interrupted, "stopped while the probe was made")),
            _ => Err(Error::new(
                Reason::TimedOut,
                format!("PVC {name} was not bound within {}s", PATIENCE.as_secs()),
            )
            .hint(format!("see why: kubectl describe pvc {name} -n {}", self.cluster.namespace))),
        }
    }

    /// The binder gives a claim whatever fits and is free: that is somebody's, and must not go with the claim.
    async fn own(&self, claim: &Claim) -> Result<()> {
        match self.cluster.volume_of(Some(claim)).await? {
            Some(volume) if !origin::made_for(claim, &volume) => {
                let message =
                    format!("PVC {} got volume {}, which was there before", claim.name, volume.name);
                Err(Error::new(Reason::WouldGetAnother, message)
                    .hint(format!(
                        "keep the volume before the PVC is deleted: {}",
                        ReclaimPolicy::Retain.command(&volume.name)
                    ))
                    .hint("see whose it is, reserve or remove it, and try again"))
            }
            _ => Ok(()),
        }
    }

    /// It was made from the snapshot, and is not the volume that was snapshotted.
    async fn prove(&self, claim: &Claim, snapshot: &Snapshot) -> Result<()> {
        let Some(volume) = self.cluster.volume_of(Some(claim)).await? else {
            let message = format!("PVC {} has no volume", claim.name);
            return Err(Error::new(Reason::ClaimLost, message));
        };
        let source = snapshot.source.as_deref();
        let expected = ExpectedVolume {
            snapshot: snapshot.name.clone(),
            driver: source.map(|source| source.driver.clone()).unwrap_or_default(),
            old_handles: source.map(|source| source.handle.clone()).into_iter().collect(),
            least_size: snapshot.restore_size().cloned(),
        };
        origin::prove_claim(claim, &volume, &expected)
    }

    fn pod(&self, name: &str) -> ProbeDraft {
        ProbeDraft {
            namespace: self.cluster.namespace.clone(),
            name: name.to_owned(),
            image: PROBE_IMAGE.to_owned(),
            check: None,
            place: None,
            is_block: false,
            restore: self.name.clone(),
        }
    }

    async fn take(&mut self, claim: &Claim) -> Result<Snapshot> {
        let volume = self.cluster.volume_of(Some(claim)).await?;
        let (driver, handle) = match volume.as_ref().map(|volume| &volume.backend) {
            Some(crate::model::volume::Backend::Csi { driver, handle }) => (driver.clone(), handle.clone()),
            _ => {
                let message = "the volume is no CSI volume, and cannot be snapshotted";
                return Err(Error::new(Reason::DriverCannotSnapshot, message));
            }
        };
        let classes = self.cluster.snapshot_classes(None).await?;
        let draft = SnapshotDraft {
            namespace: self.cluster.namespace.clone(),
            group: self.name.clone(),
            claim: claim.name.clone(),
            timestamp: self.cluster.now().timestamp(),
            occasion: Occasion::Manual { expires: None },
            class: class::choose(&classes, &driver, None)?.name.clone(),
            labels: [].into(),
            annotations: [].into(),
            source: Source {
                claim_uid: claim.uid.clone(),
                volume: claim.volume.clone().unwrap_or_default(),
                handle,
                driver,
                class: claim.storage_class.clone(),
                mode: claim.mode.as_str().to_owned(),
                size: None,
            },
            claim_manifest: claim.manifest.clone(),
        };
        self.snapshot = Some(draft.name());
        let snapshot = self.cluster.create_snapshot(&draft, Persist::Yes).await?;
        let waited = self.cluster.snapshot_ready(snapshot, &self.patience()).await?;
        match waited.end {
            End::Reached => Ok(waited.last),
            _ => Err(Error::new(
                Reason::TimedOut,
                format!("volumesnapshot {} did not become ready", draft.name()),
            )),
        }
    }

    /// Deletes a claim, and waits until it and its volume are gone.
    async fn remove(&mut self, claim: &Claim) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let (here, volume) = futures::try_join!(self.cluster.claim(&claim.name), async {
                match &claim.volume {
                    Some(volume) => self.cluster.volume(volume).await,
                    None => Ok(None),
                }
            })?;
            match here {
                Some(claim) if !claim.terminating => drop(self.cluster.send_deletion(&claim).await?),
                None if volume.is_none() => return Ok(()),
                _ => {}
            }
            sleep(PAUSE).await;
        }
        Err(Error::new(Reason::TimedOut, format!("PVC {} or its volume is not gone", claim.name))
            .hint("its StorageClass may keep volumes: delete it by hand"))
    }

    /// Takes everything away; an error that names what could not be.
    async fn left_behind(&mut self) -> Option<Error> {
        let (mut left, mut strange) = (vec![], None);
        for name in self.claims.clone() {
            let gone = match self.cluster.claim(&name).await {
                Ok(Some(claim)) => match self.own(&claim).await {
                    Ok(()) => self.remove(&claim).await.is_ok(),
                    Err(error) => {
                        strange = Some(error);
                        continue;
                    }
                },
                Ok(None) => true,
                Err(_) => false,
            };
            if !gone {
                left.push(format!("pvc/{name}"));
            }
        }
        if let Some(name) = &self.snapshot {
            let gone = match self.cluster.snapshot(name).await {
                Ok(Some(snapshot)) => self.cluster.delete_snapshot(&snapshot, Persist::Yes).await.is_ok(),
                Ok(None) => true,
                Err(_) => false,
            };
            if !gone {
                left.push(format!("volumesnapshot/{name}"));
            }
        }
        // Nobody is to be told to delete that.
        if let Some(error) = strange {
            return Some(left.iter().fold(error, |error, left| error.cause(format!("{left} is left, too"))));
        }
        (!left.is_empty()).then(|| {
            let (left, namespace) = (left.join(" "), &self.cluster.namespace);
            Error::new(Reason::TimedOut, format!("the probe left {left} in namespace {namespace}"))
                .hint(format!("delete it: kubectl delete {left} -n {namespace}"))
        })
    }
}
