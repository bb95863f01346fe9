//! Which journals of restores that have ended are kept: those that lead to a volume that is kept, and the last few besides, for a person
//! who wants to know what happened. Must not give up one that somebody still asks for.

use crate::model::restore::{Journal, Outcome};

/// So many of a namespace are kept that lead to no volume (design.md, section 5).
const LAST: usize = 10;

/// Those that nobody needs any more, of all journals of a namespace.
pub fn outlived(all: &[Journal]) -> Vec<&Journal> {
    let is_with_others = |journal: &Journal| {
        all.iter()
            .any(|other| other.id != journal.id && journal.together.contains(&other.id) && !is_told(other))
    };
    let mut told: Vec<_> =
        all.iter().filter(|journal| is_told(journal) && !is_with_others(journal)).collect();
    told.sort_by_key(|journal| std::cmp::Reverse(journal.ended.map(|ended| ended.at)));
    told.split_off(LAST.min(told.len()))
}

/// It has ended, and leads to no volume. A group may not have heard yet of one that it asked for.
fn is_told(journal: &Journal) -> bool {
    let outcome = journal.ended.map(|ended| ended.outcome);
    let is_over = matches!(outcome, Some(Outcome::Aborted | Outcome::RolledBack | Outcome::Purged));
    is_over && (journal.asked_by.is_none() || journal.acknowledged)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::restore::Ended;
    use crate::model::restore::tests::journal;
    use crate::plan::samples;

    /// It ended so, so many minutes ago.
    fn ended(ago: i64, outcome: Outcome) -> Journal {
        let at = samples::now() - TimeDelta::minutes(ago);
        Journal { id: format!("r{ago}"), ended: Some(Ended { at, outcome }), ..journal(None) }
    }

    fn given_up(all: &[Journal]) -> Vec<&str> {
        outlived(all).into_iter().map(|journal| journal.id.as_str()).collect()
    }

    #[test]
    fn the_last_ten_stay_and_whatever_leads_to_a_volume() {
        let mut all: Vec<_> = (0..9).map(|ago| ended(ago, Outcome::Aborted)).collect();
        all.extend([9, 10, 11].map(|ago| ended(ago, Outcome::Purged)));
        all.insert(0, ended(12, Outcome::RolledBack));
        assert_eq!(given_up(&all), ["r10", "r11", "r12"]);
        assert!(given_up(&all[..10]).is_empty());
        all.extend([ended(20, Outcome::Restored), ended(21, Outcome::Undone)]);
        all.push(Journal { id: "open".into(), ended: None, ..journal(None) });
        assert_eq!(given_up(&all), ["r10", "r11", "r12"]);
    }

    #[test]
    fn one_that_is_asked_for_stays() {
        let mut all: Vec<_> = (0..10).map(|ago| ended(ago, Outcome::Aborted)).collect();
        let old = ended(30, Outcome::Purged);
        let partner = Journal { id: "partner".into(), ..ended(30, Outcome::Restored) };
        for (odd, is_given_up) in [
            (old.clone(), true),
            (Journal { asked_by: Some("17".into()), ..old.clone() }, false),
            (Journal { asked_by: Some("17".into()), acknowledged: true, ..old.clone() }, true),
            (Journal { together: vec!["r30".into(), "partner".into()], ..old.clone() }, false),
            (Journal { together: vec!["r30".into(), "gone".into()], ..old }, true),
        ] {
            all.extend([odd.clone(), partner.clone()]);
            assert_eq!(given_up(&all) == ["r30"], is_given_up, "{odd:?}");
            all.truncate(10);
        }
    }
}
