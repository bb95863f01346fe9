//! The lock of a claim: one restore at a time works on it.
//! Must not be taken for safety: what is written carries preconditions (reliability.md, section 3.7).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::connect::Cluster;
use crate::cluster::lease::{self, Held};
use crate::error::{Error, Reason, Result};
use crate::model::notice::Notice;
use crate::ui::terminal::Ui;

/// How long it is waited for the lock of a restore whose process was killed.
const LOCK: Duration = Duration::from_secs(30);

/// Takes the lock of a claim's restores, and waits a little for one whose holder does not renew it any more.
pub async fn lock(cluster: &Cluster, claim: &str, ui: &Ui) -> Result<Held> {
    let holder = format!("{}-{}", std::process::id(), fastrand::u32(..));
    let started = Instant::now();
    loop {
        match cluster.hold_lease(&lease::of_restores(claim), &holder, lease::RESTORE).await {
            Ok(Some(held)) => return Ok(held),
            Ok(None) => {
                let message =
                    format!("the lock of PVC {claim} in namespace {} cannot be taken", cluster.namespace);
                return Err(Error::new(Reason::Forbidden, message).hint(
                    "it is a Lease: the verbs get, create and patch on leases.coordination.k8s.io are needed",
                ));
            }
            Err(error) if error.reason == Reason::RunUnderWay && started.elapsed() < LOCK => {
                let what = format!("the lock of PVC {claim}: {}", error.message);
                ui.notice(Notice::Waiting { what, so_far: started.elapsed() });
                tokio::select! {
                    () = cluster.interrupt.requested() => return Err(error),
                    () = sleep(Duration::from_secs(1)) => {}
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Takes the locks of several claims, as [`lock`], in the order in which everybody takes them; all or none.
pub(super) async fn lock_all(cluster: &Cluster, claims: &[&str], ui: &Ui) -> Result<Vec<Held>> {
    let mut sorted: Vec<_> = (0..claims.len()).collect();
    sorted.sort_by_key(|place| claims[*place]);
    let mut held = vec![];
    for place in sorted {
        match lock(cluster, claims[place], ui).await {
            Ok(lock) => held.push((place, lock)),
            Err(error) => {
                release_all(held.into_iter().map(|(_, lock)| lock)).await;
                return Err(error);
            }
        }
    }
    held.sort_by_key(|(place, _)| *place);
    Ok(held.into_iter().map(|(_, lock)| lock).collect())
}

/// Gives locks back.
pub(super) async fn release_all(locks: impl IntoIterator<Item = Held>) {
    for lock in locks {
        lock.release().await;
    }
}

/// Does something while no other restore works on the claim.
pub async fn with_lock<T>(
    cluster: &Cluster,
    claim: &str,
    ui: &Ui,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let lock = lock(cluster, claim, ui).await?;
    let done = work.await;
    lock.release().await;
    done
}
