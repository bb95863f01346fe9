//! What a pass over 2,000 groups and 40,000 snapshots costs, beside what the bare lists cost: time, memory, API calls.
//! Run by `make scale`, in a sandbox of its own that holds an API server alone. It refuses every other cluster.

mod aims;
mod bench;
mod calls;
mod child;
mod fill;
mod history;
mod objects;
mod pages;
mod passes;
mod raw;
mod report;
mod server;
mod stand_in;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use sandbox::owner;
use sandbox::testing::Cluster;

use fill::Size;
use server::Server;

/// What goes wrong ends the program: a half measure is none.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Measures a pass over very many groups against the bare lists of the same objects
#[derive(Debug, Parser)]
struct Args {
    /// How many groups
    #[arg(long, default_value_t = 2_000)]
    groups: usize,
    /// How many snapshots each of them has
    #[arg(long, default_value_t = 20)]
    snapshots: usize,
    /// Over how many namespaces they are spread
    #[arg(long, default_value_t = 100)]
    namespaces: usize,
    /// Give each snapshot its VolumeSnapshotContent, which a pass with nothing to do has no need of
    #[arg(long)]
    contents: bool,
    /// So many groups are due in the passes that have something to do
    #[arg(long, default_value_t = 100)]
    due: usize,
    /// How often each measure is taken
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// Take the cluster as an earlier run of the same size left it
    #[arg(long)]
    filled: bool,
    /// Measure only what has this word in its name
    #[arg(long)]
    only: Option<String>,
    /// Cargo passes it to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    // The program starts itself again: a process that has grown would be taken for part of the one it measures.
    let mut words = std::env::args_os().skip(1);
    let word = words.next();
    let done = match word.as_deref().and_then(|word| word.to_str()) {
        Some(child::WORD) => child::measure(words),
        Some(raw::WORD) => in_runtime(raw::run(words)),
        _ => run(Args::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Fills, measures, reports.
fn run(args: Args) -> Result<()> {
    let cluster = Cluster::shared();
    let layout =
        cluster.sandbox().ok_or("40,000 objects are for a sandbox, not for a cluster of one's own")?;
    if !owner::info(layout)?.bare {
        return Err(
            "controllers would bind and delete what is only described: use `sandbox run --bare`".into()
        );
    }
    let size = Size {
        groups: args.groups,
        snapshots: args.snapshots,
        namespaces: args.namespaces,
        contents: args.contents,
    };
    in_runtime(async {
        let server = Server::connect(cluster.kubeconfig(), true).await?;
        if !args.filled {
            fill::fill(cluster, &server, size).await?;
        }
        let samples = passes::measure(cluster, &server, &args, size).await?;
        report::show(&samples, size, &args)
    })
}

fn in_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
