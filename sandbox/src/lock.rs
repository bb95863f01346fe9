//! Who runs a cluster: an exclusive lock on a file that lies beside the state directory and is never removed.
//! Whether a cluster runs is asked of the lock alone; the pid in the file is that of whoever holds it.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::unistd::Pid;

use crate::layout::Layout;

const POLL: Duration = Duration::from_millis(50);

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Takes the lock, waiting for `patience` at most: others hold it for a moment when they ask who has it.
/// `None` if somebody keeps it.
pub fn take(layout: &Layout, patience: Duration) -> Result<Option<Held>> {
    let path = layout.lock();
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    let deadline = Instant::now() + patience;
    while file.try_lock().is_err() {
        if Instant::now() > deadline {
            return Ok(None);
        }
        thread::sleep(POLL);
    }
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())?;
    Ok(Some(Held(file)))
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
        // The file stays, and with it a pid that means nothing any more.
        assert!(!is_held(&layout) && holder(&layout).is_none());
        fs::remove_file(layout.lock()).unwrap();
    }
}
