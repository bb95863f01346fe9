//! A restore as it is played: the rounds of the driver, what befalls them, and what others do meanwhile.
//! Its faults are those of processes and of the network; what may be asked for is decided in the modules above.

use super::super::*;
use super::controllers::Move;
use super::small::Small;
use crate::error::Reason;
use crate::model::class::{Binding, StorageClass};
use crate::model::restore::{Check, Ended, Mode, Outcome};
use crate::plan::samples;

/// The claim that is restored.
pub const CLAIM: &str = "photos-data";
/// After so many steps of the restore it is not going to end any more.
const LONGEST: usize = 400;
/// So many looks in a row are a timeout.
const PATIENCE: usize = 100;

/// What a restore of `photos-1` begins with.
pub fn journal(Shape { mode, waits, check, app }: Shape) -> Journal {
    let (group, snapshot) = (samples::group(), samples::snapshot("photos-1"));
    let (claim, volume) = (samples::claim(CLAIM), samples::volume("vol-1"));
    let check = check.map(|_| Check { image: "shop".into(), command: None, passed: false });
    let binding = if waits { Binding::WaitForFirstConsumer } else { Binding::Immediate };
    let class = StorageClass { binding, ..samples::storage_class("fast") };
    let observed = Observed {
        group: &group,
        snapshot: &snapshot,
        content: &samples::content(&snapshot),
        claim: &claim,
        volume: &volume,
        class: Some(&class),
        snapshot_classes: &[samples::snapshot_class("snapshots")],
        owners: &[],
    };
    begin(
        &observed,
        &Wish {
            id: "7f3ak".into(),
            mode,
            probe_image: "pause".into(),
            check,
            workloads: app.then(samples::stopped).into_iter().collect(),
            deletes_pods: false,
            unknown_source: false,
            asked_by: None,
        },
        samples::now(),
    )
    .unwrap()
}

/// What kind of restore.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub mode: Mode,
    /// The StorageClass makes volumes only for pods.
    pub waits: bool,
    /// The restored data is checked, and is good or not.
    pub check: Option<bool>,
    /// An application uses the claim.
    pub app: bool,
}

/// What may happen besides what has to.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// In percent of all steps: the process is killed, before or after it wrote; its write is lost, or the answer.
    pub faults: u8,
    /// In percent of all steps: somebody else does something.
    pub neighbours: u8,
    /// In percent of all kills: the journal is gone afterwards.
    pub losses: u8,
}

pub const CALM: Weather = Weather { faults: 0, neighbours: 0, losses: 0 };

pub struct Play {
    pub small: Small,
    pub journal: Journal,
    pub rng: fastrand::Rng,
    weather: Weather,
    pub looks: bool,
    pub killed: bool,
    pub has_stray: bool,
    /// The claim went by a deletion that was long on its way: whoever wrote to it meanwhile has that on the old volume alone, since
    /// what is going cannot be snapshotted any more.
    pub went_late: bool,
    pub waits: usize,
    pub late: Vec<Action>,
    pub tale: Vec<String>,
}

