//! Tables as people see them, on a stream that shows no colours.
//! Which cell is coloured is looked at in `table`.

use anstream::adapter::strip_str;

use super::super::documents::SizeItem;
use super::super::plans::ReasonItem;
use super::super::reports::{ClaimItem, CountItem, GroupItem, NewestItem, RuleItem, SnapshotItem};
use super::*;

const SHORT: Shape = Shape { namespaces: false, wide: false, headers: Headers::Shown };
const WIDE: Shape = Shape { namespaces: true, wide: true, headers: Headers::Shown };

fn now() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn shown<R: Row>(rows: &[R], shape: Shape) -> String {
    strip_str(&table(rows, now(), shape, &LabelColumns::default())).to_string()
}

fn group() -> GroupItem {
    GroupItem {
        namespace: "shop".into(),
        name: "postgres-backups".into(),
        pvc: "postgres-data".into(),
        status: "Healthy",
        message: "snapshots are taken on time".into(),
        snapshots: CountItem { ready: 13, total: 13, in_progress: 0, failed: 0 },
        newest_ready: Some(NewestItem {
            name: "postgres-backups-1".into(),
            taken_at: now(),
            age_seconds: 192,
        }),
        due: "not-yet",
        next_due_at: Some(now() + chrono::TimeDelta::seconds(408)),
        schedule: vec![
            RuleItem { every: "10 minutes".into(), keep: 3 },
            RuleItem { every: "day".into(), keep: 14 },
        ],
        suspended: false,
        size: Some(SizeItem { quantity: "20Gi".into(), bytes: 20 << 30 }),
        storage_class: Some("gp3".into()),
        snapshot_class: None,
        driver: None,
        labels: [("app.kubernetes.io/part-of".to_owned(), "shop".to_owned())].into(),
        created_at: Some(now() - chrono::TimeDelta::days(41)),
    }
}

fn late() -> GroupItem {
    GroupItem {
        name: "photos".into(),
        pvc: "photos-data".into(),
        status: "Overdue",
        message: "nothing has been taken for \"day\"".into(),
        due: "late",
        next_due_at: Some(now() - chrono::TimeDelta::hours(2)),
        labels: [("tier".to_owned(), "gold".to_owned()), ("app".to_owned(), "photos".to_owned())].into(),
        ..group()
    }
}

