//! The steps of a restore, as a person sees them being done.
//! Must number only those that this restore has.

use std::time::{Duration, Instant};

use super::terminal::Ui;
use crate::error::Error;
use crate::model::duration;
use crate::model::restore::{Course, Journal, Mode, Step};

const STAGED: &[Step] = &[
    Step::Pin,
    Step::Copy,
    Step::Check,
    Step::Stop,
    Step::Quiet,
    Step::Secure,
    Step::Reserve,
    Step::Swap,
    Step::Prove,
    Step::Start,
    Step::Run,
    Step::Finish,
];
const DIRECT: &[Step] = &[
    Step::Pin,
    Step::Stop,
    Step::Quiet,
    Step::Secure,
    Step::Swap,
    Step::Prove,
    Step::Start,
    Step::Run,
    Step::Finish,
];
/// Before the claim was touched.
const ABORT: &[Step] = &[Step::Start, Step::Clear, Step::FinishBack];
/// Before anybody may have used the restored data.
const ROLLBACK: &[Step] =
    &[Step::Keep, Step::Stop, Step::Quiet, Step::SwapBack, Step::Start, Step::Clear, Step::FinishBack];
const UNDO: &[Step] =
    &[Step::Keep, Step::Stop, Step::Quiet, Step::Secure, Step::SwapBack, Step::Start, Step::FinishBack];

/// The steps of a restore, in their order.
pub(super) fn steps(journal: &Journal) -> Vec<Step> {
    let all = match (journal.course, journal.mode) {
        (Course::Back, _) if journal.used => UNDO,
        (Course::Back, _) if journal.swapped => ROLLBACK,
        (Course::Back, _) => ABORT,
        (Course::Forward, Mode::Staged) => STAGED,
        (Course::Forward, Mode::Direct) => DIRECT,
    };
    let is_wanted = |step: &Step| match step {
        Step::Check => journal.check.is_some(),
        Step::Stop | Step::Start => !journal.workloads.is_empty(),
        Step::Run => !journal.workloads.is_empty() && !journal.accepted,
        _ => true,
    };
    all.iter().copied().filter(is_wanted).collect()
}

/// What a step does, in few words.
pub fn title(step: Step) -> &'static str {
    match step {
        Step::Planned => "plan",
        Step::Pin => "set the old volume to Retain",
        Step::Copy => "copy the snapshot to a new volume",
        Step::Check => "check the restored data",
        Step::Stop => "stop the application",
        Step::Quiet => "see that nobody uses the PVC",
        Step::Secure => "take a safety snapshot",
        Step::Reserve => "reserve the new volume",
        Step::Swap => "move the name to the new volume",
        Step::Prove => "check what the PVC holds",
        Step::Start => "start the application",
        Step::Run => "see that the application runs",
        Step::Finish | Step::FinishBack => "put policies back",
        Step::Keep => "set the new volume to Retain",
        Step::Clear => "take away what was made",
        Step::SwapBack => "move the name back to the old volume",
        Step::Done => "done",
    }
}

/// Shows the steps as they are done, one line each.
#[derive(Debug, Default)]
pub struct Progress {
    now: Option<(Now, Instant)>,
    /// Since when the application is stopped.
    stopped: Option<Instant>,
}

/// What is done now.
#[derive(Debug, PartialEq, Eq)]
struct Now {
    step: Step,
    steps: Vec<Step>,
    /// The claim, where it goes claim by claim.
    claim: Option<String>,
}

impl Progress {
    /// Something of a step is about to be done. If it is another one than before, that is done.
    pub fn enter(&mut self, journal: &Journal, ui: &Ui) {
        let is_one_by_one = matches!(journal.step, Step::Swap | Step::Prove | Step::SwapBack);
        let claim = (is_one_by_one && !journal.together.is_empty()).then(|| journal.claim.clone());
        if self.now.as_ref().is_some_and(|(now, _)| now.step == journal.step && now.claim == claim) {
            return;
        }
        let next = Now { step: journal.step, steps: steps(journal), claim };
        let passed = self.now.as_ref().map(|(now, _)| passed(now, &next)).unwrap_or_default();
        self.end(ui);
        for step in passed {
            say(&next, step, Duration::ZERO, ui);
        }
        self.now = Some((next, Instant::now()));
        match journal.step {
            Step::Stop => self.stopped = self.stopped.or(Some(Instant::now())),
            Step::Clear | Step::Finish | Step::FinishBack => self.started(ui),
            _ => {}
        }
    }

    /// The steps from here on lead back.
    pub fn turn_back(&mut self, error: &Error, ui: &Ui) {
        ui.done();
        ui.note(&format!("It cannot be done: {}. Going back.", error.message));
        self.now = None;
    }

    /// The application runs again, as far as that is waited for.
    fn started(&mut self, ui: &Ui) {
        if let Some(since) = self.stopped.take() {
            let down = duration::typed(Duration::from_secs(since.elapsed().as_secs()));
            ui.note(&format!("The application was stopped for {down}."));
        }
    }

    /// The last step is done.
    pub fn end(&mut self, ui: &Ui) {
        let Some((now, since)) = self.now.take() else { return };
        ui.done();
        say(&now, now.step, since.elapsed(), ui);
    }
}

/// The steps between two, for which nothing was left to be done: what they are to see was there already.
fn passed(now: &Now, next: &Now) -> Vec<Step> {
    let at = |step: Step| next.steps.iter().position(|known| *known == step);
    match (at(now.step), at(next.step)) {
        (Some(from), Some(to)) if now.steps == next.steps && now.claim.is_none() && from < to => {
            next.steps[from + 1..to].to_vec()
        }
        _ => vec![],
    }
}

/// One of the steps is done.
fn say(Now { steps, claim, .. }: &Now, step: Step, took: Duration, ui: &Ui) {
    let Some(place) = steps.iter().position(|known| *known == step) else { return };
    let took = duration::typed(Duration::from_secs(took.as_secs()));
    let (number, count) = (place + 1, steps.len());
    let width = count.to_string().len();
    let of = claim.as_ref().map(|claim| format!("  {claim}")).unwrap_or_default();
    ui.note(&format!("[{number:>width$}/{count}] {:38} done  {took:>4}{of}", title(step)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_needed_no_time_of_its_own_is_told_of_too() {
        let now = |step, steps: &[Step], claim: Option<&str>| Now {
            step,
            steps: steps.to_vec(),
            claim: claim.map(str::to_owned),
        };
        let (swap, finish) = (now(Step::Swap, STAGED, None), now(Step::Finish, STAGED, None));
        assert_eq!(passed(&swap, &finish), [Step::Prove, Step::Start, Step::Run]);
        assert_eq!(passed(&now(Step::Prove, STAGED, None), &now(Step::Start, STAGED, None)), []);
        // Another way, another claim, or back.
        assert_eq!(passed(&swap, &now(Step::FinishBack, ROLLBACK, None)), []);
        assert_eq!(passed(&now(Step::Swap, STAGED, Some("data")), &finish), []);
        assert_eq!(passed(&finish, &swap), []);
    }
}
