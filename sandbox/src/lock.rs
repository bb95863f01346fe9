//! Who runs a cluster: an exclusive lock on a file that lies beside the state directory, so that it outlives that.
//! Whether a cluster runs is asked of the lock alone; the pid in the file is that of whoever holds it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::unistd::Pid;

use crate::layout::Layout;

const POLL: Duration = Duration::from_millis(50);

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    file: File,
}

impl Held {
    /// Gives the lock up and removes its file. Whoever has opened the file meanwhile notices, see [`take`].
    pub fn remove(self) -> Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))
    }

    /// The file is still the one that others find: it may have been removed between our opening and locking it.
    fn is_current(&self) -> Result<bool> {
        let ours = self.file.metadata()?;
        Ok(fs::metadata(&self.path).is_ok_and(|found| found.dev() == ours.dev() && found.ino() == ours.ino()))
    }
}

/// Takes the lock, waiting for `patience` at most: others hold it for a moment when they ask who has it.
/// `None` if somebody keeps it.
pub fn take(layout: &Layout, patience: Duration) -> Result<Option<Held>> {
    let deadline = Instant::now() + patience;
    loop {
        let path = layout.lock();
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        let locked = file.try_lock().is_ok();
        let mut held = Held { path, file };
        if locked && held.is_current()? {
            held.file.set_len(0)?;
            write!(held.file, "{}", std::process::id())?;
            return Ok(Some(held));
        }
        if !locked && Instant::now() > deadline {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
}

/// Whether somebody holds the lock.
pub fn is_held(layout: &Layout) -> bool {
    // Shared, so that two who ask do not take each other for a holder.
    File::open(layout.lock()).is_ok_and(|file| file.try_lock_shared().is_err())
}

/// The process that holds the lock. `None` if nobody does, or if it has not yet said who it is.
pub fn holder(layout: &Layout) -> Option<Pid> {
    let mut text = String::new();
    fs::File::open(layout.lock()).ok()?.read_to_string(&mut text).ok()?;
    let pid: i32 = text.trim().parse().ok()?;
    // Zero, one and negative numbers mean others than one process of ours.
    (is_held(layout) && pid > 1).then(|| Pid::from_raw(pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_the_others_learn_who() {
        let root = std::env::temp_dir().join(format!("sandbox-lock-{}", std::process::id()));
        let layout = Layout::at(&root);
        assert!(!is_held(&layout));
        let held = take(&layout, Duration::ZERO).unwrap().unwrap();
        assert!(take(&layout, Duration::from_millis(100)).unwrap().is_none());
        assert_eq!(holder(&layout), Some(Pid::this()));
        drop(held);
        // The file stays, and with it a pid that means nothing any more. What another test has just forked holds the lock, too, until
        // it has become another program.
        let patience = Duration::from_secs(5);
        let deadline = Instant::now() + patience;
        while is_held(&layout) || holder(&layout).is_some() {
            assert!(Instant::now() < deadline, "it is still held");
            thread::sleep(POLL);
        }
        take(&layout, patience).unwrap().unwrap().remove().unwrap();
        assert!(!layout.lock().exists());
    }

    #[test]
    fn a_lock_that_is_removed_while_others_wait_is_not_held_twice() {
        let root = std::env::temp_dir().join(format!("sandbox-lock-removed-{}", std::process::id()));
        let layout = Layout::at(&root);
        let held = take(&layout, Duration::ZERO).unwrap().unwrap();
        let waiting = {
            let layout = layout.clone();
            thread::spawn(move || take(&layout, Duration::from_secs(20)).unwrap().unwrap())
        };
        thread::sleep(Duration::from_millis(200));
        held.remove().unwrap();
        let second = waiting.join().unwrap();
        assert!(take(&layout, Duration::ZERO).unwrap().is_none(), "two hold the lock");
        second.remove().unwrap();
    }
}
