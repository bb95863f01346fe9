//! What is stopped for a restore, as the flags want it: the look at the application, and the rights that it takes.
//! Must not stop anything; that is a step of the restore.

use clap::{Args, ValueEnum};
use futures::future::try_join_all;

use crate::cluster::connect::Cluster;
use crate::error::{Reason, Result};
use crate::model::claim::Claim;
use crate::plan::restore::{self, Stops, User};

/// Flags that say what may be done to an application.
#[derive(Clone, Copy, Debug, Args)]
pub struct ScaleArgs {
    /// What to do about the application that uses the claim: auto stops it and starts it again as it was, manual waits until
    /// you have stopped it, never refuses
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub scale: Scale,
    /// Delete pods that have finished and still name the claim; running ones never are
    #[arg(long)]
    pub delete_pods: bool,
}

/// Who stops the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    /// This program.
    Auto,
    /// The user.
    Manual,
    /// Nobody.
    Never,
}

/// What is to be stopped so that nobody uses the claim. Fails with what cannot be, or may not.
pub async fn stops(cluster: &Cluster, claim: &Claim, args: ScaleArgs) -> Result<Stops> {
    restore::outlives_its_pods(claim, cluster.volume_of(Some(claim)).await?.as_ref())?;
    let pods = cluster.users_of(&claim.name).await?;
    let mut told = restore::go_along(&pods);
    let finished = pods.iter().filter(|pod| args.delete_pods && pod.has_finished());
    told.extend(finished.map(|pod| format!("Pod {} has finished and is deleted", pod.name)));
    let users = match (args.scale, cluster.makers_of(pods.clone()).await) {
        // Whoever stops them sees what makes them; it may be what cannot be read that is to be stopped by hand.
        (Scale::Manual | Scale::Never, Err(error)) if error.reason != Reason::Interrupted => vec![],
        (_, users) => users?,
    };
    let all = cluster.claims(Some(&claim.namespace)).await?;
    restore::others_stay(&users, &all, &claim.namespace)?;
    let mut stops = match args.scale {
        Scale::Auto => own(cluster, claim, &users, args).await?,
        Scale::Never if !pods.is_empty() => return Err(restore::in_use(claim, &pods)),
        Scale::Manual if !pods.is_empty() => {
            let error = restore::in_use(claim, &pods);
            let hints = error.hints().into_iter().map(str::to_owned);
            let warnings = std::iter::once(error.message.clone()).chain(hints).collect();
            Stops { workloads: vec![], warnings }
        }
        Scale::Manual | Scale::Never => Stops::default(),
    };
    stops.warnings.extend(told);
    Ok(stops)
}

/// What this program stops, as far as it may.
async fn own(cluster: &Cluster, claim: &Claim, users: &[User], args: ScaleArgs) -> Result<Stops> {
    let (crons, unseen) = match cluster.cron_jobs_of(&claim.name).await {
        Err(error) if error.reason == Reason::Forbidden => {
            let warning = "CronJobs that would use the PVC are not suspended: you may not list them";
            (vec![], Some(warning.to_owned()))
        }
        crons => (crons?, None),
    };
    let workloads = restore::makers(claim, users, crons, args.delete_pods)?;
    let rivals = cluster.rivals_of(&workloads).await?;
    let mut stops = restore::stops(&claim.namespace, &workloads, &rivals)?;
    stops.warnings.extend(unseen);
    try_join_all(stops.workloads.iter().map(|stopped| cluster.require_setting(stopped))).await?;
    Ok(stops)
}
