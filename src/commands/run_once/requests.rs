//! Which groups ask for restores by annotation, and in what order a pass sees to them.
//! Must let none keep the others waiting for ever, and must leave half of the pass for the backups.

use super::accepted::Asking;
use super::outcome::Outcome;
use super::pass::Pass;
use super::world::World;
use crate::error::{Error, Result};
use crate::model::snapshot::Snapshot;
use crate::plan::history::History;
use crate::plan::source;
use crate::plan::trigger::{self, Turn};
use crate::ui::terminal::Ui;

impl Pass<'_> {
    /// Sees to what the annotations of all groups ask for, one after the other.
    pub async fn restore_annotated(&self, world: &mut World, outcomes: &mut [Outcome]) {
        for place in self.places(world) {
            let (group, outcome) = (world.views[place].group.clone(), &mut outcomes[place]);
            let turn = trigger::turn(&group.request);
            let what = format!("the restore of group {} in namespace {}", group.name, group.namespace);
            if self.take_lock().await.is_err() {
                return;
            }
            let cluster = self.cluster.in_namespace(&group.namespace);
            let asking = Asking { group: &group, cluster, ui: Ui::silent() };
            if let Some(late) = self.budget.quarters(2).refuses(&what) {
                let all = &world.views[place].snapshots;
                if let Err(error) = self.postpone(&asking, turn, all, late, outcome).await {
                    outcome.fail(self.log, error);
                }
                continue;
            }
            if let Err(error) = self.see_to(&asking, turn, outcome).await {
                outcome.fail(self.log, error);
            }
            if outcome.changed {
                // What the rest of the pass is about is the claim that there is now.
                match asking.cluster.claim(&group.claim.name).await {
                    Ok(claim) => world.replace_claim(&group, claim),
                    Err(error) => outcome.fail(self.log, error),
                }
            }
        }
    }

    /// Which groups to see to, in what order: what was asked for last must not wait for what stands still; and of those that have been
    /// begun each time another one comes first, so that one which takes all the time does not keep the same others waiting for ever.
    fn places(&self, world: &World) -> Vec<usize> {
        let turns = world.views.iter().map(|view| trigger::turn(&view.group.request)).enumerate();
        let (mut begun, mut new) = (vec![], vec![]);
        for (place, turn) in turns {
            // What is asked of a group may have to wait for what was begun for it before.
            let has_begun = trigger::begun(&world.views[place].group.request).is_some();
            match turn {
                Turn::Rest(None) => {}
                Turn::Arm(_) | Turn::Asked(..) if !has_begun => new.push(place),
                _ => begun.push(place),
            }
        }
        for places in [&mut begun, &mut new] {
            fastrand::shuffle(places);
        }
        new.append(&mut begun);
        new
    }

    /// There is no time for it in this pass. What is meant is noted now: the backup that this pass may still take is not.
    async fn postpone(
        &self,
        asking: &Asking<'_>,
        turn: Turn<'_>,
        all: &[Snapshot],
        late: Error,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let group = asking.group;
        outcome.restoring = group.status.as_ref().and_then(|status| status.restoring.clone());
        match turn {
            Turn::Asked(value, None)
                if !self.cluster.interrupt.is_requested() && !self.has_open(asking).await? =>
            {
                let meant = source::find(group, &History::of(group, all), &trigger::point(value, None));
                match meant {
                    Some(snapshot) => self.wait(asking, value, None, &snapshot.name, late, outcome).await,
                    None => Ok(()),
                }
            }
            _ => {
                self.log.warn(&late.message, outcome.facts());
                Ok(())
            }
        }
    }

    /// The restore that the group names has not ended.
    async fn has_open(&self, asking: &Asking<'_>) -> Result<bool> {
        let Some(id) = trigger::begun(&asking.group.request) else { return Ok(false) };
        Ok(asking.cluster.journal(id).await?.is_some_and(|stored| stored.journal.is_open()))
    }
}
