//! Two workers at one instant: which one waits, what it sees, which one decides again.

use std::time::Duration;

use twofactor_contract::UserKey;
use twofactor_rules::state::TextPurpose;
use twofactor_rules::{Change, Needs};
use twofactor_store::Fate;
use uuid::Uuid;

use crate::cast::{
    Stage, answer, changed, commit, hash, needs, outcome, pending_sms, sms, text, totp, user,
};

/// Waits until somebody waits for a lock in the database of the stage.
async fn until_somebody_waits(stage: &Stage) {
    let client = stage.database.connect_superuser().await;
    let sql = "select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    let waiting = async {
        while client
            .query(sql, &[])
            .await
            .expect("activity can be read")
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, waiting)
        .await
        .expect("nobody waits for a lock");
}

#[tokio::test]
async fn the_second_worker_waits_and_sees_what_the_first_did() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let mut first = stage.store.begin(&needs([&ann])).await.expect("a turn");
    let store = stage.store.clone();
    let asked = needs([&ann, &user("bob")]);
    let second = tokio::spawn(async move { store.begin(&asked).await });
    until_somebody_waits(&stage).await;
    let at = first.draft.now;
    first
        .draft
        .change(&changed(&ann, vec![Change::CountLoginFailure { at }]));
    let committing = stage.store.clock().await.expect("a clock");
    commit(first).await.expect("the first commits");
    let second = second.await.expect("no panic").expect("a turn");
    assert_eq!(second.draft.state.users[&ann].login_failures.count, 1);
    assert!(
        second.draft.now > committing,
        "its clock was read before the lock was held"
    );
}

#[tokio::test]
async fn different_users_do_not_wait_for_each_other() {
    let stage = Stage::new().await;
    let first = stage
        .store
        .begin(&needs_of(&user("ann")))
        .await
        .expect("a turn");
    let second = stage
        .store
        .begin(&needs_of(&user("bob")))
        .await
        .expect("a turn");
    commit(second).await.expect("the second commits");
    commit(first).await.expect("the first commits");
}

fn needs_of(key: &UserKey) -> Needs {
    let mut needs = needs([key]);
    needs.numbers.clear();
    needs
}

#[tokio::test]
async fn a_number_serves_one_user_whoever_comes_first() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let bob = user("bob");
    let mut first = stage.store.begin(&needs_of(&ann)).await.expect("a turn");
    let mut second = stage.store.begin(&needs_of(&bob)).await.expect("a turn");
    let now = first.draft.now;
    let set_up = || {
        vec![Change::SetUpSms {
            sms: sms(hash(7), now),
        }]
    };
    first.draft.change(&changed(&ann, set_up()));
    second.draft.change(&changed(&bob, set_up()));
    second
        .draft
        .answer(answer(Uuid::from_u128(1), &bob, now, Some(outcome(None))));
    commit(first).await.expect("the first commits");
    let error = commit(second).await.expect_err("the number is taken");
    assert_eq!(error.fate(), Fate::DecideAgain, "{error}");
    let mut needs = needs_of(&bob);
    needs.answers.insert(Uuid::from_u128(1));
    let again = stage.store.begin(&needs).await.expect("a turn");
    assert_eq!(
        again.draft.state.users[&bob].sms, None,
        "half of the batch was written"
    );
    assert!(
        again.draft.answers.is_empty(),
        "half of the batch was written"
    );
}

#[tokio::test]
async fn the_owner_of_a_pending_number_is_known_before_it_is_confirmed() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let bob = user("bob");
    let now = stage.store.clock().await.expect("a clock");
    stage
        .play(
            &ann,
            vec![Change::SetUpSms {
                sms: sms(hash(7), now),
            }],
        )
        .await;
    let id = Uuid::from_u128(1);
    let start = vec![
        Change::HoldText {
            id,
            text: text(TextPurpose::Enrollment, now),
        },
        Change::StartSms {
            pending: pending_sms(id, hash(7), now),
        },
    ];
    stage.play(&bob, start).await;
    let turn = stage.store.begin(&needs([&bob])).await.expect("a turn");
    let number = (bob.tenant.clone(), hash(7));
    assert_eq!(turn.draft.state.number_owners.get(&number), Some(&ann.user));
    assert!(turn.draft.state.number_texts[&hash(7)].contains_key(&id));
}

