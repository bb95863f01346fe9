//! P13, its first half: every spelling of a period is read as the same.
//! The other half, that plans do not depend on it, is in `objects`.

use kubectl_gemini::model::every::{self, Every};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::states::periods;

/// Every spelling of a period that means the same.
pub fn spellings(every: &Every) -> Vec<String> {
    let text = every.to_string();
    let mut all = vec![text.to_uppercase(), format!("  {}", text.replace(' ', "   ")), text.clone()];
    all.extend(match text.as_str() {
        "minute" => vec!["60 s".into(), "+1 min".into(), "001 minutes".into()],
        "hour" => vec!["60min".into(), "hourly".into(), "3600 seconds".into()],
        "day" => vec!["24h".into(), "@daily".into(), "1440 minutes".into()],
        "week" => vec!["7 days".into(), "168 hrs".into(), "weekly".into()],
        "year" => vec!["12 months".into(), "4 quarters".into(), "annually".into()],
        _ => vec![],
    });
    all
}

proptest! {
    #[test]
    fn p13_every_spelling_is_read_as_the_same(every in select(periods()), spelling in any::<Index>()) {
        let spellings = spellings(&every);
        let text = &spellings[spelling.index(spellings.len())];
        prop_assert_eq!(every::parse(text), Ok(every), "{}", text);
        let (interval, wall) = match text.to_lowercase().find(" at ") {
            Some(_) => (every.period.to_string(), every.wall.map(|wall| wall.mark()).unwrap_or_default()),
            None => (text.clone(), String::new()),
        };
        prop_assert_eq!(every::parse_mark(&interval, &wall), Ok(every), "{}", interval);
    }
}
