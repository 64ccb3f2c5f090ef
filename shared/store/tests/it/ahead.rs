//! The database's clock goes back: moments ahead of it are brought to now, once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::UserKey;
use twofactor_rules::state::TextPurpose;
use twofactor_rules::throttle::user_waits;
use twofactor_rules::{Change, Limits, User};
use twofactor_testkit::Database;
use uuid::Uuid;

use crate::cast::{
    Stage, browser, commit, hash, minutes, needs, pending_sms, pending_totp, session, text, user,
};
use crate::seals::{add, run};

/// Moves every moment ahead by an interval, as if the clock had been set back by it since.
const AHEAD: &str = "
    update twofactor.users set first_login_at = first_login_at + interval 'BY',
        reset_since = reset_since + interval 'BY', exempt_until = exempt_until + interval 'BY',
        login_failed_at = login_failed_at + interval 'BY',
        confirm_failed_at = confirm_failed_at + interval 'BY',
        pending_totp_expires_at = pending_totp_expires_at + interval 'BY',
        pending_sms_expires_at = pending_sms_expires_at + interval 'BY';
    update twofactor.texts set taken_at = taken_at + interval 'BY',
        expires_at = expires_at + interval 'BY';
    update twofactor.sessions set accepted_at = accepted_at + interval 'BY',
        remembered_at = remembered_at + interval 'BY', set_up_at = set_up_at + interval 'BY';
    update twofactor.browsers set since = since + interval 'BY', until = until + interval 'BY'";

async fn move_ahead(stage: &Stage, by: &str) {
    let client = stage.database.connect_superuser().await;
    run(&client, &AHEAD.replace("BY", by)).await;
}

async fn busy_user(stage: &Stage) -> UserKey {
    let ann = user("ann");
    let now = stage.store.clock().await.expect("a clock");
    stage.play(&ann, vec![Change::Reset { since: now }]).await;
    let id = Uuid::from_u128(1);
    let held = text(TextPurpose::Enrollment, now);
    let changes = vec![
        Change::RecordFirstLogin { at: now },
        Change::CountLoginFailure { at: now },
        Change::CountConfirmFailure { at: now },
        Change::HoldText { id, text: held },
        Change::StartSms {
            pending: pending_sms(id, hash(7), now),
        },
        Change::StartTotp {
            pending: pending_totp(now),
        },
        Change::Exempt {
            until: Some(now + Limits::EXEMPTION),
        },
        Change::AcceptSession {
            session: session("s1"),
            at: now,
        },
        Change::RememberSession {
            session: session("s2"),
            at: now,
        },
        Change::RememberBrowser {
            token: hash(9),
            browser: browser("192.0.2.1/32", now),
        },
    ];
    stage.play(&ann, changes).await;
    ann
}

/// Every moment of a user that a rule counts from.
fn moments(user: &User) -> Vec<Timestamp> {
    let own = [
        user.first_login_at,
        user.reset_since,
        user.login_failures.last_at,
        user.confirm_failures.last_at,
    ];
    let sessions = user.sessions.values();
    let sessions = sessions.flat_map(|one| [one.accepted_at, one.remembered_at, one.set_up_at]);
    let texts = user.texts.values().map(|text| text.taken_at);
    let browsers = user.browsers.values().map(|browser| browser.since);
    let optional = own.into_iter().chain(sessions).flatten();
    optional.chain(texts).chain(browsers).collect()
}

#[tokio::test]
async fn what_lies_ahead_is_brought_to_now_and_stays_there() {
    let stage = Stage::new().await;
    let ann = busy_user(&stage).await;
    move_ahead(&stage, "1 hour").await;
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    let first_seen = turn.draft.now;
    let loaded = turn.draft.state.users[&ann].clone();
    assert_eq!(moments(&loaded).len(), 8, "{loaded:?}");
    assert!(moments(&loaded).iter().all(|moment| *moment == first_seen));
    let limits = Limits::default();
    let waits = user_waits(&loaded.texts, first_seen, &limits).expect("it was just sent");
    assert_eq!(waits.until, first_seen + minutes(5));
    for text in loaded.texts.values() {
        assert_eq!(
            text.expires_at,
            first_seen + minutes(10),
            "as long as it was good for"
        );
    }
    for browser in loaded.browsers.values() {
        assert_eq!(browser.until, first_seen + SignedDuration::from_hours(720));
    }
    assert_eq!(loaded.exempt_until, Some(first_seen + Limits::EXEMPTION));
    let totp = loaded.pending_totp.as_ref().expect("a set-up");
    assert_eq!(totp.expires_at, first_seen + minutes(15));
    let sms = loaded.pending_sms.as_ref().expect("a set-up");
    assert_eq!(sms.expires_at, first_seen + minutes(10));
    commit(turn).await.expect("it commits");
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    assert_eq!(
        turn.draft.state.users[&ann], loaded,
        "a second look prolongs nothing"
    );
    assert!(turn.draft.is_unchanged());
    turn.roll_back().await;
}