#[tokio::test]
async fn one_batch_may_hand_a_number_on() {
    let stage = Stage::new().await;
    // Both orders of the keys, because the rows of one statement are written in theirs.
    for (from, to) in [("ann", "bob"), ("bob", "ann")] {
        let from = user(from);
        let to = user(to);
        let mut turn = stage
            .store
            .begin(&needs([&from, &to]))
            .await
            .expect("a turn");
        let now = turn.draft.now;
        let set_up = || {
            vec![Change::SetUpSms {
                sms: sms(hash(7), now),
            }]
        };
        turn.draft.change(&changed(&from, set_up()));
        turn.draft
            .change(&changed(&from, vec![Change::Reset { since: now }]));
        turn.draft.change(&changed(&to, set_up()));
        commit(turn).await.expect("the number moved");
        stage.play(&to, vec![Change::Reset { since: now }]).await;
    }
}

#[tokio::test]
async fn an_event_that_two_workers_answer_is_answered_once() {
    let stage = Stage::new().await;
    let id = Uuid::from_u128(1);
    // Neither locks a user, as for an event that is about none.
    let mut asked = Needs::default();
    asked.answers.insert(id);
    let mut first = stage.store.begin(&asked).await.expect("a turn");
    let mut second = stage.store.begin(&asked).await.expect("a turn");
    for turn in [&mut first, &mut second] {
        let now = turn.draft.now;
        turn.draft
            .answer(answer(id, &user("ann"), now, Some(outcome(None))));
    }
    commit(first).await.expect("the first commits");
    let error = commit(second).await.expect_err("it was answered");
    assert_eq!(error.fate(), Fate::DecideAgain, "{error}");
    let again = stage.store.begin(&asked).await.expect("a turn");
    assert_eq!(again.draft.answers[&id].outcome, Some(outcome(None)));
}

#[tokio::test]
async fn a_turn_that_is_dropped_leaves_no_transaction_behind() {
    let database = twofactor_testkit::Database::create().await;
    let url = database.url(twofactor_testkit::Role::Login);
    let store = twofactor_store::Store::new(&url, 1).expect("a URL");
    let ann = user("ann");
    let mut turn = store.begin(&needs([&ann])).await.expect("a turn");
    let now = turn.draft.now;
    turn.draft
        .change(&changed(&ann, vec![Change::SetUpTotp { totp: totp(now) }]));
    drop(turn);
    // Somebody else gets the lock, while the pool that had it still lives.
    let other = twofactor_store::Store::new(&url, 1).expect("a URL");
    let waiting = tokio::time::timeout(Duration::from_secs(20), other.begin(&needs([&ann]))).await;
    waiting
        .expect("the lock is free")
        .expect("a turn")
        .roll_back()
        .await;
    let turn = store.begin(&needs([&ann])).await.expect("a turn");
    assert_eq!(turn.draft.state.users[&ann].totp, None);
    turn.roll_back().await;
    let turn = store.begin(&needs([&ann])).await.expect("a turn");
    commit(turn).await.expect("an empty batch commits");
}

#[tokio::test]
async fn what_the_database_refuses_is_set_aside_and_not_shown() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let mut turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    let now = turn.draft.now;
    let mut bad = outcome(None);
    bad.public = "hunter2\0".into();
    turn.draft
        .change(&changed(&ann, vec![Change::SetUpTotp { totp: totp(now) }]));
    turn.draft
        .answer(answer(Uuid::from_u128(1), &ann, now, Some(bad)));
    let error = commit(turn).await.expect_err("a text has no zero byte");
    assert_eq!(error.fate(), Fate::SetAside);
    assert_eq!(error.code(), Some("22021"));
    assert!(error.to_string().contains("insert_answers") && !error.to_string().contains("hunter2"));
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    assert_eq!(
        turn.draft.state.users[&ann].totp, None,
        "half of the batch was written"
    );
}

#[tokio::test]
async fn a_database_that_goes_away_is_waited_for() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let turn = stage.store.begin(&needs([&ann])).await.expect("a turn");
    let client = stage.database.connect_superuser().await;
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'twofactor_login'";
    client
        .query(sql, &[])
        .await
        .expect("the superuser ends sessions");
    let error = commit(turn).await.expect_err("the connection is gone");
    assert_eq!(error.fate(), Fate::Wait, "{error}");
    let nobody = twofactor_store::Store::new("postgres://a:b@127.0.0.1:1/c", 1).expect("a URL");
    let error = nobody.clock().await.expect_err("nobody is there");
    assert_eq!(error.fate(), Fate::Wait, "{error}");
}
