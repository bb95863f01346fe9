//! One field of all matrices: a pass or a restore under one fault, or a restore among others. What the matrices are made of, whatever is tried.
//! It hands on; each kind knows itself how it is tried.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use crate::combination::{Combination, lot};
use crate::neighbours::{self, Interleaving, Script};
use crate::reference::References;
use crate::stage::Stages;
use crate::swap::{self, Case, Scene};
use crate::trial::{self, Verdict};

/// A field.
#[derive(Clone, Debug)]
pub enum Field {
    Pass(Combination),
    Swap(Case),
    Neighbours(Interleaving),
}

/// Places that nobody plays on.
#[derive(Default)]
pub struct Places {
    stages: Stages,
    scenes: Mutex<VecDeque<Scene>>,
}

impl Field {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let swap = || Case::parse(text).map(Self::Swap);
        let neighbours = || Interleaving::parse(text).map(Self::Neighbours);
        Combination::parse(text).map(Self::Pass).or_else(swap).or_else(neighbours)
    }

    /// The workload that its calls are those of.
    pub fn workload(&self) -> &'static str {
        match self {
            Self::Pass(combination) => combination.workload.name,
            Self::Swap(case) => case.kind.name(),
            Self::Neighbours(_) => Interleaving::NAME,
        }
    }

    /// What a sample must have one of each of.
    pub fn sort(&self) -> (bool, &'static str) {
        match self {
            Self::Pass(combination) => (false, combination.fault()),
            Self::Swap(case) => (true, case.fault.name),
            Self::Neighbours(Interleaving(seed)) => (true, Script::of(*seed).sort()),
        }
    }

    /// A number that depends on nothing but the name and `seed`.
    pub fn lot(&self, seed: u64) -> u64 {
        lot(&self.to_string(), seed)
    }

    /// Tries it. A step that fails is a violation, too.
    pub fn attempt(&self, places: &Places, references: &References) -> Verdict {
        let attempt = || match self {
            Self::Pass(combination) => trial::attempt(combination, &places.stages, references),
            Self::Swap(_) | Self::Neighbours(_) => {
                let scenes = || places.scenes.lock().unwrap_or_else(PoisonError::into_inner);
                let free = scenes().pop_front();
                let scene = free.unwrap_or_else(Scene::new);
                let verdict = match self {
                    Self::Swap(case) => swap::attempt(case, &scene),
                    Self::Neighbours(interleaving) => neighbours::attempt(*interleaving, &scene),
                    Self::Pass(_) => unreachable!("it has a stage of its own"),
                };
                // What was left behind elsewhere is evidence.
                if verdict.violations.is_empty() {
                    scenes().push_back(scene);
                }
                verdict
            }
        };
        catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text =
                text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
            Verdict {
                reached: true,
                violations: vec![format!("a step failed: {text}")],
                story: String::new(),
            }
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass(combination) => combination.fmt(f),
            Self::Swap(case) => case.fmt(f),
            Self::Neighbours(interleaving) => interleaving.fmt(f),
        }
    }
}
