//! Passes of which a page of the list is too old, and one fails (reliability.md 5.2, case 14, at its full size).
//! The fault proxy stands between, so that the times are not those of the other passes.

use sandbox::testing::Cluster;
use sandbox::testing::proxy::{Action, Proxy, Rule, Told, Verb};

use crate::Result;
use crate::bench::{Bench, Kind, Sample, Subject};

/// This page is too old …
pub const EXPIRED: u32 = 40;
/// … and of the list that is begun again, this one fails, however often it is asked for.
pub const FAILED: u32 = 60;

/// Measures both, once. A list that has not so many pages makes no sense of it.
pub async fn measure(bench: &Bench<'_>, cluster: &Cluster, subject: &Subject) -> Result<[Sample; 2]> {
    let proxy = Proxy::of_cluster(cluster)?;
    let kubeconfig = proxy.kubeconfig();
    let bench = Bench { kubeconfig: &kubeconfig, logs: bench.logs.clone(), ..*bench };
    let expired = || list().nth(EXPIRED).does(told(410));
    let failed = || list().from_nth(EXPIRED + FAILED).does(told(500));
    Ok([
        run(&bench, &proxy, subject, Kind::Expired, vec![expired()]).await?,
        run(&bench, &proxy, subject, Kind::Broken, vec![expired(), failed()]).await?,
    ])
}

async fn run(
    bench: &Bench<'_>,
    proxy: &Proxy,
    subject: &Subject,
    kind: Kind,
    rules: Vec<Rule>,
) -> Result<Sample> {
    let what = match kind {
        Kind::Broken => &format!("page {EXPIRED} too old, then page {FAILED} fails"),
        _ => &format!("page {EXPIRED} too old"),
    };
    let subject = subject.when(what);
    proxy.rules(rules);
    let run = bench.run(&subject).await?;
    Ok(Sample { runs: vec![run], ..Sample::of(&subject.name, kind) })
}

fn list() -> Rule {
    Rule::on(Verb::List, "volumesnapshots")
}

fn told(code: u16) -> Action {
    Action::Answer { told: Told::Status(code), forward: false }
}
