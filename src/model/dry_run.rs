//! `--dry-run`, with kubectl's words and meaning.
//! Must not know how a request is marked as a dry run; `cluster` does.

use schemars::JsonSchema;
use serde::Serialize;

/// How far a change is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DryRun {
    /// It is done.
    #[default]
    None,
    /// It is only said what would be sent.
    Client,
    /// The server checks it without storing it.
    Server,
}

impl DryRun {
    /// What kubectl puts behind the verb.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_done_says_so_behind_the_verb() {
        let said = |dry_run: DryRun| format!("pruned{}", dry_run.suffix());
        assert_eq!(said(DryRun::None), "pruned");
        assert_eq!(said(DryRun::Client), "pruned (dry run)");
        assert_eq!(said(DryRun::Server), "pruned (server dry run)");
    }
}
