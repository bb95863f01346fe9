//! The process outside: it makes the namespaces, forwards the public port, and clears away what the host was lent.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::wait::waitpid;

use super::{forward, leftovers, packages};
use crate::components;
use crate::layout::{Layout, cache_root};
use crate::process::{spawn_bound, why};
use crate::supervisor;

const POLL: Duration = Duration::from_millis(100);

/// Holds a cluster with a node until told to stop. What happens is told to the owner by the process inside, which has
/// inherited our standard output.
///
/// # Errors
/// When it cannot be started, and when the process inside ends by itself: with its exit status, for it has said why.
pub fn hold(layout: &Layout, stop: &AtomicBool) -> Result<()> {
    packages::ensure()?;
    components::ensure()?;
    refuse_hidden(layout)?;
    layout.create()?;
    fs::create_dir_all(layout.node())?;
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free on 127.0.0.1")?;
    let port = listener.local_addr()?.port();
    forward::outside(listener, layout.api_socket());

    supervisor::say_to_log(layout)?;
    // So that the first process inside is left to us when unshare is gone.
    set_child_subreaper(true)?;
    let mut inside = enter_namespaces(layout, port)?;
    let result = loop {
        if stop.load(Ordering::Relaxed) {
            break Ok(());
        }
        if let Some(status) = inside.try_wait()? {
            break Err(status);
        }
        thread::sleep(POLL);
    };
    // unshare takes the first process inside with it, and the kernel then ends all others of that pid namespace.
    let _ = inside.kill();
    let _ = inside.wait();
    // That first process is ours now; it has ended only when all the others have.
    while waitpid(None, None).is_ok() {}
    leftovers::clear(layout);
    match result {
        Ok(()) => Ok(()),
        Err(status) if status.signal().is_some() => bail!("the process inside was killed ({status})"),
        Err(status) => {
            let said = why(&layout.log("supervisor")).unwrap_or_default();
            bail!("the process inside ended ({status})\n  {said}")
        }
    }
}

/// The process inside covers two directories of the host with empty ones; what it needs must not lie below.
fn refuse_hidden(layout: &Layout) -> Result<()> {
    let program = std::env::current_exe()?;
    for path in [layout.root(), &cache_root()?, &program] {
        for hidden in ["/run", "/var/lib"] {
            if path.starts_with(hidden) {
                bail!(
                    "a node cannot use {}: {hidden} is not seen inside it; use another directory",
                    path.display()
                );
            }
        }
    }
    Ok(())
}

fn enter_namespaces(layout: &Layout, port: u16) -> Result<Child> {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", "--"])
        .arg(std::env::current_exe()?)
        .args(["supervise-node", "--name", &layout.name(), "--public-port", &port.to_string()])
        .stdin(Stdio::null());
    spawn_bound(&mut command).context("cannot run unshare")
}
