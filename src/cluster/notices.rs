//! Where the cluster code says what it has to say while it works: a sink given by the caller.
//! Must not print.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::notice::Notice;

/// Passes notices on, each distinct warning and report once.
#[derive(Clone)]
pub struct Notices {
    sink: Arc<dyn Fn(Notice) + Send + Sync>,
    said: Arc<Mutex<HashSet<String>>>,
}

impl Notices {
    /// Notices that go to `sink`.
    pub fn new(sink: impl Fn(Notice) + Send + Sync + 'static) -> Self {
        Self { sink: Arc::new(sink), said: Arc::default() }
    }

    /// Passes a notice on.
    pub fn say(&self, notice: Notice) {
        if let Notice::Warning(text) | Notice::Reported(text) = &notice
            && !self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone())
        {
            return;
        }
        (self.sink)(notice);
    }
}
