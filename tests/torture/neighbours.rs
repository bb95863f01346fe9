//! Restores in place among others who work on the same claim: real processes and clients, each at a moment that its seed says.
//! What has to hold is what holds under faults (`swap::oracle`), whoever did what; how all of it ends is in `ending`.

mod actors;
mod ending;
mod script;
mod trial;

use std::fmt;

pub use script::Script;
pub use trial::attempt;

/// How many seeds make the whole.
const SEEDS: u64 = 500;

/// One interleaving. Its text is its name: `neighbours:17`.
#[derive(Clone, Copy, Debug)]
pub struct Interleaving(pub u64);

impl Interleaving {
    /// What all of them are called.
    pub const NAME: &str = "neighbours";

    /// Reads a name; there are more seeds than are tried by themselves.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, seed) = text.split_once(':')?;
        (name == Self::NAME).then(|| seed.parse().ok()).flatten().map(Self)
    }

    pub fn all() -> impl Iterator<Item = Self> {
        (1..=SEEDS).map(Self)
    }
}

impl fmt::Display for Interleaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.0)
    }
}
