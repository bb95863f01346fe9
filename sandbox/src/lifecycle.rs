//! The life of a cluster's own process: it takes the lock, brings the cluster up, keeps it, and ends with its owner.
//! Nothing of a cluster outlives it, whatever ends it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::components::{self, Components};
use crate::control_plane::{self, Addresses};
use crate::layout::Layout;
use crate::lock::{self, Held};
use crate::node;
use crate::supervisor::{self, Message, Options, Supervisor};

/// A port that was free may be taken when it is used.
const TRIES: u32 = 3;

/// As long as a cluster of this name may take to end, and as others may take to ask whether it runs.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

/// Who ends a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The process at the other end of standard input: its end is the cluster's.
    Stdin,
    /// Nobody, once it is up: it runs until it is told to stop.
    Nobody,
}

/// Runs the cluster `name` until it is told to stop. Call it on the main thread of a process of its own.
pub fn run(name: &str, options: Options, owner: Owner) -> Result<()> {
    let layout = Layout::of(name)?;
    let Some(lock) = lock::take(&layout, LOCK_PATIENCE)? else {
        let text = format!("a cluster named {name} is running or starting already");
        Message::Failed(text.clone()).send();
        bail!(text);
    };
    clear(&layout)?;
    if owner == Owner::Nobody {
        // Out of the terminal's session, so that neither Ctrl-C nor hanging up ends it.
        nix::unistd::setsid().context("cannot leave the terminal's session")?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, stop.clone())?;
    }
    end_with_owner(&layout, owner, stop.clone());

    let served = if options.node {
        // The process inside says why it ended; all else is said here, and the owner listens to the first alone.
        node::hold(&layout, &stop).inspect_err(|error| Message::Failed(format!("{error:#}")).send())
    } else {
        supervisor::serve(&layout, bring_up(&layout, options, &stop))
    };
    // An owner that is gone cannot clear up; a cluster of nobody's is cleared by `down`. The logs of a failure stay.
    let unwanted = stop.load(Ordering::Relaxed) && !layout.info().exists();
    if unwanted || (served.is_ok() && owner == Owner::Stdin) { remove(&layout, lock) } else { served }
}

/// Clears away what a crashed cluster of this name left; its lock is ours now.
fn clear(layout: &Layout) -> Result<()> {
    node::clear_leftovers(layout);
    layout.remove()
}

/// Removes all that there is of a cluster. The lock goes last.
pub(crate) fn remove(layout: &Layout, lock: Held) -> Result<()> {
    clear(layout)?;
    lock.remove()
}

/// Sets `stop` when the process at the other end of standard input ends; for a cluster of nobody's only until it is up,
/// so that interrupting `up` leaves nothing behind.
fn end_with_owner(layout: &Layout, owner: Owner, stop: Arc<AtomicBool>) {
    let info = layout.info();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        if owner == Owner::Stdin || !info.exists() {
            stop.store(true, Ordering::Relaxed);
        }
    });
}

fn bring_up(layout: &Layout, options: Options, stop: &Arc<AtomicBool>) -> Result<Supervisor> {
    let components = components::ensure()?;
    let mut tries = 0;
    loop {
        tries += 1;
        match try_to_bring_up(layout, options, stop, &components) {
            Err(error) if tries < TRIES && format!("{error:#}").contains("address already in use") => {
                Message::Step("a port was taken meanwhile; trying others".to_owned()).send();
            }
            result => return result,
        }
    }
}

fn try_to_bring_up(
    layout: &Layout,
    options: Options,
    stop: &Arc<AtomicBool>,
    components: &Components,
) -> Result<Supervisor> {
    layout.remove()?;
    layout.create()?;
    let addresses = Addresses::on_loopback()?;
    let mut supervisor = Supervisor::new(layout.clone(), stop.clone());
    control_plane::start_api_server(&mut supervisor, components, &addresses)?;
    if !options.bare {
        control_plane::start_controllers(
            &mut supervisor,
            components,
            control_plane::driver(components, layout),
        )?;
        control_plane::self_test(&mut supervisor, components)?;
    }
    supervisor::publish(layout, components, addresses.public_port, options)?;
    Ok(supervisor)
}
