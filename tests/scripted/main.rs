//! The program before an API server that says what a test wants: every failure that people are told of, outages, and what tables
//! look like on every screen. No cluster is needed.

#![cfg(unix)]

mod catalogue;
mod outage;
mod server;
mod tables;
mod world;

use std::process::{Command, Stdio};

/// The program, pointed at a scripted server, in the namespace `shop`.
fn gemini(address: &str, args: &[&str]) -> Command {
    let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
    command.args(args).args(["-n", world::NAMESPACE, "--server", &address]);
    command.env("KUBECONFIG", "/dev/null").env("NO_COLOR", "1").env("TERM", "xterm").env_remove("RUST_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
