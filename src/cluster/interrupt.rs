//! The wish of the user, or of the node, to stop: SIGINT and SIGTERM.
//! Reads and waits end at once; a write in flight is let finish, because its outcome would not be known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::call::Call;
use super::notices::Notices;
use crate::error::ExitCode;
use crate::model::notice::Notice;

/// Becomes true at the first signal. The second ends the process at once: whatever is half done is found again.
#[derive(Clone, Debug)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
    unsettled: Unsettled,
    /// The user is expected to stop it: that is how the command ends.
    expected: Arc<AtomicBool>,
    /// What is said at the second signal of how to go on.
    way_on: Arc<Mutex<Option<String>>>,
}

/// The write whose outcome is not known yet.
type Unsettled = Arc<Mutex<Option<Call>>>;

impl Interrupt {
    /// Catches signals from now on. Before this, a signal ends the process, which has changed nothing yet.
    pub fn listen(notices: Notices) -> Self {
        let (sender, asked) = watch::channel(false);
        let unsettled = Unsettled::default();
        let writing = unsettled.clone();
        let expected = Arc::new(AtomicBool::new(false));
        let is_expected = expected.clone();
        let way_on = Arc::new(Mutex::new(None::<String>));
        let last_words = way_on.clone();
        tokio::spawn(async move {
            while signal().await {
                let again = sender.send_replace(true);
                if !again && is_expected.load(Ordering::Relaxed) {
                    continue;
                }
                notices.say(Notice::Stopping(match again {
                    false => "stopping after the request in flight; Ctrl-C again to quit at once".to_owned(),
                    true => {
                        let bye = farewell(writing.lock().unwrap_or_else(PoisonError::into_inner).as_ref());
                        let way_on = last_words.lock().unwrap_or_else(PoisonError::into_inner).clone();
                        way_on.into_iter().fold(bye, |bye, way_on| format!("{bye}; {way_on}"))
                    }
                }));
                if again {
                    notices.say(Notice::Done);
                    std::process::exit(ExitCode::Interrupted.code().into());
                }
            }
        });
        Self { asked, unsettled, expected, way_on }
    }

    /// For tests: nobody listens for signals, and the user has asked to stop, or never will.
    #[cfg(test)]
    pub fn decided(asked: bool) -> Self {
        Self {
            asked: watch::channel(asked).1,
            unsettled: Unsettled::default(),
            expected: Arc::default(),
            way_on: Arc::default(),
        }
    }

    /// The user has asked to stop.
    pub fn is_requested(&self) -> bool {
        *self.asked.borrow()
    }

    /// From now on the wish to stop is how the command ends, and nothing is said of it.
    pub fn expect(&self) {
        self.expected.store(true, Ordering::Relaxed);
    }

    /// Returns when the user has asked to stop.
    pub async fn requested(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // Signals cannot be caught on this machine, so none will come.
            std::future::pending::<()>().await;
        }
    }

    /// What a process that ends at once says at last, from now on, or nothing (`None`).
    pub fn leaves(&self, way_on: Option<String>) {
        *self.way_on.lock().unwrap_or_else(PoisonError::into_inner) = way_on;
    }

    /// Notes which write is under way, or that its outcome is known (`None`).
    pub(super) fn writes(&self, call: Option<&Call>) {
        *self.unsettled.lock().unwrap_or_else(PoisonError::into_inner) = call.cloned();
    }
}

/// The last words of a process that ends in the middle of something.
fn farewell(unsettled: Option<&Call>) -> String {
    let Some(call) = unsettled else { return "stopped".to_owned() };
    let name = call.name.as_deref().unwrap_or_default();
    let (_, resource, _) = call.kind.resource();
    let done = call.verb.done();
    let namespace = call.namespace.as_ref().map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    format!(
        "stopped: {} {name}{} may have been {done}; look: kubectl get {resource} {name}{namespace}",
        call.kind.singular(),
        call.place()
    )
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

#[cfg(test)]
mod tests {
    use super::super::call::{Kind, Verb};
    use super::*;

    #[test]
    fn the_last_words_name_what_may_exist() {
        let call = Call::one(Verb::Create, Kind::Snapshot, Some("shop"), "db-1");
        assert_eq!(
            farewell(Some(&call)),
            "stopped: VolumeSnapshot db-1 in namespace shop may have been created; look: kubectl get volumesnapshots db-1 -n shop"
        );
        assert_eq!(farewell(None), "stopped");
    }
}