impl Play {
    pub fn new(shape: Shape, seed: u64, weather: Weather) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        let (mut small, journal) = (Small::new(shape.waits, shape.check), journal(shape));
        small.app = shape.app.then(samples::workload);
        small.pods =
            small.app.iter().map(|app| Pod { owner: Some(app.who.clone()), ..samples::pod() }).collect();
        Self {
            small,
            journal,
            rng,
            weather,
            looks: false,
            killed: false,
            has_stray: false,
            went_late: false,
            waits: 0,
            late: vec![],
            tale: vec![],
        }
    }

    pub fn happens(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    /// Plays until the restore has ended or stands still.
    pub fn run(&mut self, ending: Ending) -> std::result::Result<Outcome, Error> {
        let mut ending = ending;
        self.take_up(ending);
        for _ in 0..LONGEST {
            match self.step() {
                Some(Ok(outcome)) => return Ok(outcome),
                Some(Err(error)) => return Err(error),
                None => {}
            }
            if std::mem::take(&mut self.killed) {
                self.tale.push("-- killed".into());
                if self.happens(self.weather.losses) {
                    self.lose_journal();
                }
                if self.happens(30) && ending == Ending::Resume && self.journal.course == Course::Forward {
                    ending = Ending::Abort;
                }
                match settled(&self.journal, ending) {
                    Ok(Some(outcome)) => return Ok(outcome),
                    Ok(None) => self.take_up(ending),
                    Err(error) => return Err(error),
                }
            }
            for _ in 0..self.rng.u8(0..4) {
                self.controllers();
            }
            if self.happens(20) {
                self.arrive();
            }
            if self.happens(self.weather.neighbours) {
                self.neighbour();
            }
        }
        panic!("it does not end:\n{}\n{:#?}", self.tale.join("\n"), self.small);
    }

    /// What was sent long ago reaches the server.
    pub fn arrive(&mut self) {
        if let Some(action) = self.late.pop() {
            self.tale.push(format!("   late: {}", told(&action)));
            let has_arrived = self.small.carry_out(&action, &self.journal.id).is_ok();
            self.went_late |= has_arrived;
            self.check();
        }
    }

    fn take_up(&mut self, ending: Ending) {
        (self.looks, self.waits) = (false, 0);
        self.journal = taken_up(&self.journal, ending);
    }

    pub fn controllers(&mut self) {
        let moves = self.small.moves();
        if let Some(made) = self.rng.choice(&moves) {
            self.small.make(made);
            self.tale.push(format!("   {made:?}"));
            self.check();
        }
    }

    /// What the driver sees.
    pub fn world(&self) -> World {
        self.small.world(&self.journal, self.looks)
    }

    fn step(&mut self) -> Option<std::result::Result<Outcome, Error>> {
        let world = self.world();
        let next = next(&self.journal, &world);
        self.take(next, &world)
    }

    /// A round of `Drive::go`.
    pub fn take(&mut self, next: Next, world: &World) -> Option<std::result::Result<Outcome, Error>> {
        match next {
            Next::Look(step) => {
                self.enter(step);
                self.looks = true;
            }
            Next::Note(_, journal) => self.store(*journal),
            Next::Wait(step, awaited) => {
                self.tale.push(format!("wait for {awaited}"));
                self.enter(step);
                self.waits += 1;
                if self.waits > PATIENCE {
                    return Some(Err(Error::new(Reason::TimedOut, format!("waited for {awaited}"))));
                }
                return None;
            }
            Next::Do(step, action) => {
                self.enter(step);
                if !self.killed {
                    self.carry_out(&action);
                }
            }
            Next::TurnBack(error) => {
                self.tale.push(format!("back: {error}"));
                self.store(turned_back(&self.journal, &error));
            }
            Next::Stop(_, error) => return Some(Err(error)),
            Next::End(outcome) => {
                let ended = Some(Ended { at: world.now, outcome });
                self.journal = Journal { ended, step: Step::Done, ..self.journal.clone() };
                return Some(Ok(outcome));
            }
        }
        self.waits = 0;
        None
    }

    fn enter(&mut self, step: Step) {
        if self.journal.step != step {
            self.store(Journal { step, ..self.journal.clone() });
        }
    }

    fn store(&mut self, journal: Journal) {
        if self.happens(self.weather.faults) {
            self.killed = true;
            if self.rng.bool() {
                return;
            }
        }
        self.journal = journal;
    }

    fn carry_out(&mut self, action: &Action) {
        let fault = self.happens(self.weather.faults).then(|| self.rng.u8(0..4));
        self.tale.push(format!("{:?} {} {fault:?}", self.journal.step, told(action)));
        if let Action::DeleteClaim(claim) = action {
            // Nobody else's, and the old one only after that was written down.
            let is_old = claim.uid == self.journal.old.claim_uid;
            let is_known = claim.restore.is_some() || claim.volume.is_some();
            let is_removed = self.journal.removed.contains(&claim.uid);
            let may_go = if is_old { self.journal.swapped } else { is_known != is_removed };
            assert!(may_go, "{}", self.tale.join("\n"));
        }
        // 0: killed before it is sent; 1: killed afterwards; 2: it never arrives; 3: its answer does not.
        self.killed = matches!(fault, Some(0 | 1));
        if matches!(fault, Some(0 | 2)) {
            // It was sent, and may arrive long afterwards; of what is created then the name tells.
            if matches!(action, Action::DeleteClaim(_)) && self.rng.bool() {
                self.late.push(action.clone());
            }
            return;
        }
        if self.small.carry_out(action, &self.journal.id).is_err() {
            self.tale.push("   conflict".into());
        }
        self.check();
    }

    /// An undo that is stopped once it has copied what it replaces.
    pub fn stop_after_a_copy(&mut self) {
        self.take_up(Ending::Undo);
        let count = self.small.snapshots.len();
        while self.small.snapshots.len() == count {
            assert!(self.step().is_none());
            self.controllers();
        }
        while self.small.moves().iter().any(|made| matches!(made, Move::Cut(_))) {
            self.controllers();
        }
    }
}

fn told(action: &Action) -> String {
    match action {
        Action::CreateClaim(draft) => format!("create claim {} {}", draft.name, draft.spec),
        Action::MarkClaim(claim, mark) => format!("mark claim {} {mark:?}", claim.uid),
        Action::DeleteClaim(claim) => format!("delete claim {} {}", claim.name, claim.uid),
        Action::TakeSnapshot(draft) => format!("take snapshot {}", draft.name()),
        Action::Hold(_) => "hold".into(),
        Action::Release(_) => "release".into(),
        Action::ChangeVolume(change) => format!("change {change:?}"),
        Action::CreateProbe(_) => "create probe".into(),
        Action::DeletePod(pod) => format!("delete pod {}", pod.name),
        Action::Set(workload, setting) => format!("set {} to {setting:?}", workload.who),
    }
}
