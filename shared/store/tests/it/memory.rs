//! Memory and database agree: what a change does to the state is what the next batch loads.

use std::collections::BTreeSet;

use jiff::Timestamp;
use twofactor_contract::{Method, UserKey};
use twofactor_rules::state::{CodeEnd, SentText, TextFate, TextPurpose};
use twofactor_rules::{Change, State};
use uuid::Uuid;

use crate::cast::{
    Stage, backup, browser, changed, commit, hash, minutes, needs, pending_sms, pending_totp,
    policy, session, sms, text, totp, user,
};

macro_rules! kinds {
    ($($kind:ident)+) => {
        /// Every kind of change; a new one does not compile until it is named here.
        const KINDS: &[&str] = &[$(stringify!($kind)),+];

        fn kind(change: &Change) -> &'static str {
            match change { $(Change::$kind { .. } => stringify!($kind)),+ }
        }
    };
}

kinds! {
    RecordFirstLogin SpendTotpStep SpendBackupCode EndCode CountLoginFailure ClearLoginFailures
    CountConfirmFailure ClearConfirmFailures AcceptSession RememberSession MarkSetUp UseSetUp
    RememberBrowser ForgetBrowser ForgetBrowsers HoldText SettleText StartTotp StartSms
    CancelPending SetUpTotp SetUpSms RemoveMethod IssueBackupCodes Exempt Reset Erase SetPolicy
}

/// A life that meets every kind of change.
fn life(now: Timestamp) -> Vec<Change> {
    [first_method(now), logins(now), texts(now), leaving(now)].concat()
}

fn first_method(now: Timestamp) -> Vec<Change> {
    let session = session("s1");
    vec![
        Change::SetPolicy {
            policy: policy(true, now),
        },
        Change::RecordFirstLogin { at: now },
        Change::Exempt {
            until: Some(now + minutes(60)),
        },
        Change::StartTotp {
            pending: pending_totp(now),
        },
        Change::CountConfirmFailure { at: now },
        Change::SetUpTotp { totp: totp(now) },
        Change::ClearConfirmFailures,
        Change::IssueBackupCodes { set: backup() },
        Change::MarkSetUp {
            session: session.clone(),
            at: now,
        },
        Change::UseSetUp { session },
    ]
}

fn logins(now: Timestamp) -> Vec<Change> {
    vec![
        Change::AcceptSession {
            session: session("s1"),
            at: now,
        },
        Change::RememberSession {
            session: session("s2"),
            at: now,
        },
        Change::SpendTotpStep {
            step: 58_000_009,
            forget_before: 58_000_001,
        },
        Change::SpendBackupCode { index: 9 },
        Change::CountLoginFailure { at: now },
        Change::CountLoginFailure {
            at: now + minutes(1),
        },
        Change::RememberBrowser {
            token: hash(30),
            browser: browser("192.0.2.1/32", now),
        },
        Change::RememberBrowser {
            token: hash(31),
            browser: browser("2001:db8::/64", now),
        },
        Change::ForgetBrowser { token: hash(30) },
    ]
}

fn texts(now: Timestamp) -> Vec<Change> {
    let id = Uuid::from_u128;
    let hold = |n, purpose| Change::HoldText {
        id: id(n),
        text: text(purpose, now),
    };
    let settle = |n, fate| Change::SettleText { id: id(n), fate };
    vec![
        hold(1, TextPurpose::Enrollment),
        Change::StartSms {
            pending: pending_sms(id(1), hash(7), now),
        },
        settle(1, TextFate::Accepted),
        Change::EndCode {
            text: id(1),
            end: CodeEnd::Used,
        },
        Change::SetUpSms {
            sms: sms(hash(7), now),
        },
        hold(2, TextPurpose::Login),
        settle(2, TextFate::Unknown),
        Change::EndCode {
            text: id(2),
            end: CodeEnd::WrongEntry,
        },
        hold(3, TextPurpose::Enrollment),
        settle(3, TextFate::Refused),
        Change::ClearLoginFailures,
    ]
}

fn leaving(now: Timestamp) -> Vec<Change> {
    let login = text(TextPurpose::Login, now);
    vec![
        Change::RemoveMethod {
            method: Method::Totp,
        },
        Change::ForgetBrowsers,
        Change::StartTotp {
            pending: pending_totp(now),
        },
        Change::CancelPending {
            method: Method::Totp,
        },
        Change::RememberBrowser {
            token: hash(32),
            browser: browser("192.0.2.2/32", now),
        },
        Change::CountLoginFailure { at: now },
        Change::HoldText {
            id: Uuid::from_u128(4),
            text: login,
        },
        Change::Reset { since: now },
        Change::AcceptSession {
            session: session("s1"),
            at: now + minutes(2),
        },
        Change::SetUpSms {
            sms: sms(hash(12), now),
        },
        Change::RemoveMethod {
            method: Method::Sms,
        },
        Change::IssueBackupCodes { set: backup() },
        Change::RemoveMethod {
            method: Method::Backup,
        },
        Change::RememberBrowser {
            token: hash(33),
            browser: browser("192.0.2.3/32", now),
        },
        Change::Erase {
            since: now + minutes(3),
        },
        Change::SetPolicy {
            policy: policy(false, now),
        },
    ]
}

