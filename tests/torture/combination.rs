//! One field of the matrices: a workload, one of its calls, and what befalls that; or what befalls the driver.
//! Its text is its name in state files, in reports, and on the command line that repeats it.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sandbox::testing::proxy::{Call, Verb};

use crate::fault::{self, Fault};
use crate::workload::{self, Workload};

/// A combination. Its text: `prune:delete:volumesnapshots:2:lose`, `backup:driver:slow`.
#[derive(Clone, Debug)]
pub struct Combination {
    pub workload: &'static Workload,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// The nth call of a verb on a resource.
    Call {
        verb: Verb,
        resource: String,
        nth: u32,
        fault: Fault,
    },
    Driver(&'static str),
}

impl Combination {
    /// Reads a combination's text.
    pub fn parse(text: &str) -> Option<Self> {
        let (workload, what) = text.split_once(':')?;
        let workload = workload::all().iter().find(|known| known.name == workload)?;
        if let Some(name) = what.strip_prefix("driver:") {
            let (name, _) = fault::driver().into_iter().find(|(known, _)| *known == name)?;
            return Some(Self { workload, what: What::Driver(name) });
        }
        let [verb, resource, nth, fault] = what.split(':').collect::<Vec<_>>().try_into().ok()?;
        let fault = Fault::all().into_iter().find(|known| known.name == fault)?;
        let (verb, resource) = (Verb::parse(verb)?, resource.to_owned());
        Some(Self { workload, what: What::Call { verb, resource, nth: nth.parse().ok()?, fault } })
    }

    /// All combinations of a workload, from the calls of a run that nothing disturbed.
    pub fn of(workload: &'static Workload, calls: &[(String, String)]) -> Vec<Self> {
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut all = vec![];
        for (verb, resource) in calls {
            let nth = counts.entry((verb, resource)).or_default();
            *nth += 1;
            let Some(verb) = Verb::parse(verb) else { continue };
            for fault in Fault::all().into_iter().filter(|fault| fault.fits(verb)) {
                let what = What::Call { verb, resource: resource.clone(), nth: *nth, fault };
                all.push(Self { workload, what });
            }
        }
        let driver = fault::driver().into_iter().filter(|(name, _)| workload.meets(name));
        all.extend(driver.map(|(name, _)| Self { workload, what: What::Driver(name) }));
        all
    }

    /// The fault's name, for a sample that has each.
    pub fn fault(&self) -> &'static str {
        match &self.what {
            What::Call { fault, .. } => fault.name,
            What::Driver(name) => name,
        }
    }
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workload = self.workload.name;
        match &self.what {
            What::Driver(name) => write!(f, "{workload}:driver:{name}"),
            What::Call { verb, resource, nth, fault } => {
                write!(f, "{workload}:{verb}:{resource}:{nth}:{}", fault.name)
            }
        }
    }
}

/// A number that depends on nothing but a name and `seed`: for samples and shards.
pub fn lot(name: &str, seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, name).hash(&mut hasher);
    hasher.finish()
}

/// What a call is known by from run to run: names hold times.
pub fn signature(call: &Call) -> (String, String) {
    (call.verb.to_string(), call.target.resource.clone())
}

#[test]
fn a_combination_is_found_by_its_text() {
    let calls =
        [("get", "/apis"), ("create", "volumesnapshots")].map(|(verb, what)| (verb.into(), what.into()));
    for workload in workload::all() {
        let all = Combination::of(workload, &calls);
        assert!(all.len() > 40, "{}", all.len());
        for combination in all {
            let text = combination.to_string();
            assert_eq!(Combination::parse(&text).map(|found| found.to_string()), Some(text));
        }
    }
    assert!(Combination::parse("prune:delete:volumesnapshots:x:lose").is_none());
    assert!(Combination::parse("prune:driver:unheard-of").is_none());
}
