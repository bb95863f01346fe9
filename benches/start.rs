//! How long it takes until the program says something: its help, and words for a shell that reaches no cluster.
//! Measured here and not in a test, because a busy machine is no defect of the program. Aims: 30 ms and 50 ms.

use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};

fn start(c: &mut Criterion) {
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"))
            .args(args)
            .env("KUBECONFIG", "/nonexistent")
            .output();
        assert!(output.is_ok_and(|output| output.status.success()));
    };
    c.bench_function("--help", |b| b.iter(|| run(&["--help"])));
    c.bench_function("words without a cluster", |b| b.iter(|| run(&["__complete", "list", ""])));
}

criterion_group!(benches, start);
criterion_main!(benches);
