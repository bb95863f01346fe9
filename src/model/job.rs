//! What the name of a Job tells about its CronJob.
//! Must not be believed blindly: anybody may name a Job anything.

/// When a Job was meant to start, in Unix seconds: the CronJob controller ends its name with that minute, counted from
/// 1970. `None` for names that end otherwise.
pub fn scheduled_time(name: &str) -> Option<i64> {
    let (_, minutes) = name.rsplit_once('-')?;
    // Eight digits reach from 1989 to 2160.
    let minutes = (minutes.len() == 8).then(|| minutes.parse::<u32>().ok())??;
    Some(i64::from(minutes) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cron_job_s_job_is_named_after_its_minute() {
        for (name, wanted) in [
            ("gemini-29922350", Some(1_795_341_000)),
            ("gemini-run-once-29922350", Some(1_795_341_000)),
            ("gemini-run-once-manual-x7k2p", None),
            ("gemini-1795341000", None),
            ("29922350", None),
            ("gemini-", None),
        ] {
            assert_eq!(scheduled_time(name), wanted, "{name}");
        }
    }
}
