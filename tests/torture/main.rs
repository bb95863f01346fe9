//! The crash matrix and the fault matrix: commands under every fault of every call, on a real cluster.
//! `make test` runs a seeded sample, `make torture` everything. It needs a sandbox: `make test` starts one.

mod combination;
mod fault;
mod field;
mod matrix;
mod neighbours;
mod oracle;
mod reference;
mod run;
mod stage;
mod state;
mod suspicion;
mod swap;
mod trial;
mod workload;
mod world;

use std::env;

use field::Field;
use reference::{References, everything};
use sandbox::testing::Cluster;
use state::State;

/// How many combinations `make test` tries.
const SAMPLE: usize = 70;

/// `TORTURE`: nothing for the sample, `all`, the name of one combination, the beginning of many (`run-once:create:*`), or `total` for
/// what all shards of `all` came to. `TORTURE_SHARD=2/3`: a part of `all`, or of those. `TORTURE_SEED`: another sample.
#[test]
fn nothing_is_lost_whatever_happens_to_a_call() {
    let wish = env::var("TORTURE").unwrap_or_default();
    let outcome = match wish.as_str() {
        "total" => matrix::total(&State::of_build()),
        _ if Cluster::shared().sandbox().is_none() => {
            sandbox::testing::skip(
                "nothing_is_lost_whatever_happens_to_a_call",
                "only a sandbox has a key for the proxy",
            );
            return;
        }
        "" => {
            let seed = env::var("TORTURE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
            let references = References::of(&everything(), None);
            matrix::run(&matrix::sample(&references.fields(), SAMPLE, seed), &references, None)
        }
        many if many == "all" || many.ends_with('*') => {
            let shard = env::var("TORTURE_SHARD").unwrap_or_else(|_| "1/1".to_owned());
            let parts = shard.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
            let (index, count): (u64, u64) = parts.expect("TORTURE_SHARD is written 2/3");
            assert!((1..=count).contains(&index), "TORTURE_SHARD={shard}: there is no such shard");
            let start = many.strip_suffix('*').unwrap_or_default();
            let state = State::of_build();
            let references = References::of(&everything(), Some(&state));
            let meant = references.fields().into_iter().filter(|one| one.to_string().starts_with(start));
            matrix::run(&matrix::shard(meant.collect(), index, count), &references, Some(&state))
        }
        name => {
            let field = Field::parse(name);
            let field = field.unwrap_or_else(|| panic!("TORTURE={name}: there is no such combination"));
            let references = References::of(&[field.workload()], None);
            matrix::run(&[field], &references, None)
        }
    };
    eprintln!("{}", outcome.line());
    assert!(outcome.unreached * 10 <= outcome.total, "{}: most of it never happened", outcome.line());
    outcome.verify();
}
