//! One field of the matrices of restores: a command, one of its calls, what befalls that, and how it is taken up afterwards.
//! Its text is its name: `restore-staged:delete:persistentvolumeclaims:2:lose:back`.

use std::collections::BTreeMap;
use std::fmt;

use sandbox::testing::proxy::{Signal, Verb};

use super::{Kind, Way};
use crate::combination::lot;
use crate::fault::Fault;

/// A combination.
#[derive(Clone, Debug)]
pub struct Case {
    pub kind: Kind,
    pub verb: Verb,
    pub resource: String,
    /// Which of the calls of that verb on that resource, from 1.
    pub nth: u32,
    pub fault: Fault,
    pub way: Way,
}

impl Case {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let [kind, verb, resource, nth, fault, way] = text.split(':').collect::<Vec<_>>().try_into().ok()?;
        Some(Self {
            kind: Kind::ALL.into_iter().find(|known| known.name() == kind)?,
            verb: Verb::parse(verb)?,
            resource: resource.to_owned(),
            nth: nth.parse().ok()?,
            fault: Fault::all().into_iter().find(|known| known.name == fault)?,
            way: match way {
                "on" => Way::On,
                "back" => Way::Back,
                _ => return None,
            },
        })
    }

    /// All combinations, from the calls of a run that nothing disturbed. Every write meets every fault, a crash with either way on,
    /// the others with one of them by lot. A read, a question or a lock meets one fault, by lot: a restore reads the same objects again
    /// and again, and each read lies between the same two writes as its neighbours. Where the steps are those of a plain restore and
    /// only more is about them, crashes meet every write as ever; of the others every fourth is tried, and every eighth read.
    pub fn of(kind: Kind, calls: &[(String, String)]) -> Vec<Self> {
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut all = vec![];
        for (verb, resource) in calls {
            let nth = counts.entry((verb, resource)).or_default();
            *nth += 1;
            let Some(verb) = Verb::parse(verb) else { continue };
            let ways: &[Way] = if kind == Kind::Purge { &[Way::On] } else { &[Way::On, Way::Back] };
            let case = |fault: &Fault, way| Self {
                kind,
                verb,
                resource: resource.clone(),
                nth: *nth,
                fault: fault.clone(),
                way,
            };
            let is_drawn =
                |case: &Self, of: u64| kind.is_plain() || lot(&case.to_string(), 5).is_multiple_of(of);
            let drawn = |case: &Self| lot(&case.to_string(), 7);
            let faults: Vec<_> = Fault::all().into_iter().filter(|fault| fault.fits(verb)).collect();
            let both = |fault| ways.iter().map(move |way| case(fault, *way));
            let is_change = verb.is_write() && !resource.ends_with("reviews") && resource != "leases";
            if !is_change {
                let one = faults.iter().flat_map(both).min_by_key(drawn);
                all.extend(one.filter(|case| is_drawn(case, 8)));
                continue;
            }
            for fault in &faults {
                match fault.signal() {
                    Some(Signal::Kill) => all.extend(both(fault)),
                    _ => all.extend(both(fault).min_by_key(drawn).filter(|case| is_drawn(case, 4))),
                }
            }
        }
        all
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, verb, resource, nth, fault, way } = self;
        let way = if *way == Way::On { "on" } else { "back" };
        write!(f, "{}:{verb}:{resource}:{nth}:{}:{way}", kind.name(), fault.name)
    }
}

#[test]
fn a_case_is_found_by_its_text() {
    let calls = [("get", "persistentvolumes"), ("delete", "persistentvolumeclaims")];
    let calls = calls.map(|(verb, what)| (verb.to_owned(), what.to_owned()));
    for kind in Kind::ALL {
        let all = Case::of(kind, &calls);
        // Every crash, with both ways on where there are two.
        let least = if kind.is_plain() { 25 } else { 6 };
        assert!(all.len() > least, "{} {}", kind.name(), all.len());
        for case in all {
            let text = case.to_string();
            assert_eq!(Case::parse(&text).map(|found| found.to_string()), Some(text));
        }
    }
    assert!(Case::parse("undo:delete:persistentvolumeclaims:1:lose").is_none());
}
