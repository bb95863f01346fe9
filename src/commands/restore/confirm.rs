//! The consent to replace what a claim holds: the name of the claim, typed or given.
//! Must be asked for before anything else is done, if nobody could give it.

use clap::Args;

use crate::error::{Error, Reason, Result};
use crate::model::name;
use crate::ui::prompt::Question;
use crate::ui::terminal::Ui;

const INSTEAD: &str = "--yes, or --confirm=PVC with the name of the PVC";

/// Flags that give it.
#[derive(Clone, Debug, Args)]
pub struct ConfirmArgs {
    /// Do not ask before what a claim holds is replaced
    #[arg(short, long)]
    yes: bool,
    /// The name of the claim, instead of typing it when asked; once for each claim
    #[arg(long, value_name = "PVC", conflicts_with = "yes", value_parser = name::object)]
    confirm: Vec<String>,
}

impl ConfirmArgs {
    /// Refuses at once where the question could not be answered.
    pub fn require_answer(&self, ui: &Ui) -> Result<()> {
        match self.yes || !self.confirm.is_empty() {
            true => Ok(()),
            false if ui.is_quiet() => {
                let message = "what has to be agreed to is hidden by --quiet";
                Err(Error::new(Reason::FlagsUnfit, message)
                    .hint(format!("leave out --quiet, or use {INSTEAD}")))
            }
            false => ui.require_answers(INSTEAD),
        }
    }

    /// Asks for the name of each claim, unless a flag answers it. Fails with `NotConfirmed`, or as [`Ui::confirm_by_typing`].
    pub fn agree(&self, question: &str, claims: &[&str], ui: &Ui) -> Result<()> {
        for claim in claims {
            let agreed = match self.confirm.as_slice() {
                _ if self.yes => true,
                [] => ui.confirm_by_typing(Question { text: question, instead: INSTEAD }, claim)?,
                given => given.iter().any(|given| given == claim),
            };
            if !agreed {
                let message = format!("the name of PVC {claim} was not given; nothing was changed");
                return Err(Error::new(Reason::NotConfirmed, message));
            }
        }
        Ok(())
    }
}
