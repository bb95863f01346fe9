//! Names of scheduled snapshots: from the group and the slot, so that two passes in one slot meet the same name.
//! Must go on counting attempts: names of failures that are deleted already are not used again while later ones exist.

use super::calendar::Moment;
use super::entry::{self, Entry};

/// The name for a snapshot that is taken for a slot: `db-1773143400`, and after failures in the same slot
/// `db-1773143400-r1`, `-r2` (design.md, section 3). `entries` are the snapshots that exist.
pub fn scheduled(group: &str, slot: Moment, entries: &[Entry]) -> String {
    let first = format!("{group}-{slot}");
    let of_slot = |entry: &&Entry| {
        let rest = entry.name.strip_prefix(&first);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("-r"))
    };
    let attempts = entries.iter().filter(of_slot).map(|entry| entry::attempt(&entry.name)).max();
    attempts.map_or(first.clone(), |attempts| format!("{first}-r{attempts}"))
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Kind, State};
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            time: 0,
            state: State::Ready,
            kind: Kind::Scheduled,
            attempt: entry::attempt(name),
            labels: vec![],
            unknown: vec![],
            held: false,
            in_use: false,
            requested: false,
            was_ready: false,
            volume: None,
            tainted: false,
            expired: false,
            foreign: None,
        }
    }

    #[test]
    fn attempts_are_counted_even_where_the_first_are_gone() {
        for (names, wanted) in [
            (&[][..], "db-600"),
            (&["db-60", "db-6000", "other-600"], "db-600"),
            (&["db-600"], "db-600-r1"),
            (&["db-600", "db-600-r1"], "db-600-r2"),
            (&["db-600-r10", "db-600-r9"], "db-600-r11"),
        ] {
            let entries: Vec<_> = names.iter().map(|name| entry(name)).collect();
            assert_eq!(scheduled("db", 600, &entries), wanted, "{names:?}");
        }
    }
}
