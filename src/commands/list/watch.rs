//! `list --watch`: the table, then each row again that changes, as kubectl does; nothing on the screen is cleared.
//! Must print a row only for what it shows: that time passes, and makes ages grow, is no change.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{MissedTickBehavior, interval};

use super::options::ListOptions;
use super::seen::{Extras, Seen};
use super::show::{Listing, complain};
use super::{Listed, nothing_found};
use crate::cluster::connect::Cluster;
use crate::cluster::watch::Feed;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::ui::listing::Row;
use crate::ui::table::Headers;
use crate::ui::terminal::Ui;

/// How often claims and classes are read again, and how often it is looked whether something has become late.
const TICK: Duration = Duration::from_secs(10);

/// Shows changes until the user stops it, which is exit 130: it is how the command ends, and nothing was changed.
pub(super) async fn run<R: Listed>(
    cluster: &Cluster,
    options: &ListOptions,
    listing: &Listing<'_, R>,
    ui: &Ui,
) -> Result<ExitCode> {
    cluster.interrupt.expect();
    match follow(cluster, options, listing, ui).await {
        Err(_) if cluster.interrupt.is_requested() => Ok(ExitCode::Cancelled),
        Err(error) => Err(error),
        Ok(ended) => match ended {},
    }
}

/// Nothing ends it but an error.
enum Endless {}

async fn follow<R: Listed>(
    cluster: &Cluster,
    options: &ListOptions,
    listing: &Listing<'_, R>,
    ui: &Ui,
) -> Result<Endless> {
    let served = cluster.served().await?;
    let resource = served.groups()?;
    served.require_snapshots()?;
    for name in &options.groups {
        cluster.group(&resource, name).await?;
    }
    let mut feed = cluster.follow(&resource, options.namespace(cluster), &options.selectors);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut screen = Screen {
        listing,
        shown: BTreeMap::new(),
        headers: options.shape.headers,
        wide: options.shape.wide,
        has_begun: false,
    };
    let (mut extras, mut complained, mut is_first) = (Extras::default(), HashSet::new(), true);
    loop {
        let is_change = tokio::select! {
            biased;
            () = cluster.interrupt.requested() => return Err(stopped()),
            changed = feed.changed() => { changed?; true }
            _ = tick.tick(), if !is_first => false,
        };
        let seen = seen(&feed, options);
        if is_first || !is_change {
            match extras.read(cluster, options, &seen, ui).await {
                Err(error) if is_first || !is_passing(&error) => return Err(error),
                Err(error) => feed.is_away(&error),
                Ok(()) => {}
            }
        }
        let now = cluster.now();
        let rows = R::rows(&seen, &extras, options, now);
        if is_first && rows.is_empty() {
            ui.note(&nothing_found(options.namespace(cluster)));
        }
        let text = screen.update(rows, now)?;
        if !text.is_empty() {
            ui.coloured(&text)?;
        }
        ui.done();
        let news: Vec<_> =
            seen.unreadable.into_iter().filter(|group| complained.insert(group.clone())).collect();
        complain(&news, ui);
        is_first = false;
    }
}

fn stopped() -> Error {
    Error::new(Reason::Interrupted, "stopped")
}

/// What may be different at the next look.
fn is_passing(error: &Error) -> bool {
    !matches!(error.reason, Reason::Unauthorized | Reason::LoginFailed | Reason::Interrupted)
}

fn seen(feed: &Feed<'_>, options: &ListOptions) -> Seen {
    let (mut groups, unreadable) = feed.groups();
    if !options.groups.is_empty() {
        groups.retain(|group| options.groups.contains(&group.name));
    }
    Seen { groups, unreadable, snapshots: feed.snapshots() }
}

/// What tells of the time that passes.
const PASSING: [&str; 4] = ["AGE", "NEWEST", "NEXT", "EXPIRES"];

/// What a row shows, but for what changes by itself.
type Lasting = (Vec<String>, Option<DateTime<Utc>>);

/// What has been printed.
struct Screen<'a, R> {
    listing: &'a Listing<'a, R>,
    shown: BTreeMap<(String, String), (Lasting, R)>,
    headers: Headers,
    wide: bool,
    /// The header has been printed.
    has_begun: bool,
}

impl<R: Row> Screen<'_, R> {
    /// The lines to print: at first all rows, then those that are new, changed or gone.
    fn update(&mut self, rows: Vec<R>, now: DateTime<Utc>) -> Result<String> {
        let before = std::mem::take(&mut self.shown);
        let mut changed = HashSet::new();
        for row in &rows {
            let lasting = self.lasting(row, now);
            if before.get(&row.key()).is_none_or(|(known, _)| *known != lasting) {
                changed.insert(row.key());
            }
            self.shown.insert(row.key(), (lasting, row.clone()));
        }
        let gone = before.into_iter().filter(|(key, _)| !self.shown.contains_key(key));
        let gone: Vec<R> = gone.map(|(_, (_, row))| row).filter(|row| self.listing.is_wanted(row)).collect();
        let mut lines: Vec<R> = rows.into_iter().filter(|row| self.listing.is_wanted(row)).collect();
        self.listing.sort(&mut lines)?;
        changed.extend(gone.iter().map(Row::key));
        lines.extend(gone.into_iter().map(Row::deleted));
        if !lines.iter().any(|row| changed.contains(&row.key())) {
            return Ok(String::new());
        }
        // All rows are laid out, and the header with them, so that the columns stay where they are.
        let text = self.listing.table(&lines, now, self.headers);
        let header = usize::from(self.headers == Headers::Shown);
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let is_news = |(line, _): &(usize, &str)| match line.checked_sub(header) {
            None => is_first,
            Some(row) => lines.get(row).is_some_and(|row| changed.contains(&row.key())),
        };
        Ok(text.lines().enumerate().filter(is_news).map(|(_, line)| format!("{line}\n")).collect())
    }

    fn lasting(&self, row: &R, now: DateTime<Utc>) -> Lasting {
        let cells = row.cells(now, self.wide).into_iter().zip(R::headers(self.wide));
        let mut cells: Vec<_> =
            cells.filter(|(_, header)| !PASSING.contains(header)).map(|(cell, _)| cell).collect();
        cells.extend(row.labels().iter().map(|(key, value)| format!("{key}={value}")));
        (cells, row.newest())
    }
}

#[cfg(test)]
mod tests;
