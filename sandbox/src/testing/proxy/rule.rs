//! What a fault proxy does, as values: which calls a rule is about, which of them it hits, and what happens then.
//! Must not know how calls are carried.

use std::fmt;
use std::sync::Arc;

use super::action::Action;
use super::record::Call;
use super::target::Verb;

/// A concurrent actor: it runs to its end before the call goes on.
pub type Hook = Arc<dyn Fn(&Call) + Send + Sync>;

/// One rule. The first one that hits a call decides; the others only count it.
#[derive(Clone)]
pub struct Rule {
    verb: Option<Verb>,
    resource: Option<String>,
    path: Option<String>,
    nth: Nth,
    hook: Option<Hook>,
    action: Action,
}

/// Which of the matching calls are hit, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nth {
    All,
    Only(u32),
    From(u32),
    Every(u32),
}

impl Rule {
    /// A rule about every call.
    pub fn on_all() -> Self {
        Self { verb: None, resource: None, path: None, nth: Nth::All, hook: None, action: Action::Pass }
    }

    /// A rule about a verb on a resource (`volumesnapshots`, `snapshotgroups/status`, or a path such as `/apis`).
    pub fn on(verb: Verb, resource: &str) -> Self {
        Self { verb: Some(verb), resource: Some(resource.to_owned()), ..Self::on_all() }
    }

    /// A rule about paths that contain `part`.
    pub fn on_path(part: &str) -> Self {
        Self { path: Some(part.to_owned()), ..Self::on_all() }
    }

    /// Only paths that contain `part`.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    /// Only calls of that verb.
    #[must_use]
    pub fn verb(mut self, verb: Verb) -> Self {
        self.verb = Some(verb);
        self
    }

    /// Hits the nth of its calls only; the first is 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = Nth::Only(nth);
        self
    }

    /// Hits the nth of its calls and all after it.
    #[must_use]
    pub fn from_nth(mut self, nth: u32) -> Self {
        self.nth = Nth::From(nth);
        self
    }

    /// Hits each nth of its calls: 3 is every third.
    #[must_use]
    pub fn every(mut self, nth: u32) -> Self {
        self.nth = Nth::Every(nth.max(1));
        self
    }

    /// Runs `hook` first.
    #[must_use]
    pub fn first(mut self, hook: impl Fn(&Call) + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// What it does to the calls that it hits.
    #[must_use]
    pub fn does(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    fn matches(&self, call: &Call) -> bool {
        self.verb.is_none_or(|verb| verb == call.verb)
            && self.resource.as_ref().is_none_or(|resource| *resource == call.target.resource)
            && self.path.as_ref().is_none_or(|part| call.path.contains(part.as_str()))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, resource, path, nth, action, hook } = self;
        let hook = if hook.is_some() { " after a hook" } else { "" };
        write!(f, "{verb:?} {resource:?} {path:?} {nth:?}: {action:?}{hook}")
    }
}

impl Nth {
    fn hits(self, count: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(nth) => count == nth,
            Self::From(nth) => count >= nth,
            Self::Every(nth) => count.is_multiple_of(nth),
        }
    }
}

/// The rules in force, and how many calls each has matched.
#[derive(Debug, Default)]
pub(super) struct Rules {
    counted: Vec<(Rule, u32)>,
    is_down: bool,
}

impl Rules {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        Self { counted: rules.into_iter().map(|rule| (rule, 0)).collect(), is_down: false }
    }

    /// Counts the call, and says what is to be done with it.
    pub(super) fn decide(&mut self, call: &Call) -> (Option<Hook>, Action) {
        let mut decided = self.is_down.then_some((None, Action::GoDown));
        for (rule, count) in &mut self.counted {
            if rule.matches(call) {
                *count += 1;
                if decided.is_none() && rule.nth.hits(*count) {
                    decided = Some((rule.hook.clone(), rule.action.clone()));
                }
            }
        }
        let decided = decided.unwrap_or((None, Action::Pass));
        self.is_down |= decided.1 == Action::GoDown;
        decided
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(rules: &mut Rules, method: &str, path: &str) -> Action {
        rules.decide(&Call::new(1, method, path, "", &[])).1
    }

    #[test]
    fn each_rule_counts_its_own_calls_and_the_first_that_hits_decides() {
        let things = "/apis/g/v1/namespaces/shop/things";
        let mut rules = Rules::new(vec![
            Rule::on(Verb::Create, "things").nth(2).does(Action::Drop),
            Rule::on_path("/shop/").every(3).does(Action::LoseAnswer),
            Rule::on(Verb::Delete, "things").from_nth(2).does(Action::Twice),
        ]);
        assert_eq!(decided(&mut rules, "POST", things), Action::Pass);
        assert_eq!(decided(&mut rules, "GET", "/apis/g/v1/things"), Action::Pass);
        assert_eq!(decided(&mut rules, "POST", things), Action::Drop);
        assert_eq!(decided(&mut rules, "POST", things), Action::LoseAnswer);
        let one = format!("{things}/a");
        assert_eq!(decided(&mut rules, "DELETE", &one), Action::Pass);
        assert_eq!(decided(&mut rules, "DELETE", &one), Action::Twice);
        assert_eq!(decided(&mut rules, "DELETE", &one), Action::LoseAnswer);
        assert_eq!(decided(&mut rules, "DELETE", &one), Action::Twice);
    }

    #[test]
    fn a_server_that_is_down_stays_down() {
        let mut rules = Rules::new(vec![
            Rule::on_path("/b").does(Action::GoDown),
            Rule::on_path("/a").nth(2).does(Action::Twice),
        ]);
        let seen: Vec<_> = ["/a", "/b", "/a", "/c"].map(|path| decided(&mut rules, "GET", path)).into();
        assert_eq!(seen, [Action::Pass, Action::GoDown, Action::GoDown, Action::GoDown]);
    }
}