/// Returns the part of the state that the next batch loads: of numbers, those of pending set-ups
/// and those with texts that count.
fn as_loaded(mut state: State) -> State {
    state.number_texts.retain(|_, texts| !texts.is_empty());
    let pending: BTreeSet<_> = state
        .users
        .iter()
        .filter_map(|(key, user)| Some((key.tenant.clone(), user.pending_sms.as_ref()?.lookup)))
        .collect();
    state
        .number_owners
        .retain(|number, _| pending.contains(number));
    state
}

async fn play_in_batches_of(size: usize, key: &UserKey) {
    let stage = Stage::new().await;
    let needs = needs([key]);
    // What lies ahead of the database's clock would be brought back, so a life ends before now.
    let now = stage.store.clock().await.expect("a clock") - minutes(4);
    for batch in life(now).chunks(size) {
        let mut turn = stage.store.begin(&needs).await.expect("a turn");
        for change in batch {
            turn.draft.change(&changed(key, vec![change.clone()]));
        }
        let known = turn.draft.state.clone();
        commit(turn).await.expect("it commits");
        let turn = stage.store.begin(&needs).await.expect("a turn");
        let kinds: Vec<_> = batch.iter().map(kind).collect();
        assert_eq!(
            turn.draft.state,
            as_loaded(known),
            "after {kinds:?} in batches of {size}"
        );
        turn.roll_back().await;
    }
}

#[test]
fn the_life_meets_every_kind_of_change() {
    let met: BTreeSet<_> = life(Timestamp::UNIX_EPOCH).iter().map(kind).collect();
    assert_eq!(met, KINDS.iter().copied().collect());
}

#[tokio::test]
async fn they_agree_after_every_change() {
    play_in_batches_of(1, &user("ann")).await;
}

#[tokio::test]
async fn they_agree_after_batches_of_changes() {
    for size in [2, 3, 7, 100] {
        play_in_batches_of(size, &user("ann")).await;
    }
}

#[tokio::test]
async fn a_moment_of_a_reset_is_never_kept_as_an_earlier_one() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let now = stage.store.clock().await.expect("a clock");
    let since = now + jiff::SignedDuration::from_nanos(1);
    stage.play(&ann, vec![Change::Reset { since }]).await;
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    let kept = turn.draft.state.users[&ann].reset_since.expect("a reset");
    assert!(kept >= since, "{kept} is before {since}");
}

#[tokio::test]
async fn listed_users_are_loaded_as_others_see_them() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let bob = user("bob");
    let now = stage.store.clock().await.expect("a clock");
    let accepted = Change::AcceptSession {
        session: session("s1"),
        at: now,
    };
    stage
        .play(&ann, vec![Change::SetUpTotp { totp: totp(now) }, accepted])
        .await;
    let mut needs = twofactor_rules::Needs::default();
    needs.listed.extend([ann.clone(), bob.clone()]);
    let turn = stage.store.begin(&needs).await.expect("a turn");
    let users = &turn.draft.state.users;
    assert!(users[&ann].totp.is_some() && users[&ann].sessions.is_empty());
    assert_eq!(users[&bob], twofactor_rules::User::default());
}

#[tokio::test]
async fn old_texts_are_loaded_while_an_event_can_be_about_them() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let now = stage.store.clock().await.expect("a clock");
    let old = SentText {
        taken_at: now - minutes(25 * 60),
        end: Some(CodeEnd::Used),
        ..text(TextPurpose::Login, now)
    };
    let young = SentText {
        taken_at: now - minutes(23 * 60),
        ..old.clone()
    };
    let texts = [
        old.clone(),
        young,
        SentText {
            end: None,
            ..old.clone()
        },
        old.clone(),
        old,
    ];
    let hold = |(n, text)| Change::HoldText {
        id: Uuid::from_u128(n),
        text,
    };
    let mut changes: Vec<_> = (0..).zip(texts).map(hold).collect();
    let pending = pending_sms(Uuid::from_u128(3), hash(7), now);
    changes.push(Change::StartSms { pending });
    stage.play(&ann, changes).await;
    let mut needs = needs([&ann]);
    needs.answers.insert(Uuid::from_u128(4));
    let turn = stage.store.begin(&needs).await.expect("a turn");
    let loaded: Vec<_> = turn.draft.state.users[&ann]
        .texts
        .keys()
        .map(Uuid::as_u128)
        .collect();
    assert_eq!(
        loaded,
        [1, 2, 3, 4],
        "young, unspent, pending, asked about by its event"
    );
}