#[test]
fn groups_fit_eighty_columns() {
    let new = GroupItem {
        name: "wiki".into(),
        pvc: "wiki".into(),
        status: "Pending",
        due: "due",
        newest_ready: None,
        snapshots: CountItem { ready: 0, total: 0, in_progress: 0, failed: 0 },
        ..group()
    };
    let rests =
        GroupItem { name: "old".into(), status: "Suspended", due: "never", next_due_at: None, ..group() };
    let all = [late(), group(), new, rests];
    insta::assert_snapshot!(shown(&all, SHORT), @r"
    NAME               PVC             READY   NEWEST   NEXT      STATUS      AGE
    photos             photos-data     13/13   3m12s    overdue   Overdue     41d
    postgres-backups   postgres-data   13/13   3m12s    6m48s     Healthy     41d
    wiki               wiki            0/0     <none>   now       Pending     41d
    old                postgres-data   13/13   3m12s    <none>    Suspended   41d
    ");
    assert!(shown(&all, SHORT).lines().all(|line| line.len() <= 80));
    insta::assert_snapshot!(shown(&all[..2], WIDE), @r#"
    NAMESPACE   NAME               PVC             READY   NEWEST   NEXT      STATUS    AGE   SIZE   STORAGECLASS   SNAPSHOTCLASS   DRIVER   KEEPS         MESSAGE
    shop        photos             photos-data     13/13   3m12s    overdue   Overdue   41d   20Gi   gp3            <default>       <none>   10m*3,1d*14   nothing-has-been-taken-for-"day"
    shop        postgres-backups   postgres-data   13/13   3m12s    6m48s     Healthy   41d   20Gi   gp3            <default>       <none>   10m*3,1d*14   <none>
    "#);
}

#[test]
fn labels_have_columns_of_their_own() {
    let labels = LabelColumns { keys: vec!["app.kubernetes.io/part-of".into(), "tier".into()], all: true };
    let shown = strip_str(&table(&[late(), group()], now(), SHORT, &labels)).to_string();
    insta::assert_snapshot!(shown, @r"
    NAME               PVC             READY   NEWEST   NEXT      STATUS    AGE   PART-OF   TIER     LABELS
    photos             photos-data     13/13   3m12s    overdue   Overdue   41d   <none>    gold     app=photos,tier=gold
    postgres-backups   postgres-data   13/13   3m12s    6m48s     Healthy   41d   shop      <none>   app.kubernetes.io/part-of=shop
    ");
}

#[test]
fn claims_that_no_group_covers_say_how_large_they_are() {
    let claim = ClaimItem {
        namespace: "shop".into(),
        name: "uploads".into(),
        status: "Bound",
        size: Some(SizeItem { quantity: "5Gi".into(), bytes: 5 << 30 }),
        storage_class: Some("gp3".into()),
        driver: Some("ebs.csi.aws.com".into()),
        volume: Some("pvc-1".into()),
        labels: [].into(),
        created_at: None,
    };
    insta::assert_snapshot!(shown(&[claim], WIDE), @r"
    NAMESPACE   NAME      SIZE   STORAGECLASS   STATUS   AGE         VOLUME   DRIVER
    shop        uploads   5Gi    gp3            Bound    <unknown>   pvc-1    ebs.csi.aws.com
    ");
}

#[test]
fn a_snapshot_says_what_it_is_kept_for_and_for_how_long() {
    let mut item = SnapshotItem {
        namespace: "shop".into(),
        name: "postgres-backups-1".into(),
        group: "postgres-backups".into(),
        pvc: Some("postgres-data".into()),
        ready: false,
        status: "Failing",
        size: None,
        intervals: vec!["10 minutes".into(), "hour".into()],
        purpose: None,
        fate: None,
        reasons: vec![],
        expires_at: None,
        taken_at: now(),
        age_seconds: 780,
        snapshot_class: None,
        content: None,
        driver: None,
        volume_handle: None,
        source: "unverified",
        error: Some("disk\u{1b} on\nfire".into()),
        labels: [].into(),
    };
    insta::assert_snapshot!(shown(std::slice::from_ref(&item), Shape { namespaces: false, ..WIDE }), @r"
    NAME                 READY   SIZE     KEPT-FOR   STATUS    AGE   GROUP              TAKEN-AT               EXPIRES   CONTENT   DRIVER   SOURCE       ERROR
    postgres-backups-1   false   <none>   10m,1h     Failing   13m   postgres-backups   2026-11-22T10:00:00Z   <none>    <none>    <none>   unverified   disk\u{1b}-on-fire
    ");
    item.fate = Some("keep");
    item.expires_at = Some(now());
    let reason = |code, rule: Option<&str>| ReasonItem {
        code,
        rule: rule.map(str::to_owned),
        rank: None,
        of: None,
        until: None,
    };
    item.reasons = vec![reason("span", Some("hour")), reason("newest-ready", None), reason("hold", None)];
    assert!(shown(std::slice::from_ref(&item), SHORT).contains(" 1h,hold "));
    assert!(shown(std::slice::from_ref(&item), WIDE).contains("2026-11-22T10:00:00Z   2026-11-22T10:00:00Z"));
    item.reasons = vec![reason("restore-point", None)];
    assert!(shown(std::slice::from_ref(&item), SHORT).contains(" safety "));
    item.fate = Some("delete");
    item.reasons = vec![reason("surplus", Some("hour"))];
    assert!(shown(std::slice::from_ref(&item), SHORT).contains(" <none>     Failing"));
    assert!(shown(&[item], WIDE).contains("2026-11-22T10:00:00Z   now"));
}
