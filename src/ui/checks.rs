//! The report of `doctor`: checks in groups, each with a remedy if it failed.
//! Must not decide whether a check failed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::model::text;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing stands in the way.
    Ok,
    /// Something does.
    Fail,
}

/// One item of a `DoctorReport`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// The heading it stands under.
    pub title: &'static str,
    /// The outcome.
    pub verdict: Verdict,
    /// What was found.
    pub message: String,
    /// The stable word of a failure.
    pub reason: Option<&'static str>,
    /// Why.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Check {
    /// A check without anything to remedy.
    pub fn new(title: &'static str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self { title, verdict, message: message.into(), reason: None, causes: vec![], hints: vec![] }
    }

    /// A check that failed.
    pub fn failed(title: &'static str, error: &Error) -> Self {
        Self {
            reason: Some(error.reason.word()),
            causes: error.causes.clone(),
            hints: error.hints().into_iter().map(str::to_owned).collect(),
            ..Self::new(title, Verdict::Fail, error.message.clone())
        }
    }
}

/// The checks as text, under their headings.
pub fn table(checks: &[Check]) -> String {
    let mut output = String::new();
    let mut title = "";
    for check in checks {
        if check.title != title {
            title = check.title;
            output += &format!("{title}\n");
        }
        let verdict = match check.verdict {
            Verdict::Ok => "ok",
            Verdict::Fail => "FAIL",
        };
        output += &format!("  {verdict:<4}  {}\n", text::line(&check.message));
        for cause in &check.causes {
            output += &format!("        {}\n", text::line(cause));
        }
        for hint in &check.hints {
            output += &format!("        {}\n", text::escaped(hint).replace('\n', "\n        "));
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn a_failed_check_comes_with_its_remedy() {
        let error =
            Error::new(Reason::Forbidden, "may not get volumes").cause("needed to prove").hint("ask jane");
        let checks = [Check::new("Rights", Verdict::Ok, "may list groups"), Check::failed("Rights", &error)];
        insta::assert_snapshot!(table(&checks), @r"
        Rights
          ok    may list groups
          FAIL  may not get volumes
                needed to prove
                ask jane
        ");
    }
}
