//! Whether a volume may be cut again now: one snapshot of it at a time, and no sooner than its driver allows.
//! Pure; must not keep a group waiting for what may never end.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::model::duration;
use crate::model::snapshot::{Readiness, Snapshot};
use crate::model::volume::Source;

/// Drivers that refuse to cut a volume again within so many seconds, whoever asks (reliability.md, 1.6). What depends on an
/// account, a size or a setting is not here: the driver says that itself.
const LIMITS: [(&str, i64); 3] = [
    // HTTP 429; the snapshot then hangs, or is tried again and again: digitalocean/velero-plugin#6, csi-digitalocean#370.
    ("dobs.csi.digitalocean.com", 600),
    // SnapshotCreationPerVolumeRateExceeded: Amazon's quotas for EBS snapshots; aws-ebs-csi-driver#1608.
    ("ebs.csi.aws.com", 15),
    // Seven in five minutes: Microsoft's page on incremental snapshots.
    ("disk.csi.azure.com", 43),
];
/// After this long a snapshot that is not cut yet stands in nobody's way any more: its driver may never answer, and the groups
/// that share its volume must not be without one for that.
const OPEN: TimeDelta = TimeDelta::minutes(10);
/// Clocks of several API servers differ by less. What is dated further ahead was made before the clock was put right, and would
/// stand in the way until then.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// What was asked of one volume lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// When it was cut last, or asked for if its driver did not tell.
    last: Option<DateTime<Utc>>,
    /// The newest snapshot that is being made, and since when.
    open: Option<(DateTime<Utc>, String)>,
}

impl Recent {
    /// Takes a snapshot of the volume into account.
    pub fn see(&mut self, snapshot: &Snapshot, now: DateTime<Utc>) {
        if snapshot.created - now > SKEW {
            return;
        }
        let cut = snapshot.cut.filter(|cut| (snapshot.created..=now).contains(cut));
        let is_open = snapshot.cut.is_none() && snapshot.readiness == Readiness::Creating;
        if is_open && !snapshot.terminating {
            self.begins(&snapshot.name, snapshot.created);
        }
        // What its driver refuses has not been cut, and does not count with it.
        if snapshot.cut.is_some() || is_open || snapshot.readiness == Readiness::Ready {
            self.last = self.last.max(Some(cut.unwrap_or(snapshot.created)));
        }
    }

    /// One is asked for now.
    pub fn begins(&mut self, name: &str, now: DateTime<Utc>) {
        self.open = self.open.take().max(Some((now, name.to_owned())));
    }

    /// What was begun is no longer being made, as far as [`Self::see`] is not told otherwise.
    pub fn ends(&mut self) {
        self.open = None;
    }

    fn and(&self, other: &Self) -> Self {
        Self { last: self.last.max(other.last), open: self.open.clone().max(other.open.clone()) }
    }

    /// Whether the next one may be asked for, if nobody waits longer than `patience` for that.
    pub fn pace(&self, driver: &str, patience: Duration, now: DateTime<Utc>) -> Pace {
        if let Some((since, name)) = &self.open
            && (-SKEW..OPEN).contains(&(now - *since))
        {
            return Pace::Later(format!("volumesnapshot {name} of the same volume is still being made"));
        }
        let limit = LIMITS.iter().find(|(known, _)| *known == driver);
        let (Some((_, seconds)), Some(last)) = (limit, self.last) else { return Pace::Now };
        match (last + TimeDelta::seconds(*seconds) - now).to_std() {
            Err(_) | Ok(Duration::ZERO) => Pace::Now,
            Ok(wait) if wait <= patience => Pace::In(wait),
            Ok(_) => Pace::Later(format!(
                "driver {driver} cuts a volume once in {} at most, and did so at {}",
                duration::short(*seconds),
                last.to_rfc3339_opts(SecondsFormat::Secs, true)
            )),
        }
    }
}

/// When the next snapshot of a volume may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At once.
    Now,
    /// After so long.
    In(Duration),
    /// Not before this pass ends, for that reason.
    Later(String),
}

/// What was asked lately, by volume. The list of a pass does not tell the volume of a snapshot that is proven: then the claim
/// stands for it.
#[derive(Clone, Debug, Default)]
pub struct Lately {
    volumes: HashMap<(String, String), Recent>,
    claims: HashMap<(String, String), Recent>,
}

impl Lately {
    /// Takes a snapshot into account. Those of others do not count: somebody who asks too often would keep ours from being
    /// taken for ever, where the driver lets ours through now and then.
    pub fn see(&mut self, snapshot: &Snapshot, now: DateTime<Utc>) {
        let longest = LIMITS.map(|(_, seconds)| TimeDelta::seconds(seconds)).into_iter().max();
        let newest = snapshot.cut.unwrap_or(snapshot.created).max(snapshot.created);
        if snapshot.group.is_none() || Some(now - newest) >= longest.max(Some(OPEN)) {
            return;
        }
        let recent = match (&snapshot.source, &snapshot.claim) {
            (Some(source), _) => self.volumes.entry((source.driver.clone(), source.handle.clone())),
            (None, Some(claim)) => self.claims.entry((snapshot.namespace.clone(), claim.clone())),
            (None, None) => return,
        };
        recent.or_default().see(snapshot, now);
    }