#[tokio::test]
async fn a_user_that_is_only_listed_is_not_written() {
    let stage = Stage::new().await;
    let ann = busy_user(&stage).await;
    move_ahead(&stage, "1 hour").await;
    let mut listed = twofactor_rules::Needs::default();
    listed.listed.insert(ann);
    let turn = stage.store.begin(&listed).await.expect("a turn");
    assert!(turn.draft.is_unchanged(), "nobody holds the user's lock");
    turn.roll_back().await;
}

#[tokio::test]
async fn what_does_not_lie_ahead_is_left_alone() {
    let stage = Stage::new().await;
    let ann = busy_user(&stage).await;
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    assert!(turn.draft.is_unchanged());
    turn.roll_back().await;
}

/// What was brought back would count for less once the clock is put right.
#[tokio::test]
async fn what_is_ahead_by_as_little_as_an_event_may_be_is_left_alone() {
    let stage = Stage::new().await;
    let ann = busy_user(&stage).await;
    move_ahead(&stage, "29 seconds").await;
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    assert!(turn.draft.is_unchanged());
    turn.roll_back().await;
}

#[tokio::test]
async fn grace_counts_from_now_where_a_policy_became_required_in_the_future() {
    let stage = Stage::new().await;
    let client = stage.database.connect_superuser().await;
    let policies = "
        insert into twofactor.policies
            (tenant_id, required, grace_days, required_since, set_by, set_at)
        select tenant, since is not null, 14, now() + since::interval, 'admin', now()
        from (values ('hour', '1 hour'), ('seconds', '29 seconds'), ('before', '-1 hour'),
            ('free', null)) as row (tenant, since)";
    run(&client, policies).await;
    let count = stage.store.bring_back_policies().await;
    assert_eq!(count.expect("it may"), 1);
    let at_once = "select count(*) from twofactor.policies
        where tenant_id = 'hour' and required_since between now() - interval '1 minute' and now()";
    assert_eq!(stage.database.count(at_once, &[]).await, 1);
    let count = stage.store.bring_back_policies().await;
    assert_eq!(count.expect("it may"), 0, "once");
}

#[tokio::test]
async fn a_seal_is_made_although_the_last_one_lies_ahead() {
    let stage = Stage::new().await;
    let spacing = Duration::from_mins(5);
    add(&stage.database, 1).await;
    let sealed = stage.store.seal(spacing).await.expect("it seals");
    assert_eq!(sealed.len(), 1);
    let back = "update audit.seals set sealed_at = sealed_at + interval '1 hour'";
    run(&stage.database.connect_superuser().await, back).await;
    add(&stage.database, 1).await;
    let sealed = stage.store.seal(spacing).await.expect("it seals");
    assert_eq!(sealed.len(), 1, "at once");
    add(&stage.database, 1).await;
    let sealed = stage.store.seal(spacing).await.expect("it seals");
    assert_eq!(sealed, [], "and the next one in its time");
}

#[tokio::test]
async fn the_age_of_the_unsealed_grows_while_nobody_seals_whatever_the_reason() {
    let stage = Stage::new().await;
    add(&stage.database, 1).await;
    stage.store.seal(Duration::ZERO).await.expect("it seals");
    assert!(stage.store.seal_age().await <= 0.0);
    let grows = |before: f64, after: f64| assert!(after > before, "{before} {after}");
    // It may not, and its rows lie ahead of the clock.
    let client = stage.database.connect_superuser().await;
    run(
        &client,
        "revoke execute on function audit.seal from twofactor_worker",
    )
    .await;
    stage
        .store
        .seal(Duration::ZERO)
        .await
        .expect_err("it may not");
    let first = stage.store.seal_age().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    grows(first, stage.store.seal_age().await);
    run(
        &client,
        "grant execute on function audit.seal to twofactor_worker",
    )
    .await;
    stage.store.seal(Duration::ZERO).await.expect("it seals");
    assert!(stage.store.seal_age().await <= 0.0);
    // The database is away.
    add(&stage.database, 1).await;
    let age = stage.store.seal_age().await;
    let name = client
        .query_one("select current_database()::text", &[])
        .await;
    let name: String = name.expect("a name").get(0);
    let refuse = format!(
        "alter database {name} allow_connections false;
        select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
    );
    let elsewhere = Database::create_empty().await;
    run(&elsewhere.connect_superuser().await, &refuse).await;
    let error = stage
        .store
        .seal(Duration::ZERO)
        .await
        .expect_err("it is away");
    assert_eq!(error.fate(), twofactor_store::Fate::Wait, "{error}");
    let first = stage.store.seal_age().await;
    grows(age, first);
    tokio::time::sleep(Duration::from_millis(20)).await;
    grows(first, stage.store.seal_age().await);
}
