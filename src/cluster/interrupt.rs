//! The wish of the user, or of the node, to stop: SIGINT and SIGTERM.
//! A request in flight is let finish; only waits end early.

use tokio::sync::watch;

use crate::error::ExitCode;

/// Becomes true at the first signal. The second ends the process at once: whatever is half done is found again.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Catches signals from now on. Before this, a signal ends the process, which has changed nothing yet.
    pub fn listen() -> Self {
        let (asked, receiver) = watch::channel(false);
        tokio::spawn(async move {
            while signal().await {
                if asked.send_replace(true) {
                    std::process::exit(ExitCode::Interrupted.code().into());
                }
            }
        });
        Self(receiver)
    }

    /// The user has asked to stop.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the user has asked to stop.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|asked| *asked).await.is_err() {
            // Signals cannot be caught on this machine, so none will come.
            std::future::pending::<()>().await;
        }
    }
}

/// Waits for one signal; false if signals cannot be caught.
#[cfg(unix)]
async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return false;
    };
    tokio::select! {
        received = interrupt.recv() => received.is_some(),
        received = terminate.recv() => received.is_some(),
    }
}

#[cfg(not(unix))]
async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
