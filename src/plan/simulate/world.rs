//! The world of a simulation: when passes run, and what goes wrong.
//! Plain values; what is left to chance is drawn from the world's own seed.

use std::ops::Range;

use fastrand::Rng;

use crate::plan::calendar::Moment;

/// By how many seconds a pass may be late that is very late.
const VERY_LATE: i64 = 240;
/// How long an outage lasts, in seconds: from an hour to nine days.
const OUTAGE: Range<i64> = 3_600..9 * 86_400;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct World {
    /// The first pass is meant to start then.
    pub start: Moment,
    /// No pass is meant to start then or later.
    pub end: Moment,
    /// So many seconds lie between the nominal times of two passes; at least 1.
    pub every_run: i64,
    /// So many seconds after it was asked for, a snapshot is ready.
    pub ready_after: i64,
    /// What goes wrong.
    pub trouble: Trouble,
    /// The same world with the same seed takes the same course.
    pub seed: u64,
}

/// What goes wrong. Shares are from 0 to 1; nothing goes wrong by default.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// Every pass starts up to so many seconds late.
    pub jitter: i64,
    /// The share of passes that start up to four minutes late.
    pub late: f64,
    /// The share of passes that do not take place.
    pub missed: f64,
    /// Times in which no pass takes place.
    pub outages: Vec<Range<Moment>>,
    /// The share of snapshots that report an error and never become ready.
    pub failed: f64,
    /// The share of snapshots that take 5 to 60 minutes to become ready.
    pub slow: f64,
    /// The share of passes that end right after they have asked for a snapshot.
    pub crashed: f64,
    /// The share of passes that end while they delete: each deletion may or may not have been carried out.
    pub torn: f64,
    /// The share of passes that take place twice, one after the other or at the same time.
    pub doubled: f64,
}

impl World {
    /// How many passes are meant to start.
    pub fn passes(&self) -> u64 {
        let length = self.end.saturating_sub(self.start).max(0).unsigned_abs();
        length.div_ceil(self.every_run.max(1).unsigned_abs())
    }

    /// Outages of an hour to nine days at any time of this world, for its [`Trouble`].
    pub fn outages(&self, count: usize) -> Vec<Range<Moment>> {
        let mut rng = Rng::with_seed(self.seed ^ 0x6f75_7461_6765);
        let begin = self.start..self.end.max(self.start.saturating_add(1));
        let outage = |_| {
            let begin = rng.i64(begin.clone());
            begin..begin.saturating_add(rng.i64(OUTAGE))
        };
        (0..count).map(outage).collect()
    }
}

/// A pass as it takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it was meant to start.
    pub nominal: Moment,
    /// When it starts.
    pub at: Moment,
}

/// The passes of a world, as a CronJob that forbids concurrency starts them.
pub(super) struct Runs<'a> {
    world: &'a World,
    rng: Rng,
    next: Moment,
}

impl<'a> Runs<'a> {
    pub fn new(world: &'a World) -> Self {
        Self { world, rng: Rng::with_seed(world.seed), next: world.start }
    }

    /// The next pass that takes place; `busy` is when the one before it ended.
    pub fn next(&mut self, busy: Moment) -> Option<Run> {
        let World { end, every_run, trouble, .. } = self.world;
        while self.next < *end {
            let nominal = self.next;
            self.next = nominal.saturating_add((*every_run).max(1));
            let mut delay = self.rng.i64(0..=trouble.jitter.max(0));
            if happens(&mut self.rng, trouble.late) {
                delay = self.rng.i64(0..=VERY_LATE);
            }
            let at = nominal.saturating_add(delay).max(busy);
            // Of the passes whose time came while another was active, only the last is made up for.
            let is_overtaken = busy >= self.next;
            let is_out = trouble.outages.iter().any(|outage| outage.contains(&at));
            if !happens(&mut self.rng, trouble.missed) && !is_overtaken && !is_out {
                return Some(Run { nominal, at });
            }
        }
        None
    }
}

/// Whether something happens that does so in this share of cases.
pub(super) fn happens(rng: &mut Rng, share: f64) -> bool {
    share > 0.0 && rng.f64() < share
}
