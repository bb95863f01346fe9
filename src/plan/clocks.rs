//! Clocks that may be wrong: the API server's, which tells all ages, the one of this machine, and those that dated snapshots.
//! Must not say which of the first two is: nobody can know.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, Reason};

/// A snapshot that is dated further ahead than this, in seconds, was dated by a clock that was wrong.
pub const SKEW: i64 = 300;
/// Clocks that differ by more than this are worth a word …
const WARNING: TimeDelta = TimeDelta::seconds(60);
/// … and by more than this nothing is deleted (reliability.md, M10).
const LIMIT: TimeDelta = TimeDelta::minutes(10);

/// How two clocks go together.
#[derive(Clone, Debug)]
pub enum Clocks {
    /// Well enough.
    Agree,
    /// Not well; with a sentence for a person.
    Differ(String),
    /// So badly that by one of them every snapshot may look old enough to go: with why nothing is deleted.
    Wrong(Error),
}

/// Compares them.
pub fn compare(server: DateTime<Utc>, local: DateTime<Utc>) -> Clocks {
    let apart = (server - local).abs();
    let seconds = apart.num_seconds();
    let message = format!("the API server's clock and the one of this machine are {seconds}s apart");
    if apart > LIMIT {
        Clocks::Wrong(Error::new(Reason::ClockWrong, format!("{message}; nothing is deleted")))
    } else if apart > WARNING {
        Clocks::Differ(format!("{message}; the server's counts"))
    } else {
        Clocks::Agree
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::now;
    use super::*;

    #[test]
    fn a_minute_is_nothing_and_more_than_ten_are_too_much_either_way() {
        for (apart, wanted) in [(0, "agree"), (60, "agree"), (61, "differ"), (600, "differ"), (601, "wrong")]
        {
            for seconds in [apart, -apart] {
                let word = match compare(now() + TimeDelta::seconds(seconds), now()) {
                    Clocks::Agree => "agree",
                    Clocks::Differ(text) => {
                        assert!(text.contains(&format!(" {apart}s apart")), "{text}");
                        "differ"
                    }
                    Clocks::Wrong(error) => {
                        assert_eq!(error.reason, Reason::ClockWrong);
                        "wrong"
                    }
                };
                assert_eq!(word, wanted, "{seconds}");
            }
        }
    }
}