    /// What was asked of the volume that a claim has.
    pub fn of(&self, namespace: &str, claim: &str, source: &Source) -> Recent {
        let of_claim = self.claims.get(&(namespace.to_owned(), claim.to_owned()));
        let of_volume = self.volumes.get(&(source.driver.clone(), source.handle.clone()));
        let nothing = Recent::default();
        of_claim.unwrap_or(&nothing).and(of_volume.unwrap_or(&nothing))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const DIGITALOCEAN: &str = "dobs.csi.digitalocean.com";

    fn ago(seconds: i64) -> DateTime<Utc> {
        samples::now() - TimeDelta::seconds(seconds)
    }

    fn cut(seconds: i64) -> Snapshot {
        Snapshot { created: ago(seconds), cut: Some(ago(seconds)), ..samples::snapshot("photos-1") }
    }

    fn open(seconds: i64) -> Snapshot {
        Snapshot { cut: None, readiness: Readiness::Creating, ..cut(seconds) }
    }

    fn pace(driver: &str, snapshots: &[Snapshot]) -> Pace {
        let mut recent = Recent::default();
        snapshots.iter().for_each(|snapshot| recent.see(snapshot, samples::now()));
        recent.pace(driver, MINUTE, samples::now())
    }

    fn later(driver: &str, snapshots: &[Snapshot]) -> String {
        match pace(driver, snapshots) {
            Pace::Later(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_volume_is_cut_again_when_its_driver_allows_it() {
        for (driver, seconds, wanted) in [
            (DIGITALOCEAN, 600, Pace::Now),
            (DIGITALOCEAN, 599, Pace::In(Duration::from_secs(1))),
            (DIGITALOCEAN, 540, Pace::In(MINUTE)),
            ("ebs.csi.aws.com", 15, Pace::Now),
            ("ebs.csi.aws.com", 0, Pace::In(Duration::from_secs(15))),
            ("disk.csi.azure.com", 13, Pace::In(Duration::from_secs(30))),
            ("csi.example", 0, Pace::Now),
        ] {
            assert_eq!(pace(driver, &[cut(3600), cut(seconds)]), wanted, "{driver} after {seconds} s");
        }
        let why = later(DIGITALOCEAN, &[cut(539), cut(900)]);
        assert!(why.contains("once in 10m") && why.ends_with("at 2026-11-22T09:41:01Z"), "{why}");
    }

    #[test]
    fn what_was_cut_late_counts_from_then_and_what_was_refused_not_at_all() {
        let late = Snapshot { cut: Some(ago(5)), ..cut(900) };
        assert!(later(DIGITALOCEAN, &[late]).contains("once in 10m"));
        // Drivers that tell no time say 1970; clocks of storages may be ahead.
        for odd in [DateTime::UNIX_EPOCH, ago(-50)] {
            let odd = Snapshot { cut: Some(odd), ..cut(550) };
            assert_eq!(pace(DIGITALOCEAN, &[odd]), Pace::In(Duration::from_secs(50)));
        }
        assert_eq!(pace(DIGITALOCEAN, &[cut(-31_536_000)]), Pace::Now);
        let refused = Snapshot { readiness: Readiness::Failing("429".into()), ..open(5) };
        assert_eq!(pace(DIGITALOCEAN, &[refused]), Pace::Now);
        let deleted = Snapshot { terminating: true, ..cut(5) };
        assert!(
            later(DIGITALOCEAN, &[deleted]).contains("once in 10m"),
            "the driver has cut it all the same"
        );
    }

    #[test]
    fn one_of_a_volume_is_made_at_a_time_but_not_waited_for_without_end() {
        assert!(later("csi.example", &[open(5)]).contains("photos-1 of the same volume"));
        assert!(later("csi.example", &[open(599)]).contains("still being made"));
        for snapshot in [
            open(600),
            cut(5),
            Snapshot { terminating: true, ..open(5) },
            Snapshot { readiness: Readiness::Failing("no".into()), ..open(5) },
            Snapshot { readiness: Readiness::Creating, ..cut(5) },
            // Made by a clock that was a year ahead.
            open(-31_536_000),
        ] {
            assert_eq!(pace("csi.example", std::slice::from_ref(&snapshot)), Pace::Now, "{snapshot:?}");
        }
        let mut recent = Recent::default();
        recent.begins("photos-2", ago(-90));
        assert_eq!(recent.pace("csi.example", MINUTE, samples::now()), Pace::Now, "the clock was put right");
        recent.ends();
        recent.begins("photos-2", ago(1));
        assert!(matches!(recent.pace("csi.example", MINUTE, samples::now()), Pace::Later(_)));
        recent.ends();
        assert_eq!(recent.pace("csi.example", MINUTE, samples::now()), Pace::Now);
    }

    #[test]
    fn a_volume_is_known_by_its_handle_or_else_by_its_claim() {
        let source = |handle: &str| Source {
            driver: "csi.example".into(),
            handle: handle.into(),
            ..*samples::snapshot("photos-1").source.unwrap()
        };
        let of = |snapshot: Snapshot, claim: &str, handle: &str| {
            let mut lately = Lately::default();
            lately.see(&snapshot, samples::now());
            lately.of("media", claim, &source(handle)) != Recent::default()
        };
        let known = || Snapshot { source: Some(Box::new(source("h1"))), ..open(5) };
        assert!(of(known(), "photos-data", "h1") && of(known(), "another-claim", "h1"));
        assert!(!of(known(), "photos-data", "h2"), "the claim has got another volume");
        let proven = || Snapshot { source: None, ..cut(5) };
        assert!(of(proven(), "photos-data", "h1") && !of(proven(), "another-claim", "h1"));
        let elsewhere = Snapshot { namespace: "shop".into(), ..proven() };
        assert!(!of(elsewhere, "photos-data", "h1"));
        let foreign = Snapshot { group: None, ..proven() };
        assert!(!of(foreign, "photos-data", "h1"));
        assert!(!of(Snapshot { source: None, ..cut(600) }, "photos-data", "h1"));
    }
}
