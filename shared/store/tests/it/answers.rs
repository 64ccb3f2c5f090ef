//! Kept answers and refusals: found again, settled once, without secrets after a reset.

use twofactor_contract::RefusalReason;
use twofactor_rules::facts::Facts;
use twofactor_rules::throttle::{Pace, Throttled};
use twofactor_rules::{Change, Needs};
use twofactor_store::{Fate, NewAnswer, NewRefusal};
use twofactor_testkit::Role;
use uuid::Uuid;

use crate::cast::{Stage, answer, changed, commit, needs, outcome, user};

fn with_answers(mut needs: Needs, ids: &[u128]) -> Needs {
    needs
        .answers
        .extend(ids.iter().map(|id| Uuid::from_u128(*id)));
    needs
}

#[tokio::test]
async fn a_held_answer_is_settled_once() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let id = Uuid::from_u128(1);
    let needs = with_answers(needs([&ann]), &[1]);
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    let now = turn.draft.now;
    turn.draft.answer(answer(id, &ann, now, None));
    commit(turn).await.expect("the hold commits");

    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    assert_eq!(turn.draft.answers[&id], answer(id, &ann, now, None).answer);
    // Somebody settles it without the lock, which no worker does.
    let client = stage.database.connect_superuser().await;
    let sql = "update twofactor.answers set outcome_type = 'x', outcome = '{}'";
    client.execute(sql, &[]).await.expect("the superuser may");
    let decided = answer(id, &ann, turn.draft.now, Some(outcome(Some(1))));
    turn.draft.answer(decided.clone());
    let error = commit(turn).await.expect_err("it is settled");
    assert_eq!(
        (error.fate(), error.code()),
        (Fate::DecideAgain, Some("TF001"))
    );

    let sql = "update twofactor.answers set outcome_type = null, outcome = null";
    client.execute(sql, &[]).await.expect("the superuser may");
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    turn.draft.answer(decided.clone());
    commit(turn).await.expect("it settles");
    let turn = stage.store.begin(&needs).await.expect("a turn");
    assert_eq!(turn.draft.answers[&id], decided.answer);
}

#[tokio::test]
async fn the_facts_of_a_decision_are_kept_from_the_hold_on_and_an_earlier_release_leaves_them_out()
{
    let stage = Stage::new().await;
    let ann = user("ann");
    let id = Uuid::from_u128(1);
    let needs = with_answers(needs([&ann]), &[1]);
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    let now = turn.draft.now;
    let facts = |totp_offset, count| Facts {
        totp_offset: Some(totp_offset),
        failures_before: Some(count),
        waits_until: Some(now),
        throttled: Some(Throttled {
            until: now,
            by: Pace::NumberDay,
        }),
    };
    turn.draft.answer(NewAnswer {
        facts: facts(-10, 3),
        ..answer(id, &ann, now, None)
    });
    commit(turn).await.expect("the hold commits");
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    turn.draft.answer(NewAnswer {
        facts: facts(10, 4),
        ..answer(id, &ann, now, Some(outcome(None)))
    });
    commit(turn).await.expect("it settles");

    // As the release before wrote it, on the schema of this one.
    let worker = stage.database.connect(Role::Login).await;
    let earlier = "insert into twofactor.answers (outcome_id, tenant_id, user_id, content,
            decided_at, outcome_type, outcome, secrets, had_secrets)
        select gen_random_uuid(), tenant_id, user_id, content, decided_at, outcome_type, outcome,
            secrets, had_secrets
        from twofactor.answers";
    worker.execute(earlier, &[]).await.expect("a worker may");
    let sql = "select totp_offset, failures_before, waits_until = throttled_until, throttled_by
        from twofactor.answers order by totp_offset nulls last";
    let rows = worker.query(sql, &[]).await.expect("rows");
    let row = |at: usize| {
        let offset: Option<i16> = rows[at].get(0);
        let count: Option<i64> = rows[at].get(1);
        let same: Option<bool> = rows[at].get(2);
        let by: Option<&str> = rows[at].get(3);
        (offset, count, same, by)
    };
    assert_eq!(row(0), (Some(-10), Some(3), Some(true), Some("number_day")));
    assert_eq!(row(1), (None, None, None, None));
}

#[tokio::test]
async fn a_reset_wipes_the_secrets_of_all_earlier_answers_and_of_no_later_one() {
    let stage = Stage::new().await;
    let ann = user("ann");
    let bob = user("bob");
    let ids = [1, 2, 3, 4].map(Uuid::from_u128);
    let needs = with_answers(needs([&ann, &bob]), &[1, 2, 3, 4]);
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    let now = turn.draft.now;
    turn.draft
        .answer(answer(ids[0], &ann, now, Some(outcome(Some(1)))));
    turn.draft
        .answer(answer(ids[1], &bob, now, Some(outcome(Some(2)))));
    commit(turn).await.expect("it commits");

    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    turn.draft
        .answer(answer(ids[2], &ann, now, Some(outcome(Some(3)))));
    turn.draft
        .change(&changed(&ann, vec![Change::Reset { since: now }]));
    turn.draft
        .answer(answer(ids[3], &ann, now, Some(outcome(Some(4)))));
    let in_memory = turn.draft.answers.clone();
    commit(turn).await.expect("it commits");
    let turn = stage.store.begin(&needs).await.expect("a turn");
    assert_eq!(turn.draft.answers, in_memory);
    let has_secrets = |id| {
        let outcome = turn.draft.answers[&id]
            .outcome
            .as_ref()
            .expect("an outcome");
        assert!(outcome.had_secrets);
        outcome.secrets.is_some()
    };
    assert_eq!(ids.map(has_secrets), [false, true, false, true]);
}

#[tokio::test]
async fn a_refusal_is_found_by_bytes_and_reason() {
    let stage = Stage::new().await;
    let id = Uuid::from_u128(1);
    let ids = [id].into();
    let refuse = |turn: &mut twofactor_store::Turn| {
        let new = NewRefusal {
            id,
            reason: RefusalReason::TooOld,
            refused_at: turn.draft.now,
            outcome: outcome(None),
        };
        turn.draft.refuse(new.clone());
        turn.draft.refuse(new);
    };
    let needs = Needs::default();
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    turn.load_refusals(&ids).await.expect("none");
    assert!(turn.draft.refusals.is_empty());
    refuse(&mut turn);
    commit(turn).await.expect("it commits");
    let mut turn = stage.store.begin(&needs).await.expect("a turn");
    turn.load_refusals(&ids).await.expect("one");
    assert_eq!(
        turn.draft.refusals[&(id, RefusalReason::TooOld)],
        outcome(None)
    );
    refuse(&mut turn);
    assert!(turn.draft.is_unchanged(), "it was kept before");
}

#[tokio::test]
async fn the_first_hash_key_stays() {
    let stage = Stage::new().await;
    let first = stage
        .store
        .hash_key(&crate::cast::sealed(1))
        .await
        .expect("a key");
    let second = stage
        .store
        .hash_key(&crate::cast::sealed(2))
        .await
        .expect("a key");
    assert_eq!(first, crate::cast::sealed(1));
    assert_eq!(second, first);
    assert_eq!(
        stage.store.key_rows().await.expect("rows"),
        [("k1".to_owned(), 1)]
    );
}
